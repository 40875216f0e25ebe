//! What an operation can answer besides what it is for: refusals and failures, each written once and referred to, and the header fields of every answer.
use serde_json::{Map, Value, json};

use super::refusals;
use crate::platform::problem::{Code, Fault, FaultCode, Locale, Problem, render};

/// Every refusal: status, name, when.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("400", "BadRequest", "The request cannot be read, or names an unknown parameter."),
    ("401", "Unauthorized", "No valid access token or API key."),
    ("403", "Forbidden", "The role, the scopes of the API key, or the caller's relation to the record does not allow it."),
    ("404", "NotFound", "Not there, or not the caller's to see."),
    ("406", "NotAcceptable", "No such representation."),
    ("408", "RequestTimeout", "The body did not arrive in time."),
    ("409", "Conflict", "Not possible in the state of this record or of others; `code` says why."),
    ("412", "PreconditionFailed", "The record has changed in the meantime."),
    ("413", "ContentTooLarge", "The body is too large."),
    ("414", "UriTooLong", "Path and query are too long."),
    ("415", "UnsupportedMediaType", "The body is of a type not taken here."),
    ("422", "UnprocessableContent", "The content breaks rules; all of them are listed."),
    ("428", "PreconditionRequired", "If-Match is missing."),
    ("429", "TooManyRequests", "Too many requests; wait as long as `Retry-After` says."),
    ("431", "HeaderFieldsTooLarge", "The header fields are too large."),
    ("500", "InternalServerError", "A fault of the service; `request_id` helps to find it in the log."),
    ("503", "ServiceUnavailable", "The database is busy or away, or this instance is stopping; try again."),
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

/// Every refusal with an example of each code that it may bear.
pub fn responses(server: &str) -> Value {
    let all = REFUSALS.iter().map(|(status, name, about)| {
        let mut fields = vec!["X-Request-Id", "Access-Control-Allow-Origin"];
        fields.extend(match *status {
            "401" => &["WWW-Authenticate"][..],
            "429" | "503" => &["Retry-After"][..],
            _ => &[],
        });
        if status.starts_with('4') {
            fields.extend(["RateLimit-Policy", "RateLimit"]);
        }
        let codes = Code::ALL.iter().filter(|code| code.status().as_str() == *status && **code != Code::LeaseLost);
        let examples: Map<String, Value> =
            codes.map(|code| (code.as_str().to_owned(), json!({"summary": code.texts(Locale::En).0, "value": example(*code, server)}))).collect();
        let mut response =
            json!({"description": about, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}});
        add_headers(&mut response, &fields);
        ((*name).to_owned(), response)
    });
    Value::Object(all.collect())
}

/// What stands for the particulars of problems in examples.
const PARTICULARS: &[(&str, &str)] = &[
    ("action", "submit"),
    ("allow", "GET, HEAD, OPTIONS"),
    ("allowed_from", "draft, returned"),
    ("amount", "4000.00"),
    ("approved", "4821.00"),
    ("code", "web"),
    ("count", "1"),
    ("currency", "CNY"),
    ("date", "2027-03-31"),
    ("known", "cursor, limit, q, sort"),
    ("most", "1048576"),
    ("name", "limit"),
    ("offered", "application/json"),
    ("permission", "orders.approve"),
    ("reason", "expected value at line 1 column 1"),
    ("seconds", "2"),
    ("state", "done"),
    ("status", "won"),
    ("until", "2027-03-31T08:00:00Z"),
    ("version", "4"),
];

fn example(code: Code, server: &str) -> Value {
    let faults = faults(code);
    let listed = !faults.is_empty();
    let told = PARTICULARS.iter().filter(|(name, _)| !(listed && matches!(*name, "count" | "reason")));
    let problem = told.fold(Problem::new(code).with_faults(faults), |problem, (name, value)| problem.param(name, value));
    let view = render(&problem, Locale::En, server, "/api/v1/orders", "019ab1f47a8e7cc38d2e5f0a3b1c2d4e");
    serde_json::to_value(view).unwrap_or_default()
}

/// What a problem of a code lists, where it lists anything.
fn faults(code: Code) -> Vec<Fault> {
    match code {
        Code::Invalid => {
            let mut unknown = Fault::new("/lines/0/product", FaultCode::UnknownProduct).param("given", "GTX Prow").suggest(Some("GTX Pro".into()));
            unknown.rule = Some("product_known".into());
            vec![unknown, Fault::new("/expected_close_date", FaultCode::NotADate)]
        }
        Code::BadParameter => vec![Fault::from(FaultCode::NotInRange).param("min", 1).param("max", 200)],
        Code::Duplicate => vec![Fault::new("/external_ref", FaultCode::Taken).param("value", "shop 4711")],
        Code::KeyReused => vec![FaultCode::KeyReused.into()],
        Code::MalformedRequest => vec![FaultCode::NotAnETag.into()],
        Code::NotEditable => vec![Fault::new("/lines", FaultCode::NotEditable).param("status", "won")],
        _ => Vec::new(),
    }
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
    let limited = operation["x-permission"] != "public" || operation["x-rate-limit"] == "address";
    let replays = has("Idempotency-Key");
    let codes = refusals::of(path, method, operation);
    refusals::state(&codes, operation);
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
    for (status, name, ..) in REFUSALS.iter().filter(|(status, ..)| codes.contains_key(*status)) {
        responses.entry(*status).or_insert_with(|| json!({"$ref": format!("#/components/responses/{name}")}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_of_a_problem_is_whole() {
        for code in Code::ALL {
            let (_, detail) = code.texts(Locale::En);
            let missing: Vec<_> =
                detail.split('{').skip(1).filter_map(|rest| rest.split('}').next()).filter(|name| PARTICULARS.iter().all(|(known, _)| known != name)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", code.as_str());
        }
    }
}
