//! Many at once: of writers with one version one wins, a request sent many times acts once, an order is decided once, and a walk meets every order
//! that nobody touches exactly once while others come, change and go.
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, User};
use crate::lists::walk;
use crate::orders::{act, entered, imported, sound, stock};

/// Answers that told to come again.
static AGAIN: AtomicUsize = AtomicUsize::new(0);

/// Asks until the program is not too busy: it has few connections here, and says so with 503 or, while the first of its kind is under way, 409.
fn patient(ask: impl Fn() -> Answer) -> Answer {
    for _ in 0..100 {
        let answer = ask();
        if answer.status != 503 && answer.body["code"] != "request_in_progress" {
            return answer;
        }
        assert!(!answer.header("retry-after").is_empty(), "{answer}");
        AGAIN.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never free");
}

/// So many at the same moment; their answers.
fn at_once(count: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let (start, ask) = (Barrier::new(count), &ask);
    let before = AGAIN.load(Ordering::Relaxed);
    let answers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|n| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    patient(|| ask(n))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    eprintln!("{count} at once: told {} times to come again", AGAIN.load(Ordering::Relaxed) - before);
    answers
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut counts, answer| {
        *counts.entry(answer.status).or_default() += 1;
        counts
    })
}

fn orders(app: &TestApp, user: &User) -> i64 {
    app.as_(user).get("/api/v1/orders?include_total=true&limit=1").expect(200).body["page"]["total"].as_i64().unwrap()
}

both! {
    fn of_fifty_writers_with_one_version_one_wins(app: &TestApp) {
        let order = entered(app, &stock(app));
        let path = format!("/api/v1/orders/{}", order.id());
        let answers = at_once(50, |n| app.as_(&app.cast.rep).patch(&path, json!({"title": format!("By writer {n}")}), order.etag()));
        assert_eq!(statuses(&answers), BTreeMap::from([(200, 1), (412, 49)]));
        let won = answers.iter().find(|answer| answer.status == 200).unwrap();
        let now = app.as_(&app.cast.rep).get(&path).expect(200);
        assert_eq!((&now.body, now.body["version"].as_i64()), (&won.body, Some(2)));
        for lost in answers.iter().filter(|answer| answer.status == 412) {
            assert_eq!(lost.body["code"], "stale", "{lost}");
        }
    }

    fn twenty_requests_with_one_key_act_once_and_are_answered_alike(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep).with("idempotency-key", "entered-once");
        let entry = sound(&customer);
        let answers = at_once(20, |_| rep.post("/api/v1/orders", entry.clone()));
        assert_eq!(statuses(&answers), BTreeMap::from([(201, 20)]));
        assert_eq!((answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count(), orders(app, &app.cast.rep)), (1, 1));
        for answer in &answers {
            assert_eq!((&answer.bytes, answer.header("location"), answer.etag()), (&answers[0].bytes, answers[0].header("location"), answers[0].etag()));
        }
        rep.post("/api/v1/orders", json!({"title": "Another"})).problem(422, "key_reused");
        // An action, too, although its version is past after the first.
        let path = format!("/api/v1/orders/{}/submit", answers[0].id());
        let submitted = at_once(20, |_| rep.action(&path, Value::Null, answers[0].etag()));
        assert_eq!(statuses(&submitted), BTreeMap::from([(200, 20)]));
        assert!(submitted.iter().all(|answer| answer.bytes == submitted[0].bytes));
        let history = app.as_(&app.cast.rep).get(&format!("/api/v1/orders/{}/history", answers[0].id())).expect(200).body;
        assert_eq!(history["data"].as_array().unwrap().iter().filter(|step| step["action"] == "submit").count(), 1, "{history}");
        // Another's key is another key.
        app.as_(&app.cast.mate).with("idempotency-key", "entered-once").post("/api/v1/orders", entry).expect(201);
        assert_eq!(orders(app, &app.cast.rep), 2);
    }

    fn a_refusal_and_a_rehearsal_leave_a_key_free(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep).with("idempotency-key", "one");
        let events = |app: &TestApp| app.as_(&app.cast.admin).get("/api/v1/events?limit=200").expect(200).body["data"].as_array().unwrap().len();
        let before = events(app);
        let refused = at_once(5, |_| rep.post("/api/v1/orders", json!({"title": "Without a customer"})));
        assert_eq!(statuses(&refused), BTreeMap::from([(422, 5)]));
        let rehearsed = at_once(5, |_| rep.post("/api/v1/orders?validate_only=true", sound(&customer)));
        assert_eq!(statuses(&rehearsed), BTreeMap::from([(200, 5)]));
        for answer in &rehearsed {
            assert!(answer.body.get("id").is_none() && answer.body.get("number").is_none() && answer.header("etag").is_empty() && answer.header("location").is_empty(), "{answer}");
            assert_eq!((answer.body["amount"].as_str(), answer.body["lines"][0].get("id")), (Some("9324.90"), None));
        }
        assert_eq!((orders(app, &app.cast.rep), events(app)), (0, before));
        let made = rep.post("/api/v1/orders", sound(&customer)).expect(201);
        assert_eq!((made.header("idempotent-replayed"), orders(app, &app.cast.rep)), ("", 1));
        // A rehearsed change, action or batch leaves everything as it was.
        let path = format!("/api/v1/orders/{}", made.id());
        let plain = app.as_(&app.cast.rep);
        assert_eq!(plain.patch(&format!("{path}?validate_only=true"), json!({"title": "Would be"}), made.etag()).expect(200).body["title"], "Would be");
        assert_eq!(plain.action(&format!("{path}/submit?validate_only=true"), Value::Null, made.etag()).expect(200).body["status"], "in_review");
        plain.post("/api/v1/orders/batch?validate_only=true", json!({"items": [sound(&customer), sound(&customer)]})).expect(200);
        plain.patch(&format!("{path}?validate_only=true"), json!({"title": "x"}), "\"9-x\"").problem(412, "stale");
        assert_eq!((plain.get(&path).expect(200).bytes, orders(app, &app.cast.rep)), (made.bytes.clone(), 1));
    }

    fn two_reviewers_at_once_come_to_one_decision(app: &TestApp) {
        let customer = stock(app);
        for round in 0..8 {
            let order = entered(app, &customer);
            let submitted = act(app, &app.cast.rep, order.id(), "submit", Value::Null).expect(200);
            let reviewers = [&app.cast.reviewer, &app.cast.second_reviewer];
            let tag = if round % 2 == 0 { submitted.etag() } else { "*" };
            let answers = at_once(2, |n| {
                let path = |action: &str| format!("/api/v1/orders/{}/{action}", order.id());
                if n == 0 || round % 4 < 2 {
                    return app.as_(reviewers[n]).action(&path("approve"), Value::Null, tag);
                }
                app.as_(reviewers[n]).action(&path("return"), json!({"remarks": [{"pointer": "/title", "message": "Say more."}]}), tag)
            });
            let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "{answers:?}");
            assert!(lost[0].status == 412 || tag == "*" && lost[0].status == 409, "{}", lost[0]);
            let history = app.as_(&app.cast.rep).get(&format!("/api/v1/orders/{}/history", order.id())).expect(200).body;
            let decisions: Vec<&Value> = history["data"].as_array().unwrap().iter().filter(|step| ["approve", "return"].contains(&step["action"].as_str().unwrap())).collect();
            assert_eq!((decisions.len(), &decisions[0]["to_status"]), (1, &won[0].body["status"]), "{history}");
            let now = app.as_(&app.cast.rep).get(&format!("/api/v1/orders/{}", order.id())).expect(200).body;
            assert_eq!((&now["status"], now["remarks"].as_array().unwrap().is_empty()), (&won[0].body["status"], won[0].body["status"] == "pending"));
        }
    }

    fn walks_meet_every_untouched_order_once_whatever_others_do(app: &TestApp) {
        stock(app);
        let rep = &app.cast.rep;
        let made = |n: i64, what: &str| {
            let mut more = json!({"title": format!("{what} {}", n % 5), "lines": [{"product": "MG", "quantity": n % 4 + 1, "unit_price": 10}], "created_at": format!("2026-0{}-0{}", n % 3 + 1, n % 9 + 1)});
            if n % 4 == 0 {
                (more["title"], more["expected_close_date"]) = (Value::Null, Value::Null);
            }
            imported(app, rep, "draft", more)
        };
        let untouched: Vec<String> = (0..40).map(|n| made(n, "Untouched")).collect();
        let touched: Vec<String> = (0..30).map(|n| made(n, "Touched")).collect();
        let done = AtomicBool::new(false);
        let changes = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let busy = |work: &dyn Fn(usize) -> Answer| {
                for n in (0..).take_while(|_| !done.load(Ordering::Relaxed)) {
                    let answer = patient(|| work(n));
                    assert!(answer.status < 300, "{answer}");
                    changes.fetch_add(1, Ordering::Relaxed);
                }
            };
            let customer = app.as_(rep).get("/api/v1/customers").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
            scope.spawn(move || busy(&|n| {
                let mut entry = sound(&customer);
                entry["title"] = json!(format!("New {}", n % 7));
                app.as_(rep).post("/api/v1/orders", entry)
            }));
            let touched = &touched;
            scope.spawn(move || busy(&|n| {
                let body = json!({"title": format!("Changed {}", n % 3), "expected_close_date": if n % 2 == 0 { None } else { Some("2027-05-05") }, "lines": [{"product": "MG", "quantity": n % 6 + 1, "unit_price": 10}]});
                app.as_(rep).patch(&format!("/api/v1/orders/{}", touched[n % 20]), body, "*")
            }));
            scope.spawn(move || busy(&|n| {
                let path = format!("/api/v1/orders/{}", touched[20 + n / 2 % 10]);
                if n % 2 == 0 { app.as_(rep).delete(&path, "*") } else { app.as_(rep).action(&format!("{path}/restore"), Value::Null, "*") }
            }));
            let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for sort in ["created_at", "updated_at", "amount", "expected_close_date", "number", "title"].iter().flat_map(|sort| [(*sort).to_owned(), format!("-{sort}")]) {
                    let all = walk(&app.as_(rep), &format!("sort={sort}"), 9);
                    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
                    for order in &all {
                        *met.entry(order["id"].as_str().unwrap()).or_default() += 1;
                    }
                    for id in &untouched {
                        assert_eq!(met.get(id.as_str()), Some(&1), "{sort}");
                    }
                }
            }));
            done.store(true, Ordering::Relaxed);
            if let Err(why) = walked {
                std::panic::resume_unwind(why);
            }
        });
        assert!(changes.load(Ordering::Relaxed) > 30, "much went on meanwhile");
    }
}
