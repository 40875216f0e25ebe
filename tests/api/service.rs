//! The addresses at the root.
use serde_json::json;

both! {
    fn the_root_answers_without_a_token(app: &TestApp) {
        let nobody = app.nobody();
        assert_eq!(nobody.get("/livez").expect(200).body, json!({"status": "ok"}));
        assert_eq!(nobody.get("/readyz").expect(200).body, json!({"status": "ok"}));
        assert_eq!(nobody.get("/version").expect(200).body["name"], "intent-orders");
        assert_eq!(nobody.get("/openapi.json").expect(200).body["openapi"], "3.1.0");
        assert_eq!(nobody.get("/docs").expect(308).header("location"), "docs/");
        assert!(nobody.get("/docs/").expect(200).text.contains("swagger-ui"));
        assert!(nobody.head("/livez").expect(200).text.is_empty());
    }

    fn who_is_shutting_down_is_not_ready(app: &TestApp) {
        app.state.draining.store(true, std::sync::atomic::Ordering::Relaxed);
        app.nobody().get("/readyz").problem(503, "draining");
        app.nobody().get("/livez").expect(200);
    }

    fn every_kind_of_problem_is_described(app: &TestApp) {
        let stale = app.nobody().get("/problems/stale").expect(200).body;
        assert_eq!((stale["code"].as_str(), stale["status"].as_u64()), (Some("stale"), Some(412)));
        let chinese = app.nobody().with("accept-language", "zh-CN").get("/problems/stale").expect(200).body;
        assert_eq!(chinese["title"], "记录已被修改");
        app.nobody().get("/problems/nothing").problem(404, "not_found");
    }
}
