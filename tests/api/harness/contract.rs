//! Holds answers against the document: the status is stated for the operation, the body is of its schema, and holds nothing that the schema does not name; the code
//! of a refusal is among those that are stated.
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use intent_orders::app;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// What was answered, as far as the document speaks of it.
pub struct Seen<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub content_type: &'a str,
    pub location: &'a str,
    /// None where a body cannot be read here, or there is none.
    pub body: Option<&'a Value>,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::of(&app::document("https://orders.example.com")));

/// What is wrong with an answer; none where nothing is.
pub fn fault(seen: &Seen<'_>) -> Option<String> {
    CONTRACT.fault(seen)
}

pub struct Contract {
    document: Value,
    /// The schemas, closed against fields that they do not name.
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    pub fn of(document: &Value) -> Self {
        let mut components = document["components"]["schemas"].clone();
        let mut open = BTreeSet::new();
        parts(&components, &mut open);
        for (name, schema) in components.as_object_mut().into_iter().flatten() {
            if !open.contains(name) {
                close(schema, false);
            }
        }
        Self { document: document.clone(), components, validators: Mutex::default() }
    }

    pub fn fault(&self, seen: &Seen<'_>) -> Option<String> {
        let Some(item) = self.item(seen.path) else {
            // Pages, and what is nowhere.
            return None;
        };
        let method = if seen.method == "HEAD" { "get".into() } else { seen.method.to_lowercase() };
        let Some(operation) = item.get(&method) else {
            return (!matches!(seen.status, 204 | 405) && seen.status < 400).then(|| format!("{method} is not described, and answers {}", seen.status));
        };
        let Some(response) = operation["responses"].get(seen.status.to_string()) else {
            return Some(format!("{} does not answer {}", operation["operationId"], seen.status));
        };
        let response = response["$ref"].as_str().and_then(|r| self.document.pointer(r.trim_start_matches('#'))).unwrap_or(response);
        if seen.status != 200 && response["headers"].get("Location").is_some() && seen.location.is_empty() {
            return Some(format!("{} says not where what it made is", operation["operationId"]));
        }
        let body = seen.body?;
        if let Some(code) = body["code"].as_str().filter(|_| seen.status >= 400)
            && operation["x-codes"][seen.status.to_string()].as_array().is_none_or(|codes| codes.iter().all(|known| known != code))
        {
            return Some(format!("{} does not answer {} as {code}", operation["operationId"], seen.status));
        }
        let media_type = seen.content_type.split(';').next().unwrap_or_default();
        let Some(media) = response["content"].get(media_type) else {
            return Some(format!("{} does not answer {} as {media_type:?}", operation["operationId"], seen.status));
        };
        if !media_type.ends_with("json") || media_type == "application/x-ndjson" {
            return None;
        }
        self.mismatch(&media["schema"], body)
    }

    /// Where a value is not of a schema.
    pub fn mismatch(&self, schema: &Value, value: &Value) -> Option<String> {
        let validator = self.validator(schema);
        let faults: Vec<String> = validator.iter_errors(value).take(5).map(|e| format!("{}: {e}", e.instance_path())).collect();
        (!faults.is_empty()).then(|| faults.join("; ").chars().take(1_500).collect())
    }

    /// The item of the document at an address; a literal is meant before a parameter.
    fn item(&self, path: &str) -> Option<&Value> {
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &str| {
            let pieces: Vec<&str> = pattern.split('/').collect();
            pieces.len() == wanted.len() && pieces.iter().zip(&wanted).all(|(piece, part)| piece == part || piece.starts_with('{') && !part.is_empty())
        };
        let found = self.document["paths"].as_object()?.iter().filter(|(pattern, _)| fits(pattern));
        found.min_by_key(|(pattern, _)| pattern.matches('{').count()).map(|(_, item)| item)
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let name = schema.to_string();
        if let Some(known) = self.validators.lock().unwrap().get(&name) {
            return known.clone();
        }
        let mut whole = schema.clone();
        whole["components"] = json!({"schemas": self.components});
        let validator = Arc::new(jsonschema::options().with_draft(Draft::Draft202012).build(&whole).unwrap_or_else(|e| panic!("{schema}: {e}")));
        self.validators.lock().unwrap().insert(name, validator.clone());
        validator
    }
}

/// The schemas that are parts of others: their fields stand beside those of the whole.
fn parts(value: &Value, open: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let all = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
            open.extend(all.filter_map(|part| part["$ref"].as_str()).filter_map(|r| r.rsplit('/').next()).map(str::to_owned));
            fields.values().for_each(|value| parts(value, open));
        }
        Value::Array(items) => items.iter().for_each(|value| parts(value, open)),
        _ => {}
    }
}

fn close(schema: &mut Value, is_part: bool) {
    let Some(fields) = schema.as_object_mut() else { return };
    let own = fields.contains_key("properties") && !fields.contains_key("additionalProperties");
    if !is_part && fields.contains_key("allOf") {
        fields.insert("unevaluatedProperties".into(), json!(false));
    } else if !is_part && own {
        fields.insert("additionalProperties".into(), json!(false));
    }
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(|value| close(value, false)),
            ("allOf", Value::Array(all)) => all.iter_mut().for_each(|value| close(value, true)),
            ("oneOf" | "anyOf", Value::Array(all)) => all.iter_mut().for_each(|value| close(value, is_part)),
            ("items" | "additionalProperties", value) => close(value, false),
            _ => {}
        }
    }
}

#[test]
fn what_the_document_does_not_say_is_a_fault() {
    let document = json!({
        "paths": {"/a/{id}": {"get": {"operationId": "a", "x-codes": {"404": ["gone"]}, "responses": {"404": {"content": {"application/problem+json": {"schema": {}}}}, "201": {"headers": {"Location": {}}}, "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {
            "A": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^[^\\u0000]*$"}, "whole": {"$ref": "#/components/schemas/Whole"}}},
            "Part": {"type": "object", "properties": {"x": {"type": "integer", "maximum": 5}}},
            "Whole": {"allOf": [{"$ref": "#/components/schemas/Part"}, {"type": "object", "properties": {"y": {"type": "boolean"}}}]},
        }},
    });
    let contract = Contract::of(&document);
    let fault =
        |status, content_type, body: Value| contract.fault(&Seen { method: "GET", path: "/a/5", status, content_type, location: "", body: Some(&body) });
    let json = "application/json";
    assert_eq!(fault(200, json, json!({"id": "x", "whole": {"x": 5, "y": true}})), None);
    assert_eq!(fault(404, "application/problem+json", json!({"code": "gone"})), None);
    for (status, content_type, body) in [
        (404, "application/problem+json", json!({"code": "away"})),
        (403, json, json!({"id": "x"})),
        (201, json, json!({"id": "x"})),
        (200, "text/csv", json!({"id": "x"})),
        (200, json, json!({"id": 5})),
        (200, json, json!({})),
        (200, json, json!({"id": "x", "more": 1})),
        (200, json, json!({"id": "x", "whole": {"x": 6}})),
        (200, json, json!({"id": "x", "whole": {"z": 1}})),
    ] {
        assert!(fault(status, content_type, body.clone()).is_some(), "{status} {content_type} {body}");
    }
}
