//! Rules in the write path: every way in meets the same ones, at the moment that each is for.
use intent_orders::identity::Act;
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::web::body::decode;
use serde_json::{Value, json};

use super::{add, publish, rule};
use crate::harness::TestApp;
use crate::orders::{act, entered, imported, sound, stock};

/// An order under way: approved and pending.
fn pending(app: &TestApp, customer: &str) -> String {
    let id = entered(app, customer).id().to_owned();
    act(app, &app.cast.rep, &id, "submit", json!({})).expect(200);
    act(app, &app.cast.reviewer, &id, "approve", json!({})).expect(200);
    id
}

both! {
    fn prices_discounts_and_conditions_are_held_against_what_was_entered(app: &TestApp) {
        let customer = stock(app);
        add(app, [
            rule("price", json!({"kind": "price_band", "within": "0.1", "fields": ["lines[].unit_price"]})),
            rule("discount", json!({"kind": "discount_limit", "max": "0.5", "roles": {"rep": "0.05"}, "fields": ["lines[].discount_rate"]})),
            rule("budget", json!({"kind": "sum", "max": "20000", "fields": ["lines[].amount"]})),
            rule("telecom_title", json!({"kind": "pattern", "pattern": "^[A-Z]", "fields": ["title"], "when": {"field": "customer.industry", "op": "eq", "value": "telecom"},
                "messages": {"en": "Begin with a capital letter.", "zh-CN": "请以大写字母开头。"}})),
        ]);
        let rep = app.as_(&app.cast.rep);
        rep.post("/api/v1/orders", sound(&customer)).expect(201);
        let mut entry = sound(&customer);
        entry["title"] = json!("spring");
        entry["lines"] = json!([{"product": "GTX Pro", "quantity": 5, "unit_price": "4338.89", "discount_rate": "0.06"}, {"product": "MG", "quantity": 1, "unit_price": "60.5"}]);
        let refused = rep.post("/api/v1/orders", entry.clone()).problem(422, "invalid");
        let expected = [
            ("/lines", "sum_above_maximum"),
            ("/lines/0/discount_rate", "discount_above_limit"),
            ("/lines/0/unit_price", "price_outside_band"),
            ("/title", "no_match"),
        ];
        assert_eq!(refused.faults(), expected);
        let chinese = rep.with("accept-language", "zh-CN").post("/api/v1/orders", entry.clone()).problem(422, "invalid");
        assert!(chinese.text.contains("请以大写字母开头。") && chinese.text.contains("折扣率：高于 0.05"));
        // A batch row, an import row and a PATCH meet the same.
        assert_eq!(rep.post("/api/v1/orders/batch?atomic=false", json!({"items": [entry]})).expect(207).body["data"][0]["problem"]["errors"], refused.body["errors"]);
        let stored = format!("/api/v1/orders/{}", entered(app, &customer).id());
        let patched = rep.patch(&stored, json!({"title": entry["title"], "lines": entry["lines"]}), "*").problem(422, "invalid");
        assert_eq!(patched.body["errors"], refused.body["errors"]);
    }

    fn a_new_version_never_locks_an_old_record(app: &TestApp) {
        let customer = stock(app);
        let path = format!("/api/v1/orders/{}", entered(app, &customer).id());
        add(app, [
            rule("note", json!({"kind": "required", "fields": ["note"]})),
            rule("level", json!({"kind": "compare", "fields": ["lines[].discount_rate"], "condition": {"any": [
                {"field": "intent_level", "op": "ne", "value": "low"}, {"field": "lines[].discount_rate", "op": "lte", "value": "0.01"}]}})),
        ]);
        let rep = app.as_(&app.cast.rep);
        let changed = rep.patch(&path, json!({"title": "Another"}), "*").expect(200);
        assert_eq!((changed.body["standard_version"].as_i64(), changed.body["warnings"][0]["rule"].as_str()), (Some(2), Some("note")));
        assert_eq!(rep.patch(&path, json!({"note": null}), "*").problem(422, "invalid").faults(), [("/note", "required")]);
        // What breaks a comparison is refused even where the fault shows in another field.
        assert_eq!(rep.patch(&path, json!({"intent_level": "low"}), "*").problem(422, "invalid").faults(), [("/lines/0/discount_rate", "condition_not_met")]);
        rep.patch(&path, json!({"note": "n"}), "*").expect(200);
    }

    fn stages_and_winning_have_rules_of_their_own(app: &TestApp) {
        let customer = stock(app);
        add(app, [
            rule("contract_note", json!({"kind": "required", "fields": ["note"], "on": "enter_stage", "stages": ["contract"]})),
            rule("contract_source", json!({"kind": "required", "fields": ["source"], "stages": ["contract"]})),
            rule("win_valid", json!({"kind": "required", "fields": ["valid_until"], "on": "win"})),
        ]);
        let (id, rep) = (pending(app, &customer), &app.cast.rep);
        let path = format!("/api/v1/orders/{id}");
        act(app, rep, &id, "move", json!({"stage": "negotiation"})).expect(200);
        app.as_(rep).patch(&path, json!({"source": null}), "*").expect(200);
        let refused = act(app, rep, &id, "move", json!({"stage": "contract"})).problem(422, "invalid");
        assert_eq!(refused.faults(), [("/note", "required"), ("/source", "required")]);
        app.as_(rep).patch(&path, json!({"note": "n", "source": "web"}), "*").expect(200);
        act(app, rep, &id, "move", json!({"stage": "contract"})).expect(200);
        // In the stage it goes on meeting them.
        assert_eq!(app.as_(rep).patch(&path, json!({"note": null}), "*").problem(422, "invalid").faults(), [("/note", "required")]);
        assert_eq!(act(app, rep, &id, "win", json!({})).problem(422, "invalid").faults(), [("/valid_until", "required")]);
        app.as_(rep).patch(&path, json!({"valid_until": "2027-12-31"}), "*").expect(200);
        act(app, rep, &id, "win", json!({})).expect(200);
    }

    fn what_an_order_breaks_is_told_with_the_calls_that_refuse_it(app: &TestApp) {
        let customer = stock(app);
        let id = entered(app, &customer).id().to_owned();
        add(app, [
            rule("note", json!({"kind": "required", "fields": ["note"], "severity": "warning"})),
            rule("until", json!({"kind": "required", "fields": ["valid_until"], "on": "enter_stage", "stages": ["contract"]})),
            rule("tags", json!({"kind": "count", "min": 1, "fields": ["tags"], "on": "win"})),
            rule("short", json!({"kind": "length", "max": 5, "fields": ["title"], "on": "submit"})),
        ]);
        let rep = app.as_(&app.cast.rep);
        let told = rep.get(&format!("/api/v1/orders/{id}/violations")).expect(200);
        let rows: Vec<_> = told.body["data"].as_array().unwrap().iter().map(|v| (v["rule"].as_str().unwrap(), v["refuses"].clone(), v["warns"].clone())).collect();
        let expected = [
            ("note", json!([]), json!(["update", "submit"])),
            ("until", json!(["move:contract"]), json!([])),
            ("tags", json!(["win"]), json!([])),
            ("short", json!(["submit"]), json!([])),
        ];
        assert_eq!((told.body["standard_version"].as_i64(), rows), (Some(2), expected.to_vec()));
        // It is as it says.
        rep.patch(&format!("/api/v1/orders/{id}"), json!({"note": null}), "*").expect(200);
        assert_eq!(act(app, &app.cast.rep, &id, "submit", json!({})).problem(422, "invalid").faults(), [("/title", "too_long")]);
        app.as_(&app.cast.stranger).get(&format!("/api/v1/orders/{id}/violations")).problem(404, "not_found");
    }

    fn a_combination_belongs_to_one_open_order(app: &TestApp) {
        let customer = stock(app);
        add(app, [rule("once", json!({"kind": "unique", "fields": ["customer_id", "owner", "lines[].product"]}))]);
        let (rep, mate) = (app.as_(&app.cast.rep), app.as_(&app.cast.mate));
        let first = rep.post("/api/v1/orders", sound(&customer)).expect(201);
        let again = rep.post("/api/v1/orders", sound(&customer)).problem(422, "invalid");
        assert_eq!(again.faults(), [("/lines/0/product", "not_unique"), ("/lines/1/product", "not_unique")]);
        mate.post("/api/v1/orders", sound(&customer)).expect(201);
        // It is its own, and what is closed or archived holds nothing.
        let path = format!("/api/v1/orders/{}", first.id());
        rep.patch(&path, json!({"lines": first.body["lines"].as_array().unwrap().iter().map(|l| json!({"id": l["id"], "product": {"id": l["product"]["id"]}, "quantity": 9, "unit_price": "1"})).collect::<Vec<_>>()}), "*").expect(200);
        act(app, &app.cast.rep, first.id(), "cancel", json!({"reason": "duplicate"})).expect(200);
        let second = rep.post("/api/v1/orders", sound(&customer)).expect(201);
        act(app, &app.cast.admin, first.id(), "reopen", json!({})).problem(422, "invalid");
        rep.delete(&format!("/api/v1/orders/{}", second.id()), "*").expect(204);
        rep.post("/api/v1/orders", sound(&customer)).expect(201);
        act(app, &app.cast.rep, second.id(), "restore", json!({})).problem(422, "invalid");
    }

    fn of_many_at_once_one_gets_the_combination(app: &TestApp) {
        let customer = stock(app);
        add(app, [rule("once", json!({"kind": "unique", "fields": ["customer_id", "lines[].product"]}))]);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let rivals: Vec<_> = (0..8)
                .map(|i| {
                    let (customer, user) = (customer.clone(), if i % 2 == 0 { &app.cast.rep } else { &app.cast.mate });
                    scope.spawn(move || {
                        let mut entry = sound(&customer);
                        if i % 3 == 0 {
                            entry["lines"].as_array_mut().unwrap().reverse();
                        }
                        app.as_(user).post("/api/v1/orders", entry).status
                    })
                })
                .collect();
            rivals.into_iter().map(|rival| rival.join().unwrap()).collect()
        });
        assert_eq!((statuses.iter().filter(|s| **s == 201).count(), statuses.iter().filter(|s| **s == 422).count()), (1, 7), "{statuses:?}");
    }

    fn customers_and_products_meet_their_own_standards(app: &TestApp) {
        stock(app);
        let old = app.as_(&app.cast.rep).post("/api/v1/customers", json!({"name": "Old"})).expect(201);
        publish(app, "customers", json!([
            rule("industry", json!({"kind": "required", "fields": ["industry"]})),
            rule("reachable", json!({"kind": "count", "min": 1, "fields": ["contacts"], "when": {"field": "value_tier", "op": "eq", "value": "key"}})),
            rule("phone", json!({"kind": "pattern", "pattern": "^[+0-9 -]+$", "fields": ["contacts[].phone"]})),
            rule("once", json!({"kind": "unique", "fields": ["name", "region"]})),
        ]));
        let rep = app.as_(&app.cast.rep);
        let bad = json!({"name": "A", "value_tier": "key", "contacts": []});
        let refused = rep.post("/api/v1/customers", bad.clone()).problem(422, "invalid");
        assert_eq!(refused.faults(), [("/contacts", "too_few"), ("/industry", "required")]);
        assert_eq!(rep.post("/api/v1/customers/batch?atomic=false", json!({"items": [bad]})).expect(207).body["data"][0]["problem"]["errors"], refused.body["errors"]);
        rep.post("/api/v1/customers", json!({"name": "A", "industry": "steel", "region": "华东", "contacts": [{"name": "Li", "phone": "021-555"}]})).expect(201);
        let again = rep.post("/api/v1/customers", json!({"name": "Ａ", "industry": "steel", "region": "华东", "contacts": [{"name": "Li", "phone": "call"}]})).problem(422, "invalid");
        assert_eq!(again.faults(), [("/contacts/0/phone", "no_match"), ("/region", "not_unique")]);
        // Old ones change in what they like, as long as what is touched is right.
        let path = format!("/api/v1/customers/{}", old.id());
        rep.patch(&path, json!({"note": "n"}), "*").expect(200);
        assert_eq!(rep.patch(&path, json!({"industry": null}), "*").problem(422, "invalid").faults(), [("/industry", "required")]);

        publish(app, "products", json!([rule("priced", json!({"kind": "required", "fields": ["list_price"]})), rule("sku", json!({"kind": "pattern", "pattern": "^[A-Z]", "fields": ["sku"]}))]));
        let admin = app.as_(&app.cast.admin);
        assert_eq!(admin.post("/api/v1/products", json!({"sku": "x1", "name": "X"})).problem(422, "invalid").faults(), [("/list_price", "required"), ("/sku", "no_match")]);
        admin.post("/api/v1/products", json!({"sku": "X1", "name": "X", "list_price": "1", "currency": "CNY"})).expect(201);
    }

    fn customers_and_products_answer_what_only_warns(app: &TestApp) {
        stock(app);
        publish(app, "customers", json!([
            rule("region", json!({"kind": "required", "fields": ["region"], "severity": "warning", "messages": {"en": "Give the region.", "zh-CN": "请填写地区。"}})),
            rule("industry", json!({"kind": "required", "fields": ["industry"]})),
        ]));
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let created = rep.post("/api/v1/customers", json!({"name": "A", "industry": "steel", "warnings": []})).problem(422, "invalid");
        assert_eq!(created.faults(), [("/warnings", "read_only")]);
        let created = rep.post("/api/v1/customers", json!({"name": "A", "industry": "steel"})).expect(201);
        let warned = |answer: &Value| answer["warnings"].as_array().unwrap().iter().map(|w| (w["rule"].as_str().unwrap().to_owned(), w["detail"].as_str().unwrap().to_owned())).collect::<Vec<_>>();
        assert_eq!(warned(&created.body), [("region".to_owned(), "Give the region.".to_owned())]);
        let path = format!("/api/v1/customers/{}", created.id());
        assert_eq!(rep.get(&path).expect(200).text, created.text);
        assert_eq!(warned(&rep.with("accept-language", "zh-CN").get(&path).expect(200).body)[0].1, "请填写地区。");
        assert_eq!(app.as_(&app.cast.stranger).get(&path).expect(200).body["warnings"], json!([]));
        // What a change does not touch refuses nothing, and is told.
        publish(app, "customers", json!([rule("note", json!({"kind": "required", "fields": ["note"]}))]));
        assert_eq!(warned(&rep.patch(&path, json!({"region": "east"}), "*").expect(200).body)[0].0, "note");
        assert_eq!(warned(&rep.patch(&path, json!({"note": "n"}), "*").expect(200).body), []);

        publish(app, "products", json!([rule("priced", json!({"kind": "required", "fields": ["list_price"], "severity": "warning"}))]));
        let product = admin.post("/api/v1/products", json!({"sku": "X1", "name": "X"})).expect(201);
        assert_eq!(warned(&product.body)[0].0, "priced");
        let path = format!("/api/v1/products/{}", product.id());
        assert_eq!(rep.get(&path).expect(200).text, product.text);
        assert_eq!(warned(&admin.patch(&path, json!({"list_price": 5, "currency": "CNY"}), "*").expect(200).body), []);
        let events = admin.get(&format!("{path}/events")).expect(200).text;
        assert!(!events.contains("warnings"), "{events}");
    }

    fn an_import_meets_the_rules_of_its_stage_and_passes_over_dates(app: &TestApp) {
        let customer = stock(app);
        add(app, [
            rule("soon", json!({"kind": "date_window", "max_days": 5, "fields": ["expected_close_date"]})),
            rule("lines", json!({"kind": "count", "max": 1, "fields": ["lines"], "stages": ["negotiation"]})),
        ]);
        assert_eq!(app.as_(&app.cast.rep).post("/api/v1/orders", sound(&customer)).problem(422, "invalid").faults(), [("/expected_close_date", "date_too_late")]);
        imported(app, &app.cast.rep, "won", json!({}));
        let row = json!({"title": "t", "customer_name": "上海华为技术有限公司", "expected_close_date": "2027-03-31", "owner_email": app.cast.rep.email(), "status": "won", "stage": "negotiation",
            "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": 100}, {"product": "MG", "quantity": 1}]});
        let system = Act::system(app.state.clock.now());
        let refused = app.state.db.write_here(move |tx| service::import(tx, &system, decode::<OrderImport>(&row)?, "f")).unwrap_err();
        assert_eq!(refused.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect::<Vec<_>>(), [("/lines", "too_many")]);
    }
}
