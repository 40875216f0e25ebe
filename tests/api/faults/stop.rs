//! The program is told to leave at two hundred requests a second, with slow ones open: none that came in time is cut, whoever comes later is refused.
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use intent_orders::platform::db::{AnyConnection, connection};

use super::{Stop, Writers, program};
use crate::harness::{Program, TestApp, wait};
use crate::transport::Wire;

/// For so long after the signal new connections are taken.
const NOTICE: Duration = Duration::from_secs(1);
/// Those who ask, each ten times a second.
const CALLERS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps writes waiting until it is dropped.
struct Hold(AnyConnection);

impl Hold {
    fn on(app: &TestApp) -> Self {
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        let sql = match &conn {
            AnyConnection::Sqlite(_) => "begin immediate",
            AnyConnection::Postgres(_) => "begin; lock table orders in exclusive mode",
        };
        conn.batch_execute(sql).unwrap();
        Self(conn)
    }
}
impl Drop for Hold {
    fn drop(&mut self) {
        let _ = self.0.batch_execute("rollback");
    }
}

/// Whose answer did not come: when it was asked, what was asked, and why.
type Cut = (Instant, String, reqwest::Error);

/// Asks again and again, one in four times by writing; on a connection that is kept, or on a new one each time.
fn ask(writers: &Writers, base: &str, caller: usize, stop: &AtomicBool, cut: &Mutex<Vec<Cut>>) {
    let kept = if caller.is_multiple_of(2) { 1 } else { 0 };
    let http = reqwest::blocking::Client::builder().no_proxy().pool_max_idle_per_host(kept).timeout(Duration::from_secs(40)).build().unwrap();
    for n in 0.. {
        let began = Instant::now();
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let key = format!("{caller}-{n}");
        let failed = if n % 4 == 0 {
            let request = http.post(format!("{base}/api/v1/orders")).bearer_auth(&writers.token).header("idempotency-key", &key);
            let answer = request.json(&writers.entry(&key)).send().and_then(|answer| Ok((answer.status(), answer.json::<serde_json::Value>()?)));
            let id = answer.as_ref().ok().filter(|(status, _)| *status == 201).map(|(_, order)| order["id"].as_str().unwrap().to_owned());
            writers.sent.lock().unwrap().push((key.clone(), id));
            answer.err()
        } else {
            let answer = http.get(format!("{base}/api/v1/orders?limit=20")).bearer_auth(&writers.token).send();
            answer.and_then(|answer| answer.bytes()).err()
        };
        if let Some(why) = failed {
            cut.lock().unwrap().push((began, key, why));
        }
        std::thread::sleep(PAUSE.saturating_sub(began.elapsed()));
    }
}

both! {
    #[ignore = "make faults"]
    fn nobody_is_cut_when_the_program_leaves_under_load(app: &TestApp) {
        let mut running = Program::with(app, "info", &[("ACCESS_LOG", "off"), ("DATABASE_POOL", "10")]);
        let writers = Writers::new(app, &running);
        let (base, stop, cut) = (running.base(), AtomicBool::new(false), Mutex::<Vec<Cut>>::default());
        let entry = writers.entry("slow").to_string();
        let (first, second) = entry.split_at(9);
        let mut slow = Wire::open(&running.address);
        slow.send(format!(
            "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
            writers.token,
            entry.len(),
        ));
        let signalled = std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (writers, base, stop, cut) = (&writers, &base, &stop, &cut);
                scope.spawn(move || ask(writers, base, caller, stop, cut));
            }
            let _stopped = Stop(&stop);
            wait("a hundred entries", || (writers.acknowledged() >= 100).then_some(()));
            let hold = Hold::on(app);
            std::thread::sleep(Duration::from_millis(300));
            running.signal();
            let signalled = Instant::now();
            // Writes wait beyond the notice, and the body comes later still.
            std::thread::sleep(NOTICE + Duration::from_millis(500));
            drop(hold);
            std::thread::sleep(Duration::from_millis(500));
            assert!(TcpStream::connect(&running.address).is_err(), "nobody is let in any more");
            assert!(running.runs(), "it waits for the slow one");
            slow.send(second);
            let answer = slow.answer();
            assert_eq!((answer.status, answer.header("connection")), (201, "close"), "{answer:?}");
            writers.sent.lock().unwrap().push(("slow".into(), Some(answer.body["id"].as_str().unwrap().to_owned())));
            assert_eq!(running.ended(), Some(0));
            assert!(signalled.elapsed() < Duration::from_secs(10), "it took {:?}", signalled.elapsed());
            signalled
        });
        let cut = cut.into_inner().unwrap();
        // Whoever came in time was answered; only behind the notice are there such as were not let in.
        let in_time: Vec<_> = cut.iter().filter(|(began, ..)| *began < signalled + NOTICE - Duration::from_millis(50)).collect();
        assert!(in_time.is_empty(), "{} were cut, such as {:?} {:?} after the signal", in_time.len(), in_time[0], in_time[0].0.saturating_duration_since(signalled));
        assert!(cut.len() >= CALLERS, "each was refused in the end, {} were", cut.len());
        let sent = writers.sent.lock().unwrap().len();
        eprintln!("{sent} entries were sent, {} acknowledged, {} requests refused after the notice", writers.acknowledged(), cut.len());
        let again = program(app);
        writers.hold(app, &again.base());
    }
}
