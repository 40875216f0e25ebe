//! `validate_only`: the same checks, what would be, and nothing stored.
use super::wrong;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::World;

pub fn dry_run(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    let path = format!("{}?validate_only=true", target.path);
    let body = op.body.expect("an operation with a body")(w);
    let (before, seen) = (w.stored(), w.seen(&target.path));
    // A key is of no use to a rehearsal, and is not used up by it. That of an import is a job, too.
    let is_job = op.done == 202;
    let client = if is_job { w.by(op) } else { w.by(op).with("idempotency-key", "rehearsal") };
    let shown = w.send(&client, op, &path, &target.etag, Some(&body)).expect(if op.done == 201 { 200 } else { op.done });
    w.settle(&shown);
    assert!(shown.header("etag").is_empty() && (is_job || shown.header("location").is_empty()), "{shown}");
    if op.done == 201 {
        let records: Vec<_> = shown.body["data"].as_array().map_or_else(|| vec![&shown.body], |rows| rows.iter().map(|row| &row["record"]).collect());
        assert!(records.iter().all(|record| record.is_object() && record.get("id").is_none() && record.get("number").is_none()), "{shown}");
    }
    assert_eq!((w.stored(), w.seen(&target.path)), (before, seen.clone()));
    let refused = w.send(&w.by(op), op, &path, &target.etag, wrong(op).as_ref()).problem(422, "invalid");
    assert_eq!(refused.faults(), op.wrong.as_ref().unwrap().1, "{refused}");
    w.send(&w.by(op), op, &format!("{}?validate_only=maybe", target.path), &target.etag, Some(&body)).problem(400, "bad_parameter");
    assert_eq!((w.stored(), w.seen(&target.path)), (before, seen));
    // What was rehearsed comes to pass.
    let done = w.send(&w.by(op), op, &target.path, &target.etag, Some(&body)).expect(if resource.path.contains("by-external-ref") { 200 } else { op.done });
    w.settle(&done);
    assert!(w.stored().0 > before.0, "an effect without an event: {done}");
}
