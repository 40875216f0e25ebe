//! What must hold whatever breaks: the program is killed or its disk fails while people write, and nothing that was acknowledged is lost,
//! nothing is done twice.
//! The short ones run with every test; `make faults` runs all of them, and longer.
mod backup;
mod clock;
mod cluster;
mod disk;
mod full;
mod halfway;
mod instances;
mod killed;
mod lease;
mod lost;
mod net;
mod pool;
mod server;
mod stop;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::db::Id;
use intent_orders::platform::db::schema::orders;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Program, TestApp, User, wait};
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

/// Codes that say that nothing was stored.
const NOTHING: [&str; 2] = ["busy", "unavailable"];
/// All that may be said to somebody who writes while the database is away.
const AWAY: [&str; 3] = ["busy", "unavailable", "outcome_unknown"];

/// Ways through the life of an order; where `approve` and `return` stand, a reviewer acts.
const WAYS: [&[&str]; 4] =
    [&["submit", "approve", "win"], &["submit", "return", "cancel"], &["submit", "withdraw", "lose"], &["submit", "approve", "process", "lose"]];

/// Logs in to a program; answers the token.
fn login(program: &Program, user: &User) -> String {
    let login = Client::new(&program.base()).post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200);
    login.body["access_token"].as_str().unwrap().to_owned()
}

/// What became of an order: the actions that were acknowledged, in their order, and the one after them that was told to have left nothing behind.
struct Led {
    id: String,
    acknowledged: Vec<&'static str>,
    denied: Option<&'static str>,
}

/// Writers of orders with their reviewer, and what they were told.
struct Writers {
    people: [Id; 2],
    customer: String,
    token: String,
    reviewer: String,
    /// The key of each entry that was sent, with the id that was answered, if one was.
    sent: Mutex<Vec<(String, Option<String>)>>,
    /// The keys of entries that were told to have left nothing behind.
    denied: Mutex<Vec<String>>,
    /// The orders whose notes were changed, with the last note that was acknowledged.
    noted: Mutex<Vec<(String, usize)>>,
    led: Mutex<Vec<Led>>,
    /// Answers other than success, by their codes.
    refused: Mutex<Vec<String>>,
    /// Requests without an answer, and the longest wait for one.
    unanswered: AtomicUsize,
    slowest: Mutex<Duration>,
}

impl Writers {
    fn new(app: &TestApp, program: &Program) -> Self {
        tell_of_the_cast(app);
        let customer = stock(app);
        let (rep, reviewer) = (app.user_with_password("zhou.ming", Role::Rep, true), app.user_with_password("lin.hua", Role::Reviewer, true));
        Self {
            people: [rep.id, reviewer.id],
            customer,
            token: login(program, &rep),
            reviewer: login(program, &reviewer),
            sent: Mutex::default(),
            denied: Mutex::default(),
            noted: Mutex::default(),
            led: Mutex::default(),
            refused: Mutex::default(),
            unanswered: AtomicUsize::default(),
            slowest: Mutex::default(),
        }
    }

    fn entry(&self, key: &str) -> Value {
        let mut entry = sound(&self.customer);
        entry["title"] = json!(key);
        entry
    }

    /// Enters an order under a key, whatever becomes of it.
    fn enter(&self, http: &reqwest::blocking::Client, base: &str, key: &str) -> Option<String> {
        self.try_to_enter(http, base, key).ok()
    }

    /// The same; answers the code of the refusal, which is empty where nobody answered.
    fn try_to_enter(&self, http: &reqwest::blocking::Client, base: &str, key: &str) -> Result<String, String> {
        let request = http.post(format!("{base}/api/v1/orders")).bearer_auth(&self.token).header("idempotency-key", key);
        let answer = self.told(request.json(&self.entry(key)))?;
        Ok(answer["id"].as_str().unwrap().to_owned())
    }

    fn told(&self, request: reqwest::blocking::RequestBuilder) -> Result<Value, String> {
        let began = Instant::now();
        let answer = request.send().and_then(|answer| Ok((answer.status().is_success(), answer.json::<Value>()?)));
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = began.elapsed().max(*slowest);
        match answer {
            Ok((true, body)) => Ok(body),
            Ok((false, body)) => {
                let code = body["code"].as_str().unwrap().to_owned();
                self.refused.lock().unwrap().push(code.clone());
                Err(code)
            }
            Err(_) => {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
                Err(String::new())
            }
        }
    }

    /// How many entries were acknowledged.
    fn acknowledged(&self) -> usize {
        self.sent.lock().unwrap().iter().filter(|(_, id)| id.is_some()).count()
    }

    /// Waits until some more are acknowledged.
    fn wait_for_more(&self, more: usize) {
        let enough = self.acknowledged() + more;
        wait("more entries", || (self.acknowledged() >= enough).then_some(()));
    }

    /// Eight people write until they are stopped.
    fn write(&self, base: &str, round: usize, stop: &AtomicBool, while_they_do: impl FnOnce()) {
        self.write_to(&|_| base.to_owned(), 1, round, stop, while_they_do);
    }

    /// The same at several places: what is not acknowledged at one is sent again to the next, under the same key, so many times at most.
    fn write_to(&self, place: &(dyn Fn(usize) -> String + Sync), tries: usize, round: usize, stop: &AtomicBool, while_they_do: impl FnOnce()) {
        std::thread::scope(|scope| {
            for writer in 0..8 {
                scope.spawn(move || {
                    let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
                    for n in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let key = format!("{round}-{writer}-{n}");
                        let mut told = Vec::new();
                        let entered = (0..tries).find_map(|attempt| {
                            std::thread::sleep(Duration::from_millis(20 * attempt.min(1) as u64));
                            self.try_to_enter(&http, &place(writer + n + attempt), &key).map_err(|code| told.push(code)).ok()
                        });
                        self.sent.lock().unwrap().push((key.clone(), entered.clone()));
                        let Some(id) = entered else {
                            if told.iter().all(|code| NOTHING.contains(&code.as_str())) {
                                self.denied.lock().unwrap().push(key);
                            }
                            continue;
                        };
                        let base = place(writer + n);
                        let note = http.patch(format!("{base}/api/v1/orders/{id}")).bearer_auth(&self.token).header("if-match", "*");
                        if self.told(note.json(&json!({"note": format!("note {n}")}))).is_ok() {
                            self.noted.lock().unwrap().push((id.clone(), n));
                            self.lead(&http, &base, id, WAYS[n % WAYS.len()]);
                        }
                    }
                });
            }
            // Also where what is done meanwhile fails.
            let _stopped = Stop(stop);
            while_they_do();
        });
    }

    /// Leads an order along a way, as far as each step is acknowledged.
    fn lead(&self, http: &reqwest::blocking::Client, base: &str, id: String, way: &[&'static str]) {
        let (mut acknowledged, mut denied) = (Vec::new(), None);
        for action in way {
            let (token, body) = match *action {
                "approve" => (&self.reviewer, json!({})),
                "return" => (&self.reviewer, json!({"remarks": [{"pointer": "/title", "message": "Say more."}]})),
                "lose" => (&self.token, json!({"reason": "competitor"})),
                "cancel" => (&self.token, json!({"reason": "duplicate"})),
                _ => (&self.token, json!({})),
            };
            match self.told(http.post(format!("{base}/api/v1/orders/{id}/{action}")).bearer_auth(token).header("if-match", "*").json(&body)) {
                Ok(_) => acknowledged.push(*action),
                Err(code) => {
                    denied = NOTHING.contains(&code.as_str()).then_some(*action);
                    break;
                }
            }
        }
        self.led.lock().unwrap().push(Led { id, acknowledged, denied });
    }

    /// Every request was answered in time, and what was refused was refused by one of these codes; answers how many were.
    fn refused_by(&self, codes: &[&str], most: Duration) -> usize {
        let (unanswered, slowest) = (self.unanswered.load(Ordering::Relaxed), *self.slowest.lock().unwrap());
        assert!(unanswered == 0 && slowest < most, "{unanswered} without an answer, the slowest after {slowest:?}");
        let refused = std::mem::take(&mut *self.refused.lock().unwrap());
        assert!(refused.iter().all(|code| codes.contains(&code.as_str())), "{refused:?}");
        refused.len()
    }

    /// What a check told is nothing, but for the people here, of whom no event tells.
    fn require_sound(&self, told: Vec<String>) {
        let found: Vec<String> = told.into_iter().filter(|line| !self.people.iter().any(|id| line.contains(&id.to_string()))).collect();
        assert_eq!(found, [""; 0], "what a check finds");
    }

    /// What was acknowledged is there, whole; what was told to have left nothing behind has; what was not acknowledged is there once after it is sent again
    /// under the same key. That each order's history leads by permitted steps to where the order is, is one of the looks of the check.
    fn hold(&self, app: &TestApp, base: &str) {
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let read = |path: &str| -> Value {
            let answer = http.get(format!("{base}/api/v1/orders/{path}")).bearer_auth(&self.token).send().unwrap();
            answer.error_for_status().unwrap_or_else(|e| panic!("an acknowledged order is lost: {e}")).json().unwrap()
        };
        let titles = || -> Vec<Option<String>> { app.state.db.read_here(|c| Ok(orders::table.select(orders::title).load(c)?)).unwrap() };
        let before: BTreeSet<String> = titles().into_iter().flatten().collect();
        for key in self.denied.lock().unwrap().iter() {
            assert!(!before.contains(key), "{key} is stored, and it was told that nothing was");
        }
        for (key, id) in self.sent.lock().unwrap().iter_mut() {
            let sent_again = self.try_to_enter(&http, base, key).unwrap_or_else(|code| panic!("{key} cannot be sent again: {code}"));
            assert_eq!(id.get_or_insert_with(|| sent_again.clone()), &sent_again, "{key} was entered twice");
            let order = read(&sent_again);
            assert_eq!((&order["title"], order["lines"].as_array().map(Vec::len)), (&json!(key), Some(2)), "half an order");
        }
        for (id, n) in self.noted.lock().unwrap().iter() {
            assert_eq!(read(id)["note"], json!(format!("note {n}")), "an acknowledged change is lost");
        }
        for Led { id, acknowledged, denied } in self.led.lock().unwrap().iter() {
            let history = read(&format!("{id}/history"));
            let steps: Vec<&str> = history["data"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
            let mut rest = steps.iter();
            assert!(acknowledged.iter().all(|action| rest.any(|step| step == action)), "{acknowledged:?} were acknowledged, {steps:?} are told");
            assert!(denied.is_none_or(|action| !steps.contains(&action)), "{denied:?} was denied, {steps:?} are told");
        }
        self.require_sound(told(app));
        let mut keys: Vec<String> = self.sent.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
        let mut stored = titles();
        keys.sort();
        stored.sort();
        assert_eq!(stored, keys.into_iter().map(Some).collect::<Vec<_>>(), "each entry once, and no other");
    }
}
