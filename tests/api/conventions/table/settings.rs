//! Settings and the standard: one of each.
use serde_json::{Value, json};

use super::{Faults, List, Op, Resource};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::World;

fn setting(path: &'static str, body: fn(&World<'_>) -> Value, wrong: fn() -> Value, faults: Faults) -> Resource {
    Resource::new(path, Kind::Singleton, vec![Op::get().by(|c| &c.rep).everybody(), Op::put(body).refused(|c| &c.reviewer).wrong(wrong, faults)])
}

/// Rates, which have no version: to keep one is right whatever others keep.
fn exchange_rates() -> Resource {
    let put = Op::put(|w| {
        let n = w.next();
        json!({"rates": [{"currency": "USD", "date": "2026-11-20", "rate": format!("7.{n:04}")}, {"currency": "EUR", "date": format!("2026-11-{:02}", 1 + n % 19), "rate": 8}]})
    });
    let put = put.refused(|c| &c.reviewer).wrong(
        || json!({"rates": [{"currency": "XXL", "date": "soon", "rate": 0, "nonsense": 1}, 5], "version": 1}),
        &[
            ("/rates/0/currency", "not_a_currency"),
            ("/rates/0/date", "not_a_date"),
            ("/rates/0/nonsense", "unknown_field"),
            ("/rates/0/rate", "below_minimum"),
            ("/rates/1", "wrong_type"),
            ("/version", "unknown_field"),
        ],
    );
    let get = Op::get().by(|c| &c.rep).everybody().except(Proof::Formula, "no text of it is written by people");
    Resource::new("/api/v1/exchange-rates", Kind::Collection, vec![get, put]).listed(List {
        fill: |w| {
            let days = (1..=7).map(|day| json!({"currency": "USD", "date": format!("2026-10-{day:02}"), "rate": "7.1234"}));
            w.admin().put("/api/v1/exchange-rates", json!({"rates": days.collect::<Vec<_>>()}), None).expect(200);
            "/api/v1/exchange-rates".into()
        },
        id: "/id",
        filters: &[("currency", "currency=USD", "currency[gt]=A"), ("date", "date[gte]=2026-10-02", "date=soon")],
        condition: r#"{"field":"date","op":"gte","value":"2026-10-02"}"#,
        formula: "",
    })
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
        exchange_rates(),
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
