//! What customers bought and when, counted in SQL.
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use super::super::convert::{Conversion, Rows};
use super::{sum_of, whole};
use crate::platform::db::schema::customers;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::problem::Problem;

/// The customers that have one word in a field.
#[derive(Clone, Debug)]
pub struct Share {
    pub word: Option<String>,
    pub customers: i64,
    /// Those of them that bought.
    pub buyers: i64,
}

/// What a customer bought in one currency.
#[derive(Clone, Debug)]
pub struct Bought {
    pub customer: Id,
    pub currency: String,
    pub orders: i64,
    pub amount: i128,
    pub last: NaiveDate,
}

/// A customer who has been quiet for longer than its own rhythm says.
#[derive(Clone, Debug)]
pub struct Quiet {
    pub customer: Id,
    /// On how many days it bought.
    pub days: i64,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// Half of the stretches between them are at most so many days long.
    pub median: i64,
    /// Days since.
    pub quiet: i64,
}

/// An order of a customer that was lost.
#[derive(Clone, Debug)]
pub struct Lost {
    pub customer: Id,
    pub reason: Option<String>,
    pub on: NaiveDate,
}

#[derive(QueryableByName)]
struct ShareRow {
    #[diesel(sql_type = Nullable<Text>)]
    word: Option<String>,
    #[diesel(sql_type = BigInt)]
    customers: i64,
    #[diesel(sql_type = BigInt)]
    buyers: i64,
}

#[derive(QueryableByName)]
struct BoughtRow {
    #[diesel(sql_type = SqlId)]
    customer: Id,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
    #[diesel(sql_type = Date)]
    last: NaiveDate,
}

#[derive(QueryableByName)]
struct QuietRow {
    #[diesel(sql_type = SqlId)]
    customer: Id,
    #[diesel(sql_type = BigInt)]
    days: i64,
    #[diesel(sql_type = Date)]
    first: NaiveDate,
    #[diesel(sql_type = Date)]
    last: NaiveDate,
    #[diesel(sql_type = BigInt)]
    median: i64,
    #[diesel(sql_type = BigInt)]
    quiet: i64,
}

#[derive(QueryableByName)]
struct LostRow {
    #[diesel(sql_type = SqlId)]
    customer: Id,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Date)]
    closed_on: NaiveDate,
}

/// How all customers spread over the words of one of their columns, and how many of them have an order that meets a condition.
pub fn shares(c: &mut AnyConnection, column: &'static str, condition: &Sql, most: usize) -> Result<Vec<Share>, Problem> {
    // The buyers are looked up among the customers, never the other way round, which would read all of them for each customer: SQLite keeps to the order of
    // a cross join.
    let sql = Sql::new(format!(
        "select u.word as word, cast(sum(u.customer) as bigint) as customers, cast(sum(u.buyer) as bigint) as buyers from (\
         select cu.{column} as word, 1 as customer, 0 as buyer from customers cu where cu.archived_at is null \
         union all select cu.{column}, 0, 1 from (select distinct orders.customer_id as id from orders where "
    ));
    let behind = format!(") b cross join customers cu where cu.id = b.id and cu.archived_at is null) u group by u.word limit {}", most + 1);
    let rows: Vec<ShareRow> = sql.then(condition.clone()).text(behind).load(c)?;
    Ok(rows.into_iter().map(|r| Share { word: r.word, customers: r.customers, buyers: r.buyers }).collect())
}

/// What each customer bought by the orders that meet a condition, by currency.
pub fn bought(c: &mut AnyConnection, condition: &Sql, conversion: Option<&Conversion>) -> Result<Vec<Bought>, Problem> {
    let of_customers = Sql::new("orders.customer_id is not null and ").then(condition.clone());
    let rows = Rows::of_orders(&[("customer", "orders.customer_id"), ("closed_on", "orders.closed_on")], of_customers).told(conversion);
    let sum = sum_of("f.amount", "");
    let sql = Sql::new(format!("select f.customer as customer, f.currency as currency, count(*) as orders, {sum}, max(f.closed_on) as last from (")).then(rows);
    let rows: Vec<BoughtRow> = sql.text(") f group by f.customer, f.currency").load(c)?;
    let bought = |r: BoughtRow| Bought { customer: r.customer, currency: r.currency, orders: r.orders, amount: whole(r.high, r.low), last: r.last };
    Ok(rows.into_iter().map(bought).collect())
}

/// The customers who bought on at least three days, by the orders that meet a condition, and have been quiet for more than so many ten-thousandths of the
/// median stretch between those days; farthest beyond it first. Also how many there are.
pub fn quiet(c: &mut AnyConnection, condition: Sql, today: NaiveDate, factor: i64, limit: usize) -> Result<(Vec<Quiet>, i64), Problem> {
    let days = |since: &str, until: Sql| dialect::days_from(since, until);
    let sql = Sql::new(
        "select l.* from (select g.customer as customer, count(*) + 1 as days, min(g.since) as first, max(g.day) as last, \
         cast(max(case when g.place = (g.times + 1) / 2 then g.gap end) as bigint) as median, ",
    );
    let sql = sql.then(days("max(g.day)", Sql::new("").bind(Value::Date(today)))).text(
        " as quiet from (select s.*, row_number() over (partition by s.customer order by s.gap) as place, count(*) over (partition by s.customer) as times from (\
         select d.customer as customer, d.since as since, d.day as day, ",
    );
    let sql = sql.then(days("d.since", Sql::new("d.day"))).text(
        " as gap from (select b.customer as customer, b.day as day, lag(b.day) over (partition by b.customer order by b.day) as since from (\
         select distinct orders.customer_id as customer, orders.closed_on as day from orders where orders.customer_id is not null and ",
    );
    let sql =
        sql.then(condition).text(") b) d where d.since is not null) s) g group by g.customer having count(*) >= 2) l where l.quiet * 10000 > l.median * ");
    let listed = sql.bind(Value::Number(factor));
    let total = dialect::count_some(c, listed.clone(), i64::MAX)?;
    let rows: Vec<QuietRow> = listed.text(format!(" order by l.quiet * 1000000 / l.median desc, l.customer limit {limit}")).load(c)?;
    let told = |r: QuietRow| Quiet { customer: r.customer, days: r.days, first: r.first, last: r.last, median: r.median, quiet: r.quiet };
    Ok((rows.into_iter().map(told).collect(), total))
}

/// The lost orders of some customers that meet a condition, in the order in which they were lost.
pub fn lost(c: &mut AnyConnection, customers: &[Id], condition: Sql) -> Result<Vec<Lost>, Problem> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::new("select orders.customer_id as customer, orders.reason as reason, orders.closed_on as closed_on from orders where orders.status = 'lost' and orders.customer_id in (")
        .list(customers.iter().copied().map(Value::Id))
        .text(") and ");
    let rows: Vec<LostRow> = sql.then(condition).text(" order by orders.closed_on, orders.closed_at, orders.id").load(c)?;
    Ok(rows.into_iter().map(|r| Lost { customer: r.customer, reason: r.reason, on: r.closed_on }).collect())
}

/// Names of customers.
pub fn names(c: &mut AnyConnection, ids: &[Id]) -> Result<std::collections::HashMap<Id, String>, Problem> {
    let mut all = std::collections::HashMap::new();
    for some in ids.chunks(super::names::MOST_IDS) {
        all.extend(customers::table.filter(customers::id.eq_any(some)).select((customers::id, customers::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}
