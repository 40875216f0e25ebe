//! Reading the log: the feed of all that a caller may see, and the trail of one record.
use super::rules::{Wanted, visible};
use super::store::{self, Row};
use crate::identity::Caller;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::secrets::Keys;
use crate::platform::web::Query;
use crate::platform::web::list::{Question, Sort, Spec};
use crate::platform::web::page::{self, Place};

/// How many numbers one call looks at, so that who may see little does not wait for a walk through all of them.
const STRETCH: i64 = 20_000;

/// The list of one record's events.
pub static TRAIL: Spec =
    Spec { id: "events.id", fields: &[], sorts: &[Sort { name: "number", column: "events.number", nullable: false }], default_sort: "number" };

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
        let scope = format!("{caller}|{}|{}", query.path, query.rewritten(&["after", "limit"], &[]));
        let after = match query.get("after") {
            None => After::Number(0),
            Some("latest") => After::Latest,
            Some(cursor) => match page::decode(keys, &scope, cursor)?.value {
                Some(Value::Number(number)) => After::Number(number),
                _ => return Err(Problem::new(crate::platform::problem::Code::BadCursor)),
            },
        };
        Ok(Self { after, limit: query.number("limit", 50, 200)?, wanted: Wanted::parse(query)?, scope })
    }

    /// The cursor that goes on behind a number.
    #[must_use]
    pub fn cursor(&self, keys: &Keys, number: i64) -> String {
        page::encode(keys, &self.scope, &Place { value: Some(Value::Number(number)), id: Id(uuid::Uuid::nil()) })
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
    let mut rows = store::list(c, Sql::all([place, asked.wanted.filter.clone(), visible(caller)]), asked.limit + 1)?;
    let cut = rows.len() > asked.limit;
    rows.truncate(asked.limit);
    let last = rows.last().filter(|_| cut).map(|(row, _)| row.number);
    Ok(Stretch { rows, next: last.unwrap_or(end), has_more: cut || end < horizon })
}

/// One page of the events of a record that the caller may see, oldest first, with one more. They need no horizon: a record has one writer at a time.
pub fn trail(c: &mut AnyConnection, record: Id, question: &Question) -> Result<Vec<(Row, Option<String>)>, Problem> {
    let own = Sql::new("events.record_id = ").bind(Value::Id(record));
    Ok(store::list(c, Sql::all([own, question.page_filter()]), question.limit + 1)?)
}

/// Where an event stands in a record's trail.
#[must_use]
pub fn place(row: &Row) -> Place {
    Place { value: Some(Value::Number(row.number)), id: row.id }
}
