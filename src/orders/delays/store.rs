//! The rows of delays and of pushed dates. SQL only.
use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::platform::db::schema::{order_delays, order_pushes, users};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;

/// A delay as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_delays)]
pub struct DelayRow {
    pub id: Id,
    pub order_id: Id,
    pub side: String,
    pub reason: String,
    /// Side and reason in one word.
    pub cause: String,
    pub note: Option<String>,
    pub remedy: Option<String>,
    pub from_date: Option<NaiveDate>,
    pub new_date: Option<NaiveDate>,
    pub days_slipped: i64,
    pub author_id: Option<Id>,
    pub created_at: UtcTime,
}

/// One push of an expected close date as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_pushes)]
pub struct PushRow {
    pub id: Id,
    pub order_id: Id,
    pub from_date: NaiveDate,
    pub to_date: NaiveDate,
    pub delay_id: Option<Id>,
    pub actor_id: Option<Id>,
    pub at: UtcTime,
}

/// Keeps a delay.
pub fn insert(tx: &mut AnyConnection, row: &DelayRow) -> Result<(), Problem> {
    diesel::insert_into(order_delays::table).values(row).execute(tx)?;
    Ok(())
}

/// Keeps a push.
pub fn insert_push(tx: &mut AnyConnection, row: &PushRow) -> Result<(), Problem> {
    diesel::insert_into(order_pushes::table).values(row).execute(tx)?;
    Ok(())
}

/// The pushes of an order that no delay explains, in their order.
pub fn unexplained(c: &mut AnyConnection, order: Id) -> Result<Vec<(NaiveDate, NaiveDate)>, Problem> {
    let own = order_pushes::table.filter(order_pushes::order_id.eq(order)).filter(order_pushes::delay_id.is_null());
    Ok(own.order(order_pushes::id).select((order_pushes::from_date, order_pushes::to_date)).load(c)?)
}

/// Which of these orders have a push that no delay explains.
pub fn with_unexplained(c: &mut AnyConnection, orders: &[Id]) -> Result<HashSet<Id>, Problem> {
    let own = order_pushes::table.filter(order_pushes::order_id.eq_any(orders)).filter(order_pushes::delay_id.is_null());
    Ok(own.select(order_pushes::order_id).distinct().load(c)?.into_iter().collect())
}

/// Lets a delay explain every push of its order that none has explained.
pub fn explain(tx: &mut AnyConnection, order: Id, delay: Id) -> Result<(), Problem> {
    let own = order_pushes::table.filter(order_pushes::order_id.eq(order)).filter(order_pushes::delay_id.is_null());
    diesel::update(own).set(order_pushes::delay_id.eq(delay)).execute(tx)?;
    Ok(())
}

/// Delays that meet a condition, with their authors' names.
pub fn load(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<(DelayRow, Option<String>)>, Problem> {
    Ok(order_delays::table
        .left_join(users::table.on(order_delays::author_id.eq(users::id.nullable())))
        .filter(filter)
        .order(order)
        .limit(limit)
        .select((DelayRow::as_select(), users::name.nullable()))
        .load(c)?)
}

/// How many delays meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(order_delays::table.filter(filter).count().get_result(c)?)
}

/// Order, delay, note, remedy.
pub type Texts = (Id, Id, Option<String>, Option<String>);

/// The free texts of the delays of some orders.
pub fn texts_of(c: &mut AnyConnection, orders: &[Id]) -> Result<Vec<Texts>, Problem> {
    let own = order_delays::table.filter(order_delays::order_id.eq_any(orders)).order(order_delays::id);
    Ok(own.select((order_delays::order_id, order_delays::id, order_delays::note, order_delays::remedy)).load(c)?)
}
