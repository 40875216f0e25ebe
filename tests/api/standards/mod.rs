//! Field standards: published by administrators, checked before they hold, held against every way in.
mod agree;
mod compliance;
mod fields;
mod form;
mod publish;
mod rules;
mod validate;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Publishes rules in the place of those that there are.
pub fn publish(app: &TestApp, entity: &str, rules: Value) -> Answer {
    app.as_(&app.cast.admin).put(&format!("/api/v1/standards/{entity}"), json!({"rules": rules}), "*").expect(200)
}

/// Publishes rules for orders besides those that there are.
pub fn add(app: &TestApp, rules: impl IntoIterator<Item = Value>) {
    let standard = app.as_(&app.cast.admin).get("/api/v1/standards/orders").expect(200);
    publish(app, "orders", standard.body["rules"].as_array().cloned().unwrap().into_iter().chain(rules).collect());
}

/// A rule that refuses when an entry is saved, with more or other particulars.
pub fn rule(id: &str, more: Value) -> Value {
    let mut rule = json!({"id": id, "on": "save", "severity": "error"});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        rule[name] = value;
    }
    rule
}

/// Publishes custom fields in the place of those that there are, and leaves the rules.
pub fn define(app: &TestApp, entity: &str, fields: Value) -> Answer {
    let admin = app.as_(&app.cast.admin);
    let address = format!("/api/v1/standards/{entity}");
    let rules = admin.get(&address).expect(200).body["rules"].clone();
    admin.put(&address, json!({"rules": rules, "fields": fields}), "*").expect(200)
}

/// A custom field with more particulars.
pub fn field(key: &str, more: Value) -> Value {
    let mut field = json!({"key": key, "labels": {"en": format!("The {key}"), "zh-CN": format!("字段 {key}")}});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        field[name] = value;
    }
    field
}

/// Choices of a custom field; those with `!` are retired.
pub fn choices(values: &[&str]) -> Value {
    values.iter().map(|v| json!({"value": v.trim_end_matches('!'), "labels": {"en": v, "zh-CN": format!("选项 {v}")}, "retired": v.ends_with('!')})).collect()
}
