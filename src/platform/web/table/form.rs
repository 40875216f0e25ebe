//! The forms that a table is given in.
use actix_web::HttpRequest;
use serde_json::{Value, json};

use crate::platform::web::representation;

/// A table's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Ndjson,
    Xlsx,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Ndjson, Self::Xlsx];

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
    /// The ending of a file of it.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }
    /// The form that a request likes better than JSON.
    #[must_use]
    pub fn wanted(req: &HttpRequest) -> Option<Self> {
        Self::named(representation::wanted(req, &Self::ALL.map(Self::media_type))?)
    }
    /// The form of a media type.
    #[must_use]
    pub fn named(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.media_type() == media_type)
    }
}

/// The parameters that go together with tables, for the document.
#[must_use]
pub fn parameters() -> Vec<Value> {
    let one = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "query", "required": false, "description": about, "schema": schema});
    vec![
        one("columns", "In a table: which columns, in this order, with commas between them; all without it.", json!({"type": "string", "maxLength": 4000})),
        one("raw", "In CSV: without the `'` in front of texts that a spreadsheet would take for a formula.", json!({"type": "boolean"})),
        one("bom", "In CSV: with the mark by which spreadsheets know UTF-8.", json!({"type": "boolean"})),
    ]
}
