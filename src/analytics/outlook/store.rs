//! What trend and forecast count, in SQL: won orders by period, open ones by period and stage, and what became of orders by their last stage.
use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::analytics::forecast::pipeline::Ended;
use crate::analytics::store::{Facts, PRODUCT, bucket_of, sum_of, whole};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// What orders of a period, a product, a stage and a currency come to; amounts and units in ten-thousandths.
#[derive(Clone, Debug)]
pub struct Sum {
    /// The number of the period; none where an order has no day.
    pub period: Option<usize>,
    pub product: Option<Id>,
    pub stage: String,
    pub currency: String,
    pub orders: i64,
    pub amount: i128,
    pub units: i128,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    period: Option<i64>,
    #[diesel(sql_type = Nullable<SqlId>)]
    product: Option<Id>,
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
    #[diesel(sql_type = BigInt)]
    units_high: i64,
    #[diesel(sql_type = BigInt)]
    units_low: i64,
}

/// What orders come to by period, product where lines are grouped, stage and currency: by the period of a column's day, the first days of the periods being
/// given; what lies before the second belongs to the first.
pub fn sums(c: &mut AnyConnection, facts: &Facts, day: &str, starts: &[Value], most: usize) -> Result<Vec<Sum>, Problem> {
    let product = if facts.lines { PRODUCT } else { "cast(null as uuid)" };
    let columns = [("period", bucket_of(day, starts)), ("product", Sql::new(product)), ("stage", Sql::new("orders.stage"))];
    let mut rows = facts.rows(columns.map(|(name, column)| (name.to_owned(), column)).into());
    let units = match (facts.lines, rows.summed) {
        (false, _) => "cast(0 as bigint)",
        (true, false) => "order_lines.quantity",
        (true, true) => "cast(sum(order_lines.quantity) as bigint)",
    };
    rows.measures.push(("units", units));
    let select = format!(
        "select f.period as period, f.product as product, f.stage as stage, f.currency as currency, count(*) as orders, {}, {} from (",
        sum_of("f.amount", ""),
        sum_of("f.units", "units_")
    );
    let question = facts.parts().text(select).then(rows.told(facts.conversion.as_ref()));
    let question = question.text(format!(") f group by f.period, f.product, f.stage, f.currency limit {}", most + 1));
    let sum = |r: SumRow| Sum {
        period: r.period.and_then(|n| usize::try_from(n).ok()),
        product: r.product,
        stage: r.stage,
        currency: r.currency,
        orders: r.orders,
        amount: whole(r.high, r.low),
        units: whole(r.units_high, r.units_low),
    };
    Ok(question.load::<SumRow>(c)?.into_iter().map(sum).collect())
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = BigInt)]
    closed: i64,
    #[diesel(sql_type = BigInt)]
    won: i64,
}

/// What became of closed orders, by their last stage.
pub fn ended(c: &mut AnyConnection, facts: &Facts) -> Result<HashMap<String, Ended>, Problem> {
    let select = "select orders.stage as stage, count(*) as closed, count(case when orders.status = 'won' then 1 end) as won ";
    let rows: Vec<EndedRow> = facts.parts().text(select).then(facts.rows(Vec::new()).from).text(" group by orders.stage").load(c)?;
    Ok(rows.into_iter().map(|row| (row.stage, Ended { closed: row.closed, won: row.won })).collect())
}
