//! Writers that commit late, roll back and overtake each other, while the feed is read.
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use intent_orders::events::{Event, append};
use intent_orders::identity::Act;
use intent_orders::platform::db::schema::teams;
use intent_orders::platform::db::{AnyConnection, Db, Id};
use intent_orders::platform::problem::{Code, Problem};
use serde_json::{Map, json};

use crate::events::walk;
use crate::harness::{BEGIN, Kind, TestApp};

const WRITERS: usize = 16;
const EACH: usize = 25;

/// Changes a team as a service does: row first, then the event of its new version.
fn change(tx: &mut AnyConnection, team: Id, who: usize, nth: usize) -> Result<(), Problem> {
    let version = diesel::update(teams::table.find(team)).set(teams::version.eq(teams::version + 1_i64)).returning(teams::version).get_result::<i64>(tx)?;
    let changes = Map::from_iter([("mark".to_owned(), json!(format!("{who}/{nth}")))]);
    Ok(append(tx, &Act::system(BEGIN), Event { kind: "team.raced", record_type: "team", record_id: team, version, changes, occurred_at: BEGIN })?)
}

/// One writer's work: some units wait before the change, some between change and commit, some are undone.
fn write(db: &Db, records: &[Id], who: usize, committed: &AtomicUsize) {
    for nth in 0..EACH {
        let team = records[(who + nth) % records.len()];
        let (early, late, undone) = (who.is_multiple_of(4), (who + nth).is_multiple_of(3), (who + nth).is_multiple_of(7));
        let pause = Duration::from_millis(((who * 7 + nth * 3) % 9) as u64);
        let unit = move |tx: &mut AnyConnection| {
            if early {
                // Its transaction is old by the time it changes what others have changed meanwhile.
                std::thread::sleep(pause * 2);
            }
            change(tx, team, who, nth)?;
            if late {
                std::thread::sleep(pause);
            }
            if undone { Err(Problem::not_found()) } else { Ok(()) }
        };
        match db.write_here(unit) {
            Ok(()) => drop(committed.fetch_add(1, Ordering::SeqCst)),
            Err(problem) => assert_eq!(problem.code(), Code::NotFound, "{problem}"),
        }
    }
}

both! {
    fn a_reader_in_a_loop_gets_every_event_once_and_in_order(app: &TestApp) {
        let records: Vec<Id> = (0..6).map(|n| app.team(&format!("Team {n}"), None)).collect();
        let (db, _) = Db::open(&app.state.config.database_url, 20).unwrap();
        let (committed, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let (client, mut seen, mut after) = (app.as_(&app.cast.admin), Vec::new(), String::new());
                loop {
                    let over = done.load(Ordering::SeqCst);
                    let page = client.get(&format!("/api/v1/events?limit=200{after}")).expect(200);
                    seen.extend(page.body["data"].as_array().unwrap().iter().cloned());
                    after = format!("&after={}", page.body["page"]["next_cursor"].as_str().unwrap());
                    if over && page.body["page"]["has_more"] == false {
                        return seen;
                    }
                }
            });
            let writers: Vec<_> = (0..WRITERS).map(|who| { let (db, records, committed) = (&db, &records, &committed); scope.spawn(move || write(db, records, who, committed)) }).collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            done.store(true, Ordering::SeqCst);
            reader.join().unwrap()
        });
        let marks: std::collections::BTreeSet<&str> = seen.iter().map(|event| event["changes"]["mark"].as_str().unwrap()).collect();
        assert_eq!((seen.len(), marks.len()), (committed.load(Ordering::SeqCst), seen.len()), "each once, none missing");
        let mut versions: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for event in &seen {
            versions.entry(event["record"]["id"].as_str().unwrap()).or_default().push(event["record_version"].as_i64().unwrap());
        }
        for (team, versions) in versions {
            assert_eq!(versions, (2..).take(versions.len()).collect::<Vec<_>>(), "the versions of {team} follow each other");
        }
    }

    fn an_open_writer_holds_back_what_lies_behind_it_and_no_writer(app: &TestApp) {
        let (db, _) = Db::open(&app.state.config.database_url, 4).unwrap();
        let (a, b) = (app.cast.team_a, app.cast.team_b);
        let (began, go_on) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
        let admin = app.as_(&app.cast.admin);
        let read = |after: &str| {
            let (events, next) = walk(&admin, "", Some(after.to_owned()));
            (events.iter().map(|event| event["changes"]["mark"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), next)
        };
        let (_, start) = read("latest");
        let one_writer = matches!(app.state.config.database_url, intent_orders::platform::db::DatabaseUrl::Sqlite(_));
        std::thread::scope(|scope| {
            let slow_db = db.clone();
            let (say, wait) = (began.0, go_on.1);
            let slow = scope.spawn(move || {
                slow_db.write_here(move |tx| {
                    change(tx, a, 1, 0)?;
                    say.send(()).unwrap();
                    wait.recv_timeout(Duration::from_secs(20)).unwrap();
                    Ok(())
                })
            });
            began.1.recv().unwrap();
            let fast_db = db.clone();
            let fast = scope.spawn(move || fast_db.write_here(move |tx| change(tx, b, 2, 0)));
            let since = Instant::now();
            if !one_writer {
                fast.join().unwrap().unwrap();
                assert!(since.elapsed() < Duration::from_secs(5), "nobody queues");
                // Committed, but behind a number whose fate is open.
                let (held, place) = read(&start);
                assert!(held.is_empty(), "{held:?}");
                go_on.0.send(()).unwrap();
                slow.join().unwrap().unwrap();
                assert_eq!(read(&place).0, ["1/0", "2/0"]);
                return;
            }
            assert!(read(&start).0.is_empty());
            go_on.0.send(()).unwrap();
            slow.join().unwrap().unwrap();
            fast.join().unwrap().unwrap();
            assert_eq!(read(&start).0, ["1/0", "2/0"]);
        });
    }
}

/// After a restore of the tables alone the sequence lags behind; a start pushes it on.
#[test]
fn a_sequence_that_lags_is_pushed_on_at_the_start() {
    TestApp::with(Kind::Postgres, |app| {
        let team = app.cast.team_a;
        let write = |n| app.state.db.write_here(move |tx| change(tx, team, 0, n));
        (0..3).for_each(|n| write(n).unwrap());
        app.state.db.write_here(|tx| Ok(diesel::sql_query("select setval('event_numbers', 1, false)").execute(tx)?)).unwrap();
        assert!(write(3).is_err(), "the number is taken");
        let (db, _) = Db::open(&app.state.config.database_url, 2).unwrap();
        db.write_here(move |tx| change(tx, team, 0, 4)).unwrap();
        assert_eq!(walk(&app.as_(&app.cast.admin), "", None).0.len(), 4);
    });
}
