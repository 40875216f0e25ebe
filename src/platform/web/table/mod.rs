//! The same rows as a table in a file: CSV, NDJSON and XLSX, for every list and analysis. One snapshot, in little memory however many rows there are.
//! Few rows are streamed as they are read; many, and every XLSX, are first written to a temporary file. A failure breaks the transfer, never ends it
//! cleanly.
mod form;
mod send;
mod sink;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::platform::db::AnyConnection;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::json::serialize::to_string;
use crate::platform::web::query::{Query, bad};

pub use form::{Form, parameters};
pub use send::send;
pub use sink::{FORMULA_STARTS, guard};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// People's words, in which a spreadsheet could see a formula; also lists of them.
    Text,
    /// Codes, ids, times: never a formula.
    Plain,
    /// A number, perhaps written as a decimal string.
    Number,
    Date,
    Flag,
    /// Objects within the row, as JSON.
    Json,
}

/// A column: where its value stands in the row as it is answered, such as `customer.name`, which is its name, too.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Cow<'static, str>,
    pub cell: Cell,
}

impl Column {
    /// A column of a list.
    #[must_use]
    pub const fn new(name: &'static str, cell: Cell) -> Self {
        Self { name: Cow::Borrowed(name), cell }
    }
    /// Its value in a row.
    #[must_use]
    pub fn of<'r>(&self, row: &'r Value) -> &'r Value {
        self.name.split('.').fold(row, |value, name| value.get(name).unwrap_or(&Value::Null))
    }
}

/// The columns that are named, in that order, else all.
pub fn chosen(columns: &[Column], named: Option<&[String]>) -> Result<Vec<Column>, Problem> {
    let Some(named) = named else { return Ok(columns.to_vec()) };
    let known = || columns.iter().map(|column| &*column.name).collect::<Vec<_>>().join(", ");
    let find = |name: &String| {
        columns.iter().find(|column| column.name == *name).cloned().ok_or_else(|| bad("columns", Fault::from(FaultCode::NotOneOf).param("allowed", known())))
    };
    named.iter().map(find).collect()
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub form: Form,
    /// Without the mark that keeps a spreadsheet from taking a text for a formula.
    pub raw: bool,
    /// With the mark by which spreadsheets know UTF-8.
    pub bom: bool,
}

impl Options {
    /// Reads the parameters.
    pub fn parse(query: &Query, form: Form) -> Result<Self, Problem> {
        Ok(Self { form, raw: query.flag("raw")?, bom: query.flag("bom")? })
    }
}

/// Refuses what goes together with tables alone, where none is asked for.
pub fn refuse_options(query: &Query) -> Result<(), Problem> {
    let named = ["columns", "raw", "bom"].into_iter().find(|name| query.get(name).is_some());
    named.map_or(Ok(()), |name| Err(bad(name, FaultCode::WithTableAlone)))
}

/// A row of a table: as JSON text, where it is written as it stands, else as a value whose cells are picked.
pub enum Row {
    Whole(String),
    Value(Value),
}

impl Row {
    /// From what is answered.
    pub fn of(view: &impl Serialize, whole: bool) -> Result<Self, Problem> {
        if whole {
            return to_string(view).map(Self::Whole).map_err(Problem::internal);
        }
        serde_json::to_value(view).map(Self::Value).map_err(Problem::internal)
    }
}

/// The next rows of a table; none at its end.
type Next = Box<dyn FnMut(&mut AnyConnection) -> Result<Vec<Row>, Problem> + Send>;

/// A table that is about to be read.
pub struct Table {
    pub columns: Vec<Column>,
    /// How many rows there are.
    pub rows: i64,
    pub next: Next,
}
