//! The document: what is committed is what the code says, and every operation says what every operation must.
use std::collections::BTreeSet;

use intent_orders::app;
use intent_orders::customers::dto::CustomerImport;
use intent_orders::identity::Permission;
use intent_orders::identity::users::dto::UserImport;
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::platform::problem::{LABELS, Labels};
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

#[test]
fn every_body_has_an_example() {
    let document = app::document(SERVER);
    let mut faults = Vec::new();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().into_iter().flatten().map(|(status, response)| (status.clone(), response));
        for (what, body) in responses.chain(operation.get("requestBody").map(|body| ("the request".to_owned(), body))) {
            for (media_type, media) in body["content"].as_object().into_iter().flatten() {
                if matches!(media_type.as_str(), "application/json" | "application/merge-patch+json" | "multipart/form-data") && media.get("example").is_none()
                {
                    faults.push(format!("{name}: {what}: {}", media["schema"]["$ref"]));
                }
            }
        }
    }
    assert!(faults.is_empty(), "write the request into openapi/examples.json, then run `make examples`:\n{}", faults.join("\n"));
}

#[test]
fn every_text_number_and_array_has_its_limits() {
    fn walk(schema: &Value, place: &str, faults: &mut Vec<String>) {
        let is = |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.iter().any(|t| t == kind));
        let has = |names: &[&str]| names.iter().all(|name| schema.get(name).is_some());
        let closed = has(&["enum"]) || has(&["const"]);
        if is("string") && !closed && !(has(&["maxLength"]) && (has(&["pattern"]) || has(&["format"]))) {
            faults.push(format!("{place}: a text without maxLength, or without pattern and format"));
        }
        if (is("integer") || is("number")) && !is("string") && !closed && !has(&["minimum", "maximum"]) {
            faults.push(format!("{place}: a number without minimum and maximum"));
        }
        if is("array") && !has(&["maxItems"]) {
            faults.push(format!("{place}: an array without maxItems"));
        }
        match schema {
            Value::Object(fields) => {
                let inner = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "examples" | "default" | "enum"));
                inner.for_each(|(name, value)| walk(value, &format!("{place}/{name}"), faults));
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| walk(value, &format!("{place}/{i}"), faults)),
            _ => {}
        }
    }
    let document = app::document(SERVER);
    let mut faults = Vec::new();
    walk(&document["components"]["schemas"], "", &mut faults);
    walk(&document["components"]["headers"], "headers", &mut faults);
    for (name, operation) in operations(&document) {
        walk(operation, &name, &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_create_leads_to_what_it_made() {
    let document = app::document(SERVER);
    let links = &document["paths"]["/api/v1/orders"]["post"]["responses"]["201"]["links"];
    for id in ["orders_get", "orders_update", "orders_submit", "orders_win", "orders_history"] {
        assert_eq!(links[id]["operationId"], id);
        assert_eq!(links[id]["parameters"]["id"], "$response.body#/id");
    }
    assert_eq!(links["orders_submit"]["parameters"]["If-Match"], "$response.header.ETag");
    let known: BTreeSet<_> = operations(&document).filter_map(|(_, operation)| operation["operationId"].as_str()).collect();
    let (mut count, mut faults) = (0, Vec::new());
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().into_iter().flatten();
        for (_, link) in responses.filter_map(|(_, response)| response["links"].as_object()).flatten() {
            count += 1;
            if !known.contains(link["operationId"].as_str().unwrap_or_default()) {
                faults.push(format!("{name}: {link}"));
            }
        }
        // A record that is made and can be read leads to it.
        let created = ["201", "202"].iter().find_map(|status| operation["responses"].get(*status)).unwrap_or(&Value::Null);
        let reads = format!("{}/{{id}}", name.trim_start_matches("post "));
        if name.starts_with("post ") && document["paths"][&reads].get("get").is_some() && created["links"].as_object().is_none_or(|all| all.is_empty()) {
            faults.push(format!("{name}: leads nowhere"));
        }
    }
    assert!(faults.is_empty() && count > 40, "{count} {}", faults.join("\n"));
}

/// Every field of a schema, by its name and that of the field which it stands in.
fn fields(schema: &Value, within: &str, document: &Value, above: &[&str], found: &mut BTreeSet<(String, String)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        // A condition holds conditions.
        if !above.contains(&reference) {
            let target = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
            fields(target, within, document, &[above, &[reference]].concat(), found);
        }
        return;
    }
    for variant in ["oneOf", "anyOf", "allOf"].iter().filter_map(|name| schema[name].as_array()).flatten() {
        fields(variant, within, document, above, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        found.insert((within.to_owned(), name.clone()));
        fields(field, name, document, above, found);
    }
    if let Some(items) = schema.get("items") {
        fields(items, within, document, above, found);
    }
}

#[test]
fn every_field_that_is_sent_has_a_label() {
    let document = app::document(SERVER);
    let mut sent = BTreeSet::new();
    for (_, operation) in operations(&document) {
        for (_, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            fields(&media["schema"], "", &document, &[], &mut sent);
        }
    }
    let imported = [OrderImport::FIELDS, CustomerImport::FIELDS, UserImport::FIELDS].concat();
    sent.extend(imported.into_iter().map(|name| (String::new(), name.to_owned())));
    let nameless: Vec<_> = sent.iter().filter(|(within, name)| Labels::of(within, name).is_none()).collect();
    assert!(nameless.is_empty() && sent.len() > 120, "without a label in src/platform/problem/labels.rs: {nameless:?}");
    let met = |label: &str| match label.split_once('/') {
        Some((within, name)) => sent.contains(&(within.to_owned(), name.to_owned())),
        None => sent.iter().any(|(_, name)| name == label),
    };
    let idle: Vec<_> = LABELS.iter().map(|(label, _)| *label).filter(|label| !met(label)).collect();
    assert!(idle.is_empty(), "labels of nothing that is sent: {idle:?}");
}
