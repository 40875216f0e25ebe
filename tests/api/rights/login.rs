//! A thousand tries at the door tell nothing of who is there.
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use intent_orders::identity::Role;
use serde_json::{Value, json};

use crate::harness::TestApp;

const TRIES: usize = 1000;

/// One try: what it says, but for its request id, and how often a password was held against a hash for it, which is what takes time.
fn attempt(app: &TestApp, email: &str) -> (String, u64) {
    let done = || app.state.password_checks.load(Ordering::Relaxed);
    let before = done();
    let answer = app.nobody().post("/api/v1/auth/login", json!({"email": email, "password": "wrong password"})).problem(401, "bad_credentials");
    let mut body: Value = answer.body.clone();
    body["request_id"].take();
    let names: BTreeSet<&str> = answer.headers.keys().map(|name| name.as_str()).collect();
    (format!("{body} {names:?} {} {}", answer.header("www-authenticate"), answer.header("content-length")), done() - before)
}

#[test]
fn unknown_users_are_told_nothing_and_take_as_much_work() {
    let app = TestApp::on(crate::harness::Kind::Sqlite).unwrap();
    let known = app.user_with_password("known", Role::Rep, true);
    let gone = app.user_with_password("gone", Role::Rep, false);
    let mut said = BTreeSet::new();
    for i in 0..TRIES {
        said.insert(attempt(
            &app,
            &match i % 4 {
                0 => known.email(),
                2 => gone.email(),
                _ => format!("nobody.{i}@example.com"),
            },
        ));
    }
    assert_eq!(said.iter().map(|(_, work)| *work).collect::<Vec<_>>(), [1], "{said:#?}");
}
