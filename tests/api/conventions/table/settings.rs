//! Settings and the standard: one of each.
use serde_json::{Value, json};

use super::{Faults, Op, Resource};
use crate::conventions::proof::Kind;
use crate::conventions::world::World;

fn setting(path: &'static str, body: fn(&World<'_>) -> Value, wrong: fn() -> Value, faults: Faults) -> Resource {
    Resource::new(path, Kind::Singleton, vec![Op::get().by(|c| &c.rep).everybody(), Op::put(body).refused(|c| &c.reviewer).wrong(wrong, faults)])
}

/// A list as it is, with another label, so that something changes.
fn relabelled(w: &World<'_>, name: &str) -> Value {
    let mut body = w.admin().get(&format!("/api/v1/settings/{name}")).expect(200).body;
    body["items"][0]["labels"]["en"] = json!(format!("Label {}", w.next()));
    json!({"items": body["items"]})
}

fn wrong_items() -> Value {
    json!({"items": [{"code": "No Code", "labels": {"en": 5, "zh-CN": "x"}, "position": -1, "retired": "no"}, 5], "version": 1, "nonsense": 1})
}
const WRONG_ITEMS: Faults = &[
    ("/items/0/code", "not_a_code"),
    ("/items/0/labels/en", "wrong_type"),
    ("/items/0/position", "below_minimum"),
    ("/items/0/retired", "wrong_type"),
    ("/items/1", "wrong_type"),
    ("/nonsense", "unknown_field"),
    ("/version", "read_only"),
];
const WRONG_STAGES: Faults = &[
    ("/items/0/code", "not_a_code"),
    ("/items/0/labels/en", "wrong_type"),
    ("/items/0/position", "below_minimum"),
    ("/items/0/probability", "required"),
    ("/items/0/retired", "wrong_type"),
    ("/items/1", "wrong_type"),
    ("/nonsense", "unknown_field"),
    ("/version", "read_only"),
];

pub fn resources() -> Vec<Resource> {
    vec![
        setting("/api/v1/settings/stages", |w| relabelled(w, "stages"), wrong_items, WRONG_STAGES),
        setting("/api/v1/settings/loss-reasons", |w| relabelled(w, "loss-reasons"), wrong_items, WRONG_ITEMS),
        setting("/api/v1/settings/cancel-reasons", |w| relabelled(w, "cancel-reasons"), wrong_items, WRONG_ITEMS),
        setting("/api/v1/settings/sources", |w| relabelled(w, "sources"), wrong_items, WRONG_ITEMS),
        setting("/api/v1/settings/delay-reasons", |w| relabelled(w, "delay-reasons"), wrong_items, WRONG_ITEMS),
        setting(
            "/api/v1/settings/organisation",
            |w| json!({"name": format!("Organisation {}", w.next()), "base_currency": "CNY", "time_zone": "Asia/Shanghai"}),
            || json!({"name": 5, "base_currency": "XX", "version": 1, "nonsense": 1}),
            &[
                ("/base_currency", "not_a_currency"),
                ("/name", "wrong_type"),
                ("/nonsense", "unknown_field"),
                ("/time_zone", "required"),
                ("/version", "read_only"),
            ],
        ),
        setting(
            "/api/v1/settings/review",
            |w| json!({"tolerance": format!("0.{:04}", w.next())}),
            || json!({"tolerance": "2", "version": 1, "nonsense": 1}),
            &[("/nonsense", "unknown_field"), ("/tolerance", "above_maximum"), ("/version", "read_only")],
        ),
        setting(
            "/api/v1/settings/calendar",
            |w| json!({"days": ["monday", "friday"], "from": "08:00", "until": format!("17:{:02}", w.next() % 60)}),
            || json!({"days": ["monday", "moonday"], "from": "8", "holidays": ["soon"], "version": 1, "nonsense": 1}),
            &[
                ("/days/1", "not_one_of"),
                ("/from", "not_a_clock_time"),
                ("/holidays/0", "not_a_date"),
                ("/nonsense", "unknown_field"),
                ("/until", "required"),
                ("/version", "read_only"),
            ],
        ),
    ]
}
