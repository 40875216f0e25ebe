//! What a statement selects of a row, as a text. Of a table of many columns Diesel puts it together anew for each question, name by name, to find
//! the statement that is kept prepared: that costs more than to find a row.
use diesel::prelude::*;
use diesel::query_builder::{QueryBuilder as _, QueryFragment};
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};

/// The names of the columns of a row, for who keeps them. Ours need no quotes, which each database has of its own.
#[must_use]
pub fn text<T: Selectable<Sqlite>>() -> String
where
    T::SelectExpression: QueryFragment<Sqlite>,
{
    let mut text = SqliteQueryBuilder::new();
    // Only what binds values can fail.
    let _ = T::construct_selection().to_sql(&mut text, &Sqlite);
    text.finish().replace('`', "")
}
