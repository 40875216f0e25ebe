//! A database for each test, copied from a template that this process makes once: all tables, what a new database holds, and the cast.
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, connection, migrate};
use tempfile::TempDir;

use super::Cast;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database that goes with its test.
pub struct Database {
    pub url: DatabaseUrl,
    /// The file's folder, on SQLite.
    _folder: Option<TempDir>,
    /// The name on the server, on PostgreSQL.
    name: Option<String>,
}

impl Database {
    /// Makes one; none where there is no PostgreSQL to be had, which is a failure with `CI=true`.
    pub fn create(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Sqlite => {
                let folder = TempDir::new().unwrap();
                let path = folder.path().join("test.db");
                std::fs::write(&path, sqlite_template()).unwrap();
                Some(Self { url: DatabaseUrl::Sqlite(path), _folder: Some(folder), name: None })
            }
            Kind::Postgres => {
                let server = Server::get()?;
                static NUMBER: AtomicU32 = AtomicU32::new(0);
                let name = format!("{}_{}", server.prefix, NUMBER.fetch_add(1, Ordering::Relaxed));
                server.run(&format!("create database {name} template {}", server.template));
                Some(Self { url: server.url(&name), _folder: None, name: Some(name) })
            }
        }
    }
}

impl Database {
    /// One without tables.
    pub fn empty(kind: Kind) -> Option<Self> {
        let database = Self::create(kind)?;
        match (&database.url, &database.name, Server::get()) {
            (DatabaseUrl::Sqlite(path), ..) => std::fs::remove_file(path).unwrap(),
            (DatabaseUrl::Postgres(_), Some(name), Some(server)) => {
                server.run(&format!("drop database {name}"));
                server.run(&format!("create database {name}"));
            }
            _ => unreachable!("a server's database has a name"),
        }
        Some(database)
    }
    /// Makes one at an address; what it stands on is another's, who takes it away.
    pub fn at(address: &str) -> Self {
        let url = DatabaseUrl::parse(address).unwrap();
        prepare(&url);
        Self { url, _folder: None, name: None }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (&self.name, Server::get()) {
            server.run(&format!("drop database if exists {name} with (force)"));
        }
    }
}

fn prepare(url: &DatabaseUrl) {
    let mut conn = connection::open(url).unwrap();
    migrate::run(&mut conn).unwrap();
    intent_orders::settings::service::seed(&mut conn, super::BEGIN, "CNY", chrono_tz::Asia::Shanghai).unwrap();
    intent_orders::standards::service::seed(&mut conn, super::BEGIN).unwrap();
    Cast::get().insert(&mut conn);
}

/// The bytes of a closed database file: kept in memory, so that no folder has to outlive the process.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("template.db");
        prepare(&DatabaseUrl::Sqlite(path.clone()));
        std::fs::read(path).unwrap()
    });
    &TEMPLATE
}

/// The server named by `TEST_POSTGRES_URL`, with a template of this process.
struct Server {
    address: String,
    /// Begins the name of every database of this process.
    prefix: String,
    template: String,
    /// Holds a lock on the prefix for as long as this process lives: who gets that lock may clear up after us.
    conn: Mutex<AnyConnection>,
}

impl Server {
    fn get() -> Option<&'static Self> {
        static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
            let address = variable("TEST_POSTGRES_URL");
            if address.is_none() {
                assert!(!matches!(variable("CI").as_deref(), Some("true" | "1")), "with CI=true the tests on PostgreSQL must run: set TEST_POSTGRES_URL");
            }
            address.map(Server::start)
        });
        if SERVER.is_none() {
            eprintln!("!! SKIPPED on PostgreSQL: TEST_POSTGRES_URL is not set (tests/postgres.sh run cargo test sets it)");
        }
        SERVER.as_ref()
    }

    fn start(address: String) -> Self {
        let mut conn = connection::open(&DatabaseUrl::parse(&address).unwrap()).unwrap();
        let prefix = format!("io_test_{}", new_id().0.simple());
        assert!(lock(&mut conn, &prefix));
        clear_up(&mut conn);
        let template = format!("{prefix}_template");
        let server = Self { address, prefix, template, conn: Mutex::new(conn) };
        server.run(&format!("create database {}", server.template));
        prepare(&server.url(&server.template));
        server
    }

    /// The same server, another database.
    fn url(&self, database: &str) -> DatabaseUrl {
        let (scheme, rest) = self.address.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let query = path.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        DatabaseUrl::parse(&format!("{scheme}://{authority}/{database}{query}")).unwrap()
    }

    fn run(&self, sql: &str) {
        let mut conn: MutexGuard<'_, AnyConnection> = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        // A connection to the template may take a moment to be gone.
        let mut outcome = conn.batch_execute(sql);
        for _ in 0..50 {
            if !matches!(&outcome, Err(e) if e.to_string().contains("being accessed")) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            outcome = conn.batch_execute(sql);
        }
        outcome.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
}

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = Bool)]
    got: bool,
}
#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn lock(conn: &mut AnyConnection, prefix: &str) -> bool {
    diesel::sql_query("select pg_try_advisory_lock(hashtextextended($1, 0)) as got").bind::<Text, _>(prefix).get_result::<Got>(conn).unwrap().got
}

/// Drops what processes that were killed left behind.
fn clear_up(conn: &mut AnyConnection) {
    let names = diesel::sql_query("select datname::text as name from pg_database where datname like 'io\\_test\\_%'").load::<Name>(conn).unwrap();
    for Name { name } in names {
        let prefix = name.rsplit_once('_').map_or("", |(prefix, _)| prefix);
        if lock(conn, prefix) {
            let _ = conn.batch_execute(&format!("drop database if exists {name} with (force)"));
        }
    }
}

#[allow(clippy::disallowed_methods)] // These two speak to the tests alone; the program never reads them.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
