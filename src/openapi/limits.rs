//! Limits and form of every text and number in the document, where its type does not state them. It knows names of fields, never operations.
use serde_json::{Map, Value, json};

/// Most of a whole number that a program in any language reads exactly.
const MOST_WHOLE: i64 = 9_007_199_254_740_991;

const CODE: &str = r"^[a-z0-9_]{1,60}$";
const DECIMAL: &str = r"^-?\d{1,15}(\.\d{1,6})?$";
const PATH: &str = r"^[A-Za-z0-9_.\[\]-]+$";
const TOKEN: &str = r"^[!-~]+$";
/// What a request said, as it is told back: anything.
const ANYTHING: &str = r"^[\s\S]*$";
/// A text that is stored: NUL is refused at the door.
const TEXT: &str = r"^[^\u0000]*$";

/// A text of one line, as in a query.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// Tags as they were read, or as proxies weaken them and people shorten them; or whatever version there is.
const TAGS: &str = r#"^\s*(\*|(W/)?"\d{1,18}(-[^",]*)?"(\s*,\s*(W/)?"\d{1,18}(-[^",]*)?")*)\s*$"#;

/// What the name of a field says of its form, wherever it stands: names, most characters where the type states none, pattern.
const FORMS: &[(&[&str], u64, &str)] = &[
    (
        &["status", "state", "from_status", "to_status", "stage", "from_stage", "to_stage", "action", "role", "severity", "decision", "basis", "sharing"],
        50,
        CODE,
    ),
    (&["amount", "average_amount", "won_amount", "unit_price", "list_price", "quantity", "discount_rate", "probability", "tolerance", "within"], 20, DECIMAL),
    (&["categories", "roles"], 200, TEXT),
    (&["currency", "base_currency"], 3, "^[A-Z]{3}$"),
    (&["number"], 30, r"^IO-\d{6,}$"),
    (&["pointer"], 500, r"^(/[\s\S]*)?$"),
    (&["tz", "zone", "time_zone"], 60, "^[A-Za-z0-9_+/-]+$"),
    (&["locale"], 10, "^[a-z]{2}(-[A-Z]{2})?$"),
    (&["request_id"], 64, "^[A-Za-z0-9._-]{1,64}$"),
    (&["access_token", "refresh_token"], 2_000, TOKEN),
    (&["scopes", "permissions", "permission"], 60, r"^[a-z_]+(\.[a-z_]+)?$"),
    (&["detail", "title", "instance", "params"], 8_000, ANYTHING),
    (&["tags"], 50, TEXT),
    (&["fields", "propertyNames"], 200, PATH),
    (&["values", "additionalProperties"], 500, TEXT),
];

/// States the limits in the parameters, bodies and answers of an operation.
pub fn limit_operation(operation: &mut Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let is_query = parameter["in"] == "query";
        let Some(schema) = parameter.get_mut("schema") else { continue };
        // What is left out is absent; no address or field says null.
        if let Some([kind, null]) = schema["type"].as_array().map(Vec::as_slice)
            && null == "null"
        {
            schema["type"] = kind.clone();
        }
        if name == "If-Match" {
            schema["pattern"] = json!(TAGS);
        }
        // A filter of a list takes several values, or what lies between two.
        if is_query && schema["type"] == "string" && ["pattern", "format", "enum"].iter().all(|name| schema.get(name).is_none()) {
            schema["pattern"] = json!(LINE);
        }
        limit(schema, if is_query { "" } else { &name });
    }
    let mut bodies: Vec<&mut Value> = Vec::new();
    for (field, value) in operation.as_object_mut().into_iter().flatten() {
        match field.as_str() {
            "requestBody" => bodies.push(value),
            "responses" => bodies.extend(value.as_object_mut().into_iter().flatten().map(|(_, response)| response)),
            _ => {}
        }
    }
    for body in bodies {
        let media = body.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten();
        for schema in media.filter_map(|(_, media)| media.get_mut("schema")) {
            if schema["type"] == "string" && schema.get("maxLength").is_none() {
                // A table of any length.
                schema["maxLength"] = json!(i32::MAX);
            }
            limit(schema, "");
        }
    }
}

/// States the limits and the form of every text and number under a value of the document; `name` is the field that it stands in.
pub fn limit(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            let is = |kind: &str| fields.get("type").is_some_and(|t| t == kind || t.as_array().is_some_and(|all| all.iter().any(|t| t == kind)));
            let (text, whole, number) = (is("string"), is("integer"), is("number") && !is("string"));
            if text && !fields.contains_key("enum") && !fields.contains_key("const") {
                limit_text(fields, name);
            }
            if whole {
                limit_whole(fields);
            }
            if number {
                fields.entry("minimum").or_insert(json!(0));
                fields.entry("maximum").or_insert(json!(MOST_WHOLE));
            }
            for (key, value) in fields.iter_mut() {
                // An example is no schema.
                match key.as_str() {
                    "example" | "examples" | "default" | "enum" => {}
                    "properties" => value.as_object_mut().into_iter().flatten().for_each(|(name, value)| limit(value, name)),
                    "propertyNames" => limit(value, key),
                    "additionalProperties" if !FORMS.iter().any(|(names, ..)| names.contains(&name)) => limit(value, key),
                    _ => limit(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|value| limit(value, name)),
        _ => {}
    }
}

fn limit_text(fields: &mut Map<String, Value>, name: &str) {
    let most = match fields.get("format").and_then(Value::as_str) {
        Some("uuid") => Some(36),
        Some("date") => Some(10),
        Some("date-time") => Some(40),
        // What is too long for a text at all.
        Some("binary") => Some(i64::from(i32::MAX) as u64),
        _ => None,
    };
    let form = FORMS.iter().find(|(names, ..)| names.contains(&name));
    if let Some(most) = most.or(form.map(|(_, most, _)| *most)) {
        fields.entry("maxLength").or_insert(json!(most));
    }
    if !fields.contains_key("format") && !fields.contains_key("pattern") {
        fields.insert("pattern".into(), json!(form.map_or(TEXT, |(.., pattern)| *pattern)));
    }
}

fn limit_whole(fields: &mut Map<String, Value>) {
    fields.entry("minimum").or_insert(json!(0));
    let small =
        fields.get("format").is_some_and(|f| f == "int32") || fields.get("maximum").and_then(Value::as_i64).is_some_and(|most| most <= i64::from(i32::MAX));
    fields.entry("maximum").or_insert(json!(if small { i64::from(i32::MAX) } else { MOST_WHOLE }));
    fields.entry("format").or_insert(json!(if small { "int32" } else { "int64" }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stated_stays_and_what_is_missing_is_added() {
        let mut value = json!({"properties": {
            "amount": {"type": ["string", "null"]}, "title": {"type": "string", "maxLength": 5, "pattern": "^a$"}, "day": {"type": "string", "format": "date"},
            "kind": {"type": "string", "enum": ["a"]}, "count": {"type": "integer", "minimum": -5}, "tags": {"type": "array", "items": {"type": "string"}},
        }});
        limit(&mut value, "");
        assert_eq!(value["properties"]["amount"], json!({"type": ["string", "null"], "maxLength": 20, "pattern": DECIMAL}));
        assert_eq!(value["properties"]["title"], json!({"type": "string", "maxLength": 5, "pattern": "^a$"}));
        assert_eq!(value["properties"]["day"], json!({"type": "string", "format": "date", "maxLength": 10}));
        assert_eq!(value["properties"]["kind"], json!({"type": "string", "enum": ["a"]}));
        assert_eq!(value["properties"]["count"], json!({"type": "integer", "minimum": -5, "maximum": MOST_WHOLE, "format": "int64"}));
        assert_eq!(value["properties"]["tags"]["items"], json!({"type": "string", "maxLength": 50, "pattern": TEXT}));
    }
}
