//! Settings and the standard: read by everybody, changed by administrators, and never so that a record loses what it keeps.
use diesel::prelude::*;
use intent_orders::platform::db::Json;
use intent_orders::platform::db::schema::{entry_refusals, events};
use intent_orders::settings::service::record_id;
use serde_json::{Value, json};

use crate::orders;

const SOURCES: &str = "/api/v1/settings/sources";
const STAGES: &str = "/api/v1/settings/stages";
const REVIEW: &str = "/api/v1/settings/review";
const ORGANISATION: &str = "/api/v1/settings/organisation";

fn without(list: &Value, code: &str) -> Value {
    json!({"items": list["items"].as_array().unwrap().iter().filter(|item| item["code"] != code).collect::<Vec<_>>()})
}

both! {
    fn everybody_reads_and_administrators_change(app: &TestApp) {
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let stages = rep.get(STAGES).expect(200);
        let told: Vec<_> = stages.body["items"].as_array().unwrap().iter().map(|s| (s["code"].as_str().unwrap(), s["probability"].as_str().unwrap())).collect();
        assert_eq!(told, [("intent", "0.2"), ("negotiation", "0.5"), ("contract", "0.8")]);
        rep.put(STAGES, json!({"items": 5}), stages.etag()).problem(403, "role");
        app.as_(&app.cast.reviewer).put(STAGES, json!({"items": 5}), stages.etag()).problem(403, "role");
        // Version before content, content all at once.
        admin.put(STAGES, json!({"items": 5}), None).problem(428, "if_match_required");
        admin.put(STAGES, json!({"items": 5}), "\"7\"").problem(412, "stale");
        assert_eq!(admin.put(STAGES, json!({"items": 5}), stages.etag()).problem(422, "invalid").faults(), [("/items", "wrong_type")]);
        let mut list = stages.body["items"].as_array().unwrap().clone();
        list.insert(0, json!({"code": "demo", "labels": {"en": "Demo", "zh-CN": "演示"}, "position": 2, "probability": "0.30"}));
        let changed = admin.put(STAGES, json!({ "items": list }), stages.etag()).expect(200);
        assert_eq!(changed.body["version"], 2);
        let codes: Vec<_> = changed.body["items"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["intent", "demo", "negotiation", "contract"]);
        assert_eq!(rep.get(STAGES).expect(200).text, changed.text);
        rep.get("/api/v1/settings/colours").problem(404, "not_found");
        // The same again is no change; a change is one event.
        assert_eq!(admin.put(STAGES, without(&changed.body, ""), changed.etag()).expect(200).body["version"], 2);
        let told = events::table.filter(events::record_id.eq(record_id("stages")));
        assert_eq!(app.state.db.read_here(|c| Ok(told.select(events::kind).load::<String>(c)?)).unwrap(), ["settings.updated"]);
    }

    fn what_is_in_use_is_retired_never_removed(app: &TestApp) {
        let customer = orders::stock(app);
        let mut order = orders::sound(&customer);
        order["source"] = json!("web");
        app.as_(&app.cast.rep).post("/api/v1/orders", order).expect(201);
        let admin = app.as_(&app.cast.admin);
        let sources = admin.get(SOURCES).expect(200);
        admin.put(SOURCES, without(&sources.body, "web"), sources.etag()).problem(409, "in_use");
        let intent = admin.get(STAGES).expect(200);
        admin.put(STAGES, without(&intent.body, "intent"), intent.etag()).problem(409, "in_use");
        let freed = admin.put(SOURCES, without(&sources.body, "partner"), sources.etag()).expect(200);
        let mut retired = freed.body.clone();
        retired["items"][0]["retired"] = json!(true);
        admin.put(SOURCES, without(&retired, ""), freed.etag()).expect(200);
        let reasons = admin.get("/api/v1/settings/loss-reasons").expect(200);
        let refused = admin.put("/api/v1/settings/loss-reasons", without(&reasons.body, "other"), reasons.etag()).problem(422, "invalid");
        assert_eq!(refused.faults(), [("/items", "not_removable")]);
    }

    fn organisation_and_review_take_sound_values(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let refused = admin.put(ORGANISATION, json!({"base_currency": "XXY", "time_zone": "Mars", "version": 1}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/base_currency", "not_a_currency"), ("/name", "required"), ("/time_zone", "not_a_zone"), ("/version", "read_only")]);
        let kept = admin.put(ORGANISATION, json!({"name": "", "base_currency": "EUR", "time_zone": "Europe/Berlin"}), "*").expect(200);
        assert_eq!(kept.body, json!({"name": "", "base_currency": "EUR", "time_zone": "Europe/Berlin", "version": 2}));
        assert_eq!(admin.put(REVIEW, json!({"tolerance": "1.1"}), "*").problem(422, "invalid").faults(), [("/tolerance", "above_maximum")]);
        assert_eq!(admin.put(REVIEW, json!({"tolerance": 0.05}), "*").expect(200).body, json!({"tolerance": "0.05", "policies": [], "version": 2}));
    }

    fn the_standard_is_read_and_what_it_refuses_is_noted_once(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let standard = rep.get("/api/v1/standards/orders").expect(200);
        assert_eq!((standard.body["version"].as_i64(), standard.body["rules"][0]["kind"].as_str()), (Some(1), Some("required")));
        rep.post("/api/v1/orders", json!({"title": "x"})).problem(422, "invalid");
        // A fault of form alone is none of the standard's.
        let customer = orders::stock(app);
        let mut order = orders::sound(&customer);
        order["colour"] = json!("red");
        rep.post("/api/v1/orders", order).problem(422, "invalid");
        let noted = app.state.db.read_here(|c| Ok(entry_refusals::table.select((entry_refusals::entity, entry_refusals::rules)).load::<(String, Json)>(c)?));
        assert_eq!(noted.unwrap(), [("orders".to_owned(), Json(json!(["customer_required", "lines_required"])))]);
    }
}
