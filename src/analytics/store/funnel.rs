//! Which steps orders passed, from their transitions.
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::recorded;
use super::super::rules::Mode;
use super::{Facts, Key, KeyRow, Source};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, UtcTime};
use crate::platform::problem::Problem;

/// What became of the orders of a group that entered a step.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    pub keys: Vec<Key>,
    pub step: usize,
    pub orders: i64,
    pub moved_on: i64,
    pub lost: i64,
    pub cancelled: i64,
    pub expired: i64,
    pub returned: i64,
}

#[derive(QueryableByName)]
struct PassedRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    step: i64,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    moved_on: i64,
    #[diesel(sql_type = BigInt)]
    lost: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    expired: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
}

/// The orders of each group by the steps that they entered: 0 for entry, 1 for the first submit, 2 for approval, from 3 on the stages, then winning. A stage
/// is entered once an order is under way in it; what was imported beyond review entered its stage as well.
pub fn passed(
    c: &mut AnyConnection,
    facts: &Facts,
    stages: &[&str],
    mode: Mode,
    window: (Option<UtcTime>, Option<UtcTime>),
    most: usize,
) -> Result<Vec<Passed>, Problem> {
    let key = if facts.keys.is_empty() { "" } else { "f.k0 as k0, " };
    let by = if facts.keys.is_empty() { "" } else { "f.k0, " };
    let (table, id, as_of) = match &facts.source {
        Source::Orders => ("orders", "id", None),
        Source::Facts(as_of) => ("order_facts", "order_id", *as_of),
    };
    let known = |sql: Sql| match as_of {
        None => sql,
        Some(moment) => sql.text(" and t.recorded_at <= ").bind(Value::Time(moment)),
    };
    // The orders, one row each or one a key.
    let rows = Sql::new(format!(
        "{} found as materialized (select {key}f.id as id, f.status as status, g.created_at as created_at, g.first_submitted_at as first_submitted_at, case when exists (select 1 from order_transitions t where t.order_id = f.id and t.action = 'return'",
        if matches!(facts.source, Source::Orders) { "with" } else { "," }
    ));
    let rows = known(rows).text(") then 1 else 0 end as sent_back from (").then(facts.each()).text(format!(") f join {table} g on g.{id} = f.id"));
    let mut conditions = Vec::new();
    if matches!(facts.source, Source::Facts(_)) {
        conditions.push(recorded::holds("g", as_of));
    }
    if mode == Mode::Cohort {
        conditions.extend(within("g.created_at", window));
    }
    let rows = rows.text(" where ").then(Sql::all(conditions)).text(")");
    // The steps, each with the time at which it was entered first.
    let columns =
        |step: &str, at: &str| format!("select {key}f.id as id, f.status as status, f.sent_back as sent_back, {step} as step, {at} as entered_at from found f");
    let step = |number: usize| format!("cast({number} as bigint)");
    let of_transitions = |number: usize, holds: Sql| {
        let select = columns(&step(number), "min(t.occurred_at)");
        let visit = Sql::new(format!(" union all {select} join order_transitions t on t.order_id = f.id where ")).then(holds);
        known(visit).text(format!(" group by {by}f.id, f.status, f.sent_back"))
    };
    const BEYOND: &str = "t.to_status in ('pending', 'processed', 'won', 'lost', 'cancelled', 'expired')";
    let approved = format!("((t.action = 'approve' and t.to_status <> 'in_review') or (t.action = 'import' and {BEYOND}))");
    let under_way = format!("(t.to_status in ('pending', 'processed') or (t.action = 'import' and {BEYOND}))");
    let visits = Sql::new(format!(
        ", visits as ({} union all {} where f.first_submitted_at is not null",
        columns(&step(0), "f.created_at"),
        columns(&step(1), "f.first_submitted_at")
    ));
    let visits = visits.then(of_transitions(2, Sql::new(approved))).then(of_transitions(stages.len() + 3, Sql::new("t.to_status = 'won'")));
    let visits = stages.iter().enumerate().fold(visits, |visits, (n, code)| {
        let holds = Sql::new("t.to_stage = ").bind(Value::Text((*code).to_owned())).text(format!(" and {under_way}"));
        visits.then(of_transitions(n + 3, holds))
    });
    let partition = format!("{by}f.id");
    let counted = Sql::new(format!("), passed as (select f.*, max(f.step) over (partition by {partition}) as last from visits f) "));
    let select = format!(
        "select {}, f.step as step, count(*) as orders, count(case when f.last > f.step then 1 end) as moved_on, \
         count(case when f.last = f.step and f.status = 'lost' then 1 end) as lost, count(case when f.last = f.step and f.status = 'cancelled' then 1 end) as cancelled, \
         count(case when f.last = f.step and f.status = 'expired' then 1 end) as expired, count(case when f.sent_back = 1 then 1 end) as returned from passed f where ",
        facts.columns()
    );
    let of_period = if mode == Mode::Period { Sql::all(within("f.entered_at", window)) } else { Sql::all([]) };
    let question = facts.parts().then(rows).then(visits).then(counted).text(select).then(of_period);
    let rows: Vec<PassedRow> = question.text(format!(" group by {by}f.step limit {}", most + 1)).load(c)?;
    let keys = facts.keys.len();
    Ok(rows
        .into_iter()
        .map(|r| Passed {
            keys: r.keys.keys(keys),
            step: usize::try_from(r.step).unwrap_or_default(),
            orders: r.orders,
            moved_on: r.moved_on,
            lost: r.lost,
            cancelled: r.cancelled,
            expired: r.expired,
            returned: r.returned,
        })
        .collect())
}

fn within(column: &str, (from, to): (Option<UtcTime>, Option<UtcTime>)) -> impl Iterator<Item = Sql> {
    let bound = |sign: &str, time: Option<UtcTime>| time.map(|time| Sql::new(format!("{column} {sign} ")).bind(Value::Time(time)));
    [bound(">=", from), bound("<", to)].into_iter().flatten()
}
