//! Lists: what a room states of one, and one way to answer them all: filters, saved views, sorts, stable cursors, totals, and the same rows as a table
//! in a file. Keyset, so that a walk meets every untouched row exactly once and the thousandth page costs what the first does.
mod answer;
mod document;
mod few;
mod question;

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::condition::Field;
use super::page::Place;
use super::query::Query;
use super::table::Column;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::{Code, Locale, Problem};

pub use answer::{answer, consulted, speaks_of_defined};
pub use document::{MOST_FILTER, parameters};
pub use question::Question;

/// A way to sort: its name on the wire, its column, and whether values may be missing (they come last, either way round).
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    pub name: &'static str,
    pub column: &'static str,
    pub nullable: bool,
}

/// What a room states about its list.
#[derive(Debug)]
pub struct Spec {
    /// The records' word, such as `orders`: what saved views are kept for and files are named after.
    pub entity: &'static str,
    /// The column of the id, which breaks ties.
    pub id: &'static str,
    pub fields: &'static [Field],
    pub sorts: &'static [Sort],
    /// A name that begins with `-` is descending.
    pub default_sort: &'static str,
    /// The column that says when a record was archived, where records can be.
    pub archived: Option<&'static str>,
    /// Whether views of it can be saved.
    pub views: bool,
    /// What a row is in a table.
    pub columns: &'static [Column],
}

/// What a list has besides its own fields and columns: what the company has defined, as far as the caller sees it.
#[derive(Clone, Debug, Default)]
pub struct Defined {
    pub fields: Vec<Field>,
    pub columns: Vec<Column>,
    /// The column of the list's own that holds all of them at once: left out of a table whose columns are not named.
    pub instead_of: Option<&'static str>,
}

/// What defined fields are named after: all of their names begin so.
pub const DEFINED: &str = "custom.";

impl Defined {
    /// The fields of a list with these.
    #[must_use]
    pub fn with(&self, own: &[Field]) -> Vec<Field> {
        own.iter().chain(&self.fields).copied().collect()
    }
    /// Refuses parameters that are named like defined fields and are none; the document cannot know them.
    pub fn refuse_others(&self, query: &Query) -> Result<(), Problem> {
        let base = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
        let other = query.pairs().map(|(name, _)| name).find(|name| name.starts_with(DEFINED) && self.fields.iter().all(|field| field.name != base(name)));
        let Some(name) = other else { return Ok(()) };
        let known: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(Problem::new(Code::UnknownParameter).param("name", name.chars().take(80).collect::<String>()).param("known", known))
    }
}

/// A list of one caller's: what it reads and how a row is shown.
pub trait Listing: Send + Sync + 'static {
    type Row: Send;
    type View: Serialize + ToSchema + Send;
    fn spec(&self) -> &'static Spec;
    /// What of the table belongs to this list and is the caller's to see; 404 where the list hangs on a record that is not.
    fn base(&self, c: &mut AnyConnection) -> Result<Sql, Problem>;
    /// What the company has defined besides; looked up only where a question may speak of it.
    fn defined(&self, _: &mut AnyConnection) -> Result<Defined, Problem> {
        Ok(Defined::default())
    }
    /// Where what the caller may see is several things, each of which an index holds in the default order: what they are. Together they are `base`.
    fn apart(&self) -> Vec<Sql> {
        Vec::new()
    }
    /// The question for the ids of the rows in which a word is found, from the test of an entry `e` of the index; a list without full text finds none.
    fn entries(&self, _holds: Sql) -> Sql {
        Sql::new("select e.record_id from search_entries e where 1 = 0")
    }
    /// Whether a word is found in a row, from the same test.
    fn entry(&self, _holds: Sql) -> Sql {
        Sql::any([])
    }
    /// Whether `rows` and `present` ask PostgreSQL one thing alone, so that a page needs no snapshot.
    fn asks_once(&self) -> bool {
        false
    }
    /// Whether a row is of an archived record; none where rows do not tell: of such a list no page is at hand.
    fn archived(&self) -> Option<fn(&Self::Row) -> bool> {
        None
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem>;
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Self::Row>, Problem>;
    /// Where a row stands under a sort.
    fn place(&self, row: &Self::Row, sort: &str) -> Place;
    fn present(&self, c: &mut AnyConnection, rows: Vec<Self::Row>) -> Result<Vec<Self::View>, Problem>;
}

/// Who asks a list.
#[derive(Clone, Debug)]
pub struct Asker {
    pub user: Id,
    /// The asker's own zone, where there is one.
    pub zone: Option<Tz>,
    pub locale: Locale,
    pub now: UtcTime,
}

/// A saved view, as a list uses it.
#[derive(Clone, Debug, Default)]
pub struct SavedView {
    /// In JSON, with relative dates as they were saved.
    pub condition: Option<serde_json::Value>,
    pub sort: Option<String>,
    pub columns: Option<Vec<String>>,
}

/// What lists ask of rooms that the platform does not know; put into the state when the program is put together.
pub trait Desk: Send + Sync {
    /// The organisation's zone.
    fn zone(&self, c: &mut AnyConnection) -> Result<Tz, Problem>;
    /// A saved view of an entity that the asker may use; none where there is no such.
    fn view(&self, c: &mut AnyConnection, user: Id, entity: &str, id: Id) -> Result<Option<SavedView>, Problem>;
    /// The names of defined fields that a role does not see, by the type of their records.
    fn hidden(&self, c: &mut AnyConnection, role: &str) -> Result<Vec<(&'static str, String)>, Problem>;
}

/// A desk without a zone and without views: for a state that serves no lists.
pub struct NoDesk;
impl Desk for NoDesk {
    fn zone(&self, _: &mut AnyConnection) -> Result<Tz, Problem> {
        Ok(Tz::UTC)
    }
    fn view(&self, _: &mut AnyConnection, _: Id, _: &str, _: Id) -> Result<Option<SavedView>, Problem> {
        Ok(None)
    }
    fn hidden(&self, _: &mut AnyConnection, _: &str) -> Result<Vec<(&'static str, String)>, Problem> {
        Ok(Vec::new())
    }
}

/// Where a list goes on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page {
    /// Give it as `cursor` to get the next page; null at the end.
    #[schema(max_length = 4000)]
    pub next_cursor: Option<String>,
    pub has_more: bool,
    /// How many there are in all; only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub total: Option<i64>,
}

/// A page of rows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Paged<T: ToSchema> {
    #[schema(max_items = 200)]
    pub data: Vec<T>,
    pub page: Page,
}

/// Most rows of a page, and how many there are unless somebody asks for another number.
pub const MOST_LIMIT: usize = 200;
pub const LIMIT: usize = 50;

/// Declares the parameters of a list from what its room states, so that the document and the list never disagree.
#[macro_export]
macro_rules! list_parameters {
    ($($name:ident of $spec:expr;)*) => {$(
        #[doc = "The parameters of the list."]
        pub struct $name;
        impl utoipa::IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::platform::web::list::parameters(&$spec)
            }
        }
    )*};
}
