//! Who asks, and whether the role may: before anything else.
use super::wrong;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::{World, nowhere};

pub fn unauthenticated(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    for path in [path.clone(), format!("{path}?nonsense=1"), nowhere(resource, false)] {
        let refused = w.send(&w.app.nobody(), op, &path, "", wrong(op).as_ref()).problem(401, "missing_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"intent-orders\"");
    }
    for token in ["junk", "io_junk", "eyJhbGciOiJub25lIn0.e30."] {
        let refused = w.send(&w.app.with_token(token), op, &path, "", wrong(op).as_ref()).problem(401, "invalid_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"intent-orders\", error=\"invalid_token\"");
    }
    w.send(&w.app.nobody().with("authorization", "Basic YWRtaW46YWRtaW4="), op, &path, "", None).problem(401, "invalid_token");
}

pub fn role(w: &World<'_>, resource: &Resource, op: &Op) {
    let refused = op.refused.expect("nobody is stated whose role may not");
    let client = w.app.as_(refused(w.app.cast));
    // Nothing is looked at before: neither whether it is there, nor parameters, nor the body.
    let there = resource.target(w, op).path;
    let answers = [there.clone(), nowhere(resource, false), nowhere(resource, true), format!("{there}?nonsense=1")].map(|path| {
        let mut body = w.send(&client, op, &path, "", wrong(op).as_ref()).problem(403, "role").body;
        body["instance"].take();
        body["request_id"].take();
        body
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}
