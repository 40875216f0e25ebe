//! The document: its head, its tags in reading order, and what holds for every operation and is therefore written once.
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::platform::problem::ProblemView;
use crate::platform::web::table::{self, Form};

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
    document["components"]["securitySchemes"] = json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token from POST /api/v1/auth/login, or an API key from POST /api/v1/api-keys."}});
    document["components"]["headers"] = json!({
        "RateLimitPolicy": {"description": "The limits that count this call: q units in w seconds each. Refusals carry it, too. Absent where limits are off, and where the caller is not known.", "schema": {"type": "string", "maxLength": 200}, "example": "\"default\";q=1200;w=60"},
        "RateLimit": {"description": "How many units are left (r) and in how many seconds all are there again, or enough for this call (t).", "schema": {"type": "string", "maxLength": 200}, "example": "\"default\";r=1199;t=1"},
        "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1, "maximum": 60}},
    });
    let schemas = document["components"]["schemas"].clone();
    let mut previews = Map::new();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_write(path, method, operation, &schemas, &mut previews);
            complete_table(operation);
            complete_record(path, method, operation, &schemas);
            complete_operation(path, method, operation, &schemas);
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(previews);
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
        previews.entry(preview.clone()).or_insert_with(|| unborn(schemas[name].clone()));
        let schema = json!({"$ref": format!("#/components/schemas/{preview}")});
        responses
            .insert("200".into(), json!({"description": "What would be; only with `validate_only`.", "content": {"application/json": {"schema": schema}}}));
    }
}

/// A record's schema without what it gets when it is stored.
fn unborn(mut schema: Value) -> Value {
    for name in ["id", "number"] {
        schema["properties"].as_object_mut().map(|properties| properties.remove(name));
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|field| field != name);
        }
    }
    schema
}

/// Lists and analyses also answer as a table.
fn complete_table(operation: &mut Value) {
    let has = |name: &str| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == name));
    if !has("sort") && !has("group_by") {
        return;
    }
    if let Some(content) = operation["responses"]["200"]["content"].as_object_mut() {
        for form in Form::ALL {
            let format = if form == Form::Xlsx { json!({"type": "string", "format": "binary"}) } else { json!({"type": "string"}) };
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
        && (["/{id}", "/standards/{entity}", "/versions/{version}", "/form"].iter().any(|end| path.ends_with(end))
            || path == "/api/v1/me"
            || path.starts_with("/api/v1/settings/"));
    for status in ["200", "201"] {
        let Some(response) = operation["responses"].as_object_mut().and_then(|all| all.get_mut(status)) else { continue };
        let name = response["content"]["application/json"]["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
        let is_written = method != "get" && schemas[name]["properties"].get("version").is_some() && !name.ends_with("Preview");
        if is_read || is_written {
            let about = "Names this version of the record, for `If-Match` and `If-None-Match`.";
            response["headers"]["ETag"] = json!({"description": about, "schema": {"type": "string", "maxLength": 200}});
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
        Some(parameters) => parameters.push(if_none_match),
        None => operation["parameters"] = json!([if_none_match]),
    }
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
        errors.extend([
            ("401", "No valid access token or API key."),
            ("403", "The role, the scopes of the API key, or the caller's relation to the record does not allow it."),
        ]);
    }
    if path.contains('{') {
        errors.push(("404", "Not there, or not the caller's to see."));
    }
    if has_body {
        errors.extend([
            ("408", "The body did not arrive in time."),
            ("413", "The body is too large."),
            ("415", "The body is of a type not taken here."),
            ("422", "The content breaks rules; all of them are listed."),
        ]);
    }
    if has_if_match {
        errors.extend([("409", "Not possible in the record's state."), ("412", "The record has changed in the meantime."), ("428", "If-Match is missing.")]);
    } else if (has_body || method == "post") && method != "get" && !path.contains("/auth/") {
        errors.push(("409", "Another record stands in the way."));
    }
    if path.ends_with("/auth/login") {
        errors.push(("401", "E-mail or password wrong."));
    }
    if path.ends_with("/auth/refresh") {
        errors.push(("401", "The refresh token is expired, ended or used by two."));
    }
    let limited = !public || operation["x-rate-limit"] == "address";
    if limited {
        errors.push(("429", "Too many requests; wait as long as `Retry-After` says."));
    }
    let problem = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, description) in errors {
            responses.entry(status).or_insert_with(|| json!({"description": description, "content": {"application/problem+json": problem}}));
        }
        // Refusals carry them as well; written once an operation and at 429 they are enough to read.
        for (status, response) in responses.iter_mut().filter(|(status, _)| limited && (status.starts_with('2') || *status == "429")) {
            for (name, component) in [("RateLimit-Policy", "RateLimitPolicy"), ("RateLimit", "RateLimit")] {
                response["headers"][name] = json!({"$ref": format!("#/components/headers/{component}")});
            }
            if status == "429" {
                response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
            }
        }
    }
}
