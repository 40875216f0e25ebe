//! The layer that makes answers whole: gives each request its id and language, turns every error into a problem document, and has it counted.
use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::{FutureExt as _, stream};

use super::headers::vary;
use crate::platform::clock::new_id;
use crate::platform::problem::{self, Code, Locale, Problem};
use crate::platform::state::State;
use crate::platform::watch::statements;
use crate::platform::web::limits::Standings;
use crate::platform::web::operations::Pattern;
use crate::platform::web::origin;
use crate::platform::web::seen::Seen;

/// The id of a request: the caller's, where it is a harmless text, else a new one.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The language of the answer: what `Accept-Language` likes best, else the user's own, else English.
#[derive(Clone, Copy, Debug)]
pub struct Language(pub Locale);

/// Set by the guard once the caller is known.
#[derive(Clone, Copy, Debug)]
pub struct UserLocale(pub Locale);

impl FromRequest for Language {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(locale_of(req))))
    }
}

impl FromRequest for RequestId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(id_of(req)))
    }
}

fn locale_of(req: &HttpRequest) -> Locale {
    let asked = req.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(Locale::negotiate);
    asked.or_else(|| req.extensions().get::<UserLocale>().map(|l| l.0)).unwrap_or_default()
}

fn id_of(req: &HttpRequest) -> RequestId {
    req.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId(String::new()))
}

fn harmless(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// The middleware.
pub async fn wrap(mut req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let seen = Seen::begin(&req);
    let given = req.headers().get("x-request-id").and_then(|v| v.to_str().ok()).filter(|id| harmless(id)).map(str::to_owned);
    let id = given.unwrap_or_else(|| new_id().to_string());
    req.extensions_mut().insert(RequestId(id.clone()));
    let trusted = seen.state.as_ref().map(|state| state.config.trusted_proxies.as_slice()).unwrap_or_default();
    if let Some(address) = origin::of(req.request(), trusted) {
        req.extensions_mut().insert(address);
    }
    // The request itself must not be held while it is routed; what a panic's answer needs is taken now.
    let (method, path) = (req.method().clone(), req.path().to_owned());
    let stand_in = Facts { locale: locale_of(req.request()), base: base_of(req.request()), path: path.clone(), id: id.clone() };
    // A HEAD is the GET without its body, which the server leaves out by itself; its length is told.
    if method == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    // A panic is a fault of ours and gets an answer like every other.
    let answering = statements::of_request(seen.trace.clone(), next.call(req));
    let outcome = AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|_| Err(Problem::internal("a handler panicked").into()));
    let response = match outcome {
        Ok(response) => response,
        // What is left of the request is gone, and so is the caller.
        Err(error) => {
            let mut response = answer(&problem_of_error(&error), &stand_in);
            complete(response.headers_mut(), &id, &path);
            seen.note(&id, &method, "-", "", &response);
            return Err(InternalError::from_response("", response).into());
        }
    };
    let problem = problem_of_response(&response);
    let (request, response) = response.into_parts();
    let response = match problem {
        Some(problem) => answer(&problem, &Facts { locale: locale_of(&request), ..stand_in }),
        // Nobody sees what a stream would have brought.
        None if method == Method::HEAD && response.body().size() == BodySize::Stream => {
            response.set_body(BodyStream::new(stream::empty::<Result<_, Error>>())).map_into_boxed_body()
        }
        None => response.map_into_boxed_body(),
    };
    let mut response = ServiceResponse::new(request, response);
    let user = response.request().extensions().get::<Who>().map(|w| w.0.clone()).unwrap_or_default();
    let limits = response.request().extensions().get::<Standings>().and_then(Standings::fields);
    complete(response.headers_mut(), &id, &path);
    if let Some((policy, left)) = limits
        && let (Ok(policy), Ok(left)) = (HeaderValue::from_str(&policy), HeaderValue::from_str(&left))
    {
        response.headers_mut().insert(HeaderName::from_static("ratelimit-policy"), policy);
        response.headers_mut().insert(HeaderName::from_static("ratelimit"), left);
    }
    // Where there is no operation the address is that of a page, or nothing that is ours to repeat.
    let pattern = if seen.trace.operation() == 0 { Pattern::of(response.request()) } else { None };
    seen.note(&id, &method, pattern.as_deref().unwrap_or("-"), &user, response.response());
    Ok(response)
}

/// What every answer says.
fn complete(headers: &mut HeaderMap, id: &str, path: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) && path.starts_with("/api/") {
        // Answers depend on the caller: nobody may keep them for another.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        vary(headers, &["Accept", "Accept-Language", "Authorization"]);
    }
}

/// Who asked, for the access line; set by the guard.
#[derive(Clone, Debug)]
pub struct Who(pub String);

fn problem_of_response<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    if let Some(error) = response.response().error() {
        return Some(problem_of_error(error));
    }
    let status = response.status();
    let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"application/"));
    (status.is_client_error() || status.is_server_error()).then_some(()).filter(|()| !ours).map(|()| of_status(status, "the request"))
}

fn problem_of_error(error: &Error) -> Problem {
    error.as_error::<Problem>().cloned().unwrap_or_else(|| {
        let status = error.as_response_error().status_code();
        let problem = of_status(status, &error.to_string());
        if status.is_server_error() { Problem::internal(error) } else { problem }
    })
}

fn of_status(status: StatusCode, reason: &str) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(Code::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(Code::UnsupportedMediaType),
        s if s.is_client_error() => {
            Problem::new(Code::MalformedRequest).param("reason", reason.chars().filter(|c| !c.is_control()).take(200).collect::<String>())
        }
        _ => Problem::new(Code::Internal),
    }
}

/// What an answer to a failed request is made of.
struct Facts {
    locale: Locale,
    base: String,
    path: String,
    id: String,
}

fn base_of(req: &HttpRequest) -> String {
    req.app_data::<web::Data<State>>().map(|s| s.config.public_url.clone()).unwrap_or_default()
}

fn answer(problem: &Problem, facts: &Facts) -> HttpResponse {
    let Facts { locale, base, path, id } = facts;
    if let Some(cause) = problem.cause().filter(|_| problem.code().status().is_server_error()) {
        log::error!(request_id = id.as_str(), code = problem.code().as_str(); "{cause}");
    }
    let view = problem::render(problem, *locale, base, path, id);
    let mut response = HttpResponse::build(problem.code().status());
    for (name, value) in problem.headers() {
        response.insert_header((*name, value.as_str()));
    }
    match problem.code().status() {
        StatusCode::UNAUTHORIZED => {
            let error = if problem.code() == Code::InvalidToken { ", error=\"invalid_token\"" } else { "" };
            response.insert_header((header::WWW_AUTHENTICATE, format!("Bearer realm=\"intent-orders\"{error}")));
        }
        StatusCode::SERVICE_UNAVAILABLE => drop(response.insert_header((header::RETRY_AFTER, "2"))),
        _ => {}
    }
    response.insert_header((header::CONTENT_LANGUAGE, locale.as_str())).content_type("application/problem+json");
    response.body(serde_json::to_vec(&view).unwrap_or_default())
}
