//! Watching the service: numbers, days, and the lines of requests, in which nobody finds a secret or a person.
use intent_orders::system;
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, Program, TestApp, wait};
use intent_orders::identity::Role;

const TOKEN: &str = "metrics-token-of-the-monitoring-system";

/// The value of a line of the metrics.
fn number(text: &str, line: &str) -> Option<f64> {
    text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
}

/// Keeps what was counted, as the chore does.
fn keep(app: &TestApp) {
    (system::CHORE.run)(&app.state).unwrap();
}

both! {
    fn numbers_are_counted_by_operation(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        for _ in 0..3 {
            rep.get("/api/v1/orders").expect(200);
        }
        rep.get("/api/v1/orders/IO-999999").expect(404);
        app.nobody().get("/nowhere").expect(404);
        let answer = app.nobody().get("/metrics").expect(200);
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let at = |line: &str| number(&answer.text, line);
        assert_eq!(at("intent_orders_requests_total{operation=\"orders_list\",status=\"2xx\"}"), Some(3.0), "{answer}");
        assert_eq!(at("intent_orders_requests_total{operation=\"orders_get\",status=\"4xx\"}"), Some(1.0));
        assert_eq!(at("intent_orders_requests_total{operation=\"none\",status=\"4xx\"}"), Some(1.0));
        assert_eq!(at("intent_orders_request_seconds_bucket{operation=\"orders_list\",le=\"+Inf\"}"), Some(3.0));
        assert_eq!(at("intent_orders_request_seconds_count{operation=\"orders_list\"}"), Some(3.0));
        assert!(at("intent_orders_request_seconds_sum{operation=\"orders_list\"}").unwrap() > 0.0);
        assert!(at("intent_orders_statements_total{operation=\"orders_list\"}").unwrap() >= 6.0);
        // The one that asks.
        assert_eq!(at("intent_orders_requests_in_flight"), Some(1.0));
        for line in ["intent_orders_database_size_bytes", "intent_orders_database_wait_seconds_count", "intent_orders_database_connections{state=\"open\"}", "process_resident_memory_bytes"] {
            assert!(at(line).unwrap() > 0.0, "{line}");
        }
        assert_eq!((at("intent_orders_jobs_waiting"), at("intent_orders_jobs_lag_seconds")), (Some(0.0), Some(0.0)));
        let entered = rep.post("/api/v1/customers", json!({"name": "Lakeside"})).expect(201);
        assert!(!entered.id().is_empty());
        let text = app.nobody().get("/metrics").expect(200).text;
        assert!(number(&text, "intent_orders_database_commit_seconds_count").unwrap() >= 1.0);
        let joined = number(&text, "intent_orders_writer_units_count");
        assert_eq!(joined.is_some(), app.state.db.load().writer.is_some());
        assert!(!text.contains(&app.cast.rep.id.to_string()) && !text.contains("Lakeside"));
    }

    fn who_may_read_the_numbers_is_a_setting(app: &TestApp) {
        let guarded = app.instance(&[("METRICS_TOKEN", TOKEN)]);
        guarded.nobody().get("/metrics").problem(401, "missing_token");
        guarded.with_token("another").get("/metrics").problem(401, "invalid_token");
        guarded.as_(&app.cast.admin).get("/metrics").problem(401, "invalid_token");
        guarded.with_token(TOKEN).get("/metrics").expect(200);
        // Behind a proxy everybody seems to ask from this machine.
        for field in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
            app.nobody().with(field, "203.0.113.7").get("/metrics").problem(404, "not_found");
        }
        app.instance(&[("PUBLIC_URL", "https://orders.example.com")]).nobody().get("/metrics").problem(404, "not_found");
        app.instance(&[("PUBLIC_URL", "http://localhost:9000")]).nobody().get("/metrics").expect(200);
    }

    fn administrators_see_how_it_has_done(app: &TestApp) {
        const PATH: &str = "/api/v1/system/performance";
        let admin = app.as_(&app.cast.admin);
        app.as_(&app.cast.reviewer).get(PATH).problem(403, "role");
        app.advance(30);
        let fresh = admin.get(PATH).expect(200).body;
        assert_eq!((fresh["version"].as_str(), fresh["up_seconds"].as_i64(), &fresh["days"]), (Some(env!("CARGO_PKG_VERSION")), Some(30), &json!([])));
        assert_eq!((&fresh["last_backup_at"], &fresh["jobs"]), (&Value::Null, &json!({"waiting": 0, "lag_seconds": 0})));
        assert_eq!((fresh["since_start"]["requests"].as_i64(), fresh["since_start"]["client_error_rate"].as_f64()), (Some(1), Some(1.0)), "{fresh}");
        assert!(fresh["database"]["size_bytes"].as_i64().unwrap() > 0);
        assert_eq!((fresh["instances"].as_array().unwrap().len(), &fresh["instances"][0]["id"]), (1, &fresh["instance"]));
        for _ in 0..7 {
            admin.get("/api/v1/me").expect(200);
        }
        keep(app);
        // Another instance adds to the same day, and both are seen.
        let other = app.instance(&[]);
        other.as_(&app.cast.rep).get("/api/v1/me").expect(200);
        keep(&other);
        keep(&other);
        let told = admin.get(PATH).expect(200).body;
        let day = &told["days"][0];
        assert_eq!((day["date"].as_str(), day["answers"]["requests"].as_i64(), day["up_seconds"].as_i64()), (Some("2026-11-23"), Some(10), Some(30)), "{told}");
        assert_eq!((day["answers"]["availability"].as_f64(), day["answers"]["client_error_rate"].as_f64(), day["answers"]["server_error_rate"].as_f64()), (Some(1.0), Some(0.1), Some(0.0)));
        let [p50, p95, p99] = ["p50_ms", "p95_ms", "p99_ms"].map(|name| day["answers"][name].as_f64().unwrap());
        assert!(p50 > 0.0 && p50 <= p95 && p95 <= p99, "{day}");
        let instances = told["instances"].as_array().unwrap();
        assert_eq!(instances.len(), 2);
        assert!(instances.iter().any(|one| one["id"] == told["instance"]));
        // The next day is another; who leaves is gone, and so is what is older than is kept.
        system::leave(&other.state);
        app.advance(86_400);
        keep(app);
        let told = app.as_(&app.cast.admin).get(PATH).expect(200).body;
        assert_eq!((told["instances"].as_array().unwrap().len(), &told["days"][0]["date"], &told["days"][0]["up_seconds"]), (1, &json!("2026-11-24"), &json!(86_400)));
        assert_eq!(told["days"][1]["answers"]["requests"], 10);
        app.advance(89 * 86_400);
        keep(app);
        let dates: Vec<Value> = app.as_(&app.cast.admin).get(PATH).expect(200).body["days"].as_array().unwrap().iter().map(|day| day["date"].clone()).collect();
        assert_eq!(dates, ["2027-02-21", "2026-11-24"]);
    }

    fn a_new_start_goes_on_with_the_day(app: &TestApp) {
        let once = Program::of(app, "info");
        Client::new(&once.base()).get("/livez").expect(200);
        let mut once = once;
        once.signal();
        assert_eq!(once.ended(), Some(0));
        // Its own clock is the real one, so its day is another than the test's; kept when it left, it is there.
        use diesel::prelude::*;
        use intent_orders::platform::db::schema::{instances, performance_days as days, performance_times as times};
        let kept = app.state.db.read_here(|c| {
            let (successes, seen): (i64, i64) = (days::table.select(days::successes).first(c)?, times::table.select(times::requests).first(c)?);
            Ok((successes, seen, instances::table.count().get_result::<i64>(c)?))
        });
        assert_eq!(kept.unwrap(), (1, 1, 0));
    }

    fn no_line_and_no_number_tells_of_a_secret_or_a_person(app: &TestApp) {
        let program = Program::with(app, "debug", &[("SLOW_REQUEST", "1"), ("METRICS_TOKEN", TOKEN)]);
        let user = app.user_with_password("li.na", Role::Admin, true);
        let base = program.base();
        let nobody = Client::new(&base);
        let session = nobody.post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body;
        nobody.post("/api/v1/auth/login", json!({"email": "nobody-knows@example.com", "password": "not-the-password-7"})).expect(401);
        let (access, refresh) = (session["access_token"].as_str().unwrap().to_owned(), session["refresh_token"].as_str().unwrap().to_owned());
        let admin = nobody.with("authorization", &format!("Bearer {access}"));
        let key = admin.post("/api/v1/api-keys", json!({"name": "Web shop of Zhou", "scopes": ["orders.read"]})).expect(201).body["key"].as_str().unwrap().to_owned();
        nobody.with("authorization", &format!("Bearer {key}")).get("/api/v1/orders?q=Wang-Xiaoming").expect(200);
        nobody.with("authorization", "Bearer forged-token-4711").get("/api/v1/orders").expect(401);
        admin.post("/api/v1/products", json!({"sku": "PMK-77", "name": "Maintenance kit", "list_price": "10", "currency": "CNY"})).expect(201);
        let contact = json!({"name": "Wang Xiaoming", "phone": "13800138000", "email": "wang.xiaoming@example.com"});
        let customer = admin.post("/api/v1/customers", json!({"name": "Hushi Pharmacy", "contacts": [contact], "note": "Prefers mornings"})).expect(201);
        let entry = json!({"title": "For Wang Xiaoming", "customer_id": customer.id(), "currency": "CNY", "expected_close_date": "2037-01-01", "note": "Call 13800138000",
            "lines": [{"product": "PMK-77", "quantity": "1"}]});
        let order = admin.with("idempotency-key", "key-of-the-entry").post("/api/v1/orders", entry).expect(201);
        let path = format!("/api/v1/orders/{}", order.id());
        admin.patch(&path, json!({"note": "Wang Xiaoming rang"}), "*").expect(200);
        admin.post(&format!("{path}/follow-ups"), json!({"at": "2026-11-23T08:00:00Z", "channel": "phone", "content": "Spoke to Wang Xiaoming"})).expect(201);
        admin.get("/api/v1/customers?name=Hushi+Pharmacy").expect(200);
        admin.get("/api/v1/customers/wang.xiaoming@example.com").expect(404);
        nobody.get("/wang.xiaoming@example.com").expect(404);
        nobody.post("/api/v1/auth/refresh", json!({"refresh_token": refresh})).expect(200);
        nobody.with("authorization", &format!("Bearer {TOKEN}")).get("/metrics").expect(200);
        let metrics = nobody.with("authorization", &format!("Bearer {TOKEN}")).get("/metrics").expect(200).text;

        let line = program.line("the line of the patch", |line| line["target"] == "access" && line["operation"] == "orders_update");
        assert_eq!((&line["path"], &line["method"], &line["status"], &line["user"]), (&json!("/api/v1/orders/{id}"), &json!("PATCH"), &json!(200), &json!(user.id)));
        assert!(line["ms"].as_f64().unwrap() > 0.0 && line["bytes"].as_i64().unwrap() > 100 && line["statements"].as_i64().unwrap() > 3, "{line}");
        let line = program.line("the line of what is nowhere", |line| line["target"] == "access" && line["status"] == 404 && line["operation"] == "-");
        assert_eq!(line["path"], "-");
        // A password is held against its hash for longer than that.
        let slow = program.line("a slow request", |line| line["level"] == "warn" && line["operation"] == "auth_login" && line["status"] == 200);
        let slowest = slow["slowest"].as_array().unwrap();
        assert!(slowest.iter().any(|one| one["statement"].as_str().unwrap().to_lowercase().contains("from") && one["ms"].is_number() && one["times"].as_u64() >= Some(1)), "{slow}");
        wait("the last line", || program.log.lock().unwrap().iter().filter(|line| line.contains("\"service_metrics\"")).nth(1).cloned());
        let log = program.log.lock().unwrap();
        for text in log.iter().chain([&metrics]) {
            for hidden in [
                PASSWORD, "not-the-password-7", &access, &refresh, &key, "forged-token-4711", TOKEN, "key-of-the-entry", "Bearer", "nobody-knows", "li.na", "example.com",
                "Zhou", "Wang", "Xiaoming", "xiaoming", "13800138000", "Hushi", "Prefers mornings", "Maintenance kit", "PMK-77", order.id(),
            ] {
                assert!(!text.contains(hidden), "{hidden} is told in {text}");
            }
        }
    }
}
