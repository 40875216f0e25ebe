//! What somebody is told of oneself, and may change of it.
use diesel::prelude::*;
use intent_orders::platform::db::schema::events;
use serde_json::json;

const ME: &str = "/api/v1/me";

both! {
    fn everybody_is_told_who_they_are_and_what_they_may(app: &TestApp) {
        let cast = app.cast;
        let lead = app.as_(&cast.lead).get(ME).expect(200).body;
        let team = json!({"id": cast.team_a.to_string(), "name": "Team A"});
        assert_eq!((&lead["id"], &lead["role"], &lead["team"], &lead["leads"]), (&json!(cast.lead.id.to_string()), &json!("rep"), &team, &json!([team])));
        assert_eq!((&lead["time_zone"], &lead["zone"], &lead["locale"]), (&json!(null), &json!("Asia/Shanghai"), &json!(null)));
        let may = |user| app.as_(user).get(ME).expect(200).body["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let (rep, reviewer, admin) = (may(&cast.rep), may(&cast.reviewer), may(&cast.admin));
        for (permission, expected) in [("orders.create", [true, false, true]), ("orders.approve", [false, true, true]), ("users.edit", [false, false, true]), ("api_keys.edit", [true, true, true])] {
            assert_eq!([&rep, &reviewer, &admin].map(|all| all.iter().any(|p| p == permission)), expected, "{permission}");
        }
        // A reviewer who leads a team may hand its orders over.
        assert!(may(&cast.reviewing_lead).iter().any(|p| p == "orders.transfer") && !reviewer.iter().any(|p| p == "orders.transfer"));
    }

    fn language_and_zone_are_ones_own_to_change(app: &TestApp) {
        let cast = app.cast;
        let rep = app.as_(&cast.rep);
        let read = rep.get(ME).expect(200);
        rep.patch(ME, json!({"locale": "zh-CN"}), None).problem(428, "if_match_required");
        let changed = rep.patch(ME, json!({"locale": "zh-CN", "time_zone": "Europe/Berlin"}), read.etag()).expect(200);
        assert_eq!((&changed.body["locale"], &changed.body["time_zone"], &changed.body["zone"]), (&json!("zh-CN"), &json!("Europe/Berlin"), &json!("Europe/Berlin")));
        assert_eq!(rep.get(ME).expect(200).etag(), changed.etag());
        assert_eq!(app.as_(&cast.admin).get(&format!("/api/v1/users/{}", cast.rep.id)).expect(200).body["version"], 2);
        // The next answer is in that language.
        assert_eq!(rep.patch(ME, json!({}), read.etag()).problem(412, "stale").header("content-language"), "zh-CN");
        assert_eq!(rep.patch(ME, json!({"time_zone": null}), changed.etag()).expect(200).body["zone"], "Asia/Shanghai");
        let told = events::table.filter(events::record_id.eq(cast.rep.id)).order(events::id).select((events::kind, events::actor_id));
        let told = app.state.db.read_here(|c| Ok(told.load::<(String, Option<intent_orders::platform::db::Id>)>(c)?)).unwrap();
        assert_eq!(told, [("user.updated".to_owned(), Some(cast.rep.id)), ("user.updated".to_owned(), Some(cast.rep.id))]);
    }

    fn the_rest_is_not(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let refused = rep.patch(ME, json!({"role": "admin", "name": "x", "active": true, "locale": "fr", "time_zone": "Mars"}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/active", "unknown_field"), ("/locale", "not_a_locale"), ("/name", "read_only"), ("/role", "read_only"), ("/time_zone", "not_a_zone")]);
        assert_eq!(rep.get(ME).expect(200).body["role"], "rep");
    }
}
