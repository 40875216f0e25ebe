//! What trend and forecast count, in SQL: won orders by period, open ones by period and stage, and what became of orders by their last stage.
use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::analytics::convert::{Conversion, Rows};
use crate::analytics::forecast::pipeline::Ended;
use crate::analytics::store::{bucket_of, sum_of, whole};
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

/// What is counted.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The column of the day that decides, and the first days of the periods; what lies before the second belongs to the first.
    pub day: &'static str,
    pub starts: &'a [Value],
    pub by_product: bool,
    pub condition: Sql,
    pub conversion: Option<&'a Conversion>,
}

/// What orders come to by period, product, stage and currency.
pub fn sums(c: &mut AnyConnection, asked: &Asked<'_>, most: usize) -> Result<Vec<Sum>, Problem> {
    let (product, joined) =
        if asked.by_product { ("order_lines.product_id", " join order_lines on order_lines.order_id = orders.id") } else { ("cast(null as uuid)", "") };
    let (amount, units) = if asked.by_product {
        ("cast(sum(order_lines.amount) as bigint)", "cast(sum(order_lines.quantity) as bigint)")
    } else {
        ("orders.amount", "cast(0 as bigint)")
    };
    let columns =
        [("period", bucket_of(asked.day, asked.starts)), ("product", Sql::new(product)), ("id", Sql::new("orders.id")), ("stage", Sql::new("orders.stage"))];
    let rows = Rows {
        columns: columns.map(|(name, column)| (name.to_owned(), column)).into(),
        amount,
        measures: vec![("units", units)],
        summed: asked.by_product,
        from: Sql::new(format!("from orders{joined} where ")).then(asked.condition.clone()),
    };
    let rows = rows.told(asked.conversion);
    let select = format!(
        "select f.period as period, f.product as product, f.stage as stage, f.currency as currency, count(*) as orders, {}, {} from (",
        sum_of("f.amount", ""),
        sum_of("f.units", "units_")
    );
    let question = Sql::new(select).then(rows).text(format!(") f group by f.period, f.product, f.stage, f.currency limit {}", most + 1));
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
pub fn ended(c: &mut AnyConnection, condition: Sql) -> Result<HashMap<String, Ended>, Problem> {
    let question = Sql::new("select orders.stage as stage, count(*) as closed, count(case when orders.status = 'won' then 1 end) as won from orders where ");
    let rows: Vec<EndedRow> = question.then(condition).text(" group by orders.stage").load(c)?;
    Ok(rows.into_iter().map(|row| (row.stage, Ended { closed: row.closed, won: row.won })).collect())
}
