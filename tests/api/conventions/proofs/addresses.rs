//! What an address answers to: methods, parameters, representations, and what is there.
use std::collections::BTreeSet;

use super::wrong;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::{World, document, nowhere};

pub fn method(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = nowhere(resource, false);
    let mut allowed: BTreeSet<&str> = resource.ops.iter().map(|op| op.method).chain(["OPTIONS"]).collect();
    if allowed.contains("GET") {
        allowed.insert("HEAD");
    }
    let allow = allowed.iter().copied().collect::<Vec<_>>().join(", ");
    let options = w.app.nobody().raw("OPTIONS", &path, "", "").expect(204);
    assert!(options.header("allow") == allow && options.bytes.is_empty(), "{options}");
    // Once for each path is enough.
    if resource.ops.first().is_some_and(|first| first.method == op.method) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"].into_iter().filter(|method| !allowed.contains(method)) {
            for client in [w.app.nobody(), w.admin()] {
                assert_eq!(client.raw(method, &path, "", "").problem(405, "method_not_allowed").header("allow"), allow);
            }
        }
    }
    if op.method == "GET" {
        let path = resource.target(w, op).path;
        let head = w.by(op).head(&path).expect(200);
        assert!(head.bytes.is_empty(), "{head}");
        assert_eq!(head.header("etag"), w.by(op).get(&path).expect(200).header("etag"));
    }
}

pub fn not_acceptable(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    for accept in ["image/png", "application/json;q=0, audio/*"] {
        w.send(&w.by(op).with("accept", accept), op, &path, "", wrong(op).as_ref()).problem(406, "not_acceptable");
    }
}

pub fn unknown_parameter(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    let refused = w.send(&w.by(op), op, &format!("{path}?nonsense=1"), "", wrong(op).as_ref()).problem(400, "unknown_parameter");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("nonsense"), "{refused}");
    let described = &document()["paths"][resource.path][op.method.to_lowercase()]["parameters"];
    let known: Vec<_> = described.as_array().into_iter().flatten().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()).collect();
    assert!(known.iter().all(|name| detail.contains(name)), "{known:?} {refused}");
    assert!(!known.is_empty() || detail.contains("none"), "{refused}");
}

/// 404 comes before version and content, so that neither is asked of what is not there.
pub fn not_found(w: &World<'_>, resource: &Resource, op: &Op) {
    for malformed in [false, true] {
        w.send(&w.by(op), op, &nowhere(resource, malformed), "", wrong(op).as_ref()).problem(404, "not_found");
        w.send(&w.by(op), op, &nowhere(resource, malformed), "\"9999-x\"", wrong(op).as_ref()).problem(404, "not_found");
    }
}
