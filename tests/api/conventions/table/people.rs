//! Users, teams, the caller, sessions and API keys.
use serde_json::{Value, json};

use super::{List, Op, Resource, trail};
use crate::conventions::proof::{Kind, Proof};
use crate::conventions::world::{Target, World};
use crate::harness::PASSWORD;

const NO_REHEARSAL: &str = "what hands out secrets is neither rehearsed nor kept for a repetition";
const ONCE_ONLY: &[Proof] = &[Proof::DryRun, Proof::Replay, Proof::KeyReused];
const EMPTY: &str = "an empty answer is in no representation";
/// What an operation without a body does not owe.
const OF_BODIES: &[Proof] = &[Proof::MediaType, Proof::TooLarge, Proof::Malformed, Proof::UnknownField, Proof::Faults];

fn user(w: &World<'_>) -> Value {
    let n = w.next();
    json!({"name": format!("User {n}"), "email": format!("new.{n}@example.com"), "role": "rep", "team_id": w.app.cast.team_a, "time_zone": "Asia/Shanghai", "locale": "en"})
}
fn team(w: &World<'_>) -> Value {
    json!({"name": format!("Team {}", w.next()), "lead_id": w.app.cast.lead.id})
}
fn key(w: &World<'_>) -> Value {
    json!({"name": format!("Key {}", w.next()), "scopes": ["orders.read"], "expires_at": "2027-06-30T00:00:00Z"})
}

fn fill_users(w: &World<'_>) -> String {
    for name in ["=1+1", "beta", "beta", "Alpha", "伽马"] {
        let mut user = user(w);
        user["name"] = json!(name);
        w.enter(&w.admin(), "/api/v1/users", user);
    }
    "/api/v1/users".into()
}
fn fill_teams(w: &World<'_>) -> String {
    for name in ["=1+1", "beta", "Alpha", "伽马", "delta"] {
        w.enter(&w.admin(), "/api/v1/teams", json!({"name": format!("{name} {}", w.next())}));
    }
    "/api/v1/teams".into()
}
fn fill_keys(w: &World<'_>) -> String {
    for name in ["=1+1", "beta", "beta", "Alpha", "伽马"] {
        let mut key = key(w);
        key["name"] = json!(name);
        w.enter(&w.rep(), "/api/v1/api-keys", key);
    }
    "/api/v1/api-keys".into()
}
fn changed(w: &World<'_>, path: String) -> String {
    for i in 0..5 {
        w.admin().with("x-request-id", "-1").patch(&path, json!({"name": format!("Name {i} of {path}")}), "*").expect(200);
    }
    format!("{path}/events")
}
fn new_team(w: &World<'_>) -> String {
    w.enter(&w.admin(), "/api/v1/teams", team(w))
}
fn new_key(w: &World<'_>) -> Option<Target> {
    let key = w.rep().post("/api/v1/api-keys", key(w)).expect(201);
    Some(w.read(format!("/api/v1/api-keys/{}", key.id())))
}
fn new_view(w: &World<'_>) -> Value {
    json!({"entity": "orders", "name": format!("View {}", w.next()), "condition": {"field": "amount", "op": "gte", "value": "1"}, "sort": "-amount", "columns": ["number", "title"]})
}

/// When somebody is away.
fn absence(path: &'static str, at: fn(&World<'_>) -> Option<Target>, put: fn(Op) -> Op) -> Resource {
    const NO_VERSION: &str = "an absence is one person's and has no version";
    let away: fn(&World<'_>) -> Value = |w| json!({"from": "2027-01-04", "until": format!("2027-02-{:02}", w.next() % 28 + 1)});
    let wrong: fn() -> Value = || json!({"from": "soon", "until": 5, "delegate": {}, "nonsense": 1});
    let faults: super::Faults = &[("/delegate", "read_only"), ("/from", "not_a_date"), ("/nonsense", "unknown_field"), ("/until", "wrong_type")];
    let read = Op::get().at(at).everybody().except(Proof::NotModified, NO_VERSION);
    let set = put(Op::put(away).at(at).wrong(wrong, faults)).repeats().except_all(&[Proof::IfMatch, Proof::Stale], NO_VERSION);
    Resource::new(path, Kind::Singleton, vec![read, set])
}

pub fn resources() -> Vec<Resource> {
    [users(), teams(), sessions(), keys(), views()].into_iter().flatten().collect()
}

fn users() -> Vec<Resource> {
    let at = |w: &World<'_>| Some(w.read(w.user()));
    vec![
        absence("/api/v1/me/absence", |_| Some(Target { path: "/api/v1/me/absence".into(), etag: String::new() }), |op| op.everybody()),
        absence("/api/v1/users/{id}/absence", |w| Some(Target { path: format!("{}/absence", w.user()), etag: String::new() }), |op| op.refused(|c| &c.rep)),
        Resource::new(
            "/api/v1/users",
            Kind::Collection,
            vec![
                Op::get().by(|c| &c.rep).everybody(),
                Op::create(user).refused(|c| &c.rep).wrong(
                    || json!({"email": "nobody", "role": "king", "password": 5, "team_id": "x", "time_zone": "Moon", "locale": "xx", "active": true, "nonsense": 1}),
                    &[
                        ("/active", "read_only"),
                        ("/email", "not_an_email"),
                        ("/locale", "not_a_locale"),
                        ("/name", "required"),
                        ("/nonsense", "unknown_field"),
                        ("/password", "wrong_type"),
                        ("/role", "not_one_of"),
                        ("/team_id", "not_an_id"),
                        ("/time_zone", "not_a_zone"),
                    ],
                ),
            ],
        )
        .listed(List {
            fill: fill_users,
            id: "/id",
            filters: &[("role", "role=rep,admin", "role=king"), ("team", "team[null]=true", "team=A"), ("active", "active=true", "active=yes")],
            condition: r#"{"field":"role","op":"in","value":["rep"]}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/users/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(at).everybody(),
                Op::patch(|w| json!({"name": format!("Renamed {}", w.next())})).refused(|c| &c.rep).at(at).wrong(
                    || json!({"name": null, "email": "nobody", "role": "king", "team_id": 5, "version": 3, "nonsense": 1}),
                    &[
                        ("/email", "not_an_email"),
                        ("/name", "required"),
                        ("/nonsense", "unknown_field"),
                        ("/role", "not_one_of"),
                        ("/team_id", "wrong_type"),
                        ("/version", "read_only"),
                    ],
                ),
            ],
        ),
        Resource::new(
            "/api/v1/users/{id}/deactivate",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .refused(|c| &c.rep)
                    .at(|w| Some(w.below(w.user(), "/deactivate")))
                    .wrong(|| json!({"transfer_to": "x", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/transfer_to", "not_an_id")]),
            ],
        ),
        Resource::new(
            "/api/v1/users/{id}/activate",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .refused(|c| &c.rep)
                    .at(|w| {
                        let path = w.user();
                        w.admin().action(&format!("{path}/deactivate"), Value::Null, "*").expect(200);
                        Some(w.below(path, "/activate"))
                    })
                    .wrong(|| json!({"note": "x", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/note", "unknown_field")]),
            ],
        ),
        Resource::new(
            "/api/v1/users/{id}/password",
            Kind::Action,
            vec![
                Op::put(|_| json!({"password": PASSWORD}))
                    .done(204)
                    .refused(|c| &c.rep)
                    .at(|w| Some(w.below(w.user(), "/password")))
                    .wrong(|| json!({"password": "short", "nonsense": 1}), &[("/nonsense", "unknown_field"), ("/password", "weak_password")])
                    .except_all(&[Proof::IfMatch, Proof::Stale], "a password cannot be read, so that no version of it is known")
                    .except(Proof::NotAcceptable, EMPTY),
            ],
        ),
        trail("/api/v1/users/{id}/events", |w| changed(w, w.user()), |w| Some(w.below(w.user(), "/events"))),
        Resource::new(
            "/api/v1/me",
            Kind::Singleton,
            vec![
                Op::get().everybody(),
                Op::patch(|w| json!({"time_zone": if w.next() % 2 == 0 { "Europe/Berlin" } else { "Asia/Shanghai" }, "locale": "en"})).everybody().wrong(
                    || json!({"time_zone": "Moon", "locale": 5, "role": "admin", "nonsense": 1}),
                    &[("/locale", "wrong_type"), ("/nonsense", "unknown_field"), ("/role", "read_only"), ("/time_zone", "not_a_zone")],
                ),
            ],
        ),
    ]
}

fn teams() -> Vec<Resource> {
    let at = |w: &World<'_>| Some(w.read(new_team(w)));
    vec![
        Resource::new(
            "/api/v1/teams",
            Kind::Collection,
            vec![
                Op::get().by(|c| &c.rep).everybody(),
                Op::create(team).refused(|c| &c.rep).wrong(
                    || json!({"lead_id": "x", "version": 1, "nonsense": 1}),
                    &[("/lead_id", "not_an_id"), ("/name", "required"), ("/nonsense", "unknown_field"), ("/version", "read_only")],
                ),
            ],
        )
        .listed(List {
            fill: fill_teams,
            id: "/id",
            filters: &[("lead", "lead[null]=true", "lead=x")],
            condition: r#"{"field":"lead","op":"null","value":true}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/teams/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(at).everybody(),
                Op::patch(|w| json!({"name": format!("Renamed {}", w.next())})).refused(|c| &c.rep).at(at).wrong(
                    || json!({"name": null, "lead_id": 5, "version": 1, "nonsense": 1}),
                    &[("/lead_id", "wrong_type"), ("/name", "required"), ("/nonsense", "unknown_field"), ("/version", "read_only")],
                ),
            ],
        ),
        trail("/api/v1/teams/{id}/events", |w| changed(w, new_team(w)), |w| Some(w.below(new_team(w), "/events"))),
    ]
}

fn sessions() -> Vec<Resource> {
    let missing: super::Faults = &[("/nonsense", "unknown_field"), ("/refresh_token", "required")];
    vec![
        Resource::new(
            "/api/v1/auth/login",
            Kind::Action,
            vec![
                Op::act(|w| json!({"email": w.somebody().email(), "password": PASSWORD}))
                    .public()
                    .wrong(
                        || json!({"email": "nobody", "nonsense": 1}),
                        &[("/email", "not_an_email"), ("/nonsense", "unknown_field"), ("/password", "required")],
                    )
                    .except_all(ONCE_ONLY, NO_REHEARSAL),
            ],
        ),
        Resource::new(
            "/api/v1/auth/refresh",
            Kind::Action,
            vec![
                Op::act(|w| json!({"refresh_token": w.refresh_token()})).public().wrong(|| json!({"nonsense": 1}), missing).except_all(ONCE_ONLY, NO_REHEARSAL),
            ],
        ),
        Resource::new(
            "/api/v1/auth/logout",
            Kind::Action,
            vec![
                Op::act(|w| json!({"refresh_token": w.refresh_token()}))
                    .done(204)
                    .public()
                    .wrong(|| json!({"nonsense": 1}), missing)
                    .except_all(ONCE_ONLY, NO_REHEARSAL)
                    .except(Proof::NotAcceptable, EMPTY),
            ],
        ),
        Resource::new(
            "/api/v1/auth/logout-all",
            Kind::Action,
            vec![
                Op::act(|_| json!({}))
                    .done(204)
                    .everybody()
                    .except_all(OF_BODIES, "it takes no body: there is nothing to say")
                    .except_all(ONCE_ONLY, NO_REHEARSAL)
                    .except(Proof::NotAcceptable, EMPTY),
            ],
        ),
        Resource::new(
            "/api/v1/auth/password",
            Kind::Action,
            vec![
                Op::act(|_| json!({"current_password": PASSWORD, "new_password": "another horse battery"}))
                    .done(204)
                    .everybody()
                    .wrong(
                        || json!({"current_password": 5, "nonsense": 1}),
                        &[("/current_password", "wrong_type"), ("/new_password", "required"), ("/nonsense", "unknown_field")],
                    )
                    .except_all(ONCE_ONLY, NO_REHEARSAL)
                    .except(Proof::NotAcceptable, EMPTY),
            ],
        ),
    ]
}

fn keys() -> Vec<Resource> {
    vec![
        Resource::new(
            "/api/v1/api-keys",
            Kind::Collection,
            vec![
                Op::get().by(|c| &c.rep).everybody(),
                Op::create(key)
                    .by(|c| &c.rep)
                    .everybody()
                    .wrong(
                        || json!({"scopes": ["orders.reed"], "expires_at": "soon", "key": "x", "nonsense": 1}),
                        &[
                            ("/expires_at", "not_a_time"),
                            ("/key", "read_only"),
                            ("/name", "required"),
                            ("/nonsense", "unknown_field"),
                            ("/scopes/0", "not_one_of"),
                        ],
                    )
                    .except_all(ONCE_ONLY, NO_REHEARSAL),
            ],
        )
        .listed(List {
            fill: fill_keys,
            id: "/id",
            filters: &[("owner", "owner[ne]=0192d3a4-0000-7000-8000-000000000000", "owner=me")],
            condition: r#"{"not":{"field":"owner","op":"eq","value":"0192d3a4-0000-7000-8000-000000000000"}}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/api-keys/{id}",
            Kind::Record,
            vec![
                Op::get().by(|c| &c.rep).at(new_key).everybody(),
                Op::delete().by(|c| &c.rep).at(new_key).everybody().except(Proof::NotAcceptable, EMPTY).except(Proof::Restore, "a key is revoked for good"),
            ],
        ),
    ]
}

fn views() -> Vec<Resource> {
    let at = |w: &World<'_>| Some(w.read(w.enter(&w.admin(), "/api/v1/views", new_view(w))));
    let fill = |w: &World<'_>| {
        for name in ["=1+1", "beta", "beta", "Alpha", "伽马"] {
            let mut view = new_view(w);
            view["name"] = json!(name);
            w.enter(&w.admin(), "/api/v1/views", view);
        }
        "/api/v1/views".to_owned()
    };
    vec![
        Resource::new(
            "/api/v1/views",
            Kind::Collection,
            vec![
                Op::get().everybody(),
                Op::create(new_view).everybody().wrong(
                    || json!({"entity": "order", "name": "", "sharing": "world", "condition": {"field": "amounts", "op": "eq", "value": 1}, "sort": 5, "owner": 1, "nonsense": 1}),
                    &[
                        ("/entity", "not_one_of"),
                        ("/name", "too_short"),
                        ("/nonsense", "unknown_field"),
                        ("/owner", "read_only"),
                        ("/sharing", "not_one_of"),
                        ("/sort", "wrong_type"),
                    ],
                ),
            ],
        )
        .listed(List {
            fill,
            id: "/id",
            filters: &[
                ("entity", "entity=orders", "entity[gt]=orders"),
                ("sharing", "sharing=private,team", "sharing=world"),
                ("owner", "owner[ne]=0192d3a4-0000-7000-8000-000000000000", "owner=me"),
            ],
            condition: r#"{"field":"sharing","op":"eq","value":"private"}"#,
            formula: "name",
        }),
        Resource::new(
            "/api/v1/views/{id}",
            Kind::Record,
            vec![
                Op::get().at(at).everybody(),
                Op::patch(|w| json!({"name": format!("Renamed {}", w.next())})).at(at).everybody().wrong(
                    || json!({"name": null, "sort": "-amont", "columns": ["number", "titel"], "condition": {"field": "amounts", "op": "eq", "value": 1}, "entity": "orders"}),
                    &[
                        ("/columns/1", "not_one_of"),
                        ("/condition/field", "not_one_of"),
                        ("/entity", "read_only"),
                        ("/name", "required"),
                        ("/sort", "not_one_of"),
                    ],
                ),
                Op::delete().at(at).everybody().except(Proof::NotAcceptable, EMPTY).except(Proof::Restore, "a view is deleted for good"),
            ],
        ),
    ]
}
