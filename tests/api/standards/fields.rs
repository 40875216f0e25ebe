//! Custom fields as part of a standard: published with its rules, refused with pointers, never lost.
use serde_json::{Value, json};

use super::{choices, define, field, rule};

const ORDERS: &str = "/api/v1/standards/orders";

both! {
    fn fields_are_published_with_rules_in_one_version(app: &TestApp) {
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let rules = rep.get(ORDERS).expect(200).body["rules"].clone();
        let fields = json!([
            field("budget", json!({"type": "decimal", "min": "0", "scale": 2, "position": 9})),
            field("tier", json!({"type": "enum", "values": choices(&["gold", "silver"]), "default": "silver", "help": {"en": "As in the contract.", "zh-CN": "以合同为准。"}})),
        ]);
        let with_rule = |rules: &Value| json!(rules.as_array().cloned().unwrap().into_iter().chain([rule("budget_for_gold", json!({"kind": "required", "fields": ["custom.budget"],
            "when": {"field": "custom.tier", "op": "eq", "value": "gold"}}))]).collect::<Vec<_>>());
        let second = admin.put(ORDERS, json!({"rules": with_rule(&rules), "fields": fields}), "*").expect(200);
        let told: Vec<_> = second.body["fields"].as_array().unwrap().iter().map(|f| (f["key"].as_str().unwrap(), f["position"].as_i64().unwrap())).collect();
        assert_eq!((told, second.body["version"].as_i64()), (vec![("tier", 2), ("budget", 9)], Some(2)));
        assert_eq!(rep.get(ORDERS).expect(200).text, second.text);
        assert_eq!(rep.get(&format!("{ORDERS}/versions")).expect(200).body["data"][0]["fields"], 2);
        assert_eq!(admin.put(ORDERS, json!({"rules": with_rule(&rules), "fields": second.body["fields"]}), "*").expect(200).body["version"], 2);
        // Who sends no fields leaves them; who sends others retires one, never leaves it out.
        assert_eq!(admin.put(ORDERS, json!({"rules": rules}), "*").expect(200).body["fields"], second.body["fields"]);
        let mut retired = second.body["fields"].clone();
        retired[1]["retired"] = json!(true);
        define(app, "orders", retired);
        let changes = rep.get(&format!("{ORDERS}/versions/4/changes?from=1")).expect(200).body;
        assert_eq!((changes["added_fields"][0]["key"].as_str(), changes["added_fields"].as_array().map(Vec::len)), (Some("tier"), Some(2)));
        let changes = rep.get(&format!("{ORDERS}/versions/4/changes")).expect(200).body;
        assert_eq!((&changes["changed_fields"][0]["key"], &changes["changed_fields"][0]["after"]["retired"]), (&json!("budget"), &json!(true)));
    }

    fn fields_that_cannot_be_are_refused_all_at_once(app: &TestApp) {
        define(app, "orders", json!([field("budget", json!({"type": "decimal"})), field("site", json!({"type": "text"}))]));
        let fields = json!([
            field("budget", json!({"type": "integer"})),
            field("Site Name", json!({"type": "text", "max_length": 501, "patern": "x"})),
            field("tier", json!({"type": "enum", "values": choices(&["gold", "gold"]), "default": "golden", "visible_to": ["boss"]})),
            field("tier2", json!({"type": "colour"})),
            field("approved", json!({"type": "boolean", "editable_by": ["admin"]})),
            {"key": "bare", "type": "date"},
        ]);
        let rules = json!([
            rule("a", json!({"kind": "required", "fields": ["custom.approved"]})),
            rule("b", json!({"kind": "length", "max": 5, "fields": ["custom.approved"]})),
            rule("c", json!({"kind": "required", "fields": ["custom.budgett"]})),
            rule("d", json!({"kind": "compare", "fields": ["custom.budget"], "condition": {"field": "custom.budget", "op": "gt", "value": {"field": "amount"}}})),
            rule("e", json!({"kind": "required", "fields": ["title"], "when": {"field": "custom.tier3", "op": "eq", "value": "gold"}})),
        ]);
        let refused = app.as_(&app.cast.admin).put(ORDERS, json!({"rules": rules, "fields": fields}), "*").problem(422, "invalid");
        let expected = [
            ("/fields/0/type", "type_fixed"),
            ("/fields/1/key", "not_a_code"),
            ("/fields/1/max_length", "above_maximum"),
            ("/fields/1/patern", "unknown_field"),
            ("/fields/2/visible_to/0", "not_one_of"),
            ("/fields/3/type", "not_one_of"),
            ("/fields/5/labels", "required"),
            ("/rules/0/fields/0", "needs_who_sets"),
            ("/rules/1/fields/0", "unsuited_field"),
            ("/rules/2/fields/0", "not_one_of"),
            ("/rules/4/when/field", "not_one_of"),
        ];
        assert_eq!(refused.faults(), expected);
        let suggestion = |pointer: &str| refused.body["errors"].as_array().unwrap().iter().find(|fault| fault["pointer"] == pointer).unwrap()["suggestion"].clone();
        assert_eq!((suggestion("/rules/2/fields/0"), suggestion("/fields/1/patern")), (json!("custom.budget"), json!("pattern")));
        let chinese = app.as_(&app.cast.admin).with("accept-language", "zh-CN").put(ORDERS, json!({"rules": rules, "fields": fields}), "*").problem(422, "invalid");
        assert!(chinese.body["errors"].as_array().unwrap().iter().all(|fault| fault["detail"].as_str().unwrap().chars().any(|c| c > '\u{2e80}')));
        let gone = app.as_(&app.cast.admin).put(ORDERS, json!({"rules": [], "fields": [field("budget", json!({"type": "decimal"}))]}), "*").problem(422, "invalid");
        assert_eq!((gone.faults(), gone.body["errors"][0]["detail"].as_str().unwrap().contains("site")), (vec![("/fields", "not_removable")], true));
    }
}
