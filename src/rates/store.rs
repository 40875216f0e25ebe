//! The rows of exchange rates. What is replaced or taken back stays, with the moment.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::rules::{Dated, DayOf, ExchangeRate};
use crate::insert_rows;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::exchange_rates;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;

/// A rate as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = exchange_rates)]
pub struct RateRow {
    pub id: Id,
    pub currency: String,
    pub date: NaiveDate,
    /// When the day began in the organisation's zone.
    pub starts_at: UtcTime,
    pub rate: i64,
    pub recorded_at: UtcTime,
    pub recorded_by: Option<Id>,
    pub replaced_at: Option<UtcTime>,
}

/// Rates that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<RateRow>, Problem> {
    Ok(exchange_rates::table.filter(filter).order(order).limit(limit).select(RateRow::as_select()).load(c)?)
}

/// How many rates meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(exchange_rates::table.filter(filter).count().get_result(c)?)
}

/// The rates of a currency that count now, or that counted at a moment.
fn counting(currency: &str, as_of: Option<UtcTime>) -> exchange_rates::BoxedQuery<'_, MultiBackend> {
    let all = exchange_rates::table.filter(exchange_rates::currency.eq(currency)).into_boxed();
    match as_of {
        None => all.filter(exchange_rates::replaced_at.is_null()),
        Some(moment) => all
            .filter(exchange_rates::recorded_at.le(moment))
            .filter(exchange_rates::replaced_at.is_null().or(exchange_rates::replaced_at.gt(Some(moment)).assume_not_null())),
    }
}

/// The rate of a currency that counts on a day: now, or as it was at a moment.
pub fn on(c: &mut AnyConnection, currency: &str, day: DayOf, as_of: Option<UtcTime>) -> Result<Option<ExchangeRate>, Problem> {
    let all = counting(currency, as_of);
    let all = match day {
        DayOf::Entry(moment) => all.filter(exchange_rates::starts_at.le(moment)),
        DayOf::Closing(date) => all.filter(exchange_rates::date.le(date)),
    };
    Ok(all.order(exchange_rates::date.desc()).select(exchange_rates::rate).first(c).optional()?.map(ExchangeRate))
}

/// All rates of a currency that count, in the order of their dates.
pub fn of(c: &mut AnyConnection, currency: &str) -> Result<Vec<Dated>, Problem> {
    let columns = (exchange_rates::date, exchange_rates::starts_at, exchange_rates::rate);
    let rows: Vec<(NaiveDate, UtcTime, i64)> = counting(currency, None).order(exchange_rates::date).select(columns).load(c)?;
    Ok(rows.into_iter().map(|(date, starts_at, rate)| Dated { date, starts_at, rate: ExchangeRate(rate) }).collect())
}

/// The currencies that have a rate on a day, each with its last one: now, or as it was at a moment.
pub fn of_day(c: &mut AnyConnection, day: NaiveDate, as_of: Option<UtcTime>) -> Result<Vec<(String, i64)>, Problem> {
    let currencies: Vec<String> = exchange_rates::table.select(exchange_rates::currency).distinct().order(exchange_rates::currency).load(c)?;
    let mut rates = Vec::new();
    for currency in currencies {
        if let Some(rate) = on(c, &currency, DayOf::Closing(day), as_of)? {
            rates.push((currency, rate.0));
        }
    }
    Ok(rates)
}

/// The rates of some days, those that count.
pub fn of_days(c: &mut AnyConnection, days: &[(String, NaiveDate)]) -> Result<Vec<RateRow>, Problem> {
    let mut found = Vec::with_capacity(days.len());
    for (currency, date) in days {
        let row = exchange_rates::table.filter(exchange_rates::currency.eq(currency)).filter(exchange_rates::date.eq(date));
        found.extend(row.filter(exchange_rates::replaced_at.is_null()).select(RateRow::as_select()).first(c).optional()?);
    }
    Ok(found)
}

/// When a rate was recorded last.
pub fn last_recorded(c: &mut AnyConnection) -> Result<Option<UtcTime>, Problem> {
    Ok(exchange_rates::table.order(exchange_rates::recorded_at.desc()).select(exchange_rates::recorded_at).first(c).optional()?)
}

/// Ends rates and keeps others.
pub fn replace(tx: &mut AnyConnection, ended: &[Id], rows: &[RateRow], at: UtcTime) -> Result<(), Problem> {
    diesel::update(exchange_rates::table.filter(exchange_rates::id.eq_any(ended))).set(exchange_rates::replaced_at.eq(Some(at))).execute(tx)?;
    insert_rows!(tx, exchange_rates::table, rows)?;
    Ok(())
}
