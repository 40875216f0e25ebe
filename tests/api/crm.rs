//! The main job on 8,800 real opportunities: imported with and without the alias, and every figure held against a recount of the files.
//! The data is not part of the repository: where it is not there, the test says so and does nothing.
#![allow(clippy::disallowed_methods)] // The place of the data comes from the environment.
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono_tz::Asia::Shanghai;
use intent_orders::integrations::import::command;
use intent_orders::platform::clock::date_in;
use serde_json::{Value, json};

use crate::command::{launch, text};
use crate::harness::{Client, TestApp};

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = std::env::var_os("CRM_DATA").map_or_else(|| root.join("../shared/data/crm-sales-opportunities"), PathBuf::from);
    if place.join("sales_pipeline.csv").exists() {
        return Some(place);
    }
    eprintln!("!! skipped: no CRM data in {}; set CRM_DATA", place.display());
    None
}

fn import(app: &TestApp, data: &Path, entity: &str, file: &str, mapping: &str) -> String {
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crm").join(mapping);
    let folder = tempfile::TempDir::new().unwrap();
    let file = data.join(file);
    let said = launch(app, folder.path(), &["import", entity, file.to_str().unwrap(), "--mapping", mapping.to_str().unwrap(), "--errors", "errors.csv"]);
    assert!(said.status.success(), "{said:?}");
    let errors = std::fs::read_to_string(folder.path().join("errors.csv")).unwrap();
    format!("{}\n{errors}", text(&said.stdout))
}

/// The same by the program of the test, so that its clock says when it was.
fn import_here(app: &TestApp, data: &Path, entity: &str, file: &str, mapping: &str) {
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crm").join(mapping);
    let options = command::Options { entity: entity.into(), file: data.join(file), mapping: Some(mapping), errors: None, validate_only: false, strict: false };
    command::run(&app.state, &options).unwrap();
}

/// The recount of the files on a day, by a script that shares no code with the program.
fn recount(data: &Path, today: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crm/recount.py");
    let output =
        Command::new("python3").args(["-B".as_ref(), script.as_os_str(), data.as_os_str(), today.as_ref()]).output().expect("python3 recounts the files");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Where an answer says something else than the recount, which need not speak of all that it says; numbers are alike whether they are written with a point or not.
fn difference(expected: &Value, actual: &Value, at: &str) -> Option<String> {
    match (expected, actual) {
        (Value::Object(fields), Value::Object(_)) => fields.iter().find_map(|(name, value)| difference(value, &actual[name], &format!("{at}/{name}"))),
        (Value::Array(all), Value::Array(others)) if all.len() == others.len() => {
            all.iter().zip(others).enumerate().find_map(|(n, (one, other))| difference(one, other, &format!("{at}/{n}")))
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if expected == actual => None,
        _ => Some(format!("{at} is {actual}, and by the files {expected}")),
    }
}

#[track_caller]
fn require(expected: &Value, actual: &Value, at: &str) {
    if let Some(difference) = difference(expected, actual, "") {
        panic!("{at}: {difference}");
    }
}

/// Each count is as long as the list that the row names.
fn require_lists(admin: &Client<'_>, row: &Value) {
    for (link, measure) in [
        ("/drilldown", "/orders"),
        ("/drilldowns/won", "/won"),
        ("/drilldowns/lost", "/lost"),
        ("/drilldowns/open", "/open"),
        ("/drilldowns/entered", "/entered"),
    ] {
        if let (Some(url), Some(count)) = (row.pointer(link).and_then(Value::as_str), row.pointer(measure).filter(|count| count.is_number())) {
            let listed = admin.get(&format!("{url}{}limit=1&include_total=true", if url.contains('?') { "&" } else { "?" })).expect(200).body;
            assert_eq!(&listed["page"]["total"], count, "{measure} of {row}");
        }
    }
}

/// Holds the answer to a question against the recount: the same rows with the same figures, and nothing else.
fn hold(admin: &Client<'_>, question: &Value, more: &str) {
    let asked = question["ask"].as_str().unwrap();
    let asked = format!(
        "{asked}{}{more}",
        if more.is_empty() {
            ""
        } else if asked.contains('?') {
            "&"
        } else {
            "?"
        }
    );
    let answer = admin.get(&format!("/api/v1/analytics/{asked}")).expect(200).body;
    require(&question["has"], &answer, &asked);
    for (place, table) in question["tables"].as_object().unwrap() {
        let mut rows: Vec<&Value> = answer.pointer(place).and_then(Value::as_array).unwrap().iter().collect();
        for expected in table["rows"].as_array().unwrap() {
            let meant: Vec<usize> = (0..rows.len()).filter(|n| difference(&expected["is"], rows[*n], "").is_none()).collect();
            assert_eq!(meant.len(), 1, "{asked} has {} rows of {}", meant.len(), expected["is"]);
            let row = rows.swap_remove(meant[0]);
            require(&expected["has"], row, &format!("{asked} {}", expected["is"]));
            if question["listed"] == true && more.is_empty() {
                require_lists(admin, row);
            }
        }
        for row in rows {
            assert!(table["rest"].is_object(), "{asked} has a row that the files do not give: {row}");
            require(&table["rest"], row, &asked);
        }
    }
}

both! {
    fn real_orders_are_imported_and_counted(app: &TestApp) {
        let Some(data) = data() else { return };
        for (entity, file, mapping, created) in [("products", "products.csv", "products.json", 7), ("users", "sales_teams.csv", "users.json", 35), ("customers", "accounts.csv", "customers.json", 85)] {
            let said = import(app, &data, entity, file, mapping);
            assert!(said.contains(&format!("created {created}, updated 0, unchanged 0, refused 0")), "{said}");
        }
        let said = import(app, &data, "orders", "sales_pipeline.csv", "orders.json");
        assert!(said.contains("created 7375, updated 0, unchanged 0, refused 1425"), "{}", &said[..2000]);
        assert_eq!(said.lines().filter(|line| line.contains(",required,/customer_id,")).count(), 1425);
        // The same file again doubles nothing.
        assert!(import(app, &data, "orders", "sales_pipeline.csv", "orders.json").contains("created 0, updated 0, unchanged 7375, refused 1425"));

        let admin = app.as_(&app.cast.admin);
        let total = &admin.get("/api/v1/analytics/conversion").expect(200).body["data"][0];
        assert_eq!((&total["won"], &total["lost"], &total["win_rate"]), (&json!(4238), &json!(2473), &json!(0.631501)));
        assert_eq!(admin.get("/api/v1/analytics/revenue").expect(200).body["data"][0]["won_amount"], "10005534.00");
    }

    fn every_figure_that_the_files_can_give_equals_their_recount(app: &TestApp) {
        let Some(data) = data() else { return };
        for (entity, file, mapping) in [("products", "products.csv", "products.json"), ("users", "sales_teams.csv", "users.json"), ("customers", "accounts.csv", "customers.json"), ("orders", "sales_pipeline.csv", "orders.json")] {
            import_here(app, &data, entity, file, mapping);
        }
        app.advance(20 * 86_400);
        let admin = app.as_(&app.cast.admin);
        let recount = recount(&data, &date_in(Shanghai, app.state.clock.now()).to_string());
        let questions = recount["answers"].as_array().unwrap();
        assert!(questions.len() > 100, "{} questions", questions.len());
        for question in questions {
            hold(&admin, question, "");
        }
        // Nothing has changed since: as of this moment it is the same; before the import nothing was known.
        let now = format!("as_of={}", app.state.clock.now());
        let of_facts = |question: &&Value| ["conversion", "revenue", "funnel"].iter().any(|name| question["ask"].as_str().unwrap().starts_with(name));
        for question in questions.iter().filter(of_facts) {
            hold(&admin, question, &now);
        }
        let before = admin.get("/api/v1/analytics/revenue?as_of=2017-12-31").expect(200).body;
        assert_eq!(before["data"], json!([]));
    }

    fn without_the_alias_the_other_name_is_refused_with_the_standard_one(app: &TestApp) {
        let Some(data) = data() else { return };
        import(app, &data, "products", "products.csv", "products-without-alias.json");
        import(app, &data, "users", "sales_teams.csv", "users.json");
        import(app, &data, "customers", "accounts.csv", "customers.json");
        let said = import(app, &data, "orders", "sales_pipeline.csv", "orders.json");
        assert!(said.contains("created 6117, updated 0, unchanged 0, refused 2683"), "{}", &said[..2000]);
        assert_eq!(said.lines().filter(|line| !line.starts_with("  row") && line.contains("unknown_product") && line.contains("GTX Pro")).count(), 1480);
    }
}
