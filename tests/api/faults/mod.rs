//! What must hold whatever breaks: the program is killed or its disk fails while people write, and nothing that was acknowledged is lost,
//! nothing is done twice.
//! The short ones run with every test; `make faults` runs all of them, and longer.
mod clock;
mod disk;
mod halfway;
mod killed;
mod net;
mod stop;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::db::Id;
use intent_orders::platform::db::schema::orders;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Program, TestApp};
use crate::keep::{tell_of_the_cast, told};
use crate::orders::{sound, stock};

/// How often a fault is met: a few times, or as `make faults` says.
#[allow(clippy::disallowed_methods)] // It is the test that reads it, not the program.
fn rounds() -> usize {
    std::env::var("FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

/// The program on the database of a test; it tells its address and no requests.
fn program(app: &TestApp) -> Program {
    Program::with(app, "info", &[("ACCESS_LOG", "off")])
}

/// Stops those who look at it when it is dropped.
struct Stop<'s>(&'s AtomicBool);
impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writers of orders, and what they were told.
struct Writers {
    user: Id,
    customer: String,
    token: String,
    /// The key of each entry that was sent, with the id that was answered, if one was.
    sent: Mutex<Vec<(String, Option<String>)>>,
    /// The orders whose notes were changed, with the last note that was acknowledged.
    noted: Mutex<Vec<(String, usize)>>,
    /// Answers other than success, by their codes.
    refused: Mutex<Vec<String>>,
}

impl Writers {
    fn new(app: &TestApp, program: &Program) -> Self {
        let customer = stock(app);
        let user = app.user_with_password("zhou.ming", Role::Rep, true);
        let login = Client::new(&program.base()).post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200);
        let token = login.body["access_token"].as_str().unwrap().to_owned();
        Self { user: user.id, customer, token, sent: Mutex::default(), noted: Mutex::default(), refused: Mutex::default() }
    }

    fn entry(&self, key: &str) -> Value {
        let mut entry = sound(&self.customer);
        entry["title"] = json!(key);
        entry
    }

    /// Enters an order under a key, whatever becomes of it.
    fn enter(&self, http: &reqwest::blocking::Client, base: &str, key: &str) -> Option<String> {
        let request = http.post(format!("{base}/api/v1/orders")).bearer_auth(&self.token).header("idempotency-key", key);
        let answer: Value = self.told(request.json(&self.entry(key)))?;
        Some(answer["id"].as_str().unwrap().to_owned())
    }

    fn told(&self, request: reqwest::blocking::RequestBuilder) -> Option<Value> {
        let answer = request.send().ok()?;
        let good = answer.status().is_success();
        let body: Value = answer.json().ok()?;
        if !good {
            self.refused.lock().unwrap().push(body["code"].as_str().unwrap().to_owned());
        }
        good.then_some(body)
    }

    /// How many entries were acknowledged.
    fn acknowledged(&self) -> usize {
        self.sent.lock().unwrap().iter().filter(|(_, id)| id.is_some()).count()
    }

    /// Eight people write until they are stopped or nobody answers any more.
    fn write(&self, base: &str, round: usize, stop: &AtomicBool, while_they_do: impl FnOnce()) {
        std::thread::scope(|scope| {
            for writer in 0..8 {
                scope.spawn(move || {
                    let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
                    for n in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let key = format!("{round}-{writer}-{n}");
                        let id = self.enter(&http, base, &key);
                        self.sent.lock().unwrap().push((key, id.clone()));
                        let Some(id) = id else { continue };
                        let note = http.patch(format!("{base}/api/v1/orders/{id}")).bearer_auth(&self.token).header("if-match", "*");
                        if self.told(note.json(&json!({"note": format!("note {n}")}))).is_some() {
                            self.noted.lock().unwrap().push((id, n));
                        }
                    }
                });
            }
            // Also where what is done meanwhile fails.
            let _stopped = Stop(stop);
            while_they_do();
        });
    }

    /// What was acknowledged is there, whole; what was not is there once after it is sent again under the same key.
    fn hold(&self, app: &TestApp, base: &str) {
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let read = |id: &str| -> Value {
            let answer = http.get(format!("{base}/api/v1/orders/{id}")).bearer_auth(&self.token).send().unwrap();
            answer.error_for_status().unwrap_or_else(|e| panic!("an acknowledged order is lost: {e}")).json().unwrap()
        };
        for (key, id) in self.sent.lock().unwrap().iter_mut() {
            let sent_again = self.enter(&http, base, key).unwrap_or_else(|| panic!("{key} cannot be sent again: {:?}", self.refused.lock().unwrap().last()));
            assert_eq!(id.get_or_insert_with(|| sent_again.clone()), &sent_again, "{key} was entered twice");
            let order = read(&sent_again);
            assert_eq!((&order["title"], order["lines"].as_array().map(Vec::len)), (&json!(key), Some(2)), "half an order");
        }
        for (id, n) in self.noted.lock().unwrap().iter() {
            assert_eq!(read(id)["note"], json!(format!("note {n}")), "an acknowledged change is lost");
        }
        tell_of_the_cast(app);
        // Nor does an event tell of who writes here.
        let found: Vec<String> = told(app).into_iter().filter(|line| !line.contains(&self.user.to_string())).collect();
        assert_eq!(found, [""; 0], "what a check finds");
        let mut keys: Vec<String> = self.sent.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
        let mut stored: Vec<Option<String>> = app.state.db.read_here(|c| Ok(orders::table.select(orders::title).load(c)?)).unwrap();
        keys.sort();
        stored.sort();
        assert_eq!(stored, keys.into_iter().map(Some).collect::<Vec<_>>(), "each entry once, and no other");
    }
}
