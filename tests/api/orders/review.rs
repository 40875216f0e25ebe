//! Review: nobody judges what they had a hand in, and a critical change asks for another review.
use intent_orders::identity::Role;
use serde_json::{Value, json};

use super::{act, entered, imported, sound, stock};

both! {
    fn submit_asks_more_than_save(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let mut entry = sound(&customer);
        entry["expected_close_date"] = Value::Null;
        let id = rep.post("/api/v1/orders", entry).expect(201).id().to_owned();
        assert_eq!(act(app, &app.cast.rep, &id, "submit", Value::Null).problem(422, "invalid").faults(), [("/expected_close_date", "required")]);
        rep.patch(&format!("/api/v1/orders/{id}"), json!({"expected_close_date": "2026-11-22"}), "*").expect(200);
        assert_eq!(act(app, &app.cast.rep, &id, "submit", Value::Null).problem(422, "invalid").faults(), [("/expected_close_date", "date_too_early")]);
        rep.patch(&format!("/api/v1/orders/{id}"), json!({"expected_close_date": "2026-11-23"}), "*").expect(200);
        act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
    }

    fn who_had_a_hand_in_it_does_not_judge(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        // The administrator's own order, and one that the administrator submitted.
        let own = app.as_(&cast.admin).post("/api/v1/orders", sound(&customer)).expect(201).id().to_owned();
        act(app, &cast.admin, &own, "submit", Value::Null).expect(200);
        for action in [("approve", json!({})), ("return", json!({"remarks": [{"pointer": "/title", "message": "x"}]}))] {
            act(app, &cast.admin, &own, action.0, action.1).problem(403, "own_order");
        }
        act(app, &cast.reviewer, &own, "approve", Value::Null).expect(200);
        let reps = entered(app, &customer).id().to_owned();
        act(app, &cast.admin, &reps, "submit", Value::Null).expect(200);
        act(app, &cast.admin, &reps, "approve", Value::Null).problem(403, "own_order");
        // A critical change by the administrator bars the administrator, too.
        let changed = entered(app, &customer).id().to_owned();
        app.as_(&cast.admin).patch(&format!("/api/v1/orders/{changed}"), json!({"lines": [{"product": "MG", "quantity": 1}, {"product": "MG", "quantity": 9}]}), "*").expect(200);
        act(app, &cast.rep, &changed, "submit", Value::Null).expect(200);
        act(app, &cast.admin, &changed, "approve", Value::Null).problem(403, "own_order");
    }

    fn without_a_reviewer_nothing_is_submitted(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let order = app.as_(&cast.admin).post("/api/v1/orders", sound(&customer)).expect(201).id().to_owned();
        for user in [&cast.reviewer, &cast.second_reviewer, &cast.reviewing_lead] {
            app.as_(&cast.admin).action(&format!("/api/v1/users/{}/deactivate", user.id), Value::Null, "*").expect(200);
        }
        act(app, &cast.admin, &order, "submit", Value::Null).problem(409, "no_reviewer");
        app.user("late.reviewer", Role::Reviewer, None);
        act(app, &cast.admin, &order, "submit", Value::Null).expect(200);
    }

    fn a_critical_change_asks_for_another_review(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let rep = app.as_(&cast.rep);
        let other = rep.post("/api/v1/customers", json!({"name": "B"})).expect(201).id().to_owned();
        for (what, change, again) in [
            ("title", json!({"title": "x"}), false),
            ("customer", json!({"customer_id": other}), true),
            ("currency", json!({"currency": "USD"}), true),
            ("product added", json!({"lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": 100}, {"product": "MG", "quantity": 1}]}), true),
            ("lower amount", json!({"lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": "99.99"}]}), true),
            ("higher amount", json!({"lines": [{"product": "GTX Pro", "quantity": 2, "unit_price": 100}]}), false),
        ] {
            let id = imported(app, &cast.rep, "processed", json!({}));
            let changed = rep.patch(&format!("/api/v1/orders/{id}"), change, "*").expect(200);
            assert_eq!((changed.body["status"] == "in_review", changed.body["stage"].as_str()), (again, Some("negotiation")), "{what}");
            if !again {
                continue;
            }
            // Only an approval restores what it was before.
            act(app, &cast.rep, &id, "withdraw", Value::Null).expect(200);
            act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
            let approved = act(app, &cast.reviewer, &id, "approve", Value::Null).expect(200);
            assert_eq!((approved.body["status"].as_str(), approved.body["stage"].as_str()), (Some("processed"), Some("negotiation")), "{what}");
        }
        let _ = customer;
    }

    fn the_tolerance_is_a_setting(app: &TestApp) {
        stock(app);
        let admin = app.as_(&app.cast.admin);
        let review = admin.get("/api/v1/settings/review").expect(200);
        admin.put("/api/v1/settings/review", json!({"tolerance": "0.1"}), review.etag()).expect(200);
        let id = imported(app, &app.cast.rep, "pending", json!({}));
        let to = |price: &str| app.as_(&app.cast.rep).patch(&format!("/api/v1/orders/{id}"), json!({"lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]}), "*").expect(200).body["status"].clone();
        // Small steps add up: each is held against what was approved, not against the step before.
        assert_eq!((to("95"), to("90"), to("89.99")), (json!("pending"), json!("pending"), json!("in_review")));
        let won = imported(app, &app.cast.rep, "pending", json!({}));
        act(app, &app.cast.rep, &won, "win", json!({"amount": "89.99"})).problem(409, "review_required");
        assert_eq!(act(app, &app.cast.rep, &won, "win", json!({"amount": "90"})).expect(200).body["amount"], "90.00");
    }

    fn what_is_allowed_is_told_beforehand(app: &TestApp) {
        stock(app);
        let id = imported(app, &app.cast.rep, "in_review", json!({}));
        let of = |user| {
            let body = app.as_(user).get(&format!("/api/v1/orders/{id}/actions")).expect(200).body;
            body["data"].as_array().unwrap().iter().map(|a| (a["action"].as_str().unwrap().to_owned(), a["because"]["code"].as_str().unwrap_or("allowed").to_owned())).collect::<std::collections::BTreeMap<_, _>>()
        };
        let (rep, reviewer) = (of(&app.cast.rep), of(&app.cast.reviewer));
        assert_eq!((rep["withdraw"].as_str(), rep["approve"].as_str(), rep["win"].as_str()), ("allowed", "role", "wrong_state"));
        assert_eq!((reviewer["withdraw"].as_str(), reviewer["approve"].as_str(), reviewer["restore"].as_str()), ("role", "allowed", "role"));
    }
}
