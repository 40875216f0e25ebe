//! Standards: one of each kind of records, its versions, and what is asked about records.
use serde_json::{Value, json};

use super::{List, Op, Resource};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};

fn at(w: &World<'_>, path: &str) -> Option<Target> {
    Some(w.read(format!("/api/v1/standards/products{path}")))
}

/// A standard that differs from every other.
fn rules(w: &World<'_>) -> Value {
    json!({"rules": [{"id": "category", "kind": "length", "max": 50 + w.next() % 50, "fields": ["category"]}]})
}

fn wrong() -> Value {
    json!({"rules": [{"id": "No Code", "kind": "required", "fields": ["nonsense"]}, 5], "version": 1, "nonsense": 1})
}

pub fn resources() -> Vec<Resource> {
    let computed = "it is computed anew at each call, and has no version";
    let dry = "it stores nothing, so that nothing is done twice";
    vec![
        Resource::new(
            "/api/v1/standards/{entity}",
            Kind::Singleton,
            vec![
                Op::get().by(|c| &c.rep).everybody().at(|w| at(w, "")),
                Op::put(rules)
                    .refused(|c| &c.reviewer)
                    .at(|w| at(w, ""))
                    .wrong(wrong, &[("/nonsense", "unknown_field"), ("/rules/0/id", "not_a_code"), ("/rules/1", "wrong_type"), ("/version", "read_only")]),
            ],
        ),
        Resource::new("/api/v1/standards/{entity}/form", Kind::Singleton, vec![Op::get().by(|c| &c.rep).everybody().at(|w| at(w, "/form"))]),
        Resource::new("/api/v1/standards/{entity}/versions/{version}", Kind::Singleton, vec![Op::get().everybody().at(|w| at(w, "/versions/1"))]),
        Resource::new(
            "/api/v1/standards/{entity}/versions/{version}/changes",
            Kind::Singleton,
            vec![Op::get().everybody().at(|w| at(w, "/versions/1/changes")).except(Proof::NotModified, computed)],
        ),
        Resource::new(
            "/api/v1/standards/{entity}/versions",
            Kind::Collection,
            vec![Op::get().everybody().at(|w| at(w, "/versions")).except(Proof::Formula, "it has no text but names of users")],
        )
        .listed(List {
            fill: |w| {
                for _ in 0..5 {
                    w.admin()
                        .put("/api/v1/standards/customers", json!({"rules": [{"id": "n", "kind": "length", "max": 100 + w.next(), "fields": ["note"]}]}), "*")
                        .expect(200);
                }
                "/api/v1/standards/customers/versions".into()
            },
            id: "/id",
            filters: &[("published_at", "published_at[gte]=2026-01-01", "published_at=x"), ("published_by", "published_by[null]=true", "published_by=me")],
            condition: r#"{"field":"published_by","op":"null","value":true}"#,
            formula: "",
        }),
        Resource::new(
            "/api/v1/standards/{entity}/validate",
            Kind::Action,
            vec![
                Op::act(|w| json!({"entries": [{"sku": format!("T-{}", w.next()), "name": "Tried"}]}))
                    .everybody()
                    .at(|_| Some(Target { path: "/api/v1/standards/products/validate".into(), etag: String::new() }))
                    .wrong(
                        || json!({"entries": 5, "role": "boss", "nonsense": 1}),
                        &[("/entries", "wrong_type"), ("/nonsense", "unknown_field"), ("/role", "not_one_of")],
                    )
                    .except_all(&[Proof::IfMatch, Proof::Stale], "it changes no record")
                    .except_all(&[Proof::DryRun, Proof::Replay, Proof::KeyReused], dry),
            ],
        ),
        Resource::new(
            "/api/v1/standards/{entity}/compliance",
            Kind::Singleton,
            vec![Op::get().everybody().at(|w| at(w, "/compliance")).except(Proof::NotModified, computed)],
        ),
        Resource::new(
            "/api/v1/standards/{entity}/compliance/records",
            Kind::Collection,
            vec![
                Op::get()
                    .everybody()
                    .at(|w| at(w, "/compliance/records"))
                    .except_all(
                        &[Proof::Walk, Proof::Cursor],
                        "records are checked as they are walked, in one order; walks and cursors are proved in the tests of standards",
                    )
                    .except_all(&[Proof::Filters, Proof::Files, Proof::Formula], "it is the drilldown of figures, with filters of its own and no tables"),
            ],
        ),
    ]
}
