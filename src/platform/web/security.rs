//! What browsers are told on every answer, so that an answer of the API is never taken for a page, a script or a frame.
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::headers;
use crate::platform::state::State;

/// Nothing of an answer is ever shown or run.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// A year; without subdomains, which may be others'.
const TRANSPORT: &str = "max-age=31536000";

/// The middleware.
pub async fn wrap<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let path = req.path().to_owned();
    let public_url = req.app_data::<web::Data<State>>().map(|state| state.config.public_url.clone()).unwrap_or_default();
    headers::on_answer(next.call(req).await, |fields| set(fields, &path, &public_url))
}

fn set(fields: &mut HeaderMap, path: &str, public_url: &str) {
    // A page that is meant to be shown brings its own.
    let own = fields.get(header::CONTENT_SECURITY_POLICY).cloned();
    let policy = if path.starts_with("/docs") { docs_policy(public_url) } else { NOTHING.to_owned() };
    let mut put = |name: HeaderName, value: &str| drop(HeaderValue::from_str(value).map(|value| fields.insert(name, value)));
    put(header::CONTENT_SECURITY_POLICY, own.as_ref().and_then(|own| own.to_str().ok()).unwrap_or(&policy));
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "no-referrer");
    // Requests by CORS are not concerned: they follow CORS_ORIGINS.
    put(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if public_url.starts_with("https://") {
        put(header::STRICT_TRANSPORT_SECURITY, TRANSPORT);
    }
}

/// Swagger UI: its own files, the styles and images that it makes itself, and calls to the server that the document names.
fn docs_policy(public_url: &str) -> String {
    let origin = public_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self' {origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_may_call_the_server_that_the_document_names() {
        assert!(docs_policy("https://orders.example.com/base").contains("connect-src 'self' https://orders.example.com;"));
        assert!(docs_policy("http://127.0.0.1:8080").contains("connect-src 'self' http://127.0.0.1:8080;"));
    }

    #[test]
    fn only_who_is_reached_by_tls_demands_it() {
        for (public_url, demanded) in [("https://orders.example.com", true), ("http://127.0.0.1:8080", false)] {
            let mut fields = HeaderMap::new();
            set(&mut fields, "/livez", public_url);
            assert_eq!(fields.contains_key(header::STRICT_TRANSPORT_SECURITY), demanded);
        }
    }
}
