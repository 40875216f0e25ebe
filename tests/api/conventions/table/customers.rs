//! Customers, their trail, and what is done to them.
use serde_json::{Value, json};

use super::{Faults, List, Op, Resource, trail};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};

fn entry(w: &World<'_>) -> Value {
    json!({"name": format!("Customer {}", w.next()), "industry": "steel", "region": "华东", "tags": ["a"], "note": "Pays late",
        "contacts": [{"name": "Wang Wei", "phone": "13800000000"}]})
}
fn customer(w: &World<'_>) -> String {
    w.enter(&w.rep(), "/api/v1/customers", entry(w))
}
fn at(w: &World<'_>) -> Option<Target> {
    Some(w.read(customer(w)))
}

fn wrong() -> Value {
    json!({"name": "", "id": "x", "nonsense": 1, "intent_level": "enormous", "source": "webb", "tags": [5], "custom": {"colour": "red"},
        "contacts": [{"phone": 5, "email": "nobody"}], "preferences": {"txt": "x"}})
}
const WRONG: Faults = &[
    ("/contacts/0/email", "not_an_email"),
    ("/contacts/0/name", "required"),
    ("/contacts/0/phone", "wrong_type"),
    ("/custom/colour", "unknown_field"),
    ("/id", "read_only"),
    ("/intent_level", "not_one_of"),
    ("/name", "too_short"),
    ("/nonsense", "unknown_field"),
    ("/preferences/txt", "unknown_field"),
    ("/source", "not_one_of"),
    ("/tags/0", "wrong_type"),
];

fn fill(w: &World<'_>) -> String {
    for name in ["=1+1", "beta", "beta", "Alpha", "伽马"] {
        let mut entry = entry(w);
        entry["name"] = json!(name);
        w.enter(&w.rep(), "/api/v1/customers", entry);
    }
    "/api/v1/customers".into()
}
fn fill_events(w: &World<'_>) -> String {
    let path = customer(w);
    for i in 0..5 {
        w.rep().with("x-request-id", "-1").patch(&path, json!({"region": format!("Region {i}")}), "*").expect(200);
    }
    format!("{path}/events")
}

pub fn resources() -> Vec<Resource> {
    vec![
        Resource::new(
            "/api/v1/customers",
            Kind::Collection,
            vec![Op::get().by(|c| &c.rep).everybody(), Op::create(entry).by(|c| &c.rep).refused(|c| &c.reviewer).wrong(wrong, WRONG)],
        )
        .listed(List {
            fill,
            id: "/id",
            filters: &[
                ("q", "q=beta", "q="),
                ("name", "name=BETA", "name[gt]=a"),
                ("owner", "owner[ne]=0192d3a4-0000-7000-8000-000000000000", "owner=me"),
                ("industry", "industry[null]=true", "industry[null]=x"),
                ("region", "region=华东", "region[lt]=x"),
                ("source", "source=web", "source[between]=a,b"),
                ("intent_level", "intent_level=high", "intent_level=enormous"),
                ("value_tier", "value_tier=key,regular", "value_tier=golden"),
                ("tags", "tags=a", "tags[gt]=a"),
                ("created_at", "created_at[gte]=this_month", "created_at[gte]=x"),
                ("updated_at", "updated_at[lt]=2030-01-01", "updated_at=x"),
            ],
            condition: r#"{"all":[{"field":"region","op":"eq","value":"华东"}]}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/customers/batch",
            Kind::Action,
            vec![
                Op::create(|w| json!({"items": [entry(w), entry(w)]}))
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .wrong(|| json!({"items": 5, "nonsense": 1}), &[("/items", "wrong_type"), ("/nonsense", "unknown_field")]),
            ],
        ),
        Resource::new(
            "/api/v1/customers/by-external-ref/{system}/{id}",
            Kind::Record,
            vec![
                Op::put(entry)
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .at(|w| {
                        let path = format!("/api/v1/customers/by-external-ref/shop/{}", w.next());
                        let etag = w.rep().put(&path, entry(w), None).expect(201).etag().to_owned();
                        Some(Target { path, etag })
                    })
                    .wrong(wrong, WRONG)
                    .except(Proof::NotFound, "a reference that nothing has is one to enter at")
                    .except(Proof::IfMatch, "If-Match is optional where another system keeps the record"),
            ],
        ),
        Resource::new(
            "/api/v1/customers/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(at).everybody(),
                Op::patch(|w| json!({"region": format!("Region {}", w.next())})).by(|c| &c.rep).refused(|c| &c.reviewer).at(at).wrong(wrong, WRONG),
                Op::delete().refused(|c| &c.rep).at(at).except(Proof::NotAcceptable, "an empty answer is in no representation"),
            ],
        )
        .unique("/api/v1/customers", |w, n| {
            let mut entry = entry(w);
            entry["external_ref"] = json!({"system": "archive", "id": n.to_string()});
            entry
        }),
        Resource::new(
            "/api/v1/customers/{id}/restore",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .refused(|c| &c.rep)
                    .at(|w| {
                        let path = customer(w);
                        w.admin().delete(&path, "*").expect(204);
                        Some(w.below(path, "/restore"))
                    })
                    .wrong(|| json!({"note": "x", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/note", "unknown_field")]),
            ],
        ),
        Resource::new(
            "/api/v1/customers/{id}/transfer",
            Kind::Action,
            vec![
                Op::act(|w| json!({"owner_id": w.app.cast.mate.id}))
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .at(|w| Some(w.below(customer(w), "/transfer")))
                    .wrong(|| json!({"owner_id": "me", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/owner_id", "not_an_id")]),
            ],
        ),
        trail("/api/v1/customers/{id}/events", fill_events, |w| Some(w.below(customer(w), "/events"))),
        Resource::new(
            "/api/v1/customers/{id}/contacts/{contact_id}/erase",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .repeats()
                    .refused(|c| &c.rep)
                    .at(|w| {
                        let path = customer(w);
                        let contact = w.admin().get(&path).body["contacts"][0]["id"].as_str().unwrap_or_default().to_owned();
                        Some(w.below(path, &format!("/contacts/{contact}/erase")))
                    })
                    .wrong(|| json!({"note": "x", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/note", "unknown_field")]),
            ],
        ),
    ]
}
