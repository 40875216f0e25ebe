//! What orders are worth in the base currency, as it is kept.
use chrono::NaiveDate;
use diesel::prelude::*;

use crate::platform::db::schema::orders;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;

/// Keeps what an order is worth in the base currency, which is no version of it.
pub fn set_worth(tx: &mut AnyConnection, id: Id, rate: Option<i64>, amount: Option<Decimal>, rates_at: Option<UtcTime>) -> Result<(), Problem> {
    let worth = (orders::base_rate.eq(rate), orders::base_amount.eq(amount), orders::rates_at.eq(rates_at));
    diesel::update(orders::table.find(id)).set(worth).execute(tx)?;
    Ok(())
}

/// What of an order decides what it is worth.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct WorthRow {
    pub id: Id,
    pub amount: Decimal,
    pub created_at: UtcTime,
    pub closed_on: Option<NaiveDate>,
    pub base_rate: Option<i64>,
    pub base_amount: Option<Decimal>,
    pub rates_at: Option<UtcTime>,
}

/// The orders of a currency that follow its rates from a day on, archived ones included, by their ids from one on: open ones entered since the day
/// before, for a day begins at another moment in each zone, and closed ones without a rate.
pub fn unpriced(tx: &mut AnyConnection, currency: &str, first: NaiveDate, after: Option<Id>, limit: i64) -> Result<Vec<WorthRow>, Problem> {
    let since = UtcTime::from(first.and_time(chrono::NaiveTime::MIN).and_utc() - chrono::TimeDelta::days(1));
    let open = orders::closed_on.is_null().and(orders::created_at.ge(since));
    let closed = orders::closed_on.ge(Some(first)).and(orders::base_rate.is_null());
    let all = orders::table.filter(orders::currency.eq(currency)).filter(open.or(closed.assume_not_null()).assume_not_null()).into_boxed();
    let all = match after {
        Some(after) => all.filter(orders::id.gt(after)),
        None => all,
    };
    Ok(all.order(orders::id).limit(limit).select(WorthRow::as_select()).load(tx)?)
}
