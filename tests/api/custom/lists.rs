//! Custom fields are asked about like any other: in addresses, conditions, views, sorts and totals.
use serde_json::{Value, json};

use super::{enter, every_type};
use crate::harness::Client;
use crate::lists::encoded;
use crate::orders::stock;
use crate::standards::{define, field};

/// The sites of the orders that are found.
fn found(client: &Client<'_>, query: &str) -> Vec<String> {
    let list = client.get(&format!("/api/v1/orders?sort=number&include_total=true&{query}")).expect(200).body;
    let sites: Vec<String> = list["data"].as_array().unwrap().iter().map(|order| order["custom"]["site"].as_str().unwrap().to_owned()).collect();
    assert_eq!(list["page"]["total"].as_u64(), Some(sites.len() as u64), "{query}");
    sites
}

both! {
    fn each_type_is_filtered_by(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        let cast = app.cast;
        enter(app, &cast.rep, &customer, json!({"site": "A", "seats": 5, "budget": "100.5", "approved": true, "needed_by": "2027-01-31", "tier": "gold", "channels": ["web", "fair"], "sponsor": cast.mate.id}));
        enter(app, &cast.rep, &customer, json!({"site": "B", "seats": 10, "budget": "2000", "approved": false, "needed_by": "2026-11-24", "tier": "silver", "channels": ["fair"], "reseller": customer}));
        enter(app, &cast.rep, &customer, json!({"site": "C", "tier": null}));
        let rep = app.as_(&cast.rep);
        let mate = cast.mate.id;
        for (query, expected) in [
            ("custom.site=A,C", vec!["A", "C"]),
            ("custom.site[ne]=A", vec!["B", "C"]),
            ("custom.seats=5", vec!["A"]),
            ("custom.seats[gt]=5", vec!["B"]),
            ("custom.seats[null]=true", vec!["C"]),
            ("custom.budget[gte]=100.5", vec!["A", "B"]),
            ("custom.budget[between]=0,150", vec!["A"]),
            ("custom.budget[lt]=100.5", vec![]),
            ("custom.approved=true", vec!["A"]),
            ("custom.approved[ne]=true", vec!["B", "C"]),
            ("custom.needed_by[lt]=2027-01-01", vec!["B"]),
            ("custom.needed_by=this_year", vec!["B"]),
            ("custom.tier=gold,silver", vec!["A", "B"]),
            ("custom.tier[null]=false", vec!["A", "B"]),
            ("custom.channels=fair", vec!["A", "B"]),
            ("custom.channels[ne]=web", vec!["B", "C"]),
            ("custom.channels[null]=true", vec!["C"]),
            (&format!("custom.sponsor={mate}"), vec!["A"]),
            (&format!("custom.reseller={customer}"), vec!["B"]),
            ("custom.reseller[null]=true", vec!["A", "C"]),
            ("custom.budget[gt]=0&custom.approved=false&status=draft", vec!["B"]),
        ] {
            assert_eq!(found(&rep, query), expected, "{query}");
        }
        let either = json!({"any": [{"field": "custom.seats", "op": "gte", "value": 10}, {"all": [{"field": "custom.tier", "op": "null", "value": true}, {"not": {"field": "custom.site", "op": "eq", "value": "A"}}]}]});
        assert_eq!(found(&rep, &format!("filter={}", encoded(&either.to_string()))), ["B", "C"]);
        // A saved view asks the same, and is told what is wrong with it when it is saved.
        let view = rep.post("/api/v1/views", json!({"entity": "orders", "name": "Custom", "condition": either, "columns": ["number", "custom.site"]})).expect(201);
        assert_eq!(found(&rep, &format!("view={}", view.id())), ["B", "C"]);
        let wrong = json!({"entity": "orders", "name": "Wrong", "condition": {"field": "custom.seat", "op": "gte", "value": 10}, "columns": ["custom.sight"]});
        assert_eq!(rep.post("/api/v1/views", wrong).problem(422, "invalid").faults(), [("/columns/0", "not_one_of"), ("/condition/field", "not_one_of")]);
        // A walk meets each once.
        let mut cursor = String::new();
        let mut walked = Vec::new();
        loop {
            let page = rep.get(&format!("/api/v1/orders?custom.site=A,B,C&limit=1{cursor}")).expect(200).body;
            walked.extend(page["data"].as_array().unwrap().iter().map(|order| order["custom"]["site"].as_str().unwrap().to_owned()));
            let Some(next) = page["page"]["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(walked, ["C", "B", "A"]);
    }

    fn what_no_standard_defines_is_no_filter(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        assert!(rep.get("/api/v1/orders?custom.budget=5").problem(400, "unknown_parameter").body["detail"].as_str().unwrap().contains("none"));
        every_type(app);
        for (query, code) in [
            ("custom.budgett[gt]=5", "unknown_parameter"),
            ("custom.=5", "unknown_parameter"),
            ("custom.budget[gt]=much", "bad_parameter"),
            ("custom.site[gt]=A", "bad_parameter"),
            ("custom.tier=golden", "bad_parameter"),
            ("custom.sponsor=mate", "bad_parameter"),
            ("filter=%7B%22field%22%3A%22custom.budgett%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A%225%22%7D", "bad_parameter"),
        ] {
            let refused = rep.get(&format!("/api/v1/orders?{query}")).problem(400, code);
            assert!(code == "bad_parameter" || refused.body["detail"].as_str().unwrap().contains("custom.budget, "), "{refused}");
        }
        rep.get("/api/v1/users?custom.budget=5").problem(400, "unknown_parameter");
        rep.get("/api/v1/customers?custom.budget=5").problem(400, "unknown_parameter");
    }

    fn customers_and_products_are_filtered_by_theirs(app: &TestApp) {
        define(app, "customers", json!([field("credit", json!({"type": "decimal"}))]));
        define(app, "products", json!([field("hazard", json!({"type": "boolean"}))]));
        let admin = app.as_(&app.cast.admin);
        let customer = admin.post("/api/v1/customers", json!({"name": "Zoë", "custom": {"credit": "5"}})).expect(201);
        admin.post("/api/v1/customers", json!({"name": "Li", "custom": {"credit": "4.99"}})).expect(201);
        let product = admin.post("/api/v1/products", json!({"sku": "A", "name": "A", "custom": {"hazard": true}})).expect(201);
        let ids = |path: &str| admin.get(path).expect(200).body["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<Value>>();
        assert_eq!(ids("/api/v1/customers?custom.credit[gte]=5"), [json!(customer.id())]);
        assert_eq!(ids("/api/v1/products?custom.hazard=true"), [json!(product.id())]);
        assert_eq!(ids("/api/v1/products?custom.hazard=false"), [] as [Value; 0]);
    }
}
