//! Who sees and who sets a field: for others a field that they do not see is none.
use serde_json::json;

use super::{enter, with};
use crate::lists::{csv_rows, encoded};
use crate::orders::{act, stock};
use crate::standards::{choices, define, field, publish, rule};

both! {
    fn what_a_role_does_not_see_is_not_there_for_it(app: &TestApp) {
        let customer = stock(app);
        define(app, "orders", json!([
            field("margin", json!({"type": "decimal", "visible_to": ["reviewer", "admin"], "editable_by": ["admin"]})),
            field("grade", json!({"type": "enum", "values": choices(&["a", "b"]), "visible_to": ["admin"], "default": "b"})),
            field("site", json!({"type": "text"})),
        ]));
        publish(app, "orders", json!([rule("small_margin", json!({"kind": "range", "min": "10", "fields": ["custom.margin"], "severity": "warning"}))]));
        let cast = app.cast;
        let (rep, reviewer, admin) = (app.as_(&cast.rep), app.as_(&cast.reviewer), app.as_(&cast.admin));
        let entered = enter(app, &cast.rep, &customer, json!({"site": "A"}));
        assert_eq!(entered.body["custom"], json!({"site": "A"}));
        let path = format!("/api/v1/orders/{}", entered.id());
        let refused = rep.patch(&path, json!({"custom": {"margin": "5", "grde": "a"}}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/custom/grde", "unknown_field"), ("/custom/margin", "unknown_field")]);
        assert!(!refused.text.contains("grade"), "{refused}");
        let set = admin.patch(&path, json!({"custom": {"margin": "5"}}), "*").expect(200);
        assert_eq!(set.body["custom"], json!({"grade": "b", "margin": "5", "site": "A"}));
        assert_eq!(set.body["warnings"][0]["pointer"], "/custom/margin");
        assert_eq!(reviewer.get(&path).expect(200).body["custom"], json!({"margin": "5", "site": "A"}));
        // The rep's own reads, writes, warnings and violations tell nothing of it; what is not seen stays, even where the whole is cleared or replaced.
        let cleared = rep.patch(&path, json!({"custom": null}), "*").expect(200);
        assert_eq!((&cleared.body["custom"], &cleared.body["warnings"]), (&json!({}), &json!([])));
        assert_eq!(rep.get(&format!("{path}/violations")).expect(200).body["data"], json!([]));
        assert_eq!(admin.get(&path).expect(200).body["custom"], json!({"grade": "b", "margin": "5"}));
        let replaced = rep.put("/api/v1/orders/by-external-ref/shop/1", with(&customer, json!({"site": "X"})), None).expect(201);
        admin.patch(&format!("/api/v1/orders/{}", replaced.id()), json!({"custom": {"margin": "7"}}), "*").expect(200);
        rep.put("/api/v1/orders/by-external-ref/shop/1", with(&customer, json!({})), None).expect(200);
        assert_eq!(admin.get(&format!("/api/v1/orders/{}", replaced.id())).expect(200).body["custom"], json!({"grade": "b", "margin": "7"}));
        // Lists, filters, conditions, sorts of tables, views, figures.
        assert!(!rep.get("/api/v1/orders").expect(200).text.contains("margin"));
        assert_eq!(reviewer.get("/api/v1/orders?custom.margin[lt]=6").expect(200).body["data"].as_array().map(Vec::len), Some(1));
        let unknown = rep.get("/api/v1/orders?custom.margin[lt]=6").problem(400, "unknown_parameter");
        assert!(unknown.body["detail"].as_str().unwrap().contains("custom.site") && !unknown.body["detail"].as_str().unwrap().contains("grade"), "{unknown}");
        let condition = json!({"field": "custom.margin", "op": "lt", "value": "6"});
        rep.get(&format!("/api/v1/orders?filter={}", encoded(&condition.to_string()))).problem(400, "bad_parameter");
        let shared = admin.post("/api/v1/views", json!({"entity": "orders", "name": "Thin", "sharing": "organisation", "condition": condition})).expect(201);
        rep.get(&format!("/api/v1/orders?view={}", shared.id())).problem(400, "bad_parameter");
        assert_eq!(reviewer.get(&format!("/api/v1/orders?view={}", shared.id())).expect(200).body["data"].as_array().map(Vec::len), Some(1));
        let header = csv_rows(&rep.with("accept", "text/csv").get("/api/v1/orders").expect(200))[0].join(",");
        assert!(header.contains("custom.site") && !header.contains("margin") && !header.contains("grade"), "{header}");
        rep.with("accept", "text/csv").get("/api/v1/orders?columns=custom.margin").problem(400, "bad_parameter");
        rep.get("/api/v1/analytics/conversion?group_by=custom.grade").problem(400, "bad_parameter");
        admin.get("/api/v1/analytics/conversion?group_by=custom.grade").expect(200);
        // The standard itself, its versions, and what was published: who publishes sees all of it.
        let standard = "/api/v1/standards/orders";
        let seen = |client: &crate::harness::Client<'_>, path: &str| client.get(&format!("{standard}{path}")).expect(200).text;
        for path in ["", "/versions/2", "/versions/3", "/versions/3/changes?from=1"] {
            assert!(!seen(&rep, path).contains("margin") && !seen(&rep, path).contains("grade") && seen(&rep, path).contains("\"site\""), "{path} {}", seen(&rep, path));
            assert!(seen(&reviewer, path).contains("margin") && !seen(&reviewer, path).contains("grade"), "{path}");
            assert!(seen(&admin, path).contains("grade"), "{path}");
        }
        let published = "/api/v1/events?type=standard.published";
        assert!(!rep.get(published).expect(200).text.contains("grade") && admin.get(published).expect(200).text.contains("grade"));
        // Events, by record and in the feed, and what changed between two reviews.
        for path in [format!("{path}/events"), format!("/api/v1/events?record={}", entered.id())] {
            let told = |client: &crate::harness::Client<'_>| client.get(&path).expect(200).text;
            assert!(!told(&rep).contains("margin") && told(&rep).contains("custom.site"), "{}", told(&rep));
            assert!(told(&reviewer).contains("custom.margin") && !told(&reviewer).contains("custom.grade"));
            assert!(told(&admin).contains("custom.margin") && told(&admin).contains("custom.grade"));
        }
        let id = entered.id();
        act(app, &cast.rep, id, "submit", json!({})).expect(200);
        act(app, &cast.reviewer, id, "return", json!({"remarks": [{"pointer": "/title", "message": "Which?"}]})).expect(200);
        admin.patch(&path, json!({"custom": {"margin": "9", "site": "B"}}), "*").expect(200);
        act(app, &cast.rep, id, "submit", json!({})).expect(200);
        let changed = |client: &crate::harness::Client<'_>| client.get(&format!("{path}/review")).expect(200).body["rounds"][1]["changes"].clone();
        assert_eq!(changed(&reviewer), json!({"custom.margin": ["5", "9"], "custom.site": [null, "B"]}));
        assert_eq!(changed(&rep), json!({"custom.site": [null, "B"]}));
    }

    fn what_a_role_sees_and_does_not_set_is_read_only(app: &TestApp) {
        let customer = stock(app);
        define(app, "orders", json!([field("limit", json!({"type": "integer", "editable_by": ["admin"], "default": 3})), field("site", json!({"type": "text"}))]));
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let path = format!("/api/v1/orders/{}", enter(app, &app.cast.rep, &customer, json!({"site": "A"})).id());
        assert_eq!(rep.get(&path).expect(200).body["custom"], json!({"limit": 3, "site": "A"}));
        rep.patch(&path, json!({"custom": {"limit": 3, "site": "B"}}), "*").expect(200);
        for custom in [json!({"limit": 4}), json!({"limit": null})] {
            assert_eq!(rep.patch(&path, json!({"custom": custom}), "*").problem(422, "invalid").faults(), [("/custom/limit", "read_only")]);
        }
        assert_eq!(rep.post("/api/v1/orders", with(&customer, json!({"limit": 5}))).problem(422, "invalid").faults(), [("/custom/limit", "read_only")]);
        assert_eq!(rep.patch(&path, json!({"custom": null}), "*").expect(200).body["custom"], json!({"limit": 3}));
        assert_eq!(admin.patch(&path, json!({"custom": {"limit": 9}}), "*").expect(200).body["custom"], json!({"limit": 9}));
        assert_eq!(rep.get("/api/v1/orders?custom.limit=9").expect(200).body["data"].as_array().map(Vec::len), Some(1));
    }
}
