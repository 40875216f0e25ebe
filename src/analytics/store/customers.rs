//! What customers bought and when, counted in SQL.
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use super::super::convert::{Rows, named};
use super::{Facts, sum_of, whole};
use crate::platform::db::schema::customers;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// The fields of customers by which they are counted.
const FIELDS: [&str; 5] = ["industry", "region", "source", "intent_level", "value_tier"];

/// The customers that have one word in a field.
#[derive(Clone, Debug)]
pub struct Share {
    pub field: String,
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

/// An order of a customer that was lost.
#[derive(Clone, Debug)]
pub struct Lost {
    pub customer: Id,
    pub reason: Option<String>,
    pub on: NaiveDate,
}

#[derive(QueryableByName)]
struct ShareRow {
    #[diesel(sql_type = Text)]
    field: String,
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
struct PurchaseRow {
    #[diesel(sql_type = SqlId)]
    customer: Id,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
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

/// How all customers spread over the words of their fields, and how many of them have an order that meets the condition; at most so many words a field, and
/// one more where there are too many.
pub fn shares(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Share>, Problem> {
    let buyers = facts.rows(Vec::new()).from;
    let columns = FIELDS.join(", ");
    let each = FIELDS.map(|field| format!("cu.{field} as {field}")).join(", ");
    // The buyers are looked up among the customers, never the other way round, which would read all of them for each customer: SQLite keeps to the order of
    // a cross join.
    let counted = format!(
        "), w as materialized (select {columns}, sum(u.customer) as customers, sum(u.buyer) as buyers from (\
         select {each}, 1 as customer, 0 as buyer from customers cu where cu.archived_at is null \
         union all select {each}, 0, 1 from b cross join customers cu where cu.id = b.id and cu.archived_at is null) u group by {columns}) "
    );
    let told = FIELDS.map(|field| {
        let sums = "cast(sum(w.customers) as bigint) as customers, cast(sum(w.buyers) as bigint) as buyers";
        format!("select * from (select '{field}' as field, w.{field} as word, {sums} from w group by w.{field} limit {}) s", most + 1)
    });
    let sql = Sql::new("with b as materialized (").then(facts.parts()).text("select distinct orders.customer_id as id ").then(buyers);
    let rows: Vec<ShareRow> = sql.text(counted).text(told.join(" union all ")).load(c)?;
    Ok(rows.into_iter().map(|r| Share { field: r.field, word: r.word, customers: r.customers, buyers: r.buyers }).collect())
}

/// What each customer bought by the orders that meet the condition, by currency.
pub fn bought(c: &mut AnyConnection, facts: &Facts) -> Result<Vec<Bought>, Problem> {
    let rows = facts.rows(named(&[("customer", "orders.customer_id"), ("closed_on", "orders.closed_on")]));
    let rows = Rows { from: rows.from.text(" and orders.customer_id is not null"), ..rows }.told(facts.conversion.as_ref());
    let sum = sum_of("f.amount", "");
    let select = format!("select f.customer as customer, f.currency as currency, count(*) as orders, {sum}, max(f.closed_on) as last from (");
    let rows: Vec<BoughtRow> = facts.parts().text(select).then(rows).text(") f group by f.customer, f.currency").load(c)?;
    let bought = |r: BoughtRow| Bought { customer: r.customer, currency: r.currency, orders: r.orders, amount: whole(r.high, r.low), last: r.last };
    Ok(rows.into_iter().map(bought).collect())
}

/// Who bought on which day by the orders that meet the condition, one for each.
pub fn purchases(c: &mut AnyConnection, facts: &Facts) -> Result<Vec<(Id, NaiveDate)>, Problem> {
    let question = facts.parts().text("select orders.customer_id as customer, orders.closed_on as day ").then(facts.rows(Vec::new()).from);
    let rows: Vec<PurchaseRow> = question.text(" and orders.customer_id is not null and orders.closed_on is not null").load(c)?;
    Ok(rows.into_iter().map(|r| (r.customer, r.day)).collect())
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
