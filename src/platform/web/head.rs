//! How large the head of a request may be. The server below has limits of its own, and answers what breaks them before it is a request, without a body:
//! 400 what is no HTTP, 408 a head that is too slow, 431 one above 128 KiB or 96 fields. These here are lower, so that nearly all refusals are problem documents.
//! Only the first head of a connection has a deadline there: a later one that stops half-way keeps its connection, though nothing else, until the program drains.
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::platform::problem::{Code, Problem};

/// Most bytes of path and query: a condition in JSON and a hundred ids fit in. Programs on the way need take 8,000 only.
const MOST_URL: usize = 16_000;
/// Most bytes of all header fields.
const MOST_FIELDS: usize = 32 << 10;

/// The middleware.
pub async fn wrap(req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(req.head()) {
        Ok(()) => next.call(req).await.map(ServiceResponse::map_into_boxed_body),
        Err(problem) => Ok(req.error_response(problem)),
    }
}

fn check(head: &RequestHead) -> Result<(), Problem> {
    let url = head.uri.path_and_query().map_or(0, |text| text.as_str().len());
    if url > MOST_URL {
        return Err(Problem::new(Code::UrlTooLong).param("most", MOST_URL));
    }
    let fields: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if fields > MOST_FIELDS {
        return Err(Problem::new(Code::HeadersTooLarge).param("most", MOST_FIELDS));
    }
    Ok(())
}
