//! Batches of creates: all or nothing with the place of every fault, or each entry for itself and in its order. Every one of the document.
use serde_json::{Value, json};

use super::table::{self, Op, Resource};
use super::world::{World, document};
use crate::harness::TestApp;

/// Every batch, with the create whose entries it takes.
fn each(app: &TestApp, test: fn(&World<'_>, &str, &Op)) {
    let world = World::new(app);
    let resources = table::all();
    let create_of = |batch: &Resource| resources.iter().find(|r| batch.path.strip_suffix("/batch") == Some(r.path))?.ops.iter().find(|op| op.method == "POST");
    let batches: Vec<(&Resource, &Op)> = resources.iter().filter_map(|batch| Some((batch, create_of(batch)?))).collect();
    let paths = document()["paths"].as_object().unwrap();
    let enters = |path: &&String| path.strip_suffix("/batch").is_some_and(|list| paths[list].get("post").is_some());
    assert_eq!(batches.len(), paths.keys().filter(enters).count());
    for (batch, create) in batches {
        test(&world, batch.path, create);
    }
}

fn total(w: &World<'_>, path: &str) -> Value {
    let list = path.trim_end_matches("/batch");
    w.admin().get(&format!("{list}?limit=1&include_total=true&include_archived=true")).expect(200).body["page"]["total"].clone()
}

both! {
    fn one_fault_stores_nothing_and_every_fault_has_its_place(app: &TestApp) {
        each(app, |w, path, op| {
            let (sound, (wrong, faults)) = (op.body.unwrap(), op.wrong.as_ref().unwrap());
            let before = (w.stored(), total(w, path));
            let refused = w.by(op).post(path, json!({"items": [sound(w), wrong(), sound(w), wrong(), 5]})).problem(422, "invalid");
            let mut expected: Vec<(String, &str)> = [1, 3].iter().flat_map(|i| faults.iter().map(move |(at, code)| (format!("/items/{i}{at}"), *code))).collect();
            expected.push(("/items/4".into(), "wrong_type"));
            expected.sort();
            assert_eq!(refused.faults(), expected.iter().map(|(at, code)| (at.as_str(), *code)).collect::<Vec<_>>(), "{refused}");
            assert_eq!((w.stored(), total(w, path)), before);
            let entered = w.by(op).post(path, json!({"items": [sound(w), sound(w), sound(w)]})).expect(201);
            assert_eq!(statuses(&entered.body), [201, 201, 201]);
            assert_eq!(total(w, path), before.1.as_i64().unwrap() + 3);
        });
    }

    fn each_for_itself_keeps_the_order(app: &TestApp) {
        each(app, |w, path, op| {
            let (sound, (wrong, faults)) = (op.body.unwrap(), op.wrong.as_ref().unwrap());
            let before = total(w, path);
            let sent = [sound(w), wrong(), sound(w)];
            let answer = w.by(op).post(&format!("{path}?atomic=false"), json!({"items": sent})).expect(207);
            assert_eq!(statuses(&answer.body), [201, 422, 201]);
            let rows = answer.body["data"].as_array().unwrap();
            let told: Vec<&str> = rows[1]["problem"]["errors"].as_array().unwrap().iter().map(|f| f["pointer"].as_str().unwrap()).collect();
            assert!(faults.iter().all(|(at, _)| told.contains(at)) && told.len() == faults.len(), "{answer}");
            // Each record is that of its entry, and is read at its address as it was answered.
            for (row, sent) in [(&rows[0], &sent[0]), (&rows[2], &sent[2])] {
                let read = w.by(op).get(row["location"].as_str().unwrap()).expect(200).body;
                assert_eq!(row["record"], read);
                assert!(["name", "note"].iter().filter(|field| sent.get(**field).is_some()).all(|field| read[field] == sent[field]), "{read}");
            }
            assert_eq!(total(w, path), before.as_i64().unwrap() + 2);
            w.by(op).post(&format!("{path}?atomic=perhaps"), json!({"items": sent})).problem(400, "bad_parameter");
        });
    }

    fn a_batch_has_from_one_to_five_hundred_entries(app: &TestApp) {
        each(app, |w, path, op| {
            let before = (w.stored(), total(w, path));
            for (body, fault) in [(json!({}), "required"), (json!({"items": []}), "too_few"), (json!({"items": vec![json!({}); 501]}), "too_many")] {
                for query in ["", "?atomic=false"] {
                    assert_eq!(w.by(op).post(&format!("{path}{query}"), body.clone()).problem(422, "invalid").faults(), [("/items", fault)]);
                }
            }
            assert_eq!((w.stored(), total(w, path)), before);
        });
    }
}

fn statuses(body: &Value) -> Vec<i64> {
    body["data"].as_array().unwrap().iter().map(|row| row["status"].as_i64().unwrap()).collect()
}
