//! How long it takes to hold entries against a company's standard of 60 rules and 40 custom fields: one order of 50 lines, 500 entries in one call, and
//! publishing it over 100,000 open orders with `validate_only`, while others write. `make bench` runs it in a release build; figures go to README.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // A measurement that cannot go on should say so and stop.
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use intent_orders::app;
use intent_orders::identity::{Act, users};
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
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
        ("DATABASE_URL".into(), url),
        ("RATE_LIMIT".into(), "off".into()),
        ("LOGIN_RATE_LIMIT".into(), "off".into()),
        ("SECRET".into(), "s".repeat(32)),
    ]);
    let state = State::open(Config::from_values(&settings).unwrap(), Clock::system()).unwrap().0;
    app::prepare(&state).unwrap();
    users::service::create_admin(&state, "Bench", EMAIL, PASSWORD).unwrap();
    fill(&state, orders);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || actix_web::rt::System::new().block_on(async move { app::serve(state, listener).unwrap().await.unwrap() }));
    let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(300)).build().unwrap();
    let session: Value = http.post(format!("{base}/api/v1/auth/login")).json(&json!({"email": EMAIL, "password": PASSWORD})).send().unwrap().json().unwrap();
    let ask = Asker { http, base, token: session["access_token"].as_str().unwrap().to_owned() };
    measure(&ask, orders);
}

struct Asker {
    http: reqwest::blocking::Client,
    base: String,
    token: String,
}

impl Asker {
    fn send(&self, method: &str, path: &str, body: &Value) -> (Value, Duration) {
        let began = Instant::now();
        let request = self.http.request(method.parse().unwrap(), format!("{}/api/v1/{path}", self.base)).bearer_auth(&self.token).header("if-match", "*");
        let answer: Value = request.json(body).send().unwrap().error_for_status().unwrap().json().unwrap();
        (answer, began.elapsed())
    }
}

fn measure(ask: &Asker, orders: usize) {
    let customer = ask.http.get(format!("{}/api/v1/customers?limit=1", ask.base)).bearer_auth(&ask.token).send().unwrap().json::<Value>().unwrap();
    let customer = customer["data"][0]["id"].as_str().unwrap();
    let standard = standard();
    let rehearse = || ask.send("PUT", "standards/orders?validate_only=true", &standard);
    let done = AtomicBool::new(false);
    let (figures, took, mut writes) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut times = Vec::new();
            while !done.load(Ordering::Relaxed) {
                times.push(ask.send("POST", "orders", &entry(customer, 2, times.len())).1);
                std::thread::sleep(Duration::from_millis(20));
            }
            times
        });
        let (figures, took) = rehearse();
        done.store(true, Ordering::Relaxed);
        (figures, took, writer.join().unwrap())
    });
    let counted = figures["compliance"]["records"].as_u64().unwrap();
    assert!(counted >= orders as u64, "{counted}");
    println!("publish over {counted} open orders, only to be told: {:.2} s, {} of them meet it", took.as_secs_f64(), figures["compliance"]["meet"]);
    println!("orders entered meanwhile: {}, {}", writes.len(), told(&mut writes));
    ask.send("PUT", "standards/orders", &standard);
    let one = json!({"entries": [entry(customer, 50, 0)]});
    let few = json!({"entries": (0..500).map(|n| entry(customer, 2, n)).collect::<Vec<_>>()});
    let (answer, _) = ask.send("POST", "standards/orders/validate", &few);
    println!("of 500 entries {} are accepted", answer["data"].as_array().unwrap().iter().filter(|trial| trial["accepted"] == true).count());
    println!("try one order of 50 lines: {}", told(&mut (0..200).map(|_| ask.send("POST", "standards/orders/validate", &one).1).collect::<Vec<_>>()));
    println!("try 500 entries of 2 lines: {}", told(&mut (0..20).map(|_| ask.send("POST", "standards/orders/validate", &few).1).collect::<Vec<_>>()));
    println!("enter one order of 50 lines: {}", told(&mut (0..100).map(|n| ask.send("POST", "orders", &entry(customer, 50, n)).1).collect::<Vec<_>>()));
}

/// A standard of 60 rules of every kind, a third of them with conditions, and 40 custom fields.
fn standard() -> Value {
    let kinds = ["text", "integer", "decimal", "boolean", "date", "enum", "multi_enum", "text"];
    let fields: Vec<Value> = (0..40)
        .map(|n| {
            let mut field = json!({"key": format!("field_{n}"), "type": kinds[n % 8], "labels": {"en": format!("Field {n}"), "zh-CN": format!("字段 {n}")}});
            if n % 8 == 5 || n % 8 == 6 {
                field["values"] = ["a", "b", "c"].iter().map(|v| json!({"value": v, "labels": {"en": v, "zh-CN": v}})).collect();
            }
            field
        })
        .collect();
    let rules: Vec<Value> = (0..60)
        .map(|n| {
            let mut rule = match n % 15 {
                0 => json!({"kind": "required", "fields": ["title", "customer_id", "lines"]}),
                1 => json!({"kind": "required", "fields": ["lines[].product", "lines[].quantity"]}),
                2 => json!({"kind": "length", "max": 200, "fields": ["title", "note", "lines[].description"]}),
                3 => json!({"kind": "range", "min": "0", "max": "100000", "fields": ["lines[].quantity", "custom.field_2"]}),
                4 => json!({"kind": "scale", "max": 2, "fields": ["lines[].unit_price"]}),
                5 => json!({"kind": "one_of", "values": ["high", "medium", "low"], "fields": ["intent_level"]}),
                6 => json!({"kind": "date_window", "min_days": -4000, "max_days": 4000, "fields": ["expected_close_date", "custom.field_4"]}),
                7 => json!({"kind": "known_product", "fields": ["lines[].product"]}),
                8 => json!({"kind": "pattern", "pattern": "^[\\p{Han}A-Za-z0-9 .,-]+$", "fields": ["title", "lines[].description"]}),
                9 => json!({"kind": "price_band", "within": "0.9", "fields": ["lines[].unit_price"]}),
                10 => json!({"kind": "discount_limit", "max": "0.5", "roles": {"rep": "0.1"}, "fields": ["lines[].discount_rate"]}),
                11 => json!({"kind": "compare", "fields": ["lines[].discount_rate"], "condition": {"any": [
                    {"field": "intent_level", "op": "eq", "value": "high"}, {"field": "lines[].discount_rate", "op": "lte", "value": "0.2"}]}}),
                12 => json!({"kind": "count", "min": 1, "max": 200, "fields": ["lines"]}),
                13 => json!({"kind": "sum", "max": "900000000", "fields": ["lines[].amount"]}),
                _ if n == 14 => json!({"kind": "unique", "fields": ["customer_id", "title"], "severity": "warning"}),
                _ => json!({"kind": "length", "max": 100, "fields": ["custom.field_0", "custom.field_7"]}),
            };
            rule["id"] = json!(format!("rule_{n}"));
            rule["on"] = json!(["save", "save", "submit", "enter_stage"][n % 4]);
            if n.is_multiple_of(3) {
                rule["when"] =
                    json!({"any": [{"field": "amount", "op": "gte", "value": "0"}, {"field": "customer.industry", "op": "eq", "value": "Industry 1"}]});
            }
            rule
        })
        .collect();
    json!({"rules": rules, "fields": fields})
}

fn entry(customer: &str, lines: usize, n: usize) -> Value {
    let lines: Vec<Value> = (0..lines)
        .map(|l| json!({"product": format!("P-{}", (n + l) % 50), "quantity": 1 + l, "description": "with mounting kit", "discount_rate": "0.05"}))
        .collect();
    json!({"title": format!("Order of the bench {n}"), "customer_id": customer, "currency": "CNY", "expected_close_date": "2027-03-31", "intent_level": "high", "lines": lines})
}

/// Open orders, through the same service function as every import, some hundred a transaction.
fn fill(state: &State, orders: usize) {
    let act = Act::system(state.clock.now());
    let setup = act.clone();
    let stock = move |tx: &mut _| {
        for i in 0..50 {
            let body = json!({"sku": format!("P-{i}"), "name": format!("Product {i}"), "category": format!("Category {}", i % 5), "list_price": 100 + i, "currency": "CNY"});
            products::service::import(tx, &setup, decode(&body)?, "h")?;
        }
        for i in 0..1_000 {
            let body =
                json!({"name": format!("客户 {i}"), "industry": format!("Industry {}", i % 10), "region": format!("Region {}", i % 7), "owner_email": EMAIL});
            customers::service::import(tx, &setup, decode(&body)?, "h")?;
        }
        Ok(())
    };
    state.db.write_here(stock).unwrap();
    let began = Instant::now();
    for first in (0..orders).step_by(200) {
        let (act, some) = (act.clone(), first..orders.min(first + 200));
        let made = move |tx: &mut _| some.clone().try_for_each(|i| service::import(tx, &act, decode::<OrderImport>(&row(i))?, "h").map(|_| ()));
        state.db.write_here(made).unwrap();
    }
    println!("entered {orders} open orders in {:.1} s", began.elapsed().as_secs_f64());
}

fn row(i: usize) -> Value {
    let status = ["pending", "processed", "draft", "in_review"][i % 4];
    let lines: Vec<_> = (0..1 + i % 3)
        .map(|l| json!({"product": format!("P-{}", (i + l) % 50), "quantity": 1 + l, "discount_rate": if i.is_multiple_of(10) { "0.3" } else { "0" }}))
        .collect();
    json!({"title": format!("Order {}", i % 90_000), "customer_name": format!("客户 {}", i % 1_000), "expected_close_date": format!("2027-{:02}-{:02}", 1 + i / 28 % 12, 1 + i % 28), "tags": ["refit"],
        "owner_email": EMAIL, "status": status, "created_at": "2026-01-02", "lines": lines})
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("median {:.3} ms, p99 {:.3} ms, most {:.3} ms", at(50), at(99), at(100))
}
