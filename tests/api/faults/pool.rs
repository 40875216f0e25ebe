//! Many want the few connections that slow work keeps: nobody waits for long, all are told so, health answers, and afterwards all is as before.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use super::NOTHING;
use crate::harness::{Answer, Client, Kind, TestApp};
use crate::orders::{entered, sound, stock};

const CLIENTS: usize = 200;
/// For a turn and for a connection, and a bit for the machine, on which so many threads ask.
const MOST_WAIT: Duration = Duration::from_secs(2 + 2 + 3);

fn few_connections(app: &TestApp) {
    crowd(app, MOST_WAIT, |rep, client, path, customer| match client % 4 {
        0 => rep.get(path),
        1 => rep.get("/api/v1/orders?limit=5"),
        2 => rep.get("/api/v1/customers"),
        _ => rep.post("/api/v1/orders", sound(customer)),
    });
}

fn few_turns_for_questions(app: &TestApp) {
    // Ten seconds for the turn that few have at once.
    crowd(app, MOST_WAIT + Duration::from_secs(10), |rep, client, path, _| match client % 4 {
        0 => rep.get("/api/v1/analytics/summary"),
        _ => rep.get(path),
    });
}

#[test]
#[ignore = "make faults"]
fn a_pool_that_slow_work_fills_keeps_nobody_for_long() {
    TestApp::with(Kind::Sqlite, few_connections);
    TestApp::with(Kind::Postgres, few_connections);
}

#[test]
#[ignore = "make faults"]
fn questions_that_look_at_everything_wait_longer_and_not_for_ever() {
    TestApp::with(Kind::Sqlite, few_turns_for_questions);
    TestApp::with(Kind::Postgres, few_turns_for_questions);
}

/// Two hundred ask at once while slow work keeps all of five connections.
fn crowd(app: &TestApp, most: Duration, ask: impl Fn(&Client<'_>, usize, &str, &str) -> Answer + Sync) {
    let served = app.beside(|config| config.pool = 5);
    let customer = stock(app);
    let path = format!("/api/v1/orders/{}", entered(app, &customer).id());
    let (stop, start) = (Arc::new(AtomicBool::new(false)), Barrier::new(CLIENTS + 1));
    let [good, told] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| keep_busy(&served.state.db, &stop));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (served, customer, path, start, ask, good, told) = (&served, &customer, &path, &start, &ask, &good, &told);
                scope.spawn(move || {
                    let rep = served.as_(&served.cast.rep);
                    start.wait();
                    let asked = Instant::now();
                    let answer = ask(&rep, client, path, customer);
                    assert!(asked.elapsed() < most, "{:?}: {answer}", asked.elapsed());
                    if answer.status < 300 {
                        good.fetch_add(1, Ordering::Relaxed);
                    } else {
                        // That it says when to come again is seen to by who asks.
                        assert!(answer.status == 503 && NOTHING.contains(&answer.body["code"].as_str().unwrap()), "{answer}");
                        told.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        start.wait();
        let asked = Instant::now();
        let ready = served.nobody().get("/readyz");
        assert!([200, 503].contains(&ready.status) && asked.elapsed() < MOST_WAIT, "{:?}: {ready}", asked.elapsed());
        while clients.iter().any(|client| !client.is_finished()) {
            let asked = Instant::now();
            served.nobody().get("/livez").expect(200);
            assert!(asked.elapsed() < Duration::from_secs(2), "alive after {:?}", asked.elapsed());
            std::thread::sleep(Duration::from_millis(100));
        }
        stop.store(true, Ordering::Relaxed);
        slow.join().unwrap();
    });
    let (good, told) = (good.into_inner(), told.into_inner());
    eprintln!("{good} were served, {told} were told to come again");
    assert!(told > CLIENTS / 10, "{good} were served and only {told} told to come again");
    // Nothing was lost on the way: as many turns and connections as before.
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| (0..5).for_each(|_| drop(served.as_(&served.cast.rep).get(&path).expect(200))));
        }
    });
    served.nobody().get("/readyz").expect(200);
}

/// Keeps all connections busy with work that takes its time, until it is to stop.
fn keep_busy(db: &intent_orders::platform::db::Db, stop: &Arc<AtomicBool>) {
    actix_web::rt::System::new().block_on(async {
        let slow = |_: usize| {
            let (db, stop) = (db.clone(), stop.clone());
            actix_web::rt::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let read = db.read(|_| {
                        std::thread::sleep(Duration::from_millis(500));
                        Ok(())
                    });
                    // Others may have been quicker.
                    let _ = read.await;
                }
            })
        };
        for task in (0..20).map(slow).collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}
