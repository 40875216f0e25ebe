//! A thousand tries at the door tell nothing of who is there.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use intent_orders::identity::Role;
use serde_json::{Value, json};

use crate::harness::TestApp;

const TRIES: usize = 1000;

/// One try: what it says, but for its request id, and how long it took.
fn attempt(app: &TestApp, email: &str) -> (String, Duration) {
    let began = Instant::now();
    let answer = app.nobody().post("/api/v1/auth/login", json!({"email": email, "password": "wrong password"})).problem(401, "bad_credentials");
    let took = began.elapsed();
    let mut body: Value = answer.body.clone();
    body["request_id"].take();
    let names: BTreeSet<&str> = answer.headers.keys().map(|name| name.as_str()).collect();
    (format!("{body} {names:?} {} {}", answer.header("www-authenticate"), answer.header("content-length")), took)
}

#[test]
fn unknown_users_are_told_nothing_and_take_as_long() {
    let app = TestApp::on(crate::harness::Kind::Sqlite).unwrap();
    let known = app.user_with_password("known", Role::Rep, true);
    let gone = app.user_with_password("gone", Role::Rep, false);
    attempt(&app, "warm@example.com");
    let (mut said, mut times) = (BTreeSet::new(), [Vec::new(), Vec::new()]);
    // By turns, so that whatever else the machine does falls on both.
    for i in 0..TRIES {
        let email = match i % 4 {
            0 => known.email(),
            2 => gone.email(),
            _ => format!("nobody.{i}@example.com"),
        };
        let (words, took) = attempt(&app, &email);
        said.insert(words);
        times[i % 2].push(took);
    }
    assert_eq!(said.len(), 1, "{said:#?}");
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let [known, unknown] = &mut times;
    let (known, unknown) = (median(known), median(unknown));
    // Without the hash an unknown user would be answered ten times as fast.
    assert!(unknown * 2 > known && known * 2 > unknown, "known {known:?}, unknown {unknown:?}");
}
