//! What holds for every address: parameters, media types, methods, sizes, languages.
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";

both! {
    fn an_unknown_parameter_is_refused_with_the_known_ones(app: &TestApp) {
        let answer = app.as_(&app.cast.admin).raw("POST", "/api/v1/imports?validate_onyl=true", "multipart/form-data; boundary=x", "").problem(400, "unknown_parameter");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("validate_onyl") && detail.contains("validate_only"), "{detail}");
        app.nobody().get("/version?x=1").problem(400, "unknown_parameter");
        app.nobody().get("/version?x=%00").problem(400, "bad_parameter");
        app.nobody().get("/version?x=1&x=1").problem(400, "bad_parameter");
    }

    fn a_wrong_method_is_told_the_right_ones(app: &TestApp) {
        for method in ["GET", "PUT", "PATCH", "DELETE", "PROPFIND"] {
            assert_eq!(app.nobody().raw(method, LOGIN, "", "").problem(405, "method_not_allowed").header("allow"), "OPTIONS, POST");
        }
        assert_eq!(app.nobody().raw("POST", "/livez", "", "").problem(405, "method_not_allowed").header("allow"), "GET, HEAD, OPTIONS");
        for nowhere in ["/nothing", "/api/v1/nothing", "/api/v1", "/api/v1/auth/login/", "/api/v2/auth/login", "/%00", "/%ff", "/api/v1/jobs/%2e%2e"] {
            app.as_(&app.cast.admin).get(nowhere).problem(404, "not_found");
        }
    }

    fn media_types_are_negotiated(app: &TestApp) {
        let body = json!({"email": "a@example.com", "password": "wrong password"}).to_string();
        for taken in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"] {
            app.nobody().raw("POST", LOGIN, taken, body.as_str()).problem(401, "bad_credentials");
        }
        for refused in ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json", ""] {
            app.nobody().raw("POST", LOGIN, refused, body.as_str()).problem(415, "unsupported_media_type");
        }
        for taken in ["*/*", "application/*", "application/json", "text/html, */*;q=0.1", "application/problem+json"] {
            app.nobody().with("accept", taken).get("/version").expect(200);
        }
        for refused in ["text/html", "application/json;q=0", "image/*"] {
            app.nobody().with("accept", refused).get("/version").problem(406, "not_acceptable");
        }
    }

    fn a_body_has_a_size(app: &TestApp) {
        let body = |length: usize| json!({"email": "a@example.com", "password": "x".repeat(length)}).to_string();
        assert_eq!(app.nobody().raw("POST", LOGIN, "application/json", body(1_000_000)).problem(422, "invalid").faults(), [("/password", "too_long")]);
        app.nobody().raw("POST", LOGIN, "application/json", body(1 << 20)).problem(413, "too_large");
    }

    fn a_body_is_json_or_refused(app: &TestApp) {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        for body in ["{", "nonsense", r#"{"email": 1, "email": 2}"#, deep.as_str(), "{} {}", "\u{feff}{}", r#"{"email": "\ud800"}"#] {
            app.nobody().raw("POST", LOGIN, "application/json", body).problem(400, "malformed_json");
        }
        app.nobody().raw("POST", LOGIN, "application/json", b"{\"email\": \"\xff\"}".as_slice()).problem(400, "malformed_json");
        // Nothing is an object without fields.
        assert_eq!(app.nobody().raw("POST", LOGIN, "", "").problem(422, "invalid").faults(), [("/email", "required"), ("/password", "required")]);
    }

    fn words_follow_the_caller_and_codes_do_not(app: &TestApp) {
        for (accept, language) in [("", "en"), ("fr", "en"), ("zh", "zh-CN"), ("zh-Hans-CN, en;q=0.8", "zh-CN"), ("zh;q=0.1, en-GB;q=0.9", "en")] {
            let client = if accept.is_empty() { app.nobody() } else { app.nobody().with("accept-language", accept) };
            let answer = client.post(LOGIN, json!({})).problem(422, "invalid");
            assert_eq!(answer.header("content-language"), language, "{accept}");
            let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
            assert_eq!(detail, if language == "en" { "E-mail: this is required." } else { "邮箱：此项必填。" });
        }
    }

    fn a_refused_parameter_has_its_code_and_its_words(app: &TestApp) {
        for (query, code, en, zh) in [
            ("limit=0", "not_in_range", "The query parameter limit is not usable. This is a whole number from 1 to 200.", "查询参数 limit 无法使用。应为 1 至 200 的整数。"),
            ("amount[gte]=much", "not_a_decimal", "This is not a decimal number", "不是有效的十进制数"),
            ("created_at[gte]=soon", "not_a_moment", "-2h, today, this_month", "相对时间"),
            ("status[gt]=won", "unknown_operator", "Operators here are: eq, ne.", "此处可用的运算符：eq, ne。"),
            ("filter={}", "conflicting", "all, any, not, field", "只能提供其中一个"),
            ("sort=colour", "unknown_sort", "means descending", "可用的排序键"),
        ] {
            for (language, words) in [("en", en), ("zh-CN", zh)] {
                let answer = app.as_(&app.cast.rep).with("accept-language", language).get(&format!("/api/v1/orders?{query}")).problem(400, "bad_parameter");
                assert_eq!(answer.faults(), [("", code)], "{query}");
                assert!(answer.body["detail"].as_str().unwrap().contains(words), "{answer}");
            }
        }
    }

    fn a_request_keeps_its_id(app: &TestApp) {
        assert_eq!(app.nobody().with("x-request-id", "abc-1.2_3").get("/nothing").expect(404).body["request_id"], "abc-1.2_3");
        for odd in ["a b", "<script>", &"x".repeat(65)] {
            assert_ne!(app.nobody().with("x-request-id", odd).get("/livez").expect(200).header("x-request-id"), odd);
        }
    }
}
