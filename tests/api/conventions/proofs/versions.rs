//! If-Match: missing, stale, and in every form in which a tag comes back.
use super::wrong;
use crate::conventions::proof::Kind;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::World;

pub fn if_match(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    let (before, seen) = (w.stored(), w.seen(&target.path));
    w.send(&w.by(op), op, &target.path, "", wrong(op).as_ref()).problem(428, "if_match_required");
    let sound = op.body.map(|body| body(w));
    w.send(&w.by(op), op, &target.path, "", sound.as_ref()).problem(428, "if_match_required");
    assert_eq!((w.stored(), w.seen(&target.path)), (before, seen));
}

pub fn stale(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    assert!(!target.etag.is_empty(), "a versioned record without a tag");
    let version = version(&target.etag);
    let (before, seen) = (w.stored(), w.seen(&target.path));
    let sound = op.body.map(|body| body(w));
    for tag in [format!("\"{}\"", version + 1), format!("W/\"{}-abc-gzip\"", version + 1), "\"0-abc\", \"9999\"".to_owned()] {
        for body in [wrong(op), sound.clone()] {
            let refused = w.send(&w.by(op), op, &target.path, &tag, body.as_ref()).problem(412, "stale");
            assert!(refused.body["detail"].as_str().unwrap().contains(&version.to_string()), "{refused}");
        }
    }
    for tag in ["5", "\"x\"", "nonsense"] {
        w.send(&w.by(op), op, &target.path, tag, sound.as_ref()).problem(400, "malformed_request");
    }
    assert_eq!((w.stored(), w.seen(&target.path)), (before, seen));
    // Each form is taken: in a rehearsal, or by a record of its own where there is none.
    let forms: [fn(&str, i64) -> String; 5] = [
        |tag, _| tag.to_owned(),
        |_, _| "*".to_owned(),
        |_, version| format!("\"{version}\""),
        |_, version| format!("W/\"{version}-x-gzip\""),
        |tag, _| format!("\"9999-x\", W/{tag}"),
    ];
    for form in forms {
        if op.method == "DELETE" {
            let target = resource.target(w, op);
            w.send(&w.by(op), op, &target.path, &form(&target.etag, self::version(&target.etag)), None).expect(op.done);
        } else {
            let body = op.body.map(|body| body(w));
            w.send(&w.by(op), op, &format!("{}?validate_only=true", target.path), &form(&target.etag, version), body.as_ref()).expect(200);
        }
    }
    // And it decides: once another has changed the record, the tag that was read is stale.
    if op.method != "DELETE" {
        let body = op.body.map(|body| body(w));
        w.send(&w.by(op), op, &target.path, &target.etag, body.as_ref()).expect(op.done);
        // An action may have left it to somebody else: an administrator may act on it all the same.
        let another = if resource.kind == Kind::Action { w.app.as_(&w.other) } else { w.by(op) };
        let late = w.send(&another, op, &target.path, &target.etag, op.body.map(|body| body(w)).as_ref());
        if op.repeats { drop(late.expect(op.done)) } else { drop(late.problem(412, "stale")) }
    }
}

/// The version in a tag.
fn version(etag: &str) -> i64 {
    etag.trim_matches('"').split('-').next().unwrap().parse().unwrap()
}
