//! Delays: why an order slips, what becomes of its date, and what a standard makes of a date that was pushed without a word.
use serde_json::{Value, json};

use super::{act, entered, imported, stock};
use crate::harness::{Answer, TestApp};

/// An order of the rep that is under way; answers its address.
fn under_way(app: &TestApp, customer: &str) -> String {
    let id = entered(app, customer).id().to_owned();
    act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
    act(app, &app.cast.reviewer, &id, "approve", Value::Null).expect(200);
    format!("/api/v1/orders/{id}")
}

fn warned(order: &Answer) -> Vec<&str> {
    order.body["warnings"].as_array().unwrap().iter().filter_map(|w| w["code"].as_str()).collect()
}

/// Publishes the standard with its rule on delays changed.
fn let_the_rule_be(app: &TestApp, severity: &str) {
    let admin = app.as_(&app.cast.admin);
    let standard = admin.get("/api/v1/standards/orders").expect(200);
    let mut rules = standard.body["rules"].clone();
    let rule = rules.as_array_mut().unwrap().iter_mut().find(|rule| rule["kind"] == "delay_recorded").unwrap();
    rule["severity"] = json!(severity);
    admin.put("/api/v1/standards/orders", json!({ "rules": rules }), standard.etag()).expect(200);
}

both! {
    fn a_delay_moves_the_date_and_tells_why(app: &TestApp) {
        let customer = stock(app);
        let (path, rep) = (under_way(app, &customer), app.as_(&app.cast.rep));
        let delay = json!({"side": "supply", "reason": "material_shortage", "note": "Castings are late", "remedy": "A second foundry", "new_date": "2027-04-14"});
        let told = rep.post(&format!("{path}/delays"), delay).expect(201);
        assert_eq!((&told.body["from_date"], &told.body["new_date"], &told.body["days_slipped"]), (&json!("2027-03-31"), &json!("2027-04-14"), &json!(14)));
        assert_eq!(told.body["author"]["name"], "rep");
        let order = rep.get(&path).expect(200);
        assert_eq!((order.body["expected_close_date"].as_str(), warned(&order), &order.body["status"]), (Some("2027-04-14"), vec![], &json!("pending")));
        // Why it waits can be told without another date, and then nothing slips.
        app.advance(60);
        let again = rep.post(&format!("{path}/delays"), json!({"side": "customer", "reason": "site_not_ready"})).expect(201);
        assert_eq!((&again.body["days_slipped"], &again.body["from_date"], &again.body["new_date"]), (&json!(0), &json!("2027-04-14"), &json!("2027-04-14")));
        assert_eq!(rep.get(&path).expect(200).body["version"], order.body["version"]);
        let listed = rep.get(&format!("{path}/delays")).expect(200);
        assert_eq!(listed.body["data"], json!([again.body, told.body]));
        assert_eq!(rep.get(&format!("{path}/delays?side=supply")).expect(200).body["data"], json!([told.body]));
        let events = rep.get(&format!("{path}/events")).expect(200);
        let events: Vec<&Value> = events.body["data"].as_array().unwrap().iter().filter(|e| e["type"] == "order.delayed").collect();
        assert_eq!(events[0]["changes"]["delay"], json!([null, {"id": told.body["id"], "side": "supply", "reason": "material_shortage", "days_slipped": 14}]));
        assert!(events.len() == 2 && !events[0].to_string().contains("Castings"));
        for (query, found) in [("delay=supply.material_shortage", 1), ("delay=supply.site_not_ready", 0), ("delay[null]=false", 1), ("pushed_at[null]=false", 1), ("pushed_at[gte]=2026-11-23", 1), ("pushed_at[lt]=2026-11-23", 0)] {
            assert_eq!(rep.get(&format!("/api/v1/orders?{query}")).expect(200).body["data"].as_array().unwrap().len(), found, "{query}");
        }
    }

    fn what_makes_no_delay_is_refused(app: &TestApp) {
        let customer = stock(app);
        let (path, rep) = (under_way(app, &customer), app.as_(&app.cast.rep));
        let post = |body: Value| rep.post(&format!("{path}/delays"), body);
        let wrong = post(json!({"side": "moon", "reason": "logistic", "new_date": "2027-03-31"})).problem(422, "invalid");
        assert_eq!(wrong.faults(), [("/new_date", "date_too_early"), ("/reason", "not_one_of"), ("/side", "not_one_of")]);
        assert_eq!(post(json!({"side": "other", "reason": "other"})).problem(422, "invalid").faults(), [("/note", "note_required")]);
        // In review nothing moves, yet why it waits can be told.
        let id = entered(app, &customer).id().to_owned();
        act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
        let path = format!("/api/v1/orders/{id}/delays");
        rep.post(&path, json!({"side": "other", "reason": "logistics", "new_date": "2027-05-01"})).problem(409, "not_editable");
        rep.post(&path, json!({"side": "other", "reason": "logistics"})).expect(201);
        let won = imported(app, &app.cast.rep, "won", json!({"closed_on": "2026-02-01"}));
        rep.post(&format!("/api/v1/orders/{won}/delays"), json!({"side": "other", "reason": "logistics"})).problem(409, "wrong_state");
        let admin = app.as_(&app.cast.admin);
        let reasons = admin.get("/api/v1/settings/delay-reasons").expect(200);
        let left: Vec<Value> = reasons.body["items"].as_array().unwrap().iter().filter(|item| item["code"] != "logistics").cloned().collect();
        admin.put("/api/v1/settings/delay-reasons", json!({"items": left}), reasons.etag()).problem(409, "in_use");
    }

    fn a_date_pushed_without_a_word_warns_until_somebody_tells_why(app: &TestApp) {
        let customer = stock(app);
        let (path, rep) = (under_way(app, &customer), app.as_(&app.cast.rep));
        let push = |day: &str| rep.patch(&path, json!({"expected_close_date": day}), "*");
        assert_eq!(warned(&push("2027-04-10").expect(200)), ["delay_not_recorded"]);
        // Back and forth again: both pushes count, and another change does not let them be forgotten.
        push("2027-04-05").expect(200);
        assert_eq!(warned(&push("2027-04-07").expect(200)), ["delay_not_recorded"]);
        assert_eq!(warned(&rep.patch(&path, json!({"note": "Rang them"}), "*").expect(200)), ["delay_not_recorded"]);
        assert_eq!(rep.get(&format!("{path}/violations")).expect(200).body["data"][0]["code"], "delay_not_recorded");
        let told = rep.post(&format!("{path}/delays"), json!({"side": "internal", "reason": "internal_capacity"})).expect(201);
        assert_eq!((&told.body["days_slipped"], &told.body["from_date"], &told.body["new_date"]), (&json!(12), &json!("2027-03-31"), &json!("2027-04-07")));
        assert_eq!(warned(&rep.get(&path).expect(200)), Vec::<&str>::new());
        assert_eq!(warned(&rep.patch(&path, json!({"note": "Rang them again"}), "*").expect(200)), Vec::<&str>::new());
        // A draft's date is still being found.
        let draft = format!("/api/v1/orders/{}", entered(app, &customer).id());
        assert_eq!(warned(&rep.patch(&draft, json!({"expected_close_date": "2027-09-01"}), "*").expect(200)), Vec::<&str>::new());
    }

    fn a_standard_may_ask_for_the_reason(app: &TestApp) {
        let customer = stock(app);
        let (path, rep) = (under_way(app, &customer), app.as_(&app.cast.rep));
        let_the_rule_be(app, "error");
        let refused = rep.patch(&path, json!({"expected_close_date": "2027-04-10"}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/expected_close_date", "delay_not_recorded")]);
        rep.patch(&path, json!({"expected_close_date": "2027-03-30"}), "*").expect(200);
        rep.post(&format!("{path}/delays"), json!({"side": "customer", "reason": "customer_budget", "new_date": "2027-04-10"})).expect(201);
        assert_eq!(rep.get(&path).expect(200).body["expected_close_date"], "2027-04-10");
        // Of the fields that there are, it speaks of one.
        let admin = app.as_(&app.cast.admin);
        let standard = admin.get("/api/v1/standards/orders").expect(200);
        let rule = json!({"id": "odd", "kind": "delay_recorded", "fields": ["valid_until"]});
        assert_eq!(admin.put("/api/v1/standards/orders", json!({"rules": [rule]}), standard.etag()).problem(422, "invalid").faults(), [("/rules/0/fields/0", "unsuited_field")]);
    }
}
