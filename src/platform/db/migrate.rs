//! Migrations: both databases have the same, by name and in order; a database that is not ours, or newer than the program, is refused.
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::AnyConnection;
use super::connection::{POSTGRES_SETTINGS, settle};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// Marks a SQLite file as ours ("IOrd").
const APPLICATION_ID: i64 = 0x494F_7264;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn number(conn: &mut AnyConnection, sql: &str) -> Result<i64, String> {
    diesel::sql_query(sql).get_result::<Number>(conn).map(|n| n.value).map_err(|e| e.to_string())
}

/// Brings the tables up to date and answers the names of the migrations that were run; refuses a database that belongs to something else. Two that start
/// at once take turns, and the second finds nothing left to do. Whoever is cut off leaves a database that the next start brings up to date.
pub fn run(conn: &mut AnyConnection) -> Result<Vec<String>, String> {
    refuse_foreign(conn)?;
    if is_current(conn) {
        return Ok(Vec::new());
    }
    match conn {
        AnyConnection::Sqlite(c) => in_turn(c),
        AnyConnection::Postgres(c) => {
            // The lock goes with the session. Whoever has it may have much to do, and so may we.
            let patient = "set statement_timeout = 0; set lock_timeout = '10min'; select pg_advisory_lock(4849874)";
            c.batch_execute(patient).map_err(|e| e.to_string())?;
            let done = names(c.run_pending_migrations(POSTGRES));
            let after = format!("select pg_advisory_unlock(4849874); {POSTGRES_SETTINGS}");
            done.and_then(|done| c.batch_execute(&after).map(|()| done).map_err(|e| e.to_string()))
        }
    }
}

/// All migrations are one transaction, for nothing else keeps out another that migrates.
fn in_turn(c: &mut SqliteConnection) -> Result<Vec<String>, String> {
    type Transactions = AnsiTransactionManager;
    let told = |e: diesel::result::Error| e.to_string();
    // First of all: whoever is cut off leaves a file that is known for ours. What each migration would be undone by may be as large as the tables.
    c.batch_execute(&format!("pragma busy_timeout = 600000; pragma temp_store = file; pragma application_id = {APPLICATION_ID}")).map_err(told)?;
    Transactions::begin_transaction_sql(c, "BEGIN IMMEDIATE").map_err(told)?;
    let done = names(c.run_pending_migrations(SQLITE));
    let ended = if done.is_ok() { Transactions::commit_transaction(c) } else { Transactions::rollback_transaction(c) };
    let done = done?;
    ended.and_then(|()| settle(c)).map_err(told)?;
    Ok(done)
}

fn names(done: diesel::migration::Result<Vec<diesel::migration::MigrationVersion<'_>>>) -> Result<Vec<String>, String> {
    Ok(done.map_err(|e| e.to_string())?.iter().map(ToString::to_string).collect())
}

/// Whether every migration that the program knows has been run. It only reads: Diesel's own question would make its table, which a reader may not.
pub fn is_current(conn: &mut AnyConnection) -> bool {
    let run = diesel::sql_query("select version as name from __diesel_schema_migrations").load::<Name>(conn);
    let run: Vec<_> = run.unwrap_or_default().into_iter().map(|row| row.name).collect();
    known_versions().is_ok_and(|known| known.iter().all(|version| run.contains(version)))
}

/// Fails where a database is not of this program, or of a newer one.
pub fn require_ours(conn: &mut AnyConnection) -> Result<(), String> {
    if let AnyConnection::Sqlite(_) = conn
        && number(conn, "select application_id as value from pragma_application_id")? != APPLICATION_ID
    {
        return Err("is no database of this program".into());
    }
    refuse_foreign(conn)
}

/// Fails where the tables are not those of this program, or not as it needs them.
pub fn require_current(conn: &mut AnyConnection) -> Result<(), String> {
    refuse_foreign(conn)?;
    if is_current(conn) { Ok(()) } else { Err("the database was made by an older program, or is empty; run `intent-orders migrate` first".into()) }
}

fn refuse_foreign(conn: &mut AnyConnection) -> Result<(), String> {
    let (tables, ours) = match conn {
        AnyConnection::Sqlite(_) => (
            number(conn, "select count(*) as value from sqlite_master where type = 'table'")?,
            number(conn, "select application_id as value from pragma_application_id")? == APPLICATION_ID,
        ),
        AnyConnection::Postgres(_) => (
            // Diesel's own table is there before the first migration; whoever was cut off between the two has left no other. Views are those of extensions.
            number(
                conn,
                "select count(*) as value from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE' \
                 and table_name <> '__diesel_schema_migrations'",
            )?,
            number(
                conn,
                "select count(*) as value from information_schema.tables where table_schema = current_schema() and table_name in ('entry_refusals', 'order_transitions')",
            )? == 2,
        ),
    };
    if tables > 0 && !ours {
        return Err("the database holds tables of something else; name an empty one, or one that this program made".into());
    }
    let applied = if tables == 0 {
        Vec::new()
    } else {
        match conn {
            AnyConnection::Sqlite(c) => c.applied_migrations(),
            AnyConnection::Postgres(c) => c.applied_migrations(),
        }
        .map_err(|e| e.to_string())?
    };
    let known = known_versions()?;
    match applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        Some(version) => Err(format!("the database was made by a newer program (migration {version}); use that one")),
        None => Ok(()),
    }
}

fn known_versions() -> Result<Vec<String>, String> {
    use diesel::migration::MigrationSource;
    let migrations = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(|e| e.to_string())?;
    Ok(migrations.iter().map(|m| m.name().version().to_string()).collect())
}
