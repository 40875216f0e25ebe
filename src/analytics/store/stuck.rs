//! How long orders usually stay in a stage, and which are in theirs for long, in SQL.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::apart::key_of;
use super::time::at_least_zero;
use super::{Form, Key};
use crate::analytics::rules::OPEN;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect, fold};
use crate::platform::problem::Problem;

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

/// How long orders that meet a condition stayed in each stage that they left in a stretch of time.
pub fn usual(c: &mut AnyConnection, condition: Sql, from: UtcTime, to: UtcTime) -> Result<Vec<Usual>, Problem> {
    // What ended since then was changed since then. The first step of an order leaves no stage, so that none was brought in by an import.
    let ids = Sql::new("with ids as materialized (select orders.id as id from orders where ").then(condition);
    let ids = ids.text(" and orders.updated_at >= ").bind(Value::Time(from)).text(") ");
    let ended = Sql::new(" from ids cross join order_transitions t where t.order_id = ids.id and t.stage_seconds is not null and t.occurred_at >= ");
    let ended = ended.bind(Value::Time(from)).text(" and t.occurred_at <= ").bind(Value::Time(to));
    if fold::folds(c) {
        let stage = [("t.from_stage".to_owned(), fold::KeyKind::Text)];
        let stages = fold::rank(c, ids, ended, &stage, "x''", "t.stage_seconds")?;
        let stages = stages.ok_or_else(|| Problem::internal("more stages than are kept"))?;
        let told = stages.into_iter().filter_map(|ranked| match ranked.keys.first().map(|key| key_of(key.as_deref(), Form::Text))? {
            Key::Text(stage) => Some(Usual { stage, stays: ranked.rows, median: ranked.median }),
            _ => None,
        });
        let mut usual: Vec<Usual> = told.collect();
        usual.sort_by(|a, b| a.stage.cmp(&b.stage));
        return Ok(usual);
    }
    let median = "cast(percentile_disc(0.5) within group (order by t.stage_seconds) as bigint)";
    let select = ids.text(format!("select t.from_stage as stage, count(*) as stays, {median} as median"));
    let rows: Vec<UsualRow> = select.then(ended).text(" group by t.from_stage order by t.from_stage").load(c)?;
    Ok(rows.into_iter().map(|r| Usual { stage: r.stage, stays: r.stays, median: r.median }).collect())
}

/// The open orders that meet a condition and have been in their stage for more than so many seconds, by stage; those that are farthest beyond the usual come
/// first. Also how many there are.
pub fn stuck(c: &mut AnyConnection, condition: Sql, limits: &[(&Usual, i64)], now: UtcTime, limit: usize) -> Result<(Vec<Stuck>, i64), Problem> {
    if limits.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let stage = |usual: &Usual| Value::Text(usual.stage.clone());
    let beyond =
        |(usual, seconds): &(&Usual, i64)| Sql::new("(l.stage = ").bind(stage(usual)).text(" and l.seconds > ").bind(Value::Number(*seconds)).text(")");
    // In millionths of the usual: whole numbers, alike on both databases.
    let far = limits.iter().fold(Sql::new("case l.stage"), |sql, (usual, _)| {
        sql.text(" when ").bind(stage(usual)).text(format!(" then l.seconds * 1000000 / {}", usual.median.max(1)))
    });
    let seconds = at_least_zero(dialect::seconds_between("orders.stage_since", Sql::empty().bind(Value::Time(now))));
    // In so many words, by which the index of open orders is known to hold them.
    let open = OPEN.map(|status| format!("'{status}'")).join(", ");
    let all = Sql::new("with l as materialized (select l.id as id, l.stage as stage, l.seconds as seconds from (select orders.id as id, ")
        // By its stage alone SQLite would look up each of them where it lies.
        .then(dialect::bare("orders.stage"))
        .text(" as stage, ")
        .then(seconds)
        .text(format!(" as seconds from orders where orders.stage_since is not null and orders.status in ({open}) and "))
        .then(condition)
        .text(") l where ")
        .then(Sql::any(limits.iter().map(beyond)));
    let order = format!("order by far desc, id limit {limit}");
    let sql = all
        .text(
            ") select s.id as id, s.stage as stage, s.seconds as seconds, (select count(*) from l) as total, \
             (select e.type from events e where e.record_id = s.id order by e.number desc limit 1) as last_event, \
             (select e.occurred_at from events e where e.record_id = s.id order by e.number desc limit 1) as last_event_at \
             from (select l.id as id, l.stage as stage, l.seconds as seconds, ",
        )
        .then(far)
        .text(format!(" end as far from l {order}) s {order}"));
    let rows: Vec<StuckRow> = sql.load(c)?;
    let total = rows.first().map_or(0, |row| row.total);
    let told = |r: StuckRow| Stuck { id: r.id, stage: r.stage, seconds: r.seconds, last_event: r.last_event, last_event_at: r.last_event_at };
    Ok((rows.into_iter().map(told).collect(), total))
}
