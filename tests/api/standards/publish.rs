//! Standards as resources: read by everybody, published by administrators, every version kept.
use diesel::prelude::*;
use intent_orders::platform::db::schema::events;
use intent_orders::standards::entity::Entity;
use intent_orders::standards::service::record_id;
use serde_json::json;

use super::{publish, rule};

const CUSTOMERS: &str = "/api/v1/standards/customers";

both! {
    fn versions_count_up_and_stay_readable(app: &TestApp) {
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let first = rep.get(CUSTOMERS).expect(200);
        assert_eq!(first.body, json!({"entity": "customers", "version": 1, "rules": [], "fields": []}));
        let rules = json!([
            rule("industry_known", json!({"kind": "one_of", "values": ["telecom", "steel"], "fields": ["industry"]})),
            rule("region_required", json!({"kind": "required", "fields": ["region"], "messages": {"en": "Give the region.", "zh-CN": "请填写地区。"}})),
        ]);
        for user in [&app.cast.rep, &app.cast.reviewer] {
            app.as_(user).put(CUSTOMERS, json!({"rules": rules}), first.etag()).problem(403, "role");
        }
        admin.put(CUSTOMERS, json!({"rules": 5}), None).problem(428, "if_match_required");
        admin.put(CUSTOMERS, json!({"rules": 5}), "\"7\"").problem(412, "stale");
        assert_eq!(admin.put(CUSTOMERS, json!({"rules": 5}), first.etag()).problem(422, "invalid").faults(), [("/rules", "wrong_type")]);
        let tried = admin.put(&format!("{CUSTOMERS}?validate_only=true"), json!({"rules": rules}), first.etag()).expect(200);
        assert_eq!((tried.body["version"].as_i64(), rep.get(CUSTOMERS).expect(200).text), (Some(2), first.text.clone()));
        let second = admin.put(CUSTOMERS, json!({"rules": rules}), first.etag()).expect(200);
        assert_eq!((second.body["version"].as_i64(), rep.get(CUSTOMERS).expect(200).text), (Some(2), second.text.clone()));
        // The same again is no new version; who read an older one is overtaken.
        assert_eq!(admin.put(CUSTOMERS, json!({"rules": rules}), second.etag()).expect(200).body["version"], 2);
        admin.put(CUSTOMERS, json!({"rules": []}), first.etag()).problem(412, "stale");
        let third = json!([rule("region_required", json!({"kind": "required", "fields": ["region"], "severity": "warning"})), rule("note_short", json!({"kind": "length", "max": 10, "fields": ["note"]}))]);
        publish(app, "customers", third);

        let versions = rep.get(&format!("{CUSTOMERS}/versions")).expect(200);
        let told: Vec<_> = versions.body["data"].as_array().unwrap().iter().map(|v| (v["version"].as_i64().unwrap(), v["rules"].as_i64().unwrap(), v["published_by"]["name"].as_str())).collect();
        assert_eq!(told, [(3, 2, Some("admin")), (2, 2, Some("admin")), (1, 0, None)]);
        assert_eq!(rep.get(&format!("{CUSTOMERS}/versions?sort=version&limit=1&include_total=true")).expect(200).body["page"]["total"], 3);
        assert_eq!(rep.get(&format!("{CUSTOMERS}/versions/2")).expect(200).text, second.text);
        for wrong in ["/versions/4", "/versions/0", "/versions/x", "/versions/2/changes?from=9"] {
            rep.get(&format!("{CUSTOMERS}{wrong}")).problem(404, "not_found");
        }
        rep.get("/api/v1/standards/users").problem(404, "not_found");
        let changes = rep.get(&format!("{CUSTOMERS}/versions/3/changes")).expect(200).body;
        assert_eq!((&changes["from"], &changes["to"], &changes["added"][0]["id"], &changes["removed"][0]["id"]), (&json!(2), &json!(3), &json!("note_short"), &json!("industry_known")));
        assert_eq!((&changes["changed"][0]["before"]["severity"], &changes["changed"][0]["after"]["severity"]), (&json!("error"), &json!("warning")));
        assert_eq!(rep.get(&format!("{CUSTOMERS}/versions/3/changes?from=1")).expect(200).body["added"].as_array().unwrap().len(), 2);
        let told = events::table.filter(events::record_id.eq(record_id(Entity::Customers))).order(events::number);
        assert_eq!(app.state.db.read_here(|c| Ok(told.select(events::kind).load::<String>(c)?)).unwrap(), ["standard.published"; 2]);
    }

    fn what_cannot_hold_is_refused_all_at_once(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let rules = json!([
            rule("a", json!({"kind": "range", "min": "5", "max": "4", "fields": ["amount"]})),
            rule("a", json!({"kind": "pattern", "pattern": "(\\w{100}){100}", "fields": ["titel"]})),
            rule("B!", json!({"kind": "required", "fields": ["title"]})),
            rule("c", json!({"kind": "required", "fields": ["note"], "stages": ["contrct"], "when": {"field": "amount", "op": "gt", "value": {"field": "title"}}})),
            rule("d", json!({"kind": "length", "max": -1, "fields": ["title"]})),
        ]);
        let refused = admin.put("/api/v1/standards/orders", json!({"rules": rules}), "*").problem(422, "invalid");
        let expected = [
            ("/rules/0/min", "inconsistent"),
            ("/rules/1/fields/0", "not_one_of"),
            ("/rules/1/id", "repeated"),
            ("/rules/1/pattern", "costly_pattern"),
            ("/rules/2/id", "not_a_code"),
            ("/rules/3/stages/0", "not_one_of"),
            ("/rules/3/when/value", "inconsistent"),
            ("/rules/4/max", "below_minimum"),
        ];
        assert_eq!(refused.faults(), expected);
        let chinese = admin.with("accept-language", "zh-CN").put("/api/v1/standards/orders", json!({"rules": rules}), "*").problem(422, "invalid");
        assert!(chinese.body["errors"].as_array().unwrap().iter().all(|fault| fault["detail"].as_str().unwrap().chars().any(|c| c > '\u{2e80}')));
        assert_eq!(admin.get("/api/v1/standards/orders").expect(200).body["version"], 1);
    }
}
