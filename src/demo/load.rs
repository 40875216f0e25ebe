//! Puts the demo into an empty database, through the functions that everybody's requests go through, in one transaction: all of it or nothing.
use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::data::{self, CUSTOMERS, DemoContact, DemoCustomer, DemoOrder, DemoProduct, DemoUser, ORGANISATION, PRODUCTS, REPS, STAFF};
use crate::identity::users::dto::{NewPassword, UserImport};
use crate::identity::{Act, Caller, Role, passwords, users};
use crate::orders::delays::dto::DelayInput;
use crate::orders::dto::input::{FollowUpInput, OrderImport, ReturnInput};
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::outcome::Outcome;
use crate::platform::problem::Problem;
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::web::{Decode, Decoded, IfMatch, body};
use crate::targets::dto::TargetInput;
use crate::{customers, orders, products, settings, targets};

/// What every account of the demo logs in with.
pub const PASSWORD: &str = "demo-intent-orders";

/// What was found, and what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outset {
    /// There was nothing; the demo is in now.
    Loaded,
    /// The demo was loaded before.
    There,
    /// There are data of its own: they are not mixed with a demo whose password everybody knows.
    Taken,
}

/// Loads the demo where there is no user yet; for callers that have a thread of their own.
pub fn load(state: &State) -> Result<Outset, Problem> {
    let found = state.db.read_here(|c| {
        let is_empty = users::store::is_empty(c)?;
        Ok(if is_empty { None } else { Some(users::store::by_email(c, STAFF[0].email)?.map_or(Outset::Taken, |_| Outset::There)) })
    })?;
    if let Some(outset) = found {
        return Ok(outset);
    }
    // One hash serves them all: everybody knows the password, and hashing takes its time.
    let (hash, act) = (passwords::hash(PASSWORD)?, Act::system(state.clock.now()));
    state.db.write_here(move |tx| everything(tx, &act, &hash))?;
    Ok(Outset::Loaded)
}

fn everything(tx: &mut AnyConnection, act: &Act, hash: &str) -> Result<(), Problem> {
    let organisation = json!({"name": ORGANISATION.name, "base_currency": ORGANISATION.base_currency, "time_zone": ORGANISATION.time_zone});
    let organisation = settings::service::put_organisation(tx, act, read(&organisation)?, &IfMatch::Any)?;
    let mut ids = Vec::new();
    for person in STAFF.iter().chain(REPS) {
        ids.push(user(tx, act, person, hash)?);
    }
    let (staff, reps) = ids.split_at(STAFF.len());
    let reviewer = STAFF.iter().zip(staff).find(|(person, _)| person.role == "reviewer").map(|(person, id)| acting(act, person, *id, Role::Reviewer));
    let reviewer = reviewer.ok_or_else(|| Problem::internal("the demo has no reviewer"))?;
    for product in PRODUCTS {
        imported(product_json(product), |row, hash| products::service::import(tx, act, row, hash))?;
    }
    for customer in CUSTOMERS {
        imported(customer_json(customer), |row, hash| customers::service::import(tx, act, row, hash))?;
    }
    let zone = organisation.time_zone;
    for demo in data::orders(date_in(zone, act.now)) {
        let rep = acting(act, &REPS[demo.owner], reps[demo.owner], Role::Rep);
        order(tx, act, &rep, &reviewer, &demo, zone)?;
    }
    for (person, id) in REPS.iter().zip(reps) {
        aims(tx, act, person, *id, date_in(zone, act.now))?;
    }
    Ok(())
}

/// One of the demo's people acts.
fn acting(act: &Act, person: &DemoUser, id: Id, role: Role) -> Act {
    Act { caller: Caller { user: Some(id), name: person.name.into(), role, team: None, leads: Vec::new(), zone: None, scopes: None }, ..act.clone() }
}

fn user(tx: &mut AnyConnection, act: &Act, person: &DemoUser, hash: &str) -> Result<Id, Problem> {
    let mut row = json!({"name": person.name, "email": person.email, "role": person.role, "locale": person.locale, "team": person.team});
    if person.lead {
        row["lead_email"] = json!(person.email);
    }
    let id = imported(row, |row: Decoded<UserImport>, hash| users::service::import(tx, act, row, hash))?;
    users::service::set_password(tx, act, id, &read::<NewPassword>(&json!({"password": PASSWORD}))?, Some(hash))?;
    Ok(id)
}

fn product_json(product: &DemoProduct) -> Value {
    let DemoProduct { sku, name, aliases, category, unit, list_price, currency } = product;
    json!({"sku": sku, "name": name, "aliases": aliases, "category": category, "unit": unit, "list_price": list_price, "currency": currency})
}

fn customer_json(customer: &DemoCustomer) -> Value {
    let contact = |c: &DemoContact| json!({"name": c.name, "title": c.title, "phone": c.phone, "email": c.email, "channel": channel(c.channel)});
    let contacts: Vec<Value> = customer.contacts.iter().map(contact).collect();
    let preferences = json!({"text": customer.preferences, "categories": customer.categories});
    json!({
        "name": customer.name, "owner_email": REPS[customer.owner].email, "industry": customer.industry, "region": customer.region,
        "source": customer.source, "value_tier": customer.value_tier, "intent_level": customer.intent_level, "tags": customer.tags,
        "contacts": contacts, "preferences": preferences,
    })
}

/// An order with its history. A returned one comes in as waiting for review and is then returned, so that it bears the reviewer's remark.
fn order(tx: &mut AnyConnection, act: &Act, rep: &Act, reviewer: &Act, demo: &DemoOrder, zone: Tz) -> Result<(), Problem> {
    let id = imported(order_json(demo), |row: Decoded<OrderImport>, hash| orders::service::import(tx, act, row, hash))?.to_string();
    for contact in &demo.follow_ups {
        // About ten in the morning, unless that is still to come.
        let at = start_of(zone, contact.on).plus_seconds(10 * 3600).min(act.now);
        let body = json!({"at": at, "channel": channel(contact.channel), "content": contact.content, "result": contact.result});
        orders::service::follow_up(tx, rep, &id, read::<FollowUpInput>(&body)?)?;
    }
    slip(tx, rep, &id, demo, date_in(zone, act.now))?;
    if demo.status == "returned" {
        let remarks = json!({"remarks": [{"pointer": "/lines", "message": demo.note}]});
        orders::service::return_to_owner(tx, reviewer, &id, &IfMatch::Any, read::<ReturnInput>(&remarks)?)?;
    }
    Ok(())
}

/// Every third order under way slipped, by two weeks where that is still to come; the day that was expected decides whose side it lies on.
fn slip(tx: &mut AnyConnection, rep: &Act, id: &str, demo: &DemoOrder, today: NaiveDate) -> Result<(), Problem> {
    const CAUSES: [(&str, &str, &str); 4] = [
        ("supply", "material_shortage", "A second supplier is asked"),
        ("customer", "customer_budget", "Offer in two steps"),
        ("internal", "internal_capacity", "Commissioning by the partner"),
        ("customer", "site_not_ready", "Weekly call with the site"),
    ];
    if demo.status != "processed" || !demo.expected_close.day().is_multiple_of(3) {
        return Ok(());
    }
    let (side, reason, remedy) = CAUSES[demo.expected_close.day() as usize / 3 % CAUSES.len()];
    let new_date = demo.expected_close.checked_add_days(Days::new(14)).filter(|day| *day >= today);
    let body = json!({"side": side, "reason": reason, "remedy": remedy, "new_date": new_date});
    orders::delays::service::delay(tx, rep, id, read::<DelayInput>(&body)?)?;
    Ok(())
}

/// What a rep is to win this month and in the two before it.
fn aims(tx: &mut AnyConnection, act: &Act, person: &DemoUser, id: Id, today: NaiveDate) -> Result<(), Problem> {
    let (amount, currency) = if person.team == Some(data::OVERSEAS) { ("60000", "USD") } else { ("400000", "CNY") };
    for back in 0..3 {
        let Some(month) = today.with_day(1).and_then(|first| first.checked_sub_months(Months::new(back))) else { continue };
        let holder = targets::service::user(tx, id)?;
        let body = json!({"amount": amount, "currency": currency});
        targets::service::put(tx, act, holder, month, &IfMatch::Missing, read::<TargetInput>(&body)?)?;
    }
    Ok(())
}

fn order_json(demo: &DemoOrder) -> Value {
    let line =
        |l: &data::DemoLine| json!({"product": PRODUCTS[l.product].sku, "quantity": l.quantity, "unit_price": l.unit_price, "discount_rate": l.discount_rate});
    let lines: Vec<Value> = demo.lines.iter().map(line).collect();
    let closed = demo.closed_on.is_some();
    let returned = demo.status == "returned";
    let mut row = Map::new();
    let mut set = |name: &str, value: Value| drop(row.insert(name.into(), value));
    set("title", json!(demo.title));
    set("customer_name", json!(CUSTOMERS[demo.customer].name));
    set("owner_email", json!(REPS[demo.owner].email));
    set("currency", json!(demo.currency));
    set("created_at", json!(demo.created_on));
    set("submitted_at", json!(demo.submitted_on));
    set("status", json!(if returned { "in_review" } else { demo.status }));
    set("stage", json!(demo.stage));
    set("closed_on", json!(demo.closed_on));
    set("reason", json!(demo.reason));
    set("closing_note", json!(demo.note.filter(|_| closed)));
    set("note", json!(demo.note.filter(|_| !closed && !returned)));
    set("expected_close_date", json!(demo.expected_close));
    set("intent_level", json!(demo.intent_level));
    set("source", json!(demo.source));
    set("tags", json!(demo.tags));
    set("lines", json!(lines));
    Value::Object(row)
}

/// The demo's people write on WeChat, which the API calls a message.
fn channel(word: &str) -> &str {
    if word == "wechat" { "message" } else { word }
}

fn read<T: Decode>(value: &Value) -> Result<Decoded<T>, Problem> {
    body::decode(value)
}

/// Brings in one row and answers its id.
fn imported<T: Decode>(row: Value, import: impl FnOnce(Decoded<T>, &str) -> Result<Outcome, Problem>) -> Result<Id, Problem> {
    let hash = secrets::fingerprint(row.to_string().as_bytes(), 16);
    match import(read(&row)?, &hash)? {
        Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => Ok(id),
    }
}

/// Accounts and first steps, ready to paste; `today` decides the date in them.
#[must_use]
pub fn first_steps(server: &str, now: UtcTime) -> String {
    let accounts: String = STAFF.iter().chain(REPS).map(|u| format!("  {:<24} {:<9} {}\n", u.email, u.role, u.name)).collect();
    let close = date_in(Tz::UTC, now.plus_seconds(60 * 24 * 3600));
    format!(
        r#"Accounts, all with the password {PASSWORD}:
{accounts}
Three lines to paste while the server runs: log in, enter an order, see what converts.

TOKEN=$(curl -s {server}/api/v1/auth/login -H 'Content-Type: application/json' -d '{{"email":"emma.clark@demo.example","password":"{PASSWORD}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s {server}/api/v1/orders -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{"title":"Maintenance for the pilot cell","customer_name":"Lakeside Precision Ltd","currency":"USD","expected_close_date":"{close}","lines":[{{"product":"PM Kit","quantity":"2"}}]}}'
curl -s "{server}/api/v1/analytics/conversion?group_by=product" -H "Authorization: Bearer $TOKEN"
"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use diesel::prelude::*;

    use super::*;
    use crate::app;
    use crate::demo::orders::SHARES;
    use crate::platform::clock::Clock;
    use crate::platform::config::Config;
    use crate::platform::db::schema::orders::dsl;

    #[test]
    fn the_demo_goes_in_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/demo.db", folder.path().display());
        let config = Config::from_values(&BTreeMap::from([("DATABASE_URL".to_owned(), url)])).unwrap();
        let (state, _) = State::open(config, Clock::system()).unwrap();
        app::prepare(&state).unwrap();
        assert_eq!(load(&state).unwrap(), Outset::Loaded);
        assert_eq!(load(&state).unwrap(), Outset::There);
        let statuses = state.db.read_here(|c| Ok(dsl::orders.select(dsl::status).load::<String>(c)?)).unwrap();
        for (status, count) in SHARES {
            assert_eq!(statuses.iter().filter(|s| s == status).count(), *count, "{status}");
        }
    }
}
