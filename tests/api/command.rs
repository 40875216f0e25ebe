//! The command line: the program as it is started, on a database of the test's.
use std::process::{Command, Output};

use intent_orders::platform::db::DatabaseUrl;

use crate::harness::TestApp;

/// Runs a command of the program on the database of a test, whose jobs it does from then on.
pub fn launch(app: &TestApp, folder: &std::path::Path, arguments: &[&str]) -> Output {
    app.leave_jobs();
    let url = match &app.state.config.database_url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let settings = [("DATABASE_URL", url), ("SECRET", "s".repeat(32)), ("LOG_LEVEL", "warn".into())];
    Command::new(env!("CARGO_BIN_EXE_intent-orders")).args(arguments).envs(settings).current_dir(folder).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

both! {
    fn an_import_says_what_its_rows_came_to(app: &TestApp) {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("p.csv"), "sku,name,list_price,currency\nG,GTX Pro,4821,USD\nM,MG Special,lots,USD\n").unwrap();
        let import = |more: &[&str]| launch(app, folder.path(), &[&["import", "products", "p.csv"], more].concat());
        let rehearsal = import(&["--validate-only"]);
        assert!(text(&rehearsal.stdout).starts_with("products from p.csv: would be created 1, updated 0, unchanged 0, refused 1\n"), "{rehearsal:?}");
        let first = import(&["--errors", "e.csv"]);
        assert!(first.status.success(), "a refused row is told, and does not stop it: {first:?}");
        let said = text(&first.stdout);
        assert!(said.contains("created 1, updated 0, unchanged 0, refused 1\n") && said.contains("row 2 (M, MG Special, lots): /list_price not_a_decimal"), "{said}");
        let errors = std::fs::read_to_string(folder.path().join("e.csv")).unwrap();
        assert!(errors.starts_with("sku,name,list_price,currency,error_code,error_pointer,error_reason\nM,MG Special,lots,USD,not_a_decimal,/list_price,"), "{errors}");
        let strict = import(&["--strict"]);
        assert!(!strict.status.success() && text(&strict.stdout).contains("unchanged 1, refused 1"), "{strict:?}");
    }

    fn what_cannot_be_imported_is_told(app: &TestApp) {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("p.csv"), "sku,nmae\n").unwrap();
        std::fs::write(folder.path().join("m.json"), r#"{"entity": "orders", "fields": {"title": {"column": "titel"}}}"#).unwrap();
        for (arguments, told) in [
            (&["import", "things", "p.csv"][..], "there is no entity things"),
            (&["import", "products", "gone.csv"], "gone.csv: "),
            (&["import", "products", "p.csv"], "no field nmae to fill."),
            (&["import", "products", "p.csv", "--mapping", "m.json"], "the mapping is for orders"),
            (&["import", "orders", "p.csv", "--mapping", "m.json"], "no column titel."),
        ] {
            let output = launch(app, folder.path(), arguments);
            assert!(!output.status.success() && text(&output.stderr).contains(told), "{told}: {output:?}");
        }
    }
}

/// Starts the program in a folder of its own with these settings alone.
fn started(folder: &std::path::Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_intent-orders")).args(arguments).env_clear().envs(settings.iter().copied()).current_dir(folder).output().unwrap()
}

#[test]
fn a_bad_start_names_every_fault_and_makes_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let output = started(folder.path(), &[("LISTEN", "x"), ("TIME_ZONE", "Mars"), ("SECRET", "short")], &["serve"]);
    let said = text(&output.stderr);
    assert!(!output.status.success() && ["LISTEN: ", "TIME_ZONE: ", "SECRET: "].iter().all(|name| said.contains(name)), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    use diesel::connection::SimpleConnection as _;
    use diesel::prelude::*;
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("other.db");
    SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute("create table recipes (id integer primary key)").unwrap();
    let output = started(folder.path(), &[("DATABASE_URL", "sqlite://other.db")], &["migrate"]);
    assert!(!output.status.success() && text(&output.stderr).contains("something else"), "{output:?}");
    // A new one is made, and said so; ours is known again.
    let made = started(folder.path(), &[("DATABASE_URL", "sqlite://new/ours.db")], &["migrate"]);
    assert!(made.status.success() && text(&made.stderr).contains("which was new"), "{made:?}");
    let again = started(folder.path(), &[("DATABASE_URL", "sqlite://new/ours.db")], &["migrate"]);
    assert!(again.status.success() && !text(&again.stderr).contains("which was new"), "{again:?}");
}
