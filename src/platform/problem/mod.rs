//! Every refusal and failure, as RFC 9457 wants it: one type at the edge, all faults at once, texts in English and Chinese.
//! A problem names a code and its particulars; words are found when the answer is written, in the caller's language.
mod codes;
mod labels;
mod render;
mod stored;

use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub use codes::{Code, FaultCode};
pub use labels::{LABELS, Text};
pub use render::{FaultView, Locale, ProblemView, render, thousandths};
pub use stored::{Told, store, tell};

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Labels {
    #[schema(max_length = 500)]
    pub en: String,
    #[serde(rename = "zh-CN")]
    #[schema(max_length = 500)]
    pub zh_cn: String,
}

impl Labels {
    /// The text in one language.
    #[must_use]
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::ZhCn => &self.zh_cn,
        }
    }
}

/// One thing that is wrong with what was sent, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the body; empty for the whole.
    pub pointer: String,
    pub code: FaultCode,
    /// The rule of the field standard that it breaks.
    pub rule: Option<String>,
    /// What would be right.
    pub suggestion: Option<String>,
    pub params: BTreeMap<&'static str, String>,
    /// The company's own words for it, from the standard.
    pub message: Option<Labels>,
    /// What the company calls its own field; what all others are called their place says.
    pub label: Option<Box<Labels>>,
}

impl Fault {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: FaultCode) -> Self {
        Self { pointer: pointer.into(), code, rule: None, suggestion: None, params: BTreeMap::new(), message: None, label: None }
    }
    #[must_use]
    pub fn param(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
    /// Whether it says of the same place what another says, by whatever rule.
    #[must_use]
    pub fn is_about(&self, other: &Self) -> bool {
        (&self.pointer, self.code) == (&other.pointer, other.code)
    }
    /// Of a field of the company's own, called like this.
    #[must_use]
    pub fn called(mut self, label: &Labels) -> Self {
        self.label = Some(Box::new(label.clone()));
        self
    }
}

impl From<FaultCode> for Fault {
    /// Of the whole of what was sent.
    fn from(code: FaultCode) -> Self {
        Self::new("", code)
    }
}

/// Why a request is not answered as wished.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    params: BTreeMap<&'static str, String>,
    faults: Vec<Fault>,
    headers: Vec<(&'static str, String)>,
    /// For the log alone, never for the answer.
    cause: Option<String>,
    database: Option<DatabaseFault>,
}

/// What a database error means for the unit of work that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DatabaseFault {
    /// Others got in the way: the same again may pass.
    Conflict,
    /// The connection is gone.
    Lost,
    /// Disk full, I/O error and the like: the whole transaction may be gone.
    Severe,
    /// A constraint said no.
    Constraint,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner { code, params: BTreeMap::new(), faults: Vec::new(), headers: Vec::new(), cause: None, database: None }))
    }
    /// A fault of ours: logged with its cause, answered without.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut problem = Self::new(Code::Internal);
        problem.0.cause = Some(cause.to_string());
        problem
    }
    /// Others got in the way of this unit of work: it is run again.
    #[must_use]
    pub fn conflict() -> Self {
        let mut problem = Self::new(Code::Busy);
        problem.0.database = Some(DatabaseFault::Conflict);
        problem
    }
    /// What was sent breaks rules: all of them at once.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self::new(Code::Invalid).with_faults(faults)
    }
    /// What was sent cannot be read, and why.
    #[must_use]
    pub fn malformed(fault: impl Into<Fault>) -> Self {
        Self::new(Code::MalformedRequest).with_faults(vec![fault.into()])
    }
    /// An Idempotency-Key that was sent before with another body.
    #[must_use]
    pub fn key_reused() -> Self {
        Self::new(Code::KeyReused).with_faults(vec![Fault::new("", FaultCode::KeyReused)])
    }
    /// There is none, or it is not the caller's to see: the same answer.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }
    #[must_use]
    pub fn param(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.params.insert(name, value.to_string());
        self
    }
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults = faults;
        self
    }
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.headers.push((name, value.to_string()));
        self
    }
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.0.headers
    }
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }
    pub(crate) fn may_pass_when_repeated(&self) -> bool {
        self.0.database == Some(DatabaseFault::Conflict)
    }
    pub(crate) fn lost_connection(&self) -> bool {
        self.0.database == Some(DatabaseFault::Lost)
    }
    pub(crate) fn may_have_ended_transaction(&self) -> bool {
        matches!(self.0.database, Some(DatabaseFault::Severe | DatabaseFault::Conflict | DatabaseFault::Lost))
    }
    /// Whether the transaction it happened in cannot go on: it is lost, or has to be run again.
    #[must_use]
    pub(crate) fn concerns_transaction(&self) -> bool {
        self.may_have_ended_transaction()
    }
    /// The name of the constraint that said no (PostgreSQL) or the columns it speaks of (SQLite).
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        (self.0.database == Some(DatabaseFault::Constraint)).then(|| self.0.cause.as_deref().unwrap_or_default())
    }
}

impl From<DieselError> for Problem {
    fn from(error: DieselError) -> Self {
        let (code, fault) = match &error {
            DieselError::NotFound => (Code::NotFound, None),
            DieselError::DatabaseError(kind, info) => {
                let message = info.message();
                match kind {
                    DatabaseErrorKind::SerializationFailure => (Code::Busy, Some(DatabaseFault::Conflict)),
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => (Code::Unavailable, Some(DatabaseFault::Lost)),
                    DatabaseErrorKind::UniqueViolation => (Code::Duplicate, Some(DatabaseFault::Constraint)),
                    DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::NotNullViolation | DatabaseErrorKind::CheckViolation => {
                        (Code::Internal, Some(DatabaseFault::Constraint))
                    }
                    _ if message.contains("deadlock detected") || message.contains("lock timeout") || message.contains("database is locked") => {
                        (Code::Busy, Some(DatabaseFault::Conflict))
                    }
                    _ if message.contains("terminating connection")
                        || message.contains("server closed the connection")
                        || message.contains("shutting down") =>
                    {
                        (Code::Unavailable, Some(DatabaseFault::Lost))
                    }
                    _ if ["disk is full", "disk I/O", "readonly", "unable to open", "No space left"].iter().any(|s| message.contains(s)) => {
                        (Code::Unavailable, Some(DatabaseFault::Severe))
                    }
                    _ if message.contains("statement timeout") => (Code::Busy, None),
                    _ => (Code::Internal, Some(DatabaseFault::Severe)),
                }
            }
            DieselError::BrokenTransactionManager | DieselError::RollbackErrorOnCommit { .. } => (Code::Unavailable, Some(DatabaseFault::Severe)),
            _ => (Code::Internal, None),
        };
        let mut problem = Self::new(code);
        if let DieselError::DatabaseError(_, info) = &error
            && fault == Some(DatabaseFault::Constraint)
        {
            problem.0.cause = Some(info.constraint_name().unwrap_or_else(|| info.message()).to_owned());
        } else if !matches!(error, DieselError::NotFound) {
            problem.0.cause = Some(error.to_string());
        }
        problem.0.database = fault;
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}
impl std::error::Error for Problem {}

/// The bare status: the outermost middleware writes the body, where language and request id are known.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
