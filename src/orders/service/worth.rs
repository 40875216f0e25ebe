//! What orders are worth in the base currency: at the rate of the day on which they were entered, at closing at that of the day of closing. What is closed
//! keeps what it was then; only where there was no rate, the first that comes counts.
use crate::identity::Act;
use crate::orders::store::{self, OrderRow};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::Decoded;
use crate::rates::rules::{DayOf, on};
use crate::rates::service::{known, put, rate_for};
use crate::rates::{PutRates, RatesInput};
use crate::settings::service::organisation;

/// How many orders are looked at at a time.
const CHUNK: i64 = 1_000;

/// The day of an order.
fn day_of(row: &OrderRow) -> DayOf {
    row.closed_on.map_or(DayOf::Entry(row.created_at), DayOf::Closing)
}

/// Prices an order that is not kept yet; in the base currency there is nothing to look up.
pub(super) fn price(tx: &mut AnyConnection, base: &str, row: &mut OrderRow) -> Result<(), Problem> {
    let rate = if row.currency == base { None } else { rate_for(tx, &row.currency, day_of(row))? };
    (row.base_rate, row.base_amount) = (rate.map(|rate| rate.0), rate.and_then(|rate| rate.in_base(row.amount, base)));
    row.rates_at = if row.closed_on.is_some() { Some(known(tx)?) } else { None };
    Ok(())
}

/// Prices an order that changes its amount, its currency or its day. To be called before the order is written, so that who changes rates never waits for
/// an order that waits for rates.
pub(super) fn reprice(tx: &mut AnyConnection, row: &mut OrderRow) -> Result<(), Problem> {
    let base = organisation(tx)?.base_currency.clone();
    price(tx, &base, row)
}

/// Keeps what an order that was written is worth now.
pub(super) fn keep(tx: &mut AnyConnection, row: &OrderRow) -> Result<(), Problem> {
    store::set_worth(tx, row.id, row.base_rate, row.base_amount, row.rates_at)
}

/// Keeps exchange rates, and prices the orders anew whose day they are for: open ones, and closed ones that had no rate.
pub fn put_rates(tx: &mut AnyConnection, act: &Act, input: Decoded<RatesInput>) -> Result<PutRates, Problem> {
    let (currencies, changed) = put(tx, act, input)?;
    let base = organisation(tx)?.base_currency.clone();
    let mut orders = 0;
    for (currency, first) in currencies {
        let rates = crate::rates::store::of(tx, &currency)?;
        let mut after: Option<Id> = None;
        loop {
            let rows = store::unpriced(tx, &currency, first, after, CHUNK)?;
            after = rows.last().map(|row| row.id);
            for row in &rows {
                let rate = on(&rates, row.closed_on.map_or(DayOf::Entry(row.created_at), DayOf::Closing));
                let amount = rate.and_then(|rate| rate.in_base(row.amount, &base));
                if (rate.map(|rate| rate.0), amount) != (row.base_rate, row.base_amount) {
                    store::set_worth(tx, row.id, rate.map(|rate| rate.0), amount, row.rates_at)?;
                    orders += 1;
                }
            }
            if (rows.len() as i64) < CHUNK {
                break;
            }
        }
    }
    Ok(PutRates { changed, orders })
}
