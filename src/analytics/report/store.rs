//! The orders that a meeting talks about, a few of each kind.
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::analytics::summary::CLOSING_DAYS;
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;

/// Most orders of a kind.
const MOST: usize = 10;

/// An order, as a meeting wants to know it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Talked {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub title: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub customer: Option<String>,
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// In ten-thousandths.
    #[diesel(sql_type = BigInt)]
    pub amount: i64,
    #[diesel(sql_type = Nullable<Date>)]
    pub expected_close_date: Option<NaiveDate>,
}

fn some(c: &mut AnyConnection, open: &Sql, more: Sql, order: &str) -> Result<Vec<Talked>, Problem> {
    let select = "select orders.number as number, orders.title as title, customers.name as customer, users.name as owner, orders.currency as currency, \
                  orders.amount as amount, orders.expected_close_date as expected_close_date \
                  from orders join users on users.id = orders.owner_id left join customers on customers.id = orders.customer_id where ";
    let question = Sql::new(select).then(open.clone()).text(" and ").then(more).text(format!(" order by {order}, orders.number limit {MOST}"));
    Ok(question.load(c)?)
}

const ACTIVE: &str = "orders.status in ('pending', 'processed')";

pub fn overdue(c: &mut AnyConnection, open: &Sql, today: NaiveDate) -> Result<Vec<Talked>, Problem> {
    let late = Sql::new(format!("{ACTIVE} and orders.expected_close_date < ")).bind(Value::Date(today));
    some(c, open, late, "orders.expected_close_date")
}

pub fn closing_soon(c: &mut AnyConnection, open: &Sql, today: NaiveDate) -> Result<Vec<Talked>, Problem> {
    let end = today.checked_add_days(Days::new(CLOSING_DAYS)).unwrap_or(today);
    let soon = Sql::new(format!("{ACTIVE} and orders.expected_close_date >= ")).bind(Value::Date(today));
    some(c, open, soon.text(" and orders.expected_close_date < ").bind(Value::Date(end)), "orders.expected_close_date")
}

pub fn returned(c: &mut AnyConnection, open: &Sql) -> Result<Vec<Talked>, Problem> {
    some(c, open, Sql::new("orders.status = 'returned'"), "orders.updated_at")
}
