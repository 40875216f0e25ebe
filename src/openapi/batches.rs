//! The rows of batches, typed: each batch says with `x-record` what its rows hold, and gets schemas of its own for its answer and a row of it.
use serde_json::{Map, Value, json};

/// Gives every batch its own answer in place of the one that is written for all.
pub fn complete(document: &mut Value) {
    let (result, row) = (document["components"]["schemas"]["BatchResult"].clone(), document["components"]["schemas"]["BatchRow"].clone());
    let mut typed = Map::new();
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(record) = operation.as_object_mut().and_then(|fields| fields.remove("x-record")) else { continue };
            let record = record.as_str().unwrap_or_default();
            let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{record}{name}")});
            for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                response["content"]["application/json"]["schema"] = reference("BatchResult");
            }
            let (mut result, mut row) = (result.clone(), row.clone());
            result["properties"]["data"]["items"] = reference("BatchRow");
            let about = "The record as it is now; of a rehearsal without what it gets when it is stored.";
            row["properties"]["record"] = json!({"description": about, "anyOf": [reference(""), reference("Preview")]});
            typed.insert(format!("{record}BatchResult"), result);
            typed.insert(format!("{record}BatchRow"), row);
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(typed);
        schemas.retain(|name, _| !matches!(name.as_str(), "BatchResult" | "BatchRow"));
    }
}
