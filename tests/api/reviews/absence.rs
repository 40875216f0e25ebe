//! Who is away, and who stands in.
use serde_json::{Value, json};

use super::{begun, eventually, policy, put_policies, queue};
use crate::orders::{act, stock};

const MINE: &str = "/api/v1/me/absence";

both! {
    fn an_absence_takes_sound_days_and_a_delegate_who_may(app: &TestApp) {
        let cast = app.cast;
        let reviewer = app.as_(&cast.reviewer);
        assert_eq!(reviewer.get(MINE).expect(200).body, json!({"from": null, "until": null, "delegate": null}));
        for (body, expected) in [
            (json!({"from": "2026-11-24"}), ("/until", "required")),
            (json!({"from": "2026-11-24", "until": "2026-11-23"}), ("/until", "inconsistent")),
            (json!({"from": "2026-11-20", "until": "2026-11-22"}), ("/until", "date_too_early")),
            (json!({"from": "2026-11-24", "until": "2026-11-25", "delegate_id": cast.rep.id}), ("/delegate_id", "not_a_reviewer")),
            (json!({"from": "2026-11-24", "until": "2026-11-25", "delegate_id": cast.reviewer.id}), ("/delegate_id", "conflicting")),
            (json!({"from": "2026-11-24", "until": "2026-11-25", "delegate_id": cast.team_a}), ("/delegate_id", "unknown_reference")),
            (json!({"delegate_id": cast.admin.id}), ("/delegate_id", "inconsistent")),
        ] {
            assert_eq!(reviewer.put(MINE, body.clone(), None).problem(422, "invalid").faults(), [expected], "{body}");
        }
        let set = reviewer.put(MINE, json!({"from": "2026-11-24", "until": "2026-11-25", "delegate_id": cast.admin.id}), None).expect(200).body;
        assert_eq!(set, json!({"from": "2026-11-24", "until": "2026-11-25", "delegate": {"id": cast.admin.id, "name": "admin"}}));
        let path = format!("/api/v1/users/{}/absence", cast.reviewer.id);
        assert_eq!(app.as_(&cast.rep).get(&path).expect(200).body, set);
        app.as_(&cast.rep).put(&path, json!({}), None).problem(403, "role");
        let over = app.as_(&cast.admin).put(&path, json!({"from": null, "until": null}), None).expect(200).body;
        assert_eq!(over, json!({"from": null, "until": null, "delegate": null}));
        app.as_(&cast.admin).put("/api/v1/users/019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e/absence", json!({}), None).problem(404, "not_found");
        let told = app.as_(&cast.admin).get(&format!("/api/v1/users/{}/events", cast.reviewer.id)).expect(200).body;
        assert_eq!((told["data"].as_array().unwrap().len(), told["data"][0]["type"].as_str()), (2, Some("user.absence_set")));
    }

    fn a_delegate_reviews_while_one_is_away_and_no_longer(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        put_policies(app, json!([policy("p", Value::Null, json!([{"by": "users", "users": [cast.reviewer.id]}]))])).expect(200);
        let ids: Vec<String> = (0..4).map(|_| begun(app, &customer)).collect();
        let approve = |user, id: &str| act(app, user, id, "approve", Value::Null);
        approve(&cast.second_reviewer, &ids[0]).problem(403, "not_reviewer");
        app.as_(&cast.reviewer).put(MINE, json!({"from": "2026-11-23", "until": "2026-11-24", "delegate_id": cast.second_reviewer.id}), None).expect(200);
        approve(&cast.second_reviewer, &ids[0]).expect(200);
        approve(&cast.admin, &ids[1]).problem(403, "not_reviewer");
        // Who is away and works all the same is not kept from it.
        approve(&cast.reviewer, &ids[1]).expect(200);
        assert_eq!(queue(app, &cast.second_reviewer, "").len(), 0);
        app.advance(61);
        eventually(|| queue(app, &cast.second_reviewer, "").len() == 2);
        // The day after, in Shanghai, it is over.
        app.advance(34 * 3600);
        approve(&cast.second_reviewer, &ids[2]).problem(403, "not_reviewer");
        eventually(|| queue(app, &cast.second_reviewer, "").is_empty());
        // Away without a delegate, it is for whoever may.
        app.as_(&cast.reviewer).put(MINE, json!({"from": "2026-11-25", "until": "2026-11-25"}), None).expect(200);
        approve(&cast.admin, &ids[2]).expect(200);
    }
}
