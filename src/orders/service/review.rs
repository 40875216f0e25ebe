//! Submitting and judging: who enters does not approve, and a submit that nobody could review is refused.
use std::collections::BTreeSet;

use serde_json::Map;

use super::common::{Step, begin, commit, commit_as, find};
use super::standard::{Standing, errors_at};
use crate::identity::{Act, Permission};
use crate::orders::dto::input::{ApproveInput, NoteInput, RemarkInput, ReturnInput};
use crate::orders::lifecycle::{Action, Field};
use crate::orders::review::dto::Severity;
use crate::orders::review::remarks::{self, RemarkState};
use crate::orders::review::rounds;
use crate::orders::store::{self, Loaded, OrderRow, RemarkRow};
use crate::platform::clock::new_id;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::state::State;
use crate::platform::web::{Decoded, Faults, IfMatch};
use crate::standards::check::Moment;
use crate::standards::custom::defined::visible;
use crate::standards::definition::CustomField;
use crate::standards::entity::Entity;

/// Hands an order to review; it must meet everything that the standard asks at submit.
pub fn submit(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersSubmit, Action::Submit)?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.submitted_by = act.caller.user;
    after.submitted_at = Some(act.now);
    after.first_submitted_at = after.first_submitted_at.or(Some(act.now));
    after.review_round += 1;
    let plan = rounds::plan(tx, act, &after)?;
    let verdict = errors_at(tx, act, &order, &Standing::of(&order.row, Moment::Submit)?)?;
    let mut faults = input.faults;
    faults.extend(verdict.errors);
    faults.check()?;
    if order.row.first_submitted_at.is_none() {
        store::insert_broken_rules(tx, order.row.id, &rules_of(&verdict.warnings))?;
    }
    after.standard_version = verdict.version;
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Submit, input.value.note.value().map(|n| n.0)), Map::new())?;
    rounds::begin(tx, act, after, plan, &[])
}

fn rules_of(faults: &[Fault]) -> BTreeSet<&str> {
    faults.iter().filter_map(|fault| fault.rule.as_deref()).collect()
}

/// Notes the rules that refused to let an order go to its first review, in a write of its own, as the submit left nothing behind. That they cannot be
/// noted is nobody's fault but ours, so the caller never hears of it.
pub async fn note_broken_rules(state: &State, act: &Act, id: &str, problem: &Problem) {
    let (act, id, faults) = (act.clone(), id.to_owned(), problem.faults().to_vec());
    if problem.code() != Code::Invalid || rules_of(&faults).is_empty() {
        return;
    }
    let note = move |tx: &mut AnyConnection| {
        let order = find(tx, &act, &id, false)?;
        if order.row.first_submitted_at.is_some() { Ok(()) } else { store::insert_broken_rules(tx, order.row.id, &rules_of(&faults)) }
    };
    if let Err(problem) = state.db.write(note).await {
        log::warn!("the rules that refused a submit could not be noted: {problem}");
    }
}

/// Takes an order back from review.
pub fn withdraw(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersWithdraw, Action::Withdraw)?;
    input.faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Withdraw, input.value.note.value().map(|n| n.0)), Map::new())?;
    rounds::close(tx, act, after.id, "withdrawn")?;
    Ok(after)
}

/// Approves the step that an order waits in. With the last one it goes on where it was before a later review, else it is pending.
pub fn approve(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<ApproveInput>) -> Result<OrderRow, Problem> {
    let (order, _) = begin(tx, act, id, if_match, Permission::OrdersApprove, Action::Approve)?;
    let review = rounds::require(tx, act, &order.row)?;
    let Decoded { value: ApproveInput { note, waive }, mut faults } = input;
    let waived = waive.as_ref().copied().unwrap_or_default();
    remarks::require_settled(&order, waived || waive.is_unreadable())?;
    if waived && note.as_ref().is_none() && !note.is_unreadable() {
        faults.add(Fault::new("/note", FaultCode::NoteRequired));
    }
    faults.check()?;
    let step = Step::now(act, Action::Approve, note.value().map(|n| n.0));
    let told = review.as_ref().map(rounds::place).unwrap_or_default();
    if let Some(review) = review.as_ref().filter(|review| review.step < review.steps) {
        let after = commit_as(tx, act, "order.step_approved", &order.row, order.row.clone(), &step, told)?;
        remarks::waive(tx, act, &order)?;
        rounds::decide(tx, act, review.clone(), "approved")?;
        rounds::go_on(tx, act, &after, review)?;
        return Ok(after);
    }
    let after = commit(tx, act, &order.row, rounds::approved(&order.row, act.now)?, &step, told)?;
    remarks::waive(tx, act, &order)?;
    if let Some(review) = review {
        rounds::decide(tx, act, review, "approved")?;
    }
    Ok(after)
}

/// Returns an order to its owner with at least one remark.
pub fn return_to_owner(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<ReturnInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersReturn, Action::Return)?;
    let review = rounds::require(tx, act, &order.row)?;
    let author = act.caller.user.ok_or_else(|| Problem::internal("only a person returns an order"))?;
    let mut faults = input.faults;
    let sent = input.value.remarks.0.map(|r| r.0);
    let unreadable = sent.is_none();
    let sent = sent.unwrap_or_default();
    if sent.is_empty() && !unreadable {
        faults.add(Fault::new("/remarks", FaultCode::TooFew).param("min", 1));
    }
    let custom = visible(tx, &act.caller, Entity::Orders)?;
    for (i, remark) in sent.iter().enumerate() {
        check_remark(&order, &custom, i, remark, &mut faults);
    }
    faults.check()?;
    let rows: Vec<RemarkRow> = sent
        .into_iter()
        .filter_map(|remark| {
            Some(RemarkRow {
                id: new_id(),
                order_id: order.row.id,
                round: order.row.review_round,
                pointer: remark.pointer.0?.0,
                line_id: remark.line_id.value().map(|id| id.0),
                message: remark.message.0?.0,
                author_id: author,
                created_at: act.now,
                severity: remark.severity.value().unwrap_or(Severity::Advice).as_str().into(),
                state: RemarkState::Open.as_str().into(),
                answer: None,
                settled_by: None,
                settled_at: None,
            })
        })
        .collect();
    store::insert_remarks(tx, &rows)?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.remark_count += rows.len() as i32;
    let told = review.as_ref().map(rounds::place).unwrap_or_default();
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Return, input.value.note.value().map(|n| n.0)), told)?;
    rounds::close(tx, act, after.id, "returned")?;
    Ok(after)
}

/// A remark speaks of a field that there is: `/title`, `/custom/site`, `/lines/0/unit_price`, and of a line of this order.
fn check_remark(order: &Loaded, custom: &[CustomField], i: usize, remark: &RemarkInput, faults: &mut Faults) {
    const LINE_FIELDS: [&str; 5] = ["product", "description", "quantity", "unit_price", "discount_rate"];
    let line_at = |at: &str| at.parse::<usize>().is_ok_and(|n| n < order.lines.len() && n.to_string() == at);
    let sound = |pointer: &str| match pointer.split('/').collect::<Vec<_>>().as_slice() {
        ["", "lines", at] => line_at(at),
        ["", "lines", at, field] => line_at(at) && LINE_FIELDS.contains(field),
        ["", "custom", key] => custom.iter().any(|field| field.key == *key),
        ["", field] => *field == "customer" || Field::parse(field).is_some(),
        _ => false,
    };
    if remark.pointer.get().is_some_and(|pointer| !sound(&pointer.0)) {
        faults.add(Fault::new(format!("/remarks/{i}/pointer"), FaultCode::UnknownPointer));
    }
    if let Some(id) = remark.line_id.as_ref()
        && !order.lines.iter().any(|(line, _)| line.id == id.0)
    {
        faults.add(Fault::new(format!("/remarks/{i}/line_id"), FaultCode::UnknownLine).param("given", id.0));
    }
}
