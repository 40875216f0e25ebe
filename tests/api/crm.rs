//! The main job on 8,800 real opportunities: imported with and without the alias, and every figure held against a recount of the files.
//! The data is not part of the repository: where it is not there, the test says so and does nothing.
#![allow(clippy::disallowed_methods)] // The place of the data comes from the environment.
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::command::{launch, text};
use crate::harness::TestApp;

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

/// The recount of the files by a script that shares no code with the program.
fn recount(data: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crm/recount.py");
    let output = Command::new("python3").arg(script).arg(data).output().expect("python3 recounts the files");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Holds an answer by one dimension against the recount: the same keys, the same figures, and drilldowns that list exactly what was counted.
fn compare(app: &TestApp, dimension: &str, expected: &Value) {
    let admin = app.as_(&app.cast.admin);
    let conversion = admin.get(&format!("/api/v1/analytics/conversion?group_by={dimension}")).expect(200).body;
    let revenue = admin.get(&format!("/api/v1/analytics/revenue?group_by={dimension}")).expect(200).body;
    let expected = expected.as_object().unwrap();
    let counted: Vec<_> = expected.iter().filter(|(_, e)| e["orders"] != 0).collect();
    assert_eq!(conversion["data"].as_array().unwrap().len(), counted.len(), "{dimension}");
    for row in conversion["data"].as_array().unwrap() {
        let label = row["group"][dimension]["label"].as_str().unwrap();
        let key = if ["quarter", "month"].contains(&dimension) { row["group"][dimension]["key"].as_str().unwrap() } else { label };
        let e = expected.get(key).unwrap_or_else(|| panic!("{dimension} {key}"));
        for measure in ["orders", "won", "lost"] {
            assert_eq!(row[measure], e[measure], "{dimension} {key} {measure}");
        }
        assert_eq!(row["win_rate"].as_f64(), e["win_rate"].as_f64(), "{dimension} {key}");
        for (link, measure) in [(&row["drilldown"], "orders"), (&row["drilldowns"]["won"], "won"), (&row["drilldowns"]["lost"], "lost")] {
            let listed = admin.get(&format!("{}&limit=1&include_total=true", link.as_str().unwrap())).expect(200).body;
            assert_eq!(listed["page"]["total"], e[measure], "{dimension} {key} {measure} {link}");
        }
    }
    for row in revenue["data"].as_array().unwrap() {
        let label = row["group"][dimension]["label"].as_str().unwrap();
        let key = if ["quarter", "month"].contains(&dimension) { row["group"][dimension]["key"].as_str().unwrap() } else { label };
        assert_eq!(
            (row["currency"].as_str(), &row["won_amount"], row["share"].as_f64()),
            (Some("USD"), &expected[key]["revenue"], expected[key]["share"].as_f64()),
            "{dimension} {key}"
        );
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
        let recount = recount(&data);
        for (dimension, name) in [("product", "product"), ("owner", "agent"), ("team", "team"), ("industry", "sector"), ("quarter", "quarter"), ("category", "category"), ("month", "month")] {
            compare(app, dimension, &recount["by"][name]);
        }
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
