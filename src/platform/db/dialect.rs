//! The only place where code asks which database it talks to.
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::AnyConnection;
use super::sql::{Sql, Value};
use crate::platform::text::terms::{Terms, Word};

/// The same expression, compiled once per variant: for what Diesel cannot say over the enum (batch insert).
#[macro_export]
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::platform::db::AnyConnection::Postgres($c) => $body,
            $crate::platform::db::AnyConnection::Sqlite($c) => $body,
        }
    };
}

/// Inserts many rows in one statement; none is no statement.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        use diesel::RunQueryDsl as _;
        let rows = $rows;
        // Both databases bound how many values one statement may bind.
        rows.chunks(400).try_for_each(|some| $crate::on_backend!($conn, c => diesel::insert_into($table).values(some).execute(c)).map(drop))
    }};
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Hands out the next number for an order. PostgreSQL takes it from a sequence, so that writers do not queue (gaps are allowed);
/// on SQLite there is one writer and rows are never deleted, so the greatest number plus one is new and costs one look into an index.
pub fn next_order_number(tx: &mut AnyConnection) -> QueryResult<i64> {
    let sql = match tx {
        AnyConnection::Postgres(_) => "select nextval('order_numbers') as value",
        AnyConnection::Sqlite(_) => "select coalesce(max(number), 0) + 1 as value from orders",
    };
    diesel::sql_query(sql).get_result::<Number>(tx).map(|n| n.value)
}

/// Makes writers that check the same thing and then insert take turns until the transaction ends; on SQLite there is one writer anyway.
pub fn lock(tx: &mut AnyConnection, what: &str, value: &str) -> QueryResult<()> {
    if let AnyConnection::Postgres(c) = tx {
        diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(format!("{what}\u{1f}{value}"))
            .execute(c)?;
    }
    Ok(())
}

/// Whether the entry of the search index, called `e`, holds a word.
#[must_use]
pub fn holds_word(word: &Word) -> Sql {
    let postgres = Sql::new("e.terms::tsvector @@ ").bind(Value::Text(word.tsquery())).text("::tsquery");
    let sqlite = Sql::new("e.number in (select rowid from search_index where search_index match ").bind(Value::Text(word.fts5())).text(")");
    Sql::own(postgres, sqlite)
}

/// The words of a record as the database keeps them.
#[must_use]
pub fn kept_terms(tx: &AnyConnection, terms: &Terms) -> String {
    match tx {
        AnyConnection::Postgres(_) => terms.lexemes(),
        AnyConnection::Sqlite(_) => terms.spaced(),
    }
}
