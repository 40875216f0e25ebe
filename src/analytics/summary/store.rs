//! Counting what came in a stretch of time, and what needs somebody, each in one statement.
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, UtcTime, dialect};
use crate::platform::problem::Problem;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    n0: i64,
    #[diesel(sql_type = BigInt)]
    n1: i64,
    #[diesel(sql_type = BigInt)]
    n2: i64,
    #[diesel(sql_type = BigInt)]
    n3: i64,
    #[diesel(sql_type = BigInt)]
    n4: i64,
}

/// How many of the orders meet each of the conditions.
pub fn each(c: &mut AnyConnection, of: &Sql, conditions: [Sql; 5]) -> Result<[i64; 5], Problem> {
    let count = |sql: Sql, (n, condition): (usize, Sql)| {
        sql.text(if n == 0 { "count(case when " } else { ", count(case when " }).then(condition).text(format!(" then 1 end) as n{n}"))
    };
    let question = conditions.into_iter().enumerate().fold(Sql::new("select "), count).text(" from orders where ").then(of.clone());
    let row = question.load::<Row>(c)?.pop();
    Ok(row.map_or([0; 5], |r| [r.n0, r.n1, r.n2, r.n3, r.n4]))
}

/// How many of the orders have a time in a stretch of it.
pub fn within(c: &mut AnyConnection, of: Sql, column: &str, (from, to): (UtcTime, UtcTime)) -> Result<i64, Problem> {
    let (from, to) = (Value::Time(from), Value::Time(to));
    let question = Sql::new(format!("select 1 from orders where orders.{column} >= ")).bind(from).text(format!(" and orders.{column} < ")).bind(to);
    Ok(dialect::count_some(c, question.text(" and ").then(of), i64::MAX)?)
}
