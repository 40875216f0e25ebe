//! Parts of one record asked for under another, and what a body or a parameter names: nobody reaches by a detour what they may not see.
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::orders::{act, imported, sound, stock};

/// An order of the stranger that was returned with a remark; answers its id and the remark's.
fn remarked(app: &TestApp, customer: &str) -> (String, String) {
    let order = app.as_(&app.cast.stranger).post("/api/v1/orders", sound(customer)).expect(201);
    let id = order.id().to_owned();
    act(app, &app.cast.stranger, &id, "submit", Value::Null).expect(200);
    let remarks = json!({"remarks": [{"pointer": "/title", "message": "Say which plant"}]});
    let returned = act(app, &app.cast.reviewer, &id, "return", remarks).expect(200);
    (id, returned.body["remarks"][0]["id"].as_str().unwrap().to_owned())
}

both! {
    fn a_remark_is_found_under_its_own_order_alone(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let (hidden, remark) = remarked(app, &customer);
        let own = imported(app, &cast.rep, "draft", json!({}));
        for action in ["resolve", "answer"] {
            for (user, order) in [(&cast.rep, &own), (&cast.rep, &hidden), (&cast.admin, &own)] {
                act(app, user, order, &format!("remarks/{remark}/{action}"), json!({"note": "Done"})).problem(404, "not_found");
            }
        }
        act(app, &cast.stranger, &hidden, &format!("remarks/{remark}/answer"), json!({"note": "Plant 3"})).expect(200);
    }

    fn a_contact_is_found_under_its_own_customer_alone(app: &TestApp) {
        let customer = stock(app);
        let admin = app.as_(&app.cast.admin);
        let other = app.as_(&app.cast.stranger).post("/api/v1/customers", json!({"name": "Acme", "contacts": [{"name": "Wang Wei"}]})).expect(201);
        let contact = other.body["contacts"][0]["id"].as_str().unwrap();
        admin.action(&format!("/api/v1/customers/{customer}/contacts/{contact}/erase"), Value::Null, "*").problem(404, "not_found");
        assert_eq!(admin.get(&format!("/api/v1/customers/{}", other.id())).expect(200).body["contacts"][0]["name"], "Wang Wei");
    }

    fn a_line_of_another_order_is_no_line_here(app: &TestApp) {
        let customer = stock(app);
        let hidden = app.as_(&app.cast.stranger).post("/api/v1/orders", sound(&customer)).expect(201);
        let own = app.as_(&app.cast.rep).post("/api/v1/orders", sound(&customer)).expect(201);
        let line = hidden.body["lines"][0]["id"].clone();
        let patch = json!({"lines": [{"id": line, "product": "MG", "quantity": "1"}]});
        let refused = app.as_(&app.cast.rep).patch(&format!("/api/v1/orders/{}", own.id()), patch, "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/lines/0/id", "unknown_line")]);
    }

    fn what_another_system_calls_an_order_opens_none(app: &TestApp) {
        let customer = stock(app);
        let path = "/api/v1/orders/by-external-ref/shop/1";
        let mut entry = sound(&customer);
        entry["title"] = json!("Zirconium");
        let hidden = app.as_(&app.cast.stranger).put(path, entry, None).expect(201);
        let before = app.as_(&app.cast.admin).get(&format!("/api/v1/orders/{}", hidden.id())).expect(200).body;
        for user in [&app.cast.rep, &app.cast.lead, &app.cast.mate] {
            for tag in [None, Some("*"), Some(hidden.etag())] {
                let refused = app.as_(user).put(path, sound(&customer), tag);
                assert!([404, 409].contains(&refused.status) && !refused.text.contains(hidden.id()) && !refused.text.contains("Zirconium"), "{refused}");
            }
            let mut entry = sound(&customer);
            entry["external_ref"] = json!({"system": "shop", "id": "1"});
            let refused = app.as_(user).post("/api/v1/orders", entry);
            assert!([409, 422].contains(&refused.status) && !refused.text.contains(hidden.id()) && !refused.text.contains("Zirconium"), "{refused}");
        }
        assert_eq!(app.as_(&app.cast.admin).get(&format!("/api/v1/orders/{}", hidden.id())).expect(200).body, before);
    }

    fn a_batch_gives_no_more_than_one_by_one(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        // A reviewer decides in a batch what they may decide alone, and nothing of what nobody knows.
        let own = app.as_(&cast.admin).post("/api/v1/orders", sound(&customer)).expect(201).id().to_owned();
        act(app, &cast.admin, &own, "submit", Value::Null).expect(200);
        let other = imported(app, &cast.rep, "in_review", json!({}));
        let items: Vec<Value> = [own.as_str(), other.as_str(), "0192d3a4-0000-7000-8000-000000000000"].map(|id| json!({"order": id, "decision": "approve"})).into();
        let answer = app.as_(&cast.admin).post("/api/v1/reviews/batch", json!({"items": items})).expect(207);
        let told: Vec<(i64, &str)> =
            answer.body["data"].as_array().unwrap().iter().map(|row| (row["status"].as_i64().unwrap(), row["problem"]["code"].as_str().unwrap_or_default())).collect();
        assert_eq!(told, [(403, "own_order"), (200, ""), (404, "not_found")]);
        app.as_(&cast.rep).post("/api/v1/reviews/batch", json!({"items": [{"order": other, "decision": "approve"}]})).problem(403, "role");
    }
}
