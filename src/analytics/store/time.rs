//! How long orders stayed in stages, in statuses and in review, and how long they took to be won, in SQL. A stay begins where an order's steps enter
//! a state and ends where they leave it; what lies before an import is not known, so that a stay that came with one begins when it was recorded.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Facts, Key, KeyRow};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    Stage,
    Status,
    Review,
    EntryToWon,
}

/// The stays of a group of one kind; times in seconds.
#[derive(Clone, Debug)]
pub struct Stays {
    pub keys: Vec<Key>,
    pub measure: String,
    /// The stage or status; none where the measure has none.
    pub state: Option<String>,
    pub stays: i64,
    pub orders: i64,
    pub median: i64,
    pub p90: i64,
    pub sum: i64,
}

/// How long orders usually stay in a stage.
#[derive(Clone, Debug)]
pub struct Usual {
    pub stage: String,
    pub stays: i64,
    pub median: i64,
}

/// An order that has been in its stage for long.
#[derive(Clone, Debug)]
pub struct Stuck {
    pub id: Id,
    pub stage: String,
    pub seconds: i64,
    pub last_event: Option<String>,
    pub last_event_at: Option<UtcTime>,
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
struct UsualRow {
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = BigInt)]
    stays: i64,
    #[diesel(sql_type = BigInt)]
    median: i64,
}

#[derive(QueryableByName)]
struct StuckRow {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = Nullable<Text>)]
    last_event: Option<String>,
    #[diesel(sql_type = Nullable<SqlTime>)]
    last_event_at: Option<UtcTime>,
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

/// An order that is closed is in no state that is timed.
const CLOSED: &str = "('won', 'lost', 'cancelled', 'expired')";

/// Stays in stages or statuses of the orders that `of` selects: order, state, since, until; those that go on have no end.
fn stays(timed: Timed, of: &str) -> String {
    let state = if timed == Timed::Stage { "t.to_stage" } else { "t.to_status" };
    format!(
        "select b.order_id as order_id, b.state as state, b.at as since, lead(b.at) over (partition by b.order_id order by b.id) as until from (\
         select a.*, lag(a.state) over (partition by a.order_id order by a.id) as before, row_number() over (partition by a.order_id order by a.id) as place from (\
         select t.id as id, t.order_id as order_id, case when t.action = 'import' then t.recorded_at else t.occurred_at end as at, \
         case when t.to_status in {CLOSED} then null else {state} end as state from order_transitions t where t.order_id in ({of})) a) b \
         where b.place = 1 or b.before is distinct from b.state"
    )
}

/// A length of time that is never below zero, whatever clocks said.
fn at_least_zero(seconds: Sql) -> Sql {
    Sql::new("case when ").then(seconds.clone()).text(" < 0 then 0 else ").then(seconds).text(" end")
}

/// The lengths of one measure: order, state, seconds.
fn lengths(timed: Timed, zone: &Sql) -> Sql {
    match timed {
        Timed::Stage | Timed::Status => {
            let seconds = at_least_zero(dialect::seconds_between("s.since", Sql::new("s.until")));
            let name = if timed == Timed::Stage { "stage" } else { "status" };
            let select = Sql::new(format!("select '{name}' as measure, s.state as state, s.order_id as order_id, ")).then(seconds);
            select.text(format!(" as seconds from ({}) s where s.state is not null and s.until is not null", stays(timed, "select id from ids")))
        }
        // As the figures of reviews have it: whole rounds that reviewers decided.
        Timed::Review => Sql::new(
            "select 'review' as measure, cast(null as text) as state, r.order_id as order_id, r.waited as seconds from (\
             select v.order_id as order_id, v.round as round, min(v.step) as step, cast(sum(v.waiting_seconds) as bigint) as waited, \
             count(case when v.decision = 'returned' then 1 end) as returned, count(case when v.decision in ('withdrawn', 'closed') then 1 end) as withdrawn, \
             count(case when v.decided_at is null then 1 end) as waits from order_reviews v where v.order_id in (select id from ids) group by v.order_id, v.round) r \
             where r.step > 0 and (r.returned > 0 or r.withdrawn = 0 and r.waits = 0)",
        ),
        Timed::EntryToWon => {
            let days = dialect::days_between(zone.clone(), "o.closed_on");
            let seconds = Sql::new("(").then(at_least_zero(days)).text(") * 86400");
            let select = Sql::new("select 'entry_to_won' as measure, cast(null as text) as state, o.id as order_id, ").then(seconds);
            select.text(" as seconds from orders o where o.status = 'won' and o.id in (select id from ids)")
        }
    }
}

/// How long the orders of each group took, by measure and state. `entered` is the SQL of the day, as a number of days since 1970, on which `o` was entered.
pub fn times(c: &mut AnyConnection, facts: &Facts, measures: &[Timed], entered: &Sql, most: usize) -> Result<Vec<Stays>, Problem> {
    let keys = facts.keys_before();
    let named: String = (0..facts.keys.len()).map(|n| format!("f.k{n} as k{n}, ")).collect();
    let all = measures.iter().enumerate().fold(Sql::new(""), |sql, (n, timed)| {
        let sql = if n == 0 { sql } else { sql.text(" union all ") };
        sql.then(lengths(*timed, entered))
    });
    let sql = Sql::new("with q as materialized (").then(facts.each()).text(format!(
        "), ids as materialized (select distinct id from q) select {}, f.measure as measure, f.state as state, count(*) as stays, count(distinct f.id) as orders, \
         cast(max(case when f.place = (f.times + 1) / 2 then f.seconds end) as bigint) as median, \
         cast(max(case when f.place = (f.times * 9 + 9) / 10 then f.seconds end) as bigint) as p90, cast(sum(f.seconds) as bigint) as sum from (\
         select {named}f.id as id, m.measure as measure, m.state as state, m.seconds as seconds, \
         row_number() over (partition by {keys}m.measure, m.state order by m.seconds) as place, count(*) over (partition by {keys}m.measure, m.state) as times \
         from q f join (",
        facts.columns()
    ));
    let behind = format!(") m on m.order_id = f.id) f group by {keys}f.measure, f.state limit {}", most + 1);
    let rows: Vec<StaysRow> = sql.then(all).text(behind).load(c)?;
    let told = |r: StaysRow| Stays {
        keys: r.keys.keys(facts.keys.len()),
        measure: r.measure,
        state: r.state,
        stays: r.stays,
        orders: r.orders,
        median: r.median,
        p90: r.p90,
        sum: r.sum,
    };
    Ok(rows.into_iter().map(told).collect())
}

/// How long orders that meet a condition stayed in each stage that they left in a stretch of time.
pub fn usual(c: &mut AnyConnection, condition: Sql, from: UtcTime, to: UtcTime) -> Result<Vec<Usual>, Problem> {
    let seconds = at_least_zero(dialect::seconds_between("s.since", Sql::new("s.until")));
    let sql = Sql::new("with ids as materialized (select orders.id as id from orders where ").then(condition);
    // What ended since then was changed since then.
    let sql = sql.text(" and orders.updated_at >= ").bind(Value::Time(from)).text(
        ") select f.state as stage, count(*) as stays, cast(max(case when f.place = (f.times + 1) / 2 then f.seconds end) as bigint) as median from (\
         select l.state as state, l.seconds as seconds, row_number() over (partition by l.state order by l.seconds) as place, \
         count(*) over (partition by l.state) as times from (select s.state as state, ",
    );
    let sql = sql.then(seconds).text(format!(" as seconds from ({}) s where s.state is not null and s.until >= ", stays(Timed::Stage, "select id from ids")));
    let sql = sql.bind(Value::Time(from)).text(" and s.until <= ").bind(Value::Time(to)).text(") l) f group by f.state order by f.state");
    let rows: Vec<UsualRow> = sql.load(c)?;
    Ok(rows.into_iter().map(|r| Usual { stage: r.stage, stays: r.stays, median: r.median }).collect())
}

/// The orders that meet a condition and have been in their stage for more than so many seconds, by stage; those that are farthest beyond the usual come
/// first. Also how many there are.
pub fn stuck(c: &mut AnyConnection, condition: Sql, limits: &[(&Usual, i64)], now: UtcTime, limit: usize) -> Result<(Vec<Stuck>, i64), Problem> {
    if limits.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let stage = |usual: &Usual| Value::Text(usual.stage.clone());
    let beyond = Sql::any(
        limits.iter().map(|(usual, seconds)| Sql::new("(l.state = ").bind(stage(usual)).text(" and l.seconds > ").bind(Value::Number(*seconds)).text(")")),
    );
    // In millionths of the usual: whole numbers, alike on both databases.
    let far = limits.iter().fold(Sql::new("case l.state"), |sql, (usual, _)| {
        sql.text(" when ").bind(stage(usual)).text(format!(" then l.seconds * 1000000 / {}", usual.median.max(1)))
    });
    let seconds = at_least_zero(dialect::seconds_between("s.since", Sql::new("").bind(Value::Time(now))));
    let sql = Sql::new("with ids as materialized (select orders.id as id from orders where ").then(condition).text(
        ") select s.id as id, s.stage as stage, s.seconds as seconds, s.total as total, \
         (select e.type from events e where e.record_id = s.id order by e.number desc limit 1) as last_event, \
         (select e.occurred_at from events e where e.record_id = s.id order by e.number desc limit 1) as last_event_at \
         from (select l.id as id, l.state as stage, l.seconds as seconds, count(*) over () as total, ",
    );
    let sql = sql.then(far).text(" end as far from (select s.order_id as id, s.state as state, ").then(seconds);
    let sql = sql.text(format!(" as seconds from ({}) s where s.state is not null and s.until is null) l where ", stays(Timed::Stage, "select id from ids")));
    let order = "order by far desc, id limit";
    let rows: Vec<StuckRow> = sql.then(beyond).text(format!(" {order} {limit}) s {order} {limit}")).load(c)?;
    let total = rows.first().map_or(0, |row| row.total);
    let told = |r: StuckRow| Stuck { id: r.id, stage: r.stage, seconds: r.seconds, last_event: r.last_event, last_event_at: r.last_event_at };
    Ok((rows.into_iter().map(told).collect(), total))
}
