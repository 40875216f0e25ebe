//! Review: policies and the calendar, rounds and steps, absence, claims, remarks, escalation, figures.
mod policies;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Puts review policies, with a tolerance of 0.
pub fn put_policies(app: &TestApp, policies: Value) -> Answer {
    app.as_(&app.cast.admin).put("/api/v1/settings/review", json!({"tolerance": "0", "policies": policies}), "*")
}

/// A policy of a code for some orders, or for all.
pub fn policy(code: &str, when: Value, steps: Value) -> Value {
    json!({"code": code, "labels": {"en": code, "zh-CN": "审核"}, "when": when, "steps": steps})
}
