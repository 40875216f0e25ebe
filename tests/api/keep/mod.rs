//! The care for the data as a whole: that a check finds what is wrong and nothing else, and that a copy is whole.
pub mod backup;
mod check;
mod stays;

use intent_orders::events::{Event, append};
use intent_orders::identity::Act;
use intent_orders::upkeep;
use serde_json::{Map, Value, json};

use crate::custom::{enter, every_type, with};
use crate::erasure::erase;
use crate::harness::TestApp;
use crate::imports::import;
use crate::orders::{act, entered, imported, stock};

/// What a check finds.
pub fn told(app: &TestApp) -> Vec<String> {
    upkeep::check::run(&app.state.config.database_url).unwrap().told()
}

/// The people of a test were put there without their events; as if they had come like others.
pub fn tell_of_the_cast(app: &TestApp) {
    let (cast, now) = (app.cast, app.state.clock.now());
    let tell = move |tx: &mut _| {
        let users = cast.all().map(|user| ("user.created", "user", user.id));
        for (kind, record_type, record_id) in users.into_iter().chain([cast.team_a, cast.team_b].map(|id| ("team.created", "team", id))) {
            append(tx, &Act::system(now), Event { kind, record_type, record_id, version: 1, changes: Map::new(), occurred_at: now })?;
        }
        Ok(())
    };
    app.state.db.write_here(tell).unwrap();
}

/// A bit of everything, by way of the API. The first order is won at another amount than its lines came to, the second waits for a review.
pub fn world(app: &TestApp) {
    tell_of_the_cast(app);
    let (admin, rep, reviewer) = (app.as_(&app.cast.admin), app.as_(&app.cast.rep), &app.cast.reviewer);
    every_type(app);
    let customer = stock(app);
    let won = entered(app, &customer);
    let path = format!("/api/v1/orders/{}", won.id());
    rep.patch(&path, json!({"tags": ["one", "two"], "note": "a note"}), "*").expect(200);
    act(app, &app.cast.rep, won.id(), "submit", Value::Null).expect(200);
    act(app, reviewer, won.id(), "approve", Value::Null).expect(200);
    app.advance(60);
    rep.post(&format!("{path}/follow-ups"), json!({"at": "2026-11-23T07:00:00Z", "channel": "phone", "content": "rang"})).expect(201);
    act(app, &app.cast.rep, won.id(), "win", json!({"amount": "9400.00"})).expect(200);
    let other = json!({"site": "华东厂区", "seats": 12, "budget": 2500.5, "approved": false, "needed_by": "2027-01-31", "tier": "gold", "channels": ["fair", "web"],
        "reseller": customer, "replaces": "GTX Pro", "sponsor": app.cast.mate.email()});
    let waiting = enter(app, &app.cast.rep, &customer, other);
    act(app, &app.cast.rep, waiting.id(), "submit", Value::Null).expect(200);
    // Under way, changed critically, withdrawn and sent again: an approval goes back to where it was.
    let again = imported(app, &app.cast.rep, "processed", json!({"tags": ["one"]}));
    rep.patch(&format!("/api/v1/orders/{again}"), json!({"lines": [{"product": "MG", "quantity": 9}]}), "*").expect(200);
    act(app, &app.cast.rep, &again, "withdraw", Value::Null).expect(200);
    act(app, &app.cast.rep, &again, "submit", Value::Null).expect(200);
    act(app, reviewer, &again, "approve", Value::Null).expect(200);
    act(app, &app.cast.rep, &again, "move", json!({"stage": "contract"})).expect(200);
    rep.post(&format!("/api/v1/orders/{again}/delays"), json!({"side": "customer", "reason": "site_not_ready", "new_date": "2027-06-30"})).expect(201);
    let lost = entered(app, &customer);
    act(app, &app.cast.rep, lost.id(), "cancel", json!({"reason": "duplicate"})).expect(200);
    rep.delete(&format!("/api/v1/orders/{}", lost.id()), "*").expect(204);
    // What else there is: answers kept, imports, keys, teams, views, targets, a person taken out.
    rep.with("idempotency-key", "the-first").post("/api/v1/orders", with(&customer, json!({}))).expect(201);
    import(app, "", "sku,name,list_price,currency\nG,GTX Max,4821,USD\nM,MG Max,lots,USD\n", &json!({"entity": "products"}));
    rep.post("/api/v1/api-keys", json!({"name": "Web shop", "scopes": ["orders.read"]})).expect(201);
    rep.post("/api/v1/views", json!({"entity": "orders", "name": "Mine"})).expect(201);
    admin.put(&format!("/api/v1/targets/users/{}/2026-12", app.cast.rep.id), json!({"amount": "1000", "currency": "CNY"}), None).expect(200);
    admin.put("/api/v1/exchange-rates", json!({"rates": [{"currency": "USD", "date": "2026-11-01", "rate": "7.1"}]}), None).expect(200);
    admin.put("/api/v1/settings/organisation", json!({"name": "Acme", "base_currency": "CNY", "time_zone": "Asia/Shanghai"}), "*").expect(200);
    let person = json!({"name": "Li Na Ltd", "contacts": [{"name": "Li Na", "phone": "+86 21 5555 0100"}], "note": "Ask LI NA first.", "tags": ["north"]});
    let person = rep.post("/api/v1/customers", person).expect(201);
    let order = entered(app, person.id());
    rep.patch(&format!("/api/v1/orders/{}", order.id()), json!({"title": "Refit for Li Na"}), "*").expect(200);
    erase(app, person.id(), person.body["contacts"][0]["id"].as_str().unwrap(), Some("*")).expect(200);
}
