//! What the analysis of reviews counts, from the first refused submit to the last decision.
use serde_json::{Value, json};

use super::{policy, put_policies};
use crate::harness::{TestApp, User};
use crate::orders::{act, sound, stock};
use crate::standards::{publish, rule};

const PATH: &str = "/api/v1/analytics/review";

/// The rows of an answer, each as its groups' keys and some measures.
fn rows(app: &TestApp, user: &User, query: &str, measures: &[&str]) -> Vec<(Vec<Value>, Vec<Value>)> {
    let answer = app.as_(user).get(&format!("{PATH}{query}")).expect(200).body;
    let row = |row: &Value| {
        let listed = app.as_(user).get(&format!("{}&include_total=true", row["drilldown"].as_str().unwrap())).expect(200).body;
        assert_eq!(listed["page"]["total"], row["orders"], "{row}");
        let keys = row["group"].as_object().unwrap().values().map(|group| group["key"].clone()).collect();
        (keys, measures.iter().map(|name| row[*name].clone()).collect())
    };
    answer["data"].as_array().unwrap().iter().map(row).collect()
}

both! {
    fn figures_tell_rounds_waiting_and_the_rules_that_were_broken(app: &TestApp) {
        let (customer, cast) = (stock(app), app.cast);
        publish(app, "orders", json!([
            rule("note_there", json!({"kind": "required", "fields": ["note"], "on": "submit"})),
            rule("title_short", json!({"kind": "length", "fields": ["title"], "max": 12, "severity": "warning"})),
        ]));
        put_policies(app, json!([policy("large", json!({"field": "amount", "op": "gte", "value": "1"}), json!([{"by": "role", "role": "reviewer", "due_hours": 2}])), policy("free", Value::Null, json!([]))])).expect(200);
        let enter = |title: &str, note: Value, quantity: &str| {
            let mut entry = sound(&customer);
            (entry["title"], entry["note"], entry["lines"][0]["quantity"]) = (json!(title), note, json!(quantity));
            app.as_(&cast.rep).post("/api/v1/orders", entry).expect(201).id().to_owned()
        };
        // Refused, put right, approved after an hour.
        let first = enter("Pumps", Value::Null, "2");
        for address in [format!("/api/v1/orders/{first}/submit?validate_only=true"), format!("/api/v1/orders/{first}/submit")] {
            assert!(rows(app, &cast.rep, "?group_by=broken_rule", &[]).is_empty());
            app.as_(&cast.rep).action(&address, Value::Null, "*").problem(422, "invalid");
        }
        app.as_(&cast.rep).patch(&format!("/api/v1/orders/{first}"), json!({"note": "As agreed"}), "*").expect(200);
        act(app, &cast.rep, &first, "submit", Value::Null).expect(200);
        app.advance(3600);
        act(app, &cast.reviewer, &first, "approve", Value::Null).expect(200);
        // Warned, returned on the next day, after it was due, sent again: it waits. What is broken after the first review is not counted.
        let second = enter("Pumps for the plant", json!("x"), "2");
        act(app, &cast.rep, &second, "submit", Value::Null).expect(200);
        app.advance(20 * 3600);
        act(app, &cast.reviewer, &second, "return", json!({"remarks": [{"pointer": "/title", "message": "Which plant?"}]})).expect(200);
        app.as_(&cast.rep).patch(&format!("/api/v1/orders/{second}"), json!({"note": null}), "*").expect(200);
        act(app, &cast.rep, &second, "submit", Value::Null).problem(422, "invalid");
        app.as_(&cast.rep).patch(&format!("/api/v1/orders/{second}"), json!({"note": "y"}), "*").expect(200);
        act(app, &cast.rep, &second, "submit", Value::Null).expect(200);
        // Nobody needs to look at what costs nothing; a draft is not counted.
        let third = enter("Sample", json!("x"), "0.0001");
        app.as_(&cast.rep).patch(&format!("/api/v1/orders/{third}"), json!({"lines": [{"product": "GTX Pro", "quantity": "1", "unit_price": "0"}]}), "*").expect(200);
        assert_eq!(act(app, &cast.rep, &third, "submit", Value::Null).expect(200).body["status"], "pending");
        enter("Draft", json!("x"), "1");

        let all = ["orders", "submitted", "approved", "returned", "withdrawn", "waiting", "unreviewed", "overdue", "rounds_per_order", "first_pass_rate", "waiting_seconds_median", "waiting_seconds_p90"];
        let told = rows(app, &cast.admin, "", &all);
        assert_eq!(told, [(vec![], vec![json!(3), json!(4), json!(2), json!(1), json!(0), json!(1), json!(1), json!(1), json!(1.333333), json!(0.5), json!(3600), json!(72000)])]);
        assert_eq!(rows(app, &cast.rep, "", &all), told);
        let by_rule = rows(app, &cast.reviewer, "?group_by=broken_rule", &["orders", "submitted", "first_pass_rate"]);
        let expected = [
            (vec![json!("title_short")], vec![json!(1), json!(2), json!(0)]),
            (vec![json!("note_there")], vec![json!(1), json!(1), json!(1)]),
            (vec![Value::Null], vec![json!(1), json!(1), Value::Null]),
        ];
        assert_eq!(by_rule, expected);
        let own = vec![json!(cast.rep.id)];
        assert_eq!(rows(app, &cast.admin, "?group_by=owner&broken_rule=note_there,title_short", &["orders"]), [(own, vec![json!(2)])]);
        // Overdue by the clock alone.
        app.advance(3 * 86_400);
        assert_eq!(rows(app, &cast.admin, "", &["overdue"])[0].1, [json!(2)]);
        let listed = app.as_(&cast.admin).get(&format!("{PATH}?group_by=owner")).expect(200).body["data"][0]["drilldowns"]["waiting"].clone();
        assert_eq!(app.as_(&cast.admin).get(listed.as_str().unwrap()).expect(200).body["data"][0]["id"], json!(second));
        assert_eq!(rows(app, &cast.stranger, "", &["orders"]), [(vec![], vec![json!(0)])]);
        app.as_(&cast.rep).get(&format!("{PATH}?basis=closed")).problem(400, "unknown_parameter");
    }
}
