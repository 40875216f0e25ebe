//! Lists: limit, sort and cursor from the parameters, the same for every room; keyset, so that a walk meets every untouched row exactly once.
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::condition::{self, Field, Test};
use super::page::{self, Place};
use super::query::{Query, bad};
use crate::platform::db::Id;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;
use crate::platform::secrets::Keys;

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
    /// The column of the id, which breaks ties.
    pub id: &'static str,
    pub fields: &'static [Field],
    /// The first one is the default; a name that begins with `-` is descending.
    pub sorts: &'static [Sort],
    pub default_sort: &'static str,
}

/// A question to a list, read and checked.
#[derive(Clone, Debug)]
pub struct Question {
    pub tests: Vec<Test>,
    pub sort: Sort,
    pub descending: bool,
    pub limit: usize,
    pub include_archived: bool,
    pub include_total: bool,
    id: &'static str,
    after: Option<Place>,
    scope: String,
    query: Query,
}

/// The parameters of every list, for the document.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct ListParameters {
    /// How many to answer at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i32>,
    /// Where to go on: `next_cursor` of the page before.
    #[param(max_length = 4000)]
    cursor: Option<String>,
    /// What to sort by; `-` in front for descending.
    #[param(max_length = 50)]
    sort: Option<String>,
    /// Whether to count them all, too.
    include_total: Option<bool>,
    /// Whether archived ones are meant, too.
    include_archived: Option<bool>,
}

impl Question {
    /// Reads the parameters for a caller.
    pub fn parse(query: Query, spec: &Spec, caller: Id, keys: &Keys) -> Result<Self, Problem> {
        let wanted = query.get("sort").unwrap_or(spec.default_sort);
        let (name, descending) = wanted.strip_prefix('-').map_or((wanted, false), |name| (name, true));
        let known = || spec.sorts.iter().map(|s| s.name).collect::<Vec<_>>().join(", ");
        let sort = spec
            .sorts
            .iter()
            .find(|s| s.name == name)
            .copied()
            .ok_or_else(|| bad("sort", &format!("it is one of {}, with - in front for descending", known())))?;
        // What the cursor belongs to: everything but where the walk stands and how it is cut.
        let scope = format!("{caller}|{}|{wanted}|{}", query.path, query.rewritten(&["cursor", "limit", "sort", "include_total"], &[]));
        let after = query.get("cursor").map(|c| page::decode(keys, &scope, c)).transpose()?;
        Ok(Self {
            tests: condition::parse(&query, spec.fields)?,
            sort,
            descending,
            limit: query.number("limit", 50, 200)?,
            include_archived: query.flag("include_archived")?,
            include_total: query.flag("include_total")?,
            id: spec.id,
            after,
            scope,
            query,
        })
    }

    /// What the caller asks for, without the place in the walk: for counting.
    #[must_use]
    pub fn filter(&self) -> Sql {
        condition::to_sql(&self.tests)
    }

    /// The filter and the place.
    #[must_use]
    pub fn page_filter(&self) -> Sql {
        let Some(Place { value, id }) = &self.after else { return self.filter() };
        let (column, id_column) = (self.sort.column, self.id);
        let beyond = if self.descending { "<" } else { ">" };
        let id = || Sql::new(format!("{id_column} {beyond} ")).bind(Value::Id(*id));
        let place = match value {
            None => Sql::new(format!("({column} is null and ")).then(id()).text(")"),
            Some(value) => {
                let rows = Sql::new(format!("({column} {beyond} "))
                    .bind(value.clone())
                    .text(format!(" or ({column} = "))
                    .bind(value.clone())
                    .text(" and ")
                    .then(id())
                    .text("))");
                if self.sort.nullable { Sql::new(format!("({column} is null or ")).then(rows).text(")") } else { rows }
            }
        };
        Sql::all([self.filter(), place])
    }

    /// The order, ending in the id.
    #[must_use]
    pub fn order(&self) -> Sql {
        let direction = if self.descending { " desc" } else { "" };
        let nulls = if self.sort.nullable { format!("({} is null), ", self.sort.column) } else { String::new() };
        Sql::new(format!("{nulls}{}{direction}, {}{direction}", self.sort.column, self.id))
    }

    /// Makes a page of rows that were read with one row more than the limit.
    pub fn page<R>(&self, rows: &mut Vec<R>, keys: &Keys, total: Option<i64>, place: impl Fn(&R) -> Place) -> Page {
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|row| page::encode(keys, &self.scope, &place(row)));
        Page { next_cursor, has_more, total }
    }

    /// The address of the next page, for `Link`.
    #[must_use]
    pub fn next_link(&self, base: &str, page: &Page) -> Option<String> {
        let cursor = page.next_cursor.as_deref()?;
        Some(format!("<{base}{}?{}>; rel=\"next\"", self.query.path, self.query.rewritten(&["cursor"], &[("cursor", cursor)])))
    }
}

/// The rows of a page, one more than the limit, and, where asked for, how many there are in all.
pub type Counted<T> = (Vec<T>, Option<i64>);

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
