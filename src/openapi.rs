//! The document: its head, its tags in reading order, and what holds for every operation and is therefore written once.
mod answers;
mod batches;
mod examples;
mod limits;
mod links;
mod refusals;
mod shapes;
mod words;

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::platform::chart;
use crate::platform::problem::ProblemView;
use crate::platform::web::table::{self, Form};

/// What each figure of the analysis is.
const MEASURES: &str = include_str!("openapi/measures.md");

/// The head of the document.
#[derive(OpenApi)]
#[openapi(
    info(title = "Intent Orders", description = "The orders that customers intend to place: entered against a field standard, reviewed, moved to won or lost, analysed."),
    components(schemas(ProblemView)),
    tags(
        (name = "auth", description = "Log in and stay logged in."),
        (name = "api_keys", description = "Keys for programs: made once, narrowed to scopes, revoked."),
        (name = "orders", description = "Enter intent orders and bring them to a contract."),
        (name = "reviews", description = "What waits for a reviewer."),
        (name = "customers", description = "Who orders, and how to reach them."),
        (name = "products", description = "What is sold: standard names, aliases, list prices."),
        (name = "views", description = "Saved views: a condition, a sort, columns, for oneself, the team or everybody."),
        (name = "analytics", description = "What converts and what earns, why orders end and slip, how long they take, who buys and who sells."),
        (name = "targets", description = "What people and teams are to win in a month."),
        (name = "standards", description = "What an entry must meet."),
        (name = "events", description = "What happened: a feed for other programs."),
        (name = "imports", description = "Bring in what people already have."),
        (name = "jobs", description = "Long work: how far it is, and stopping it."),
        (name = "users", description = "People and their roles."),
        (name = "teams", description = "Teams and their leads."),
        (name = "settings", description = "Stages, reasons, sources, the organisation."),
        (name = "service", description = "Is it up, is it ready, which version, what is counted."),
        (name = "system", description = "How the service has done."),
    )
)]
pub struct Document;

/// Completes the document that the handlers gave with what holds for every operation of a kind, and for every schema.
#[must_use]
pub fn complete(mut document: Value, server: &str) -> Value {
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["info"]["license"] = json!({"name": "MIT", "url": "https://spdx.org/licenses/MIT.html"});
    document["info"]["contact"] = json!({"name": "Whoever runs this service", "url": server});
    for tag in document["tags"].as_array_mut().into_iter().flatten().filter(|tag| tag["name"] == "analytics") {
        tag["description"] = json!(format!("{}\n\n{MEASURES}", tag["description"].as_str().unwrap_or_default()));
    }
    document["servers"] = json!([{"url": server, "x-internal": false}]);
    let bearer = "An access token from POST /api/v1/auth/login, a JWT made and verified as RFC8725 asks; or an API key from POST /api/v1/api-keys.";
    document["components"]["securitySchemes"] = json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": bearer}});
    document["components"]["headers"] = answers::headers();
    document["components"]["responses"] = answers::responses(server);
    shapes::tidy(&mut document);
    batches::complete(&mut document);
    // Taken out, not copied: they are most of the document.
    let (schemas, examples) = (document["components"]["schemas"].take(), examples::all());
    let mut previews = Map::new();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_write(path, method, operation, &schemas, &mut previews);
            complete_table(operation);
            complete_record(path, method, operation, &schemas);
            complete_access(operation, &schemas);
            words::complete(operation);
            answers::complete(path, method, operation);
            examples::complete(operation, &examples);
        }
    }
    document["components"]["schemas"] = schemas;
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(previews);
    }
    links::complete(&mut document["paths"]);
    limits::limit(&mut document["components"]["schemas"], "");
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            limits::limit_operation(operation);
        }
    }
    document
}

/// Writes can be rehearsed, and POSTs act once under an Idempotency-Key; not so those that hand out secrets, or are rehearsals themselves.
fn complete_write(path: &str, method: &str, operation: &mut Value, schemas: &Value, previews: &mut Map<String, Value>) {
    let hands_out_secrets = path.contains("/auth/") || path.contains("/api-keys");
    if !path.starts_with("/api/") || !matches!(method, "post" | "put" | "patch") || hands_out_secrets || path.ends_with("/validate") {
        return;
    }
    if let Some(parameters) = operation.as_object_mut().and_then(|fields| fields.entry("parameters").or_insert_with(|| json!([])).as_array_mut()) {
        if parameters.iter().all(|p| p["name"] != "validate_only") {
            let about = "Only tell what would be, after all checks; nothing is stored.";
            parameters.push(json!({"name": "validate_only", "in": "query", "required": false, "description": about, "schema": {"type": "boolean"}}));
        }
        if method == "post" {
            let about = "Makes the request act once, however often it is sent: a repetition within 24 hours gets the first answer.";
            let schema = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
            parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false, "description": about, "schema": schema}));
        }
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    let created = responses.get("201").and_then(|r| r["content"]["application/json"]["schema"]["$ref"].as_str()).map(str::to_owned);
    if let (Some(reference), false) = (created, responses.contains_key("200")) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let preview = format!("{name}Preview");
        let schema = unborn(&schemas[name], schemas, previews);
        // What a record gets when it is stored may stand further within, and is told there.
        let shown = if schema == schemas[name] { name.to_owned() } else { preview };
        if shown != name {
            previews.entry(shown.clone()).or_insert(schema);
        }
        let schema = json!({"$ref": format!("#/components/schemas/{shown}")});
        responses
            .insert("200".into(), json!({"description": "What would be; only with `validate_only`.", "content": {"application/json": {"schema": schema}}}));
    }
}

/// A record's schema without what it, and each of its parts, gets when it is stored.
fn unborn(record: &Value, schemas: &Value, previews: &mut Map<String, Value>) -> Value {
    let mut schema = without_id(record);
    for (_, property) in schema["properties"].as_object_mut().into_iter().flatten() {
        let name = property["items"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default().to_owned();
        if schemas[&name]["properties"].get("id").is_some() {
            let preview = format!("{name}Preview");
            property["items"] = json!({"$ref": format!("#/components/schemas/{preview}")});
            previews.entry(preview).or_insert_with(|| without_id(&schemas[&name]));
        }
    }
    schema
}

fn without_id(record: &Value) -> Value {
    let mut schema = record.clone();
    for name in ["id", "number"] {
        schema["properties"].as_object_mut().map(|properties| properties.remove(name));
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|field| field != name);
        }
    }
    schema
}

/// Analyses without groups of the caller's choice that can be looked at all the same.
const PICTURED: [&str; 6] = ["analytics_accuracy", "analytics_churn", "analytics_customers", "analytics_people", "analytics_sources", "analytics_stuck"];

/// Lists and analyses also answer as a table, analyses as a picture, too.
fn complete_table(operation: &mut Value) {
    let has = |name: &str| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == name));
    let (is_analysis, is_list) = (has("group_by"), has("sort"));
    let is_pictured = is_analysis || operation["operationId"].as_str().is_some_and(|id| PICTURED.contains(&id));
    if is_pictured && let Some(content) = operation["responses"]["200"]["content"].as_object_mut() {
        content.insert(chart::MEDIA_TYPE.into(), json!({"schema": {"type": "string", "maxLength": i32::MAX}}));
    }
    if !is_list && !is_analysis && operation["operationId"] != "analytics_accuracy" {
        return;
    }
    if let Some(content) = operation["responses"]["200"]["content"].as_object_mut() {
        for form in Form::ALL {
            let format = if form == Form::Xlsx { json!({"type": "string", "format": "binary"}) } else { json!({"type": "string", "maxLength": i32::MAX}) };
            content.insert(form.media_type().into(), json!({"schema": format}));
        }
    }
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.extend(table::parameters());
    }
}

/// A record or a settings page is answered with its ETag, whether it is read or written, and with 304 to whoever has it already.
fn complete_record(path: &str, method: &str, operation: &mut Value, schemas: &Value) {
    let is_read = method == "get"
        && (["/{id}", "/standards/{entity}", "/versions/{version}", "/form", "/{month}"].iter().any(|end| path.ends_with(end))
            || path == "/api/v1/me"
            || path.starts_with("/api/v1/settings/"));
    for status in ["200", "201"] {
        let Some(response) = operation["responses"].as_object_mut().and_then(|all| all.get_mut(status)) else { continue };
        let name = response["content"]["application/json"]["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
        let is_written = method != "get" && schemas[name]["properties"].get("version").is_some() && !name.ends_with("Preview");
        if is_read || is_written {
            answers::add_headers(response, if status == "201" { &["ETag", "Location"] } else { &["ETag"] });
        }
    }
    if !is_read {
        return;
    }
    operation["responses"]["304"] = json!({"description": "Nothing has changed."});
    let about = "An ETag that was read before: 304 while nothing has changed.";
    let if_none_match =
        json!({"name": "If-None-Match", "in": "header", "required": false, "description": about, "schema": {"type": "string", "maxLength": 8000}});
    match operation["parameters"].as_array_mut() {
        Some(parameters) => {
            parameters.retain(|p| p["name"] != "If-None-Match");
            parameters.push(if_none_match);
        }
        None => operation["parameters"] = json!([if_none_match]),
    }
}

/// Whether a body is needed, and who is asked for a token.
fn complete_access(operation: &mut Value, schemas: &Value) {
    if operation.get("requestBody").is_some() {
        // A body in which nothing is needed may be left out altogether.
        let contents = operation["requestBody"]["content"].as_object();
        let needed = contents.into_iter().flatten().any(|(_, media)| {
            let name = media["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
            name.is_empty() || schemas[name]["required"].as_array().is_some_and(|fields| !fields.is_empty())
        });
        operation["requestBody"]["required"] = json!(needed);
    }
    if operation["x-permission"] != "public" {
        operation["security"] = json!([{"bearer": []}]);
    }
}
