//! Claims, and many decisions at once.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{begun, queue};
use crate::orders::{act, entered, stock};

both! {
    fn what_one_claims_another_leaves_alone(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let id = begun(app, &customer);
        let post = |user, what: &str| app.as_(user).post(&format!("/api/v1/orders/{id}/{what}"), json!({}));
        let claimed = post(&cast.reviewer, "claim").expect(200).body;
        assert_eq!((claimed["claimed_by"]["name"].as_str(), claimed["claimed_until"].as_str()), (Some("reviewer"), Some("2026-11-23T12:00:00.000000Z")));
        assert_eq!(post(&cast.reviewer, "claim").expect(200).body, claimed);
        for what in ["claim", "release"] {
            post(&cast.second_reviewer, what).problem(409, "claimed");
        }
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).problem(409, "claimed");
        act(app, &cast.second_reviewer, &id, "return", json!({"remarks": [{"pointer": "/title", "message": "x"}]})).problem(409, "claimed");
        assert_eq!(queue(app, &cast.second_reviewer, "")[0]["claimed_by"]["name"], "reviewer");
        assert!(post(&cast.reviewer, "release").expect(200).body["claimed_by"].is_null());
        post(&cast.second_reviewer, "claim").expect(200);
        // A claim ends by itself.
        app.advance(4 * 3600);
        assert!(queue(app, &cast.reviewer, "")[0]["claimed_by"].is_null());
        post(&cast.reviewer, "claim").expect(200);
        act(app, &cast.reviewer, &id, "approve", Value::Null).expect(200);
        post(&cast.reviewer, "claim").problem(409, "wrong_state");
        let other = entered(app, &customer).id().to_owned();
        app.as_(&cast.reviewer).post(&format!("/api/v1/orders/{other}/claim"), json!({})).problem(409, "wrong_state");
        app.as_(&cast.rep).post(&format!("/api/v1/orders/{other}/claim"), json!({})).problem(403, "role");
        let events = app.as_(&cast.rep).get(&format!("/api/v1/orders/{id}/events")).expect(200).body;
        let kinds: Vec<_> = events["data"].as_array().unwrap().iter().filter_map(|event| event["type"].as_str()).filter(|kind| kind.contains("claim") || kind.contains("release")).collect();
        assert_eq!(kinds, ["order.review_claimed", "order.review_released", "order.review_claimed", "order.review_claimed"]);
    }

    fn of_two_who_claim_at_once_one_gets_it(app: &TestApp) {
        let customer = stock(app);
        for _ in 0..5 {
            let id = begun(app, &customer);
            let path = format!("/api/v1/orders/{id}/claim");
            let answers: Vec<u16> = std::thread::scope(|scope| {
                let ask = |user| { let path = &path; scope.spawn(move || app.as_(user).post(path, json!({})).status) };
                [ask(&app.cast.reviewer), ask(&app.cast.second_reviewer), ask(&app.cast.admin)].map(|one| one.join().unwrap()).into()
            });
            let mut told: BTreeMap<u16, usize> = BTreeMap::new();
            for status in &answers {
                *told.entry(*status).or_default() += 1;
            }
            assert_eq!(told, BTreeMap::from([(200, 1), (409, 2)]));
        }
    }

    fn a_batch_of_decisions_answers_each(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let (good, bad, claimed) = (begun(app, &customer), begun(app, &customer), begun(app, &customer));
        let draft = entered(app, &customer).id().to_owned();
        app.as_(&cast.second_reviewer).post(&format!("/api/v1/orders/{claimed}/claim"), json!({})).expect(200);
        let items = json!([
            {"order": good, "decision": "approve", "version": 2},
            {"order": bad, "decision": "return", "remarks": [{"pointer": "/title", "message": "say more", "severity": "must_fix"}]},
            {"order": claimed, "decision": "approve"}, {"order": draft, "decision": "approve"}, {"order": "IO-999999", "decision": "approve"},
            {"order": bad, "decision": "return"}, {"order": good, "decision": "maybe"}, {"order": good, "decision": "approve", "version": 1}
        ]);
        let batch = |items: Value| app.as_(&cast.reviewer).post("/api/v1/reviews/batch", json!({"items": items}));
        let told = batch(items).expect(207).body;
        let told: Vec<_> = told["data"].as_array().unwrap().iter().map(|row| (row["status"].as_i64().unwrap(), row["problem"]["code"].as_str().or(row["record"]["status"].as_str()).unwrap())).collect();
        assert_eq!(told, [(200, "pending"), (200, "returned"), (409, "claimed"), (409, "wrong_state"), (404, "not_found"), (409, "wrong_state"), (422, "invalid"), (412, "stale")]);
        assert_eq!(batch(json!([])).problem(422, "invalid").faults(), [("/items", "too_few")]);
        let many = vec![json!({"order": good, "decision": "approve"}); 201];
        assert_eq!(batch(json!(many)).problem(422, "invalid").faults(), [("/items", "too_many")]);
        app.as_(&cast.rep).post("/api/v1/reviews/batch", json!({"items": []})).problem(403, "role");
    }
}
