//! Everything that is wrong with a standard is told at once, each fault with its place.
use serde_json::{Value, json};

use super::*;
use crate::platform::db::UtcTime;
use crate::standards::definition::{default_orders, defaults};

fn told(entity: &str, rules: Value) -> Vec<String> {
    let mut standard: Standard = serde_json::from_value(json!({"entity": entity, "version": 2, "rules": []})).unwrap();
    for (i, rule) in rules.as_array().unwrap().iter().enumerate() {
        let mut whole = json!({"id": format!("r{i}"), "on": "save", "severity": "error"});
        whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        standard.rules.push(serde_json::from_value(whole).unwrap());
    }
    let at: Vec<usize> = (0..standard.rules.len()).collect();
    let surroundings = Surroundings { now: UtcTime(0), zone: chrono_tz::Tz::UTC };
    faults(&standard, &at, &["intent", "contract"], &surroundings).into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect()
}

#[test]
fn what_a_new_installation_begins_with_can_be_published() {
    for standard in defaults() {
        let at: Vec<usize> = (0..standard.rules.len()).collect();
        assert_eq!(faults(&standard, &at, &[], &Surroundings { now: UtcTime(0), zone: chrono_tz::Tz::UTC }), []);
    }
    assert!(default_orders().rules.len() > 5);
}

#[test]
fn each_fault_has_its_place() {
    let deep = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    let too_large = r"(\w{100}){100}";
    for (entity, rules, expected) in [
        ("orders", json!([{"kind": "required", "fields": ["titel"]}]), vec!["/rules/0/fields/0 not_one_of"]),
        ("orders", json!([{"kind": "required", "fields": ["status"]}]), vec!["/rules/0/fields/0 not_one_of"]),
        ("orders", json!([{"kind": "required", "fields": []}]), vec!["/rules/0/fields too_few"]),
        ("orders", json!([{"kind": "required", "fields": ["title", "title"]}]), vec!["/rules/0/fields/1 repeated"]),
        ("orders", json!([{"kind": "length", "max": 3, "fields": ["amount"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "range", "max": "3", "fields": ["title"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "date_window", "min_days": 0, "fields": ["title"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "known_product", "fields": ["title"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "price_band", "within": "0.1", "fields": ["lines[].amount"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        (
            "orders",
            json!([{"kind": "discount_limit", "max": "0.1", "roles": {"repp": "0.1"}, "fields": ["lines[].discount_rate"]}]),
            vec!["/rules/0/roles/repp not_one_of"],
        ),
        ("orders", json!([{"kind": "count", "min": 1, "fields": ["title"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "sum", "max": "1", "fields": ["amount"]}]), vec!["/rules/0/fields/0 unsuited_field"]),
        ("orders", json!([{"kind": "sum", "fields": ["lines[].amount"]}]), vec!["/rules/0/max required"]),
        (
            "orders",
            json!([{"kind": "sum", "max": "1", "max_field": "title", "fields": ["lines[].amount"]}]),
            vec!["/rules/0/max_field conflicting", "/rules/0/max_field unsuited_field"],
        ),
        ("orders", json!([{"kind": "unique", "fields": ["customer_id", "owner", "lines[].product"]}]), vec![]),
        (
            "orders",
            json!([{"kind": "unique", "fields": ["tags", "lines[].quantity"]}]),
            vec!["/rules/0/fields/0 unsuited_field", "/rules/0/fields/1 unsuited_field"],
        ),
        ("orders", json!([{"kind": "length", "fields": ["title"]}]), vec!["/rules/0/max required"]),
        ("orders", json!([{"kind": "length", "min": 4, "max": 3, "fields": ["title"]}]), vec!["/rules/0/min inconsistent"]),
        ("orders", json!([{"kind": "range", "min": "1", "max": "1", "exclusive_max": true, "fields": ["amount"]}]), vec!["/rules/0/min inconsistent"]),
        ("orders", json!([{"kind": "date_window", "min_days": 4, "max_days": 3, "fields": ["valid_until"]}]), vec!["/rules/0/min_days inconsistent"]),
        ("orders", json!([{"kind": "one_of", "values": [], "fields": ["title"]}]), vec!["/rules/0/values too_few"]),
        ("orders", json!([{"kind": "one_of", "values": ["a", "b", "a"], "fields": ["title"]}]), vec!["/rules/0/values/2 repeated"]),
        ("orders", json!([{"kind": "pattern", "pattern": "(", "fields": ["title"]}]), vec!["/rules/0/pattern bad_pattern"]),
        ("orders", json!([{"kind": "pattern", "pattern": deep, "fields": ["title"]}]), vec!["/rules/0/pattern costly_pattern"]),
        ("orders", json!([{"kind": "pattern", "pattern": too_large, "fields": ["title"]}]), vec!["/rules/0/pattern costly_pattern"]),
        ("orders", json!([{"kind": "required", "fields": ["title"], "stages": ["intent", "contrct"]}]), vec!["/rules/0/stages/1 not_one_of"]),
        (
            "customers",
            json!([{"kind": "required", "fields": ["industry"], "stages": ["intent"], "on": "submit"}]),
            vec!["/rules/0/on not_one_of", "/rules/0/stages/0 inconsistent"],
        ),
        ("customers", json!([{"kind": "required", "fields": ["contacts[].phone"]}, {"kind": "count", "min": 1, "fields": ["contacts"]}]), vec![]),
        (
            "products",
            json!([{"kind": "range", "min": "1", "fields": ["list_price"]}, {"kind": "required", "fields": ["title"]}]),
            vec!["/rules/1/fields/0 not_one_of"],
        ),
        (
            "orders",
            json!([{"kind": "required", "fields": ["note"], "when": {"field": "amont", "op": "gt", "value": "x"}}]),
            vec!["/rules/0/when/field not_one_of"],
        ),
        (
            "orders",
            json!([{"kind": "required", "fields": ["note"], "when": {"field": "amount", "op": "gt", "value": "x"}}]),
            vec!["/rules/0/when/value not_a_decimal"],
        ),
        (
            "orders",
            json!([{"kind": "compare", "fields": ["note"], "condition": {"any": [{"field": "title", "op": "gt", "value": "x"}]}}]),
            vec!["/rules/0/condition/any/0/op not_one_of"],
        ),
        (
            "orders",
            json!([{"id": "a", "kind": "required", "fields": ["note"]}, {"id": "a", "kind": "required", "fields": ["title"]}]),
            vec!["/rules/1/id repeated"],
        ),
        (
            "orders",
            json!([{"kind": "range", "min": "5", "fields": ["amount"]}, {"kind": "range", "max": "4", "fields": ["amount"]}]),
            vec!["/rules/1 inconsistent"],
        ),
        ("orders", json!([{"kind": "range", "min": "5", "fields": ["amount"]}, {"kind": "range", "max": "5", "fields": ["amount"]}]), vec![]),
        (
            "orders",
            json!([{"kind": "range", "min": "5", "fields": ["amount"], "severity": "warning"}, {"kind": "range", "max": "4", "fields": ["amount"]}]),
            vec![],
        ),
        (
            "orders",
            json!([{"kind": "length", "min": 5, "fields": ["title"], "when": {"field": "amount", "op": "gt", "value": "1"}}, {"kind": "length", "max": 4, "fields": ["title"]}]),
            vec![],
        ),
    ] {
        assert_eq!(told(entity, rules.clone()), expected, "{rules}");
    }
}

#[test]
fn more_conditions_than_every_entry_can_be_asked_are_refused() {
    let rule = json!({"kind": "required", "fields": ["note"], "when": {"field": "amount", "op": "gt", "value": "1"}});
    let rules = |n| Value::Array(std::iter::repeat_n(rule.clone(), n).collect());
    assert_eq!(told("orders", rules(MOST_CONDITIONS)), [""; 0]);
    assert_eq!(told("orders", rules(MOST_CONDITIONS + 1)), ["/rules too_many"]);
}
