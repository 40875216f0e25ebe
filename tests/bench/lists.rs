//! Lists of 100,000 orders: the first page and the thousandth, filters, words, totals, and all of them in one file.
use std::io::Read as _;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{EMAIL, PASSWORD, serve_child, told};

/// Somebody who asks a server.
pub struct Asker {
    http: reqwest::blocking::Client,
    base: String,
    token: String,
}

impl Asker {
    pub fn log_in(base: &str) -> Self {
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(300)).build().unwrap();
        let body = serde_json::json!({"email": EMAIL, "password": PASSWORD});
        let session: Value = http.post(format!("{base}/api/v1/auth/login")).json(&body).send().unwrap().json().unwrap();
        Self { http, base: base.to_owned(), token: session["access_token"].as_str().unwrap().to_owned() }
    }
    fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}/api/v1/{path}", self.base)).bearer_auth(&self.token).send().unwrap().error_for_status().unwrap().json().unwrap()
    }
    fn timed(&self, path: &str) -> Duration {
        let began = Instant::now();
        self.http.get(format!("{}/api/v1/{path}", self.base)).bearer_auth(&self.token).send().unwrap().error_for_status().unwrap().bytes().unwrap();
        began.elapsed()
    }
    fn times(&self, path: &str, times: usize) -> String {
        told(&mut (0..times).map(|_| self.timed(path)).collect::<Vec<_>>())
    }
}

/// Pages, filters, words and totals.
pub fn measure(ask: &Asker, orders: usize) {
    for sort in ["-created_at", "expected_close_date", "title"] {
        println!("page 1 by {sort}: {}", ask.times(&format!("orders?sort={sort}"), 200));
        let (mut cursor, mut page) = (String::new(), 1);
        while page < orders.min(50_000) / 50 {
            let answer = ask.get(&format!("orders?sort={sort}&limit=200{cursor}"));
            cursor = format!("&cursor={}", answer["page"]["next_cursor"].as_str().unwrap());
            page += 4;
        }
        println!("page {page} by {sort}: {}", ask.times(&format!("orders?sort={sort}{cursor}"), 200));
    }
    let one = &ask.get("orders?limit=1")["data"][0];
    let of = |place: &str| one.pointer(place).and_then(Value::as_str).unwrap().to_owned();
    let (owner, customer, product) = (of("/owner/id"), of("/customer/id"), of("/lines/0/product/id"));
    for filter in
        ["status=pending", "status=pending,processed", &format!("owner={owner}"), &format!("customer={customer}"), "tags=tag7", &format!("product={product}")]
    {
        let short: String = filter.chars().take(30).collect();
        println!("filter {short}: {}", ask.times(&format!("orders?{filter}"), 100));
    }
    println!("with the total of all: {}", ask.times("orders?include_total=true", 50));
    println!("with the total of a status: {}", ask.times("orders?status=pending&include_total=true", 50));

    // What people type: mostly something in particular, now and then something that many have.
    let words = |i: usize| match i % 10 {
        0 | 1 => format!("客户 {}", i * 37 % 1_000),
        2 | 3 => format!("Order {}", i * 7_919 % orders),
        4 | 5 => format!("IO-{:06}", 1 + i * 7_919 % orders),
        6 => format!("refit {}", i * 37 % 400),
        7 => format!("{}", i * 7_919 % orders),
        8 => ["厂", "海", "华"][i / 10 % 3].to_owned(),
        _ => ["Ord", "客", "refit", "Order 1"][i / 10 % 4].to_owned(),
    };
    let asked: Vec<String> = (0..200).map(words).map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect()).collect();
    println!("200 questions of words: {}", told(&mut asked.iter().map(|text| ask.timed(&format!("orders?q={text}"))).collect::<Vec<_>>()));
    for text in ["Order 4711", "客户 77", "厂", "Ord", "客"] {
        println!("q={text}: {}", ask.times(&format!("orders?q={text}"), 20));
    }
}

/// All of them in one file, by a server of its own whose memory is watched.
pub fn export(url: &str) {
    let (mut server, base) = serve_child(url);
    let ask = Asker::log_in(&base);
    ask.get("orders?limit=200");
    println!("memory of the server before: {:.1} MB", memory(&server) as f64 / 1024.0);
    for filter in ["status=draft", ""] {
        let watched = Watch::begin(&server);
        let began = Instant::now();
        let file = ask.http.get(format!("{}/api/v1/orders?{filter}", ask.base)).bearer_auth(&ask.token).header("accept", "text/csv").send().unwrap();
        let (rows, bytes) = counted(file.error_for_status().unwrap());
        let took = began.elapsed().as_secs_f64();
        println!(
            "export of {rows} orders as CSV: {took:.1} s, {:.0} rows/s, {:.1} MB; most memory {:.1} MB",
            rows as f64 / took,
            bytes as f64 / 1e6,
            watched.end() as f64 / 1024.0
        );
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

fn counted(mut file: reqwest::blocking::Response) -> (usize, usize) {
    let (mut piece, mut rows, mut bytes) = (vec![0; 1 << 16], 0, 0);
    loop {
        let length = file.read(&mut piece).unwrap();
        if length == 0 {
            return (rows - 1, bytes);
        }
        rows += piece[..length].iter().filter(|b| **b == b'\n').count();
        bytes += length;
    }
}

/// What a process holds of its own, in kB: without the database's file, which it maps.
fn memory(process: &Child) -> u64 {
    memory_of(process.id())
}
fn memory_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

/// Looks at a process's memory every few milliseconds.
struct Watch(Arc<AtomicBool>, Arc<AtomicU64>, std::thread::JoinHandle<()>);
impl Watch {
    fn begin(process: &Child) -> Self {
        let (over, most, id) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), process.id());
        let (stop, seen) = (over.clone(), most.clone());
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                seen.fetch_max(memory_of(id), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self(over, most, thread)
    }
    fn end(self) -> u64 {
        self.0.store(true, Ordering::Relaxed);
        self.2.join().unwrap();
        self.1.load(Ordering::Relaxed)
    }
}
