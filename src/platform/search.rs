//! Full text: the words of each record, one entry a part, written in the transaction that changes the record. What a part means is the room's to say;
//! a part that not everybody may see is asked only for those who may.
use diesel::prelude::*;

use super::db::schema::search_entries;
use super::db::sql::{Sql, Value};
use super::db::{AnyConnection, Id, dialect};
use super::problem::Problem;
use super::text::terms::{Terms, Wanted};

/// Puts the words of a part of a record in place of those before.
pub fn put(tx: &mut AnyConnection, record_type: &str, record: Id, part: &str, terms: &Terms) -> Result<(), Problem> {
    let own = search_entries::table.filter(search_entries::record_type.eq(record_type)).filter(search_entries::record_id.eq(record));
    diesel::delete(own.filter(search_entries::part.eq(part))).execute(tx)?;
    if terms.is_empty() {
        return Ok(());
    }
    let kept = dialect::kept_terms(tx, terms);
    let row =
        (search_entries::record_type.eq(record_type), search_entries::record_id.eq(record), search_entries::part.eq(part), search_entries::terms.eq(kept));
    diesel::insert_into(search_entries::table).values(row).execute(tx)?;
    Ok(())
}

/// How many records are indexed at a time where all are.
const STEP: i64 = 500;

/// Whether nothing was ever indexed.
pub fn is_empty(c: &mut AnyConnection) -> Result<bool, Problem> {
    Ok(search_entries::table.select(search_entries::number).first::<i64>(c).optional()?.is_none())
}

/// Indexes all records of a room, which `read` gives in the order of the ids of `table`, some at a time from a place on.
pub fn index_all<R>(
    tx: &mut AnyConnection,
    table: &str,
    read: impl Fn(&mut AnyConnection, Sql, Sql, i64) -> Result<Vec<R>, Problem>,
    id: impl Fn(&R) -> Id,
    index: impl Fn(&mut AnyConnection, &R) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let behind = after.map(|id| Sql::new(format!("{table}.id > ")).bind(Value::Id(id)));
        let rows = read(tx, Sql::all(behind), Sql::new(format!("{table}.id")), STEP)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(id(last));
        rows.iter().try_for_each(|row| index(tx, row))?;
    }
}

/// The ids of the records that all words of one of the readings are found in, word by word wherever `entries` looks for one:
/// each is a question for `record_id` that ends where the word's test goes.
#[must_use]
pub fn found(id: &str, wanted: &Wanted, entries: impl Fn(Sql) -> Sql) -> Sql {
    let word = |word| Sql::new(format!("{id} in (")).then(entries(dialect::holds_word(word))).text(")");
    Sql::any(wanted.readings().iter().map(|words| Sql::all(words.iter().map(word))))
}
