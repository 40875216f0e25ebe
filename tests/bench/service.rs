//! What a request costs with everything on (token, rights, a standard of twelve rules, event, stored answer), beside its floors in the same run: an empty
//! handler of the same server, and the same use case in a tight loop without HTTP. At 1, 16 and 64 connections over `BENCH_ORDERS` orders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // A measurement that cannot go on should say so and stop.
mod load;
mod million;
mod server;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use intent_orders::app;
use intent_orders::identity::users;
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
use intent_orders::platform::db::connection;
use intent_orders::platform::state::State;
use load::{drive, request};
use serde_json::{Value, json};
use server::Server;

const ADMIN: &str = "bench@example.com";
const REP: &str = "rep@example.com";
const PASSWORD: &str = "a password for the bench";

fn main() {
    let orders: usize = std::env::var("BENCH_ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::TempDir::new().unwrap();
    // One that was filled before is used as it is.
    let url = std::env::var("BENCH_DATABASE_URL").unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("service.db").display()));
    let settings = BTreeMap::from([("DATABASE_URL".into(), url.clone()), ("SECRET".into(), "s".repeat(32))]);
    let state = State::open(Config::from_values(&settings).unwrap(), Clock::system()).unwrap().0;
    app::prepare(&state).unwrap();
    let new = users::service::ensure_admin(&state, ADMIN, PASSWORD).unwrap();
    if new {
        let began = Instant::now();
        million::fill(&mut connection::open(&state.config.database_url).unwrap(), orders);
        app::prepare(&state).unwrap();
        println!("wrote {orders} orders in {:.1} s", began.elapsed().as_secs_f64());
    }
    drop(state);
    let server = Server::start(&url);
    println!("ready after {:.0} ms, {} MB", server.start.as_secs_f64() * 1000.0, server.memory());
    if new {
        let admin = token(&server, ADMIN);
        for (name, email, role) in [("Rep", REP, "rep"), ("Reviewer", "reviewer@example.com", "reviewer")] {
            post(&server, "users", &admin, &json!({"name": name, "email": email, "role": role, "password": PASSWORD}));
        }
    }
    for connections in [1, 16, 64] {
        println!("{connections} connections");
        measure(&server, connections, orders);
    }
    println!("memory after the load: {} MB", server.memory());
}

fn post(server: &Server, path: &str, token: &str, body: &Value) -> Value {
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let sent = http.post(format!("http://{}/api/v1/{path}", server.address)).bearer_auth(token).json(body).send().unwrap();
    sent.error_for_status().unwrap().json().unwrap()
}

fn token(server: &Server, email: &str) -> String {
    post(server, "auth/login", "none", &json!({"email": email, "password": PASSWORD}))["access_token"].as_str().unwrap().to_owned()
}

fn measure(server: &Server, connections: usize, orders: usize) {
    let (admin, rep) = (token(server, ADMIN), token(server, REP));
    let told = |what: &str, figures: load::Figures| println!("  {what}: {figures}");
    let get = |path: String| request("GET", &path, &admin, "", "");
    let times = if connections == 1 { 2_000 } else { 20_000 };
    let id = |i: usize| format!("{:08x}-0000-7000-8000-{:012x}", 5, 1 + i * 7_919 % orders);

    told("empty handler", drive(server, connections, times * 2, |_| get("/livez".into()), |_, _| ()));
    told("read one order", drive(server, connections, times, |i| get(format!("/api/v1/orders/{}", id(i))), |_, _| ()));
    let list = |i: usize| get(format!("/api/v1/orders?status=pending&sort=-amount&limit=50&expected_close_date[gte]=2024-0{}-01", 1 + i % 9));
    told("list 50, filtered and sorted", drive(server, connections, times / 4, list, |_, _| ()));
    told("q", drive(server, connections, times / 4, |i| get(format!("/api/v1/orders?q=Order%20{}", i * 7_919 % orders)), |_, _| ()));

    let run = format!("{connections}-{:x}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos());
    let made = Mutex::new(vec![String::new(); times / 2]);
    let create = |i: usize| {
        let lines: Vec<_> =
            (0..3).map(|l| json!({"product": format!("P-{}", 1 + (i + l * 7) % million::PRODUCTS), "quantity": 1 + l, "unit_price": "99.50"})).collect();
        let customer = format!("{:08x}-0000-7000-8000-{:012x}", 4, 1 + i % million::CUSTOMERS);
        let body = json!({"title": format!("Spring refit {i}"), "customer_id": customer, "expected_close_date": "2027-03-31", "currency": "CNY", "tags": ["refit"], "lines": lines});
        request("POST", "/api/v1/orders", &rep, &format!("idempotency-key: {run}-{i}\r\n"), &body.to_string())
    };
    let note = |i: usize, body: &[u8]| made.lock().unwrap()[i] = serde_json::from_slice::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned();
    told("create with three lines", drive(server, connections, times / 2, create, note));
    let made = made.into_inner().unwrap();
    let patch = |i: usize| request("PATCH", &format!("/api/v1/orders/{}", made[i]), &rep, "if-match: *\r\n", r#"{"note": "Asked for a later delivery."}"#);
    told("patch", drive(server, connections, made.len(), patch, |_, _| ()));
    let submit = |i: usize| request("POST", &format!("/api/v1/orders/{}/submit", made[i]), &rep, "if-match: *\r\n", "{}");
    told("submit", drive(server, connections, made.len(), submit, |_, _| ()));
}
