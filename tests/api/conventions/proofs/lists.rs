//! Lists and the feed: walked whole under every sort, cursors that belong to one question of one caller, filters that are read.
use std::collections::BTreeSet;

use serde_json::Value;

use crate::conventions::proof::Kind;
use crate::conventions::table::{List, Op, Resource};
use crate::conventions::world::{World, document};
use crate::harness::{Answer, Client};

/// What stands in a list's parameters besides its filters.
const COMMON: [&str; 12] = ["filter", "tz", "view", "sort", "limit", "cursor", "include_total", "include_archived", "columns", "raw", "bom", "after"];

fn list(resource: &Resource) -> &List {
    resource.list.as_ref().expect("it is not stated how it is walked")
}
fn with(path: &str, query: &str) -> String {
    format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })
}
fn rows<'a>(page: &'a Answer, list: &List) -> Vec<&'a str> {
    page.body["data"].as_array().unwrap().iter().map(|row| row.pointer(list.id).and_then(Value::as_str).unwrap()).collect()
}
/// The parameter under which a list, or the feed, goes on.
fn goes_on(resource: &Resource) -> &'static str {
    if resource.kind == Kind::Feed { "after" } else { "cursor" }
}

fn walked(client: &Client<'_>, resource: &Resource, path: &str, query: &str) -> Vec<String> {
    let (mut all, mut place) = (Vec::new(), String::new());
    loop {
        let page = client.get(&with(path, &format!("limit=2{query}{place}"))).expect(200);
        let found = rows(&page, list(resource));
        all.extend(found.iter().map(|id| (*id).to_owned()));
        let has_more = page.body["page"]["has_more"] == true;
        assert!(found.len() == 2 || !has_more, "{page}");
        if !has_more {
            assert!(page.header("link").is_empty(), "{page}");
            assert!(resource.kind == Kind::Feed || page.body["page"]["next_cursor"].is_null(), "{page}");
            return all;
        }
        let next = page.body["page"]["next_cursor"].as_str().unwrap();
        let link = page.header("link");
        assert!(link.starts_with("<https://orders.example.com/api/v1/") && link.contains(next) && link.ends_with(">; rel=\"next\""), "{page}");
        // The link itself leads to the same page.
        let by_link = client.get(&link[1..].split_once('>').unwrap().0.replace("https://orders.example.com", "")).expect(200);
        place = format!("&{}={next}", goes_on(resource));
        assert_eq!(by_link.text, client.get(&with(path, &format!("limit=2{query}{place}"))).text);
    }
}

pub fn walk(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = (list(resource).fill)(w);
    let parameters = &document()["paths"][resource.path]["get"]["parameters"];
    let sorts =
        parameters.as_array().unwrap().iter().find(|p| p["name"] == "sort").map(|p| p["schema"]["enum"].as_array().unwrap().clone()).unwrap_or_default();
    assert!(resource.kind == Kind::Feed || sorts.len() > 1, "a list without sorts");
    let queries: Vec<String> = sorts.iter().map(|sort| format!("&sort={}", sort.as_str().unwrap())).chain([String::new()]).collect();
    let mut sets = BTreeSet::new();
    for query in queries {
        let ids = walked(&w.by(op), resource, &path, &query);
        let whole = w.by(op).get(&with(&path, &format!("limit=200{query}"))).expect(200);
        assert_eq!(ids, rows(&whole, list(resource)), "{query}");
        let set: BTreeSet<String> = ids.iter().cloned().collect();
        assert!(set.len() == ids.len() && ids.len() >= 5, "{} rows, {} of them different", ids.len(), set.len());
        sets.insert(set);
    }
    assert_eq!(sets.len(), 1, "the rows depend on the sort");
    for limit in ["0", "201", "-1", "x", "", "2.0"] {
        w.by(op).get(&with(&path, &format!("limit={limit}"))).problem(400, "bad_parameter");
    }
    if resource.kind == Kind::Collection {
        w.by(op).get(&with(&path, "sort=nonsense")).problem(400, "bad_parameter");
        let count = sets.first().map_or(0, BTreeSet::len);
        let page = w.by(op).get(&with(&path, "limit=1&include_total=true")).expect(200);
        assert_eq!(page.body["page"]["total"], count);
        assert!(w.by(op).get(&with(&path, "limit=1")).expect(200).body["page"].get("total").is_none());
        w.by(op).get(&with(&path, "include_total=1")).problem(400, "bad_parameter");
    }
}

pub fn cursor(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = (list(resource).fill)(w);
    let page = w.by(op).get(&with(&path, "limit=2")).expect(200);
    let cursor = page.body["page"]["next_cursor"].as_str().unwrap();
    let name = goes_on(resource);
    let at = |query: &str| with(&path, &format!("{name}={cursor}{query}"));
    w.by(op).get(&at("")).expect(200);
    // How many rows a page has is not part of the question.
    w.by(op).get(&at("&limit=3")).expect(200);
    w.app.as_(&w.other).get(&at("")).problem(400, "bad_cursor");
    for position in [0, cursor.len() / 2, cursor.len() - 2] {
        let mut tampered = cursor.as_bytes().to_vec();
        tampered[position] = if tampered[position] == b'A' { b'B' } else { b'A' };
        w.by(op).get(&with(&path, &format!("{name}={}", String::from_utf8(tampered).unwrap()))).problem(400, "bad_cursor");
    }
    for junk in ["", "x", "AAAA", &cursor[1..], &format!("{cursor}AAAA")] {
        w.by(op).get(&with(&path, &format!("{name}={junk}"))).problem(400, "bad_cursor");
    }
    let parameters = document()["paths"][resource.path]["get"]["parameters"].as_array().unwrap();
    let sorts = parameters.iter().find(|p| p["name"] == "sort");
    if let Some(sort) = sorts {
        let default = sort["schema"]["default"].as_str().unwrap();
        w.by(op).get(&at(&format!("&sort={default}"))).expect(200);
        for other in sort["schema"]["enum"].as_array().unwrap().iter().filter_map(Value::as_str).filter(|other| *other != default) {
            w.by(op).get(&at(&format!("&sort={other}"))).problem(400, "bad_cursor");
        }
    }
    for (_, sound, _) in list(resource).filters.iter().take(3) {
        w.by(op).get(&at(&format!("&{sound}"))).problem(400, "bad_cursor");
    }
}

pub fn filters(w: &World<'_>, resource: &Resource, op: &Op) {
    let list = list(resource);
    let target = resource.target(w, op).path;
    let parameters = document()["paths"][resource.path]["get"]["parameters"].as_array().unwrap();
    let documented: BTreeSet<&str> =
        parameters.iter().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()).filter(|name| !COMMON.contains(name)).collect();
    assert_eq!(documented, list.filters.iter().map(|(name, ..)| *name).collect(), "the table and the document name other filters");
    for (name, sound, unsound) in list.filters {
        assert!([sound, unsound].iter().all(|query| query.starts_with(name)), "{name}");
        w.by(op).get(&with(&target, sound)).expect(200);
        w.by(op).get(&with(&target, unsound)).problem(400, "bad_parameter");
    }
    if resource.kind == Kind::Feed {
        return;
    }
    let condition = |text: &str| {
        with(&target, &format!("filter={}", text.replace('"', "%22").replace('{', "%7B").replace('}', "%7D").replace('[', "%5B").replace(']', "%5D")))
    };
    w.by(op).get(&condition(list.condition)).expect(200);
    for unsound in ["{", "5", r#"{"field":"nonsense","op":"eq","value":1}"#, r#"{"all":5}"#, r#"{"nonsense":[]}"#] {
        w.by(op).get(&condition(unsound)).problem(400, "bad_parameter");
    }
    let faults = w.by(op).get(&condition(r#"{"any":[{"field":"nonsense","op":"eq","value":1},{"not":5}]}"#)).problem(400, "bad_parameter");
    assert_eq!(faults.faults().iter().map(|(at, _)| *at).collect::<Vec<_>>(), ["/any/0/field", "/any/1/not"], "{faults}");
}
