//! What is written into a copy before it takes the place of another database. SQL only.
use diesel::prelude::*;

use crate::platform::db::schema::{events, orders, sessions};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// The greatest number that an order has, and the greatest that an event has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub order: i64,
    pub event: i64,
}

/// The numbers that a database has come to.
pub fn numbers(c: &mut AnyConnection) -> Result<Numbers, Problem> {
    let order: Option<i64> = orders::table.select(diesel::dsl::max(orders::number)).first(c)?;
    let event: Option<i64> = events::table.select(diesel::dsl::max(events::number)).first(c)?;
    Ok(Numbers { order: order.unwrap_or(0).max(dialect::order_numbers_begin_behind(c)?), event: event.unwrap_or(0) })
}

/// Ends all sessions; answers how many had not ended.
pub fn end_sessions(tx: &mut AnyConnection, now: UtcTime) -> Result<usize, Problem> {
    Ok(diesel::update(sessions::table.filter(sessions::ended_at.is_null())).set(sessions::ended_at.eq(Some(now))).execute(tx)?)
}

/// Gives the newest event of a record another number.
pub fn renumber(tx: &mut AnyConnection, record: Id, number: i64) -> Result<(), Problem> {
    diesel::update(events::table.filter(events::record_id.eq(record))).set(events::number.eq(number)).execute(tx)?;
    Ok(())
}
