//! Which web pages may call: `CORS_ORIGINS`. A layer of our own and not actix-cors: that one answers preflights itself, for addresses that do not exist, too,
//! and refuses with a body that is no problem document; here a preflight is an OPTIONS like any other, and every answer, refusals and failures included, is readable.
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::headers;
use crate::platform::state::State;

/// What a page may send.
const ALLOWED: &str = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Accept, Accept-Language, X-Request-Id";
/// What a page may read of an answer, besides what every page may.
const EXPOSED: &str = "ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed, Content-Disposition, Content-Language, Allow, WWW-Authenticate, Accept-Patch";
/// How long a browser may remember a preflight, in seconds; more than two hours no browser keeps.
const REMEMBERED: &str = "7200";

/// The origins whose pages may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    Nobody,
    Any,
    Listed(Vec<String>),
}

impl Origins {
    /// Reads origins separated by commas, or `*`; nothing is nobody.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => return Ok(Self::Nobody),
            "*" => return Ok(Self::Any),
            _ => {}
        }
        let read = |item: &str| {
            let item = item.trim();
            origin(item).ok_or_else(|| format!("{item:?} is no origin such as https://app.example.com; give them separated by commas, or * alone"))
        };
        text.split(',').map(read).collect::<Result<_, _>>().map(Self::Listed)
    }

    /// What an answer says to a page of this origin.
    fn answer_to(&self, asking: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::Nobody => None,
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::Listed(origins) => origins.iter().any(|origin| origin.as_bytes() == asking.as_bytes()).then(|| asking.clone()),
        }
    }
}

/// An origin as browsers write it: lower case, without the scheme's own port. Any scheme: apps have theirs.
fn origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = text.split_once("://")?;
    let sound = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let authority: Authority = rest.parse().ok()?;
    let host = authority.host();
    let port = match rest.strip_prefix(host)? {
        "" => None,
        port => Some(port.strip_prefix(':')?.parse::<u16>().ok()?),
    };
    if !sound || host.is_empty() || host.contains('*') {
        return None;
    }
    let own = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    let port = port.filter(|port| Some(*port) != own).map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}"))
}

/// The middleware.
pub async fn wrap<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let origins = req.app_data::<web::Data<State>>().map(|state| state.config.cors_origins.clone()).unwrap_or_default();
    let allowed = req.headers().get(header::ORIGIN).and_then(|origin| origins.answer_to(origin));
    let preflight = req.method() == Method::OPTIONS && req.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    headers::on_answer(next.call(req).await, |fields| set(fields, &origins, allowed, preflight))
}

/// No credentials are allowed: tokens come in a header field, and no cookie is ever read.
fn set(fields: &mut HeaderMap, origins: &Origins, allowed: Option<HeaderValue>, preflight: bool) {
    if let Some(allowed) = allowed {
        fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if preflight {
            if let Some(methods) = fields.get(header::ALLOW).cloned() {
                fields.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            }
            fields.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
            fields.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
        } else {
            fields.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
    // Also on answers to others: a cache must not give them to a page.
    if matches!(origins, Origins::Listed(_)) {
        headers::vary(fields, &["Origin"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let listed = |origins: &[&str]| Ok(Origins::Listed(origins.iter().map(|o| (*o).to_owned()).collect()));
        assert_eq!(Origins::parse(""), Ok(Origins::Nobody));
        assert_eq!(Origins::parse(" * "), Ok(Origins::Any));
        assert_eq!(Origins::parse("https://App.Example.com:443, http://localhost:3000"), listed(&["https://app.example.com", "http://localhost:3000"]));
        assert_eq!(Origins::parse("capacitor://localhost,http://[::1]:80"), listed(&["capacitor://localhost", "http://[::1]"]));
        for faulty in [
            "app.example.com",
            "https://app.example.com/",
            "https://a, *",
            "null",
            "https://",
            "https://u@a",
            "https://*.example.com",
            "https://a:99999",
            "https://a,",
            "1://a",
            "https://a:",
        ] {
            assert!(Origins::parse(faulty).is_err(), "{faulty}");
        }
    }

    #[test]
    fn only_an_origin_of_the_list_is_answered() {
        let origins = Origins::parse("https://app.example.com").unwrap();
        let answer = |origin: &'static str| origins.answer_to(&HeaderValue::from_static(origin)).is_some();
        assert!(answer("https://app.example.com"));
        for other in ["https://app.example.com.evil.example", "http://app.example.com", "null", "*", "https://app.example.com:8443"] {
            assert!(!answer(other), "{other}");
        }
    }
}
