//! Entering and changing orders: everything that is wrong is told at once, nothing half is stored.
use serde_json::{Value, json};

use super::{act, entered, imported, sound, stock};

both! {
    fn all_faults_come_in_one_answer(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        let answer = rep.post("/api/v1/orders", json!({"title": "x".repeat(201), "status": "won", "colour": "red", "expected_close_date": "31.3.2027", "tags": "no",
            "lines": [{"product": "GTXX Pro", "quantity": "-1", "unit_price": "abc", "amount": "5"}, {"quantity": {}, "unit_price": "-0.01", "discount_rate": 2}]}));
        let answer = answer.problem(422, "invalid");
        assert_eq!(answer.faults(), [
            ("/colour", "unknown_field"), ("/customer_id", "required"), ("/expected_close_date", "not_a_date"), ("/lines/0/amount", "read_only"), ("/lines/0/product", "unknown_product"),
            ("/lines/0/quantity", "below_minimum"), ("/lines/0/unit_price", "not_a_decimal"), ("/lines/1/discount_rate", "above_maximum"), ("/lines/1/product", "required"),
            ("/lines/1/quantity", "wrong_type"), ("/lines/1/unit_price", "below_minimum"), ("/status", "read_only"), ("/tags", "wrong_type"), ("/title", "too_long"),
        ]);
        let product = answer.body["errors"].as_array().unwrap().iter().find(|e| e["pointer"] == "/lines/0/product").unwrap();
        assert_eq!((product["suggestion"].as_str(), product["rule"].as_str()), (Some("GTX Pro"), Some("product_known")));
        assert_eq!(rep.get("/api/v1/orders?include_total=true").expect(200).body["page"]["total"], 0);
        // The same in Chinese: same codes, other words.
        let chinese = rep.with("accept-language", "zh-CN").post("/api/v1/orders", json!({})).problem(422, "invalid");
        assert_eq!(chinese.faults(), [("/customer_id", "required"), ("/lines", "required")]);
        assert!(chinese.body["errors"][0]["detail"].as_str().unwrap().contains('客'), "{chinese}");
    }

    fn an_entry_is_stored_under_standard_names_with_exact_amounts(app: &TestApp) {
        let customer = stock(app);
        let created = entered(app, &customer);
        assert_eq!(created.header("location"), format!("/api/v1/orders/{}", created.id()));
        let order = &created.body;
        assert_eq!((order["number"].as_str(), order["status"].as_str(), order["stage"].as_str(), order["version"].as_i64()), (Some("IO-000001"), Some("draft"), Some("intent"), Some(1)));
        assert_eq!((order["amount"].as_str(), order["lines"][0]["amount"].as_str(), order["lines"][1]["amount"].as_str()), (Some("9324.90"), Some("9159.90"), Some("165.00")));
        assert_eq!((order["lines"][0]["product"]["name"].as_str(), order["lines"][1]["unit_price"].as_str()), (Some("GTX Pro"), Some("55.00")));
        assert_eq!((order["valid_until"].as_str(), order["probability"].as_str(), order["customer"]["id"].as_str()), (Some("2027-06-29"), Some("0.2"), Some(customer.as_str())));
        assert_eq!(order["owner"]["name"], "rep");
        // What POST answered is what GET answers, by id and by number.
        let rep = app.as_(&app.cast.rep);
        for path in [format!("/api/v1/orders/{}", created.id()), "/api/v1/orders/IO-000001".into()] {
            let read = rep.get(&path).expect(200);
            assert_eq!((&read.text, read.etag()), (&created.text, created.etag()));
        }
        rep.clone().with("if-none-match", created.etag()).get("/api/v1/orders/IO-000001").expect(304);
        for wrong in ["IO-000002", "IO-x", "IO-99999999999999999999", "x", "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e"] {
            rep.get(&format!("/api/v1/orders/{wrong}")).problem(404, "not_found");
        }
    }

    fn products_are_found_as_people_write_them(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let with = |product: serde_json::Value| rep.post("/api/v1/orders", json!({"customer_id": customer, "lines": [{"product": product, "quantity": 1}]}));
        for name in ["GTX Pro", "gtx pro", "ＧＴＸ　Ｐｒｏ", "GTX-PRO", "gtxpro"] {
            assert_eq!(with(json!(name)).expect(201).body["lines"][0]["product"]["name"], "GTX Pro", "{name}");
        }
        let id = with(json!("GTX Pro")).body["lines"][0]["product"]["id"].clone();
        with(json!({"id": id})).expect(201);
        with(json!("MG特别版")).problem(422, "invalid");
        with(json!({"id": "x"})).problem(422, "invalid");
    }

    fn a_change_needs_the_version_that_was_read(app: &TestApp) {
        let customer = stock(app);
        let created = entered(app, &customer);
        let (rep, path) = (app.as_(&app.cast.rep), format!("/api/v1/orders/{}", created.id()));
        rep.patch(&path, json!({"title": "b"}), None).problem(428, "if_match_required");
        rep.patch(&path, json!({"title": "b"}), "\"7-x\"").problem(412, "stale");
        let changed = rep.patch(&path, json!({"title": "b", "intent_level": null}), created.etag()).expect(200);
        assert_eq!((changed.body["title"].as_str(), changed.body["version"].as_i64(), &changed.body["intent_level"]), (Some("b"), Some(2), &serde_json::Value::Null));
        assert_eq!(changed.body["lines"], created.body["lines"], "what was absent stays");
        rep.patch(&path, json!({"title": "c"}), created.etag()).problem(412, "stale");
        rep.patch(&path, json!({"title": "c"}), "W/\"2-abc-gzip\"").expect(200);
        // A patch that changes nothing is no new version.
        assert_eq!(rep.patch(&path, json!({"title": "c"}), "*").expect(200).body["version"], 3);
        // Missing rights come before the version, the version before the content.
        app.as_(&app.cast.mate).patch(&path, json!({"title": 5}), None).problem(403, "not_owner");
        app.as_(&app.cast.stranger).patch(&path, json!({"title": 5}), None).problem(404, "not_found");
        app.as_(&app.cast.reviewer).patch(&path, json!({"title": 5}), None).problem(403, "role");
        rep.patch(&path, json!({"title": 5}), "\"1\"").problem(412, "stale");
    }

    fn a_line_sent_with_its_id_keeps_it(app: &TestApp) {
        let customer = stock(app);
        let created = entered(app, &customer);
        let (rep, path) = (app.as_(&app.cast.rep), format!("/api/v1/orders/{}", created.id()));
        let (first, second) = (&created.body["lines"][0]["id"], &created.body["lines"][1]["id"]);
        let changed = rep.patch(&path, json!({"lines": [{"id": second, "product": "MG", "quantity": 1}, {"product": "MG", "quantity": 1}]}), "*").expect(200);
        assert_eq!(changed.body["lines"][0]["id"], *second);
        assert!(changed.body["lines"][1]["id"] != *first && changed.body["amount"] == "110.00");
        let gone = rep.patch(&path, json!({"lines": [{"id": first, "product": "MG", "quantity": 1}]}), "*").problem(422, "invalid");
        assert_eq!(gone.faults(), [("/lines/0/id", "unknown_line")]);
    }

    fn the_edit_table_bars_fields_by_status(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        for status in ["won", "lost", "cancelled", "expired", "in_review"] {
            let path = format!("/api/v1/orders/{}", imported(app, &app.cast.rep, status, json!({})));
            let barred = rep.patch(&path, json!({"title": "x", "lines": [], "note": "n"}), "*").problem(409, "not_editable");
            let expected: &[(&str, &str)] = if status == "in_review" { &[("/lines", "not_editable"), ("/note", "not_editable"), ("/title", "not_editable")] } else { &[("/lines", "not_editable"), ("/title", "not_editable")] };
            assert_eq!(barred.faults(), expected);
            if status != "in_review" {
                assert_eq!(rep.patch(&path, json!({"note": "n", "tags": ["a", "b", "a"]}), "*").expect(200).body["tags"], json!(["a", "b"]));
            }
        }
    }

    fn an_external_reference_belongs_to_one_order(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let mut entry = sound(&customer);
        entry["external_ref"] = json!({"system": "shop", "id": "4711"});
        let first = rep.post("/api/v1/orders", entry.clone()).expect(201);
        assert_eq!(rep.post("/api/v1/orders", entry.clone()).problem(409, "duplicate").faults(), [("/external_ref", "taken")]);
        // An archived order holds no unique value, and can be taken back only while nobody else has it.
        let path = format!("/api/v1/orders/{}", first.id());
        rep.delete(&path, None).problem(428, "if_match_required");
        rep.delete(&path, first.etag()).expect(204);
        rep.get(&path).problem(404, "not_found");
        assert!(rep.get(&format!("{path}?include_archived=true")).expect(200).body["archived_at"].is_string());
        for part in ["actions", "violations"] {
            rep.get(&format!("{path}/{part}")).problem(404, "not_found");
        }
        rep.get(&format!("{path}/violations?include_archived=true")).expect(200);
        let actions = rep.get(&format!("{path}/actions?include_archived=true")).expect(200).body;
        let allowed: Vec<&Value> = actions["data"].as_array().unwrap().iter().filter(|item| item["allowed"] == true).map(|item| &item["action"]).collect();
        assert_eq!(allowed, ["restore"]);
        let second = rep.post("/api/v1/orders", entry).expect(201);
        act(app, &app.cast.rep, first.id(), "restore", json!({})).problem(409, "duplicate");
        rep.delete(&format!("/api/v1/orders/{}", second.id()), "*").expect(204);
        act(app, &app.cast.rep, first.id(), "restore", json!({})).expect(200);
        rep.get(&path).expect(200);
    }

    fn the_customer_is_named_by_id_name_or_reference(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        let entry = |more: serde_json::Value| {
            let mut entry = json!({"lines": [{"product": "MG", "quantity": 1}]});
            for (name, value) in more.as_object().cloned().unwrap() {
                entry[name] = value;
            }
            rep.post("/api/v1/orders", entry)
        };
        entry(json!({"customer_name": "上海华为技术有限公司"})).expect(201);
        assert_eq!(entry(json!({"customer_name": "上海"})).problem(422, "invalid").faults(), [("/customer_name", "unknown_reference")]);
        assert_eq!(entry(json!({"customer_name": "a", "customer_ref": {"system": "x", "id": "y"}})).problem(422, "invalid").faults(), [("/customer_id", "conflicting")]);
        rep.post("/api/v1/customers", json!({"name": "上海华为技术有限公司"})).expect(201);
        assert_eq!(entry(json!({"customer_name": "上海华为技术有限公司"})).problem(422, "invalid").faults(), [("/customer_name", "ambiguous")]);
        rep.post("/api/v1/customers", json!({"name": "B", "external_ref": {"system": "crm", "id": "7"}})).expect(201);
        assert_eq!(entry(json!({"customer_ref": {"system": "crm", "id": "7"}})).expect(201).body["customer"]["name"], "B");
    }

    fn a_refused_entry_leaves_one_row_without_its_values(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        rep.post("/api/v1/orders", json!({"title": "secret plan", "lines": []})).problem(422, "invalid");
        // Wrong types alone are no refusal by the standard.
        rep.post("/api/v1/orders", json!([])).problem(422, "invalid");
        use diesel::prelude::*;
        use intent_orders::platform::db::schema::entry_refusals::dsl;
        use intent_orders::platform::db::{Id, Json};
        let rows: Vec<(Option<Id>, Json)> = app.state.db.read_here(|c| Ok(dsl::entry_refusals.select((dsl::user_id, dsl::rules)).load(c)?)).unwrap();
        assert_eq!(rows, [(Some(app.cast.rep.id), Json(json!(["customer_required", "lines_required"])))]);
    }
}
