//! The disk of SQLite is full for a while: what cannot be stored is told so, all else goes on, and when there is room again so does writing. Needs root and
//! Linux, for it mounts a small file system in memory.
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tempfile::TempDir;

use super::{NOTHING, Writers, program, rounds};
use crate::harness::{Client, Database, TestApp, wait};

/// A file system of its own, gone when this is dropped.
struct Disk(TempDir);

impl Disk {
    fn of(size: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).status();
        assert!(mounted.is_ok_and(|status| status.success()), "this test mounts a tmpfs: run it as root on Linux");
        Self(folder)
    }
}
impl Drop for Disk {
    fn drop(&mut self) {
        // Who has a file open keeps it until it is closed.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Takes all the room that there is.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    let chunk = [0; 4096];
    while file.write_all(&chunk).is_ok() {}
}

#[test]
#[ignore = "make faults"]
fn a_full_disk_is_told_and_room_is_found_again() {
    let disk = Disk::of("512m");
    let app = TestApp::idle(Database::at(&format!("sqlite://{}", disk.0.path().join("orders.db").display())));
    let mut program = program(&app);
    let (writers, base) = (Writers::new(&app, &program), program.base());
    let client = Client::new(&base);
    let reader = client.with("authorization", &format!("Bearer {}", writers.token));
    let ready = || client.get("/readyz").status;
    let filler = disk.0.path().join("filler");
    for round in 0..rounds() {
        writers.write(&base, round, &AtomicBool::new(false), || {
            writers.wait_for_more(8);
            let id = writers.sent.lock().unwrap().iter().find_map(|(_, id)| id.clone()).unwrap();
            fill(&filler);
            wait("readiness to fall", || (ready() == 503).then_some(()));
            for path in [format!("/api/v1/orders/{id}"), "/api/v1/orders?q=0-1".to_owned(), "/api/v1/analytics/summary".to_owned(), "/livez".to_owned()] {
                reader.get(&path).expect(200);
            }
            std::thread::sleep(Duration::from_millis(300));
            std::fs::remove_file(&filler).unwrap();
            wait("readiness to come back", || (ready() == 200).then_some(()));
            writers.wait_for_more(8);
        });
        assert!(writers.refused_by(&NOTHING, Duration::from_secs(11)) > 0 && program.runs());
    }
    writers.hold(&app, &base);
    app.require_facts();
}
