//! What is sent: its media type, its size, its form, its fields, and all its faults at once.
use serde_json::{Value, json};

use super::wrong;
use crate::conventions::table::{Op, Resource};
use crate::conventions::world::{World, document};

pub fn media_type(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    for sent in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        let refused = w.send_bytes(&w.by(op), op, &target.path, &target.etag, sent, "{}").problem(415, "unsupported_media_type");
        let patches = if op.method == "PATCH" { "application/json, application/merge-patch+json" } else { "" };
        assert_eq!(refused.header("accept-patch"), patches);
    }
    // A merge patch is for PATCH alone.
    if op.method != "PATCH" {
        w.send_bytes(&w.by(op), op, &target.path, &target.etag, "application/merge-patch+json", "{}").problem(415, "unsupported_media_type");
    } else {
        let body = op.body.expect("a patch has a body")(w).to_string();
        w.send_bytes(&w.by(op), op, &format!("{}?validate_only=true", target.path), &target.etag, "application/json; charset=utf-8", body).expect(200);
    }
}

pub fn too_large(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    let body = json!({"x": "x".repeat(1 << 20)}).to_string();
    w.send_bytes(&w.by(op), op, &target.path, &target.etag, op.media_type, body).problem(413, "too_large");
}

pub fn malformed(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    for body in ["{", "{\"a\": 1, \"a\": 2}", "{} {}", "\u{feff}{}", "{\"a\": \"\\ud800\"}"] {
        w.send_bytes(&w.by(op), op, &target.path, &target.etag, op.media_type, body).problem(400, "malformed_json");
    }
    // What is JSON but no object has no field to speak of.
    assert_eq!(w.send_bytes(&w.by(op), op, &target.path, &target.etag, op.media_type, "[]").problem(422, "invalid").faults(), [("", "wrong_type")]);
}

pub fn unknown_field(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    let mut body = op.body.expect("an operation with a body")(w);
    body["nonsense"] = json!(null);
    // The longest name with one letter too many, if there is a name at all.
    let known = fields(resource, op).into_iter().max_by_key(|name| name.len());
    let typo = known.as_ref().map(|known| format!("{known}x"));
    let mut expected = vec![("/nonsense".to_owned(), "unknown_field".to_owned())];
    if let Some(typo) = &typo {
        body[typo] = json!(null);
        expected.push((format!("/{typo}"), "unknown_field".into()));
    }
    expected.sort();
    let refused = w.send(&w.by(op), op, &target.path, &target.etag, Some(&body)).problem(422, "invalid");
    let faults: Vec<_> = refused.faults().into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
    assert_eq!(faults, expected, "{refused}");
    let suggestion = |at: &str| refused.body["errors"].as_array().unwrap().iter().find(|f| f["pointer"] == at).map(|f| f["suggestion"].clone());
    if let (Some(known), Some(typo)) = (known, typo) {
        assert_eq!(suggestion(&format!("/{typo}")), Some(json!(known)), "{refused}");
    }
}

/// The names that a body may have, as the document says.
fn fields(resource: &Resource, op: &Op) -> Vec<String> {
    let content = &document()["paths"][resource.path][op.method.to_lowercase()]["requestBody"]["content"];
    let schema = content.as_object().and_then(|all| all.values().next()).map(|media| &media["schema"]).unwrap_or(&Value::Null);
    let schema = schema["$ref"].as_str().and_then(|target| document().pointer(target.trim_start_matches('#'))).unwrap_or(schema);
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

pub fn faults(w: &World<'_>, resource: &Resource, op: &Op) {
    let target = resource.target(w, op);
    let (_, expected) = op.wrong.as_ref().expect("nothing is stated to be wrong with a body");
    let before = w.stored();
    let refused = w.send(&w.by(op), op, &target.path, &target.etag, wrong(op).as_ref()).problem(422, "invalid");
    assert_eq!(refused.faults(), *expected, "{refused}");
    assert!(refused.body["errors"].as_array().unwrap().iter().all(|fault| !fault["detail"].as_str().unwrap_or_default().is_empty()), "{refused}");
    assert_eq!(w.stored(), before);
    let chinese = w.send(&w.by(op).with("accept-language", "zh-CN"), op, &target.path, &target.etag, wrong(op).as_ref()).problem(422, "invalid");
    assert_eq!((chinese.faults(), chinese.header("content-language")), (expected.to_vec(), "zh-CN"));
}
