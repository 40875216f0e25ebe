//! The document: its head, its tags in reading order, and what holds for every operation and is therefore written once.
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::platform::problem::ProblemView;

/// The head of the document.
#[derive(OpenApi)]
#[openapi(
    info(title = "Intent Orders", description = "The orders that customers intend to place: entered against a field standard, reviewed, moved to won or lost, analysed."),
    components(schemas(ProblemView)),
    tags(
        (name = "auth", description = "Log in and stay logged in."),
        (name = "orders", description = "Enter intent orders and bring them to a contract."),
        (name = "reviews", description = "What waits for a reviewer."),
        (name = "customers", description = "Who orders, and how to reach them."),
        (name = "products", description = "What is sold: standard names, aliases, list prices."),
        (name = "analytics", description = "What converts and what earns."),
        (name = "standards", description = "What an entry must meet."),
        (name = "events", description = "What happened: a feed for other programs."),
        (name = "imports", description = "Bring in what people already have."),
        (name = "jobs", description = "Long work: how far it is, and stopping it."),
        (name = "users", description = "People and their roles."),
        (name = "teams", description = "Teams and their leads."),
        (name = "settings", description = "Stages, reasons, sources, the organisation."),
        (name = "service", description = "Is it up, is it ready, which version."),
    )
)]
pub struct Document;

/// Completes the document that the handlers gave: the errors that every operation of a kind can answer, and the security scheme.
#[must_use]
pub fn complete(mut document: Value, server: &str) -> Value {
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["info"]["license"] = json!({"name": "MIT", "identifier": "MIT"});
    document["info"].as_object_mut().map(|info| info.remove("contact"));
    document["servers"] = json!([{"url": server}]);
    document["components"]["securitySchemes"] =
        json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token from POST /api/v1/auth/login."}});
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation, &schemas);
        }
    }
    document
}

fn complete_operation(path: &str, method: &str, operation: &mut Value, schemas: &Value) {
    let public = operation["x-permission"] == "public";
    let has_body = operation.get("requestBody").is_some();
    if has_body {
        // A body in which nothing is needed may be left out altogether.
        let contents = operation["requestBody"]["content"].as_object();
        let needed = contents.into_iter().flatten().any(|(_, media)| {
            let name = media["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
            name.is_empty() || schemas[name]["required"].as_array().is_some_and(|fields| !fields.is_empty())
        });
        operation["requestBody"]["required"] = json!(needed);
    }
    let has_if_match = operation["parameters"].as_array().is_some_and(|p| p.iter().any(|p| p["name"] == "If-Match"));
    let api = path.starts_with("/api/");
    if !public {
        operation["security"] = json!([{"bearer": []}]);
    }
    let mut errors = Vec::new();
    if api {
        errors.extend([
            ("400", "The request cannot be read, or names an unknown parameter."),
            ("406", "No such representation."),
            ("503", "The database is busy or away; try again."),
        ]);
    }
    if !public {
        errors.extend([("401", "No valid access token."), ("403", "The role, or the caller's relation to the record, does not allow it.")]);
    }
    if path.contains('{') {
        errors.push(("404", "Not there, or not the caller's to see."));
    }
    if has_body {
        errors.extend([
            ("413", "The body is too large."),
            ("415", "The body is of a type not taken here."),
            ("422", "The content breaks rules; all of them are listed."),
        ]);
    }
    if has_if_match {
        errors.extend([("409", "Not possible in the record's state."), ("412", "The record has changed in the meantime."), ("428", "If-Match is missing.")]);
    } else if has_body && method != "get" && !path.contains("/auth/") {
        errors.push(("409", "Another record stands in the way."));
    }
    if path.ends_with("/auth/login") {
        errors.extend([("401", "E-mail or password wrong."), ("429", "Too many tries; wait.")]);
    }
    if path.ends_with("/auth/password") {
        errors.push(("429", "Too many tries; wait."));
    }
    let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, description) in errors {
            responses.entry(status).or_insert_with(|| json!({"description": description, "content": {"application/problem+json": problem}}));
        }
    }
}
