//! Custom fields in records: written and read, asked about, told in tables and figures, and for whom.
mod lists;
mod records;
mod roles;
mod tables;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, User};
use crate::orders::sound;
use crate::standards::{choices, define, field};

/// A field of every type, for orders.
pub fn every_type(app: &TestApp) {
    define(app, "orders", fields());
}

pub fn fields() -> Value {
    json!([
        field("site", json!({"type": "text", "max_length": 20})),
        field("seats", json!({"type": "integer", "min": 1, "max": 1000})),
        field("budget", json!({"type": "decimal", "min": "0", "scale": 2})),
        field("approved", json!({"type": "boolean"})),
        field("needed_by", json!({"type": "date", "min": "2020-01-01"})),
        field("tier", json!({"type": "enum", "values": choices(&["gold", "silver", "tin!"]), "default": "silver"})),
        field("channels", json!({"type": "multi_enum", "values": choices(&["web", "fair", "partner"])})),
        field("reseller", json!({"type": "customer"})),
        field("replaces", json!({"type": "product"})),
        field("sponsor", json!({"type": "user"})),
    ])
}

/// A sound entry with these custom values.
pub fn with(customer: &str, custom: Value) -> Value {
    let mut entry = sound(customer);
    entry["custom"] = custom;
    entry
}

/// Enters an order with custom values.
pub fn enter(app: &TestApp, user: &User, customer: &str, custom: Value) -> Answer {
    app.as_(user).post("/api/v1/orders", with(customer, custom)).expect(201)
}
