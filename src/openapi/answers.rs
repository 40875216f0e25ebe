//! What an operation can answer besides what it is for: refusals and failures, each written once and referred to, and the header fields of every answer.
use serde_json::{Value, json};

use crate::platform::problem::{Code, Fault, FaultCode, Locale, Problem, render};

/// Every refusal: status, name, when, and the code that its example shows.
const REFUSALS: &[(&str, &str, &str, Code)] = &[
    ("400", "BadRequest", "The request cannot be read, or names an unknown parameter.", Code::BadCursor),
    ("401", "Unauthorized", "No valid access token or API key.", Code::InvalidToken),
    ("403", "Forbidden", "The role, the scopes of the API key, or the caller's relation to the record does not allow it.", Code::NotOwner),
    ("404", "NotFound", "Not there, or not the caller's to see.", Code::NotFound),
    ("406", "NotAcceptable", "No such representation.", Code::NotAcceptable),
    ("408", "RequestTimeout", "The body did not arrive in time.", Code::RequestTimeout),
    ("409", "Conflict", "Not possible in the state of this record or of others; `code` says why.", Code::Duplicate),
    ("412", "PreconditionFailed", "The record has changed in the meantime.", Code::Stale),
    ("413", "ContentTooLarge", "The body is too large.", Code::TooLarge),
    ("414", "UriTooLong", "Path and query are too long.", Code::UrlTooLong),
    ("415", "UnsupportedMediaType", "The body is of a type not taken here.", Code::UnsupportedMediaType),
    ("422", "UnprocessableContent", "The content breaks rules; all of them are listed.", Code::Invalid),
    ("428", "PreconditionRequired", "If-Match is missing.", Code::IfMatchRequired),
    ("429", "TooManyRequests", "Too many requests; wait as long as `Retry-After` says.", Code::TooManyRequests),
    ("431", "HeaderFieldsTooLarge", "The header fields are too large.", Code::HeadersTooLarge),
    ("500", "InternalServerError", "A fault of the service; `request_id` helps to find it in the log.", Code::Internal),
    ("503", "ServiceUnavailable", "The database is busy or away, or this instance is stopping; try again.", Code::Busy),
];

/// Header fields that are written once.
pub fn headers() -> Value {
    let text = |most: u32| json!({"type": "string", "maxLength": most, "pattern": "^[ -~]*$"});
    json!({
        "RateLimit-Policy": {"description": "The limits that count this call: q units in w seconds each. Absent where limits are off, and where the caller is not known.", "schema": text(200), "example": "\"default\";q=1200;w=60"},
        "RateLimit": {"description": "How many units are left (r) and in how many seconds all are there again, or enough for this call (t).", "schema": text(200), "example": "\"default\";r=1199;t=1"},
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 60}},
        "WWW-Authenticate": {"description": "How to show who one is.", "schema": text(500), "example": "Bearer realm=\"intent-orders\""},
        "ETag": {"description": "Names this version of the record, for `If-Match` and `If-None-Match`.", "schema": text(200), "example": "\"3-5f0a3b1c2d4e\""},
        "Location": {"description": "The address of what was made.", "schema": {"type": "string", "format": "uri-reference", "maxLength": 500}},
        "Idempotent-Replayed": {"description": "`true` where this is the first answer to the key, given again.", "schema": {"type": "string", "enum": ["true"]}},
        "Link": {"description": "The next page, as `rel=\"next\"`; absent on the last one.", "schema": text(20_000)},
        "X-Request-Id": {"description": "Names the request in the log: the caller's own, where it is fit, else a new one.", "schema": text(64)},
        "Access-Control-Allow-Origin": {"description": "For pages of the origins named in the service's settings; absent for all others.", "schema": text(500)},
    })
}

/// Every refusal with an example of what it says.
pub fn responses(server: &str) -> Value {
    let all = REFUSALS.iter().map(|(status, name, about, code)| {
        let mut fields = vec!["X-Request-Id", "Access-Control-Allow-Origin"];
        fields.extend(match *status {
            "401" => &["WWW-Authenticate"][..],
            "429" | "503" => &["Retry-After"][..],
            _ => &[],
        });
        if status.starts_with('4') {
            fields.extend(["RateLimit-Policy", "RateLimit"]);
        }
        let mut response = json!({"description": about, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example(*code, server)}}});
        add_headers(&mut response, &fields);
        ((*name).to_owned(), response)
    });
    Value::Object(all.collect())
}

fn example(code: Code, server: &str) -> Value {
    let problem = Problem::new(code).param("version", 4).param("most", 1 << 20).param("offered", "application/json").param("seconds", 2);
    let problem = if code == Code::Invalid { problem.with_faults(faults()) } else { problem };
    let view = render(&problem, Locale::En, server, "/api/v1/orders", "019ab1f47a8e7cc38d2e5f0a3b1c2d4e");
    serde_json::to_value(view).unwrap_or_default()
}

fn faults() -> Vec<Fault> {
    let mut unknown = Fault::new("/lines/0/product", FaultCode::UnknownProduct).param("given", "GTX Prow").suggest(Some("GTX Pro".into()));
    unknown.rule = Some("product_known".into());
    vec![unknown, Fault::new("/expected_close_date", FaultCode::NotADate)]
}

/// Refers an answer to header fields that are written once.
pub fn add_headers(response: &mut Value, names: &[&str]) {
    for name in names {
        response["headers"][*name] = json!({"$ref": format!("#/components/headers/{name}")});
    }
}

/// Adds to an operation whatever it can answer besides.
pub fn complete(path: &str, method: &str, operation: &mut Value) {
    let has = |name: &str| operation["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == name));
    let (public, has_body) = (operation["x-permission"] == "public", operation.get("requestBody").is_some());
    let limited = !public || operation["x-rate-limit"] == "address";
    let session = ["/auth/login", "/auth/refresh"].iter().any(|end| path.ends_with(end));
    let replays = has("Idempotency-Key");
    let writes = has_body || matches!(method, "post" | "delete");
    let refusals: &[(bool, &[&str])] = &[
        (true, &["400", "406", "414", "431", "500"]),
        (path.starts_with("/api/"), &["503"]),
        (!public, &["401", "403"]),
        (session, &["401"]),
        (path.contains('{'), &["404"]),
        (has_body, &["408", "413", "415", "422"]),
        (writes && (has("If-Match") || !path.contains("/auth/")), &["409"]),
        (has("If-Match"), &["412", "428"]),
        (limited, &["429"]),
    ];
    let statuses = refusals.iter().filter(|(gives, _)| *gives).flat_map(|(_, statuses)| statuses.iter().copied());
    let wanted: Vec<&str> = statuses.collect();
    let is_list = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == "cursor"));
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        let mut fields = vec!["X-Request-Id", "Access-Control-Allow-Origin"];
        if limited {
            fields.extend(["RateLimit-Policy", "RateLimit"]);
        }
        if is_list && status == "200" {
            fields.push("Link");
        }
        if replays && status.starts_with('2') {
            fields.push("Idempotent-Replayed");
        }
        for name in ["ETag", "Location"] {
            if response["headers"].get(name).is_some() {
                fields.push(name);
            }
        }
        add_headers(response, &fields);
    }
    for (status, name, ..) in REFUSALS.iter().filter(|(status, ..)| wanted.contains(status)) {
        responses.entry(*status).or_insert_with(|| json!({"$ref": format!("#/components/responses/{name}")}));
    }
}
