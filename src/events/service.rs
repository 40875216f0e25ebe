//! Reading the log: the feed of all that a caller may see, and the trail of one record.
use std::sync::Arc;

use super::dto::EventView;
use super::rules::{Wanted, visible};
use super::store::{self, Row};
use crate::identity::{Caller, Role};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets::{self, Keys};
use crate::platform::web::Query;
use crate::platform::web::list::{DEFINED, Desk, Listing, Sort, Spec};
use crate::platform::web::page::{self, Cursor, Place};
use crate::platform::web::table::{Cell, Column};

/// How many numbers one call looks at, so that who may see little does not wait for a walk through all of them.
const STRETCH: i64 = 20_000;

/// The list of one record's events.
pub static TRAIL: Spec = Spec {
    entity: "events",
    id: "events.id",
    fields: &[],
    sorts: &[Sort { name: "number", column: "events.number", nullable: false }],
    default_sort: "number",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("type", Cell::Plain),
        Column::new("record.type", Cell::Plain),
        Column::new("record.id", Cell::Plain),
        Column::new("record_version", Cell::Number),
        Column::new("actor.id", Cell::Plain),
        Column::new("actor.name", Cell::Text),
        Column::new("changes", Cell::Json),
        Column::new("request_id", Cell::Text),
        Column::new("occurred_at", Cell::Plain),
        Column::new("recorded_at", Cell::Plain),
    ],
};

/// From where on the feed is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Number(i64),
    Latest,
}

/// A question to the feed, read and checked.
#[derive(Clone, Debug)]
pub struct Asked {
    after: After,
    limit: usize,
    wanted: Wanted,
    scope: String,
}

/// A stretch of the feed: its events, the number behind which it goes on, and whether it does so at once.
#[derive(Debug)]
pub struct Stretch {
    pub rows: Vec<(Row, Option<String>)>,
    pub next: i64,
    pub has_more: bool,
}

impl Asked {
    /// Reads the parameters for a caller.
    pub fn parse(query: &Query, caller: Id, keys: &Keys) -> Result<Self, Problem> {
        let scope = secrets::fingerprint(format!("{caller}|{}|{}", query.path, query.rewritten(&["after", "limit"], &[])).as_bytes(), 16);
        let after = match query.get("after") {
            None => After::Number(0),
            Some("latest") => After::Latest,
            Some(cursor) => match page::decode(keys, cursor)? {
                Cursor { scope: of, place: Place { value: Some(Value::Number(number)), .. }, .. } if of == scope => After::Number(number),
                _ => return Err(Problem::new(Code::BadCursor)),
            },
        };
        Ok(Self { after, limit: query.number("limit", 50, 200)?, wanted: Wanted::parse(query)?, scope })
    }

    /// The cursor that goes on behind a number.
    #[must_use]
    pub fn cursor(&self, keys: &Keys, number: i64) -> String {
        page::encode(keys, &self.scope, UtcTime(0), &Place { value: Some(Value::Number(number)), id: Id(uuid::Uuid::nil()) })
    }
}

/// The next events that the caller may see, up to the number up to which nothing is missing.
pub fn feed(c: &mut AnyConnection, caller: &Caller, asked: &Asked, horizon: i64) -> Result<Stretch, Problem> {
    let After::Number(after) = asked.after else {
        return Ok(Stretch { rows: Vec::new(), next: horizon, has_more: false });
    };
    // The horizon may step back behind what was read; the place of the reader does not.
    let end = if asked.wanted.one_record { horizon } else { horizon.min(after.saturating_add(STRETCH)) }.max(after);
    let place = Sql::new("events.number > ").bind(Value::Number(after)).text(" and events.number <= ").bind(Value::Number(end));
    let mut rows = store::list(c, Sql::all([place, asked.wanted.filter.clone(), visible(caller)]), Sql::new("events.number"), asked.limit as i64 + 1)?;
    let cut = rows.len() > asked.limit;
    rows.truncate(asked.limit);
    let last = rows.last().filter(|_| cut).map(|(row, _)| row.number);
    Ok(Stretch { rows, next: last.unwrap_or(end), has_more: cut || end < horizon })
}

/// Takes out of what changed the fields that the caller does not see.
pub fn withheld(c: &mut AnyConnection, desk: &dyn Desk, role: Role, rows: &mut [(Row, Option<String>)]) -> Result<(), Problem> {
    let custom =
        |row: &Row| row.record_type == "standard" || row.changes.0.as_object().is_some_and(|changes| changes.keys().any(|name| name.starts_with(DEFINED)));
    // Most events tell of none; those cost no look at what is hidden.
    if !rows.iter().any(|(row, _)| custom(row)) {
        return Ok(());
    }
    let hidden = desk.hidden(c, role.as_str())?;
    for (row, _) in rows.iter_mut() {
        if let Some(changes) = row.changes.0.as_object_mut() {
            changes.retain(|name, _| !hidden.iter().any(|(of, hidden)| *of == row.record_type && hidden == name));
        }
    }
    Ok(())
}

/// The events of a record that its room finds for the caller, archived or not. They need no horizon: a record has one writer at a time.
pub struct Trail<F> {
    pub find: F,
    pub desk: Arc<dyn Desk>,
    pub role: Role,
}

impl<F: Fn(&mut AnyConnection) -> Result<Id, Problem> + Send + Sync + 'static> Listing for Trail<F> {
    type Row = (Row, Option<String>);
    type View = EventView;
    fn spec(&self) -> &'static Spec {
        &TRAIL
    }
    fn base(&self, c: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::new("events.record_id = ").bind(Value::Id((self.find)(c)?)))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        Ok(store::count(c, filter)?)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Self::Row>, Problem> {
        Ok(store::list(c, filter, order, limit)?)
    }
    fn place(&self, (row, _): &Self::Row, _: &str) -> Place {
        Place { value: Some(Value::Number(row.number)), id: row.id }
    }
    fn present(&self, c: &mut AnyConnection, mut rows: Vec<Self::Row>) -> Result<Vec<EventView>, Problem> {
        withheld(c, &*self.desk, self.role, &mut rows)?;
        Ok(rows.into_iter().map(EventView::of).collect())
    }
}
