//! Submitting and judging: who enters does not approve, and a submit that nobody could review is refused.
use serde_json::Map;

use super::common::{Step, begin, commit};
use super::standard::{Standing, errors_at};
use crate::identity::{Act, Permission, users};
use crate::orders::dto::input::{NoteInput, RemarkInput, ReturnInput};
use crate::orders::lifecycle::{Action, Field};
use crate::orders::store::{self, Loaded, OrderRow, RemarkRow};
use crate::platform::clock::new_id;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, Faults, IfMatch};
use crate::standards::check::Moment;

/// Hands an order to review; it must meet everything that the standard asks at submit.
pub fn submit(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersSubmit, Action::Submit)?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.submitted_by = act.caller.user;
    after.submitted_at = Some(act.now);
    after.first_submitted_at = after.first_submitted_at.or(Some(act.now));
    after.review_round += 1;
    require_reviewer(tx, &after)?;
    let verdict = errors_at(tx, act, &order, &Standing::of(&order.row, Moment::Submit)?)?;
    let mut faults = input.faults;
    faults.extend(verdict.errors);
    faults.check()?;
    after.standard_version = verdict.version;
    commit(tx, act, &order.row, after, &Step::now(act, Action::Submit, input.value.note.value().map(|n| n.0)), Map::new())
}

/// Fails with 409 `no_reviewer` where everybody who may approve had a part in the order.
pub(super) fn require_reviewer(c: &mut AnyConnection, row: &OrderRow) -> Result<(), Problem> {
    let touched: Vec<_> = [row.created_by, Some(row.owner_id), row.submitted_by, row.critical_by].into_iter().flatten().collect();
    if users::store::active_reviewers_besides(c, &touched)? { Ok(()) } else { Err(Problem::new(Code::NoReviewer)) }
}

/// Takes an order back from review.
pub fn withdraw(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersWithdraw, Action::Withdraw)?;
    input.faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    commit(tx, act, &order.row, after, &Step::now(act, Action::Withdraw, input.value.note.value().map(|n| n.0)), Map::new())
}

/// Approves an order: it goes on where it was before a later review, else it is pending.
pub fn approve(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersApprove, Action::Approve)?;
    input.faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.resume_status = None;
    after.approved_at = Some(act.now);
    after.approved_amount = Some(after.amount);
    commit(tx, act, &order.row, after, &Step::now(act, Action::Approve, input.value.note.value().map(|n| n.0)), Map::new())
}

/// Returns an order to its owner with at least one remark.
pub fn return_to_owner(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<ReturnInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersReturn, Action::Return)?;
    let author = act.caller.user.ok_or_else(|| Problem::internal("only a person returns an order"))?;
    let mut faults = input.faults;
    let remarks = input.value.remarks.0.map(|r| r.0);
    let told = remarks.is_none();
    let remarks = remarks.unwrap_or_default();
    if remarks.is_empty() && !told {
        faults.add(Fault::new("/remarks", FaultCode::TooFew).param("min", 1));
    }
    for (i, remark) in remarks.iter().enumerate() {
        check_remark(&order, i, remark, &mut faults);
    }
    faults.check()?;
    let rows: Vec<RemarkRow> = remarks
        .into_iter()
        .map(|remark| RemarkRow {
            id: new_id(),
            order_id: order.row.id,
            round: order.row.review_round,
            pointer: remark.pointer.0,
            line_id: remark.line_id.value().map(|id| id.0),
            message: remark.message.0,
            author_id: author,
            created_at: act.now,
        })
        .collect();
    store::insert_remarks(tx, &rows)?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    commit(tx, act, &order.row, after, &Step::now(act, Action::Return, input.value.note.value().map(|n| n.0)), Map::new())
}

/// A remark speaks of a field that there is: `/title`, `/lines/0/unit_price`, and of a line of this order.
fn check_remark(order: &Loaded, i: usize, remark: &RemarkInput, faults: &mut Faults) {
    const LINE_FIELDS: [&str; 5] = ["product", "description", "quantity", "unit_price", "discount_rate"];
    let parts: Vec<&str> = remark.pointer.0.split('/').collect();
    let line_at = |at: &str| at.parse::<usize>().is_ok_and(|n| n < order.lines.len() && n.to_string() == at);
    let sound = match parts.as_slice() {
        ["", "lines", at] => line_at(at),
        ["", "lines", at, field] => line_at(at) && LINE_FIELDS.contains(field),
        ["", field] => *field == "customer" || Field::parse(field).is_some(),
        _ => false,
    };
    if !sound {
        faults.add(Fault::new(format!("/remarks/{i}/pointer"), FaultCode::UnknownPointer));
    }
    if let Some(id) = remark.line_id.as_ref()
        && !order.lines.iter().any(|(line, _)| line.id == id.0)
    {
        faults.add(Fault::new(format!("/remarks/{i}/line_id"), FaultCode::UnknownLine).param("given", id.0));
    }
}
