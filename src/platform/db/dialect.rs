//! The only place where code asks which database it talks to.
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::sql::{Sql, Value};
use super::types::SqlId;
use super::{AnyConnection, Id};
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

/// Inserts many rows: in one statement where each is a way to the server, elsewhere by one that is kept prepared, which costs less than to read a long one.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        use diesel::RunQueryDsl as _;
        let rows = $rows;
        // The server bounds how many values one statement may bind.
        match $conn {
            $crate::platform::db::AnyConnection::Postgres(c) => {
                rows.chunks(400).try_for_each(|some| diesel::insert_into($table).values(some).execute(c).map(drop))
            }
            $crate::platform::db::AnyConnection::Sqlite(c) => rows.iter().try_for_each(|row| diesel::insert_into($table).values(row).execute(c).map(drop)),
        }
    }};
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Hands out the next number for an order. PostgreSQL takes it from a sequence, so that writers do not queue (gaps are allowed);
/// on SQLite there is one writer and rows are never deleted, so the greatest number plus one is new and costs one look into an index, but for a restore:
/// up to which number orders were known by then stands in the file's `user_version`.
pub fn next_order_number(tx: &mut AnyConnection) -> QueryResult<i64> {
    let sql = match tx {
        AnyConnection::Postgres(_) => "select nextval('order_numbers') as value",
        AnyConnection::Sqlite(_) => "select max(coalesce(max(number), 0), (select user_version from pragma_user_version)) + 1 as value from orders",
    };
    let numbers: Vec<Number> = Sql::new(sql).of_few().load(tx)?;
    numbers.first().map(|n| n.value).ok_or(diesel::result::Error::NotFound)
}

/// Behind which number a restore lets numbers of orders go on, whatever orders there are; PostgreSQL's sequence keeps that itself.
pub fn order_numbers_begin_behind(c: &mut AnyConnection) -> QueryResult<i64> {
    match c {
        AnyConnection::Postgres(_) => Ok(0),
        AnyConnection::Sqlite(_) => diesel::sql_query("select user_version as value from pragma_user_version").get_result::<Number>(c).map(|n| n.value),
    }
}

/// How many bytes the database takes.
pub fn size(c: &mut AnyConnection) -> QueryResult<i64> {
    let sql = match c {
        AnyConnection::Postgres(_) => "select pg_database_size(current_database()) as value",
        AnyConnection::Sqlite(_) => "select page_count * page_size as value from pragma_page_count(), pragma_page_size()",
    };
    diesel::sql_query(sql).get_result::<Number>(c).map(|n| n.value)
}

/// Runs statements that write and of which none sees what the others write: on one way to the database where ways are long.
pub fn together(tx: &mut AnyConnection, mut statements: Vec<Sql>) -> QueryResult<()> {
    if !tells_along(tx) {
        return statements.into_iter().try_for_each(|statement| statement.run(tx).map(drop));
    }
    let Some(last) = statements.pop() else { return Ok(()) };
    let mut all = Sql::empty();
    for (i, statement) in statements.into_iter().enumerate() {
        all = all.text(if i == 0 { "with w0 as (".to_owned() } else { format!(", w{i} as (") }).then(statement).text(")");
    }
    all.text(" ").then(last).run(tx).map(drop)
}

/// Whether a statement takes so much longer for the way to the database that what belongs to its rows is better told along with them.
#[must_use]
pub const fn tells_along(c: &AnyConnection) -> bool {
    matches!(c, AnyConnection::Postgres(_))
}

/// What is told along with a row where that is so, in the words of that database; null elsewhere.
#[must_use]
pub fn told_along(sql: &'static str) -> Sql {
    Sql::own(Sql::new(sql), Sql::new("null")).of_few()
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

/// Keeps out who takes the same lock alone, until the transaction ends; those who share it do not wait for each other.
pub fn lock_shared(tx: &mut AnyConnection, what: &str) -> QueryResult<()> {
    if let AnyConnection::Postgres(c) = tx {
        diesel::sql_query("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(format!("{what}\u{1f}"))
            .execute(c)?;
    }
    Ok(())
}

/// Keeps what an order is counted by, its customer's words and its products' categories, from changing until the transaction ends, so that who changes
/// them sees the order or is seen by it; on SQLite there is one writer anyway.
pub fn hold_counted_by(tx: &mut AnyConnection, order: Id) -> QueryResult<()> {
    if matches!(tx, AnyConnection::Postgres(_)) {
        let own = |sql: Sql| sql.bind(Value::Id(order));
        let customer = own(Sql::new("select (with c as (select 1 from customers where id = (select o.customer_id from orders o where o.id = "));
        let products = customer.text(
            ") for share) select count(*) from c) + (with p as (select 1 from products where id in (select l.product_id from order_lines l where l.order_id = ",
        );
        own(products).text(") order by id for share) select count(*) from p)").run(tx)?;
    }
    Ok(())
}

/// Keeps others from changing some orders, whose ids are as the condition says, until the transaction ends; on SQLite there is one writer anyway.
pub fn hold_orders(tx: &mut AnyConnection, which: Sql) -> QueryResult<()> {
    if matches!(tx, AnyConnection::Postgres(_)) {
        Sql::new("select 1 from orders o where o.id").then(which).text(" order by o.id for no key update").run(tx)?;
    }
    Ok(())
}

/// What follows a question of some orders, called `o`, that keeps others from changing them until the transaction ends, and leaves out those that somebody has in hand.
#[must_use]
pub fn held_unless_in_hand() -> Sql {
    Sql::own(Sql::new(" for no key update of o skip locked"), Sql::empty())
}

/// Numbers facts of orders in `packed`, from one number on in the order of the ids; answers how many of them there were.
pub fn number_facts(tx: &mut AnyConnection, first: i64, orders: &[Id]) -> QueryResult<usize> {
    let c = match tx {
        AnyConnection::Postgres(c) => c,
        AnyConnection::Sqlite(_) => {
            let ids: Vec<String> = orders.iter().map(|order| order.0.simple().to_string()).collect();
            let numbered =
                Sql::new("update order_facts set packed = p.key + ").bind(Value::Number(first)).text(" from (select key, unhex(value) as id from json_each(");
            let ids = Value::Text(serde_json::Value::from(ids).to_string());
            return numbered.bind(ids).text(")) p where order_facts.order_id = p.id and valid_to is null and packed is null").run(tx);
        }
    };
    // After many were written nobody has looked over the facts yet: of few the server would compare each with each.
    c.batch_execute("set local enable_nestloop = off")?;
    let numbered = diesel::sql_query(
        "update order_facts f set packed = $1 + p.number - 1 from unnest($2) with ordinality as p (id, number) \
         where f.order_id = p.id and f.valid_to is null and f.packed is null",
    );
    numbered.bind::<BigInt, _>(first).bind::<Array<SqlId>, _>(orders).execute(c)
}

/// An aggregate: the sixteen bytes of an id, zeros where there is none, and the eight of a number, of all rows in the order of the ids.
#[must_use]
pub fn bytes_of_pairs(id: &str, number: &str) -> Sql {
    let postgres = format!(
        "coalesce(string_agg(coalesce(uuid_send({id}), decode(repeat('00', 16), 'hex')) || int8send({number}::bigint), '' order by {id} nulls first), '')"
    );
    let sqlite = format!("ifnull(unhex(group_concat(hex(ifnull({id}, zeroblob(16))) || printf('%016x', {number}), '' order by {id})), x'')");
    Sql::own(Sql::new(postgres), Sql::new(sqlite))
}

/// Whether the entry of the search index, called `e`, holds a word.
#[must_use]
pub fn holds_word(word: &Word) -> Sql {
    Sql::own(entry_holds(word), in_index(word).text(")"))
}

/// The same for a count up to a limit: SQLite puts together no more of the index than that.
#[must_use]
pub fn holds_word_some(word: &Word, most: i64) -> Sql {
    Sql::own(entry_holds(word), in_index(word).text(" limit ").bind(Value::Number(most)).text(")"))
}

fn in_index(word: &Word) -> Sql {
    Sql::new("e.number in (select rowid from search_index where search_index match ").bind(Value::Text(word.fts5()))
}

/// The same of an entry at hand, without the index.
#[must_use]
pub fn entry_holds(word: &Word) -> Sql {
    let postgres = Sql::new("e.terms::tsvector @@ ").bind(Value::Text(word.tsquery())).text("::tsquery");
    let text = |text: String| Value::Text(format!(" {text}"));
    let sqlite = match word {
        Word::Beginning(word) => Sql::new("instr(' ' || e.terms, ").bind(text(word.clone())),
        Word::Single(word) => Sql::new("instr(' ' || e.terms || ' ', ").bind(text(format!("{word} "))),
        Word::Phrase(words) => Sql::new("instr(' ' || e.terms || ' ', ").bind(text(format!("{} ", words.join(" ")))),
    };
    Sql::own(postgres, sqlite.text(") > 0"))
}

/// How many rows a question has, counted up to a limit.
pub fn count_some(c: &mut AnyConnection, question: Sql, most: i64) -> QueryResult<i64> {
    let some =
        Sql::new("select count(*) as value from (select 1 from (").then(question).text(") as found limit ").bind(Value::Number(most)).text(") as counted");
    let counts: Vec<Number> = some.load(c)?;
    Ok(counts.first().map_or(0, |n| n.value))
}

/// The words of a record as the database keeps them.
#[must_use]
pub fn kept_terms(tx: &AnyConnection, terms: &Terms) -> String {
    match tx {
        AnyConnection::Postgres(_) => terms.lexemes(),
        AnyConnection::Sqlite(_) => terms.spaced(),
    }
}

/// Has the planner learn what is in the columns of tables that are kept in parts. PostgreSQL does so by itself for each part, and for none as a whole.
pub fn look_over(tx: &mut AnyConnection, tables: &[&str]) -> QueryResult<()> {
    match tx {
        AnyConnection::Postgres(c) => c.batch_execute(&format!("analyze {}", tables.join(", "))),
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

/// Takes out of the files of the index what it no longer holds, all at once: SQLite marks words as removed and leaves them there until parts of the index
/// are put together.
pub fn purge_words(tx: &mut AnyConnection) -> QueryResult<()> {
    match tx {
        AnyConnection::Postgres(_) => Ok(()),
        AnyConnection::Sqlite(c) => c.batch_execute("insert into search_index(search_index) values ('optimize')"),
    }
}

/// The same a little at a time, from the beginning on; answers whether there is more to do.
pub fn purge_some_words(tx: &mut AnyConnection, begins: bool) -> QueryResult<bool> {
    let changes = |tx: &mut AnyConnection| diesel::sql_query("select total_changes() as value").get_result::<Number>(tx).map(|n| n.value);
    if matches!(tx, AnyConnection::Postgres(_)) {
        return Ok(false);
    }
    let before = changes(tx)?;
    // With a minus all parts are to become one.
    let pages = if begins { -200 } else { 200 };
    tx.batch_execute(&format!("insert into search_index(search_index, rank) values ('merge', {pages})"))?;
    // The statement itself counts for one.
    Ok(changes(tx)? - before >= 2)
}

/// The whole seconds from a moment in a column to another.
#[must_use]
pub fn seconds_between(since: &str, until: Sql) -> Sql {
    let postgres = Sql::new("cast(floor(extract(epoch from (").then(until.clone()).text(format!(" - {since}))) as bigint)"));
    Sql::own(postgres, Sql::new("((").then(until).text(format!(" - {since}) / 1000000)")))
}

/// The day of a moment in a column, as a number of days since 1970, with an offset in seconds.
#[must_use]
pub fn day_number(at: &str, offset: Sql) -> Sql {
    let postgres = Sql::new(format!("cast(floor((extract(epoch from {at}) + ")).then(offset.clone()).text(") / 86400) as bigint)");
    // Whole numbers are cut towards zero there: all are made positive before.
    let sqlite = Sql::new(format!("(({at} / 1000000 + ")).then(offset).text(" + 8640000000000) / 86400 - 100000000)");
    Sql::own(postgres, sqlite)
}

/// The days from a number of days since 1970 to a date in a column.
#[must_use]
pub fn days_between(since: Sql, until: &str) -> Sql {
    let postgres = Sql::new(format!("(({until} - date '1970-01-01') - ")).then(since.clone()).text(")");
    Sql::own(postgres, Sql::new(format!("(cast(julianday({until}) - 2440587.5 as integer) - ")).then(since).text(")"))
}

/// Seconds of whole weeks, beyond the beginning of the first year: added, they leave no time before the epoch and no weekday another.
const WEEKS: i64 = 110_000 * 604_800;

/// A column as it is. SQLite would try to read the dates of one as numbers, at every comparison that no index decides.
#[must_use]
pub fn bare(column: &str) -> Sql {
    Sql::own(Sql::new(column.to_owned()), Sql::new(format!("+{column}")))
}

/// That a column has a value, which says the same as a condition by words: PostgreSQL looks once at each row instead of comparing, SQLite finds the words in
/// an index.
#[must_use]
pub fn has_value(column: &str, words: Sql) -> Sql {
    Sql::own(Sql::new(format!("{column} is not null")), words)
}

/// An order of rows that only SQLite gains by: what it looks up for one after the other then lies side by side.
#[must_use]
pub fn in_order(columns: &str) -> Sql {
    Sql::own(Sql::empty(), Sql::new(format!(" order by {columns}")))
}

/// The weekday of a date, Monday being 0.
#[must_use]
pub fn weekday_of_date(column: &str) -> Sql {
    let days = WEEKS / 86_400 + 3;
    Sql::own(
        Sql::new(format!("cast(({column} - date '1970-01-01' + {days}) % 7 as bigint)")),
        Sql::new(format!("((cast(julianday({column}) - 2440587.5 as integer) + {days}) % 7)")),
    )
}

/// The weekday of a moment where clocks are so many seconds ahead, Monday being 0.
#[must_use]
pub fn weekday_of_time(column: &str, ahead: i64) -> Sql {
    let more = WEEKS + ahead;
    Sql::own(
        Sql::new(format!("(((cast(floor(extract(epoch from {column})) as bigint) + {more}) / 86400 + 3) % 7)")),
        Sql::new(format!("((({column} + {more} * 1000000) / 86400000000 + 3) % 7)")),
    )
}
