//! The rows of forecast snapshots, and what came.
use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use crate::analytics::store::{sum_of, whole};
use crate::insert_rows;
use crate::platform::db::schema::{forecast_snapshots, teams};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// A forecast as it was on a day, in ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = forecast_snapshots)]
pub struct SnapshotRow {
    pub id: Id,
    pub taken_on: NaiveDate,
    /// None for all orders.
    pub team_id: Option<Id>,
    pub currency: String,
    pub method: String,
    /// The first day of the month that it is for.
    pub period_start: NaiveDate,
    /// How many months ahead that is.
    pub lead: i32,
    pub expected: i64,
    pub low_80: Option<i64>,
    pub high_80: Option<i64>,
    pub low_95: Option<i64>,
    pub high_95: Option<i64>,
}

/// Whether the forecast of a day is kept.
pub fn is_taken(c: &mut AnyConnection, day: NaiveDate) -> Result<bool, Problem> {
    Ok(diesel::select(exists(forecast_snapshots::table.filter(forecast_snapshots::taken_on.eq(day)))).get_result(c)?)
}

/// Keeps forecasts.
pub fn insert(tx: &mut AnyConnection, rows: &[SnapshotRow]) -> Result<(), Problem> {
    insert_rows!(tx, forecast_snapshots::table, rows)?;
    Ok(())
}

/// All teams.
pub fn teams(c: &mut AnyConnection) -> Result<Vec<Id>, Problem> {
    Ok(teams::table.order(teams::id).select(teams::id).load(c)?)
}

/// Method, lead, currency, month and what was expected.
type Told = (String, i32, String, NaiveDate, i64);

/// The forecasts for the months from one on up to another.
pub fn of_months(c: &mut AnyConnection, team: Option<Id>, from: NaiveDate, to: NaiveDate) -> Result<Vec<Told>, Problem> {
    let months = forecast_snapshots::table.filter(forecast_snapshots::period_start.ge(from)).filter(forecast_snapshots::period_start.lt(to)).into_boxed();
    let months = match team {
        Some(team) => months.filter(forecast_snapshots::team_id.eq(team)),
        None => months.filter(forecast_snapshots::team_id.is_null()),
    };
    let columns =
        (forecast_snapshots::method, forecast_snapshots::lead, forecast_snapshots::currency, forecast_snapshots::period_start, forecast_snapshots::expected);
    Ok(months.select(columns).load(c)?)
}

#[derive(QueryableByName)]
struct WonRow {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

/// What was won on each day, by currency, in ten-thousandths.
pub fn won(c: &mut AnyConnection, team: Option<Id>, from: NaiveDate, to: NaiveDate) -> Result<Vec<(String, NaiveDate, i128)>, Problem> {
    let select = format!("select orders.currency as currency, orders.closed_on as day, {} from orders where ", sum_of("orders.amount", ""));
    let counted = [
        Some(Sql::new("orders.archived_at is null and orders.status = 'won' and orders.closed_on >= ").bind(Value::Date(from))),
        Some(Sql::new("orders.closed_on < ").bind(Value::Date(to))),
        team.map(|team| Sql::new("orders.closed_team_id = ").bind(Value::Id(team))),
    ];
    let rows: Vec<WonRow> = Sql::new(select).then(Sql::all(counted.into_iter().flatten())).text(" group by orders.currency, orders.closed_on").load(c)?;
    Ok(rows.into_iter().map(|row| (row.currency, row.day, whole(row.high, row.low))).collect())
}
