//! A user leaves: open orders go to somebody else in the same transaction, or nobody leaves.
use super::actions::hand_over;
use super::common::by_id;
use crate::identity::users::dto::UserView;
use crate::identity::{Act, users};
use crate::orders::dto::input::DeactivateInput;
use crate::orders::lifecycle::Status;
use crate::orders::store;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Code, Problem};
use crate::platform::web::{Decoded, IfMatch};

/// Deactivates a user, after the open orders were handed over.
pub fn deactivate(tx: &mut AnyConnection, act: &Act, user: Id, if_match: &IfMatch, input: Decoded<DeactivateInput>) -> Result<UserView, Problem> {
    let open: Vec<&str> = Status::ALL.iter().filter(|s| s.is_open()).map(|s| s.as_str()).collect();
    let orders = store::open_of_owner(tx, user, &open)?;
    let receiver = input.value.transfer_to.as_ref().map(|id| id.0);
    // First the user: 404, 428 and 412 come before 409 and 422, and a later failure undoes it.
    let view = users::service::deactivate(tx, act, user, if_match)?;
    let mut faults = input.faults;
    if let Some(id) = receiver {
        // Who leaves is no longer active by now, and so cannot be the one who takes over.
        match users::service::require_active(tx, id, "/transfer_to")? {
            Ok(receiver) => {
                for order in orders {
                    let order = by_id(tx, act, order, false)?;
                    hand_over(tx, act, &order.row, receiver.id, receiver.team_id, None)?;
                }
            }
            Err(fault) => faults.add(fault),
        }
    } else if !orders.is_empty() && faults.is_empty() {
        return Err(Problem::new(Code::OpenOrders).param("count", orders.len()));
    }
    faults.check()?;
    Ok(view)
}
