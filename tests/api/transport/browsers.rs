//! What pages of other origins may ask and read, and what browsers are told.
use actix_web::middleware::from_fn;
use actix_web::rt::System;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::{App, HttpRequest, web};
use intent_orders::platform::web::cors::Origins;
use intent_orders::platform::web::{cors, envelope, security};
use serde_json::json;

use super::Wire;
use crate::harness::{Answer, TestApp};

const PAGE: &str = "https://app.example.com";

/// A program that pages of one origin may call, and that takes one try to log in a minute.
fn open_to_a_page(app: &TestApp) -> TestApp {
    app.beside(|config| {
        config.cors_origins = Origins::parse(PAGE).unwrap();
        config.login_rate_limit = Some(1);
    })
}

fn is_readable(answer: &Answer) -> bool {
    let exposed = answer.header("access-control-expose-headers");
    let all = ["ETag", "Location", "Link", "Retry-After", "RateLimit", "X-Request-Id", "Idempotent-Replayed", "WWW-Authenticate", "Content-Disposition"];
    let names: Vec<_> = exposed.split(", ").collect();
    answer.header("access-control-allow-origin") == PAGE && all.iter().all(|name| names.contains(name))
}

both! {
    fn a_page_of_the_list_may_ask_and_read_refusals_too(app: &TestApp) {
        let app = open_to_a_page(app);
        let page = app.nobody().with("origin", PAGE);
        let login = || page.post("/api/v1/auth/login", json!({"email": "a@example.com", "password": "wrong password"}));
        let answers = [page.get("/livez").expect(200), page.get("/nothing").expect(404), page.get("/api/v1/orders").expect(401), login(), login().expect(429),
            page.raw("PUT", "/livez", "", "").expect(405), page.get(&format!("/livez?{}", "x".repeat(17_000))).expect(414), app.as_(&app.cast.rep).with("origin", PAGE).get("/api/v1/orders").expect(200)];
        for answer in answers {
            assert!(is_readable(&answer), "{answer}");
            assert!(answer.header("vary").split(", ").any(|name| name == "Origin"), "{answer}");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
        // A fault of ours can be read as well; the client of the tests takes none.
        let rename = |sql: &'static str| app.state.db.write_here(move |tx| Ok(diesel::connection::SimpleConnection::batch_execute(tx, sql)?)).unwrap();
        rename("alter table standards rename to gone");
        let mut wire = Wire::open(app.address());
        wire.send(format!("GET /api/v1/standards/orders HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\nAuthorization: Bearer {}\r\n\r\n", app.token(&app.cast.rep)));
        let fault = wire.answer().problem(500, "internal");
        assert_eq!(fault.header("access-control-allow-origin"), PAGE);
        rename("alter table gone rename to standards");
    }

    fn a_preflight_tells_methods_and_fields(app: &TestApp) {
        let app = open_to_a_page(app);
        let ask = |origin: &str, path: &str| {
            let client = app.nobody().with("origin", origin).with("access-control-request-method", "PATCH").with("access-control-request-headers", "authorization,if-match");
            client.raw("OPTIONS", path, "", "")
        };
        let answer = ask(PAGE, "/api/v1/orders/x").expect(204);
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("access-control-allow-methods")), (PAGE, answer.header("allow")));
        assert!(answer.header("allow").contains("PATCH"), "{answer}");
        for name in ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Accept", "Accept-Language", "X-Request-Id"] {
            assert!(answer.header("access-control-allow-headers").split(", ").any(|n| n == name), "{name}");
        }
        assert!(answer.header("vary").ends_with("Origin"), "{answer}");
        let other = ask("https://other.example.com", "/api/v1/orders/x").expect(204);
        assert!(!other.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{other}");
        assert!(other.header("vary").ends_with("Origin"), "{other}");
        ask(PAGE, "/api/v1/nothing").problem(404, "not_found");
    }

    fn every_origin_or_none_is_possible_too(app: &TestApp) {
        let open = app.beside(|config| config.cors_origins = Origins::Any);
        let answer = open.nobody().with("origin", "null").get("/livez").expect(200);
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("*", ""));
        let answer = app.nobody().with("origin", PAGE).get("/livez").expect(200);
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{answer}");
    }

    fn every_answer_tells_browsers_to_be_careful(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let answers = [rep.get("/livez").expect(200), rep.get("/api/v1/orders").expect(200), rep.get("/nothing").expect(404), app.nobody().get("/api/v1/orders").expect(401), rep.raw("OPTIONS", "/livez", "", "").expect(204), rep.get("/openapi.json").expect(200)];
        for answer in answers {
            for (name, value) in [
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-resource-policy", "same-origin"),
                ("strict-transport-security", "max-age=31536000"),
                ("server", ""),
            ] {
                assert_eq!(answer.header(name), value, "{answer}");
            }
        }
        let docs = rep.get("/docs/").expect(200);
        assert!(docs.header("content-security-policy").contains("script-src 'self'; style-src 'self' 'unsafe-inline'") && !docs.text.contains("<script>"), "{docs}");
        let plain = app.beside(|config| config.public_url = "http://127.0.0.1:8080".into());
        assert_eq!(plain.nobody().get("/livez").expect(200).header("strict-transport-security"), "");
    }

    fn the_answer_to_a_panic_is_an_answer_like_every_other(app: &TestApp) {
        let state = app.beside(|config| config.cors_origins = Origins::Any).state.clone();
        let answer = System::new().block_on(async move {
            let broken = web::to(|request: HttpRequest| async move { if request.path() == "/broken" { panic!("a bug") } else { "sound" } });
            let layers = App::new().app_data(web::Data::new(state)).route("/broken", broken).wrap(from_fn(envelope::wrap)).wrap(from_fn(cors::wrap)).wrap(from_fn(security::wrap));
            let service = init_service(layers).await;
            let request = TestRequest::with_uri("/broken").insert_header(("origin", PAGE)).insert_header(("x-request-id", "abc")).to_request();
            try_call_service(&service, request).await.err().unwrap().error_response()
        });
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap()).unwrap_or_default();
        assert_eq!((answer.status().as_u16(), header("content-type")), (500, "application/problem+json"));
        assert_eq!([header("access-control-allow-origin"), header("x-frame-options"), header("x-request-id")], ["*", "DENY", "abc"]);
    }
}
