//! Orders: entry against the standard, review, life cycle and rights, lists.
mod delays;
mod entry;
mod life;
mod lists;
mod review;
mod team;

use intent_orders::identity::Act;
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::outcome::Outcome;
use intent_orders::platform::web::body::decode;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, User};

/// A product and a customer, over HTTP; answers the customer's id.
pub fn stock(app: &TestApp) -> String {
    let admin = app.as_(&app.cast.admin);
    admin
        .post(
            "/api/v1/products",
            json!({"sku": "GTX-PRO", "name": "GTX Pro", "aliases": ["GTXPro"], "category": "GTX", "unit": "piece", "list_price": "4821.00", "currency": "CNY"}),
        )
        .expect(201);
    admin
        .post(
            "/api/v1/products",
            json!({"sku": "MG", "name": "MG 特别版", "aliases": [], "category": "MG", "unit": "piece", "list_price": "55", "currency": "CNY"}),
        )
        .expect(201);
    let customer =
        app.as_(&app.cast.rep).post("/api/v1/customers", json!({"name": "上海华为技术有限公司", "industry": "telecom", "region": "华东"})).expect(201);
    customer.id().to_owned()
}

/// An entry that meets the default standard at submit.
pub fn sound(customer: &str) -> Value {
    json!({"title": "Spring refit", "customer_id": customer, "currency": "CNY", "expected_close_date": "2027-03-31", "intent_level": "high", "source": "trade_fair",
        "lines": [{"product": "gtx  PRO", "quantity": "2", "unit_price": "4821.00", "discount_rate": "0.05"}, {"product": "MG", "quantity": 3}]})
}

/// An order in a status, with its owner, brought in as an import is; its validity has run out. Answers its id.
pub fn imported(app: &TestApp, owner: &User, status: &str, more: Value) -> String {
    let mut row = json!({"title": format!("An order that is {status}"), "customer_name": "上海华为技术有限公司", "expected_close_date": "2027-03-31", "valid_until": "2026-01-31", "owner_email": owner.email(),
        "status": status, "stage": "negotiation", "created_at": "2026-01-02", "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": 100}]});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        row[name] = value;
    }
    let act = Act::system(app.state.clock.now());
    let outcome = app.state.db.write_here(move |tx| service::import(tx, &act, decode::<OrderImport>(&row)?, "a fingerprint")).unwrap();
    let Outcome::Created(id) = outcome else { panic!("{outcome:?}") };
    id.to_string()
}

/// Enters an order of the rep.
pub fn entered(app: &TestApp, customer: &str) -> Answer {
    app.as_(&app.cast.rep).post("/api/v1/orders", sound(customer)).expect(201)
}

/// Acts on an order whatever its version.
pub fn act(app: &TestApp, user: &User, id: &str, action: &str, body: Value) -> Answer {
    app.as_(user).action(&format!("/api/v1/orders/{id}/{action}"), body, "*")
}
