//! Asks over HTTP, and holds every answer against what holds for all of them: a request id, problems in full, never a fault of ours, and what the document says.
use std::sync::LazyLock;
use std::time::Duration;

use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::header::{CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, redirect};
use serde_json::Value;

use super::contract::{self, Seen};

static HTTP: LazyLock<Http> = LazyLock::new(|| {
    let client = Http::builder().no_proxy().redirect(redirect::Policy::none()).timeout(Duration::from_secs(60));
    // Each test has a server of its own: a kept connection would lead to one that is gone.
    client.pool_max_idle_per_host(0).build().unwrap()
});

/// Somebody who asks.
#[derive(Clone)]
pub struct Client<'a> {
    base: &'a str,
    headers: Vec<(String, String)>,
}

impl<'a> Client<'a> {
    pub fn new(base: &'a str) -> Self {
        Self { base, headers: Vec::new() }
    }
    /// With one more header field in every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path))
    }
    pub fn head(&self, path: &str) -> Answer {
        self.send(self.request(Method::HEAD, path))
    }
    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
    }
    pub fn patch<'t>(&self, path: &str, body: Value, etag: impl Into<Option<&'t str>>) -> Answer {
        self.send(if_match(self.request(Method::PATCH, path), etag.into()).json(&body))
    }
    pub fn put<'t>(&self, path: &str, body: Value, etag: impl Into<Option<&'t str>>) -> Answer {
        self.send(if_match(self.request(Method::PUT, path), etag.into()).json(&body))
    }
    pub fn delete<'t>(&self, path: &str, etag: impl Into<Option<&'t str>>) -> Answer {
        self.send(if_match(self.request(Method::DELETE, path), etag.into()))
    }
    /// POST with `If-Match`; a body of null is sent as no body at all.
    pub fn action<'t>(&self, path: &str, body: Value, etag: impl Into<Option<&'t str>>) -> Answer {
        let request = if_match(self.request(Method::POST, path), etag.into());
        self.send(if body.is_null() { request } else { request.json(&body) })
    }
    /// Any method with any bytes.
    pub fn raw(&self, method: &str, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(method.parse().unwrap(), path).body(body.into());
        self.send(if content_type.is_empty() { request } else { request.header(CONTENT_TYPE, content_type) })
    }
    /// POST of a form with files.
    pub fn upload(&self, path: &str, form: reqwest::blocking::multipart::Form) -> Answer {
        self.send(self.request(Method::POST, path).multipart(form))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = HTTP.request(method, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let asked = format!("{} {}", request.method(), request.url());
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = HTTP.execute(request).unwrap_or_else(|e| panic!("{asked}: {e}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().unwrap_or_else(|e| panic!("{asked}: {e}")).to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let answer = Answer { asked, status, headers, body, text, bytes };
        answer.check(method == "HEAD");
        answer.hold(&method, &path);
        answer
    }
}

fn if_match(request: RequestBuilder, etag: Option<&str>) -> RequestBuilder {
    match etag {
        Some(etag) => request.header("if-match", etag),
        None => request,
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as JSON; null where it is none.
    pub body: Value,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header field; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }
    pub fn etag(&self) -> &str {
        let etag = self.header("etag");
        assert!(!etag.is_empty(), "no ETag: {self}");
        etag
    }
    /// The record's id.
    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id: {self}"))
    }

    /// The status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }
    /// It is this problem.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str().unwrap_or_default()), (status, code), "{self}");
        self
    }
    /// Where it says that something is wrong, and what, in order.
    pub fn faults(&self) -> Vec<(&str, &str)> {
        let faults = self.body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self}"));
        let mut faults: Vec<_> = faults.iter().map(|f| (f["pointer"].as_str().unwrap(), f["code"].as_str().unwrap())).collect();
        faults.sort_unstable();
        faults
    }

    /// It is what the document says that this operation answers.
    fn hold(&self, method: &str, path: &str) {
        // A coded body is the test's to read.
        let readable = method != "HEAD" && !self.bytes.is_empty() && self.header("content-encoding").is_empty();
        let seen = Seen {
            method,
            path,
            status: self.status,
            content_type: self.header("content-type"),
            location: self.header("location"),
            body: readable.then_some(&self.body),
        };
        if let Some(fault) = contract::fault(&seen) {
            panic!("not as the document says: {fault}\n{self}");
        }
    }

    fn check(&self, head: bool) {
        assert!(self.status != 500, "a fault of ours: {self}");
        let id = self.header("x-request-id");
        assert!(!id.is_empty(), "no request id: {self}");
        if self.status < 400 {
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
        assert!(["en", "zh-CN"].contains(&self.headers.get(CONTENT_LANGUAGE).map(|v| v.to_str().unwrap()).unwrap_or_default()), "no language: {self}");
        let (header, needed) = match self.status {
            401 => ("www-authenticate", true),
            405 => ("allow", true),
            429 | 503 => ("retry-after", true),
            _ => ("x-request-id", true),
        };
        assert_eq!(!self.header(header).is_empty(), needed, "no {header}: {self}");
        // A coded body is the test's to read.
        if head || !self.header("content-encoding").is_empty() {
            return;
        }
        for field in ["type", "title", "detail", "instance", "code", "request_id"] {
            assert!(self.body[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {self}");
        }
        assert_eq!((&self.body["status"], self.body["request_id"].as_str()), (&Value::from(self.status), Some(id)), "{self}");
        let code = self.body["code"].as_str().unwrap_or_default();
        assert!(self.body["type"].as_str().is_some_and(|kind| kind.ends_with(&format!("/problems/{code}"))), "{self}");
        let faults = self.body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self}"));
        assert!(self.status != 422 || !faults.is_empty(), "422 without a fault: {self}");
        for fault in faults {
            assert!(["pointer", "code", "detail"].iter().all(|field| fault[field].is_string()), "{self}");
            // Words whose particulars are missing show as a gap before a stop or as a brace.
            assert!(!fault["detail"].as_str().unwrap_or_default().contains(['{', '}']), "{self}");
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {} {:?} {}", self.asked, self.status, self.headers, self.text)
    }
}
