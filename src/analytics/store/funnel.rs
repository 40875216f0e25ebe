//! Which steps orders passed, from their transitions.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::plan::{MOST, bounded};
use super::super::recorded;
use super::super::rules::Mode;
use super::{Facts, Key, KeyRow, Source};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, UtcTime};
use crate::platform::problem::Problem;

/// What an order's transitions tell of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Never,
    /// It was entered, but not in the period that is asked of.
    Elsewhen,
    Entered,
}

/// Orders of a group that went the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub keys: Vec<Key>,
    /// Where it led.
    pub status: String,
    /// The mark of each step, in the order of the steps.
    pub steps: Vec<Mark>,
    /// Whether they were sent back on it.
    pub sent_back: bool,
    pub orders: i64,
}

/// The same in letters: of each step a mark, and one behind whether they were sent back.
#[derive(QueryableByName)]
struct WayRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    way: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
}

/// The letters of the marks.
const NEVER: char = '0';
const ELSEWHEN: char = '1';
const ENTERED: char = '2';
/// The letter of an order that was sent back.
const SENT_BACK: char = '1';

/// More ways through the steps than the orders of a group go.
const WAYS: usize = 50;

/// The orders of each group by the steps that they entered: 0 for entry, 1 for the first submit, 2 for approval, from 3 on the stages, then winning. A stage
/// is entered once an order is under way in it; what was imported beyond review entered its stage as well. The transitions of an order are read once.
pub fn ways(c: &mut AnyConnection, facts: &Facts, stages: &[&str], mode: Mode, window: (Option<UtcTime>, Option<UtcTime>)) -> Result<Vec<Way>, Problem> {
    let named: String = (0..facts.keys.len()).map(|n| format!("f.k{n} as k{n}, ")).collect();
    let (table, id, as_of) = match &facts.source {
        Source::Orders => ("orders", "id", None),
        Source::Facts(as_of) => ("order_facts", "order_id", *as_of),
    };
    let entered = |at: &str| {
        let mark = Sql::new(format!("case when {at} is null then '{NEVER}'"));
        match mode {
            Mode::Cohort => mark.text(format!(" else '{ENTERED}' end")),
            Mode::Period => mark.text(" when ").then(Sql::all(within(at, window))).text(format!(" then '{ENTERED}' else '{ELSEWHEN}' end")),
        }
    };
    // What transitions tell of: steps from 2 on, each with the time at which it was entered first.
    const BEYOND: &str = "t.to_status in ('pending', 'processed', 'won', 'lost', 'cancelled', 'expired')";
    let approved = Sql::new(format!("(t.action = 'approve' and t.to_status <> 'in_review') or (t.action = 'import' and {BEYOND})"));
    let under_way = format!(" and (t.to_status in ('pending', 'processed') or (t.action = 'import' and {BEYOND}))");
    let staged = stages.iter().map(|code| Sql::new("t.to_stage = ").bind(Value::Text((*code).to_owned())).text(under_way.as_str().to_owned()));
    let told: Vec<Sql> = [approved].into_iter().chain(staged).chain([Sql::new("t.to_status = 'won'")]).collect();

    let mut marks = entered("g.created_at").text(" || ").then(entered("g.first_submitted_at")).text(" || (select ");
    for number in 0..told.len() {
        marks = marks.then(entered(&format!("e.at{number}"))).text(" || ");
    }
    marks = marks.text(format!("case when e.sent_back = 1 then '{SENT_BACK}' else '{NEVER}' end from (select "));
    for (number, holds) in told.into_iter().enumerate() {
        marks = marks.text("min(case when ").then(holds).text(format!(" then t.occurred_at end) as at{number}, "));
    }
    marks = marks.text("max(case when t.action = 'return' then 1 end) as sent_back from order_transitions t where t.order_id = f.id");
    if let Some(moment) = as_of {
        marks = marks.text(" and t.recorded_at <= ").bind(Value::Time(moment));
    }
    let mut conditions = Vec::new();
    if matches!(facts.source, Source::Facts(_)) {
        conditions.push(recorded::holds("g", as_of));
    }
    if mode == Mode::Cohort {
        conditions.extend(within("g.created_at", window));
    }
    let select = format!("select {}, f.status as status, f.way as way, count(*) as orders from (select {named}f.status as status, ", facts.columns());
    let question = facts.parts().text(select).then(marks).text(") e) as way from (").then(facts.each());
    let question = question.text(format!(") f join {table} g on g.{id} = f.id where ")).then(Sql::all(conditions));
    let ways: Vec<WayRow> = question.text(format!(") f group by {}f.status, f.way limit {}", facts.keys_before(), MOST * WAYS + 1)).load(c)?;
    bounded(ways.len().div_ceil(WAYS))?;
    Ok(ways.into_iter().map(|way| Way::of(way, facts.keys.len())).collect())
}

impl Way {
    fn of(row: WayRow, keys: usize) -> Self {
        let mark = |letter| match letter {
            ENTERED => Mark::Entered,
            ELSEWHEN => Mark::Elsewhen,
            _ => Mark::Never,
        };
        let mut steps: Vec<Mark> = row.way.chars().map(mark).collect();
        steps.pop();
        Self { keys: row.keys.keys(keys), status: row.status, steps, sent_back: row.way.ends_with(SENT_BACK), orders: row.orders }
    }
}

fn within(column: &str, (from, to): (Option<UtcTime>, Option<UtcTime>)) -> impl Iterator<Item = Sql> {
    let bound = |sign: &str, time: Option<UtcTime>| time.map(|time| Sql::new(format!("{column} {sign} ")).bind(Value::Time(time)));
    [bound(">=", from), bound("<", to)].into_iter().flatten()
}
