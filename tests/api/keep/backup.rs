//! Backups of SQLite: taken while writers write, kept from harm, put back whole; and what PostgreSQL says instead.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::config::Backups;
use intent_orders::platform::db::DatabaseUrl;
use intent_orders::upkeep::backup::service::{Standing, standing, tend};
use intent_orders::upkeep::check;
use serde_json::json;

use super::{tell_of_the_cast, world};
use crate::command::{launch, text};
use crate::events::{types, walk};
use crate::harness::{BEGIN, Client, Kind, PASSWORD, Program, TestApp, wait};
use crate::orders::{entered, sound, stock};

fn path(app: &TestApp) -> &Path {
    match &app.state.config.database_url {
        DatabaseUrl::Sqlite(path) => path,
        DatabaseUrl::Postgres(url) => panic!("{url} is no file"),
    }
}

fn on_sqlite(test: impl FnOnce(&TestApp, &Path)) {
    let folder = tempfile::TempDir::new().unwrap();
    test(&TestApp::on(Kind::Sqlite).unwrap(), folder.path());
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A backup of a test's database, by the command.
pub fn backup(app: &TestApp, file: &Path) -> Output {
    launch(app, file.parent().unwrap(), &["backup", file.to_str().unwrap()])
}

/// Restores into a place, by the command.
pub fn restore(place: &Path, file: &Path) -> Output {
    let settings = [("DATABASE_URL", format!("sqlite://{}", place.display())), ("SECRET", "s".repeat(32)), ("LOG_LEVEL", "warn".into())];
    let mut command = Command::new(env!("CARGO_BIN_EXE_intent-orders"));
    command.args(["restore", file.to_str().unwrap()]).envs(settings).current_dir(file.parent().unwrap()).output().unwrap()
}

fn refused(output: &Output, why: &str) {
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains(why), "{why}: {output:?}");
}

pub fn told(place: &Path) -> Vec<String> {
    check::run(&DatabaseUrl::Sqlite(place.to_owned())).unwrap().told()
}

/// Ends the writers, whatever becomes of the test.
struct Stop<'a>(&'a AtomicBool);
impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_began() {
    on_sqlite(|app, folder| {
        world(app);
        let customer = stock_of(app);
        let (acknowledged, stop) = (Mutex::new(Vec::<String>::new()), AtomicBool::new(false));
        let (before, file) = std::thread::scope(|scope| {
            for writer in 0..4 {
                let (acknowledged, stop, customer) = (&acknowledged, &stop, &customer);
                scope.spawn(move || {
                    let rep = app.as_(&app.cast.rep);
                    for n in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let order = rep.post("/api/v1/orders", sound(customer)).expect(201);
                        acknowledged.lock().unwrap().push(order.id().to_owned());
                        let tags = json!({"tags": [format!("writer-{writer}"), format!("order-{n}")]});
                        rep.patch(&format!("/api/v1/orders/{}", order.id()), tags, order.etag()).expect(200);
                    }
                });
            }
            let _end = Stop(&stop);
            let count = || acknowledged.lock().unwrap().len();
            wait("some orders", || (count() >= 40).then_some(()));
            let before = acknowledged.lock().unwrap().clone();
            let file = folder.join("under-load.db");
            let made = backup(app, &file);
            assert!(made.status.success() && text(&made.stdout).contains("sound, on disk"), "{made:?}");
            let after = count();
            wait("more orders", || (count() >= after + 10).then_some(()));
            (before, file)
        });
        assert_eq!(names(folder), ["under-load.db"]);
        let place = folder.join("elsewhere/restored.db");
        let restored = restore(&place, &file);
        assert!(restored.status.success(), "{restored:?}");
        assert_eq!(told(&place), [""; 0]);
        let there: Vec<String> = ids(&place);
        assert!(before.iter().all(|id| there.contains(&id.replace('-', ""))), "{} of {}", there.len(), before.len());
        assert!(there.len() < acknowledged.lock().unwrap().len() + 10, "it is of one moment");
    });
}

/// The customer that a stocked test has.
fn stock_of(app: &TestApp) -> String {
    app.as_(&app.cast.rep).get("/api/v1/customers?q=华为").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned()
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = diesel::sql_types::Text)]
    word: String,
}

fn words(file: &Path, sql: &str) -> Vec<String> {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    diesel::sql_query(sql).load::<Word>(&mut conn).unwrap().into_iter().map(|row| row.word).collect()
}

pub fn ids(file: &Path) -> Vec<String> {
    words(file, "select lower(hex(id)) as word from orders")
}

#[test]
fn a_file_that_is_there_stays_and_a_failure_leaves_nothing() {
    on_sqlite(|app, folder| {
        let file = folder.join("kept.db");
        std::fs::write(&file, "precious").unwrap();
        refused(&backup(app, &file), "is there already; --force");
        assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), names(folder)), ("precious", vec!["kept.db".to_owned()]));
        refused(&launch(app, folder, &["backup", "--force", path(app).to_str().unwrap()]), "is the database itself");
        refused(&launch(app, folder, &["backup", "nowhere/x.db"]), "nowhere/x.db: ");
        let forced = launch(app, folder, &["backup", "--force", "kept.db"]);
        assert!(forced.status.success(), "{forced:?}");
        assert_eq!((names(folder), ids(&file).len()), (vec!["kept.db".to_owned()], 0));
        // A database that is damaged is copied by nobody unnoticed.
        let damaged = folder.join("damaged.db");
        std::fs::copy(&file, &damaged).unwrap();
        spoil(&damaged);
        let settings = [("DATABASE_URL", "sqlite://damaged.db".to_owned()), ("SECRET", "s".repeat(32))];
        let failed = Command::new(env!("CARGO_BIN_EXE_intent-orders")).args(["backup", "copy.db"]).envs(settings).current_dir(folder).output().unwrap();
        assert!(failed.status.code() == Some(1), "{failed:?}");
        assert_eq!(names(folder), ["damaged.db", "kept.db"]);
    });
}

/// Overwrites the middle half of a file.
fn spoil(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let quarter = bytes.len() / 4;
    bytes[quarter..3 * quarter].fill(0xAB);
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn nothing_is_put_in_the_place_of_what_is_in_use_and_nothing_that_is_no_backup() {
    on_sqlite(|app, folder| {
        let file = folder.join("good.db");
        assert!(backup(app, &file).status.success());
        refused(&restore(path(app), &file), "a server or another command has it open");
        // Another program than this one.
        let place = folder.join("place.db");
        assert!(restore(&place, &file).status.success());
        let mut other = SqliteConnection::establish(place.to_str().unwrap()).unwrap();
        other.batch_execute("pragma journal_mode = wal; select count(*) from orders").unwrap();
        refused(&restore(&place, &file), "another program has it open");
        drop(other);
        let copy = |name: &str, change: &dyn Fn(&Path)| {
            let copy = folder.join(name);
            std::fs::copy(&file, &copy).unwrap();
            change(&copy);
            copy
        };
        let sql = |sql: &'static str| move |file: &Path| SqliteConnection::establish(file.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
        let newer = "insert into __diesel_schema_migrations (version) values ('20991231000001')";
        let cases: [(PathBuf, &str); 6] = [
            (folder.join("gone.db"), "gone.db: "),
            (copy("text.db", &|file| std::fs::write(file, "Dear diary").unwrap()), "not a database"),
            (copy("foreign.db", &sql("pragma application_id = 7")), "is no database of this program"),
            (copy("newer.db", &sql(newer)), "made by a newer program"),
            (copy("spoilt.db", &spoil), "spoilt.db: "),
            (copy("used.db", &|file| std::fs::write(format!("{}-wal", file.display()), "changes").unwrap()), "it is a database in use and no backup"),
        ];
        let before = names(folder);
        for (file, why) in cases {
            refused(&restore(&place, &file), why);
        }
        refused(&restore(&place, &place), "is the database itself");
        assert_eq!(names(folder), before);
    });
}

fn login(program: &Program, email: &str) -> String {
    let base = program.base();
    let token = Client::new(&base).post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).expect(200).body["access_token"].clone();
    format!("Bearer {}", token.as_str().unwrap())
}

#[test]
fn what_is_restored_goes_on_where_nobody_was_before() {
    on_sqlite(|app, folder| {
        tell_of_the_cast(app);
        let admin = app.user_with_password("keeper", Role::Admin, true);
        let customer = stock(app);
        let place = folder.join("place.db");
        let file = folder.join("first.db");
        assert!(backup(app, &file).status.success());
        assert!(restore(&place, &file).status.success());
        // Whoever was logged in is no more.
        let open = "select lower(hex(id)) as word from sessions where ended_at is null";
        assert_eq!((words(&file, open).len(), words(&place, open).len()), (app.cast.all().len() + 1, 0));
        let url = format!("sqlite://{}", place.display());
        let program = Program::start(&url, "info", &[]);
        let base = program.base();
        let keeper = Client::new(&base).with("authorization", &login(&program, &admin.email()));
        let enter = |client: &Client<'_>| client.post("/api/v1/orders", sound(&customer)).expect(201).body["number"].as_str().unwrap().to_owned();
        assert_eq!((enter(&keeper), enter(&keeper)), ("IO-000001".into(), "IO-000002".into()));
        let (_, cursor) = walk(&keeper, "", None);
        program.signal();
        let mut program = program;
        assert_eq!(program.ended(), Some(0));

        // Back to the beginning: the two orders are gone, and their numbers are nobody's.
        let again = restore(&place, &file);
        assert!(again.status.success() && text(&again.stdout).contains("kept as "), "{again:?}");
        let kept: Vec<_> = names(folder).into_iter().filter(|name| name.starts_with("place.db.before-")).collect();
        assert_eq!((kept.len(), ids(&folder.join(&kept[0])).len(), ids(&place).len()), (1, 2, 0), "{:?}", names(folder));
        let program = Program::start(&url, "info", &[]);
        let base = program.base();
        let keeper = Client::new(&base).with("authorization", &login(&program, &admin.email()));
        assert_eq!(enter(&keeper), "IO-000003");
        // Who read the feed to its end before is told of all that is new.
        let (events, _) = walk(&keeper, "", Some(cursor));
        assert_eq!(types(&events), ["database.restored", "order.created"]);
        drop(program);
        let faults: Vec<String> = told(&place).into_iter().filter(|line| !line.contains(&admin.id.to_string())).collect();
        assert_eq!(faults, [""; 0]);
    });
}

#[test]
fn a_database_that_cannot_be_read_is_kept_and_replaced() {
    on_sqlite(|app, folder| {
        entered(app, &stock(app));
        let (place, file) = (folder.join("place.db"), folder.join("good.db"));
        assert!(backup(app, &file).status.success());
        std::fs::write(&place, vec![0xAB; 8192]).unwrap();
        let restored = restore(&place, &file);
        assert!(restored.status.success(), "{restored:?}");
        assert_eq!(ids(&place).len(), 1);
        let kept: Vec<_> = names(folder).into_iter().filter(|name| name.starts_with("place.db.before-")).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(std::fs::read(folder.join(&kept[0])).unwrap(), vec![0xAB; 8192]);
    });
}

#[test]
fn the_server_makes_backups_by_the_clock_and_keeps_some() {
    on_sqlite(|app, folder| {
        let backups = Backups { folder: folder.join("backups"), every_hours: 6, keep: 2 };
        let url = &app.state.config.database_url;
        assert_eq!(standing(&backups).unwrap(), Standing::default());
        let at = |hours: i64| BEGIN.plus_seconds(hours * 3600);
        let made = tend(url, &backups, at(0)).unwrap().unwrap();
        assert_eq!(made.file, backups.folder.join("intent-orders-20261123T080000Z.db"));
        assert_eq!(standing(&backups).unwrap(), Standing { last: Some(made), failed: None });
        assert_eq!(tend(url, &backups, at(5)).unwrap(), None);
        std::fs::write(backups.folder.join("intent-orders-by-hand.db"), "mine").unwrap();
        std::fs::write(backups.folder.join(".intent-orders-by-clock-x.part"), "left by one that was killed").unwrap();
        for hours in [6, 12, 18] {
            assert!(tend(url, &backups, at(hours)).unwrap().is_some(), "{hours}");
        }
        let kept = ["intent-orders-20261123T200000Z.db", "intent-orders-20261124T020000Z.db", "intent-orders-by-hand.db", "intent-orders.lock"];
        assert_eq!(names(&backups.folder), kept);
        // One that fails deletes nothing, is told, and is tried again ten minutes later.
        let gone = DatabaseUrl::Sqlite(folder.join("gone.db"));
        assert!(tend(&gone, &backups, at(24)).unwrap_err().contains("there is no file"));
        let Standing { last, failed } = standing(&backups).unwrap();
        assert_eq!((last.map(|made| made.taken_at), failed.as_ref().map(|failed| failed.at)), (Some(at(18)), Some(at(24))));
        assert!(failed.is_some_and(|failed| failed.reason.contains("there is no file")));
        assert_eq!(tend(url, &backups, at(24).plus_seconds(599)).unwrap(), None);
        assert!(tend(url, &backups, at(24).plus_seconds(600)).unwrap().is_some());
        assert!(standing(&backups).unwrap().failed.is_none());
        assert_eq!(names(&backups.folder).len(), kept.len());
    });
}

#[test]
fn a_server_that_runs_makes_them_by_itself() {
    on_sqlite(|app, folder| {
        let backups = Backups { folder: folder.join("backups"), every_hours: 24, keep: 7 };
        let beside = app.beside(|config| config.backups = Some(backups.clone()));
        let _jobs = intent_orders::app::start_jobs(&beside.state).unwrap();
        // The runner looks at the clock before it is moved, or has yet to begin.
        let made = wait("a backup", || {
            app.advance(60);
            standing(&backups).unwrap().last
        });
        assert!(made.taken_at > BEGIN && ids(&made.file).is_empty(), "{made:?}");
    });
}

#[test]
fn postgres_has_tools_of_its_own() {
    let Some(app) = TestApp::on(Kind::Postgres) else { return };
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [["backup", "x.db"], ["restore", "x.db"]] {
        refused(&launch(&app, folder.path(), &arguments), "pg_dump");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}
