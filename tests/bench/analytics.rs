//! How long questions of the analysis take over a million orders with 1.6 million lines, three years of them, over HTTP and without any cache; and how long a
//! point read takes beside them. `BENCH_DATABASE_URL` names a database of another kind; one that was filled before is asked again as it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // A measurement that cannot go on should say so and stop.
mod million;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use intent_orders::app;
use intent_orders::identity::users;
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
use intent_orders::platform::db::connection;
use intent_orders::platform::state::State;
use serde_json::{Value, json};

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "a password for the bench";

/// Reads that a figure is taken of: enough to meet many questions.
const READS: usize = 30_000;

const QUESTIONS: &[&str] = &[
    "conversion",
    "conversion?group_by=source",
    "conversion?group_by=owner",
    "conversion?group_by=industry,month",
    "conversion?group_by=source,intent_level",
    "conversion?group_by=team,quarter",
    "conversion?group_by=team,region&basis=created",
    "conversion?group_by=source,month&from=2025-01-01&to=2026-01-01",
    "conversion?group_by=product",
    "conversion?group_by=category,quarter",
    "revenue",
    "revenue?group_by=source",
    "revenue?group_by=team,month",
    "revenue?group_by=industry,region",
    "revenue?group_by=value_tier,quarter",
    "revenue?group_by=product",
    "revenue?group_by=product,quarter",
    "revenue?group_by=customer&top=10",
    "conversion?group_by=customer&top=10",
    "conversion?group_by=customer,month&top=10",
    "conversion?group_by=customer&basis=created&top=10",
    "conversion?group_by=customer,month&basis=created&top=10",
    "conversion?group_by=source,intent_level&as_of=2026-11-01",
    "summary",
    "funnel",
    "reasons",
    "time",
    "delays",
    "customers",
    "churn",
    "sources",
    "stuck",
    "people",
    "trend",
];

/// Those beside which somebody reads: one that packs do not answer; of theirs quick ones that come often, one of the most groups, one of many rows.
const BESIDE: &[&str] = &[
    "summary",
    "conversion?group_by=source,intent_level",
    "conversion?group_by=owner",
    "conversion?group_by=product",
    "conversion?group_by=team,region&basis=created",
    "conversion?group_by=customer&top=10",
    "revenue?group_by=product,quarter",
];

fn main() {
    let orders: usize = std::env::var("BENCH_ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::TempDir::new().unwrap();
    let url = std::env::var("BENCH_DATABASE_URL").unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("analytics.db").display()));
    let settings = BTreeMap::from([
        ("DATABASE_URL".into(), url.clone()),
        ("RATE_LIMIT".into(), "off".into()),
        ("LOGIN_RATE_LIMIT".into(), "off".into()),
        ("SECRET".into(), "s".repeat(32)),
    ]);
    let state = State::open(Config::from_values(&settings).unwrap(), Clock::system()).unwrap().0;
    app::prepare(&state).unwrap();
    if users::service::ensure_admin(&state, EMAIL, PASSWORD).unwrap() {
        let began = Instant::now();
        million::fill(&mut connection::open(&state.config.database_url).unwrap(), orders);
        app::prepare(&state).unwrap();
        println!("wrote {orders} orders in {:.1} s", began.elapsed().as_secs_f64());
    }
    drop(state);
    let server = server::Server::start(&url);
    println!("ready after {:.0} ms", server.start.as_secs_f64() * 1000.0);
    let ask = Arc::new(Asker::log_in(&format!("http://{}/api/v1", server.address)));

    let order = ask.get("orders?limit=1")["data"][0]["id"].as_str().unwrap().to_owned();
    let read = format!("orders/{order}");
    let usual = (0..READS).map(|_| ask.timed(&read)).collect();
    println!("read one order: {}", told(usual));
    for question in QUESTIONS {
        let times = (0..7).map(|_| ask.timed(&format!("analytics/{question}"))).collect();
        println!("{question}: {}", told(times));
    }
    // Reads while somebody asks without a pause.
    for question in BESIDE {
        let (over, asker) = (Arc::new(AtomicBool::new(false)), ask.clone());
        let stop = over.clone();
        let asking = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                asker.timed(&format!("analytics/{question}"));
            }
        });
        let beside = (0..READS).map(|_| ask.timed(&read)).collect();
        println!("read one order beside {question}: {}", told(beside));
        over.store(true, Ordering::Relaxed);
        asking.join().unwrap();
    }
    println!("memory: {} MB", server.memory());
}

/// Somebody who asks.
struct Asker {
    http: reqwest::blocking::Client,
    base: String,
    token: String,
}
impl Asker {
    fn log_in(base: &str) -> Self {
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(120)).build().unwrap();
        let body = json!({"email": EMAIL, "password": PASSWORD});
        let session: Value = http.post(format!("{base}/auth/login")).json(&body).send().unwrap().json().unwrap();
        Self { http, base: base.to_owned(), token: session["access_token"].as_str().unwrap().to_owned() }
    }
    fn send(&self, path: &str) -> reqwest::blocking::Response {
        self.http.get(format!("{}/{path}", self.base)).bearer_auth(&self.token).send().unwrap().error_for_status().unwrap()
    }
    fn get(&self, path: &str) -> Value {
        self.send(path).json().unwrap()
    }
    fn timed(&self, path: &str) -> Duration {
        let began = Instant::now();
        self.send(path).bytes().unwrap();
        began.elapsed()
    }
}

fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("median {:.2} ms, p99 {:.2} ms", at(50), at(99))
}
