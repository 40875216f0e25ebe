//! The document: what is committed is what the code says, and every operation says what every operation must.
use std::collections::BTreeSet;

use intent_orders::app;
use intent_orders::identity::Permission;
use serde_json::Value;

const SERVER: &str = "http://127.0.0.1:8080";

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let items = document["paths"].as_object().into_iter().flatten();
    items.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, operation)| (format!("{method} {path}"), operation)))
}

#[test]
fn the_committed_document_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
    assert!(committed == app::document(SERVER), "openapi/openapi.json is not what the code says; run `make openapi` and look at the difference");
}

#[test]
fn every_operation_says_who_may_and_what_it_does() {
    let document = app::document(SERVER);
    let tags: BTreeSet<_> = document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        let permission = operation["x-permission"].as_str().unwrap_or_default();
        if !ids.insert(id) || !id.starts_with(&format!("{tag}_")) {
            faults.push(format!("{name}: the id {id} is not its own, or does not begin with its tag"));
        }
        if operation["tags"].as_array().is_none_or(|all| all.len() != 1) || !tags.contains(tag) {
            faults.push(format!("{name}: the tag {tag} is not in the head of the document"));
        }
        if !operation["summary"].as_str().is_some_and(|text| text.len() > 10 && !text.contains('\n')) {
            faults.push(format!("{name}: no summary in one line"));
        }
        if !matches!(permission, "public" | "authenticated") && Permission::parse(permission).is_none() {
            faults.push(format!("{name}: no permission {permission}"));
        }
        if (permission == "public") == operation["security"].is_array() {
            faults.push(format!("{name}: the security does not go with {permission}"));
        }
        if !operation["responses"].as_object().is_some_and(|all| all.keys().any(|status| status.starts_with(['2', '3']))) {
            faults.push(format!("{name}: no answer for when all is well"));
        }
    }
    assert!(faults.is_empty() && ids.len() > 5, "{}", faults.join("\n"));
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value, lost: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str)
                    && target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none()
                {
                    lost.insert(target.to_owned());
                }
                fields.values().for_each(|value| walk(value, document, lost));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, document, lost)),
            _ => {}
        }
    }
    let document = app::document(SERVER);
    let mut lost = BTreeSet::new();
    walk(&document, &document, &mut lost);
    assert!(lost.is_empty(), "{lost:?}");
}
