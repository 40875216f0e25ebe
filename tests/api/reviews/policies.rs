//! Policies and the calendar as settings: what is refused when they are put, and which terms hold for an approved order.
use diesel::prelude::*;
use intent_orders::platform::db::Json;
use intent_orders::platform::db::schema::settings;
use serde_json::{Value, json};

use super::{policy, put_policies};
use crate::orders::{act, imported, stock};

const CALENDAR: &str = "/api/v1/settings/calendar";

both! {
    fn a_document_of_before_there_were_policies_still_reads(app: &TestApp) {
        let old = |tx: &mut _| {
            diesel::update(settings::table.find("review")).set(settings::value.eq(Json(json!({"tolerance": "0.05"})))).execute(tx)?;
            Ok(())
        };
        app.state.db.write_here(old).unwrap();
        assert_eq!(app.as_(&app.cast.rep).get("/api/v1/settings/review").expect(200).body, json!({"tolerance": "0.05", "policies": [], "version": 1}));
    }

    fn a_policy_that_makes_no_sense_is_refused_where_it_does_not(app: &TestApp) {
        let cast = app.cast;
        let refused = |policies: Value| put_policies(app, policies).problem(422, "invalid").faults().into_iter().map(|(at, code)| format!("{at} {code}")).collect::<Vec<_>>();
        let step = |step: Value| json!([policy("p", Value::Null, json!([step]))]);
        for (policies, expected) in [
            (json!([{"code": "A b"}]), &["/policies/0/code not_a_code", "/policies/0/labels required", "/policies/0/steps required"][..]),
            (step(json!({})), &["/policies/0/steps/0/by required"]),
            (step(json!({"by": "user"})), &["/policies/0/steps/0/by not_one_of"]),
            (step(json!({"by": "users"})), &["/policies/0/steps/0/users required"]),
            (step(json!({"by": "users", "users": []})), &["/policies/0/steps/0/users too_few"]),
            (step(json!({"by": "users", "users": [cast.reviewer.id, cast.reviewer.id]})), &["/policies/0/steps/0/users/1 repeated"]),
            (step(json!({"by": "team_lead", "users": [cast.reviewer.id]})), &["/policies/0/steps/0/users inconsistent"]),
            (step(json!({"by": "role"})), &["/policies/0/steps/0/role required"]),
            (step(json!({"by": "role", "role": "rep"})), &["/policies/0/steps/0/role not_one_of"]),
            (step(json!({"by": "users", "users": [cast.reviewer.id], "role": "admin"})), &["/policies/0/steps/0/role inconsistent"]),
            (step(json!({"by": "role", "role": "admin", "due_hours": 0})), &["/policies/0/steps/0/due_hours below_minimum"]),
            (step(json!({"by": "role", "role": "admin", "escalate": true})), &["/policies/0/steps/0/escalate inconsistent"]),
            // Whom it names must be there and may approve.
            (step(json!({"by": "round_robin", "users": [cast.reviewer.id, cast.rep.id, cast.team_a]})), &["/policies/0/steps/0/users/1 not_a_reviewer", "/policies/0/steps/0/users/2 unknown_reference"]),
            // The lead of team A is a rep.
            (step(json!({"by": "team_lead"})), &["/policies/0/steps/0/by not_a_reviewer"]),
            // Conditions speak of what an order is, with the pointers of a list's.
            (json!([policy("p", json!({"field": "status", "op": "eq", "value": "draft"}), json!([]))]), &["/policies/0/when/field not_one_of"]),
            (json!([policy("p", json!({"all": [{"field": "amount", "op": "gt", "value": "much"}]}), json!([]))]), &["/policies/0/when/all/0/value not_a_decimal"]),
            (json!([policy("p", Value::Null, json!([])), policy("p", json!({"field": "amount", "op": "gt", "value": 1}), json!([]))]), &["/policies/1/code repeated", "/policies/1/when never_reached"]),
        ] {
            assert_eq!(refused(policies.clone()), expected, "{policies}");
        }
        let inactive = app.user("gone", intent_orders::identity::Role::Reviewer, None);
        app.as_(&cast.admin).action(&format!("/api/v1/users/{}/deactivate", inactive.id), Value::Null, "*").expect(200);
        assert_eq!(refused(step(json!({"by": "users", "users": [inactive.id]}))), ["/policies/0/steps/0/users/0 not_a_reviewer"]);
        let large = json!({"any": [{"field": "amount", "op": "gte", "value": "100000"}, {"field": "discount_rate", "op": "gt", "value": "0.2"}, {"field": "customer.created_at", "op": "gte", "value": "-30d"},
            {"field": "owner.created_at", "op": "gte", "value": "-90d"}, {"field": "category", "op": "eq", "value": "MG"}]});
        let kept = put_policies(app, json!([policy("large", large.clone(), json!([{"by": "users", "users": [cast.reviewer.id], "due_hours": 8, "escalate": true}, {"by": "role", "role": "admin"}]))])).expect(200);
        assert_eq!((&kept.body["policies"][0]["when"], kept.body["policies"][0]["critical"].as_array().unwrap().len()), (&large, 4));
        assert_eq!(app.as_(&cast.rep).get("/api/v1/settings/review").expect(200).text, kept.text);
    }

    fn critical_fields_and_tolerance_are_those_of_the_policy(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        let mut small = policy("small", json!({"field": "amount", "op": "lt", "value": 500}), json!([]));
        small["critical"] = json!(["amount"]);
        small["tolerance"] = json!("0.5");
        put_policies(app, json!([small])).expect(200);
        let lines = |price: &str| json!({"lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]});
        let id = imported(app, &app.cast.rep, "pending", json!({}));
        let change = |id: &str, change: Value| rep.patch(&format!("/api/v1/orders/{id}"), change, "*").expect(200).body["status"].clone();
        assert_eq!((change(&id, json!({"currency": "USD"})), change(&id, lines("50"))), (json!("pending"), json!("pending")));
        let won = imported(app, &app.cast.rep, "pending", json!({}));
        act(app, &app.cast.rep, &won, "win", json!({"amount": "49.99"})).problem(409, "review_required");
        act(app, &app.cast.rep, &won, "win", json!({"amount": "50"})).expect(200);
        // What the policy does not take follows what is said for all.
        let large = imported(app, &app.cast.rep, "pending", lines("1000"));
        assert_eq!(change(&large, json!({"currency": "USD"})), "in_review");
    }

    fn the_calendar_takes_sound_values(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let first = app.as_(&app.cast.rep).get(CALENDAR).expect(200);
        assert_eq!((first.body["from"].as_str(), first.body["until"].as_str(), first.body["days"].as_array().map(Vec::len)), (Some("09:00"), Some("18:00"), Some(5)));
        let refused = admin.put(CALENDAR, json!({"days": ["monday", "funday"], "from": "9:00", "until": "24:00", "holidays": ["2026-13-01"]}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/days/1", "not_one_of"), ("/from", "not_a_clock_time"), ("/holidays/0", "not_a_date"), ("/until", "not_a_clock_time")]);
        let refused = admin.put(CALENDAR, json!({"days": [], "from": "09:00", "until": "09:30", "holidays": ["2026-10-01"], "extra_days": ["2026-10-01"]}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/days", "too_few"), ("/extra_days/0", "inconsistent"), ("/until", "inconsistent")]);
        let sound = json!({"days": ["monday", "saturday"], "from": "08:30", "until": "17:00", "holidays": ["2026-10-01"], "extra_days": ["2026-10-11"]});
        let kept = admin.put(CALENDAR, sound.clone(), first.etag()).expect(200);
        assert_eq!((&kept.body["days"], &kept.body["from"], kept.body["version"].as_i64()), (&sound["days"], &sound["from"], Some(2)));
        app.as_(&app.cast.reviewer).put(CALENDAR, sound, "*").problem(403, "role");
    }
}
