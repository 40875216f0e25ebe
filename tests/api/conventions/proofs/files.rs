//! The same rows in a file: CSV, NDJSON, XLSX.
use serde_json::Value;

use crate::conventions::table::{List, Op, Resource};
use crate::conventions::world::World;
use crate::harness::Answer;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn list(resource: &Resource) -> &List {
    resource.list.as_ref().expect("it is not stated how it is walked")
}
fn with(path: &str, query: &str) -> String {
    format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })
}

/// Header and records of CSV.
fn records(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    assert!(answer.header("content-type").starts_with("text/csv"), "{answer}");
    let mut reader = csv::Reader::from_reader(answer.bytes.as_slice());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (header, reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect())
}

pub fn same_rows(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = (list(resource).fill)(w);
    let limit = if op.excepted(crate::conventions::proof::Proof::Walk).is_some() { path.clone() } else { with(&path, "limit=200") };
    let json = w.by(op).get(&limit).expect(200).body["data"].as_array().unwrap().clone();
    assert!(json.len() >= 3, "{} rows", json.len());
    let csv = w.by(op).with("accept", "text/csv");
    let (header, cells) = records(&csv.get(&path).expect(200));
    assert_eq!(cells.len(), json.len());
    let ndjson = w.by(op).with("accept", "application/x-ndjson").get(&path).expect(200);
    let lines: Vec<Value> = ndjson.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), ndjson.header("content-type")), (json.len(), "application/x-ndjson"));
    let xlsx = w.by(op).with("accept", XLSX).get(&path).expect(200);
    assert!(xlsx.bytes.starts_with(b"PK\x03\x04") && xlsx.header("content-type") == XLSX, "{} {:?}", xlsx.header("content-type"), xlsx.bytes.len());
    // Columns, in the order in which they are named; in the file's name no path.
    let two: Vec<&String> = header.iter().rev().take(2).collect();
    let (chosen, _) = records(&csv.get(&with(&path, &format!("columns={},{}", two[0], two[1]))).expect(200));
    assert_eq!(chosen.iter().collect::<Vec<_>>(), two);
    csv.get(&with(&path, "columns=nonsense")).problem(400, "bad_parameter");
    w.by(op).with("accept", "application/x-ndjson").get(&with(&path, &format!("columns={},nonsense", two[0]))).problem(400, "bad_parameter");
    assert!(csv.get(&with(&path, "bom=true")).expect(200).bytes.starts_with(b"\xef\xbb\xbf"));
    // What goes with files does not go with JSON, and the other way round.
    for query in [format!("columns={}", two[0]), "bom=true".into(), "raw=true".into()] {
        w.by(op).get(&with(&path, &query)).problem(400, "bad_parameter");
    }
    if limit != path {
        for query in ["limit=2", "cursor=x", "include_total=true"] {
            csv.get(&with(&path, query)).problem(400, "bad_parameter");
        }
    }
}

pub fn no_formula(w: &World<'_>, resource: &Resource, op: &Op) {
    let path = (list(resource).fill)(w);
    let column = list(resource).formula;
    let read = |query: &str| {
        let (header, cells) = records(&w.by(op).with("accept", "text/csv").get(&with(&path, query)).expect(200));
        let at = header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no column {column} in {header:?}"));
        cells.into_iter().map(|cells| cells[at].clone()).collect::<Vec<_>>()
    };
    let begins = |cell: &String| cell.starts_with(['=', '+', '-', '@']);
    let (guarded, raw) = (read("raw=false"), read("raw=true"));
    assert!(raw.iter().any(begins), "no row begins like a formula: {raw:?}");
    assert!(!guarded.iter().any(begins), "{guarded:?}");
    for (guarded, raw) in guarded.iter().zip(&raw) {
        assert_eq!(*guarded, if begins(raw) { format!("'{raw}") } else { raw.clone() });
    }
}
