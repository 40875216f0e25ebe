//! The examples of the document: what it says may be sent is sent, in a world that has what the examples name, and what is answered is what it shows.
//! `EXAMPLES=write` records the answers anew in `openapi/examples.json`; `make examples` does so.
use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::proof::Kind;
use super::table::{self, Op, Resource};
use super::world::{Target, World, document};
use crate::harness::{self, Answer, TestApp};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/examples.json");

/// Fields of which each caller has others: an example names them, and what is sent has those of the world.
const PARTICULAR: &[&str] = &["email", "password", "current_password", "refresh_token"];
/// Fields that hold whatever was named.
const OPEN: &[&str] = &["params", "changes", "group", "custom", "result", "fields", "condition", "when"];

#[test]
fn what_an_example_says_is_taken_and_answered_so() {
    let (mut recorded, mut faults, mut sent) = (BTreeMap::new(), Vec::new(), 0);
    for resource in table::all() {
        let app = TestApp::on(harness::Kind::Sqlite).unwrap();
        let world = World::new(&app);
        stock(&world);
        for op in &resource.ops {
            let described = &document()["paths"][resource.path][op.method.to_lowercase()];
            let example = described["requestBody"]["content"].as_object().and_then(|all| all.values().next()).map(|media| &media["example"]);
            let media = &described["responses"][op.done.to_string()]["content"]["application/json"];
            let Some(schema) = media["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).or(example.map(|_| "")) else { continue };
            sent += usize::from(example.is_some());
            let answer = perform(&world, &resource, op, example);
            assert_eq!(answer.status, op.done, "{} {}: {answer}", op.method, resource.path);
            if schema.is_empty() {
                continue;
            }
            // One schema tells of many actions and of several settings.
            let name = if resource.kind == Kind::Action || resource.path.contains("/settings/") {
                described["operationId"].as_str().unwrap_or_default()
            } else {
                schema
            };
            let answered = tidied(&answer.body);
            if let Some(place) = difference(&media["example"], &answered, "") {
                faults.push(format!("{} {}: the example of the answer {name} differs at {place}", op.method, resource.path));
            }
            // What a create answers is told before what is read.
            if op.method == "POST" || !recorded.contains_key(name) {
                recorded.insert(name.to_owned(), answered);
            }
        }
    }
    assert!(sent > 50, "{sent} examples were sent");
    #[allow(clippy::disallowed_methods)] // It decides what this test does, and nothing of the program.
    if std::env::var("EXAMPLES").is_ok_and(|word| word == "write") {
        let mut all: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
        all["answers"] = json!(recorded);
        return std::fs::write(FILE, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What the examples name.
fn stock(world: &World<'_>) {
    let product = json!({"sku": "PMK", "name": "Predictive Maintenance Kit", "category": "Service", "unit": "set", "list_price": "3450.00", "currency": "USD"});
    world.admin().post("/api/v1/products", product).expect(201);
    world.rep().post("/api/v1/customers", json!({"name": "Lakeside Precision Ltd", "industry": "machinery", "region": "Overseas"})).expect(201);
}

fn perform(world: &World<'_>, resource: &Resource, op: &Op, example: Option<&Value>) -> Answer {
    let client = if op.public { world.app.nobody() } else { world.by(op) };
    let Target { path, etag } = resource.target(world, op);
    if let (Some(list), "GET") = (&resource.list, op.method) {
        let path = (list.fill)(world);
        let limit = if path.contains("analytics") { "" } else { "?limit=2" };
        return client.get(&format!("{path}{limit}"));
    }
    let etag = if op.method == "GET" { "" } else { &etag };
    let sound = op.body.map(|body| body(world));
    match (example, sound) {
        // A form is no JSON: the table's is sent, and holds the parts that the example shows.
        (Some(_), Some(form @ Value::String(_))) => world.send(&client, op, &path, etag, Some(&form)),
        (Some(example), Some(sound)) => world.send(&client, op, &path, etag, Some(&settled(example, &sound))),
        (_, sound) => world.send(&client, op, &path, etag, sound.as_ref()),
    }
}

/// An example with the ids, addresses and secrets of the world in place of its own.
fn settled(example: &Value, sound: &Value) -> Value {
    fn settle(value: &Value, sound: &Value, name: &str) -> Value {
        match value {
            Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), settle(value, &sound[name], name))).collect()),
            Value::Array(items) => Value::Array(items.iter().enumerate().map(|(i, value)| settle(value, &sound[i], name)).collect()),
            Value::String(text) if !sound.is_null() && (PARTICULAR.contains(&name) || ids().is_match(text)) => sound.clone(),
            value => value.clone(),
        }
    }
    settle(example, sound, "")
}

fn ids() -> Regex {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap()
}

/// An answer with other ids and secrets, the same at each recording, and with at most two of many.
fn tidied(body: &Value) -> Value {
    fn shorten(value: &mut Value, name: &str) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| shorten(value, name)),
            Value::Array(items) => {
                items.truncate(if name == "rules" || name == "columns" { 4 } else { 2 });
                items.iter_mut().for_each(|value| shorten(value, name));
            }
            Value::String(text) => {
                // The key of a group is no secret.
                let is_secret = name != "key" || text.starts_with("io_");
                if let Some((_, shown)) = SECRETS.iter().find(|(secret, _)| *secret == name && is_secret) {
                    *text = (*shown).to_owned();
                }
            }
            _ => {}
        }
    }
    const SECRETS: &[(&str, &str)] = &[
        ("access_token", "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"),
        ("refresh_token", "W5mY1c0uJw3Xb7o2hS6tQ9rK4eN8vL0a"),
        ("key", "io_7Qd2mX9sB4vT1nK8wZ5yR3cJ6hL0pF"),
        ("prefix", "io_7Qd2mX9s"),
        ("next_cursor", "eyJhZnRlciI6IjAxOWFiMWY0In0"),
        ("request_id", "019ab1f47a8e7cc38d2e5f0a3b1c2d4e"),
    ];
    let mut body = body.clone();
    shorten(&mut body, "");
    let mut known: Vec<String> = Vec::new();
    let text = body.to_string();
    let text = ids().replace_all(&text, |found: &regex::Captures<'_>| {
        let place = known.iter().position(|id| *id == found[0]).unwrap_or_else(|| {
            known.push(found[0].to_owned());
            known.len() - 1
        });
        format!("019ab1f4-7a8e-7cc3-8d2e-{:012x}", place + 1)
    });
    serde_json::from_str(&text.replace("\"=1+1\"", "\"Spring refit\"")).unwrap()
}

/// Where two answers have not the same fields, or not the same types.
fn difference(example: &Value, answered: &Value, place: &str) -> Option<String> {
    match (example, answered) {
        (Value::Null, _) | (_, Value::Null) => (place.is_empty() && example != answered).then(|| "its whole".to_owned()),
        (Value::Object(a), Value::Object(b)) => {
            let names = |fields: &Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            // Deeper down one schema has several variants; that each is of its schema is held at every answer.
            if place.is_empty() && names(a) != names(b) {
                return Some(format!("{place}: {:?} and {:?}", names(a), names(b)));
            }
            a.iter().filter(|(name, _)| !OPEN.contains(&name.as_str())).find_map(|(name, value)| difference(value, b.get(name)?, &format!("{place}/{name}")))
        }
        (Value::Array(a), Value::Array(b)) => a.first().zip(b.first()).and_then(|(a, b)| difference(a, b, &format!("{place}/0"))),
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => None,
        _ => Some(format!("{place}: {example} and {answered}")),
    }
}
