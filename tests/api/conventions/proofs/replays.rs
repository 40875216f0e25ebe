//! Idempotency-Key: one effect and one answer, each caller for itself, for a day; refusals are not kept.
use super::wrong;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::World;
use crate::harness::Answer;

fn same(first: &Answer, again: &Answer) {
    let told = |answer: &Answer| (answer.status, answer.text.clone(), answer.header("location").to_owned(), answer.header("etag").to_owned());
    assert_eq!(told(first), told(again));
    assert!(first.header("idempotent-replayed").is_empty() && again.header("idempotent-replayed") == "true", "{first} {again}");
}

pub fn replay(w: &World<'_>, resource: &Resource, op: &Op) {
    let (target, key) = (resource.target(w, op), format!("key-{}", w.next()));
    let body = op.body.map(|body| body(w));
    let send = || w.send(&w.by(op).with("idempotency-key", &key), op, &target.path, &target.etag, body.as_ref());
    // A refusal is not kept: the same key works once the fault is mended.
    w.send(&w.by(op).with("idempotency-key", &key), op, &target.path, &target.etag, wrong(op).as_ref()).problem(422, "invalid");
    let first = send().expect(op.done);
    w.settle(&first);
    let before = w.stored();
    same(&first, &send());
    assert_eq!(w.stored(), before, "two effects of one key");
    // The same request of somebody else is another request.
    let another = w.send(&w.app.as_(&w.other).with("idempotency-key", &key), op, &target.path, &target.etag, body.as_ref());
    assert!(another.header("idempotent-replayed").is_empty(), "{another}");
    assert_eq!(w.stored().1, before.1 + i64::from(another.status < 400), "an answer that is not kept for whom it was given to");
    w.settle(&another);
    // To the second: a day.
    let after = w.stored();
    w.app.advance(86_399);
    same(&first, &send());
    w.app.advance(1);
    let anew = send();
    assert!(anew.header("idempotent-replayed").is_empty(), "{anew}");
    w.settle(&anew);
    let is_another = anew.status == 202 && anew.header("location") != first.header("location");
    let refused = anew.status >= 400 || anew.status == 207 && anew.body["data"].as_array().unwrap().iter().all(|row| row["status"].as_i64() >= Some(400));
    assert!(refused || op.repeats || is_another || w.stored().0 > after.0, "neither a second effect nor a refusal: {anew}");
}

pub fn key_reused(w: &World<'_>, resource: &Resource, op: &Op) {
    let (target, key) = (resource.target(w, op), format!("key-{}", w.next()));
    let body = op.body.map(|body| body(w));
    let client = w.by(op).with("idempotency-key", &key);
    w.settle(&w.send(&client, op, &target.path, &target.etag, body.as_ref()).expect(op.done));
    let before = w.stored();
    // Looked up before version and content: neither is spoken of. A form is known by its parts, and has to have them.
    let other = if body.as_ref().is_some_and(|body| body.is_string()) { op.body.map(|body| body(w)) } else { wrong(op) };
    w.send(&client, op, &target.path, &target.etag, other.as_ref()).problem(422, "key_reused");
    w.send(&client, op, &target.path, "\"9999\"", other.as_ref()).problem(422, "key_reused");
    for bad in ["", "a b", "schlüssel", &"x".repeat(256)] {
        w.send(&w.by(op).with("idempotency-key", bad), op, &target.path, &target.etag, body.as_ref()).problem(400, "malformed_request");
    }
    assert_eq!(w.stored(), before);
}
