//! A question to a list, read and checked: condition, sort, limit, and where the walk stands.
use std::fmt::Write as _;

use super::{Defined, LIMIT, MOST_LIMIT, Page, SavedView, Sort, Spec};
use crate::platform::db::Id;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::secrets::{Keys, fingerprint};
use crate::platform::web::condition::{Asked, Condition, Surroundings};
use crate::platform::web::page::{self, Place};
use crate::platform::web::query::{Query, bad};

/// A question to a list.
#[derive(Clone, Debug)]
pub struct Question {
    pub condition: Condition,
    pub sort: Sort,
    pub descending: bool,
    pub limit: usize,
    pub include_archived: bool,
    pub include_total: bool,
    /// The columns that are named, by the parameter or the view.
    pub columns: Option<Vec<String>>,
    /// Whether the order is the list's own one, either way round.
    pub in_default_order: bool,
    id: &'static str,
    after: Option<Place>,
    scope: String,
    surroundings: Surroundings,
    /// The parameters with every date resolved.
    resolved: Query,
}

impl Question {
    /// Reads the parameters for a caller; the moment from which relative dates count is that of the walk's first page.
    pub fn parse(
        query: &Query,
        spec: &Spec,
        defined: &Defined,
        caller: Id,
        keys: &Keys,
        surroundings: Surroundings,
        view: Option<SavedView>,
    ) -> Result<Self, Problem> {
        let cursor = query.get("cursor").map(|cursor| page::decode(keys, cursor)).transpose()?;
        let surroundings = Surroundings { now: cursor.as_ref().map_or(surroundings.now, |cursor| cursor.asked_at), ..surroundings };
        let view = view.unwrap_or_default();
        defined.refuse_others(query)?;
        let fields = defined.with(spec.fields);
        let Asked { parts, resolved } = Asked::parse(query, &fields, &surroundings)?;
        // A view was checked when it was saved; a newer program may know its fields no longer.
        let of_view = view.condition.map(|saved| Condition::read(&saved, "", &fields, &surroundings)).transpose();
        let of_view = of_view.map_err(|_| bad("view", FaultCode::BrokenView))?;
        let condition = of_view.unwrap_or_else(Condition::always).and(Condition::All(parts));
        let wanted = query.get("sort").map(str::to_owned).or(view.sort).unwrap_or_else(|| spec.default_sort.to_owned());
        let (name, descending) = wanted.strip_prefix('-').map_or((wanted.as_str(), false), |name| (name, true));
        let known = || spec.sorts.iter().map(|s| s.name).collect::<Vec<_>>().join(", ");
        let sort = spec.sorts.iter().find(|s| s.name == name).copied();
        let sort = sort.ok_or_else(|| bad("sort", Fault::from(FaultCode::UnknownSort).param("allowed", known())))?;
        let include_archived = query.flag("include_archived")?;
        // What the cursor belongs to: everything but where the walk stands and how it is cut.
        let mut scope = format!("{caller}|{}|{wanted}|{include_archived}|", query.path);
        let _ = write!(scope, "{}", condition.to_json());
        let scope = fingerprint(scope.as_bytes(), 16);
        if cursor.as_ref().is_some_and(|cursor| cursor.scope != scope) {
            return Err(Problem::new(Code::BadCursor));
        }
        let columns = query.get("columns").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect()).or(view.columns);
        Ok(Self {
            condition,
            sort,
            descending,
            limit: query.number("limit", LIMIT, MOST_LIMIT)?,
            include_archived,
            include_total: query.flag("include_total")?,
            columns,
            in_default_order: spec.default_sort.trim_start_matches('-') == sort.name,
            id: spec.id,
            after: cursor.map(|cursor| cursor.place),
            scope,
            surroundings,
            resolved,
        })
    }

    /// The parts of a walk from a place on, in their order: each its filter and its order, read by an index from where it begins. Rows without
    /// a value are a part of their own, the last one either way round.
    #[must_use]
    pub fn parts(&self) -> Vec<(Sql, Sql)> {
        self.parts_after(self.after.as_ref())
    }

    /// The same from another place on.
    #[must_use]
    pub fn parts_after(&self, after: Option<&Place>) -> Vec<(Sql, Sql)> {
        let (column, id) = (self.sort.column, self.id);
        let (beyond, direction) = if self.descending { ("<", " desc") } else { (">", "") };
        let order = || Sql::new(format!("{column}{direction}, {id}{direction}"));
        let mut parts = Vec::with_capacity(2);
        match after {
            None if self.sort.nullable => parts.push((Sql::new(format!("{column} is not null")), order())),
            None => parts.push((Sql::all([]), order())),
            Some(Place { value: Some(value), id: last }) => {
                parts.push((Sql::new(format!("({column}, {id}) {beyond} (")).bind(value.clone()).text(", ").bind(Value::Id(*last)).text(")"), order()));
            }
            Some(Place { value: None, .. }) => {}
        }
        if self.sort.nullable {
            let missing = Sql::new(format!("{column} is null"));
            let filter = match after {
                Some(Place { value: None, id: last }) => Sql::all([missing, Sql::new(format!("{id} {beyond} ")).bind(Value::Id(*last))]),
                _ => missing,
            };
            parts.push((filter, Sql::new(format!("{id}{direction}"))));
        }
        parts
    }

    /// Makes a page of rows that were read with one row more than the limit.
    pub fn page<R>(&self, rows: &mut Vec<R>, keys: &Keys, total: Option<i64>, place: impl Fn(&R) -> Place) -> Page {
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|row| page::encode(keys, &self.scope, self.surroundings.now, &place(row)));
        Page { next_cursor, has_more, total }
    }

    /// The address of the next page, for `Link`.
    #[must_use]
    pub fn next_link(&self, base: &str, page: &Page) -> Option<String> {
        let cursor = page.next_cursor.as_deref()?;
        Some(format!("<{base}{}?{}>; rel=\"next\"", self.resolved.path, self.resolved.rewritten(&["cursor"], &[("cursor", cursor)])))
    }
}
