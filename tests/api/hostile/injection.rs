//! What would be code elsewhere: SQL in parameters and paths, lines in header fields, names and addresses.
use serde_json::{Value, json};

use crate::conventions::table::{self, Op, Resource};
use crate::conventions::world::{World, document, takes_body};
use crate::harness::{Client, PASSWORD, Program, TestApp};
use crate::transport::Wire;
use intent_orders::identity::Role;

/// As they stand in an address.
const SQL: &[&str] = &[
    "%27",
    "%27%20OR%20%271%27=%271",
    "1%20OR%201=1--",
    "%27);DROP%20TABLE%20orders;--",
    "%27%20UNION%20SELECT%20password_hash%20FROM%20users--",
    "%22%20OR%20%22%22=%22",
    "1;SELECT%20pg_sleep(5)",
    "%27||(SELECT%20version())||%27",
    "%25%27%20OR%20TRUE--",
    "%5C%27%20OR%201=1--",
    "NEAR(%22a%22%20%22b%22)*",
    "a%20AND%20(",
    "%F0%9F%92%A3%EF%BC%87%20OR%201=1",
];

/// Where the last part of a query is a value: each documented parameter, plain and with an operator.
fn parameters(resource: &Resource, op: &Op) -> Vec<String> {
    let described = &document()["paths"][resource.path][op.method.to_lowercase()]["parameters"];
    let names = described.as_array().into_iter().flatten().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str());
    names.flat_map(|name| [name.to_owned(), format!("{name}[ne]"), format!("{name}[{}]", "gt%27--")]).collect()
}

both! {
    fn sql_in_a_parameter_is_a_word_like_another(app: &TestApp) {
        let world = World::new(app);
        for status in ["draft", "pending", "won"] {
            world.order(status);
        }
        let (mut faults, mut sent) = (Vec::new(), 0);
        for resource in table::all() {
            for op in resource.ops.iter().filter(|op| op.method == "GET" || takes_body(&resource, op)) {
                let target = resource.target(&world, op);
                for (i, name) in parameters(&resource, op).iter().enumerate() {
                    for sql in SQL.iter().skip(i % 3).step_by(3) {
                        let body = op.body.filter(|_| op.method != "GET").map(|body| body(&world));
                        let answer = world.send(&world.by(op), op, &format!("{}?{name}={sql}", target.path), "", body.as_ref());
                        sent += 1;
                        // A word that is searched or compared is found nowhere; all else is refused.
                        let empty = answer.body["data"].as_array().is_none_or(Vec::is_empty);
                        let fits = answer.status == 200 && (empty || name.ends_with("[ne]") || !answer.text.contains("argon2"));
                        if answer.status >= 500 || !(fits || (400..429).contains(&answer.status)) {
                            faults.push(format!("{name}={sql}: {answer}"));
                        }
                        if name == "q" && answer.status == 200 && !empty && !target.path.contains("/analytics/") {
                            faults.push(format!("{name}={sql} finds: {answer}"));
                        }
                        if ["syntax error", "SQLSTATE", "sqlite", "near \"", "relation \""].iter().any(|word| answer.text.contains(word)) {
                            faults.push(format!("{name}={sql} tells of the database: {answer}"));
                        }
                    }
                }
                // In the place of an id, and in header fields.
                for sql in SQL {
                    if resource.path.contains('{') {
                        let path = ["{id}", "{contact_id}", "{remark_id}", "{code}", "{entity}", "{version}", "{system}"].iter().fold(resource.path.to_owned(), |path, name| path.replace(name, sql));
                        if path.contains("by-external-ref") {
                            continue;
                        }
                        let answer = world.send(&world.by(op), op, &path, "", None);
                        sent += 1;
                        if !(400..429).contains(&answer.status) {
                            faults.push(format!("{answer}"));
                        }
                    }
                }
            }
        }
        for name in ["if-match", "if-none-match", "idempotency-key", "accept-language", "accept", "x-request-id", "accept-encoding", "x-forwarded-for"] {
            for sql in ["' OR 1=1--", "\"1'; DROP TABLE orders;--\"", "1' UNION SELECT 1"] {
                let answer = world.admin().with(name, sql).get("/api/v1/orders");
                assert!(answer.status == 200 || (400..429).contains(&answer.status), "{answer}");
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(sent > 2000, "{sent}");
        // Everything is still there.
        let total = world.admin().get("/api/v1/orders?include_total=true").expect(200).body["page"]["total"].as_i64();
        assert!(total >= Some(3), "rows are gone: {total:?}");
        world.admin().get("/api/v1/users").expect(200);
    }

    fn a_line_in_a_field_is_no_line_of_the_answer(app: &TestApp) {
        let line = "Set-Cookie: stolen=1";
        // As bytes on the wire: a bare return, a bare line feed, a folded line, NUL.
        for break_ in ["\r", "\n", "\r\n ", "\r\n\t", "\0", "\u{b}"] {
            for field in ["X-Request-Id", "Accept-Language", "Idempotency-Key", "Origin", "If-None-Match"] {
                let mut wire = Wire::open(app.address());
                wire.send(format!("GET /version HTTP/1.1\r\nHost: x\r\n{field}: a{break_}{line}\r\nConnection: close\r\n\r\n"));
                let reply = wire.answer();
                assert!(reply.status < 500, "{reply:?}");
                assert!(!reply.head.to_lowercase().contains("set-cookie") && !reply.header("x-request-id").contains(' '), "{field} {break_:?}: {reply:?}");
            }
        }
        // Coded in addresses that come back: in Link, Location and instance.
        for path in [
            "/api/v1/orders?limit=1&q=a%0d%0aSet-Cookie:%20stolen=1",
            "/api/v1/orders/%0d%0aSet-Cookie:%20stolen=1",
            "/problems/%0d%0aSet-Cookie:%20stolen=1",
            "/api/v1/orders/by-external-ref/shop/%0d%0aSet-Cookie:%20stolen=1",
            "/%0d%0aSet-Cookie:%20stolen=1",
        ] {
            for method in ["GET", "PUT", "OPTIONS"] {
                let answer = app.as_(&app.cast.rep).raw(method, path, "", "");
                assert!(answer.status < 500 && answer.headers.get("set-cookie").is_none(), "{answer}");
            }
        }
        // In what is stored and comes back in a header field.
        let ids = ["a\r\nb", "a\nb"].map(|id| json!({"name": "Acme", "external_ref": {"system": "shop", "id": id}}));
        for body in ids {
            let refused = app.as_(&app.cast.rep).post("/api/v1/customers", body).problem(422, "invalid");
            assert_eq!(refused.faults(), [("/external_ref/id", "control_character")]);
        }
    }
}

/// The log of the program: one JSON object a line, whatever is sent.
#[test]
fn a_line_in_a_name_is_no_line_of_the_log() {
    let app = TestApp::on(crate::harness::Kind::Sqlite).unwrap();
    let program = Program::of(&app, "debug");
    let user = app.user_with_password("li.na", Role::Admin, true);
    let base = program.base();
    let client = Client::new(&base);
    let session = client.post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body;
    let admin = client.with("authorization", &format!("Bearer {}", session["access_token"].as_str().unwrap()));
    let forged = r#"{"time":"2026-01-01T00:00:00Z","level":"info","message":"forged"}"#;
    let coded = "%0a%7B%22level%22%3A%22info%22%2C%22message%22%3A%22forged%22%7D%0a%1b%5B31m";
    for path in ["/api/v1/orders", "/api/v1/customers", "/problems", "/nothing"] {
        admin.get(&format!("{path}/{coded}"));
        admin.get(&format!("{path}?q={coded}"));
    }
    admin.with("user-agent", forged).with("referer", forged).get("/api/v1/me").expect(200);
    client.post("/api/v1/auth/login", json!({"email": format!("a@example.com\n{forged}"), "password": format!("x\n{forged}")})).expect(422);
    admin.post("/api/v1/customers", json!({"name": format!("Acme\n{forged}")})).problem(422, "invalid");
    admin.post("/api/v1/customers", json!({"name": "Acme", "note": format!("a\n{forged}")})).expect(201);
    for break_ in ["\r", "\n"] {
        let mut wire = Wire::open(&program.address);
        wire.send(format!("GET /version HTTP/1.1\r\nHost: x\r\nX-Request-Id: a{break_}{forged}\r\nConnection: close\r\n\r\n"));
        assert!(wire.answer().status < 500);
    }
    client.with("x-request-id", "the-last-one").get("/version").expect(200);
    program.line("the last line", |line| line["request_id"] == "the-last-one");
    let log = program.log.lock().unwrap();
    assert!(log.len() > 10);
    for line in log.iter() {
        let parsed: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(parsed["message"] != "forged" && parsed["time"].is_string() && !line.contains('\u{1b}'), "{line}");
    }
}
