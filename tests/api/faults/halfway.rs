//! Work that is cut off half-way: a start that migrates, and an import. Whoever starts next goes on where it stood.
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use intent_orders::identity::Role;
use intent_orders::platform::db::claim::Claim;
use intent_orders::platform::db::schema::{events, imports};
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, Id, connection};
use intent_orders::upkeep::check;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use super::{program, rounds};
use crate::command::text;
use crate::harness::{Client, Database, Kind, PASSWORD, Program, TestApp, wait};
use crate::imports::form;
use crate::keep::{tell_of_the_cast, told, world};

/// The command that brings a database up to date, by itself or by way of a program that watches it.
fn migrate(url: &DatabaseUrl, folder: &Path, by: &[&str]) -> Child {
    let url = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let words = [by, &[env!("CARGO_BIN_EXE_intent-orders"), "migrate"]].concat();
    let settings = [("DATABASE_URL", url), ("SECRET", "s".repeat(32)), ("LOG_LEVEL", "warn".into())];
    let mut command = Command::new(words[0]);
    // A group of its own, to be killed together.
    command.args(&words[1..]).envs(settings).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.spawn().unwrap()
}

fn kill(mut child: Child) {
    kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
}

fn done(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

/// How many migrations a command says that it ran.
fn ran(output: &Output) -> usize {
    let said = text(&output.stderr);
    said.split_once("migrations run: ").map_or(0, |(_, names)| names.split(", ").count())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// What there is in a database: tables with their columns, indexes, and the migrations that were run.
fn shape(c: &mut AnyConnection) -> BTreeSet<String> {
    let sql = match c {
        AnyConnection::Sqlite(_) => {
            "select m.name || ' ' || p.name || ' ' || p.type as line from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' \
             union all select name from sqlite_master where type <> 'table'"
        }
        AnyConnection::Postgres(_) => {
            "select table_name || ' ' || column_name || ' ' || data_type as line from information_schema.columns where table_schema = current_schema() \
             union all select indexname || '' from pg_indexes where schemaname = current_schema()"
        }
    };
    let parts = diesel::sql_query(sql).load::<Line>(c).unwrap();
    let run = diesel::sql_query("select version as line from __diesel_schema_migrations").load::<Line>(c).unwrap_or_default();
    parts.into_iter().chain(run).map(|row| row.line).collect()
}

/// What a database is like after so many migrations, told by how many: in the order of their names.
fn stages(kind: Kind) -> Option<Vec<BTreeSet<String>>> {
    let database = Database::empty(kind)?;
    let mut conn = connection::open(&database.url).unwrap();
    // The table of migrations is there before the first of them.
    let mut stages = vec![BTreeSet::new(), step(&mut conn, Step::None)];
    stages.extend((0..migrations().len()).map(|_| step(&mut conn, Step::Up)));
    Some(stages)
}

fn migrations() -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir("migrations/sqlite").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

enum Step {
    None,
    Up,
    Down,
}

fn step(c: &mut AnyConnection, step: Step) -> BTreeSet<String> {
    let source = |folder| FileBasedMigrations::from_path(format!("migrations/{folder}")).unwrap();
    macro_rules! take {
        ($c:expr, $source:expr) => {
            match step {
                Step::None => drop($c.applied_migrations().unwrap()),
                Step::Up => drop($c.run_next_migration($source).unwrap()),
                Step::Down => drop($c.revert_last_migration($source).unwrap()),
            }
        };
    }
    match c {
        AnyConnection::Sqlite(c) => take!(c, source("sqlite")),
        AnyConnection::Postgres(c) => take!(c, source("postgres")),
    }
    shape(c)
}

/// Kills starts on new databases at moments from the first to the last of a start; each is between two migrations then, and the next start ends the work.
fn killed_at(kind: Kind, moments: usize, by: &[&str]) {
    let Some(stages) = stages(kind) else { return };
    let folder = tempfile::TempDir::new().unwrap();
    // The first of the two finds nothing warm.
    let took = [(); 2].map(|()| {
        let database = Database::empty(kind).unwrap();
        let began = Instant::now();
        assert_eq!(ran(&done(migrate(&database.url, folder.path(), by))), migrations().len());
        began.elapsed()
    })[1];
    let mut cut: BTreeMap<usize, usize> = BTreeMap::new();
    for moment in 0..moments {
        let database = Database::empty(kind).unwrap();
        let child = migrate(&database.url, folder.path(), by);
        std::thread::sleep(took.mul_f64(moment as f64 / moments as f64));
        kill(child);
        let mut conn = connection::open(&database.url).unwrap();
        settle(&database.url, &mut conn);
        let found = shape(&mut conn);
        drop(conn);
        let at = stages
            .iter()
            .position(|stage| *stage == found)
            .unwrap_or_else(|| panic!("half a migration: {:?}", found.symmetric_difference(&stages[2]).collect::<Vec<_>>()));
        *cut.entry(at).or_default() += 1;
        let left = ran(&done(migrate(&database.url, folder.path(), &[])));
        assert_eq!(left, migrations().len() - at.saturating_sub(1), "cut off at {at}");
        assert_eq!(shape(&mut connection::open(&database.url).unwrap()), *stages.last().unwrap());
        assert_eq!(check::run(&database.url).unwrap().told(), [""; 0]);
    }
    eprintln!("{kind:?}: cut off after so many steps, so many times: {cut:?}, within {took:?}");
}

/// Waits until nobody else is in a database: what was sent to a server last may still run, and a write to a file that had begun before the kill may still
/// be on its way.
fn settle(url: &DatabaseUrl, c: &mut AnyConnection) {
    if let DatabaseUrl::Sqlite(path) = url {
        wait("the end of its claim", || Claim::unless_taken(path).unwrap());
    } else {
        let others =
            "select pid::text as line from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
        wait("the end of the last statement", || diesel::sql_query(others).load::<Line>(c).unwrap().is_empty().then_some(()));
    }
}

/// Each test twice, for those that need a database and no program.
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident = $run:expr;)*) => {$(
        mod $name {
            use super::*;
            #[test]
            $(#[$meta])*
            fn sqlite() {
                $run(Kind::Sqlite);
            }
            #[test]
            $(#[$meta])*
            fn postgres() {
                $run(Kind::Postgres);
            }
        }
    )*};
}

on_both! {
    a_start_that_is_cut_off_is_gone_on_with = |kind| killed_at(kind, 4, &[]);
    #[ignore = "make faults"]
    a_start_is_cut_off_at_every_moment = |kind| killed_at(kind, rounds().max(20), &[]);
    of_those_that_start_at_once_one_migrates = starts_at_once;
}

/// The file of a database is written slowly, so that starts are cut off in the midst of it.
#[test]
#[ignore = "make faults"]
fn a_start_is_cut_off_while_its_file_is_written() {
    killed_at(Kind::Sqlite, rounds(), &["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=pwrite64:delay_exit=2000"]);
}

fn starts_at_once(kind: Kind) {
    for _ in 0..rounds().min(5) {
        let Some(database) = Database::empty(kind) else { return };
        let folder = tempfile::TempDir::new().unwrap();
        let starts: Vec<Child> = (0..4).map(|_| migrate(&database.url, folder.path(), &[])).collect();
        let mut all: Vec<usize> = starts.into_iter().map(|child| ran(&done(child))).collect();
        all.sort();
        assert_eq!(all, [0, 0, 0, migrations().len()]);
        assert_eq!(check::run(&database.url).unwrap().told(), [""; 0]);
    }
}

/// More orders than a file's writer keeps in memory, so that a start which makes something of each has written long before it is done.
const MANY: usize = 60_000;
/// The numbers of these begin behind it.
const BEHIND: usize = 1_000_000;

/// Copies an order so many times.
fn multiply(c: &mut AnyConnection) {
    let columns = "select name as line from pragma_table_info('orders')";
    let columns: Vec<String> = diesel::sql_query(columns).load::<Line>(c).unwrap().into_iter().map(|row| row.line).collect();
    let value = |name: &String| match name.as_str() {
        "id" => "randomblob(16)".to_owned(),
        "number" => format!("{BEHIND} + i"),
        name => format!("o.{name}"),
    };
    let (names, values) = (columns.join(", "), columns.iter().map(value).collect::<Vec<_>>().join(", "));
    c.batch_execute(&format!(
        "insert into orders ({names}) with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY}) \
         select {values} from n, (select * from orders order by number limit 1) o; pragma wal_checkpoint(truncate)"
    ))
    .unwrap();
}

/// Takes the copies away, of which nothing tells how they came.
fn take_away(c: &mut AnyConnection) {
    let copies = format!("(select id from orders where number > {BEHIND})");
    c.batch_execute(&format!("delete from order_facts where order_id in {copies}; delete from orders where number > {BEHIND}")).unwrap();
}

/// Kills a start in the midst of its work: on a file when it has written much of it, on a server while it waits for what another holds.
fn cut_off(c: &mut AnyConnection, url: &DatabaseUrl, folder: &Path) {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let child = migrate(url, folder, &[]);
            let log = path.with_extension("db-wal");
            let began = Instant::now();
            while std::fs::metadata(&log).map_or(0, |log| log.len()) < 1_000_000 {
                assert!(began.elapsed() < Duration::from_secs(20), "it has written nothing");
            }
            kill(child);
        }
        DatabaseUrl::Postgres(_) => {
            c.batch_execute("begin; lock table orders in access exclusive mode").unwrap();
            let child = migrate(url, folder, &[]);
            let mut other = connection::open(url).unwrap();
            let waits = "select 1::text as line from pg_locks where not granted and relation = 'orders'::regclass";
            wait("a migration that waits", || (!diesel::sql_query(waits).load::<Line>(&mut other).unwrap().is_empty()).then_some(()));
            kill(child);
            c.batch_execute("rollback").unwrap();
            let left = "select 1::text as line from pg_locks where locktype = 'advisory' and objid = 4849874";
            wait("the end of its session", || diesel::sql_query(left).load::<Line>(&mut other).unwrap().is_empty().then_some(()));
        }
    }
}

both! {
    // A newer program starts on a database with data in it, and is killed in the midst of that; nothing of it is left, nor lost.
    fn data_of_an_older_program_outlive_a_start_that_is_cut_off(app: &TestApp) {
        world(app);
        let url = &app.state.config.database_url;
        let folder = tempfile::TempDir::new().unwrap();
        let mut conn = connection::open(url).unwrap();
        let now = shape(&mut conn);
        // Back to before the facts of orders, which are made of what is there.
        let facts = migrations().iter().position(|name| name.ends_with("_order_facts")).unwrap();
        let mut older = now.clone();
        for _ in facts..migrations().len() {
            older = step(&mut conn, Step::Down);
        }
        assert!(older.len() < now.len());
        let on_file = matches!(url, DatabaseUrl::Sqlite(_));
        if on_file {
            multiply(&mut conn);
        }
        let before: BTreeSet<String> = orders(&mut conn);
        cut_off(&mut conn, url, folder.path());
        let left = shape(&mut conn);
        assert!(left == older, "what was begun is undone, but for {:?}", left.symmetric_difference(&older).collect::<Vec<_>>());
        assert!(orders(&mut conn) == before, "every order is there");
        assert_eq!(ran(&done(migrate(url, folder.path(), &[]))), migrations().len() - facts);
        assert_eq!(shape(&mut conn), now);
        assert!(orders(&mut conn) == before, "every order is there");
        let without = "select o.number || '' as line from orders o left join order_facts f on f.order_id = o.id and f.valid_to is null where f.status is distinct from o.status";
        let without: Vec<String> = diesel::sql_query(without).load::<Line>(&mut conn).unwrap().into_iter().map(|row| row.line).collect();
        assert_eq!(without, [""; 0], "the facts of each order are made");
        if on_file {
            take_away(&mut conn);
        }
        // What an older program had no table for was gone before.
        let found: Vec<String> = told(app).into_iter().filter(|line| !line.contains("which targets does not hold")).collect();
        assert_eq!(found, [""; 0]);
    }
}

fn orders(c: &mut AnyConnection) -> BTreeSet<String> {
    let sql = "select o.number || ' ' || o.status || ' ' || o.amount || ' ' || count(l.id) as line from orders o left join order_lines l on l.order_id = o.id group by o.id";
    diesel::sql_query(sql).load::<Line>(c).unwrap().into_iter().map(|row| row.line).collect()
}

const ROWS: usize = 4_000;
/// Every so many a row is refused.
const BAD: usize = 50;

/// An administrator of a program.
fn admin(program: &Program, email: &str) -> String {
    let base = program.base();
    let session = Client::new(&base).post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).expect(200);
    format!("Bearer {}", session.body["access_token"].as_str().unwrap())
}

on_both! {
    #[ignore = "make faults"]
    an_import_goes_on_after_each_kill = import_killed;
}

fn import_killed(kind: Kind) {
    let Some(app) = &TestApp::without_jobs(kind) else { return };
    tell_of_the_cast(app);
    let user = app.user_with_password("li.na", Role::Admin, true);
    let mut running = program(app);
    let token = admin(&running, &user.email());
    let rows = (1..=ROWS).map(|n| format!("S{n},Name {n},{},CNY\n", if n % BAD == 0 { "lots" } else { "12.50" }));
    let file: String = std::iter::once("sku,name,list_price,currency\n".to_owned()).chain(rows).collect();
    let base = running.base();
    let sent = Client::new(&base).with("authorization", &token).upload("/api/v1/imports", form(file, r#"{"entity": "products"}"#)).expect(202);
    let look = |program: &Program| -> Value {
        let base = program.base();
        Client::new(&base).with("authorization", &token).get(&format!("/api/v1/imports/{}", sent.id())).expect(200).body
    };
    let id = sent.id().parse().map(Id).unwrap();
    let next_row = || app.state.db.read_here(|c| Ok(imports::table.find(id).select(imports::next_row).first::<i64>(c)?)).unwrap();
    // Whoever is killed leaves a lease of fifteen seconds, so it is not done thirty times.
    let kills = rounds().min(4);
    let mut cut = Vec::new();
    for kill in 1..=kills {
        let goal = (ROWS * kill / (kills + 1)) as i64;
        let began = Instant::now();
        let at = loop {
            let at = next_row();
            assert!(at < ROWS as i64 && began.elapsed() < Duration::from_secs(60), "{} is killed too late: {at} rows are done", running.id());
            if at >= goal {
                break at;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        running.kill();
        cut.push(at);
        running = program(app);
    }
    let began = Instant::now();
    let import = loop {
        let import = look(&running);
        if import["state"] == "done" {
            break import;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{import}");
        std::thread::sleep(Duration::from_millis(50));
    };
    eprintln!("killed at rows {cut:?} of {ROWS}");
    let (bad, good) = (ROWS / BAD, ROWS - ROWS / BAD);
    let counts = ["created", "updated", "unchanged", "refused", "done", "total"].map(|name| import[name].as_u64().unwrap() as usize);
    assert_eq!(counts, [good, 0, 0, bad, ROWS, ROWS], "each row once: {import}");
    let base = running.base();
    let by = Client::new(&base).with("authorization", &token);
    assert_eq!(by.get("/api/v1/products?include_total=true").expect(200).body["page"]["total"], good);
    let errors = by.get(import["errors"].as_str().unwrap()).expect(200).text;
    let refused: Vec<&str> = errors.lines().skip(1).map(|line| line.split_once(',').unwrap().0).collect();
    assert_eq!(refused, (1..=bad).map(|n| format!("S{}", n * BAD)).collect::<Vec<_>>());
    let events: i64 = app.state.db.read_here(|c| Ok(events::table.filter(events::kind.eq("product.created")).count().get_result(c)?)).unwrap();
    assert_eq!(events, good as i64);
    let found: Vec<String> = told(app).into_iter().filter(|line| !line.contains(&user.id.to_string())).collect();
    assert_eq!(found, [""; 0], "what a check finds");
}
