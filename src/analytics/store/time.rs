//! How long orders stayed in stages, in statuses and in review, and how long they took to be won, in SQL. What a stay came to is kept with the step that
//! ended it.
mod folded;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Facts, Key, KeyRow};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::SqlTime;
use crate::platform::db::{AnyConnection, UtcTime, dialect, fold};
use crate::platform::problem::Problem;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    Stage,
    Status,
    Review,
    EntryToWon,
}

impl Timed {
    /// How it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Status => "status",
            Self::Review => "review",
            Self::EntryToWon => "entry_to_won",
        }
    }
}

/// The stays of a group of one kind; times in seconds.
#[derive(Clone, Debug)]
pub struct Stays {
    pub keys: Vec<Key>,
    pub timed: Timed,
    /// The stage or status; none where the measure has none.
    pub state: Option<String>,
    pub stays: i64,
    pub orders: i64,
    pub median: i64,
    pub p90: i64,
    pub sum: i64,
}

#[derive(QueryableByName)]
struct StaysRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    measure: String,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<String>,
    #[diesel(sql_type = BigInt)]
    stays: i64,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    median: i64,
    #[diesel(sql_type = BigInt)]
    p90: i64,
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

#[derive(QueryableByName)]
struct EndsRow {
    #[diesel(sql_type = Nullable<SqlTime>)]
    first: Option<UtcTime>,
    #[diesel(sql_type = Nullable<SqlTime>)]
    last: Option<UtcTime>,
}

/// The first and the last moment at which any order was entered.
pub fn entry_times(c: &mut AnyConnection) -> Result<Option<(UtcTime, UtcTime)>, Problem> {
    let ends = Sql::new("select (select min(created_at) from orders) as first, (select max(created_at) from orders) as last");
    Ok(ends.load::<EndsRow>(c)?.pop().and_then(|ends| ends.first.zip(ends.last)))
}

/// A length of time that is never below zero, whatever clocks said.
pub(super) fn at_least_zero(seconds: Sql) -> Sql {
    Sql::new("case when ").then(seconds.clone()).text(" < 0 then 0 else ").then(seconds).text(" end")
}

/// The orders of a question: `q` has a row for each and key, in the order of their ids where that helps to find their steps, and `ids` each once.
fn orders(facts: &Facts) -> Sql {
    let each = facts.each_with(&[("created_at", "orders.created_at"), ("closed_on", "orders.closed_on")]);
    Sql::new("with q as materialized (select f.* from (")
        .then(each)
        .text(") f")
        .then(dialect::in_order("id"))
        .text("), ids as materialized (select distinct id from q) ")
}

/// How long the rounds of review waited that reviewers decided, all steps of a round together, as the figures of reviews have it: order, seconds.
const WAITED: &str = "select r.order_id as order_id, r.waited as seconds from (\
     select v.order_id as order_id, v.round as round, min(v.step) as step, cast(sum(v.waiting_seconds) as bigint) as waited, \
     count(case when v.decision = 'returned' then 1 end) as returned, count(case when v.decision in ('withdrawn', 'closed') then 1 end) as withdrawn, \
     count(case when v.decided_at is null then 1 end) as waits from order_reviews v where v.order_id in (select id from ids) group by v.order_id, v.round) r \
     where r.step > 0 and (r.returned > 0 or r.withdrawn = 0 and r.waits = 0)";

/// How long an order `f` took from its entry to its winning. `entered` is the SQL of the day, as a number of days since 1970, on which it was entered.
fn to_won(entered: &Sql) -> Sql {
    Sql::new("(").then(at_least_zero(dialect::days_between(entered.clone(), "f.closed_on"))).text(") * 86400")
}

/// How long the orders of each group took, by measure and state. `entered` is the SQL of the day, as a number of days since 1970, on which `f` was entered.
pub fn times(c: &mut AnyConnection, facts: &Facts, measures: &[Timed], entered: &Sql, most: usize) -> Result<Vec<Stays>, Problem> {
    if fold::folds(c) {
        return folded::times(c, facts, measures, entered);
    }
    let rows: Vec<StaysRow> = ranked(facts, measures, entered, most).load(c)?;
    let told = |r: StaysRow| {
        let timed = measures.iter().copied().find(|timed| timed.as_str() == r.measure)?;
        let keys = r.keys.keys(facts.keys.len());
        Some(Stays { keys, timed, state: r.state, stays: r.stays, orders: r.orders, median: r.median, p90: r.p90, sum: r.sum })
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// The same in the words of the database that ranks as fast as it sorts.
fn ranked(facts: &Facts, measures: &[Timed], entered: &Sql, most: usize) -> Sql {
    let named: String = (0..facts.keys.len()).map(|n| format!("f.k{n} as k{n}, ")).collect();
    let keys = facts.keys_before();
    let stated: Vec<&str> = [(Timed::Stage, "('stage', t.from_stage, t.stage_seconds)"), (Timed::Status, "('status', t.from_status, t.status_seconds)")]
        .into_iter()
        .filter_map(|(timed, values)| measures.contains(&timed).then_some(values))
        .collect();
    let stays = (!stated.is_empty()).then(|| {
        Sql::new(format!(
            "select {named}f.id as id, m.measure as measure, m.state as state, m.seconds as seconds from q f join order_transitions t on t.order_id = f.id \
             cross join lateral (values {}) m(measure, state, seconds) where m.seconds is not null",
            stated.join(", ")
        ))
    });
    let waits = measures.contains(&Timed::Review).then(|| {
        Sql::new(format!("select {named}f.id as id, 'review' as measure, null as state, m.seconds as seconds from q f join ({WAITED}) m on m.order_id = f.id"))
    });
    let won = measures.contains(&Timed::EntryToWon).then(|| {
        let select = Sql::new(format!("select {named}f.id as id, 'entry_to_won' as measure, null as state, "));
        select.then(to_won(entered)).text(" as seconds from q f where f.status = 'won'")
    });
    let rows = [stays, waits, won].into_iter().flatten().enumerate().fold(Sql::empty(), |sql, (n, rows)| {
        let sql = if n == 0 { sql } else { sql.text(" union all ") };
        sql.then(rows)
    });
    // The nearest rank: half of them, nine of ten of them, took at most so long.
    let select = format!(
        "select {}, f.measure as measure, f.state as state, count(*) as stays, count(distinct f.id) as orders, \
         cast(percentile_disc(0.5) within group (order by f.seconds) as bigint) as median, \
         cast(percentile_disc(0.9) within group (order by f.seconds) as bigint) as p90, cast(sum(f.seconds) as bigint) as sum from (",
        facts.columns()
    );
    orders(facts).text(select).then(rows).text(format!(") f group by {keys}f.measure, f.state limit {}", most + 1))
}
