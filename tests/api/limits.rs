//! Rate limits: what counts, what is told, when it is too much, and whose address it is.
use serde_json::json;

use crate::harness::{Answer, TestApp};

const ME: &str = "/api/v1/me";

fn told(answer: &Answer) -> (&str, &str) {
    (answer.header("ratelimit-policy"), answer.header("ratelimit"))
}

fn login(app: &TestApp, forwarded: Option<&str>) -> Answer {
    let nobody = app.nobody();
    let client = if let Some(forwarded) = forwarded { nobody.with("x-forwarded-for", forwarded) } else { nobody };
    client.post("/api/v1/auth/login", json!({"email": "x"}))
}

both! {
    fn a_caller_has_so_many_units_a_minute(app: &TestApp) {
        let low = app.instance(&[("RATE_LIMIT", "60")]);
        let rep = low.as_(&app.cast.rep);
        let first = rep.get(ME).expect(200);
        assert_eq!(told(&first), ("\"default\";q=60;w=60", "\"default\";r=59;t=1"));
        // Refusals count and are told as well.
        assert_eq!(told(&rep.get("/api/v1/jobs/x").problem(403, "role")).1, "\"default\";r=58;t=2");
        assert_eq!(told(&rep.get("/api/v1/users?colour=red").problem(400, "unknown_parameter")).1, "\"default\";r=57;t=3");
        assert_eq!(told(&rep.get("/api/v1/users/junk").problem(404, "not_found")).1, "\"default\";r=56;t=4");
        let upload = |client: &crate::harness::Client<'_>| client.raw("POST", "/api/v1/imports", "multipart/form-data; boundary=x", "");
        assert_eq!(told(&upload(&rep).problem(403, "role")).1, "\"default\";r=6;t=54");
        let refused = upload(&rep).problem(429, "too_many_requests");
        assert_eq!((refused.header("retry-after"), told(&refused)), ("44", ("\"default\";q=60;w=60", "\"default\";r=0;t=44")));
        assert!(refused.body["detail"].as_str().unwrap().contains("44 s"));
        // A cheap call still passes; another caller is another matter, and so is another instance without a limit.
        assert_eq!(told(&rep.get(ME).expect(200)).1, "\"default\";r=5;t=55");
        assert_eq!(told(&low.as_(&app.cast.mate).get(ME).expect(200)).1, "\"default\";r=59;t=1");
        assert_eq!(told(&app.as_(&app.cast.rep).get(ME).expect(200)), ("", ""));
        app.advance(45);
        assert_eq!(told(&upload(&rep).problem(403, "role")).1, "\"default\";r=0;t=60");
        rep.get(ME).problem(429, "too_many_requests");
        app.advance(1);
        rep.get(ME).expect(200);
    }

    fn a_key_is_counted_by_itself(app: &TestApp) {
        let low = app.instance(&[("RATE_LIMIT", "60")]);
        let rep = low.as_(&app.cast.rep);
        let key = rep.post("/api/v1/api-keys", json!({"name": "x", "scopes": ["orders.read"]})).expect(201).body["key"].as_str().unwrap().to_owned();
        assert_eq!(told(&low.with_token(&key).get(ME).expect(200)).1, "\"default\";r=59;t=1");
        assert_eq!(told(&rep.get(ME).expect(200)).1, "\"default\";r=58;t=2");
        // The address is not asked: nobody is limited who is not known.
        assert_eq!(told(&low.nobody().get(ME).problem(401, "missing_token")), ("", ""));
        assert_eq!(told(&low.nobody().get("/version").expect(200)), ("", ""));
    }

    fn an_address_has_so_many_tries_a_minute(app: &TestApp) {
        let low = app.instance(&[("LOGIN_RATE_LIMIT", "3")]);
        assert_eq!(told(&login(&low, None).problem(422, "invalid")), ("\"login\";q=3;w=60", "\"login\";r=2;t=20"));
        low.nobody().post("/api/v1/auth/refresh", json!({"refresh_token": "junk"})).problem(401, "invalid_token");
        low.as_(&app.cast.rep).post("/api/v1/auth/password", json!({})).problem(422, "invalid");
        for body in [json!({"email": "x"}), json!({})] {
            let refused = low.nobody().post("/api/v1/auth/login", body).problem(429, "too_many_requests");
            assert_eq!((refused.header("retry-after"), told(&refused).1), ("20", "\"login\";r=0;t=20"));
        }
        low.as_(&app.cast.rep).post("/api/v1/auth/password", json!({})).problem(429, "too_many_requests");
        // Whoever is in goes on, and may leave.
        low.as_(&app.cast.rep).get(ME).expect(200);
        low.nobody().post("/api/v1/auth/logout", json!({"refresh_token": "junk"})).expect(204);
        // What a client says of its address moves nobody who does not trust it.
        login(&low, Some("203.0.113.1")).problem(429, "too_many_requests");
        app.advance(20);
        login(&low, None).problem(422, "invalid");
        login(&low, None).problem(429, "too_many_requests");
    }

    fn behind_a_trusted_proxy_the_clients_address_counts(app: &TestApp) {
        let low = app.instance(&[("LOGIN_RATE_LIMIT", "1"), ("RATE_LIMIT", "60"), ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.1")]);
        login(&low, Some("203.0.113.1")).problem(422, "invalid");
        login(&low, Some("6.6.6.6, 203.0.113.1, 10.0.0.1")).problem(429, "too_many_requests");
        login(&low, Some("203.0.113.2")).problem(422, "invalid");
        login(&low, None).problem(422, "invalid");
        login(&low, Some("203.0.113.1, garbage")).problem(429, "too_many_requests");
        // Where both limits count, both are told.
        let both = low.as_(&app.cast.rep).with("x-forwarded-for", "203.0.113.3").post("/api/v1/auth/password", json!({})).problem(422, "invalid");
        assert_eq!(told(&both), ("\"default\";q=60;w=60, \"login\";q=1;w=60", "\"default\";r=59;t=1, \"login\";r=0;t=60"));
    }
}
