//! The rows of instances and days. SQL only.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::rules::bound;
use crate::platform::db::schema::{instances, performance_days as days, performance_times as times};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::watch::metrics::Counted;

/// A process that serves the database.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = instances)]
pub struct InstanceRow {
    pub id: Id,
    pub version: String,
    pub started_at: UtcTime,
    pub seen_at: UtcTime,
}

/// A day: seconds up, then answers by class.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = days)]
pub struct DayRow {
    pub day: NaiveDate,
    pub up_seconds: i64,
    pub successes: i64,
    pub redirections: i64,
    pub client_errors: i64,
    pub server_errors: i64,
}

fn number(count: u64) -> Value {
    Value::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Adds to a day what was counted on it.
pub fn add(tx: &mut AnyConnection, day: NaiveDate, up_seconds: i64, counted: &Counted) -> Result<(), Problem> {
    let columns = ["up_seconds", "successes", "redirections", "client_errors", "server_errors"];
    let more = columns.map(|column| format!("{column} = performance_days.{column} + excluded.{column}")).join(", ");
    let values = [Value::Date(day), Value::Number(up_seconds)].into_iter().chain(counted.classes.into_iter().map(number));
    let insert = Sql::new(format!("insert into performance_days (day, {}) values (", columns.join(", "))).list(values);
    insert.text(format!(") on conflict (day) do update set {more}")).run(tx)?;
    for (bucket, count) in counted.times.counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        let values = [Value::Date(day), Value::Number(bound(bucket)), number(count)];
        let insert = Sql::new("insert into performance_times (day, up_to, requests) values (").list(values);
        insert.text(") on conflict (day, up_to) do update set requests = performance_times.requests + excluded.requests").run(tx)?;
    }
    Ok(())
}

/// Forgets the days before one.
pub fn forget_days(tx: &mut AnyConnection, before: NaiveDate) -> Result<(), Problem> {
    diesel::delete(times::table.filter(times::day.lt(before))).execute(tx)?;
    diesel::delete(days::table.filter(days::day.lt(before))).execute(tx)?;
    Ok(())
}

/// The days from one on, the latest first.
pub fn days(c: &mut AnyConnection, from: NaiveDate) -> Result<Vec<DayRow>, Problem> {
    Ok(days::table.filter(days::day.ge(from)).order(days::day.desc()).select(DayRow::as_select()).load(c)?)
}

/// The times of the days from one on: day, up to how many microseconds, how many requests.
pub fn times(c: &mut AnyConnection, from: NaiveDate) -> Result<Vec<(NaiveDate, i64, i64)>, Problem> {
    Ok(times::table.filter(times::day.ge(from)).select((times::day, times::up_to, times::requests)).load(c)?)
}

/// A sign of life of a process.
pub fn seen(tx: &mut AnyConnection, row: &InstanceRow) -> Result<(), Problem> {
    let known = diesel::update(instances::table.find(row.id)).set(instances::seen_at.eq(row.seen_at)).execute(tx)?;
    if known == 0 {
        diesel::insert_into(instances::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Forgets processes that gave no sign of life between two moments, and one that leaves: one whose clock was far ahead says nothing of now.
pub fn forget_instances(tx: &mut AnyConnection, since: UtcTime, until: UtcTime, leaving: Option<Id>) -> Result<(), Problem> {
    diesel::delete(instances::table.filter(instances::seen_at.lt(since).or(instances::seen_at.gt(until)))).execute(tx)?;
    if let Some(id) = leaving {
        diesel::delete(instances::table.find(id)).execute(tx)?;
    }
    Ok(())
}

/// The processes that gave a sign of life since a moment, the oldest first.
pub fn instances(c: &mut AnyConnection, since: UtcTime, most: i64) -> Result<Vec<InstanceRow>, Problem> {
    let alive = instances::table.filter(instances::seen_at.ge(since)).order((instances::started_at, instances::id)).limit(most);
    Ok(alive.select(InstanceRow::as_select()).load(c)?)
}
