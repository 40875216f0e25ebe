//! Orders, their parts, the actions on them, and the queue of reviewers.
use serde_json::{Value, json};

use super::{List, Op, Resource, trail};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};
use crate::orders::sound;

const ID: &str = "0192d3a4-0000-7000-8000-000000000000";

fn entry(w: &World<'_>) -> Value {
    let mut entry = sound(&w.customer);
    entry["note"] = json!(format!("Entry {}", w.next()));
    if let Some(lines) = w.lines.get() {
        entry["lines"] = Value::Array(vec![entry["lines"][0].clone(); lines]);
    }
    entry
}
fn note(_: &World<'_>) -> Value {
    json!({"note": "As agreed on the phone"})
}
/// The order itself, as a draft of the rep.
fn draft(w: &World<'_>) -> Option<Target> {
    Some(w.read(w.order("draft")))
}

/// An action whose body needs nothing.
fn noted(path: &'static str, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let op = Op::act(note).at(at).wrong(|| json!({"note": 5, "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/note", "wrong_type")]);
    let op = match path.rsplit('/').next().unwrap_or_default() {
        "approve" | "reopen" => op.by(|c| &c.reviewer).refused(|c| &c.rep),
        "expire" => op.refused(|c| &c.rep),
        _ => op.by(|c| &c.rep).refused(|c| &c.reviewer),
    };
    Resource::new(path, Kind::Action, vec![op])
}

/// An action by the rep with a body of its own.
fn action(path: &'static str, op: Op) -> Resource {
    Resource::new(path, Kind::Action, vec![op.by(|c| &c.rep).refused(|c| &c.reviewer)])
}

/// What is wrong with an entry: form, rules and references at once.
fn wrong_entry() -> Value {
    json!({"title": 5, "status": "won", "nonsense": 1, "currency": "CNY", "intent_level": "enormous", "expected_close_date": "31.3.2027", "custom": {"colour": "red"},
        "customer_id": ID, "tags": ["a", "b\u{0}"], "lines": [{"product": "GTX Prow", "quantity": "-2", "unit_price": "1.00001", "amount": "5"}]})
}
const WRONG_ENTRY: super::Faults = &[
    ("/custom/colour", "unknown_field"),
    ("/customer_id", "unknown_reference"),
    ("/expected_close_date", "not_a_date"),
    ("/intent_level", "not_one_of"),
    ("/lines/0/amount", "read_only"),
    ("/lines/0/product", "unknown_product"),
    ("/lines/0/quantity", "below_minimum"),
    ("/lines/0/unit_price", "too_many_decimals"),
    ("/nonsense", "unknown_field"),
    ("/status", "read_only"),
    ("/tags/1", "control_character"),
    ("/title", "wrong_type"),
];

fn fill(w: &World<'_>) -> String {
    for (i, title) in ["=1+1", "beta", "beta", "Alpha", "伽马"].iter().enumerate() {
        let mut entry = entry(w);
        entry["title"] = json!(title);
        entry["lines"][0]["quantity"] = json!(i / 2 + 1);
        if i % 2 == 0 {
            entry["expected_close_date"] = Value::Null;
        }
        w.enter(&w.rep(), "/api/v1/orders", entry);
    }
    "/api/v1/orders".into()
}
fn fill_reviews(w: &World<'_>) -> String {
    for title in ["=1+1", "two", "three", "four", "five"] {
        let mut entry = entry(w);
        entry["title"] = json!(title);
        let path = w.enter(&w.rep(), "/api/v1/orders", entry);
        w.rep().action(&format!("{path}/submit"), Value::Null, "*").expect(200);
    }
    "/api/v1/reviews".into()
}
fn fill_follow_ups(w: &World<'_>) -> String {
    let path = format!("{}/follow-ups", w.order("processed"));
    for content in ["=1+1", "two", "three", "four", "five"] {
        let mut entry = follow_up(w);
        entry["content"] = json!(content);
        w.rep().post(&path, entry).expect(201);
    }
    path
}
fn fill_events(w: &World<'_>) -> String {
    let path = w.order("pending");
    for i in 0..5 {
        w.rep().with("x-request-id", "-1").patch(&path, json!({"note": format!("Change {i}")}), "*").expect(200);
    }
    format!("{path}/events")
}

fn follow_up(w: &World<'_>) -> Value {
    json!({"at": format!("2026-11-2{}T09:00:00Z", w.next() % 3), "channel": "phone", "content": "Asked for the drawings", "result": "Sent"})
}

fn fill_delays(w: &World<'_>) -> String {
    let path = format!("{}/delays", w.order("processed"));
    for note in ["=1+1", "two", "three", "four", "five"] {
        w.enter(&w.rep(), &path, json!({"side": "supply", "reason": "logistics", "note": note}));
    }
    path
}

fn delay(w: &World<'_>) -> Value {
    json!({"side": "supply", "reason": "material_shortage", "note": format!("Delay {}", w.next()), "remedy": "A second foundry"})
}

/// A part of an order that is read alone.
fn part(path: &'static str, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let read = Op::get().by(|c| &c.rep).at(at).everybody().except(Proof::NotModified, "it is computed at each call and belongs to no version");
    Resource::new(path, Kind::Singleton, vec![read])
}

pub fn resources() -> Vec<Resource> {
    let mut all = vec![
        Resource::new(
            "/api/v1/orders",
            Kind::Collection,
            vec![Op::get().by(|c| &c.rep).everybody(), Op::create(entry).by(|c| &c.rep).refused(|c| &c.reviewer).wrong(wrong_entry, WRONG_ENTRY)],
        )
        .listed(List {
            fill,
            id: "/id",
            filters: &[
                ("q", "q=beta", "q=%21"),
                ("status", "status=draft,pending", "status=nonsense"),
                ("stage", "stage=intent", "stage[gt]=intent"),
                ("owner", "owner[ne]=0192d3a4-0000-7000-8000-000000000000", "owner=5"),
                ("team", "team[null]=true", "team=5"),
                ("customer", "customer=0192d3a4-0000-7000-8000-000000000000", "customer=x"),
                ("product", "product[null]=false", "product=GTX"),
                ("category", "category=GTX", "category[between]=a,b"),
                ("intent_level", "intent_level=high,low", "intent_level=enormous"),
                ("source", "source=web", "source[lt]=web"),
                ("tags", "tags=refit", "tags[gte]=refit"),
                ("broken_rule", "broken_rule[null]=true", "broken_rule[gte]=a"),
                ("delay", "delay=supply.logistics", "delay[gte]=a"),
                ("pushed_at", "pushed_at[gte]=-30d", "pushed_at=soon"),
                ("currency", "currency=CNY", "currency[null]=true"),
                ("amount", "amount[gte]=10.5", "amount[gte]=much"),
                ("expected_close_date", "expected_close_date[between]=2027-01-01,2027-12-31", "expected_close_date=31.3.2027"),
                ("created_at", "created_at[gte]=-7d", "created_at[gte]=lately"),
                ("updated_at", "updated_at[lt]=2027-01-01T00:00:00Z", "updated_at[lt]=now-ish"),
                ("first_submitted_at", "first_submitted_at[null]=true", "first_submitted_at[null]=maybe"),
                ("submitted_at", "submitted_at[gt]=2026-01-01", "submitted_at[gt]=x"),
                ("closed_on", "closed_on=this_month", "closed_on=that_month"),
                ("closed_at", "closed_at[lte]=today", "closed_at[lte]=%2B"),
                ("closed_owner", "closed_owner[null]=true", "closed_owner=rep"),
                ("closed_team", "closed_team[null]=true", "closed_team=A"),
                ("reason", "reason=price", "reason[like]=price"),
                ("customer.industry", "customer.industry=telecom", "customer.industry[gt]=a"),
                ("customer.region", "customer.region[null]=false", "customer.region[null]=0"),
                ("customer.value_tier", "customer.value_tier=key", "customer.value_tier=golden"),
            ],
            condition: r#"{"any":[{"field":"amount","op":"gte","value":"1"},{"not":{"field":"status","op":"in","value":["won"]}}]}"#,
            formula: "title",
        }),
        Resource::new(
            "/api/v1/orders/batch",
            Kind::Action,
            vec![
                Op::create(|w| json!({"items": [entry(w), entry(w)]}))
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .wrong(|| json!({"items": 5, "nonsense": 1}), &[("/items", "wrong_type"), ("/nonsense", "unknown_field")]),
            ],
        ),
        Resource::new(
            "/api/v1/orders/by-external-ref/{system}/{id}",
            Kind::Record,
            vec![
                Op::put(entry)
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .at(|w| {
                        let path = format!("/api/v1/orders/by-external-ref/shop/{}", w.next());
                        let etag = w.rep().put(&path, entry(w), None).expect(201).etag().to_owned();
                        Some(Target { path, etag })
                    })
                    .wrong(wrong_entry, WRONG_ENTRY)
                    .except(Proof::NotFound, "a reference that nothing has is one to enter at")
                    .except(Proof::IfMatch, "If-Match is optional where another system keeps the record"),
            ],
        ),
        Resource::new(
            "/api/v1/orders/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(draft).everybody(),
                Op::patch(|w| json!({"note": format!("Note {}", w.next())})).by(|c| &c.rep).refused(|c| &c.reviewer).at(draft).wrong(wrong_entry, WRONG_ENTRY),
                Op::delete().by(|c| &c.rep).refused(|c| &c.reviewer).at(draft).except(Proof::NotAcceptable, "an empty answer is in no representation"),
            ],
        )
        .unique("/api/v1/orders", |w, n| {
            let mut entry = sound(&w.customer);
            entry["external_ref"] = json!({"system": "archive", "id": n.to_string()});
            entry
        }),
        noted("/api/v1/orders/{id}/restore", |w| {
            let path = w.order("draft");
            w.rep().delete(&path, "*").expect(204);
            Some(w.below(path, "/restore"))
        }),
        part("/api/v1/orders/{id}/history", |w| Some(Target { path: format!("{}/history", w.order("won")), etag: String::new() })),
        part("/api/v1/orders/{id}/review", |w| Some(Target { path: format!("{}/review", w.order("won")), etag: String::new() })),
        part("/api/v1/orders/{id}/violations", |w| Some(Target { path: format!("{}/violations", w.order("won")), etag: String::new() })),
        part("/api/v1/orders/{id}/actions", |w| Some(Target { path: format!("{}/actions", w.order("won")), etag: String::new() })),
        trail("/api/v1/orders/{id}/events", fill_events, |w| Some(w.below(w.order("draft"), "/events"))),
        Resource::new(
            "/api/v1/orders/{id}/follow-ups",
            Kind::Collection,
            vec![
                Op::get().by(|c| &c.rep).at(|w| Some(w.below(w.order("draft"), "/follow-ups"))).everybody(),
                Op::create(follow_up)
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .at(|w| Some(w.below(w.order("processed"), "/follow-ups")))
                    .wrong(
                        || json!({"at": "soon", "content": "", "nonsense": 1, "result": 5}),
                        &[
                            ("/at", "not_a_time"),
                            ("/channel", "required"),
                            ("/content", "too_short"),
                            ("/nonsense", "unknown_field"),
                            ("/result", "wrong_type"),
                        ],
                    )
                    .except(Proof::ReadBack, "a contact has no address of its own"),
            ],
        )
        .listed(List {
            fill: fill_follow_ups,
            id: "/id",
            filters: &[("at", "at[gte]=2026-11-01", "at=soon")],
            condition: r#"{"field":"at","op":"lt","value":"2030-01-01"}"#,
            formula: "content",
        }),
        Resource::new(
            "/api/v1/orders/{id}/delays",
            Kind::Collection,
            vec![
                Op::get().by(|c| &c.rep).at(|w| Some(w.below(w.order("draft"), "/delays"))).everybody(),
                Op::create(delay)
                    .by(|c| &c.rep)
                    .refused(|c| &c.reviewer)
                    .at(|w| Some(w.below(w.order("processed"), "/delays")))
                    .wrong(
                        || json!({"side": "moon", "reason": "logistic", "nonsense": 1, "remedy": 5, "new_date": "soon"}),
                        &[
                            ("/new_date", "not_a_date"),
                            ("/nonsense", "unknown_field"),
                            ("/reason", "not_one_of"),
                            ("/remedy", "wrong_type"),
                            ("/side", "not_one_of"),
                        ],
                    )
                    .except(Proof::ReadBack, "a delay has no address of its own"),
            ],
        )
        .listed(List {
            fill: fill_delays,
            id: "/id",
            filters: &[("side", "side=supply,other", "side[gt]=a"), ("reason", "reason[ne]=other", "reason[gte]=a")],
            condition: r#"{"field":"side","op":"in","value":["supply","customer"]}"#,
            formula: "note",
        }),
        Resource::new("/api/v1/reviews", Kind::Collection, vec![Op::get().by(|c| &c.reviewer).refused(|c| &c.rep)]).listed(List {
            fill: fill_reviews,
            id: "/order/id",
            filters: &[
                ("owner", "owner=0192d3a4-0000-7000-8000-000000000000", "owner=me"),
                ("team", "team[null]=false", "team[null]=no"),
                ("customer", "customer[ne]=0192d3a4-0000-7000-8000-000000000000", "customer=x"),
                ("policy", "policy[null]=true", "policy[gt]=a"),
                ("due_at", "due_at[null]=true", "due_at=x"),
                ("claimed_by", "claimed_by[null]=true", "claimed_by=me"),
                ("scope", "scope=all", "scope=some"),
            ],
            condition: r#"{"field":"team","op":"null","value":false}"#,
            formula: "order.title",
        }),
        Resource::new(
            "/api/v1/reviews/batch",
            Kind::Action,
            vec![
                Op::act(|w| {
                    let path = w.order("in_review");
                    json!({"items": [{"order": path.rsplit('/').next(), "decision": "approve"}]})
                })
                .by(|c| &c.reviewer)
                .refused(|c| &c.rep)
                .done(207)
                .wrong(|| json!({"items": 5, "nonsense": 1}), &[("/items", "wrong_type"), ("/nonsense", "unknown_field")]),
            ],
        ),
    ];
    all.extend(actions());
    all
}

/// Taking a review, or giving it back.
fn claim(path: &'static str, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let op = Op::act(|_| json!({})).by(|c| &c.reviewer).refused(|c| &c.rep).at(at).repeats();
    let op = op.wrong(|| json!({"nonsense": 1}), &[("/nonsense", "unknown_field")]);
    Resource::new(path, Kind::Action, vec![op.except_all(&[Proof::IfMatch, Proof::Stale], "a claim is on the review and leaves the order as it is")])
}

/// An order that was returned with a remark: the address of what is done to the remark.
fn remarked(w: &World<'_>, what: &str) -> Option<Target> {
    let path = w.order("in_review");
    let remarks = json!({"remarks": [{"pointer": "/title", "message": "Say which plant"}]});
    let returned = w.app.as_(&w.app.cast.reviewer).action(&format!("{path}/return"), remarks, "*").expect(200);
    let remark = returned.body["remarks"][0]["id"].as_str().unwrap_or_default().to_owned();
    Some(w.below(path, &format!("/remarks/{remark}/{what}")))
}

fn actions() -> Vec<Resource> {
    vec![
        claim("/api/v1/orders/{id}/claim", |w| Some(Target { path: format!("{}/claim", w.order("in_review")), etag: String::new() })),
        claim("/api/v1/orders/{id}/release", |w| {
            let path = w.order("in_review");
            w.app.as_(&w.app.cast.reviewer).action(&format!("{path}/claim"), Value::Null, "").expect(200);
            Some(Target { path: format!("{path}/release"), etag: String::new() })
        }),
        noted("/api/v1/orders/{id}/remarks/{remark_id}/resolve", |w| remarked(w, "resolve")),
        noted("/api/v1/orders/{id}/remarks/{remark_id}/answer", |w| remarked(w, "answer")),
        noted("/api/v1/orders/{id}/submit", |w| {
            let path = w.enter(&w.rep(), "/api/v1/orders", entry(w));
            Some(w.below(path, "/submit"))
        }),
        noted("/api/v1/orders/{id}/withdraw", |w| Some(w.below(w.order("in_review"), "/withdraw"))),
        noted("/api/v1/orders/{id}/approve", |w| Some(w.below(w.order("in_review"), "/approve"))),
        noted("/api/v1/orders/{id}/process", |w| Some(w.below(w.order("pending"), "/process"))),
        noted("/api/v1/orders/{id}/expire", |w| Some(w.below(w.order("pending"), "/expire"))),
        noted("/api/v1/orders/{id}/reopen", |w| Some(w.below(w.order("lost"), "/reopen"))),
        Resource::new(
            "/api/v1/orders/{id}/return",
            Kind::Action,
            vec![
                Op::act(|_| json!({"remarks": [{"pointer": "/title", "message": "Say which plant"}]}))
                    .by(|c| &c.reviewer)
                    .refused(|c| &c.rep)
                    .at(|w| Some(w.below(w.order("in_review"), "/return")))
                    .wrong(
                        || json!({"remarks": [{"pointer": "title", "message": 5}], "note": 5, "nonsense": 1}),
                        &[
                            ("/nonsense", "unknown_field"),
                            ("/note", "wrong_type"),
                            ("/remarks/0/message", "wrong_type"),
                            ("/remarks/0/pointer", "unknown_pointer"),
                        ],
                    ),
            ],
        ),
        action(
            "/api/v1/orders/{id}/win",
            Op::act(|_| json!({"closed_on": "2026-11-20", "note": "Signed"})).at(|w| Some(w.below(w.order("pending"), "/win"))).wrong(
                || json!({"amount": "much", "closed_on": "soon", "note": 5, "nonsense": 1}),
                &[("/amount", "not_a_decimal"), ("/closed_on", "not_a_date"), ("/nonsense", "unknown_field"), ("/note", "wrong_type")],
            ),
        ),
        action(
            "/api/v1/orders/{id}/lose",
            Op::act(|_| json!({"reason": "price", "note": "Too dear"})).at(|w| Some(w.below(w.order("pending"), "/lose"))).wrong(
                || json!({"reason": "prise", "note": 5, "nonsense": 1}),
                &[("/nonsense", "unknown_field"), ("/note", "wrong_type"), ("/reason", "not_one_of")],
            ),
        ),
        action(
            "/api/v1/orders/{id}/cancel",
            Op::act(|_| json!({"reason": "other", "note": "The plant is closed"}))
                .at(|w| Some(w.below(w.order("pending"), "/cancel")))
                .wrong(|| json!({"reason": "othr", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/reason", "not_one_of")]),
        ),
        action(
            "/api/v1/orders/{id}/move",
            Op::act(|_| json!({"stage": "contract", "note": "Agreed"})).at(|w| Some(w.below(w.order("pending"), "/move"))).wrong(
                || json!({"stage": "contrakt", "note": 5, "nonsense": 1}),
                &[("/nonsense", "unknown_field"), ("/note", "wrong_type"), ("/stage", "not_one_of")],
            ),
        ),
        action(
            "/api/v1/orders/{id}/transfer",
            Op::act(|w| json!({"owner_id": w.app.cast.mate.id, "note": "On leave"})).at(|w| Some(w.below(w.order("pending"), "/transfer"))).wrong(
                || json!({"owner_id": ID, "note": 5, "nonsense": 1}),
                &[("/nonsense", "unknown_field"), ("/note", "wrong_type"), ("/owner_id", "unknown_reference")],
            ),
        ),
    ]
}
