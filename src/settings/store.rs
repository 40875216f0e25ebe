//! The rows of settings, and whether records use an item.
use diesel::dsl::exists;
use diesel::prelude::*;

use super::Name;
use crate::platform::db::schema::{customers, exchange_rates, order_delays, orders, settings};
use crate::platform::db::{AnyConnection, Json, UtcTime, kept};
use crate::platform::problem::Problem;

/// A document and its version.
pub fn find(c: &mut AnyConnection, name: &str) -> Result<Option<(Json, i64)>, Problem> {
    Ok(settings::table.find(name).select((settings::value, settings::version)).first(c).optional()?)
}

pub fn insert(tx: &mut AnyConnection, name: &str, value: &Json, now: UtcTime) -> Result<(), Problem> {
    let row = (settings::name.eq(name), settings::value.eq(value), settings::version.eq(1_i64), settings::updated_at.eq(now));
    diesel::insert_into(settings::table).values(row).execute(tx)?;
    Ok(())
}

/// Replaces a document, unless it has moved on from the version that was read.
pub fn update(tx: &mut AnyConnection, name: &str, read: i64, value: &Json, now: UtcTime) -> Result<bool, Problem> {
    kept::pass_over();
    let row = settings::table.filter(settings::name.eq(name)).filter(settings::version.eq(read));
    let set = (settings::value.eq(value), settings::version.eq(read + 1), settings::updated_at.eq(now));
    Ok(diesel::update(row).set(set).execute(tx)? == 1)
}

/// Whether any record keeps this code, archived ones included: they may come back.
pub fn is_used(c: &mut AnyConnection, list: Name, code: &str) -> Result<bool, Problem> {
    let closed = |status| orders::table.filter(orders::reason.eq(code)).filter(orders::status.eq(status));
    Ok(match list {
        Name::Stages => diesel::select(exists(orders::table.filter(orders::stage.eq(code)))).get_result(c)?,
        Name::LossReasons => diesel::select(exists(closed("lost"))).get_result(c)?,
        Name::CancelReasons => diesel::select(exists(closed("cancelled"))).get_result(c)?,
        Name::DelayReasons => diesel::select(exists(order_delays::table.filter(order_delays::reason.eq(code)))).get_result(c)?,
        Name::Sources => {
            diesel::select(exists(orders::table.filter(orders::source.eq(code)))).get_result(c)?
                || diesel::select(exists(customers::table.filter(customers::source.eq(code)))).get_result(c)?
        }
    })
}

/// Whether there are exchange rates that count, or any record keeps an amount by one: these are in the base currency.
pub fn has_rates(c: &mut AnyConnection) -> Result<bool, Problem> {
    Ok(diesel::select(exists(exchange_rates::table.filter(exchange_rates::replaced_at.is_null()))).get_result(c)?
        || diesel::select(exists(orders::table.filter(orders::base_rate.is_not_null()))).get_result(c)?)
}
