//! What becomes of remarks: the rep resolves or answers them, and what must be fixed and is not resolved stands in the way of an approval.
use serde_json::json;

use super::dto::Severity;
use crate::identity::{Act, Permission};
use crate::orders::dto::input::NoteInput;
use crate::orders::lifecycle::{Action, NotAllowed, Status};
use crate::orders::service::common::{find, permit, status_of, touch, wrong_state};
use crate::orders::store::{self, Loaded, OrderRow, RemarkRow};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, IfMatch};
use crate::word_type;

word_type! {
    /// Where a remark stands: nothing done, answered only, mended, or let pass by the reviewer.
    RemarkState { Open "open", Answered "answered", Resolved "resolved", Waived "waived" }
}

/// Says that what a remark asks for is done; a note may say how.
pub fn resolve(tx: &mut AnyConnection, act: &Act, id: &str, remark: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    settle(tx, act, id, remark, if_match, input, RemarkState::Resolved)
}

/// Answers a remark; what must be fixed is not fixed by that.
pub fn answer(tx: &mut AnyConnection, act: &Act, id: &str, remark: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    settle(tx, act, id, remark, if_match, input, RemarkState::Answered)
}

fn settle(
    tx: &mut AnyConnection,
    act: &Act,
    id: &str,
    remark: &str,
    if_match: &IfMatch,
    input: Decoded<NoteInput>,
    to: RemarkState,
) -> Result<OrderRow, Problem> {
    let order = find(tx, act, id, false)?;
    permit(act, &order.row, Permission::OrdersEdit)?;
    let remark = Id::parse(remark).and_then(|id| order.remarks.iter().map(|(row, _)| row).find(|row| row.id == id)).ok_or_else(Problem::not_found)?;
    if_match.check(order.row.version)?;
    let status = status_of(&order.row)?;
    if status.is_closed() {
        let allowed_from = Status::ALL.iter().copied().filter(|status| status.is_open()).collect();
        return Err(wrong_state(&NotAllowed { from: Some(status), action: Action::Edit, allowed_from }));
    }
    let Decoded { value: NoteInput { note }, mut faults } = input;
    if to == RemarkState::Answered && note.as_ref().is_none() && !note.is_unreadable() {
        faults.add(Fault::new("/note", FaultCode::NoteRequired));
    }
    faults.check()?;
    // What is settled stays so; a later answer adds words alone.
    let settled = [RemarkState::Resolved, RemarkState::Waived].map(RemarkState::as_str).contains(&remark.state.as_str());
    let state = if settled { remark.state.clone() } else { to.as_str().to_owned() };
    let answer = note.value().map(|note| note.0).or_else(|| remark.answer.clone());
    if state == remark.state && answer == remark.answer {
        return Ok(order.row);
    }
    let after = RemarkRow { state, answer, settled_by: act.caller.user, settled_at: Some(act.now), ..remark.clone() };
    let told = json!([null, {"id": after.id, "state": after.state}]);
    let kind = if to == RemarkState::Answered { "order.remark_answered" } else { "order.remark_resolved" };
    // The version first: of two at once one learns that it was overtaken.
    let row = touch(tx, act, kind, &order.row, [("remark".to_owned(), told)].into_iter().collect())?;
    store::settle_remark(tx, &after)?;
    Ok(row)
}

/// What must be fixed of an order and is not.
pub fn unresolved(order: &Loaded) -> Vec<&RemarkRow> {
    let open = [RemarkState::Open, RemarkState::Answered].map(RemarkState::as_str);
    let must = |row: &&RemarkRow| row.severity == Severity::MustFix.as_str() && open.contains(&row.state.as_str());
    order.remarks.iter().map(|(row, _)| row).filter(must).collect()
}

/// Fails with 409 where something must be fixed, unless the reviewer lets it pass.
pub fn require_settled(order: &Loaded, waived: bool) -> Result<(), Problem> {
    let left = unresolved(order).len();
    if left == 0 || waived { Ok(()) } else { Err(Problem::new(Code::UnresolvedRemarks).param("count", left)) }
}

/// Lets what is left pass.
pub fn waive(tx: &mut AnyConnection, act: &Act, order: &Loaded) -> Result<(), Problem> {
    for row in unresolved(order) {
        let state = RemarkState::Waived.as_str().to_owned();
        store::settle_remark(tx, &RemarkRow { state, settled_by: act.caller.user, settled_at: Some(act.now), ..row.clone() })?;
    }
    Ok(())
}
