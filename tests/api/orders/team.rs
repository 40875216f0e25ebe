//! Owners and teams: transfers, leaving, and what a team sees.
use serde_json::{Value, json};

use super::{act, entered, imported, stock};

both! {
    fn an_order_goes_to_a_team_mate_and_no_further(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        let id = imported(app, &cast.rep, "processed", json!({}));
        assert_eq!(act(app, &cast.rep, &id, "transfer", json!({"owner_id": id})).problem(422, "invalid").faults(), [("/owner_id", "unknown_reference")]);
        act(app, &cast.rep, &id, "transfer", json!({"owner_id": cast.stranger.id})).problem(403, "not_owner");
        act(app, &cast.lead, &id, "transfer", json!({"owner_id": cast.stranger.id})).problem(403, "not_owner");
        let moved = act(app, &cast.rep, &id, "transfer", json!({"owner_id": cast.mate.id})).expect(200);
        assert_eq!((moved.body["owner"]["name"].as_str(), moved.body["stage"].as_str(), moved.body["status"].as_str()), (Some("mate"), Some("negotiation"), Some("processed")));
        act(app, &cast.rep, &id, "transfer", json!({"owner_id": cast.rep.id})).problem(403, "not_owner");
        act(app, &cast.lead, &id, "transfer", json!({"owner_id": cast.rep.id})).expect(200);
        // By an administrator to another team, and out of the first one's sight.
        assert_eq!(act(app, &cast.admin, &id, "transfer", json!({"owner_id": cast.stranger.id})).expect(200).body["team"]["name"], "Team B");
        app.as_(&cast.rep).get(&format!("/api/v1/orders/{id}")).problem(404, "not_found");
    }

    fn who_leaves_hands_over_first(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let admin = app.as_(&cast.admin);
        let (open, won) = (entered(app, &customer).id().to_owned(), imported(app, &cast.rep, "won", json!({})));
        let path = format!("/api/v1/users/{}/deactivate", cast.rep.id);
        admin.action(&path, Value::Null, None).problem(428, "if_match_required");
        admin.action(&path, Value::Null, "*").problem(409, "open_orders");
        assert_eq!(admin.action(&path, json!({"transfer_to": cast.rep.id}), "*").problem(422, "invalid").faults(), [("/transfer_to", "unknown_reference")]);
        app.as_(&cast.rep).get("/api/v1/orders").expect(200);
        admin.action(&path, json!({"transfer_to": cast.mate.id}), "*").expect(200);
        app.as_(&cast.rep).get("/api/v1/orders").problem(401, "invalid_token");
        let owner = |id: &str| admin.get(&format!("/api/v1/orders/{id}")).body["owner"]["name"].clone();
        assert_eq!((owner(&open), owner(&won)), (json!("mate"), json!("rep")), "closed orders stay whose they were");
    }

    fn an_open_order_follows_its_owner_to_another_team(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let (open, won) = (entered(app, &customer).id().to_owned(), imported(app, &cast.rep, "won", json!({})));
        app.as_(&cast.admin).patch(&format!("/api/v1/users/{}", cast.rep.id), json!({"team_id": cast.team_b}), "*").expect(200);
        let team = |id: &str| app.as_(&cast.admin).get(&format!("/api/v1/orders/{id}")).body["team"]["name"].clone();
        assert_eq!((team(&open), team(&won)), (json!("Team B"), json!("Team A")));
        app.as_(&cast.stranger).get(&format!("/api/v1/orders/{open}")).expect(200);
        app.as_(&cast.mate).get(&format!("/api/v1/orders/{won}")).expect(200);
        app.as_(&cast.stranger).get(&format!("/api/v1/orders/{won}")).problem(404, "not_found");
    }
}
