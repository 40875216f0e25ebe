//! Versions on the wire: `"<version>-<hash of the body>"` goes out, the version part of what comes back decides.
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::platform::problem::{Code, FaultCode, Problem};
use crate::platform::secrets;

/// What `-` or `;` and a coding at the end of a tag may be.
const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// What `If-Match` asks of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Missing,
    /// `*`: whatever version there is.
    Any,
    /// Any of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Holds a record's version against the condition: 428 where it is missing, 412 where it is another.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match self {
            Self::Missing => Err(Problem::new(Code::IfMatchRequired)),
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&version) => Ok(()),
            Self::Versions(_) => Err(stale(version)),
        }
    }
}

impl IfMatch {
    /// The same for a replacement that may do without: only what is sent is held against the version.
    pub fn check_if_sent(&self, version: i64) -> Result<(), Problem> {
        if *self == Self::Missing { Ok(()) } else { self.check(version) }
    }
    /// For a replacement of what is not there: whoever expects a version of it is mistaken.
    pub fn check_absent(&self) -> Result<(), Problem> {
        if *self == Self::Missing { Ok(()) } else { Err(Problem::new(Code::NothingToMatch)) }
    }
}

/// The record has moved on to another version.
#[must_use]
pub fn stale(version: i64) -> Problem {
    Problem::new(Code::Stale).param("version", version)
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(header) = req.headers().get("if-match") else { return ready(Ok(Self::Missing)) };
        ready(header.to_str().ok().and_then(parse).ok_or_else(|| Problem::malformed(FaultCode::NotAnETag)))
    }
}

fn parse(header: &str) -> Option<IfMatch> {
    if header.trim() == "*" {
        return Some(IfMatch::Any);
    }
    header.split(',').map(version_of).collect::<Option<Vec<_>>>().map(IfMatch::Versions)
}

/// Proxies weaken tags and add to them (`W/"5-…"`, `"5-…-gzip"`), people shorten them (`"5"`): the number in front counts.
fn version_of(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    tag.split('-').next()?.parse().ok().filter(|v| *v >= 0)
}

/// The tag of a record's body.
#[must_use]
pub fn tag(version: i64, body: &[u8]) -> String {
    format!("\"{version}-{}\"", secrets::fingerprint(body, 8))
}

/// Whether `If-None-Match` names this very body, in whatever coding it was sent.
#[must_use]
pub fn is_known(header: &str, tag: &str) -> bool {
    header.trim() == "*" || as_known(header, tag).is_some()
}

/// The tag of `If-None-Match` that names this very body, as the caller has it.
#[must_use]
pub fn as_known(header: &str, tag: &str) -> Option<String> {
    let strong = |t: &str| t.trim().trim_start_matches("W/").to_owned();
    header.split(',').map(strong).find(|t| bare(t) == bare(&strong(tag)))
}

/// The tag of the same body in a coding.
#[must_use]
pub fn coded(tag: &str, coding: &str) -> String {
    tag.strip_suffix('"').map_or_else(|| tag.to_owned(), |open| format!("{open}-{coding}\""))
}

/// What stands between the quotes, without what we and proxies add for a coding.
fn bare(tag: &str) -> &str {
    let tag = tag.trim_matches('"');
    let uncoded = CODINGS.iter().find_map(|coding| tag.strip_suffix(coding));
    uncoded.map_or(tag, |tag| tag.trim_end_matches(['-', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back_in_many_forms() {
        for (header, expected) in [
            ("\"5-ab\"", Some(IfMatch::Versions(vec![5]))),
            ("W/\"5-ab\"", Some(IfMatch::Versions(vec![5]))),
            ("\"5-ab-gzip\"", Some(IfMatch::Versions(vec![5]))),
            ("W/\"5-ab-br\", \"6-cd-zstd\"", Some(IfMatch::Versions(vec![5, 6]))),
            ("\"5\"", Some(IfMatch::Versions(vec![5]))),
            ("*", Some(IfMatch::Any)),
            ("\"1\", \"2\"", Some(IfMatch::Versions(vec![1, 2]))),
            ("5", None),
            ("\"x\"", None),
            ("\"-5\"", None),
        ] {
            assert_eq!(parse(header), expected, "{header}");
        }
    }

    #[test]
    fn a_body_is_known_in_every_coding() {
        let tag = tag(5, b"{}");
        for coding in ["gzip", "br", "zstd", "deflate"] {
            assert!(is_known(&coded(&tag, coding), &tag), "{coding}");
            assert!(is_known(&format!("\"4-ab\", W/{}", coded(&tag, coding)), &tag), "{coding}");
        }
        for (header, known) in
            [("*", true), (tag.as_str(), true), (&format!("W/{tag}"), true), ("\"5\"", false), ("\"5-ab-gzip\"", false), ("", false), ("gzip", false)]
        {
            assert_eq!(is_known(header, &tag), known, "{header}");
        }
        assert_eq!(as_known(&format!("\"x\", W/{}", coded(&tag, "br")), &tag), Some(coded(&tag, "br")));
        assert_eq!(coded("W/\"5-ab\"", "gzip"), "W/\"5-ab-gzip\"");
    }
}
