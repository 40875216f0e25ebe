//! How long it takes to read one order of 100,000 over HTTP, to list them, to write them all to a file, and to start on that database. `make bench` runs it in a release build; figures go to README.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // A measurement that cannot go on should say so and stop.
mod lists;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use intent_orders::app;
use intent_orders::identity::{Act, users};
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
use intent_orders::platform::outcome::Outcome;
use intent_orders::platform::state::State;
use intent_orders::platform::web::body::decode;
use intent_orders::{customers, products};
use serde_json::{Value, json};

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "a password for the bench";

fn main() {
    let orders: usize = std::env::var("BENCH_ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::TempDir::new().unwrap();
    // An empty database of another kind can be named.
    let url = std::env::var("BENCH_DATABASE_URL").unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("bench.db").display()));
    let settings = BTreeMap::from([
        ("DATABASE_URL".into(), url.clone()),
        ("RATE_LIMIT".into(), "off".into()),
        ("LOGIN_RATE_LIMIT".into(), "off".into()),
        ("SECRET".into(), "s".repeat(32)),
    ]);
    let state = State::open(Config::from_values(&settings).unwrap(), Clock::system()).unwrap().0;
    app::prepare(&state).unwrap();
    users::service::create_admin(&state, "Bench", EMAIL, PASSWORD).unwrap();
    let began = Instant::now();
    let ids = fill(&state, orders);
    println!("entered {orders} orders through the service in {:.1} s", began.elapsed().as_secs_f64());

    start(&url);
    lists::export(&url);
    read(state, &ids);
}

/// Fills the database through the same service functions as every entry, some hundred orders a transaction.
fn fill(state: &State, orders: usize) -> Vec<String> {
    let act = Act::system(state.clock.now());
    let setup = act.clone();
    state
        .db
        .write_here(move |tx| {
            for i in 0..50 {
                let body = json!({"sku": format!("P-{i}"), "name": format!("Product {i}"), "category": format!("Category {}", i % 5), "list_price": 100 + i, "currency": "CNY"});
                products::service::import(tx, &setup, decode(&body)?, "h")?;
            }
            for i in 0..1_000 {
                let body = json!({"name": format!("客户 {i}"), "industry": format!("Industry {}", i % 10), "region": format!("Region {}", i % 7), "owner_email": EMAIL});
                customers::service::import(tx, &setup, decode(&body)?, "h")?;
            }
            Ok(())
        })
        .unwrap();
    let mut ids = Vec::with_capacity(orders);
    for first in (0..orders).step_by(200) {
        let act = act.clone();
        let some = (first..orders.min(first + 200)).collect::<Vec<_>>();
        let made =
            state.db.write_here(move |tx| some.iter().map(|i| service::import(tx, &act, decode::<OrderImport>(&row(*i))?, "h")).collect::<Result<Vec<_>, _>>());
        ids.extend(made.unwrap().into_iter().map(|outcome| match outcome {
            Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => id.to_string(),
        }));
    }
    ids
}

fn row(i: usize) -> Value {
    let status = ["pending", "processed", "won", "lost", "draft"][i % 5];
    let lines: Vec<_> = (0..1 + i % 3).map(|l| json!({"product": format!("P-{}", (i + l) % 50), "quantity": 1 + l})).collect();
    let mut row = json!({"title": format!("Order {i}"), "customer_name": format!("客户 {}", i % 1_000), "expected_close_date": format!("2027-{:02}-{:02}", 1 + i / 28 % 12, 1 + i % 28), "tags": ["refit", format!("tag{}", i % 400)], "note": i.is_multiple_of(500).then_some("上海华为工厂"), "owner_email": EMAIL, "status": status, "created_at": "2026-01-02", "lines": lines});
    if matches!(status, "won" | "lost") {
        row["closed_on"] = json!(format!("2026-{:02}-{:02}", 1 + i % 10, 1 + i % 28));
    }
    row
}

/// From the start of the program to its first answer.
fn start(url: &str) {
    let mut times: Vec<Duration> = (0..9).map(|_| start_once(url)).collect();
    println!("start to first answer: {}", told(&mut times));
}

fn start_once(url: &str) -> Duration {
    let began = Instant::now();
    let (mut server, _) = serve_child(url);
    let took = began.elapsed();
    server.kill().unwrap();
    server.wait().unwrap();
    took
}

/// A server of its own, once it answers, and where.
fn serve_child(url: &str) -> (Child, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let began = Instant::now();
    let server = Command::new(env!("CARGO_BIN_EXE_intent-orders"))
        .arg("serve")
        .env("DATABASE_URL", url)
        .env("LISTEN", format!("127.0.0.1:{port}"))
        .env("SECRET", "s".repeat(32))
        .env("LOG_LEVEL", "off")
        .env("RATE_LIMIT", "off")
        .spawn()
        .unwrap();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "the server does not start");
        std::thread::sleep(Duration::from_millis(1));
    }
    reqwest::blocking::get(format!("http://127.0.0.1:{port}/readyz")).unwrap().error_for_status().unwrap();
    (server, format!("http://127.0.0.1:{port}"))
}

/// One reader, one order after another, all over the table; token, rights, lines and names with everything on.
fn read(state: State, ids: &[String]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || actix_web::rt::System::new().block_on(async move { app::serve(state, listener).unwrap().await.unwrap() }));
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let session: Value = http.post(format!("{base}/api/v1/auth/login")).json(&json!({"email": EMAIL, "password": PASSWORD})).send().unwrap().json().unwrap();
    let token = session["access_token"].as_str().unwrap();
    let timed = |path: String| {
        let began = Instant::now();
        http.get(path).bearer_auth(token).send().unwrap().error_for_status().unwrap().bytes().unwrap();
        began.elapsed()
    };
    let spread = |n: usize| (0..n).map(|i| i * 7919 % ids.len());
    let order = |i: usize| format!("{base}/api/v1/orders/{}", ids[i]);
    for i in spread(500) {
        timed(order(i));
    }
    println!("an empty answer (/livez): {}", told(&mut (0..2_000).map(|_| timed(format!("{base}/livez"))).collect::<Vec<_>>()));
    println!("read one order of {}: {}", ids.len(), told(&mut spread(5_000).map(|i| timed(order(i))).collect::<Vec<_>>()));
    println!("list 50, newest first: {}", told(&mut (0..500).map(|_| timed(format!("{base}/api/v1/orders"))).collect::<Vec<_>>()));
    println!(
        "conversion by product: {}",
        told(&mut (0..20).map(|_| timed(format!("{base}/api/v1/analytics/conversion?group_by=product"))).collect::<Vec<_>>())
    );
    lists::measure(&lists::Asker::log_in(&base), ids.len());
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("median {:.3} ms, p99 {:.3} ms", at(50), at(99))
}
