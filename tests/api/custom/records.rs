//! What is written under `custom` is read again, by every way in; what is wrong with it is told with its place.
use serde_json::{Value, json};

use super::{enter, every_type, fields, with};
use crate::orders::{act, stock};
use crate::standards::{choices, define, field, publish, rule};

both! {
    fn every_type_is_written_and_read(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let rep = app.as_(&app.cast.rep);
        let product = rep.get("/api/v1/products?sku=MG").expect(200).body["data"][0]["id"].clone();
        let sent = json!({"site": "  华东厂区 ", "seats": 12, "budget": 2500.5, "approved": false, "needed_by": "2027-01-31", "tier": "gold", "channels": ["fair", "web", "fair"],
            "reseller": customer, "replaces": "mg 特别版", "sponsor": app.cast.mate.email()});
        let entered = enter(app, &app.cast.rep, &customer, sent);
        let read = json!({"site": "华东厂区", "seats": 12, "budget": "2500.5", "approved": false, "needed_by": "2027-01-31", "tier": "gold", "channels": ["web", "fair"],
            "reseller": {"id": customer, "name": "上海华为技术有限公司"}, "replaces": {"id": product, "name": "MG 特别版"}, "sponsor": {"id": app.cast.mate.id, "name": "mate"}});
        assert_eq!(entered.body["custom"], read);
        let path = format!("/api/v1/orders/{}", entered.id());
        assert_eq!(rep.get(&path).expect(200).text, entered.text);
        assert_eq!(rep.get("/api/v1/orders").expect(200).body["data"][0]["custom"], read);
        // What was read can be sent again: nothing changes.
        assert_eq!(rep.patch(&path, json!({"custom": read}), entered.etag()).expect(200).text, entered.text);
        // A merge: what is absent stays, null clears.
        let patched = rep.patch(&path, json!({"custom": {"seats": null, "channels": [], "budget": "1"}}), "*").expect(200);
        let mut left = read.clone();
        for key in ["seats", "channels"] {
            left.as_object_mut().unwrap().remove(key);
        }
        left["budget"] = json!("1");
        assert_eq!((&patched.body["custom"], patched.body["version"].as_i64()), (&left, Some(2)));
        let told = rep.get(&format!("{path}/events")).expect(200).body["data"][1]["changes"].clone();
        assert_eq!(told, json!({"custom.budget": ["2500.5", "1"], "custom.channels": [["web", "fair"], null], "custom.seats": [12, null]}));
        assert_eq!(rep.patch(&path, json!({"custom": null}), "*").expect(200).body["custom"], json!({}));
        // New ones get the defaults, unless they say otherwise.
        assert_eq!(enter(app, &app.cast.rep, &customer, json!({})).body["custom"], json!({"tier": "silver"}));
        assert_eq!(enter(app, &app.cast.rep, &customer, json!({"tier": null})).body["custom"], json!({}));
    }

    fn every_fault_is_told_with_its_place(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let rep = app.as_(&app.cast.rep);
        let wrong = json!({"site": "x".repeat(21), "seats": 1.5, "budget": "2.505", "approved": "yes", "needed_by": "2019-12-31", "tier": "tin", "channels": ["web", "tv"],
            "reseller": "Nobody Ltd", "replaces": "MG 特别", "sponsor": "nobody@example.com", "sponsr": 1});
        let refused = rep.post("/api/v1/orders", with(&customer, wrong.clone())).problem(422, "invalid");
        let expected = [
            ("/custom/approved", "wrong_type"),
            ("/custom/budget", "too_many_decimals"),
            ("/custom/channels/1", "not_one_of"),
            ("/custom/needed_by", "date_too_early"),
            ("/custom/replaces", "unknown_product"),
            ("/custom/reseller", "unknown_reference"),
            ("/custom/seats", "too_many_decimals"),
            ("/custom/site", "too_long"),
            ("/custom/sponsor", "unknown_reference"),
            ("/custom/sponsr", "unknown_field"),
            ("/custom/tier", "not_one_of"),
        ];
        assert_eq!(refused.faults(), expected);
        let suggestion = |pointer: &str| refused.body["errors"].as_array().unwrap().iter().find(|fault| fault["pointer"] == pointer).unwrap()["suggestion"].clone();
        assert_eq!((suggestion("/custom/sponsr"), suggestion("/custom/replaces")), (json!("sponsor"), json!("MG 特别版")));
        // Every way in says the same.
        let batch = rep.post("/api/v1/orders/batch?atomic=false", json!({"items": [with(&customer, wrong.clone())]})).expect(207);
        assert_eq!(batch.body["data"][0]["problem"]["errors"], refused.body["errors"]);
        let put = rep.put("/api/v1/orders/by-external-ref/shop/1", with(&customer, wrong.clone()), None).problem(422, "invalid");
        assert_eq!(put.body["errors"], refused.body["errors"]);
        let entered = enter(app, &app.cast.rep, &customer, json!({}));
        let patched = rep.patch(&format!("/api/v1/orders/{}", entered.id()), json!({"custom": wrong}), "*").problem(422, "invalid");
        assert_eq!(patched.body["errors"], refused.body["errors"]);
        assert_eq!(rep.patch(&format!("/api/v1/orders/{}", entered.id()), json!({"custom": 5}), "*").problem(422, "invalid").faults(), [("/custom", "wrong_type")]);
        let tried = rep.post("/api/v1/orders?validate_only=true", with(&customer, json!({"seats": 3}))).expect(200);
        assert_eq!(tried.body["custom"], json!({"seats": 3, "tier": "silver"}));
    }

    fn a_replacement_clears_what_it_leaves_out(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let rep = app.as_(&app.cast.rep);
        let path = "/api/v1/orders/by-external-ref/shop/1";
        let first = rep.put(path, with(&customer, json!({"seats": 3, "site": "A", "tier": "gold"})), None).expect(201);
        assert_eq!(rep.put(path, with(&customer, json!({"seats": 3, "site": "A", "tier": "gold"})), None).expect(200).body["version"], 1);
        let second = rep.put(path, with(&customer, json!({"seats": 4})), None).expect(200);
        assert_eq!(second.body["custom"], json!({"seats": 4, "tier": "silver"}));
        assert_eq!((first.id(), rep.put(path, with(&customer, json!({"seats": 4})), None).expect(200).body["version"].as_i64()), (second.id(), Some(2)));
        assert_eq!(rep.get("/api/v1/orders?custom.site=A").expect(200).body["data"], json!([]));
    }

    fn rules_speak_of_custom_fields(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let rules = json!([
            rule("budget_for_gold", json!({"kind": "required", "fields": ["custom.budget"], "when": {"field": "custom.tier", "op": "eq", "value": "gold"}})),
            rule("within_budget", json!({"kind": "sum", "max_field": "custom.budget", "fields": ["lines[].amount"]})),
            rule("one_site", json!({"kind": "unique", "fields": ["customer_id", "custom.site"]})),
            rule("few_channels", json!({"kind": "count", "max": 1, "fields": ["custom.channels"], "severity": "warning"})),
            rule("sponsored", json!({"kind": "required", "fields": ["custom.sponsor"], "on": "submit"})),
        ]);
        publish(app, "orders", rules);
        let rep = app.as_(&app.cast.rep);
        let refused = |custom: Value| {
            let answer = rep.post("/api/v1/orders", with(&customer, custom)).problem(422, "invalid");
            answer.body["errors"].as_array().unwrap().iter().map(|f| format!("{} {} {}", f["pointer"].as_str().unwrap(), f["code"].as_str().unwrap(), f["rule"].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(refused(json!({"tier": "gold"})), ["/custom/budget required budget_for_gold"]);
        assert_eq!(refused(json!({"tier": "gold", "budget": "100"})), ["/lines sum_above_maximum within_budget"]);
        // What is faulted already is not told a second time.
        assert_eq!(rep.post("/api/v1/orders", with(&customer, json!({"tier": "gold", "budget": "x"}))).problem(422, "invalid").faults(), [("/custom/budget", "not_a_decimal")]);
        let first = enter(app, &app.cast.rep, &customer, json!({"site": "A", "channels": ["web", "fair"]}));
        assert_eq!(first.body["warnings"][0]["pointer"], "/custom/channels");
        assert_eq!(refused(json!({"site": "A"})), ["/custom/site not_unique one_site"]);
        let id = enter(app, &app.cast.rep, &customer, json!({"site": "B"})).id().to_owned();
        assert_eq!(act(app, &app.cast.rep, &id, "submit", json!({})).problem(422, "invalid").faults(), [("/custom/sponsor", "required")]);
        // An old record is refused only what a change touches.
        let path = format!("/api/v1/orders/{}", first.id());
        publish(app, "orders", json!([rule("short_site", json!({"kind": "length", "min": 5, "fields": ["custom.site"]}))]));
        let untouched = rep.patch(&path, json!({"title": "Other", "custom": {"seats": 5}}), "*").expect(200);
        assert_eq!(untouched.body["warnings"][0]["rule"], "short_site");
        assert_eq!(rep.patch(&path, json!({"custom": {"site": "AA"}}), "*").problem(422, "invalid").faults(), [("/custom/site", "too_short")]);
        assert_eq!(rep.get(&format!("{path}/violations")).expect(200).body["data"][0]["pointer"], "/custom/site");
    }

    fn what_is_retired_stays_readable(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let rep = app.as_(&app.cast.rep);
        let path = format!("/api/v1/orders/{}", enter(app, &app.cast.rep, &customer, json!({"site": "A", "tier": "gold"})).id());
        let mut after = fields();
        after[0]["retired"] = json!(true);
        after[5]["values"] = choices(&["gold!", "silver", "tin!"]);
        define(app, "orders", after);
        assert_eq!(rep.get(&path).expect(200).body["custom"], json!({"site": "A", "tier": "gold"}));
        assert_eq!(rep.get("/api/v1/orders?custom.site=A&custom.tier=gold").expect(200).body["data"].as_array().map(Vec::len), Some(1));
        // The same again is no change; another value is none that is taken; clearing it is.
        rep.patch(&path, json!({"custom": {"site": "A", "tier": "gold", "seats": 4}}), "*").expect(200);
        let refused = rep.patch(&path, json!({"custom": {"site": "B", "tier": "tin"}}), "*").problem(422, "invalid");
        assert_eq!(refused.faults(), [("/custom/site", "field_retired"), ("/custom/tier", "not_one_of")]);
        assert_eq!(rep.post("/api/v1/orders", with(&customer, json!({"site": "C"}))).problem(422, "invalid").faults(), [("/custom/site", "field_retired")]);
        assert_eq!(rep.patch(&path, json!({"custom": {"site": null}}), "*").expect(200).body["custom"], json!({"seats": 4, "tier": "gold"}));
    }

    fn reviews_are_chosen_by_them(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let admin = app.as_(&app.cast.admin);
        let policy = |field: &str| json!({"tolerance": "0", "policies": [{"code": "gold", "labels": {"en": "Gold", "zh-CN": "金牌"}, "when": {"field": field, "op": "eq", "value": "gold"}, "steps": []}]});
        assert_eq!(admin.put("/api/v1/settings/review", policy("custom.tear"), "*").problem(422, "invalid").faults(), [("/policies/0/when/field", "not_one_of")]);
        admin.put("/api/v1/settings/review", policy("custom.tier"), "*").expect(200);
        for (tier, status) in [("gold", "pending"), ("silver", "in_review")] {
            let id = enter(app, &app.cast.rep, &customer, json!({"tier": tier})).id().to_owned();
            assert_eq!(act(app, &app.cast.rep, &id, "submit", json!({})).expect(200).body["status"], status, "{tier}");
        }
    }

    fn customers_and_products_have_them_as_well(app: &TestApp) {
        define(app, "customers", json!([field("credit", json!({"type": "decimal"})), field("keeper", json!({"type": "user"})), field("size", json!({"type": "enum", "values": choices(&["s", "m"]), "default": "s"}))]));
        define(app, "products", json!([field("weight", json!({"type": "decimal", "scale": 3})), field("maker", json!({"type": "customer"}))]));
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let customer = rep.post("/api/v1/customers", json!({"name": "Zoë Ltd", "custom": {"credit": "5000", "keeper": app.cast.lead.id}})).expect(201);
        assert_eq!(customer.body["custom"], json!({"credit": "5000", "keeper": {"id": app.cast.lead.id, "name": "lead"}, "size": "s"}));
        let path = format!("/api/v1/customers/{}", customer.id());
        assert_eq!(rep.get(&path).expect(200).text, customer.text);
        let patched = rep.patch(&path, json!({"custom": {"credit": null, "size": "m"}}), "*").expect(200);
        assert_eq!(patched.body["custom"], json!({"keeper": {"id": app.cast.lead.id, "name": "lead"}, "size": "m"}));
        assert_eq!(rep.get(&format!("{path}/events")).expect(200).body["data"][1]["changes"], json!({"custom.credit": ["5000", null], "custom.size": ["s", "m"]}));
        assert_eq!(rep.patch(&path, json!({"custom": {"sise": "m"}}), "*").problem(422, "invalid").faults(), [("/custom/sise", "unknown_field")]);
        publish(app, "customers", json!([rule("credit_for_m", json!({"kind": "required", "fields": ["custom.credit"], "when": {"field": "custom.size", "op": "eq", "value": "m"}}))]));
        assert_eq!(rep.post("/api/v1/customers", json!({"name": "B", "custom": {"size": "m"}})).problem(422, "invalid").faults(), [("/custom/credit", "required")]);

        let product = admin.post("/api/v1/products", json!({"sku": "A", "name": "A", "custom": {"weight": "0.125", "maker": "zoë ltd"}})).expect(201);
        assert_eq!(product.body["custom"], json!({"maker": {"id": customer.id(), "name": "Zoë Ltd"}, "weight": "0.125"}));
        let path = format!("/api/v1/products/{}", product.id());
        assert_eq!(admin.patch(&path, json!({"custom": {"weight": "0.1255"}}), "*").problem(422, "invalid").faults(), [("/custom/weight", "too_many_decimals")]);
        assert_eq!(admin.patch(&path, json!({"custom": {"maker": null}}), "*").expect(200).body["custom"], json!({"weight": "0.125"}));
        assert_eq!(admin.get(&format!("{path}/events")).expect(200).body["data"][1]["changes"], json!({"custom.maker": [customer.id(), null]}));
        let put = admin.put("/api/v1/products/by-external-ref/erp/1", json!({"sku": "B", "name": "B", "custom": {"weight": "2"}}), None).expect(201);
        assert_eq!(admin.put("/api/v1/products/by-external-ref/erp/1", json!({"sku": "B", "name": "B"}), None).expect(200).body["custom"], json!({}));
        assert_eq!(put.body["custom"], json!({"weight": "2"}));
    }
}
