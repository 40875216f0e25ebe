//! Query parameters: decoded, free of what no database keeps, each at most once; the document says which there are.
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::platform::problem::{Code, Fault, FaultCode, Problem};

/// The parameters of a request, in their order.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a query string.
    pub fn parse(path: &str, raw: &str) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
        for (i, (name, value)) in pairs.iter().enumerate() {
            if value.chars().any(char::is_control) || name.chars().any(char::is_control) {
                return Err(bad(&name.replace(char::is_control, "?"), FaultCode::ControlCharacter));
            }
            if pairs[..i].iter().any(|(other, _)| other == name) {
                return Err(bad(name, FaultCode::StandsTwice));
            }
        }
        Ok(Self { path: path.to_owned(), pairs })
    }
    /// A parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// All of them.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
    /// The parameters of these names alone.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self { path: self.path.clone(), pairs: self.pairs.iter().filter(|(name, _)| wanted(name)).cloned().collect() }
    }
    /// Puts another value in the place of a parameter's.
    pub fn set(&mut self, name: &str, value: &str) {
        for pair in self.pairs.iter_mut().filter(|(n, _)| n == name) {
            value.clone_into(&mut pair.1);
        }
    }
    /// A yes or no; no where it is absent.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(bad(name, FaultCode::NotABoolean)),
        }
    }
    /// A whole number within bounds.
    pub fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| bad(name, Fault::from(FaultCode::NotInRange).param("min", 1).param("max", most)))
    }
    /// The same parameters with some left out and others put in: the canonical text of what is asked.
    #[must_use]
    pub fn rewritten(&self, without: &[&str], with: &[(&str, &str)]) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.pairs.iter().filter(|(n, _)| !without.contains(&n.as_str())));
        out.extend_pairs(with);
        out.finish()
    }
}

/// A parameter that cannot be used, and why.
#[must_use]
pub fn bad(name: &str, fault: impl Into<Fault>) -> Problem {
    Problem::new(Code::BadParameter).param("name", name.chars().take(80).collect::<String>()).with_faults(vec![fault.into()])
}

impl FromRequest for Query {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(req.path(), req.query_string()))
    }
}
