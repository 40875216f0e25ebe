//! One record: its tag, its body, its archive.
use serde_json::Value;

use crate::conventions::table::{Op, Resource};
use crate::conventions::world::World;

pub fn not_modified(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    let read = w.by(op).get(&path).expect(200);
    let tag = read.etag();
    let hash = tag.trim_matches('"');
    let (version, _) = hash.split_once('-').expect("a version and a hash");
    assert!(version.parse::<i64>().is_ok(), "{tag}");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"{hash}-gzip\""), format!("W/\"{hash}-br\""), format!("\"x\", {tag}"), "*".into()] {
        for method in ["GET", "HEAD"] {
            let answer = w.by(op).with("if-none-match", &known).raw(method, &path, "", "").expect(304);
            assert!(answer.bytes.is_empty() && !answer.etag().is_empty(), "{answer}");
        }
    }
    for other in [format!("\"{version}\""), format!("\"{version}-0000000000000000\""), "\"x\"".into()] {
        assert_eq!(w.by(op).with("if-none-match", &other).get(&path).expect(200).text, read.text);
    }
}

pub fn read_back(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    let created = w.by(op).post(&path, op.body.expect("a create has a body")(w)).expect(op.done);
    let location = created.header("location");
    assert_eq!(location, format!("{path}/{}", created.id()));
    let read = w.by(op).get(location).expect(200);
    let is_told_once = created.body.get("key").is_some();
    if is_told_once {
        let mut rest = created.body.clone();
        rest.as_object_mut().unwrap().remove("key");
        assert_eq!((rest, created.header("cache-control")), (read.body, "no-store"));
    } else {
        assert_eq!((&created.text, created.etag()), (&read.text, read.etag()));
    }
}

/// The list of a record, and whether a record is in it.
fn is_listed(w: &World<'_>, op: &Op, path: &str, query: &str) -> bool {
    let (list, id) = path.rsplit_once('/').unwrap();
    // An administrator sees all that others made; of keys all see their own alone.
    let client = if list.ends_with("/api-keys") { w.by(op) } else { w.admin() };
    let page = client.get(&format!("{list}?limit=200{query}")).expect(200);
    page.body["data"].as_array().unwrap().iter().any(|row| row["id"] == id)
}

pub fn archive(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = resource.target(w, op).path;
    assert!(is_listed(w, op, &path, ""));
    w.by(op).delete(&path, "*").expect(204);
    w.by(op).get(&path).problem(404, "not_found");
    w.by(op).delete(&path, "*").problem(404, "not_found");
    assert!(!is_listed(w, op, &path, ""), "{path} is away and is listed");
    if resource.ops.iter().any(|op| op.method == "PATCH") {
        w.by(op).patch(&path, serde_json::json!({}), "*").problem(404, "not_found");
    }
    let knows = crate::conventions::world::document()["paths"][resource.path]["get"]["parameters"].to_string().contains("include_archived");
    assert!(knows || op.excepted(crate::conventions::proof::Proof::Restore).is_some(), "nobody could see what there is to restore");
    if knows {
        w.by(op).get(&format!("{path}?include_archived=true")).expect(200);
        w.by(op).get(&format!("{path}?include_archived=perhaps")).problem(400, "bad_parameter");
        assert!(is_listed(w, op, &path, "&include_archived=true"), "{path} is archived and cannot be found");
    }
}

pub fn restore(w: &World<'_>, resource: &Resource, op: &Op) {
    let (collection, body) = resource.unique.expect("nothing is stated to be unique");
    let n = w.next();
    let first = w.enter(&w.admin(), collection, body(w, n));
    let before = w.admin().get(&first).expect(200);
    w.admin().post(collection, body(w, n)).problem(409, "duplicate");
    w.admin().delete(&first, before.etag()).expect(204);
    // What it held is free, so that it cannot come back while another holds it.
    let second = w.enter(&w.admin(), collection, body(w, n));
    w.admin().action(&format!("{first}/restore"), Value::Null, "*").problem(409, "duplicate");
    w.admin().get(&first).problem(404, "not_found");
    w.admin().delete(&second, "*").expect(204);
    let back = w.admin().action(&format!("{first}/restore"), Value::Null, "*").expect(200);
    let read = w.admin().get(&first).expect(200);
    assert_eq!((&read.text, read.etag()), (&back.text, back.etag()));
    let unchanging = |mut body: Value| {
        for field in ["version", "updated_at"] {
            body[field].take();
        }
        body
    };
    assert_eq!(unchanging(read.body), unchanging(before.body));
    assert!(is_listed(w, op, &first, ""));
    // A second time it changes nothing.
    assert_eq!(w.admin().action(&format!("{first}/restore"), Value::Null, "*").expect(200).text, back.text);
}
