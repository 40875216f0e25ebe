//! Periods and weekdays in SQL, and between which ends there are orders at all.
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable};

use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlTime;
use crate::platform::db::{AnyConnection, UtcTime, dialect};
use crate::platform::problem::Problem;

/// The number of the bucket that a column's value lies in, found by halves: few comparisons a row, however many buckets.
#[must_use]
pub fn bucket_of(column: &str, starts: &[Value]) -> Sql {
    let numbers = |number: usize| Sql::new(number.to_string());
    Sql::new(format!("cast(case when {column} is null then null else ")).then(halve(column, starts, 0, &numbers)).text(" end as bigint)")
}

/// The weekday of a column's value, Monday being 0: of a date its own, of a moment the one where clocks are so many seconds ahead, from when on.
#[must_use]
pub fn weekday_of(column: &str, offsets: Option<&[(UtcTime, i64)]>) -> Sql {
    let weekday = match offsets {
        None => dialect::weekday_of_date(column),
        Some(offsets) => {
            let starts: Vec<Value> = offsets.iter().map(|(start, _)| Value::Time(*start)).collect();
            halve(column, &starts, 0, &|n| dialect::weekday_of_time(column, offsets.get(n).map_or(0, |(_, ahead)| *ahead)))
        }
    };
    Sql::new(format!("cast(case when {column} is null then null else ")).then(weekday).text(" end as bigint)")
}

fn halve(column: &str, starts: &[Value], first: usize, leaf: &dyn Fn(usize) -> Sql) -> Sql {
    let (left, right) = starts.split_at(starts.len() / 2);
    match (left, right) {
        ([_, ..], [middle, ..]) => Sql::new("case when ")
            .then(dialect::bare(column))
            .text(" < ")
            .bind(middle.clone())
            .text(" then ")
            .then(halve(column, left, first, leaf))
            .text(" else ")
            .then(halve(column, right, first + left.len(), leaf))
            .text(" end"),
        _ => leaf(first),
    }
}

#[derive(QueryableByName)]
struct Days {
    #[diesel(sql_type = Nullable<Date>)]
    first: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    last: Option<NaiveDate>,
}

/// The first and the last day on which any order was closed, or ever said to be.
pub fn closing_days(c: &mut AnyConnection, ever: bool) -> Result<Option<(NaiveDate, NaiveDate)>, Problem> {
    let ends = Sql::new(if ever {
        "select min(closed_on) as first, max(closed_on) as last from order_facts"
    } else {
        "select (select min(closed_on) from orders where archived_at is null) as first, (select max(closed_on) from orders where archived_at is null) as last"
    });
    Ok(ends.of_few().load::<Days>(c)?.pop().and_then(|d| d.first.zip(d.last)))
}

#[derive(QueryableByName)]
struct Times {
    #[diesel(sql_type = Nullable<SqlTime>)]
    first: Option<UtcTime>,
    #[diesel(sql_type = Nullable<SqlTime>)]
    last: Option<UtcTime>,
}

/// The first and the last moment at which any order was submitted for the first time, or ever said to be.
pub fn submission_times(c: &mut AnyConnection, ever: bool) -> Result<Option<(UtcTime, UtcTime)>, Problem> {
    let ends = Sql::new(if ever {
        "select min(first_submitted_at) as first, max(first_submitted_at) as last from order_facts"
    } else {
        "select (select min(first_submitted_at) from orders where archived_at is null) as first, \
         (select max(first_submitted_at) from orders where archived_at is null) as last"
    });
    Ok(ends.load::<Times>(c)?.pop().and_then(|d| d.first.zip(d.last)))
}

/// The moment from which on facts are known where orders are older than that; none where all are known from their beginning.
pub fn known_since(c: &mut AnyConnection) -> Result<Option<UtcTime>, Problem> {
    // Ids are in the order of their making.
    let ends = Sql::new(
        "select (select valid_from from order_facts order by order_id, valid_from limit 1) as first, (select recorded_at from order_transitions order by id limit 1) as last",
    );
    Ok(ends.load::<Times>(c)?.pop().and_then(|ends| ends.first.zip(ends.last)).and_then(|(known, entered)| (entered < known).then_some(known)))
}
