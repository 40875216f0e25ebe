//! Field standards: published by administrators, checked before they hold, held against every way in.
mod publish;
mod rules;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Publishes rules in the place of those that there are.
pub fn publish(app: &TestApp, entity: &str, rules: Value) -> Answer {
    app.as_(&app.cast.admin).put(&format!("/api/v1/standards/{entity}"), json!({"rules": rules}), "*").expect(200)
}

/// A rule that refuses when an entry is saved, with more or other particulars.
pub fn rule(id: &str, more: Value) -> Value {
    let mut rule = json!({"id": id, "on": "save", "severity": "error"});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        rule[name] = value;
    }
    rule
}
