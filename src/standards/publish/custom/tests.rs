//! Everything that is wrong with custom fields is told at once, each fault with its place.
use serde_json::{Value, json};

use super::*;

fn standard(entity: &str, fields: &Value, rules: &Value) -> Standard {
    let whole = |mut head: Value, more: &Value| {
        head.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        head
    };
    let head = |i: usize| json!({"key": format!("k{i}"), "labels": {"en": "K", "zh-CN": "键"}, "position": i});
    let fields: Vec<Value> = fields.as_array().unwrap().iter().enumerate().map(|(i, more)| whole(head(i), more)).collect();
    let head = |i: usize| json!({"id": format!("r{i}"), "on": "save", "severity": "error"});
    let rules: Vec<Value> = rules.as_array().unwrap().iter().enumerate().map(|(i, more)| whole(head(i), more)).collect();
    serde_json::from_value(json!({"entity": entity, "version": 1, "rules": rules, "fields": fields})).unwrap()
}

fn told(entity: &str, before: &Value, fields: &Value, rules: &Value) -> Vec<String> {
    let (before, after) = (standard(entity, before, &json!([])), standard(entity, fields, rules));
    let places = |n: usize| (0..n).collect::<Vec<_>>();
    let mut found = removed(&before, &after.fields);
    found.extend(faults(&before, &after, &places(after.fields.len()), &places(after.rules.len())));
    found.into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect()
}

fn choices(values: &[&str]) -> Value {
    values.iter().map(|v| json!({"value": v.trim_end_matches('!'), "labels": {"en": "x", "zh-CN": "项"}, "retired": v.ends_with('!')})).collect()
}

#[test]
fn each_fault_of_a_field_has_its_place() {
    for (fields, expected) in [
        (json!([{"type": "text", "min_length": 2, "max_length": 2, "pattern": "^a", "default": "ab"}]), vec![]),
        (json!([{"type": "text", "min_length": 3, "max_length": 2}]), vec!["/fields/0/min_length inconsistent"]),
        (json!([{"type": "text", "pattern": "("}]), vec!["/fields/0/pattern bad_pattern"]),
        (json!([{"type": "text", "pattern": "(\\w{100}){100}"}]), vec!["/fields/0/pattern costly_pattern"]),
        (json!([{"type": "text", "max_length": 2, "default": "abc"}]), vec!["/fields/0/default too_long"]),
        (json!([{"type": "integer", "min": 1, "max": 0}]), vec!["/fields/0/min inconsistent"]),
        (json!([{"type": "integer", "max": 5, "default": 6}]), vec!["/fields/0/default above_maximum"]),
        (json!([{"type": "decimal", "min": "1", "max": "0.5"}]), vec!["/fields/0/min inconsistent"]),
        (json!([{"type": "decimal", "scale": 2, "default": "0.555"}]), vec!["/fields/0/default too_many_decimals"]),
        (json!([{"type": "date", "min": "2026-02-01", "max": "2026-01-01"}]), vec!["/fields/0/min inconsistent"]),
        (json!([{"type": "boolean", "default": "yes"}]), vec!["/fields/0/default wrong_type"]),
        (json!([{"type": "enum", "values": []}]), vec!["/fields/0/values too_few"]),
        (json!([{"type": "enum", "values": choices(&["a", "b", "a"])}]), vec!["/fields/0/values/2/value repeated"]),
        (json!([{"type": "enum", "values": choices(&["a!"])}]), vec!["/fields/0/values none_active"]),
        (json!([{"type": "enum", "values": choices(&["a!"]), "retired": true}]), vec![]),
        (json!([{"type": "multi_enum", "values": choices(&["a", "b!"]), "default": ["a", "b"]}]), vec!["/fields/0/default/1 not_one_of"]),
        (json!([{"type": "user", "default": "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e"}]), vec!["/fields/0/default inconsistent"]),
        (json!([{"type": "boolean"}, {"key": "k0", "type": "boolean"}]), vec!["/fields/1/key repeated"]),
        (
            json!([{"type": "boolean", "visible_to": ["admin", "admin"], "editable_by": ["rep"]}]),
            vec!["/fields/0/visible_to/1 repeated", "/fields/0/editable_by/0 inconsistent"],
        ),
        (json!([{"type": "boolean", "visible_to": ["rep", "admin"], "editable_by": ["admin"]}]), vec![]),
    ] {
        assert_eq!(told("orders", &json!([]), &fields, &json!([])), expected, "{fields}");
    }
}

#[test]
fn what_records_hold_stays_readable() {
    let before = json!([{"type": "text"}, {"type": "enum", "values": choices(&["a", "b"])}]);
    for (fields, expected) in [
        (json!([{"type": "text", "max_length": 5, "retired": true}, {"type": "enum", "values": choices(&["b!", "a", "c"])}]), vec![]),
        (json!([{"type": "text"}]), vec!["/fields not_removable"]),
        (json!([{"type": "integer"}, {"type": "enum", "values": choices(&["a"])}]), vec!["/fields/0/type type_fixed", "/fields/1/values not_removable"]),
    ] {
        assert_eq!(told("orders", &before, &fields, &json!([])), expected, "{fields}");
    }
}

#[test]
fn what_is_required_can_be_given() {
    let required = |more: Value| {
        let mut rule = json!({"kind": "required", "fields": ["title", "custom.k0"]});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([rule])
    };
    let by_admin = json!([{"type": "boolean", "editable_by": ["admin"]}]);
    let hidden = json!([{"type": "boolean", "visible_to": ["admin"]}]);
    for (entity, fields, rules, expected) in [
        ("orders", json!([{"type": "boolean"}]), required(json!({})), vec![]),
        ("orders", json!([{"type": "boolean", "editable_by": ["rep", "admin"]}]), required(json!({})), vec![]),
        ("orders", by_admin.clone(), required(json!({})), vec!["/rules/0/fields/1 needs_who_sets"]),
        ("orders", by_admin.clone(), required(json!({"on": "submit"})), vec![]),
        ("orders", by_admin.clone(), required(json!({"severity": "warning"})), vec![]),
        ("orders", by_admin.clone(), required(json!({"when": {"field": "role", "op": "eq", "value": "admin"}})), vec![]),
        ("orders", json!([{"type": "boolean", "editable_by": ["admin"], "default": true}]), required(json!({})), vec![]),
        ("orders", hidden.clone(), required(json!({"on": "submit"})), vec!["/rules/0/fields/1 needs_who_sets"]),
        ("orders", json!([{"type": "boolean", "retired": true}]), required(json!({"on": "submit"})), vec!["/rules/0/fields/1 field_retired"]),
        // Products are entered by administrators alone.
        ("products", hidden, json!([{"kind": "required", "fields": ["custom.k0"]}]), vec![]),
    ] {
        assert_eq!(told(entity, &json!([]), &fields, &rules), expected, "{fields} {rules}");
    }
}
