//! The connection: Diesel's enum over both databases, opened by the scheme of the address and by nothing else.
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::fold;
use super::url::DatabaseUrl;
use crate::platform::decimal;
use crate::platform::watch::statements::Ear;

/// A connection to either database; queries are written once against it.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// What both databases compute alike: PostgreSQL has it from a migration, SQLite is given it on each connection.
#[diesel::declare_sql_function]
extern "SQL" {
    /// An amount times one rate over another, rounded to whole steps.
    fn exchanged(
        amount: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
        rate: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
        into_rate: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
        step: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
    ) -> diesel::sql_types::Nullable<diesel::sql_types::BigInt>;
}

/// Set before anything else, on every connection: waits for a lock held by another process, checks references, keeps what was acknowledged.
const SQLITE_PRAGMAS: &str = "pragma busy_timeout = 5000; pragma foreign_keys = on; pragma journal_mode = wal; pragma synchronous = full; \
    pragma journal_size_limit = 67108864; pragma cache_size = -8192; pragma temp_store = memory;";
/// No statement waits for ever; a transaction left open by a lost client is ended by the server. To compile a question to machine code takes longer than it spares;
/// with less memory than this it sorts on disk what it could group at once. A page out of order is not four times as dear as the next one where most of them lie in
/// memory: held to be so, an index that grew entry by entry, a third larger than one built at once, would not be chosen to count by.
pub(super) const POSTGRES_SETTINGS: &str = "set statement_timeout = '60s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '60s'; set timezone = 'UTC'; set jit = off; \
     select set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), 33554432) / 1024 || 'kB', false), \
     set_config('random_page_cost', least(current_setting('random_page_cost')::float8, 2)::text, false);";

/// What libpq is told where the address says nothing of it, so that no connection is waited for without end, and one whose other end is gone is found out.
const POSTGRES_WAITS: [(&str, &str); 5] =
    [("connect_timeout", "5"), ("keepalives_idle", "30"), ("keepalives_interval", "5"), ("keepalives_count", "3"), ("tcp_user_timeout", "20000")];

/// An address with what it leaves open.
fn bounded(url: &str) -> String {
    let said = |name: &str| url.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair.split('=').next() == Some(name)));
    POSTGRES_WAITS.iter().filter(|(name, _)| !said(name)).fold(url.to_owned(), |url, (name, value)| {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}{name}={value}")
    })
}

/// Opens a connection. The generated `establish` is not used: it tries each variant in turn and would open a file named like a server.
pub fn open(url: &DatabaseUrl) -> ConnectionResult<AnyConnection> {
    let failed = |e: diesel::result::Error| ConnectionError::CouldntSetupConfiguration(e);
    match url {
        DatabaseUrl::Sqlite(path) => {
            let address = path.to_string_lossy();
            let mut c = SqliteConnection::establish(&address)?;
            c.set_instrumentation(Ear::on(&address));
            settle(&mut c).map_err(failed)?;
            let exchange =
                |amount: Option<i64>, rate: Option<i64>, into_rate: Option<i64>, step: Option<i64>| decimal::exchanged(amount?, rate?, into_rate?, step?);
            exchanged_utils::register_impl(&mut c, exchange).map_err(failed)?;
            fold::register(&mut c).map_err(failed)?;
            Ok(AnyConnection::Sqlite(c))
        }
        DatabaseUrl::Postgres(url) => {
            let mut c = PgConnection::establish(&bounded(url))?;
            c.set_instrumentation(Ear::on(url));
            c.batch_execute(POSTGRES_SETTINGS).map_err(failed)?;
            Ok(AnyConnection::Postgres(c))
        }
    }
}

/// Sets what every connection to a file has. Where another begins to write to a new file while it is given its log, SQLite refuses at once and waits for nobody: it is
/// tried again for as long as any lock is waited for.
pub(super) fn settle(c: &mut SqliteConnection) -> QueryResult<()> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let began = Instant::now();
    loop {
        match c.batch_execute(SQLITE_PRAGMAS) {
            Err(e) if e.to_string().contains("database is locked") && began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            ended => return ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_that_another_writes_is_waited_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("x.db"));
        let mut other = SqliteConnection::establish(&folder.path().join("x.db").to_string_lossy()).unwrap();
        other.batch_execute("create table t (i integer); begin immediate").unwrap();
        let opened = std::thread::spawn(move || open(&url).map(drop));
        std::thread::sleep(Duration::from_millis(200));
        assert!(!opened.is_finished());
        other.batch_execute("commit").unwrap();
        opened.join().unwrap().unwrap();
    }

    #[test]
    fn what_an_address_says_of_waits_stands() {
        let rest = "keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=20000";
        assert_eq!(bounded("postgres://host/db"), format!("postgres://host/db?connect_timeout=5&{rest}"));
        assert_eq!(bounded("postgres://host/db?host=/run&connect_timeout=60"), format!("postgres://host/db?host=/run&connect_timeout=60&{rest}"));
        assert_eq!(bounded("postgres://connect_timeout@host/db?x_connect_timeout=1").matches("&connect_timeout=5").count(), 1);
    }
}
