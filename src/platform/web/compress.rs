//! Sends answers smaller where the caller takes it: zstd, br or gzip for streams and for bodies above 1 kB. A coded body is another representation,
//! so its strong ETag differs: `"5-…"` becomes `"5-…-gzip"`, which `etag` understands when it comes back.
use actix_http::encoding::Encoder;
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentEncoding, HeaderMap, HeaderValue};
use actix_web::middleware::Next;

use super::{etag, headers};
use crate::platform::problem::thousandths;

/// A body of known size up to this is sent as it is: the coding would take more than it saves.
const PLAIN_UP_TO: u64 = 1024;
/// What we can do, best first; the order decides between codings that the caller likes equally.
const CODINGS: [(&str, ContentEncoding); 3] = [("zstd", ContentEncoding::Zstd), ("br", ContentEncoding::Brotli), ("gzip", ContentEncoding::Gzip)];

/// The middleware.
pub async fn wrap(req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let text = |name| req.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned);
    let (accept, known) = (text(header::ACCEPT_ENCODING), text(header::IF_NONE_MATCH));
    let coding = accept.as_deref().and_then(negotiate);
    let mut response = next.call(req).await?;
    let (size, status) = (response.response().body().size(), response.status());
    if status == StatusCode::NOT_MODIFIED {
        // The caller's own name for what it has, and what the whole answer would have said.
        let tag = response.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).zip(known.as_deref()).and_then(|(tag, known)| etag::as_known(known, tag));
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        headers::vary(response.headers_mut(), &["Accept-Encoding"]);
        return Ok(response.map_into_boxed_body());
    }
    if !worth(size, status, response.headers()) {
        return Ok(response.map_into_boxed_body());
    }
    headers::vary(response.headers_mut(), &["Accept-Encoding"]);
    let Some((name, coding)) = coding else { return Ok(response.map_into_boxed_body()) };
    let tag = response.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).map(|tag| etag::coded(tag, name));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let mut response = response.map_body(|head, body| Encoder::response(coding, head, body).boxed());
    // The encoder has its own word on Vary.
    headers::vary(response.headers_mut(), &[]);
    Ok(response)
}

fn worth(size: BodySize, status: StatusCode, fields: &HeaderMap) -> bool {
    let long = match size {
        BodySize::Stream => true,
        BodySize::Sized(bytes) => bytes > PLAIN_UP_TO,
        BodySize::None => false,
    };
    let media = fields.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    long && status != StatusCode::PARTIAL_CONTENT && !fields.contains_key(header::CONTENT_ENCODING) && !is_packed(media)
}

/// Whether a media type is compressed in itself; XLSX is a ZIP.
fn is_packed(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let family = |family: &str| media.starts_with(family);
    (family("image/") && media != "image/svg+xml")
        || family("video/")
        || family("audio/")
        || family("font/woff")
        || family("application/vnd.openxmlformats-officedocument.")
        || matches!(media.as_str(), "application/zip" | "application/gzip" | "application/zstd" | "application/pdf")
}

/// The coding that `Accept-Encoding` likes best of ours; none where it likes the plain text better. Plain text is sent even to who refuses it:
/// an answer that can be read is worth more than a 406.
fn negotiate(accept: &str) -> Option<(&'static str, ContentEncoding)> {
    let mut weights: Vec<(String, u32)> = Vec::new();
    for part in accept.split(',').take(32) {
        let mut pieces = part.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q="))).map_or(Some(1000), thousandths);
        if let (false, Some(weight)) = (name.is_empty(), weight) {
            weights.push((if name == "x-gzip" { "gzip".into() } else { name }, weight));
        }
    }
    let weight_of = |name: &str| weights.iter().find(|(n, _)| n == name).map(|(_, weight)| *weight);
    let plain = weight_of("identity").unwrap_or(0);
    let mut best: Option<(u32, (&'static str, ContentEncoding))> = None;
    for coding in CODINGS {
        let weight = weight_of(coding.0).or_else(|| weight_of("*")).unwrap_or(0);
        if weight > 0 && weight >= plain && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, coding));
        }
    }
    best.map(|(_, coding)| coding)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_coding_liked_best_wins() {
        for (accept, expected) in [
            ("gzip", Some("gzip")),
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("gzip, deflate, br", Some("br")),
            ("br;q=0.5, gzip;q=0.8", Some("gzip")),
            ("GZIP;q=1.0", Some("gzip")),
            ("x-gzip", Some("gzip")),
            ("*", Some("zstd")),
            ("zstd;q=0, *;q=0.1", Some("br")),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip", Some("gzip")),
            ("deflate", None),
            ("gzip;q=0", None),
            ("gzip;q=x", None),
            ("", None),
            ("identity;q=0", None),
        ] {
            assert_eq!(negotiate(accept).map(|(name, _)| name), expected, "{accept}");
        }
    }

    #[test]
    fn what_is_packed_is_not_packed_again() {
        for (media, packed) in [
            ("application/json", false),
            ("text/csv; charset=utf-8", false),
            ("image/svg+xml", false),
            ("image/png", true),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true),
            ("", false),
        ] {
            assert_eq!(is_packed(media), packed, "{media}");
        }
    }

    #[test]
    fn a_short_body_is_left_alone() {
        let fields = HeaderMap::new();
        for (size, expected) in
            [(BodySize::None, false), (BodySize::Sized(0), false), (BodySize::Sized(1024), false), (BodySize::Sized(1025), true), (BodySize::Stream, true)]
        {
            assert_eq!(worth(size, StatusCode::OK, &fields), expected, "{size:?}");
        }
        let mut coded = HeaderMap::new();
        coded.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!worth(BodySize::Stream, StatusCode::OK, &coded));
    }

    proptest! {
        #[test]
        fn no_field_panics(accept in ".{0,80}") {
            let _ = negotiate(&accept);
        }
    }
}
