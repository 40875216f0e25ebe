//! The orders that a meeting talks about, a few of each kind.
use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::analytics::summary::Need;
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::Sql;
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

/// Those of the open orders that need somebody for one reason: what was to be closed first, or lies longest.
pub fn talked_about(c: &mut AnyConnection, open: &Sql, need: Need, today: NaiveDate, zone: Tz) -> Result<Vec<Talked>, Problem> {
    let order = if need == Need::Returned { "orders.updated_at" } else { "orders.expected_close_date" };
    let select = "select orders.number as number, orders.title as title, customers.name as customer, users.name as owner, orders.currency as currency, \
                  orders.amount as amount, orders.expected_close_date as expected_close_date \
                  from orders join users on users.id = orders.owner_id left join customers on customers.id = orders.customer_id where ";
    let question =
        Sql::new(select).then(open.clone()).text(" and ").then(need.on(today, zone).condition()).text(format!(" order by {order}, orders.number limit {MOST}"));
    Ok(question.load(c)?)
}
