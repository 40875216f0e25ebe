//! The program as it is started: it leaves when it is told to, and one id leads from a request to its log line and its event.
use diesel::prelude::*;
use intent_orders::platform::db::schema::{events, products};
use serde_json::json;

use super::{Reply, Wire};
use crate::harness::{Client, PASSWORD, Program, TestApp, wait};
use intent_orders::identity::Role;

/// Sends a request without a body on a connection that stays open.
fn ask(wire: &mut Wire, path: &str) -> Reply {
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    wire.answer()
}

/// A token from the program itself: its clock is not the test's.
fn token(app: &TestApp, program: &Program) -> String {
    let user = app.user_with_password("li.na", Role::Admin, true);
    let base = program.base();
    let session = Client::new(&base).post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200);
    session.body["access_token"].as_str().unwrap().to_owned()
}

const PRODUCT: &str = r#"{"sku": "A", "name": "Cable"}"#;

/// A connection on which half of a new product has been sent.
fn half_sent(program: &Program, token: &str) -> Wire {
    let mut wire = Wire::open(&program.address);
    wire.send(format!(
        "POST /api/v1/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        PRODUCT.len(),
        &PRODUCT[..9]
    ));
    // One that came later and is answered shows that the first one has arrived.
    assert_eq!(ask(&mut Wire::open(&program.address), "/livez").status, 200);
    wire
}

fn products(app: &TestApp) -> i64 {
    app.state.db.read_here(|c| Ok(products::table.count().get_result(c)?)).unwrap()
}

both! {
    fn who_is_told_to_leave_finishes_what_runs(app: &TestApp) {
        let mut program = Program::of(app, "info");
        let token = token(app, &program);
        let (mut kept, mut idle) = (Wire::open(&program.address), Wire::open(&program.address));
        for wire in [&mut kept, &mut idle] {
            let ready = ask(wire, "/readyz");
            assert_eq!((ready.status, ready.header("connection")), (200, ""));
        }
        let mut write = half_sent(&program, &token);
        program.signal();
        program.line("the drain", |line| line["message"].as_str().unwrap_or_default().contains("not ready"));
        let unready = ask(&mut kept, "/readyz").problem(503, "draining");
        assert_eq!((unready.header("connection"), unready.header("retry-after")), ("close", "2"));
        assert!(kept.is_closed());
        // For a moment whoever asks anew is told so, too; then nobody is let in.
        assert_eq!(ask(&mut Wire::open(&program.address), "/readyz").status, 503);
        wait("a refusal", || std::net::TcpStream::connect(&program.address).is_err().then_some(()));
        assert!(idle.is_closed(), "an idle connection is no reason to stay");
        assert!(program.runs(), "it waits for the write");
        write.send(&PRODUCT[9..]);
        let created = write.answer();
        assert_eq!((created.status, created.header("connection")), (201, "close"), "{created:?}");
        assert_eq!((program.ended(), products(app)), (Some(0), 1));
    }

    fn who_is_told_twice_leaves_at_once(app: &TestApp) {
        let mut program = Program::of(app, "info");
        let token = token(app, &program);
        let mut write = half_sent(&program, &token);
        program.signal();
        program.line("the drain", |line| line["message"].as_str().unwrap_or_default().contains("not ready"));
        program.signal();
        assert_eq!((program.ended(), products(app)), (Some(1), 0));
        assert!(write.is_closed());
    }

    fn an_id_leads_from_a_request_to_its_traces(app: &TestApp) {
        let program = Program::of(app, "trace");
        let (token, base) = (token(app, &program), program.base());
        let admin = Client::new(&base).with("authorization", &format!("Bearer {token}"));
        let created = admin.with("x-request-id", "trace-me.1").post("/api/v1/products", serde_json::from_str(PRODUCT).unwrap()).expect(201);
        assert_eq!(created.header("x-request-id"), "trace-me.1");
        let line = program.line("the access line", |line| line["request_id"] == "trace-me.1");
        assert_eq!([&line["target"], &line["method"], &line["path"], &line["status"]], [&json!("access"), &json!("POST"), &json!("/api/v1/products"), &json!(201)]);
        let id: Vec<Option<String>> = app.state.db.read_here(|c| Ok(events::table.filter(events::kind.eq("product.created")).select(events::request_id).load(c)?)).unwrap();
        assert_eq!(id, [Some("trace-me.1".to_owned())]);
        let refused = admin.with("x-request-id", "trace-me.2").get("/api/v1/products?q=Zhang-San&token=hidden-1234").expect(400);
        assert_eq!(refused.body["request_id"], "trace-me.2");
        let line = program.line("the line of the refusal", |line| line["request_id"] == "trace-me.2");
        assert_eq!(line["path"], "/api/v1/products");
        // Even at the finest level no line holds what was asked for, or with which token.
        for line in program.log.lock().unwrap().iter() {
            for secret in ["Zhang-San", "hidden-1234", PASSWORD, &token] {
                assert!(!line.contains(secret), "{line}");
            }
        }
    }
}
