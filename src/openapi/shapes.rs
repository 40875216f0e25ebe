//! The shapes of schemas, made fit for those who generate clients: types have their names, variants are told whole, arrays stand where they are used.
//! It knows neither fields nor operations.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::platform::web::decode::ARRAY;

/// Gives each generic page's rows their name back, tells variants whole, puts arrays where they are used, and drops what nothing refers to.
pub fn tidy(document: &mut Value) {
    name_rows(&mut document["components"]["schemas"]);
    spread(&mut document["components"]["schemas"]);
    let arrays: Map<String, Value> = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with(ARRAY))
        .map(|(n, s)| (n.clone(), s.clone()))
        .collect();
    inline(document, &arrays);
    drop_unused(document);
    close_bodies(document);
}

/// `Paged_Order` holds the whole of `Order` again; it refers to it instead.
fn name_rows(schemas: &mut Value) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    let pages: Vec<(String, String)> = schemas.keys().filter_map(|page| Some((page.clone(), page.strip_prefix("Paged_")?.to_owned()))).collect();
    for (page, row) in pages {
        let Some(items) = schemas.get_mut(&page).and_then(|page| page["properties"]["data"].get_mut("items")) else { continue };
        if items.get("$ref").is_none() {
            let whole = std::mem::replace(items, json!({"$ref": format!("#/components/schemas/{row}")}));
            schemas.entry(row).or_insert(whole);
        }
    }
}

/// Common fields together with one of several variants, which most generators cannot read, are told as several whole schemas, each with its own name.
fn spread(schemas: &mut Value) {
    let known = schemas.clone();
    let mut whole = Map::new();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        let Some([part, common]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) else { continue };
        let Some(variants) = part["$ref"].as_str().and_then(|r| r.rsplit('/').next()).and_then(|part| known[part]["oneOf"].as_array()) else { continue };
        let Some(tag) = tag(variants) else { continue };
        let told: Vec<(String, Value)> = variants.iter().map(|variant| (format!("{name}{}", camel(word(variant, tag))), united(common, variant))).collect();
        let references: Vec<Value> = told.iter().map(|(name, _)| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
        let mapping: Map<String, Value> =
            variants.iter().zip(&references).map(|(variant, reference)| (word(variant, tag).to_owned(), reference["$ref"].clone())).collect();
        *schema = json!({"description": schema["description"], "oneOf": references, "discriminator": {"propertyName": tag, "mapping": mapping}});
        whole.extend(told);
    }
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.extend(whole);
    }
}

/// The field by which variants are told apart: each has it, with a word of its own.
fn tag(variants: &[Value]) -> Option<&str> {
    let names = variants.first()?["properties"].as_object()?.keys();
    names.map(String::as_str).find(|name| variants.iter().all(|variant| !word(variant, name).is_empty()))
}

fn word<'a>(variant: &'a Value, tag: &str) -> &'a str {
    variant["properties"][tag]["enum"].as_array().filter(|words| words.len() == 1).and_then(|words| words[0].as_str()).unwrap_or_default()
}

fn camel(word: &str) -> String {
    word.split('_').filter_map(|piece| piece.split_at_checked(1)).map(|(first, rest)| first.to_uppercase() + rest).collect()
}

fn united(common: &Value, variant: &Value) -> Value {
    let mut whole = common.clone();
    whole["description"] = variant["description"].clone();
    if let (Some(all), Some(own)) = (whole["properties"].as_object_mut(), variant["properties"].as_object()) {
        all.extend(own.clone());
    }
    if let (Some(all), Some(own)) = (whole["required"].as_array_mut(), variant["required"].as_array()) {
        all.extend(own.clone());
    }
    whole
}

fn inline(value: &mut Value, arrays: &Map<String, Value>) {
    unite(value);
    if let Some(array) = value["$ref"].as_str().and_then(|r| r.rsplit('/').next()).and_then(|name| arrays.get(name)) {
        let mut array = array.clone();
        if let (Some(description), Some(fields)) = (value.get("description"), array.as_object_mut()) {
            fields.insert("description".into(), description.clone());
        }
        *value = array;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| inline(value, arrays)),
        Value::Array(items) => items.iter_mut().for_each(|value| inline(value, arrays)),
        _ => {}
    }
}

/// A described array comes as itself and an object with the description alone, which nothing is both of.
fn unite(value: &mut Value) {
    let Some([array, about]) = value.get("allOf").and_then(Value::as_array).map(Vec::as_slice) else { return };
    let only_described = about["type"] == "object" && about.as_object().is_some_and(|fields| fields.keys().all(|key| key == "type" || key == "description"));
    if only_described && (array["type"] == "array" || array["$ref"].as_str().is_some_and(|r| r.contains(ARRAY))) {
        let mut array = array.clone();
        array["description"] = about["description"].clone();
        *value = array;
    }
}

/// A body is taken with the fields that its schema names, and with no others.
fn close_bodies(document: &mut Value) {
    let mut sent = BTreeSet::new();
    for (_, operation) in document["paths"].as_object().into_iter().flatten().flat_map(|(_, item)| item.as_object().into_iter().flatten()) {
        references(&operation["requestBody"], &mut sent);
    }
    follow(document, &mut sent);
    for (name, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        if sent.contains(name) && schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = json!(false);
        }
    }
}

fn drop_unused(document: &mut Value) {
    let mut used = BTreeSet::new();
    references(&document["paths"], &mut used);
    references(&document["components"]["responses"], &mut used);
    follow(document, &mut used);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

/// Adds what the schemas of these names refer to.
fn follow(document: &Value, names: &mut BTreeSet<String>) {
    let mut before = usize::MAX;
    while names.len() != before {
        before = names.len();
        for name in names.clone() {
            references(&document["components"]["schemas"][&name], names);
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/components/schemas/")) {
                used.insert(name.to_owned());
            }
            fields.values().for_each(|value| references(value, used));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, used)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_told_whole() {
        let mut schemas = json!({
            "Rule": {"description": "A rule.", "allOf": [{"$ref": "#/components/schemas/Check"}, {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}]},
            "Check": {"oneOf": [{"description": "So many.", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["one_of"]}}}]},
        });
        spread(&mut schemas);
        assert_eq!(schemas["Rule"]["oneOf"], json!([{"$ref": "#/components/schemas/RuleOneOf"}]));
        assert_eq!(schemas["Rule"]["discriminator"]["mapping"]["one_of"], "#/components/schemas/RuleOneOf");
        assert_eq!(schemas["RuleOneOf"]["required"], json!(["id", "kind"]));
        assert_eq!(schemas["RuleOneOf"]["properties"], json!({"id": {"type": "string"}, "kind": {"type": "string", "enum": ["one_of"]}}));
    }

    #[test]
    fn arrays_are_put_in_and_rows_get_their_name() {
        let mut document = json!({
            "paths": {"a": {"put": {"requestBody": {"$ref": "#/components/schemas/C"}, "$ref": "#/components/schemas/Paged_A"}}},
            "components": {"schemas": {
                "Paged_A": {"properties": {"data": {"items": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/ArrayOf5B", "description": "Bs."}}}}}},
                "ArrayOf5B": {"type": "array", "maxItems": 5, "items": {"$ref": "#/components/schemas/B"}}, "B": {}, "Gone": {}, "C": {"properties": {"d": {"$ref": "#/components/schemas/D"}}}, "D": {"properties": {}},
            }},
        });
        tidy(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas.as_object().into_iter().flatten().map(|(name, _)| name).collect::<Vec<_>>(), ["A", "B", "C", "D", "Paged_A"]);
        assert!(["C", "D"].iter().all(|name| schemas[name]["additionalProperties"] == false) && schemas["A"].get("additionalProperties").is_none());
        assert_eq!(schemas["Paged_A"]["properties"]["data"]["items"]["$ref"], "#/components/schemas/A");
        let mut value = json!({"allOf": [{"type": "array"}, {"type": "object", "description": "Days."}]});
        unite(&mut value);
        assert_eq!(value, json!({"type": "array", "description": "Days."}));
        assert_eq!(schemas["A"]["properties"]["b"], json!({"type": "array", "maxItems": 5, "items": {"$ref": "#/components/schemas/B"}, "description": "Bs."}));
    }
}
