//! What happened to one record, for those who may see it.
use serde_json::{Value, json};

use super::types;
use crate::harness::{TestApp, User};
use crate::orders::{act, entered, stock};

fn trail(app: &TestApp, user: &User, path: &str) -> Vec<Value> {
    app.as_(user).get(&format!("{path}/events")).expect(200).body["data"].as_array().unwrap().clone()
}

both! {
    fn of_an_order_by_id_or_number_archived_or_not(app: &TestApp) {
        let customer = stock(app);
        let order = entered(app, &customer);
        let number = order.body["number"].as_str().unwrap();
        for (action, user) in [("submit", &app.cast.rep), ("approve", &app.cast.reviewer)] {
            act(app, user, number, action, Value::Null).expect(200);
        }
        let contact = json!({"at": "2026-11-23T07:00:00Z", "channel": "phone", "content": "called"});
        app.as_(&app.cast.rep).post(&format!("/api/v1/orders/{number}/follow-ups"), contact.clone()).expect(201);
        app.as_(&app.cast.rep).post(&format!("/api/v1/orders/{number}/follow-ups"), contact).expect(201);
        let all = trail(app, &app.cast.mate, &format!("/api/v1/orders/{number}"));
        assert_eq!(types(&all), ["order.created", "order.submitted", "order.approved", "order.processed", "order.followed_up", "order.followed_up"]);
        let versions: Vec<i64> = all.iter().map(|event| event["record_version"].as_i64().unwrap()).collect();
        assert_eq!(versions, [1, 2, 3, 4, 4, 4]);
        assert_eq!(all[3]["changes"], json!({"status": ["pending", "processed"]}));
        let path = format!("/api/v1/orders/{}", order.id());
        app.as_(&app.cast.stranger).get(&format!("{path}/events")).problem(404, "not_found");
        app.as_(&app.cast.admin).delete(&path, "*").expect(204);
        assert_eq!(types(&trail(app, &app.cast.rep, &path)).last(), Some(&"order.archived"));
        app.as_(&app.cast.admin).get("/api/v1/orders/IO-999999/events").problem(404, "not_found");
    }

    fn of_everything_else(app: &TestApp) {
        let customer = stock(app);
        let admin = app.as_(&app.cast.admin);
        let team = admin.post("/api/v1/teams", json!({"name": "Team C"})).expect(201);
        let user = admin.post("/api/v1/users", json!({"name": "New", "email": "new@example.com", "role": "rep"})).expect(201);
        let product = admin.get("/api/v1/products").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/customers/{customer}"), json!({"note": "secret", "region": "华南"}), "*").expect(200);
        admin.delete(&format!("/api/v1/products/{product}"), "*").expect(204);
        admin.delete(&format!("/api/v1/customers/{customer}"), "*").expect(204);
        let of = |path: String| trail(app, &app.cast.stranger, &path);
        assert_eq!(types(&of(format!("/api/v1/teams/{}", team.id()))), ["team.created"]);
        assert_eq!(types(&of(format!("/api/v1/users/{}", user.id()))), ["user.created"]);
        assert_eq!(types(&of(format!("/api/v1/products/{product}"))), ["product.created", "product.archived"]);
        let told = of(format!("/api/v1/customers/{customer}"));
        assert_eq!(types(&told), ["customer.created", "customer.updated", "customer.archived"]);
        assert_eq!(told[1]["changes"], json!({"note": "changed", "region": ["华东", "华南"]}));
        for path in ["teams", "users", "products", "customers"] {
            admin.get(&format!("/api/v1/{path}/019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e/events")).problem(404, "not_found");
            admin.get(&format!("/api/v1/{path}/x/events")).problem(404, "not_found");
        }
    }

    fn in_pages(app: &TestApp) {
        let customer = stock(app);
        let path = format!("/api/v1/customers/{customer}");
        for i in 0..4 {
            app.as_(&app.cast.rep).patch(&path, json!({"region": format!("R{i}")}), "*").expect(200);
        }
        let (mut walked, mut query) = (Vec::new(), String::from("limit=2"));
        loop {
            let page = app.as_(&app.cast.rep).get(&format!("{path}/events?{query}")).expect(200);
            walked.extend(page.body["data"].as_array().unwrap().iter().map(|event| event["record_version"].as_i64().unwrap()));
            let Some(cursor) = page.body["page"]["next_cursor"].as_str() else { break };
            assert!(page.header("link").contains(cursor));
            query = format!("limit=2&cursor={cursor}");
        }
        assert_eq!(walked, [1, 2, 3, 4, 5]);
        app.as_(&app.cast.rep).get(&format!("{path}/events?sort=id")).problem(400, "bad_parameter");
    }
}
