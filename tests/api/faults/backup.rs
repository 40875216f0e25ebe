//! One backup after the other while people write: each is whole and holds what was acknowledged before it began.
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::{Writers, program, rounds};
use crate::harness::{Kind, TestApp};
use crate::keep::backup::{backup, ids, restore, told};

#[test]
#[ignore = "make faults"]
fn each_backup_under_load_holds_what_was_acknowledged_before() {
    TestApp::with(Kind::Sqlite, |app| {
        let program = program(app);
        let (writers, folder) = (Writers::new(app, &program), tempfile::TempDir::new().unwrap());
        writers.write(&program.base(), 0, &AtomicBool::new(false), || {
            for round in 0..rounds().min(10) {
                let began = Instant::now();
                writers.wait_for_more(8);
                let before: Vec<String> = writers.sent.lock().unwrap().iter().filter_map(|(_, id)| Some(id.as_ref()?.replace('-', ""))).collect();
                let (file, place) = (folder.path().join(format!("{round}.db")), folder.path().join(format!("restored-{round}.db")));
                for done in [backup(app, &file), restore(&place, &file)] {
                    assert!(done.status.success(), "{done:?}");
                }
                let there: BTreeSet<String> = ids(&place).into_iter().collect();
                assert!(before.iter().all(|id| there.contains(id)), "{} of {} are there", there.len(), before.len());
                writers.require_sound(told(&place));
                std::thread::sleep(Duration::from_secs(1).saturating_sub(began.elapsed()));
            }
        });
        writers.hold(app, &program.base());
    });
}
