//! From a create to what can be done with what it made: every operation at the address of the new record, or just below it.
use serde_json::{Map, Value, json};

/// What an answer leads to besides: the operation that answers, the one that may follow, the parameter and where the answer has it.
const MORE: &[(&str, &str, &str, &str)] = &[
    ("orders_return", "orders_answer_remark", "remark_id", "/remarks/0/id"),
    ("orders_return", "orders_resolve_remark", "remark_id", "/remarks/0/id"),
    ("customers_create", "customers_erase_contact", "contact_id", "/contacts/0/id"),
    ("imports_create", "jobs_read", "id", "/id"),
    ("imports_create", "jobs_cancel", "id", "/id"),
];

/// An operation that takes an id: its path, its id, whether it asks for `If-Match`.
struct Target {
    path: String,
    id: String,
    versioned: bool,
}

/// Adds links to every answer that tells of a new record.
pub fn complete(paths: &mut Value) {
    let targets: Vec<Target> =
        paths.as_object().into_iter().flatten().flat_map(|(path, item)| item.as_object().into_iter().flatten().map(|(_, op)| target(path, op))).collect();
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            // A record is made at its list's address, or at that of its reference.
            let list = path.split("/by-external-ref/").next().unwrap_or_default();
            for status in ["200", "201", "202"] {
                let Some(response) = operation["responses"].get_mut(status).filter(|response| response.get("content").is_some()) else { continue };
                let tagged = response["headers"].get("ETag").is_some();
                let mut links = Map::new();
                if status != "200" {
                    let record = format!("{list}/{{id}}");
                    let below = |path: &str| path.strip_prefix(&record).is_some_and(|rest| !rest.contains('{'));
                    links.extend(targets.iter().filter(|target| below(&target.path)).map(|target| link(target, "id", "/id", tagged)));
                }
                for (_, follows, parameter, pointer) in MORE.iter().filter(|(from, ..)| *from == id) {
                    links.extend(targets.iter().filter(|target| target.id == *follows).map(|target| link(target, parameter, pointer, tagged)));
                }
                if !links.is_empty() {
                    response["links"] = Value::Object(links);
                }
            }
        }
    }
}

fn target(path: &str, operation: &Value) -> Target {
    let versioned = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == "If-Match"));
    Target { path: path.to_owned(), id: operation["operationId"].as_str().unwrap_or_default().to_owned(), versioned }
}

fn link(target: &Target, parameter: &str, pointer: &str, tagged: bool) -> (String, Value) {
    let mut parameters = Map::from_iter([(parameter.to_owned(), json!(format!("$response.body#{pointer}")))]);
    if parameter != "id" && target.path.contains("{id}") {
        parameters.insert("id".into(), json!("$response.body#/id"));
    }
    if target.versioned && tagged {
        parameters.insert("If-Match".into(), json!("$response.header.ETag"));
    }
    (target.id.clone(), json!({"operationId": target.id, "parameters": parameters}))
}
