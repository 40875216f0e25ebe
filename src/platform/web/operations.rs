//! What the document says of each operation, read once at the start and held against each request: right, parameters, media types.
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::query::bad;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::list::{DEFINED, MOST_FILTER};

/// One operation as the document describes it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    /// Its place among all, from 1 on: where its requests are counted.
    pub number: usize,
    pub method: String,
    /// Its address, with names for what changes in it.
    pub pattern: String,
    /// `x-permission`: a permission, `public` or `authenticated`.
    pub permission: String,
    /// `x-rate-limit: address`: tries are counted for each address, besides calls for each caller.
    pub counts_address: bool,
    /// `x-custom-filters`: parameters named after fields that the company defines are the list's own to know.
    custom_filters: bool,
    /// Query parameters, each with the most characters of its value.
    parameters: BTreeMap<String, usize>,
    /// The same for header fields.
    fields: BTreeMap<String, usize>,
    takes: BTreeSet<String>,
    gives: BTreeSet<String>,
}

/// All operations: path pattern → method → operation.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    by_pattern: BTreeMap<String, BTreeMap<String, Arc<Operation>>>,
    by_number: Vec<Arc<Operation>>,
}

impl Operations {
    /// Reads the document; every operation that lacks a right or an id is named, and stops the start.
    pub fn of(document: &Value) -> Result<Self, String> {
        let mut all = Self::default();
        let mut faults = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, op) in item.as_object().into_iter().flatten() {
                let (Some(permission), Some(id)) = (op["x-permission"].as_str(), op["operationId"].as_str()) else {
                    faults.push(format!("{method} {path} states no x-permission or no operationId"));
                    continue;
                };
                let names = |value: &Value| value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
                let lengths = |place: &str| {
                    let all = op["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == place);
                    all.filter_map(|p| Some((p["name"].as_str()?.to_owned(), most(p)))).collect()
                };
                let (parameters, fields) = (lengths("query"), lengths("header"));
                let gives = op["responses"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(status, _)| status.starts_with('2'))
                    .flat_map(|(_, r)| names(&r["content"]))
                    .collect();
                let (takes, counts_address) = (names(&op["requestBody"]["content"]), op["x-rate-limit"] == "address");
                let custom_filters = op["x-custom-filters"] == true;
                let operation = Arc::new(Operation {
                    id: id.into(),
                    number: all.by_number.len() + 1,
                    method: method.to_uppercase(),
                    pattern: path.clone(),
                    permission: permission.into(),
                    counts_address,
                    custom_filters,
                    parameters,
                    fields,
                    takes,
                    gives,
                });
                all.by_number.push(operation.clone());
                all.by_pattern.entry(path.clone()).or_default().insert(method.to_uppercase(), operation);
            }
        }
        if faults.is_empty() { Ok(all) } else { Err(faults.join("; ")) }
    }

    /// Every operation.
    pub fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.by_number.iter().map(AsRef::as_ref)
    }

    /// An operation by its number.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Option<&Operation> {
        self.by_number.get(number.checked_sub(1)?).map(AsRef::as_ref)
    }

    /// The operation at a pattern and method; a HEAD is the GET without its body. `None` where the pattern is not of the API.
    pub fn find(&self, pattern: &str, method: &str) -> Option<Result<&Operation, Problem>> {
        let methods = self.by_pattern.get(pattern)?;
        let found = methods.get(method).or_else(|| (method == "HEAD").then(|| methods.get("GET")).flatten());
        Some(found.map(AsRef::as_ref).ok_or_else(|| not_allowed(&allow(methods.keys().map(String::as_str)))))
    }

    /// What `Allow` says of a pattern; a page is outside the document and can only be read. `None` where there is nothing.
    #[must_use]
    pub fn allow(&self, pattern: &str) -> Option<String> {
        let methods = self.by_pattern.get(pattern).map(|methods| allow(methods.keys().map(String::as_str)));
        methods.or_else(|| PAGES.contains(&pattern).then(|| allow(["GET"].into_iter())))
    }
}

/// The most characters of a parameter's value, as its schema says.
fn most(parameter: &Value) -> usize {
    parameter["schema"]["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

/// Addresses that are not of the API: the document itself and the pages that show it.
pub const PAGES: [&str; 3] = ["/openapi.json", "/docs", "/docs/{_:.*}"];

/// The methods of an address: OPTIONS is answered everywhere, HEAD wherever GET is.
fn allow<'a>(methods: impl Iterator<Item = &'a str>) -> String {
    let mut all: BTreeSet<&str> = methods.chain(["OPTIONS"]).collect();
    if all.contains("GET") {
        all.insert("HEAD");
    }
    all.into_iter().collect::<Vec<_>>().join(", ")
}

fn not_allowed(allow: &str) -> Problem {
    Problem::new(Code::MethodNotAllowed).param("allow", allow).header("allow", allow)
}

/// The pattern of a request's address, found once: to match an address against all that there are takes as long as to route it.
#[derive(Clone)]
pub struct Pattern(Option<Rc<str>>);

impl Pattern {
    /// That of a request; none where nothing is.
    pub fn of(req: &HttpRequest) -> Option<Rc<str>> {
        if let Some(Self(known)) = req.extensions().get() {
            return known.clone();
        }
        let found = req.match_pattern().map(Rc::from);
        req.extensions_mut().insert(Self(found.clone()));
        found
    }
}

/// The middleware that answers OPTIONS, which asks for no right, and refuses other methods on pages. What is nowhere goes on, to be told so.
pub async fn wrap(req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let pattern = Pattern::of(req.request());
    let operations = req.app_data::<web::Data<Operations>>().cloned();
    if let Some(allow) = pattern.as_deref().zip(operations).and_then(|(pattern, operations)| operations.allow(pattern)) {
        if req.method() == Method::OPTIONS {
            return Ok(req.into_response(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish()));
        }
        if pattern.is_some_and(|pattern| PAGES.contains(&&*pattern)) && req.method() != Method::GET {
            return Ok(req.error_response(not_allowed(&allow)));
        }
    }
    next.call(req).await.map(ServiceResponse::map_into_boxed_body)
}

impl Operation {
    /// Refuses query parameters that the document does not know, naming those that it does, and values longer than it says.
    pub fn check_parameters<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Problem> {
        for (name, value) in pairs {
            // Where nothing is filtered a name with an operator is no parameter: `validate_only[eq]=true` must not pass for a rehearsal and then be none.
            let base = if self.filters() { name.split('[').next().unwrap_or_default() } else { name };
            // What the company defines is as long as the list's own filters may be.
            let own = (self.custom_filters && base.starts_with(DEFINED)).then_some(&MOST_FILTER);
            let Some(most) = self.parameters.get(base).or(own) else {
                let known = if self.parameters.is_empty() { "none".into() } else { self.parameters.keys().map(String::as_str).collect::<Vec<_>>().join(", ") };
                return Err(Problem::new(Code::UnknownParameter).param("name", name.chars().take(80).collect::<String>()).param("known", known));
            };
            if value.len() > *most && value.chars().count() > *most {
                return Err(bad(name, Fault::from(FaultCode::TooLong).param("max", most)));
            }
        }
        Ok(())
    }

    /// Whether parameters may bear operators: those of lists and analyses.
    fn filters(&self) -> bool {
        ["limit", "group_by"].iter().any(|name| self.parameters.contains_key(*name))
    }

    /// Refuses header fields longer than the document says.
    pub fn check_fields(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let too_long = self.fields.iter().find(|(name, most)| headers.get_all(name.as_str()).any(|value| value.len() > **most));
        too_long.map_or(Ok(()), |(_, most)| Err(Problem::malformed(Fault::from(FaultCode::TooLong).param("max", most))))
    }

    /// 406 where the caller takes nothing that this operation gives.
    pub fn check_accept(&self, accept: Option<&str>) -> Result<(), Problem> {
        let Some(accept) = accept.filter(|a| !a.trim().is_empty()) else { return Ok(()) };
        let takes = |offer: &str| {
            accept.split(',').any(|range| {
                let mut pieces = range.split(';').map(str::trim);
                let range = pieces.next().unwrap_or_default();
                let refused = pieces.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                !refused
                    && (range == "*/*"
                        || range.eq_ignore_ascii_case(offer)
                        || range.strip_suffix("/*").is_some_and(|family| offer.split('/').next() == Some(family)))
            })
        };
        if self.gives.is_empty() || self.gives.iter().any(|offer| takes(offer)) || takes("application/problem+json") {
            return Ok(());
        }
        Err(Problem::new(Code::NotAcceptable).param("offered", self.gives.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
    }

    /// 415 where the body is of a type that this operation does not take, or coded: what a few bytes may unpack to has no limit.
    pub fn check_content_type(&self, content_type: &str, coding: Option<&str>) -> Result<(), Problem> {
        if self.takes.is_empty() {
            return Ok(());
        }
        let offered = self.takes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            let offered = format!("{offered} (Content-Encoding: identity)");
            return Err(Problem::new(Code::UnsupportedMediaType).param("offered", offered).header("accept-encoding", "identity"));
        }
        if content_type.is_empty() || self.takes.iter().any(|t| t.eq_ignore_ascii_case(content_type)) {
            return Ok(());
        }
        let problem = Problem::new(Code::UnsupportedMediaType).param("offered", &offered);
        Err(if self.takes.contains("application/merge-patch+json") { problem.header("accept-patch", offered) } else { problem })
    }
}
