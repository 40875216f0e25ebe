//! The review of an order as it is read: its rounds with their steps, what was remarked in each, and what has changed since the round before.
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::dto::{ReviewView, RoundView, StepView};
use super::store;
use crate::events;
use crate::identity::{Act, users};
use crate::orders::dto::view::RemarkView;
use crate::orders::lifecycle::Field;
use crate::orders::service::common::find;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;
use crate::standards::custom::Shown;
use crate::standards::entity::Entity;
use crate::standards::service::current;

/// Reads it.
pub fn read(c: &mut AnyConnection, act: &Act, id: &str) -> Result<ReviewView, Problem> {
    let order = find(c, act, id, true)?;
    let rows = store::of_order(c, order.row.id)?;
    let persons = store::persons(c, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let mut ids: Vec<Id> = rows.iter().flat_map(|row| [row.assigned_to, row.claimed_by, row.decided_by]).flatten().collect();
    ids.extend(persons.values().flatten());
    let names = users::store::names(c, &ids)?;
    let standard = current(c, Entity::Orders.as_str())?;
    let hidden = Shown::hiding(&standard, &act.caller);
    let all = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) if first.round != last.round => events::changes_between(c, order.row.id, first.order_version, last.order_version)?,
        _ => Vec::new(),
    };
    let mut rounds: Vec<RoundView> = Vec::new();
    let mut began: Option<i64> = None;
    for row in &rows {
        if rounds.last().is_none_or(|round| round.round != row.round) {
            let changes = match began {
                Some(before) => {
                    let since = all.iter().filter(|(version, _)| (before + 1..=row.order_version).contains(version));
                    folded(since.map(|(_, changes)| changes), &hidden)
                }
                None => Map::new(),
            };
            began = Some(row.order_version);
            let remarks = order.remarks.iter().filter(|(remark, _)| remark.round == row.round).map(RemarkView::of).collect();
            rounds.push(RoundView {
                round: row.round,
                policy: row.policy.clone(),
                because: row.because.to(),
                changes: Value::Object(changes),
                steps: Vec::new(),
                remarks,
            });
        }
        if let Some(round) = rounds.last_mut() {
            round.steps.push(StepView::of(row, persons.get(&row.id), &names, act.now));
        }
    }
    let unresolved = i64::try_from(super::remarks::unresolved(&order).len()).unwrap_or_default();
    Ok(ReviewView { order_id: order.row.id, status: order.row.shown.status, unresolved, rounds })
}

/// What several changes in a row come to: of each field the first before and the last after, unless both are the same. Only of what people enter.
fn folded<'j>(changes: impl Iterator<Item = &'j Json>, hidden: &Shown) -> Map<String, Value> {
    let mut ends: BTreeMap<&str, (&Value, &Value)> = BTreeMap::new();
    for (field, change) in changes.filter_map(|change| change.0.as_object()).flatten() {
        let entered = field == "amount" || Field::parse(field).is_some() || field.starts_with("custom.") && !hidden.hides_field(field);
        if let (true, Some([before, after])) = (entered, change.as_array().map(Vec::as_slice)) {
            ends.entry(field).and_modify(|(_, last)| *last = after).or_insert((before, after));
        }
    }
    let differing = ends.into_iter().filter(|(_, (before, after))| before != after);
    differing.map(|(field, (before, after))| (field.to_owned(), Value::Array(vec![before.clone(), after.clone()]))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_in_a_row_come_to_their_ends() {
        let changes = [
            json!({"title": ["a", "b"], "status": ["draft", "in_review"], "amount": ["1", "2"], "custom.budget": ["5", null]}),
            json!({"title": ["b", "c"], "review": [null, {"step": 1}], "note": "changed"}),
            json!({"amount": ["2", "1"], "lines": [[], [{"id": "x"}]]}),
        ];
        let expected = json!({"lines": [[], [{"id": "x"}]], "title": ["a", "c"], "custom.budget": ["5", null]});
        assert_eq!(Value::Object(folded(changes.map(Json).iter(), &Shown::default())), expected);
    }
}
