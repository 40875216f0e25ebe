//! The catalogue.
use serde_json::{Value, json};

use super::{Faults, List, Op, Resource, trail};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};

fn entry(w: &World<'_>) -> Value {
    let n = w.next();
    json!({"sku": format!("SKU-{n}"), "name": format!("Product {n}"), "aliases": [format!("P{n}")], "category": "GTX", "unit": "piece", "list_price": "12.50", "currency": "CNY"})
}
fn product(w: &World<'_>) -> String {
    w.enter(&w.admin(), "/api/v1/products", entry(w))
}
fn at(w: &World<'_>) -> Option<Target> {
    Some(w.read(product(w)))
}

fn wrong() -> Value {
    json!({"sku": "", "name": 5, "aliases": ["x", 5], "list_price": "cheap", "currency": "XX", "version": 3, "nonsense": 1})
}
const WRONG: Faults = &[
    ("/aliases/1", "wrong_type"),
    ("/currency", "not_a_currency"),
    ("/list_price", "not_a_decimal"),
    ("/name", "wrong_type"),
    ("/nonsense", "unknown_field"),
    ("/sku", "too_short"),
    ("/version", "read_only"),
];

fn fill(w: &World<'_>) -> String {
    for name in ["=1+1", "beta", "Alpha", "伽马", "delta"] {
        let mut entry = entry(w);
        entry["name"] = json!(format!("{name} {}", w.next()));
        w.enter(&w.admin(), "/api/v1/products", entry);
    }
    "/api/v1/products".into()
}
fn fill_events(w: &World<'_>) -> String {
    let path = product(w);
    for i in 0..5 {
        w.admin().with("x-request-id", "-1").patch(&path, json!({"unit": format!("unit {i}")}), "*").expect(200);
    }
    format!("{path}/events")
}

pub fn resources() -> Vec<Resource> {
    vec![
        Resource::new(
            "/api/v1/products",
            Kind::Collection,
            vec![Op::get().by(|c| &c.rep).everybody(), Op::create(entry).refused(|c| &c.rep).wrong(wrong, WRONG)],
        )
        .listed(List {
            fill,
            id: "/id",
            filters: &[
                ("q", "q=beta", "q="),
                ("category", "category=GTX", "category[gt]=a"),
                ("sku", "sku=sku-1", "sku[null]=true"),
                ("currency", "currency=CNY", "currency[lt]=a"),
                ("list_price", "list_price[between]=1,20.5", "list_price[between]=1"),
                ("created_at", "created_at[gte]=-30d", "created_at[gte]=x"),
            ],
            condition: r#"{"field":"list_price","op":"between","value":["1","20"]}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/products/batch",
            Kind::Action,
            vec![
                Op::create(|w| json!({"items": [entry(w), entry(w)]}))
                    .refused(|c| &c.rep)
                    .wrong(|| json!({"items": 5, "nonsense": 1}), &[("/items", "wrong_type"), ("/nonsense", "unknown_field")]),
            ],
        ),
        Resource::new(
            "/api/v1/products/by-external-ref/{system}/{id}",
            Kind::Record,
            vec![
                Op::put(entry)
                    .refused(|c| &c.rep)
                    .at(|w| {
                        let path = format!("/api/v1/products/by-external-ref/shop/{}", w.next());
                        let etag = w.admin().put(&path, entry(w), None).expect(201).etag().to_owned();
                        Some(Target { path, etag })
                    })
                    .wrong(wrong, WRONG)
                    .except(Proof::NotFound, "a reference that nothing has is one to enter at")
                    .except(Proof::IfMatch, "If-Match is optional where another system keeps the record"),
            ],
        ),
        Resource::new(
            "/api/v1/products/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(at).everybody(),
                Op::patch(|w| json!({"unit": format!("unit {}", w.next())})).refused(|c| &c.rep).at(at).wrong(wrong, WRONG),
                Op::delete().refused(|c| &c.rep).at(at).except(Proof::NotAcceptable, "an empty answer is in no representation"),
            ],
        )
        .unique("/api/v1/products", |_, n| json!({"sku": format!("UNIQUE-{n}"), "name": format!("Unique {n}"), "aliases": [format!("U{n}")]})),
        Resource::new(
            "/api/v1/products/{id}/restore",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .refused(|c| &c.rep)
                    .at(|w| {
                        let path = product(w);
                        w.admin().delete(&path, "*").expect(204);
                        Some(w.below(path, "/restore"))
                    })
                    .wrong(|| json!({"note": "x", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/note", "unknown_field")]),
            ],
        ),
        trail("/api/v1/products/{id}/events", fill_events, |w| Some(w.below(product(w), "/events"))),
    ]
}
