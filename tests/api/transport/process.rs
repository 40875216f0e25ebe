//! The program as it is started: it leaves when it is told to, and one id leads from a request to its log line and its event.
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use intent_orders::platform::db::DatabaseUrl;
use intent_orders::platform::db::schema::{events, products};
use serde_json::{Value, json};

use super::{Reply, Wire};
use crate::harness::{Client, PASSWORD, TestApp};
use intent_orders::identity::Role;

/// The program, serving on a database of a test.
struct Program {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(app: &TestApp, level: &str) -> Self {
        let url = match &app.state.config.database_url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let secret = "s".repeat(32);
        let settings =
            [("DATABASE_URL", url.as_str()), ("SECRET", &secret), ("LOG_LEVEL", level), ("LISTEN", "127.0.0.1:0"), ("DATABASE_POOL", "2"), ("WORKERS", "1")];
        let folder = tempfile::TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_intent-orders"));
        let mut child = command.arg("serve").envs(settings).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (lines, told) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        let reader = Some(std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| told.lock().unwrap().push(line))));
        let mut program = Self { child, address: String::new(), log, reader, _folder: folder };
        program.address = program.line("an address", |line| line["address"].is_string())["address"].as_str().unwrap().to_owned();
        program
    }

    /// Waits for a line of the log.
    fn line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait(what, || self.log.lock().unwrap().iter().filter_map(|line| serde_json::from_str(line).ok()).find(&wanted))
    }

    fn signal(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for its end; answers its exit code.
    fn ended(&mut self) -> Option<i32> {
        wait("the end", || self.child.try_wait().unwrap()).code()
    }

    fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a request without a body on a connection that stays open.
    fn ask(&self, wire: &mut Wire, path: &str) -> Reply {
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        wire.answer()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Asks again until there is an answer; ten seconds at most.
fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
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
    assert_eq!(program.ask(&mut Wire::open(&program.address), "/livez").status, 200);
    wire
}

fn products(app: &TestApp) -> i64 {
    app.state.db.read_here(|c| Ok(products::table.count().get_result(c)?)).unwrap()
}

both! {
    fn who_is_told_to_leave_finishes_what_runs(app: &TestApp) {
        let mut program = Program::start(app, "info");
        let token = token(app, &program);
        let (mut kept, mut idle) = (Wire::open(&program.address), Wire::open(&program.address));
        for wire in [&mut kept, &mut idle] {
            let ready = program.ask(wire, "/readyz");
            assert_eq!((ready.status, ready.header("connection")), (200, ""));
        }
        let mut write = half_sent(&program, &token);
        program.signal();
        program.line("the drain", |line| line["message"].as_str().unwrap_or_default().contains("not ready"));
        let unready = program.ask(&mut kept, "/readyz").problem(503, "draining");
        assert_eq!((unready.header("connection"), unready.header("retry-after")), ("close", "2"));
        assert!(kept.is_closed());
        // For a moment whoever asks anew is told so, too; then nobody is let in.
        assert_eq!(program.ask(&mut Wire::open(&program.address), "/readyz").status, 503);
        wait("a refusal", || std::net::TcpStream::connect(&program.address).is_err().then_some(()));
        assert!(idle.is_closed(), "an idle connection is no reason to stay");
        assert_eq!(program.child.try_wait().unwrap(), None, "it waits for the write");
        write.send(&PRODUCT[9..]);
        let created = write.answer();
        assert_eq!((created.status, created.header("connection")), (201, "close"), "{created:?}");
        assert_eq!((program.ended(), products(app)), (Some(0), 1));
    }

    fn who_is_told_twice_leaves_at_once(app: &TestApp) {
        let mut program = Program::start(app, "info");
        let token = token(app, &program);
        let mut write = half_sent(&program, &token);
        program.signal();
        program.line("the drain", |line| line["message"].as_str().unwrap_or_default().contains("not ready"));
        program.signal();
        assert_eq!((program.ended(), products(app)), (Some(1), 0));
        assert!(write.is_closed());
    }

    fn an_id_leads_from_a_request_to_its_traces(app: &TestApp) {
        let program = Program::start(app, "trace");
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
