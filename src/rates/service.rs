//! Keeping rates, and finding the one that counts for an order.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, json};

use super::dto::RatesInput;
use super::rules::{DayOf, ExchangeRate};
use super::store::{self, RateRow};
use crate::events::{self, Event};
use crate::identity::Act;
use crate::platform::clock::{new_id, start_of};
use crate::platform::db::{AnyConnection, UtcTime, dialect};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, Faults};
use crate::settings::service::{organisation, record_id};

/// Who changes rates waits for those that price an order, and these for the one that changes rates.
const LOCK: &str = "exchange_rates";

/// Which rates have changed: of each currency the first day.
pub type Changed = BTreeMap<String, NaiveDate>;

/// Keeps rates, replaces those of the same day, takes back those that are null; the same again changes nothing. Answers what has changed, and how many.
pub fn put(tx: &mut AnyConnection, act: &Act, input: Decoded<RatesInput>) -> Result<(Changed, usize), Problem> {
    let organisation = organisation(tx)?;
    let Decoded { value: RatesInput { rates }, mut faults } = input;
    let mut wanted: BTreeMap<(String, NaiveDate), Option<ExchangeRate>> = BTreeMap::new();
    for (i, rate) in rates.0.into_iter().enumerate() {
        let (currency, date) = (rate.currency.0, rate.date.0);
        if currency == organisation.base_currency {
            faults.add(Fault::new(format!("/rates/{i}/currency"), FaultCode::Inconsistent).param("other", "base_currency"));
        }
        if !rate.rate.is_given() {
            faults.add(Fault::new(format!("/rates/{i}/rate"), FaultCode::Required));
        }
        if wanted.insert((currency.clone(), date), rate.rate.value()).is_some() {
            faults.add(Fault::new(format!("/rates/{i}"), FaultCode::Repeated).param("value", format!("{currency} {date}")));
        }
    }
    refuse_none(wanted.is_empty(), &mut faults);
    faults.check()?;
    dialect::lock(tx, LOCK, "")?;
    let days: Vec<_> = wanted.keys().cloned().collect();
    let there: BTreeMap<(String, NaiveDate), RateRow> = store::of_days(tx, &days)?.into_iter().map(|row| ((row.currency.clone(), row.date), row)).collect();
    // Each time rates are recorded has a moment of its own, so that what was known before it can be told.
    let now = store::last_recorded(tx)?.map_or(act.now, |last| UtcTime(act.now.0.max(last.0 + 1)));
    let (mut ended, mut rows, mut changes, mut changed) = (Vec::new(), Vec::new(), Map::new(), Changed::new());
    for ((currency, date), rate) in wanted {
        let before = there.get(&(currency.clone(), date));
        if before.map(|row| row.rate) == rate.map(|rate| rate.0) {
            continue;
        }
        let text = |rate: Option<ExchangeRate>| rate.map(|rate| rate.to_string());
        changes.insert(format!("{currency} {date}"), json!([text(before.map(|row| ExchangeRate(row.rate))), text(rate)]));
        changed.entry(currency.clone()).or_insert(date);
        ended.extend(before.map(|row| row.id));
        let starts_at = start_of(organisation.time_zone, date);
        rows.extend(rate.map(|rate| RateRow {
            id: new_id(),
            currency,
            date,
            starts_at,
            rate: rate.0,
            recorded_at: now,
            recorded_by: act.caller.user,
            replaced_at: None,
        }));
    }
    let count = changes.len();
    if count > 0 {
        store::replace(tx, &ended, &rows, now)?;
        let record_id = record_id(LOCK);
        events::append(tx, act, Event { kind: "exchange_rates.updated", record_type: "settings", record_id, version: now.0, changes, occurred_at: act.now })?;
    }
    Ok((changed, count))
}

fn refuse_none(none: bool, faults: &mut Faults) {
    if none && faults.is_empty() {
        faults.add(Fault::new("/rates", FaultCode::TooFew).param("min", 1));
    }
}

/// The rate that counts for an order in another currency than the base; nobody changes rates until the transaction ends.
pub fn rate_for(tx: &mut AnyConnection, currency: &str, day: DayOf) -> Result<Option<ExchangeRate>, Problem> {
    dialect::lock_shared(tx, LOCK)?;
    store::on(tx, currency, day, None)
}

/// When the last rates were recorded: who closes knows of none that come later.
pub fn known(c: &mut AnyConnection) -> Result<UtcTime, Problem> {
    Ok(store::last_recorded(c)?.unwrap_or(UtcTime(0)))
}
