//! What a request costs with everything on (token, rights, a standard of twelve rules, event, stored answer), beside its floors in the same run: an empty
//! handler of the same server, a bare program of the same stack, and the same use case in a tight loop without HTTP, with what its bare statements take of
//! that. Page 10,000 beside page 1. At 1, 16 and 64 connections, or `BENCH_CONNECTIONS`, over `BENCH_ORDERS` orders. Words on the command line choose what is measured, by its beginning.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // A measurement that cannot go on should say so and stop.
mod bare;
mod floor;
mod load;
mod million;
mod server;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

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
/// With this word the bench is the bare program that it measures beside the service.
const BARE: &str = "serve-bare";
/// After so long without a request what was freed has gone back to the system.
const IDLE: Duration = Duration::from_secs(15);
const PASSWORD: &str = "a password for the bench";

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, file, address] = &words[..]
        && word == BARE
    {
        return bare::serve(file, address.parse().unwrap());
    }
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
    let connections = std::env::var("BENCH_CONNECTIONS").map_or(vec![1, 16, 64], |some| some.split(',').map(|n| n.parse().unwrap()).collect());
    println!("floors: {}", floors(&settings, orders));
    let far = if wanted("page") { far(&server, orders) } else { String::new() };
    let bare = url.strip_prefix("sqlite://").map(|file| Server::of_this(&[BARE, file]));
    for connections in connections {
        println!("{connections} connections");
        if let Some(bare) = &bare {
            measure_bare(bare, connections, orders);
        }
        measure(&server, connections, orders, &far);
    }
    println!("memory after the load: {} MB", server.memory());
    std::thread::sleep(IDLE);
    println!("memory after {} s of rest: {} MB", IDLE.as_secs(), server.memory());
}

fn floors(settings: &BTreeMap<String, String>, orders: usize) -> String {
    let floor::Floors { read, create, create_alone } = floor::measure(
        Config::from_values(settings).unwrap(),
        ADMIN,
        REP,
        (0..20_000).map(|i| id(i, orders)).collect(),
        &(0..8_000).map(entry).collect::<Vec<_>>(),
    );
    format!("read one order {read}; create with three lines {create} in one transaction, {create_alone} with one each")
}

/// The id of an order, of one after another that do not lie side by side.
fn id(i: usize, orders: usize) -> String {
    format!("{:08x}-0000-7000-8000-{:012x}", 5, 1 + i * 7_919 % orders)
}

/// An order to enter.
fn entry(i: usize) -> Value {
    let lines: Vec<_> =
        (0..3).map(|l| json!({"product": format!("P-{}", 1 + (i + l * 7) % million::PRODUCTS), "quantity": 1 + l, "unit_price": "99.50"})).collect();
    let customer = format!("{:08x}-0000-7000-8000-{:012x}", 4, 1 + i % million::CUSTOMERS);
    json!({"title": format!("Spring refit {i}"), "customer_id": customer, "expected_close_date": "2027-03-31", "currency": "CNY", "tags": ["refit"], "lines": lines})
}

fn post(server: &Server, path: &str, token: &str, body: &Value) -> Value {
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let sent = http.post(format!("http://{}/api/v1/{path}", server.address)).bearer_auth(token).json(body).send().unwrap();
    sent.error_for_status().unwrap().json().unwrap()
}

fn token(server: &Server, email: &str) -> String {
    post(server, "auth/login", "none", &json!({"email": email, "password": PASSWORD}))["access_token"].as_str().unwrap().to_owned()
}

/// Orders on a page of a long walk.
const ON_A_PAGE: usize = 10;
/// How far it goes.
const PAGE: usize = 10_000;

/// Where page 10,000 begins, or the last one of fewer: its cursor.
fn far(server: &Server, orders: usize) -> String {
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let admin = token(server, ADMIN);
    let (mut left, mut cursor) = ((PAGE.min(orders / ON_A_PAGE) - 1) * ON_A_PAGE, String::new());
    while left > 0 {
        let limit = left.min(200);
        let sent = http.get(format!("http://{}/api/v1/orders?limit={limit}{cursor}", server.address)).bearer_auth(&admin).send().unwrap();
        let page: Value = sent.error_for_status().unwrap().json().unwrap();
        cursor = format!("&cursor={}", page["page"]["next_cursor"].as_str().unwrap());
        left -= limit;
    }
    cursor
}

/// Whether something is to be measured.
fn wanted(what: &str) -> bool {
    let mut chosen = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    chosen.peek().is_none() || chosen.any(|word| what.starts_with(word.as_str()))
}

/// The statuses whose lists are asked for.
const STATUSES: [&str; 4] = ["pending", "won", "lost", "processed"];

/// How many requests of a kind are sent.
fn times(connections: usize) -> usize {
    if connections == 1 { 2_000 } else { 20_000 }
}

fn measure_bare(bare: &Server, connections: usize, orders: usize) {
    let told = |what: &str, requests: usize, path: &(dyn Fn(usize) -> String + Sync)| {
        if wanted(what) {
            println!("  {what}: {}", drive(bare, connections, requests, |i| request("GET", &path(i), "none", "", ""), |_, _| ()));
        }
    };
    let times = times(connections);
    told("bare empty handler", times * 2, &|_| "/empty".into());
    told("bare read by key", times, &|i| format!("/orders/{}", id(i, orders)));
    told("bare list 50", times / 4, &|i| format!("/orders/of/{}/50", STATUSES[i % STATUSES.len()]));
}

fn measure(server: &Server, connections: usize, orders: usize, far: &str) {
    let (admin, rep) = (token(server, ADMIN), token(server, REP));
    let told = |what: &str, requests: usize, make: &(dyn Fn(usize) -> Vec<u8> + Sync)| {
        if wanted(what) {
            println!("  {what}: {}", drive(server, connections, requests, make, |_, _| ()));
        }
    };
    let get = |path: String| request("GET", &path, &admin, "", "");
    let times = times(connections);

    told("empty handler", times * 2, &|_| get("/livez".into()));
    told("read one order", times, &|i| get(format!("/api/v1/orders/{}", id(i, orders))));
    told("list 50", times / 4, &|i| get(format!("/api/v1/orders?limit=50&status={}", STATUSES[i % STATUSES.len()])));
    let list = |i: usize| get(format!("/api/v1/orders?status=pending&sort=-amount&limit=50&expected_close_date[gte]=2024-0{}-01", 1 + i % 9));
    told("list 50, filtered and sorted", times / 4, &list);
    told(&format!("page 1 of {ON_A_PAGE}"), times / 2, &|_| get(format!("/api/v1/orders?limit={ON_A_PAGE}")));
    let page = PAGE.min(orders / ON_A_PAGE);
    told(&format!("page {page} of {ON_A_PAGE}"), times / 2, &|_| get(format!("/api/v1/orders?limit={ON_A_PAGE}{far}")));
    told("q", times / 4, &|i| get(format!("/api/v1/orders?q=Order%20{}", i * 7_919 % orders)));
    if !["create", "patch", "submit"].into_iter().any(wanted) {
        return;
    }

    let run = format!("{connections}-{:x}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos());
    let made = Mutex::new(vec![String::new(); times / 2]);
    let create = |i: usize| request("POST", "/api/v1/orders", &rep, &format!("idempotency-key: {run}-{i}\r\n"), &entry(i).to_string());
    let note = |i: usize, body: &[u8]| made.lock().unwrap()[i] = serde_json::from_slice::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned();
    println!("  create with three lines: {}", drive(server, connections, times / 2, create, note));
    let made = made.into_inner().unwrap();
    let patch = |i: usize| request("PATCH", &format!("/api/v1/orders/{}", made[i]), &rep, "if-match: *\r\n", r#"{"note": "Asked for a later delivery."}"#);
    told("patch", made.len(), &patch);
    let submit = |i: usize| request("POST", &format!("/api/v1/orders/{}/submit", made[i]), &rep, "if-match: *\r\n", "{}");
    told("submit", made.len(), &submit);
}
