//! Review: policies and the calendar, rounds and steps, absence, claims, remarks, escalation, figures.
mod absence;
mod claims;
mod figures;
mod model;
mod policies;
mod remarks;
mod rounds;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, User};
use crate::orders::{act, entered};

/// Puts review policies, with a tolerance of 0.
pub fn put_policies(app: &TestApp, policies: Value) -> Answer {
    app.as_(&app.cast.admin).put("/api/v1/settings/review", json!({"tolerance": "0", "policies": policies}), "*")
}

/// A policy of a code for some orders, or for all.
pub fn policy(code: &str, when: Value, steps: Value) -> Value {
    json!({"code": code, "labels": {"en": code, "zh-CN": "审核"}, "when": when, "steps": steps})
}

/// An order of the rep that was submitted; answers its id.
pub fn begun(app: &TestApp, customer: &str) -> String {
    let id = entered(app, customer).id().to_owned();
    act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
    id
}

/// What the queue shows somebody.
pub fn queue(app: &TestApp, user: &User, query: &str) -> Vec<Value> {
    app.as_(user).get(&format!("/api/v1/reviews{query}")).expect(200).body["data"].as_array().unwrap().clone()
}

/// The review of an order.
pub fn review(app: &TestApp, id: &str) -> Value {
    app.as_(&app.cast.admin).get(&format!("/api/v1/orders/{id}/review")).expect(200).body
}

/// Waits until the thread that does such things has done it.
#[track_caller]
pub fn eventually(done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it is not done in time");
        std::thread::sleep(Duration::from_millis(100));
    }
}
