//! A database looked at as a whole: opened as it is, read from one moment for as long as that takes, and asked what it knows itself of its soundness.
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::claim::Claim;
use super::{AnyConnection, DatabaseUrl, connection, migrate, work};
use crate::platform::problem::Problem;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(c: &mut AnyConnection, sql: &str) -> QueryResult<Vec<String>> {
    Ok(diesel::sql_query(sql).load::<Line>(c)?.into_iter().map(|row| row.line).collect())
}

/// Opens a database without bringing its tables up to date, and reads from one snapshot. Writers go on meanwhile; what they write stays in the log of a
/// SQLite database until the end.
pub fn look<T>(url: &DatabaseUrl, mut work: impl FnMut(&mut AnyConnection) -> Result<T, Problem>) -> Result<T, String> {
    if let DatabaseUrl::Sqlite(path) = url
        && !path.is_file()
    {
        return Err(format!("there is no file {}", path.display()));
    }
    let _claim = Claim::shared(url)?;
    let mut conn = connection::open(url).map_err(|e| e.to_string())?;
    migrate::require_current(&mut conn)?;
    // What is sorted on the way may be as large as the database, and nobody waits for it.
    let unhurried = match &conn {
        AnyConnection::Sqlite(_) => "pragma temp_store = file",
        AnyConnection::Postgres(_) => "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0",
    };
    conn.batch_execute(unhurried).map_err(|e| e.to_string())?;
    work::in_snapshot(&mut conn, &mut work).map_err(|problem| problem.cause().map_or_else(|| problem.to_string(), str::to_owned))
}

/// What the database itself finds wrong with its pages, indexes and references, at most so many lines of each kind.
pub fn faults(c: &mut AnyConnection, most: usize) -> QueryResult<Vec<String>> {
    match c {
        AnyConnection::Sqlite(_) => {
            // It tells of a hundred faults by itself.
            let pages = lines(c, "select integrity_check as line from pragma_integrity_check")?;
            let mut all: Vec<String> = pages.into_iter().filter(|line| line != "ok").collect();
            let of = "'row ' || coalesce(rowid, 0) || ' of ' || \"table\" || ' names what ' || parent || ' does not hold'";
            all.extend(lines(c, &format!("select {of} as line from pragma_foreign_key_check limit {most}"))?);
            // The index of words has no references: what it holds is told by the numbers of what it indexes.
            for (one, other, what) in [
                ("select number as n from search_entries", "select id from search_index_docsize", "is not in the search index"),
                ("select id as n from search_index_docsize", "select number from search_entries", "is in the search index and gone"),
            ] {
                all.extend(lines(c, &format!("select 'entry ' || n || ' {what}' as line from ({one} except {other}) limit {most}"))?);
            }
            Ok(all)
        }
        AnyConnection::Postgres(_) => {
            let mut all = lines(c, NOT_VALIDATED)?;
            for reference in lines(c, REFERENCES)? {
                let broken: Vec<String> = lines(c, &format!("{reference} limit {most}"))?;
                all.extend(broken);
            }
            Ok(all)
        }
    }
}

const NOT_VALIDATED: &str = "select 'the constraint ' || conname || ' of ' || conrelid::regclass || ' is not validated' as line \
    from pg_constraint where not convalidated and connamespace = current_schema()::regnamespace \
    union all select 'the index ' || indexrelid::regclass || ' is not valid' from pg_index join pg_class on pg_class.oid = indexrelid \
    where relnamespace = current_schema()::regnamespace and not (indisvalid and indisready)";

/// For each reference the question for rows whose parent is missing: the server upholds them, a restore that switched that off has not.
const REFERENCES: &str = "select format('select %L || t.%I || %L as line from %s t where t.%I is not null and not exists (select 1 from %s p where p.%I = t.%I)', \
    conrelid::regclass || ' names ', a.attname, ', which ' || confrelid::regclass || ' does not hold', conrelid::regclass, a.attname, confrelid::regclass, \
    b.attname, a.attname) as line \
    from pg_constraint join pg_attribute a on a.attrelid = conrelid and a.attnum = conkey[1] join pg_attribute b on b.attrelid = confrelid and b.attnum = confkey[1] \
    where contype = 'f' and array_length(conkey, 1) = 1 and connamespace = current_schema()::regnamespace order by conrelid::regclass::text, conname";
