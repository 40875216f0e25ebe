//! A feed: rows with numbers, read in the order of these, each exactly once, while others write. On SQLite there is one writer, whose numbers follow
//! each other. On PostgreSQL numbers come from a sequence, so that nobody queues, and are taken before the commit: a reader that went on behind the
//! greatest one seen would pass those over that commit late. It must therefore know how far nothing can come any more: the horizon.
//!
//! A writer, with its `BEGIN`, reads the sequence and holds a shared advisory lock on what it read, `key`, until it has ended. A reader reads the
//! sequence, `last`, then the locks that are held; the horizon is the least of `last` and their keys; then, in another transaction, it reads rows with
//! numbers up to the horizon. Why it misses none: let a writer W have taken a number n up to the horizon. W read its key, got its lock and then took n,
//! so `key < n`. Had W got its lock after the reader looked at the locks, it would have taken n later still, and the sequence, which only grows, would
//! have given more than `last`. So the lock was there before; were it still held then, the horizon would be at most `key`, less than n. So W had ended,
//! and as PostgreSQL makes a commit visible before it releases the locks of a transaction, rows that are read after that hold n, or W was undone.
//! Shared locks never wait for each other, so nobody queues. The order is sound, too: a number is taken while its record's row is locked, hence the
//! events of a record are numbered in the order of its versions, which an order by transaction would not keep.
use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::AnyConnection;
use super::sql::Sql;
use crate::platform::problem::Problem;

/// Sets the locks of the feed apart from other advisory locks.
const CLASS: i32 = 0x494F_6664;
/// Keys of locks are small: numbers are held modulo this. No transaction lasts while half as many are taken.
const MODULUS: i64 = 2_147_483_647;
/// The number that was given last; a sequence that was never asked says 1 and means 0.
const LAST: &str = "case when is_called then last_value else last_value - 1 end";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// How long a writer may do nothing between two statements. One that has stopped keeps rows and the horizon for everybody, and is undone before its lease ends.
const MOST_IDLE: &str = "10s";

/// Begins a writing transaction that the horizon knows of, in one round trip.
pub(super) fn begin(conn: &mut PgConnection) -> QueryResult<()> {
    let sql = format!(
        "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{MOST_IDLE}'; \
         SELECT pg_advisory_xact_lock_shared({CLASS}, (({LAST}) % {MODULUS})::int) FROM event_numbers"
    );
    let begun = AnsiTransactionManager::begin_transaction_sql(conn, &sql);
    if begun.is_err() {
        // The transaction may have begun on the server and not for Diesel; the connection goes back to the pool without it.
        let _ = conn.batch_execute("ROLLBACK");
    }
    begun
}

/// The number of the next row, to be taken by the statement that inserts it.
pub fn next_number(tx: &AnyConnection) -> SqlLiteral<BigInt> {
    diesel::dsl::sql(match tx {
        AnyConnection::Postgres(_) => "nextval('event_numbers')",
        AnyConnection::Sqlite(_) => "(select coalesce(max(number), 0) + 1 from events)",
    })
}

/// The same for a statement in pieces.
#[must_use]
pub fn next_number_sql() -> Sql {
    Sql::own(Sql::new("nextval('event_numbers')"), Sql::new("(select coalesce(max(number), 0) + 1 from events)"))
}

/// Up to which number everything is there for a transaction that begins after this one.
pub(super) fn horizon(conn: &mut AnyConnection) -> Result<i64, Problem> {
    let one = |conn: &mut AnyConnection, sql: &str| diesel::sql_query(sql).get_result::<Number>(conn).map(|n| n.value);
    if let AnyConnection::Sqlite(_) = conn {
        return Ok(one(conn, "select coalesce(max(number), 0) as value from events")?);
    }
    // In this order, hence two statements.
    let last = one(conn, &format!("select {LAST} as value from event_numbers"))?;
    let held = format!(
        "select distinct objid::bigint as value from pg_locks where locktype = 'advisory' and classid = {CLASS} and objsubid = 2 \
         and database = (select oid from pg_database where datname = current_database())"
    );
    let keys = diesel::sql_query(held).load::<Number>(conn)?;
    Ok(least(last, keys.into_iter().map(|n| n.value)))
}

/// The least of the number given last and those behind the keys. A key that seems far behind is ahead: its writer began after the sequence was read.
fn least(last: i64, keys: impl Iterator<Item = i64>) -> i64 {
    let behind = keys.map(|key| (last % MODULUS - key).rem_euclid(MODULUS)).filter(|behind| *behind < MODULUS / 2);
    last - behind.max().unwrap_or(0)
}

/// Pushes sequences on that lag behind the rows, as after a restore of the tables alone.
pub(super) fn catch_up(conn: &mut AnyConnection) -> QueryResult<()> {
    if let AnyConnection::Postgres(c) = conn {
        for (sequence, table) in [("event_numbers", "events"), ("order_numbers", "orders")] {
            c.batch_execute(&format!(
                "select setval('{sequence}', newest) from (select max(number) as newest from {table}) as rows \
                 where newest > (select {LAST} from {sequence})"
            ))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_least_number_is_found_again_from_keys(last in 0_i64..1 << 50, behind in prop::collection::vec(0_i64..1_000_000, 0..5), ahead in prop::collection::vec(1_i64..1_000_000, 0..5)) {
            let numbers: Vec<i64> = behind.iter().map(|n| (last - n).max(0)).chain(ahead.iter().map(|n| last + n)).collect();
            prop_assert_eq!(least(last, numbers.iter().map(|n| n % MODULUS)), numbers.iter().copied().min().unwrap_or(last).min(last));
        }
    }
}
