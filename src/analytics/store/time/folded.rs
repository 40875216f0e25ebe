//! Times of groups that SQLite folds in the program: one walk over the steps of the orders for both stages and statuses.
use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable};

use super::{Stays, Timed, WAITED, orders, to_won};
use crate::analytics::plan::too_many;
use crate::analytics::store::apart::{key_of, kind_of};
use crate::analytics::store::{Facts, Form, Key};
use crate::platform::db::AnyConnection;
use crate::platform::db::fold::{self, KeyKind, Ranked};
use crate::platform::db::sql::Sql;
use crate::platform::problem::Problem;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Binary>)]
    stage: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    status: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    review: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    won: Option<Vec<u8>>,
}

/// How long the orders of each group took, by measure and state.
pub(super) fn times(c: &mut AnyConnection, facts: &Facts, measures: &[Timed], entered: &Sql) -> Result<Vec<Stays>, Problem> {
    let asked = |timed: Timed, folded: String| if measures.contains(&timed) { folded } else { "null".to_owned() };
    let by = |state: Option<&str>| {
        let keys = facts.keys.iter().enumerate().map(|(n, (_, form))| (format!("f.k{n}"), kind_of(*form)));
        keys.chain(state.map(|state| (state.to_owned(), KeyKind::Text))).collect::<Vec<_>>()
    };
    let stay = |timed: Timed, state: &str, seconds: &str| {
        asked(timed, format!("{} filter (where {seconds} is not null)", fold::ranked(&by(Some(state)), "f.id", seconds)))
    };
    let (stages, statuses) = (stay(Timed::Stage, "t.from_stage", "t.stage_seconds"), stay(Timed::Status, "t.from_status", "t.status_seconds"));
    let staged = measures.iter().any(|timed| matches!(timed, Timed::Stage | Timed::Status));
    // A cross join, by which the steps of one order are read after those of the other.
    let steps = if staged { "from q f cross join order_transitions t where t.order_id = f.id" } else { "" };
    let waits = asked(Timed::Review, fold::ranked(&by(None), "f.id", "m.seconds"));
    let waited = if measures.contains(&Timed::Review) { format!("from ({WAITED}) m cross join q f where f.id = m.order_id") } else { String::new() };
    let wins = asked(Timed::EntryToWon, fold::ranked(&by(None), "f.id", "f.seconds"));
    let mut question = orders(facts)
        .text(format!("select s.stage, s.status, r.review, w.won from (select {stages} as stage, {statuses} as status {steps}) s, "))
        .text(format!("(select {waits} as review {waited}) r, (select {wins} as won"));
    if measures.contains(&Timed::EntryToWon) {
        question = question.text(" from (select f.*, ").then(to_won(entered)).text(" as seconds from q f where f.status = 'won') f");
    }
    let Some(row) = question.text(") w").load::<Row>(c)?.pop() else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (timed, folded) in [(Timed::Stage, row.stage), (Timed::Status, row.status), (Timed::Review, row.review), (Timed::EntryToWon, row.won)] {
        let Some(folded) = folded else { continue };
        let stated = matches!(timed, Timed::Stage | Timed::Status).then_some(Form::Text);
        let forms: Vec<Form> = facts.keys.iter().map(|(_, form)| *form).chain(stated).collect();
        let kinds: Vec<KeyKind> = forms.iter().map(|form| kind_of(*form)).collect();
        let groups = fold::read_ranked(&folded, &kinds).ok_or_else(too_many)?;
        all.extend(groups.into_iter().map(|ranked| told(timed, ranked, &forms, stated.is_some())));
    }
    Ok(all)
}

fn told(timed: Timed, ranked: Ranked, forms: &[Form], stated: bool) -> Stays {
    let Ranked { keys, rows, of, median, p90, sum } = ranked;
    let mut keys: Vec<Key> = keys.iter().zip(forms).map(|(key, form)| key_of(key.as_deref(), *form)).collect();
    let state = if stated { keys.pop() } else { None };
    let state = state.and_then(|key| if let Key::Text(state) = key { Some(state) } else { None });
    Stays { keys, timed, state, stays: rows, orders: of, median, p90, sum: i64::try_from(sum).unwrap_or(i64::MAX) }
}
