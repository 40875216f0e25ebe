//! Full text: the words of each record, one entry a part, written in the transaction that changes the record. What a part means is the room's to say;
//! a part that not everybody may see is asked only for those who may.
use diesel::prelude::*;

use super::db::schema::search_entries;
use super::db::sql::Sql;
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

/// The ids of the records that all words of one of the readings are found in, word by word wherever `entries` looks for one:
/// each is a question for `record_id` that ends where the word's test goes.
#[must_use]
pub fn found(id: &str, wanted: &Wanted, entries: impl Fn(Sql) -> Sql) -> Sql {
    let word = |word| Sql::new(format!("{id} in (")).then(entries(dialect::holds_word(word))).text(")");
    Sql::any(wanted.readings().iter().map(|words| Sql::all(words.iter().map(word))))
}
