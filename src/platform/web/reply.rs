//! Answers: a record with its tag, a list with its link.
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::etag;
use super::json::serialize::to_vec;
use crate::platform::problem::Problem;

/// A record takes about so many bytes.
const LIKELY: usize = 2_048;

fn serialize(body: &impl Serialize, likely: usize) -> Result<Vec<u8>, Problem> {
    // Begun small, a long text would be moved again and again.
    to_vec(body, likely).map_err(Problem::internal)
}

/// Any JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    Ok(ready(status, serialize(body, LIKELY)?))
}

/// The same of its text.
#[must_use]
pub fn ready(status: StatusCode, text: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).content_type("application/json").body(text)
}

/// A record with its ETag; 304 where the caller has this very body.
pub fn record(req: &HttpRequest, status: StatusCode, version: i64, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serialize(body, LIKELY)?;
    let tag = etag::tag(version, &body);
    let known = req.method().is_safe() && req.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| etag::is_known(v, &tag));
    if known {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    Ok(HttpResponse::build(status).content_type("application/json").insert_header((header::ETAG, tag)).body(body))
}

/// A new record: 201 with its address and ETag.
pub fn created(path: &str, version: i64, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serialize(body, LIKELY)?;
    Ok(HttpResponse::Created()
        .content_type("application/json")
        .insert_header((header::LOCATION, path))
        .insert_header((header::ETAG, etag::tag(version, &body)))
        .body(body))
}

/// So many records as text, for [`list`] or [`ready`].
pub fn text(body: &impl Serialize, records: usize) -> Result<Vec<u8>, Problem> {
    serialize(body, LIKELY * (records + 1))
}

/// A page of records, with `Link` where there is more.
#[must_use]
pub fn list(text: Vec<u8>, link: Option<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(link) = link {
        response.insert_header((header::LINK, link));
    }
    response.content_type("application/json").body(text)
}
