//! PostgreSQL is restarted again and again, and stopped where it stands, while people write. Needs the programs of a PostgreSQL server.
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::{AWAY, Writers, program, rounds};
use crate::harness::{Client, Database, TestApp, wait};

/// What one waits at most: for a turn, for a connection, for an answer until the server is asked, for what it says; and a bit for the machine.
const MOST_WAIT: Duration = Duration::from_secs(2 + 2 + 5 + 3 + 3);

#[test]
#[ignore = "make faults"]
fn a_server_that_is_restarted_again_and_again_is_found_again() {
    let cluster = Cluster::start();
    let app = TestApp::idle(Database::at(&cluster.url));
    let mut program = program(&app);
    let (writers, base) = (Writers::new(&app, &program), program.base());
    writers.write(&base, 0, &AtomicBool::new(false), || {
        for round in 0..rounds() {
            std::thread::sleep(Duration::from_secs(5));
            match round % 3 {
                0 => cluster.restart("fast"),
                1 => cluster.be_away(Duration::from_secs(5)),
                _ => cluster.restart("immediate"),
            }
            wait("readiness to come back", || (Client::new(&base).get("/readyz").status == 200).then_some(()));
            writers.wait_for_more(8);
        }
    });
    // Who asks while it is away for a moment only is not told, for the connection is waited for.
    assert!((writers.refused_by(&AWAY, MOST_WAIT) > 0 || rounds() < 2) && program.runs());
    writers.hold(&app, &base);
    app.require_facts();
}

#[test]
#[ignore = "make faults"]
fn a_server_that_is_stopped_is_waited_for_no_longer_than_told() {
    let cluster = Cluster::start();
    let app = TestApp::idle(Database::at(&cluster.url));
    let mut program = program(&app);
    let (writers, base) = (Writers::new(&app, &program), program.base());
    let client = Client::new(&base);
    for round in 0..rounds().min(3) {
        writers.write(&base, round, &AtomicBool::new(false), || {
            writers.wait_for_more(8);
            let stopped = cluster.stop();
            let began = Instant::now();
            wait("readiness to fall", || (client.get("/readyz").status == 503).then_some(()));
            while began.elapsed() < Duration::from_secs(20) {
                let asked = Instant::now();
                client.get("/livez").expect(200);
                assert!(asked.elapsed() < Duration::from_secs(1), "alive after {:?}", asked.elapsed());
                std::thread::sleep(Duration::from_millis(200));
            }
            drop(stopped);
            wait("readiness to come back", || (client.get("/readyz").status == 200).then_some(()));
            writers.wait_for_more(8);
        });
        // Both those who waited for their turn and those who waited for an answer were told.
        let refused = writers.refused.lock().unwrap().clone();
        assert!([true, false].iter().all(|turn| refused.iter().any(|code| (code == "busy") == *turn)), "{refused:?}");
        assert!(writers.refused_by(&AWAY, MOST_WAIT) > 0 && program.runs());
    }
    writers.hold(&app, &base);
    app.require_facts();
}

#[test]
#[ignore = "make faults"]
fn a_stopped_server_does_not_keep_the_program_from_ending() {
    let cluster = Cluster::start();
    let app = TestApp::idle(Database::at(&cluster.url));
    let mut program = program(&app);
    let stopped = cluster.stop();
    let base = program.base();
    let began = Instant::now();
    std::thread::scope(|scope| {
        // One request waits when it is told to end; it is answered before.
        let asked = scope.spawn(|| Client::new(&base).get("/readyz").status);
        std::thread::sleep(Duration::from_millis(200));
        program.signal();
        assert_eq!(asked.join().unwrap(), 503);
    });
    while program.runs() {
        assert!(began.elapsed() < Duration::from_secs(40), "it waits for a server that is stopped");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(stopped);
}
