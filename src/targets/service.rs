//! Reading a target and setting one.
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::dto::{TargetInput, TargetView};
use super::rules::{Holder, month_text, reads, sets};
use super::store::{self, Row};
use crate::events::{self, Event};
use crate::identity::{Act, Permission, teams, users};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::decimal::exponent;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, IfMatch, etag};

/// The user of an id, with the name.
pub fn user(c: &mut AnyConnection, id: Id) -> Result<(Holder, String), Problem> {
    let basics = users::store::basics(c, id)?.ok_or_else(Problem::not_found)?;
    let name = users::store::names(c, &[id])?.remove(&id).unwrap_or_default();
    Ok((Holder::User(id, basics.team_id), name))
}

/// The team of an id, with the name.
pub fn team(c: &mut AnyConnection, id: Id) -> Result<(Holder, String), Problem> {
    let name = teams::store::names(c, &[id])?.remove(&id).ok_or_else(Problem::not_found)?;
    Ok((Holder::Team(id), name))
}

/// Reads a target; 404 where there is none that the caller may see.
pub fn read(c: &mut AnyConnection, act: &Act, (holder, name): (Holder, String), month: NaiveDate) -> Result<TargetView, Problem> {
    act.caller.require(Permission::TargetsRead)?;
    if !reads(&act.caller, holder) {
        return Err(Problem::not_found());
    }
    let row = store::find(c, holder.kind(), holder.id(), month)?.ok_or_else(Problem::not_found)?;
    Ok(TargetView::of(row, name))
}

/// Sets a target; one that is there is replaced, if it is of the version that the caller read.
pub fn put(
    tx: &mut AnyConnection,
    act: &Act,
    (holder, name): (Holder, String),
    month: NaiveDate,
    if_match: &IfMatch,
    input: Decoded<TargetInput>,
) -> Result<TargetView, Problem> {
    act.caller.require(Permission::TargetsEdit)?;
    if !sets(&act.caller, holder) {
        return Err(if reads(&act.caller, holder) { Problem::new(Code::NotOwner) } else { Problem::not_found() });
    }
    // Two that set the first one at once take turns.
    dialect::lock(tx, "targets", &format!("{} {month}", holder.id()))?;
    let before = store::find(tx, holder.kind(), holder.id(), month)?;
    match &before {
        Some(row) => if_match.check(row.version)?,
        None => if_match.check_absent()?,
    }
    let TargetInput { amount, currency, orders } = input.value;
    let mut faults = input.faults;
    if let (Some(amount), Some(currency)) = (&amount.0, &currency.0)
        && amount.0.rounded(exponent(&currency.0)) != amount.0
    {
        faults.add(Fault::new("/amount", FaultCode::TooFine).param("currency", &currency.0).param("places", exponent(&currency.0)));
    }
    faults.check()?;
    let (Some(amount), Some(currency)) = (amount.0, currency.0) else { return Err(Problem::internal("a field is missing without a fault")) };
    let row = Row {
        id: before.as_ref().map_or_else(new_id, |row| row.id),
        kind: holder.kind().into(),
        holder: holder.id(),
        month,
        currency: currency.0,
        amount: amount.0,
        orders: orders.value().map(|count| count.0),
        version: before.as_ref().map_or(1, |row| row.version + 1),
        created_at: before.as_ref().map_or(act.now, |row| row.created_at),
        updated_at: before.as_ref().map_or(act.now, |row| act.after(row.updated_at)),
    };
    let changes = events::changes(&before.as_ref().map_or(Value::Null, told), &told(&row), &[], &[]);
    match &before {
        Some(read) if changes.is_empty() => return Ok(TargetView::of(read.clone(), name)),
        Some(read) => {
            if !store::update(tx, &row, read.version)? {
                return Err(etag::stale(read.version + 1));
            }
        }
        None => store::insert(tx, &row)?,
    }
    let mut changes = changes;
    changes.insert(holder.kind().to_owned(), json!(holder.id()));
    changes.insert("month".to_owned(), json!(month_text(month)));
    events::append(tx, act, Event { kind: "target.set", record_type: "target", record_id: row.id, version: row.version, changes, occurred_at: act.now })?;
    Ok(TargetView::of(row, name))
}

/// What of a target events tell.
fn told(row: &Row) -> Value {
    json!({"amount": row.amount, "currency": row.currency, "orders": row.orders})
}
