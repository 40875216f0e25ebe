//! What a standard makes of an entry that is only tried: each violation with the calls that would refuse it, what would be filled in, what is still
//! missing. It knows no room and no connection; rooms say which calls there are and what they fill in.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::check::{Context, Moment, Violation};
use super::custom::CustomInput;
use super::definition::{Kind, Severity, Standard};
use super::service::to_faults;
use crate::identity::Role;
use crate::platform::problem::{Fault, FaultCode, FaultView, Locale, Problem};
use crate::platform::web::Given;

/// The calls that take a whole entry.
pub const CREATE: &str = "create";
pub const UPDATE: &str = "update";
pub const IMPORT: &str = "import";
const ENTERING: [&str; 3] = [CREATE, UPDATE, IMPORT];

/// A call that holds an entry against the standard, and when it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub moment: Moment,
    pub stage: String,
    pub status: &'static str,
    pub skip: &'static [Kind],
}

impl Call {
    /// A call before the first review.
    #[must_use]
    pub fn entering(name: &str, stage: &str, status: &'static str) -> Self {
        Self { name: name.to_owned(), moment: Moment::Save, stage: stage.to_owned(), status, skip: &[] }
    }
    /// The calls of a room without reviews and stages.
    #[must_use]
    pub fn plain() -> Vec<Self> {
        ENTERING.iter().map(|name| Self::entering(name, "", "")).collect()
    }
    /// What the check needs to know of it.
    #[must_use]
    pub fn context(&self, today: NaiveDate, role: Role) -> Context<'_> {
        Context { moment: self.moment, stage: &self.stage, status: self.status, today, role, skip: self.skip }
    }
}

/// Something wrong with an entry, and the calls that would say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub fault: Fault,
    pub severity: Severity,
    pub calls: Vec<String>,
}

impl Judged {
    /// A fault of form: no call that takes the entry lets it pass.
    #[must_use]
    pub fn of_form(fault: Fault) -> Self {
        Self::by(fault, &ENTERING)
    }
    /// A fault that these calls refuse.
    #[must_use]
    pub fn by(fault: Fault, calls: &[&str]) -> Self {
        Self { fault, severity: Severity::Error, calls: calls.iter().map(|call| (*call).to_owned()).collect() }
    }
    /// What is left of it where others say the same: the calls that none of them refuses.
    #[must_use]
    pub fn beside(mut self, others: &[Self]) -> Option<Self> {
        let said: Vec<&Self> = others.iter().filter(|other| other.severity == Severity::Error && other.fault.is_about(&self.fault)).collect();
        self.calls.retain(|call| !said.iter().any(|other| other.calls.contains(call)));
        (!self.calls.is_empty()).then_some(self)
    }
    /// What of a violation holds at which calls, named once each. A call of one stage (`win:contract`) is not named beside the same of any (`win`).
    #[must_use]
    pub fn of_standard(violation: Violation, places: &[usize], calls: &[Call]) -> Option<Self> {
        let severity = violation.severity;
        let fault = to_faults(vec![violation]).pop()?;
        let named: Vec<&String> = calls.iter().enumerate().filter(|(place, _)| places.contains(place)).map(|(_, call)| &call.name).collect();
        let general = |name: &str| name.split_once(':').is_some_and(|(call, _)| named.iter().any(|named| *named == call));
        let calls = named.iter().filter(|name| !general(name)).map(|name| (*name).clone()).collect();
        Some(Self { fault, severity, calls })
    }
    /// As it is told.
    #[must_use]
    pub fn view(self, locale: Locale) -> ViolationView {
        let Self { fault, severity, calls } = self;
        let fault = FaultView::of(&fault, locale);
        let (refuses, warns) = if severity == Severity::Error { (calls, Vec::new()) } else { (Vec::new(), calls) };
        ViolationView { fault, severity, refuses, warns }
    }
}

/// What is wrong with an entry in one place, and which calls say so.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StandardViolation)]
pub struct ViolationView {
    #[serde(flatten)]
    pub fault: FaultView,
    #[schema(max_length = 20, example = "error")]
    pub severity: Severity,
    /// Calls that refuse it: `create` (also in a batch, and by reference), `update` (a PATCH of the fields concerned), `import`, `submit`, `move:` with
    /// the code of a stage, `win` (with a code: only from that stage).
    #[schema(max_items = 205, max_length = 60, example = json!(["submit"]))]
    pub refuses: Vec<String>,
    /// Calls that go through and tell it as a warning.
    #[schema(max_items = 205, max_length = 60, example = json!([]))]
    pub warns: Vec<String>,
}

crate::word_type! {
    /// Where a value that was not sent, or not so, comes from.
    FilledBy { Default "default", Computed "computed", ListPrice "list_price", StandardName "standard_name", Reference "reference" }
}
impl Serialize for FilledBy {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// A field that would be filled in, or would be called otherwise than it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FilledField)]
pub struct Filled {
    #[schema(max_length = 500, example = "/lines/0/product")]
    pub pointer: String,
    /// What would stand there.
    #[schema(max_length = 4000, example = "GTX Pro")]
    pub value: String,
    /// What was sent, where something was.
    #[schema(max_length = 4000, example = "GTXPro")]
    pub given: Option<String>,
    #[schema(inline)]
    pub by: FilledBy,
}

impl Filled {
    /// A value where none was sent.
    #[must_use]
    pub fn new(pointer: impl Into<String>, value: impl ToString, by: FilledBy) -> Self {
        Self { pointer: pointer.into(), value: value.to_string(), given: None, by }
    }
    /// In place of what was sent.
    #[must_use]
    pub fn instead_of(self, given: impl Into<String>) -> Self {
        Self { given: Some(given.into()), ..self }
    }
}

/// Custom fields that would take their defaults, or that would name a record otherwise than it was sent.
#[must_use]
pub fn filled_custom(sent: &Given<CustomInput>, values: &Map<String, Value>, standard: &Standard) -> Vec<Filled> {
    let given = |key: &str| sent.as_ref().and_then(|sent| sent.0.get(key));
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let filled = standard.fields.iter().filter_map(|field| {
        let (value, at) = (values.get(&field.key)?, format!("/custom/{}", field.key));
        match given(&field.key) {
            None => Some(Filled::new(at, shown(value), FilledBy::Default)),
            Some(given) if field.kind.is_reference() && given != value => Some(Filled::new(at, shown(value), FilledBy::Reference).instead_of(shown(given))),
            Some(_) => None,
        }
    });
    filled.collect()
}

/// What a call still needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MissingFields)]
pub struct Missing {
    /// `submit`, `move:` with the code of a stage, `win`.
    #[schema(max_length = 60, example = "submit")]
    pub call: String,
    #[schema(max_items = 10000, max_length = 500, example = json!(["/expected_close_date"]))]
    pub pointers: Vec<String>,
}

/// What would become of an entry.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EntryTrial)]
pub struct Trial {
    /// Whether a create would take it.
    pub accepted: bool,
    /// Faults of form first, then what the standard says, in the order of its rules.
    #[schema(max_items = 10000)]
    pub violations: Vec<ViolationView>,
    #[schema(max_items = 2000)]
    pub filled: Vec<Filled>,
    /// Fields without which a call after the create would be refused; of every such call, also where nothing is missing.
    #[schema(max_items = 102)]
    pub missing: Vec<Missing>,
}

impl Trial {
    /// Of all that is wrong, all that is filled in and the calls that there are.
    #[must_use]
    pub fn of(judged: Vec<Judged>, filled: Vec<Filled>, calls: &[Call], locale: Locale) -> Self {
        let refused_by = |judged: &Judged, call: &str| judged.severity == Severity::Error && judged.calls.iter().any(|name| name == call);
        let is_gap = |judged: &&Judged| matches!(judged.fault.code, FaultCode::Required | FaultCode::TooFew);
        let later = calls.iter().map(|call| &call.name).filter(|name| !ENTERING.contains(&name.as_str()) && !name.starts_with("win:"));
        let missing = later.map(|call| {
            let gaps = judged.iter().filter(is_gap).filter(|judged| refused_by(judged, call));
            Missing { call: call.clone(), pointers: gaps.map(|judged| judged.fault.pointer.clone()).collect() }
        });
        let missing = missing.collect();
        let accepted = !judged.iter().any(|judged| refused_by(judged, CREATE));
        Self { accepted, violations: judged.into_iter().map(|judged| judged.view(locale)).collect(), filled, missing }
    }

    /// Of an entry that is so far off that nothing of it could be read.
    pub fn unreadable(problem: Problem, calls: &[Call], locale: Locale) -> Result<Self, Problem> {
        if problem.faults().is_empty() {
            return Err(problem);
        }
        Ok(Self::of(problem.faults().iter().cloned().map(Judged::of_form).collect(), Vec::new(), calls, locale))
    }
}
