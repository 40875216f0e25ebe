//! Rounds: who reviews at which step, in which order, and that nothing stays without somebody who can act.
use intent_orders::identity::Role;
use serde_json::{Value, json};

use super::{begun, eventually, policy, put_policies, queue, review};
use crate::orders::{act, entered, imported, sound, stock};

both! {
    fn steps_are_decided_in_their_order_by_those_they_name(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        put_policies(app, json!([policy("two", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id], "due_hours": 2}, {"by": "role", "role": "admin"}]))])).expect(200);
        let id = begun(app, &customer);
        // Monday 16:00 in Shanghai and two hours.
        let mine = queue(app, &cast.reviewer, "");
        assert_eq!((mine[0]["order"]["id"].as_str(), mine[0]["due_at"].as_str(), mine[0]["step"].as_i64(), mine[0]["overdue"].as_bool()), (Some(id.as_str()), Some("2026-11-23T10:00:00.000000Z"), Some(1), Some(false)));
        assert!(queue(app, &cast.second_reviewer, "").is_empty() && queue(app, &cast.admin, "").is_empty());
        assert_eq!((queue(app, &cast.second_reviewer, "?scope=all").len(), queue(app, &cast.admin, "?scope=all").len()), (1, 1));
        for user in [&cast.second_reviewer, &cast.admin] {
            act(app, user, &id, "approve", Value::Null).problem(403, "not_reviewer");
            act(app, user, &id, "return", json!({"remarks": [{"pointer": "/title", "message": "x"}]})).problem(403, "not_reviewer");
        }
        let actions = app.as_(&cast.admin).get(&format!("/api/v1/orders/{id}/actions")).expect(200).body;
        let approve = actions["data"].as_array().unwrap().iter().find(|a| a["action"] == "approve").unwrap().clone();
        assert_eq!((approve["allowed"].as_bool(), approve["because"]["code"].as_str()), (Some(false), Some("not_reviewer")));
        app.advance(3600);
        let first = act(app, &cast.reviewer, &id, "approve", json!({"note": "fine"})).expect(200);
        assert_eq!((first.body["status"].as_str(), first.body["approved_at"].is_null(), first.body["version"].as_i64()), (Some("in_review"), true, Some(3)));
        act(app, &cast.reviewer, &id, "approve", Value::Null).problem(403, "not_reviewer");
        assert_eq!((queue(app, &cast.reviewer, "").len(), queue(app, &cast.admin, "")[0]["step"].as_i64()), (0, Some(2)));
        assert_eq!(act(app, &cast.admin, &id, "approve", Value::Null).expect(200).body["status"], "pending");
        let steps = review(app, &id)["rounds"][0]["steps"].clone();
        let told: Vec<_> = steps.as_array().unwrap().iter().map(|s| (s["decision"].as_str().unwrap(), s["decided_by"]["name"].as_str().unwrap(), s["waiting_seconds"].as_i64().unwrap())).collect();
        assert_eq!(told, [("approved", "reviewer", 3600), ("approved", "admin", 0)]);
        let events = app.as_(&cast.rep).get(&format!("/api/v1/orders/{id}/events")).expect(200).body;
        let kinds: Vec<_> = events["data"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["order.created", "order.submitted", "order.review_assigned", "order.step_approved", "order.review_assigned", "order.approved"]);
    }

    fn a_return_ends_the_round_and_the_next_begins_anew(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        put_policies(app, json!([policy("two", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id]}, {"by": "users", "users": [cast.second_reviewer.id]}]))])).expect(200);
        let id = begun(app, &customer);
        act(app, &cast.reviewer, &id, "approve", Value::Null).expect(200);
        act(app, &cast.second_reviewer, &id, "return", json!({"remarks": [{"pointer": "/title", "message": "x"}]})).expect(200);
        act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).problem(403, "not_reviewer");
        act(app, &cast.rep, &id, "withdraw", Value::Null).expect(200);
        assert!(queue(app, &cast.reviewer, "").is_empty());
        act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
        act(app, &cast.rep, &id, "cancel", json!({"reason": "duplicate"})).expect(200);
        assert!(queue(app, &cast.admin, "?scope=all").is_empty());
        let rounds = review(app, &id)["rounds"].clone();
        let told: Vec<Vec<_>> = rounds.as_array().unwrap().iter().map(|round| round["steps"].as_array().unwrap().iter().map(|s| s["decision"].as_str().unwrap_or("-").to_owned()).collect()).collect();
        assert_eq!(told, [vec!["approved", "returned"], vec!["withdrawn"], vec!["closed"]]);
    }

    fn a_policy_without_steps_approves_at_the_submit(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        put_policies(app, json!([policy("small", json!({"field": "amount", "op": "lt", "value": "10000"}), json!([])), policy("rest", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id]}]))])).expect(200);
        let id = entered(app, &customer).id().to_owned();
        let submitted = act(app, &cast.rep, &id, "submit", Value::Null).expect(200).body;
        assert_eq!((submitted["status"].as_str(), submitted["approved_at"].is_string(), submitted["version"].as_i64()), (Some("pending"), true, Some(3)));
        let step = review(app, &id)["rounds"][0]["steps"][0].clone();
        assert_eq!((step["step"].as_i64(), step["decision"].as_str(), step["decided_by"].is_null()), (Some(0), Some("approved"), true));
        let history = app.as_(&cast.rep).get(&format!("/api/v1/orders/{id}/history")).expect(200).body;
        assert_eq!((history["data"][2]["action"].as_str(), history["data"][2]["actor"].is_null()), (Some("approve"), true));
        // A critical change of a small order is approved the same way; one that makes it large goes to review.
        let lines = |quantity: u32| json!({"lines": [{"product": "GTX Pro", "quantity": quantity, "unit_price": "1000"}, {"product": "MG", "quantity": 1}, {"product": "MG", "quantity": 1, "unit_price": 7}]});
        let rep = app.as_(&cast.rep);
        let other = rep.post("/api/v1/customers", json!({"name": "B"})).expect(201).id().to_owned();
        assert_eq!(rep.patch(&format!("/api/v1/orders/{id}"), json!({"customer_id": other}), "*").expect(200).body["status"], "pending");
        let mut large = lines(20);
        large["customer_id"] = json!(customer);
        assert_eq!(rep.patch(&format!("/api/v1/orders/{id}"), large, "*").expect(200).body["status"], "in_review");
        let round = review(app, &id)["rounds"][2].clone();
        assert_eq!((&round["policy"], &round["because"]), (&json!("rest"), &json!(["customer_id"])));
        assert_eq!(round["changes"]["customer_id"], json!([other, customer]));
        // With nobody but the program to approve, nobody is needed.
        let own = app.as_(&cast.admin).post("/api/v1/orders", sound(&customer)).expect(201).id().to_owned();
        for user in [&cast.reviewer, &cast.second_reviewer, &cast.reviewing_lead] {
            app.as_(&cast.admin).action(&format!("/api/v1/users/{}/deactivate", user.id), Value::Null, "*").expect(200);
        }
        assert_eq!(act(app, &cast.admin, &own, "submit", Value::Null).expect(200).body["status"], "pending");
        let big = app.as_(&cast.admin).post("/api/v1/orders", { let mut big = sound(&customer); big["lines"] = lines(20)["lines"].clone(); big }).expect(201).id().to_owned();
        act(app, &cast.admin, &big, "submit", Value::Null).problem(409, "no_reviewer");
        assert_eq!(app.as_(&cast.admin).get(&format!("/api/v1/orders/{big}")).expect(200).body["status"], "draft");
    }

    fn reviewers_take_turns_and_nobody_reviews_their_own(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let set = [&cast.reviewer, &cast.second_reviewer, &cast.admin];
        put_policies(app, json!([policy("turns", Value::Null, json!([{"by": "round_robin", "users": set.map(|user| user.id)}]))])).expect(200);
        let turn = |id: &str| review(app, id)["rounds"][0]["steps"][0]["assigned_to"]["name"].as_str().unwrap().to_owned();
        let had: Vec<String> = (0..4).map(|_| { app.advance(1); turn(&begun(app, &customer)) }).collect();
        assert_eq!(had, ["reviewer", "second.reviewer", "admin", "reviewer"]);
        // The administrator's own order passes the administrator over.
        app.advance(1);
        turn(&begun(app, &customer));
        app.advance(1);
        let own = app.as_(&cast.admin).post("/api/v1/orders", sound(&customer)).expect(201).id().to_owned();
        act(app, &cast.admin, &own, "submit", Value::Null).expect(200);
        assert_eq!(turn(&own), "reviewer");
        act(app, &cast.second_reviewer, &own, "approve", Value::Null).problem(403, "not_reviewer");
        act(app, &cast.reviewer, &own, "approve", Value::Null).expect(200);
    }

    fn the_lead_of_the_team_reviews_unless_it_is_the_leads_own(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        // A team led by a rep stands in the way of such a policy.
        let team = app.team("Team C", Some(cast.second_reviewer.id));
        let steps = json!([{"by": "team_lead"}]);
        put_policies(app, json!([policy("lead", Value::Null, steps.clone())])).problem(422, "invalid");
        app.as_(&cast.admin).patch(&format!("/api/v1/teams/{}", cast.team_a), json!({"lead_id": cast.reviewer.id}), "*").expect(200);
        put_policies(app, json!([policy("lead", Value::Null, steps)])).expect(200);
        let id = begun(app, &customer);
        assert_eq!((queue(app, &cast.reviewer, "").len(), queue(app, &cast.second_reviewer, "").len()), (1, 0));
        // Handed to a rep of another team it is that team's lead's.
        let other = app.user("rep.c", Role::Rep, Some(team));
        act(app, &cast.admin, &id, "transfer", json!({"owner_id": other.id})).expect(200);
        assert_eq!((queue(app, &cast.reviewer, "").len(), queue(app, &cast.second_reviewer, "").len()), (0, 1));
        act(app, &cast.reviewer, &id, "approve", Value::Null).problem(403, "not_reviewer");
        // The lead's own order is for whoever may.
        act(app, &cast.admin, &id, "transfer", json!({"owner_id": cast.second_reviewer.id})).expect(200);
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).problem(403, "own_order");
        act(app, &cast.reviewing_lead, &id, "approve", Value::Null).expect(200);
    }

    fn what_is_overdue_is_handed_on(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        app.as_(&cast.admin).patch(&format!("/api/v1/teams/{}", cast.team_a), json!({"lead_id": cast.second_reviewer.id}), "*").expect(200);
        put_policies(app, json!([policy("p", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id], "due_hours": 1, "escalate": true}]))])).expect(200);
        let id = begun(app, &customer);
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).problem(403, "not_reviewer");
        app.advance(2 * 3600);
        eventually(|| queue(app, &cast.second_reviewer, "").len() == 1);
        let item = queue(app, &cast.reviewer, "")[0].clone();
        assert_eq!((item["overdue"].as_bool(), item["escalated_at"].is_string()), (Some(true), true));
        assert!(queue(app, &cast.admin, "").is_empty());
        let told = app.as_(&cast.admin).get(&format!("/api/v1/events?type=order.review_escalated&record={id}")).expect(200).body;
        assert_eq!(told["data"].as_array().unwrap().len(), 1);
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).expect(200);
    }

    fn an_inactive_reviewers_step_goes_on(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        put_policies(app, json!([policy("p", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id]}]))])).expect(200);
        let id = begun(app, &customer);
        app.as_(&cast.admin).action(&format!("/api/v1/users/{}/deactivate", cast.reviewer.id), Value::Null, "*").expect(200);
        // Decided by who may at this moment; the lists follow within a minute.
        app.advance(61);
        eventually(|| queue(app, &cast.second_reviewer, "").len() == 1);
        act(app, &cast.second_reviewer, &id, "approve", Value::Null).expect(200);
    }

    fn what_is_brought_in_in_review_waits_like_everything_else(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        let plain = imported(app, &cast.rep, "in_review", json!({}));
        put_policies(app, json!([policy("p", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id]}]))])).expect(200);
        let taken = imported(app, &cast.rep, "in_review", json!({}));
        assert_eq!((queue(app, &cast.reviewer, "").len(), queue(app, &cast.admin, "").len()), (2, 1));
        act(app, &cast.admin, &taken, "approve", Value::Null).problem(403, "not_reviewer");
        act(app, &cast.admin, &plain, "approve", Value::Null).expect(200);
        act(app, &cast.reviewer, &taken, "approve", Value::Null).expect(200);
    }
}
