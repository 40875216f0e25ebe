//! Claiming a review, so that two do not work on one, and giving it back. A claim is no change of the order and makes no version.
use serde_json::json;

use super::{rounds, store};
use crate::identity::{Act, Permission};
use crate::orders::lifecycle::{Action, Status, transition};
use crate::orders::service::common::{find, permit, status_of, wrong_state};
use crate::orders::store::OrderRow;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;

/// How long a claim holds: four hours.
const HELD_SECONDS: i64 = 4 * 3600;

/// Up to which moment a claim may last that was made by now; one that ends later was made by a clock that was ahead, and holds nobody up.
pub fn latest(now: UtcTime) -> UtcTime {
    now.plus_seconds(2 * HELD_SECONDS)
}

/// Claims the step that an order waits in, or holds it for longer; answers the order's id.
pub fn claim(tx: &mut AnyConnection, act: &Act, id: &str) -> Result<Id, Problem> {
    let (order, user) = judged(tx, act, id)?;
    let Some(review) = rounds::require(tx, act, &order)? else { return Err(Problem::not_found()) };
    let until = act.now.plus_seconds(HELD_SECONDS);
    if !store::claim(tx, review.id, user, (act.now, latest(act.now)), until)? {
        return Err(rounds::claimed(&store::open_of(tx, order.id)?.unwrap_or(review)));
    }
    if rounds::holder(&review, act.now) != Some(user) {
        rounds::tell(tx, act, "order.review_claimed", &order, json!({"round": review.round, "step": review.step, "claimed_until": until}))?;
    }
    Ok(order.id)
}

/// Gives a claim back; what is not claimed stays so.
pub fn release(tx: &mut AnyConnection, act: &Act, id: &str) -> Result<Id, Problem> {
    let (order, user) = judged(tx, act, id)?;
    let Some(review) = rounds::require(tx, act, &order)? else { return Err(Problem::not_found()) };
    if store::release(tx, review.id, user)? && rounds::holder(&review, act.now).is_some() {
        rounds::tell(tx, act, "order.review_released", &order, json!({"round": review.round, "step": review.step}))?;
    }
    Ok(order.id)
}

/// An order in review that the caller may judge.
fn judged(tx: &mut AnyConnection, act: &Act, id: &str) -> Result<(OrderRow, Id), Problem> {
    let order = find(tx, act, id, false)?.row;
    permit(act, &order, Permission::OrdersApprove)?;
    let status: Status = status_of(&order)?;
    transition(Some(status), Action::Approve, None).map_err(|e| wrong_state(&e))?;
    let user = act.caller.user.ok_or_else(|| Problem::internal("only a person claims a review"))?;
    Ok((order, user))
}
