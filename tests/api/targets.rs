//! Targets: who sets and who reads them, and what the figures of people make of them.
use serde_json::{Value, json};

use crate::harness::User;
use crate::orders::{imported, stock};

fn of(user: &User, month: &str) -> String {
    format!("/api/v1/targets/users/{}/{month}", user.id)
}

both! {
    fn a_target_is_set_once_and_then_by_version(app: &TestApp) {
        let lead = app.as_(&app.cast.lead);
        let path = of(&app.cast.rep, "2026-11");
        lead.get(&path).problem(404, "not_found");
        lead.put(&path, json!({"amount": "500000", "currency": "CNY"}), "\"1\"").problem(412, "nothing_to_match");
        let set = lead.put(&path, json!({"amount": "500000", "currency": "CNY", "orders": 12}), None).expect(200);
        assert_eq!((&set.body["amount"], &set.body["month"], &set.body["holder"]["name"], &set.body["version"]), (&json!("500000.00"), &json!("2026-11"), &json!("rep"), &json!(1)));
        lead.put(&path, json!({"amount": "1", "currency": "CNY"}), None).problem(428, "if_match_required");
        let again = lead.put(&path, json!({"amount": "600000", "currency": "JPY"}), set.etag()).expect(200);
        assert_eq!((&again.body["amount"], &again.body["orders"], &again.body["version"]), (&json!("600000"), &Value::Null, &json!(2)));
        lead.put(&path, json!({"amount": "1", "currency": "CNY"}), set.etag()).problem(412, "stale");
        assert_eq!(lead.put(&path, json!({"amount": "0.5", "currency": "JPY"}), "*").problem(422, "invalid").faults(), [("/amount", "too_fine")]);
        // The same again is no other version.
        assert_eq!(lead.put(&path, json!({"amount": "600000", "currency": "JPY"}), again.etag()).expect(200).body["version"], 2);
        for month in ["2026-13", "2026-1", "november"] {
            lead.get(&of(&app.cast.rep, month)).problem(404, "not_found");
        }
        let events = app.as_(&app.cast.admin).get("/api/v1/events?type=target.set").expect(200);
        let changes: Vec<_> = events.body["data"].as_array().unwrap().iter().map(|e| e["changes"]["amount"].clone()).collect();
        assert_eq!(changes, [json!([null, "500000"]), json!(["500000", "600000"])]);
    }

    fn whose_targets_one_sets_and_reads(app: &TestApp) {
        let (cast, body) = (app.cast, json!({"amount": "1000", "currency": "CNY"}));
        let team = |id| format!("/api/v1/targets/teams/{id}/2026-11");
        let paths = [of(&cast.rep, "2026-11"), of(&cast.mate, "2026-11"), of(&cast.stranger, "2026-11"), team(cast.team_a), team(cast.team_b)];
        for path in &paths {
            app.as_(&cast.admin).put(path, body.clone(), None).expect(200);
        }
        for (user, reads, sets) in [
            (&cast.rep, [200, 404, 404, 200, 404], [403; 5]),
            (&cast.mate, [404, 200, 404, 200, 404], [403; 5]),
            (&cast.lead, [200, 200, 404, 200, 404], [200, 200, 404, 200, 404]),
            (&cast.reviewer, [200; 5], [403; 5]),
            (&cast.admin, [200; 5], [200; 5]),
        ] {
            let client = app.as_(user);
            assert_eq!(paths.iter().map(|path| client.get(path).status).collect::<Vec<_>>(), reads, "{} reads", user.name);
            assert_eq!(paths.iter().map(|path| client.put(path, body.clone(), "*").status).collect::<Vec<_>>(), sets, "{} sets", user.name);
        }
        app.as_(&cast.admin).put(&format!("/api/v1/targets/users/{}/2026-11", cast.team_a), body, None).problem(404, "not_found");
    }

    fn figures_of_people_are_for_those_who_may_see_them(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        app.as_(&cast.lead).put(&of(&cast.rep, "2026-11"), json!({"amount": "400", "currency": "CNY"}), None).expect(200);
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-11-20", "created_at": "2026-11-10"}));
        imported(app, &cast.mate, "won", json!({"closed_on": "2026-11-20"}));
        imported(app, &cast.rep, "lost", json!({"closed_on": "2026-11-21", "reason": "price"}));
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-10-20"}));
        imported(app, &cast.stranger, "processed", json!({}));
        app.as_(&cast.rep).post("/api/v1/orders", json!({"title": "No lines"})).problem(422, "invalid");
        let told = |user: &User| {
            let answer = app.as_(user).get("/api/v1/analytics/people").expect(200).body;
            let names = |list: &str| answer[list].as_array().unwrap().iter().map(|row| row["holder"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
            (names("users"), names("teams"), answer)
        };
        let (users, teams, answer) = told(&cast.rep);
        assert_eq!((users, teams), (vec!["rep".to_owned()], vec!["Team A".to_owned()]));
        let own = &answer["users"][0];
        assert_eq!([&own["won"], &own["lost"], &own["refused"], &own["cycle_days_median"]], [1, 1, 1, 10]);
        assert_eq!(own["win_rate"], json!(0.5));
        assert_eq!(own["targets"][0], json!({"currency": "CNY", "amount": "400.00", "orders": null, "won_amount": "100.00", "unconverted": [], "attainment": 0.25}));
        // What the team did is a sum, and of mates nothing else is told.
        assert_eq!((&answer["teams"][0]["won"], answer["teams"][0]["revenue"][0]["amount"].as_str()), (&json!(2), Some("200.00")));
        let (users, teams, _) = told(&cast.lead);
        assert!(users.contains(&"rep".to_owned()) && users.contains(&"mate".to_owned()) && !users.contains(&"stranger".to_owned()) && teams == ["Team A"]);
        let (users, teams, _) = told(&cast.reviewer);
        assert!(users.contains(&"stranger".to_owned()) && teams.contains(&"Team B".to_owned()));
        let october = app.as_(&cast.rep).get("/api/v1/analytics/people?from=2026-10-01&to=2026-11-01").expect(200).body;
        assert_eq!((&october["users"][0]["won"], &october["users"][0]["lost"]), (&json!(1), &json!(0)));
        app.as_(&cast.rep).get("/api/v1/analytics/people?from=2026-10-01&to=2026-09-01").problem(400, "bad_parameter");
    }
}
