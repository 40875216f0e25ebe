//! What a write came to: the answer before it is sent, so that it can be stored in the transaction of its effect.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::platform::problem::Problem;
use crate::platform::web::etag;
use crate::platform::web::json::serialize::to_string;

/// The answer of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    pub status: StatusCode,
    pub location: Option<String>,
    pub etag: Option<String>,
    /// JSON.
    pub body: Option<String>,
}

fn text(body: &impl Serialize) -> Result<String, Problem> {
    to_string(body).map_err(Problem::internal)
}

impl Effect {
    /// Any JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { status, location: None, etag: None, body: Some(text(body)?) })
    }
    /// A record as it is now.
    pub fn record(version: i64, body: &impl Serialize) -> Result<Self, Problem> {
        let body = text(body)?;
        Ok(Self { status: StatusCode::OK, location: None, etag: Some(etag::tag(version, body.as_bytes())), body: Some(body) })
    }
    /// A new record, and its address.
    pub fn created(location: String, version: i64, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { status: StatusCode::CREATED, location: Some(location), ..Self::record(version, body)? })
    }
    /// Taken, to be done at that address.
    pub fn accepted(location: String, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { location: Some(location), ..Self::json(StatusCode::ACCEPTED, body)? })
    }
    /// Done; there is nothing to tell.
    #[must_use]
    pub const fn done() -> Self {
        Self { status: StatusCode::NO_CONTENT, location: None, etag: None, body: None }
    }

    /// What would be, of a rehearsal: without what only a stored record has.
    pub fn preview(self) -> Result<Self, Problem> {
        let Some(body) = self.body else { return Ok(self) };
        let mut shown: Value = serde_json::from_str(&body).map_err(Problem::internal)?;
        if let Some(items) = shown.get_mut("data").and_then(Value::as_array_mut) {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                item.remove("location");
                item.get_mut("record").and_then(Value::as_object_mut).map(unborn);
            }
        } else if self.status == StatusCode::CREATED {
            shown.as_object_mut().map(unborn);
        }
        let status = if self.status == StatusCode::MULTI_STATUS { self.status } else { StatusCode::OK };
        Ok(Self { status, location: None, etag: None, body: Some(shown.to_string()) })
    }

    /// The answer as it is sent.
    #[must_use]
    pub fn respond(self, replayed: bool) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = value {
                response.insert_header((name, value));
            }
        }
        if replayed {
            response.insert_header(("idempotent-replayed", "true"));
        }
        match self.body {
            Some(body) => response.content_type("application/json").body(body),
            None => response.finish(),
        }
    }
}

/// Takes away what a record gets when it is stored: its id, its number, the ids of its parts.
fn unborn(record: &mut Map<String, Value>) {
    record.remove("id");
    record.remove("number");
    for parts in record.values_mut().filter_map(Value::as_array_mut) {
        for part in parts.iter_mut().filter_map(Value::as_object_mut) {
            part.remove("id");
        }
    }
}
