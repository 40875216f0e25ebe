//! Why orders end without a contract and why they slip, counted in SQL.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Facts, Key, KeyRow, sum_of, whole};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::Sql;
use crate::platform::problem::Problem;

/// The orders of a group that ended for one reason, in one currency.
#[derive(Clone, Debug)]
pub struct Ended {
    pub keys: Vec<Key>,
    pub status: String,
    pub reason: Option<String>,
    pub currency: String,
    pub orders: i64,
    pub amount: i128,
}

/// The delays of a group of one side and reason.
#[derive(Clone, Debug)]
pub struct Delayed {
    pub keys: Vec<Key>,
    pub side: String,
    pub reason: String,
    pub delays: i64,
    pub orders: i64,
    pub days: i64,
    pub median: i64,
}

/// How often the dates of the orders of a group were pushed.
#[derive(Clone, Debug)]
pub struct Pushed {
    pub keys: Vec<Key>,
    pub orders: i64,
    pub pushed: i64,
    pub pushes: i64,
    pub unexplained: i64,
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

#[derive(QueryableByName)]
struct DelayedRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    side: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = BigInt)]
    delays: i64,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    days: i64,
    #[diesel(sql_type = BigInt)]
    median: i64,
}

#[derive(QueryableByName)]
struct PushedRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    pushed: i64,
    #[diesel(sql_type = BigInt)]
    pushes: i64,
    #[diesel(sql_type = BigInt)]
    unexplained: i64,
}

impl Facts {
    /// The names of the keys, each with a comma behind it.
    pub(super) fn keys_before(&self) -> String {
        (0..self.keys.len()).map(|n| format!("f.k{n}, ")).collect()
    }
}

/// For which reasons the orders of each group ended, by currency.
pub fn ended(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Ended>, Problem> {
    let measures = format!(", f.status as status, o.reason as reason, f.currency as currency, count(*) as orders, {} from (", sum_of("f.amount", ""));
    let sql = Sql::new(format!("select {}{measures}", facts.columns())).then(facts.each());
    let behind = format!(") f join orders o on o.id = f.id group by {}f.status, o.reason, f.currency limit {}", facts.keys_before(), most + 1);
    let rows: Vec<EndedRow> = sql.text(behind).load(c)?;
    let ended = |r: EndedRow| Ended {
        keys: r.keys.keys(facts.keys.len()),
        status: r.status,
        reason: r.reason,
        currency: r.currency,
        orders: r.orders,
        amount: whole(r.high, r.low),
    };
    Ok(rows.into_iter().map(ended).collect())
}

/// The recorded delays of each group, by side and reason.
pub fn delayed(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Delayed>, Problem> {
    let keys = facts.keys_before();
    let named: String = (0..facts.keys.len()).map(|n| format!("f.k{n} as k{n}, ")).collect();
    let sql = Sql::new(format!(
        "select {}, f.side as side, f.reason as reason, count(*) as delays, count(distinct f.id) as orders, cast(sum(f.days) as bigint) as days, \
         cast(max(case when f.place = (f.times + 1) / 2 then f.days end) as bigint) as median from (\
         select {named}f.id as id, d.side as side, d.reason as reason, d.days_slipped as days, \
         row_number() over (partition by {keys}d.side, d.reason order by d.days_slipped, d.id) as place, \
         count(*) over (partition by {keys}d.side, d.reason) as times from (",
        facts.columns()
    ));
    let behind = format!(") f join order_delays d on d.order_id = f.id) f group by {keys}f.side, f.reason limit {}", most + 1);
    let rows: Vec<DelayedRow> = sql.then(facts.each()).text(behind).load(c)?;
    let delayed = |r: DelayedRow| Delayed {
        keys: r.keys.keys(facts.keys.len()),
        side: r.side,
        reason: r.reason,
        delays: r.delays,
        orders: r.orders,
        days: r.days,
        median: r.median,
    };
    Ok(rows.into_iter().map(delayed).collect())
}

/// How often the dates of the orders of each group were pushed.
pub fn pushed(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Pushed>, Problem> {
    let keys = facts.keys_before();
    let group = if keys.is_empty() { String::new() } else { format!(" group by {}", keys.trim_end_matches(", ")) };
    let sql = Sql::new(format!(
        "select {}, count(distinct f.id) as orders, count(distinct p.order_id) as pushed, count(p.id) as pushes, \
         count(case when p.id is not null and p.delay_id is null then 1 end) as unexplained from (",
        facts.columns()
    ));
    let behind = format!(") f left join order_pushes p on p.order_id = f.id{group} limit {}", most + 1);
    let rows: Vec<PushedRow> = sql.then(facts.each()).text(behind).load(c)?;
    let pushed =
        |r: PushedRow| Pushed { keys: r.keys.keys(facts.keys.len()), orders: r.orders, pushed: r.pushed, pushes: r.pushes, unexplained: r.unexplained };
    Ok(rows.into_iter().map(pushed).collect())
}
