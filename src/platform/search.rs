//! Full text: the words of each record, one entry a part, written in the transaction that changes the record. What a part means is the room's to say;
//! a part that not everybody may see is asked only for those who may.
use diesel::prelude::*;

use super::db::schema::search_entries;
use super::db::sql::{Sql, Value};
use super::db::{AnyConnection, Id, dialect};
use super::jobs::Chore;
use super::problem::Problem;
use super::state::State;
use super::text::terms::{Terms, Wanted};
use crate::insert_rows;

/// The statement that keeps the words of a part of a new record; none where it has no words.
#[must_use]
pub fn first(tx: &AnyConnection, record_type: &str, record: Id, part: &str, terms: &Terms) -> Option<Sql> {
    let [record_type, part] = [record_type, part].map(|text| Some(Value::Text(text.to_owned())));
    let values = || [record_type, Some(Value::Id(record)), part, Some(Value::Text(dialect::kept_terms(tx, terms)))];
    (!terms.is_empty()).then(|| Sql::insert("search_entries", "record_type, record_id, part, terms", values()).text(")"))
}

/// Puts the words of a part of a record in place of those before.
pub fn put(tx: &mut AnyConnection, record_type: &str, record: Id, part: &str, terms: &Terms) -> Result<(), Problem> {
    match first(tx, record_type, record, part, terms) {
        // One way to the server, and no look for what was there by what the server believes of the table.
        Some(insert) if dialect::tells_along(tx) => insert.text(" on conflict (record_id, record_type, part) do update set terms = excluded.terms").run(tx)?,
        insert => {
            let own = search_entries::table.filter(search_entries::record_type.eq(record_type)).filter(search_entries::record_id.eq(record));
            diesel::delete(own.filter(search_entries::part.eq(part))).execute(tx)?;
            insert.map_or(Ok(0), |insert| insert.run(tx))?
        }
    };
    Ok(())
}

/// Words that were taken out of records leave the files of the index within a day, a little at a time; at once where somebody is erased.
pub const CHORE: Chore = Chore { name: "removed words", every: 24 * 3600, run: purge };

fn purge(state: &State) -> Result<(), Problem> {
    let mut begins = true;
    while state.db.write_here(move |tx| Ok(dialect::purge_some_words(tx, begins)?))? {
        begins = false;
    }
    Ok(())
}

/// How many records are indexed at a time where all are.
const STEP: i64 = 500;

/// Whether nothing was ever indexed.
pub fn is_empty(c: &mut AnyConnection) -> Result<bool, Problem> {
    Ok(search_entries::table.select(search_entries::number).first::<i64>(c).optional()?.is_none())
}

/// Words of a record by part.
pub type Words = (Id, &'static str, Terms);

#[derive(Insertable)]
#[diesel(table_name = search_entries)]
struct Entry<'a> {
    record_type: &'a str,
    record_id: Id,
    part: &'a str,
    terms: String,
}

/// Indexes all records of a room, none of which was indexed before. `read` gives them in the order of the ids of `table`, some at a time from a place on,
/// and `words` what each of these is found by.
pub fn index_all<R>(
    tx: &mut AnyConnection,
    (table, record_type): (&str, &str),
    read: impl Fn(&mut AnyConnection, Sql, Sql, i64) -> Result<Vec<R>, Problem>,
    id: impl Fn(&R) -> Id,
    words: impl Fn(&mut AnyConnection, &[R]) -> Result<Vec<Words>, Problem>,
) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let behind = after.map(|id| Sql::new(format!("{table}.id > ")).bind(Value::Id(id)));
        let rows = read(tx, Sql::all(behind), Sql::new(format!("{table}.id")), STEP)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(id(last));
        // Nothing is looked for in the index meanwhile: PostgreSQL would go by what it knew of it when it was empty, and read all of it each time.
        let words = words(tx, &rows)?.into_iter().filter(|(.., terms)| !terms.is_empty());
        let entries: Vec<Entry<'_>> =
            words.map(|(record_id, part, terms)| Entry { record_type, record_id, part, terms: dialect::kept_terms(tx, &terms) }).collect();
        insert_rows!(tx, search_entries::table, &entries)?;
    }
}

/// Up to so many records with a word are sought out and sorted; above, a walk in the list's order meets one soon.
const MOST_SORTED: i64 = 3_000;
/// Up to so many are counted.
const MOST_COUNTED: i64 = 10_000;

/// Finds out which words are common. Of several the rarest is sought out, if it is not among those that almost all have: two that many have may
/// have few records in common, which a walk would look for in vain. `entries` is that of [`found`].
pub fn weigh(c: &mut AnyConnection, wanted: &mut Wanted, entries: impl Fn(Sql) -> Sql) -> Result<(), Problem> {
    wanted.weigh(|words| {
        let count = |word| dialect::count_some(c, entries(dialect::holds_word_some(word, MOST_COUNTED)), MOST_COUNTED);
        let counts = words.iter().map(count).collect::<Result<Vec<_>, _>>()?;
        let least = counts.iter().copied().min().unwrap_or(0);
        let most = if counts.len() > 1 && least < MOST_COUNTED { MOST_SORTED.max(least) } else { MOST_SORTED };
        Ok(counts.into_iter().map(|count| count > most).collect())
    })
}

/// The condition that all words of one of the readings are in a record, wherever each stands. Rare words are sought out, by the question for
/// `record_id` that `entries` makes of the test of an entry; a record at hand is asked for common ones, by the test that `entry` makes of it.
#[must_use]
pub fn found(id: &str, wanted: &Wanted, entries: impl Fn(Sql) -> Sql, entry: impl Fn(Sql) -> Sql) -> Sql {
    let word = |(word, common): (&_, bool)| {
        if common { entry(dialect::entry_holds(word)) } else { Sql::new(format!("{id} in (")).then(entries(dialect::holds_word(word))).text(")") }
    };
    Sql::any(wanted.weighed().map(|words| Sql::all(words.map(word))))
}

/// Whether one of a record's entries passes a test: `rest` goes behind `where`. The offset keeps PostgreSQL from reading all entries at once.
#[must_use]
pub fn entry(rest: Sql) -> Sql {
    Sql::new("exists (select 1 from search_entries e where ").then(rest).text(" limit 1 offset 0)")
}
