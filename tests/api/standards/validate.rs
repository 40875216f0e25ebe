//! Entries that are only tried: every fault with the calls that would refuse it, what would be filled in, what is missing; it is as it says.
use serde_json::{Value, json};

use super::{add, publish, rule};
use crate::harness::Answer;
use crate::orders::{act, sound, stock};

const ORDERS: &str = "/api/v1/standards/orders/validate";

/// What a violation is and which calls refuse it.
fn told(trial: &Value) -> Vec<(&str, &str, Vec<&str>)> {
    let violations = trial["violations"].as_array().unwrap();
    violations
        .iter()
        .map(|v| (v["pointer"].as_str().unwrap(), v["code"].as_str().unwrap(), v["refuses"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect()))
        .collect()
}

fn filled(trial: &Value) -> Vec<(&str, &str, Option<&str>, &str)> {
    let all = trial["filled"].as_array().unwrap().iter();
    all.map(|f| (f["pointer"].as_str().unwrap(), f["value"].as_str().unwrap(), f["given"].as_str(), f["by"].as_str().unwrap())).collect()
}

fn missing(trial: &Value) -> Vec<(&str, Vec<&str>)> {
    let all = trial["missing"].as_array().unwrap().iter();
    all.map(|m| (m["call"].as_str().unwrap(), m["pointers"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect())).collect()
}

fn count(answer: &Answer) -> usize {
    answer.body["data"].as_array().unwrap().len()
}

both! {
    fn an_entry_is_told_all_that_it_breaks_and_by_which_calls(app: &TestApp) {
        let customer = stock(app);
        add(app, [
            rule("note", json!({"kind": "required", "fields": ["note"], "on": "submit"})),
            rule("until", json!({"kind": "required", "fields": ["valid_until"], "on": "enter_stage", "stages": ["contract"]})),
            rule("tags", json!({"kind": "count", "min": 1, "fields": ["tags"], "on": "win"})),
            rule("signed", json!({"kind": "required", "fields": ["source"], "on": "win", "stages": ["contract"]})),
            rule("short", json!({"kind": "length", "max": 5, "fields": ["title"], "severity": "warning", "messages": {"en": "Keep it short.", "zh-CN": "请简短。"}})),
            rule("soon", json!({"kind": "date_window", "max_days": 5, "fields": ["expected_close_date"]})),
            rule("early", json!({"kind": "required", "fields": ["source"], "on": "submit", "when": {"field": "status", "op": "eq", "value": "draft"}})),
        ]);
        let rep = app.as_(&app.cast.rep);
        let entry = json!({"title": "Spring refit", "customer_name": "上海华为技术有限公司", "expected_close_date": "2027-03-31", "amount": 5,
            "lines": [{"product": "GTXPro", "quantity": 2}, {"product": "GTX Prp", "quantity": "x", "unit_price": 1}]});
        let answer = rep.post(ORDERS, json!({"entries": [entry, 5]})).expect(200);
        assert_eq!((answer.body["standard_version"].as_i64(), count(&answer)), (Some(2), 2));
        let trial = &answer.body["data"][0];
        let form = vec!["create", "update", "import"];
        let all = vec!["create", "update", "import", "submit"];
        let expected = [
            ("/lines/1/quantity", "not_a_decimal", form.clone()),
            ("/amount", "read_only", form.clone()),
            ("/lines/1/product", "unknown_product", all),
            ("/note", "required", vec!["submit"]),
            ("/valid_until", "required", vec!["move:contract"]),
            ("/tags", "too_few", vec!["win"]),
            ("/source", "required", vec!["win:contract"]),
            ("/title", "too_long", vec![]),
            ("/expected_close_date", "date_too_late", vec!["create", "update", "submit"]),
            ("/source", "required", vec!["submit"]),
        ];
        let mut sorted = told(trial);
        sorted[..2].sort_unstable();
        sorted[..2].reverse();
        assert_eq!(sorted, expected);
        let short = trial["violations"].as_array().unwrap().iter().find(|v| v["rule"] == "short").unwrap();
        assert_eq!((&short["severity"], &short["warns"], &short["detail"]), (&json!("warning"), &json!(["create", "update", "import", "submit"]), &json!("Keep it short.")));
        assert_eq!(trial["accepted"], false);
        let expected = [
            ("/customer_id", customer.as_str(), Some("上海华为技术有限公司"), "reference"),
            ("/currency", "CNY", None, "default"),
            ("/valid_until", "2027-06-29", None, "default"),
            ("/lines/0/product", "GTX Pro", Some("GTXPro"), "standard_name"),
            ("/lines/0/unit_price", "4821.00", None, "list_price"),
            ("/lines/0/discount_rate", "0", None, "default"),
            ("/lines/0/amount", "9642.00", None, "computed"),
            ("/lines/1/discount_rate", "0", None, "default"),
        ];
        assert_eq!(filled(trial), expected);
        let expected = [("submit", vec!["/note", "/source"]), ("move:negotiation", vec![]), ("move:contract", vec!["/valid_until"]), ("win", vec!["/tags"])];
        assert_eq!(missing(trial), expected);
        assert_eq!(told(&answer.body["data"][1]), [("", "wrong_type", form)]);
        let chinese = rep.with("accept-language", "zh-CN").post(ORDERS, json!({"entries": [entry]})).expect(200);
        assert!(chinese.body["data"][0]["violations"].as_array().unwrap().iter().all(|v| v["detail"].as_str().unwrap().chars().any(|c| c > '\u{2e80}')));
        assert!(chinese.text.contains("请简短。"));
    }

    fn what_is_tried_is_not_stored_and_it_is_as_it_says(app: &TestApp) {
        let customer = stock(app);
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let sent = json!({"entries": [sound(&customer)]});
        let before = admin.get("/api/v1/events?limit=200").expect(200).body["data"].as_array().unwrap().len();
        let trial = &rep.post(ORDERS, sent.clone()).expect(200).body["data"][0];
        assert_eq!((trial["accepted"].as_bool(), told(trial)), (Some(true), vec![]));
        assert_eq!(missing(trial), [("submit", vec![]), ("move:negotiation", vec![]), ("move:contract", vec![]), ("win", vec![])]);
        assert_eq!(rep.get("/api/v1/orders").expect(200).body["data"], json!([]));
        assert_eq!(admin.get("/api/v1/events?limit=200").expect(200).body["data"].as_array().unwrap().len(), before);
        let created = rep.post("/api/v1/orders", sound(&customer)).expect(201);
        let values: Vec<_> = filled(trial).into_iter().map(|(at, value, ..)| (at, value)).collect();
        assert!(values.contains(&("/lines/0/product", created.body["lines"][0]["product"]["name"].as_str().unwrap())), "{values:?}");
        assert!(values.contains(&("/amount", created.body["amount"].as_str().unwrap())), "{values:?}");
        assert!(values.contains(&("/valid_until", created.body["valid_until"].as_str().unwrap())), "{values:?}");
        act(app, &app.cast.rep, created.id(), "submit", json!({})).expect(200);
        // One that only differs in what no two may share.
        add(app, [rule("once", json!({"kind": "unique", "fields": ["customer_id", "title"], "on": "submit"}))]);
        assert_eq!(told(&rep.post(ORDERS, sent.clone()).expect(200).body["data"][0]), [("/title", "not_unique", vec!["submit"])]);
        let mut taken = sound(&customer);
        taken["title"] = json!("Another");
        taken["external_ref"] = json!({"system": "shop", "id": "1"});
        rep.post("/api/v1/orders", taken.clone()).expect(201);
        taken["title"] = json!("A third");
        assert_eq!(told(&rep.post(ORDERS, json!({"entries": [taken]})).expect(200).body["data"][0]), [("/external_ref", "taken", vec!["create"])]);
    }

    fn a_draft_of_a_standard_is_tried_by_those_who_may_publish_it(app: &TestApp) {
        let customer = stock(app);
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let draft = |rules: Value| json!({"entries": [sound(&customer)], "standard": {"rules": rules}, "role": "rep"});
        let rules = json!([rule("limit", json!({"kind": "discount_limit", "max": "0.5", "roles": {"rep": "0.01"}, "fields": ["lines[].discount_rate"]}))]);
        rep.post(ORDERS, draft(rules.clone())).problem(403, "role");
        let tried = admin.post(ORDERS, draft(rules)).expect(200);
        assert_eq!(tried.body["standard_version"], 2);
        assert_eq!(told(&tried.body["data"][0]), [("/lines/0/discount_rate", "discount_above_limit", vec!["create", "update", "import", "submit"])]);
        let wrong = json!([rule("a", json!({"kind": "required", "fields": ["titel"]})), rule("b", json!({"kind": "nonsense", "fields": []}))]);
        let refused = admin.post(ORDERS, draft(wrong)).problem(422, "invalid");
        assert_eq!(refused.faults(), [("/standard/rules/0/fields/0", "not_one_of"), ("/standard/rules/1/kind", "not_one_of")]);
        assert_eq!(admin.get("/api/v1/standards/orders").expect(200).body["version"], 1);
        for (body, expected) in [
            (json!({}), ("/entries", "required")),
            (json!({"entries": []}), ("/entries", "too_few")),
            (json!({"entries": vec![json!({}); 501]}), ("/entries", "too_many")),
            (json!({"entries": [{}], "role": "boss"}), ("/role", "not_one_of")),
        ] {
            assert_eq!(rep.post(ORDERS, body).problem(422, "invalid").faults(), [expected]);
        }
        rep.post("/api/v1/standards/users/validate", json!({"entries": [{}]})).problem(404, "not_found");
    }

    fn customers_and_products_are_tried_as_well(app: &TestApp) {
        stock(app);
        publish(app, "customers", json!([
            rule("industry", json!({"kind": "required", "fields": ["industry"]})),
            rule("phone", json!({"kind": "pattern", "pattern": "^[+0-9 -]+$", "fields": ["contacts[].phone"], "severity": "warning"})),
            rule("once", json!({"kind": "unique", "fields": ["name"]})),
        ]));
        let rep = app.as_(&app.cast.rep);
        let form = vec!["create", "update", "import"];
        let entries = json!([{"name": "上海华为技术有限公司", "source": "nowhere", "contacts": [{"name": "Li", "phone": "call"}]}, {"industry": "steel"}, {"name": "New", "industry": "steel"}]);
        let answer = rep.post("/api/v1/standards/customers/validate", json!({"entries": entries})).expect(200);
        let expected = [
            ("/source", "not_one_of", form.clone()),
            ("/industry", "required", form.clone()),
            ("/contacts/0/phone", "no_match", vec![]),
            ("/name", "not_unique", form.clone()),
        ];
        assert_eq!(told(&answer.body["data"][0]), expected);
        assert_eq!(told(&answer.body["data"][1]), [("/name", "required", form.clone())]);
        assert_eq!((told(&answer.body["data"][2]), missing(&answer.body["data"][2]).len()), (vec![], 0));
        publish(app, "products", json!([rule("priced", json!({"kind": "required", "fields": ["list_price"]}))]));
        let entries = json!([{"sku": "mg", "name": "Other"}, {"sku": "N", "name": "gtx pro", "list_price": 5, "currency": "CNY"}]);
        let answer = rep.post("/api/v1/standards/products/validate", json!({"entries": entries})).expect(200);
        assert_eq!(told(&answer.body["data"][0]), [("/sku", "taken", vec!["create"]), ("/list_price", "required", form)]);
        assert_eq!(told(&answer.body["data"][1]), [("/name", "taken", vec!["create", "import"])]);
    }
}
