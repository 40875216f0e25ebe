//! Remarks with a memory: severity, what became of them, and what a reviewer sees when an order comes back.
use serde_json::{Value, json};

use super::{begun, review};
use crate::harness::{Answer, TestApp, User};
use crate::orders::{act, stock};

/// An order returned with a remark that must be fixed and an advice; answers its id and theirs.
fn returned(app: &TestApp, customer: &str) -> (String, String, String) {
    let id = begun(app, customer);
    let remarks = json!({"remarks": [{"pointer": "/lines/0/discount_rate", "message": "折扣过高", "severity": "must_fix"}, {"pointer": "/title", "message": "say more"}]});
    let body = act(app, &app.cast.reviewer, &id, "return", remarks).expect(200).body;
    let remark = |n: usize| body["remarks"][n]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (body["remarks"][0]["severity"].as_str(), body["remarks"][1]["severity"].as_str(), body["remarks"][0]["state"].as_str()),
        (Some("must_fix"), Some("advice"), Some("open"))
    );
    (id, remark(0), remark(1))
}

fn on_remark(app: &TestApp, user: &User, id: &str, remark: &str, what: &str, body: Value) -> Answer {
    app.as_(user).action(&format!("/api/v1/orders/{id}/remarks/{remark}/{what}"), body, "*")
}

both! {
    fn what_must_be_fixed_stands_in_the_way_until_it_is_resolved(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let (id, must, advice) = returned(app, &customer);
        act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
        act(app, &cast.reviewer, &id, "approve", Value::Null).problem(409, "unresolved_remarks");
        on_remark(app, &cast.reviewer, &id, &must, "resolve", json!({})).problem(403, "role");
        on_remark(app, &cast.mate, &id, &must, "resolve", json!({})).problem(403, "not_owner");
        on_remark(app, &cast.stranger, &id, &must, "resolve", json!({})).problem(404, "not_found");
        on_remark(app, &cast.rep, &id, &id, "resolve", json!({})).problem(404, "not_found");
        app.as_(&cast.rep).post(&format!("/api/v1/orders/{id}/remarks/{must}/resolve"), json!({})).problem(428, "if_match_required");
        assert_eq!(on_remark(app, &cast.rep, &id, &must, "answer", json!({})).problem(422, "invalid").faults(), [("/note", "note_required")]);
        // An answer is no mending.
        let answered = on_remark(app, &cast.rep, &id, &must, "answer", json!({"note": "as agreed with the customer"})).expect(200).body;
        assert_eq!((answered["remarks"][0]["state"].as_str(), answered["remarks"][0]["answer"].as_str()), (Some("answered"), Some("as agreed with the customer")));
        act(app, &cast.reviewer, &id, "approve", Value::Null).problem(409, "unresolved_remarks");
        let resolved = on_remark(app, &cast.rep, &id, &must, "resolve", json!({})).expect(200);
        assert_eq!((resolved.body["remarks"][0]["state"].as_str(), resolved.body["version"].as_i64()), (Some("resolved"), Some(6)));
        // The same again is no change.
        assert_eq!(on_remark(app, &cast.rep, &id, &must, "resolve", json!({})).expect(200).body["version"], 6);
        act(app, &cast.reviewer, &id, "approve", Value::Null).expect(200);
        act(app, &cast.rep, &id, "lose", json!({"reason": "price"})).expect(200);
        on_remark(app, &cast.rep, &id, &advice, "resolve", json!({})).problem(409, "wrong_state");
    }

    fn a_reviewer_lets_a_remark_pass_with_a_note(app: &TestApp) {
        let customer = stock(app);
        let (id, ..) = returned(app, &customer);
        act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
        assert_eq!(act(app, &app.cast.reviewer, &id, "approve", json!({"waive": true})).problem(422, "invalid").faults(), [("/note", "note_required")]);
        let approved = act(app, &app.cast.reviewer, &id, "approve", json!({"waive": true, "note": "for this once"})).expect(200).body;
        assert_eq!((approved["status"].as_str(), approved["remarks"][0]["state"].as_str(), approved["remarks"][1]["state"].as_str()), (Some("pending"), Some("waived"), Some("open")));
    }

    fn a_reviewer_sees_what_has_changed_since_the_last_round(app: &TestApp) {
        let customer = stock(app);
        let (id, must, _) = returned(app, &customer);
        let rep = app.as_(&app.cast.rep);
        let path = format!("/api/v1/orders/{id}");
        rep.patch(&path, json!({"title": "Autumn refit"}), "*").expect(200);
        rep.patch(&path, json!({"title": "Winter refit", "intent_level": "low"}), "*").expect(200);
        rep.patch(&path, json!({"intent_level": "high"}), "*").expect(200);
        on_remark(app, &app.cast.rep, &id, &must, "resolve", json!({})).expect(200);
        act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
        let told = review(app, &id);
        assert_eq!((told["unresolved"].as_i64(), told["rounds"].as_array().unwrap().len()), (Some(0), 2));
        assert_eq!((told["rounds"][0]["remarks"].as_array().unwrap().len(), &told["rounds"][0]["changes"]), (2, &json!({})));
        assert_eq!(told["rounds"][1]["changes"], json!({"title": ["Spring refit", "Winter refit"]}));
        app.as_(&app.cast.stranger).get(&format!("{path}/review")).problem(404, "not_found");
    }
}
