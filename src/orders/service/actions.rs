//! Moving an order on: process, stage, owner; putting it away and taking it back.
use serde_json::Map;

use super::common::{Step, begin, commit, unknown_code};
use super::entry::taken_ref;
use super::standard::{Standing, errors_at, require_unique};
use crate::identity::rights::may_receive;
use crate::identity::{Act, Permission, users};
use crate::orders::dto::input::{MoveInput, NoteInput, TransferInput};
use crate::orders::lifecycle::{Action, Status};
use crate::orders::review::rounds;
use crate::orders::store::{self, OrderRow};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Code, Problem};
use crate::platform::web::{Decoded, Faults, IfMatch};
use crate::settings::{self, Name};
use crate::standards::check::Moment;

/// Takes a pending order up.
pub fn process(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersProcess, Action::Process)?;
    input.faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    commit(tx, act, &order.row, after, &Step::now(act, Action::Process, input.value.note.value().map(|n| n.0)), Map::new())
}

/// Moves an order to a stage, forward, back or skipping; a pending one is processed by it.
pub fn move_to(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<MoveInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersMove, Action::Move)?;
    let stages = settings::service::items(tx, Name::Stages)?;
    let MoveInput { stage, note } = input.value;
    let mut faults = input.faults;
    let stage = stage.0.map(|s| s.0);
    faults.extend(stage.as_ref().filter(|stage| !stages.active(stage)).map(|stage| unknown_code("/stage", &stages, stage)));
    faults.check()?;
    let stage = stage.ok_or_else(|| Problem::internal("a field is missing without a fault"))?;
    if stage == order.row.stage && to.as_str() == order.row.status {
        return Ok(order.row);
    }
    if stage != order.row.stage {
        let standing = Standing { stage: &stage, ..Standing::of(&order.row, Moment::EnterStage)? };
        Faults::of(errors_at(tx, act, &order, &standing)?.errors).check()?;
    }
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.stage = stage;
    commit(tx, act, &order.row, after, &Step::now(act, Action::Move, note.value().map(|n| n.0)), Map::new())
}

/// Hands an open order to another owner, whose team it joins; stage and history stay.
pub fn transfer(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<TransferInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersTransfer, Action::Transfer)?;
    let TransferInput { owner_id, note } = input.value;
    let mut faults = input.faults;
    let Some(owner) = owner_id.0.map(|id| id.0) else { return Err(Problem::invalid(faults.into_vec())) };
    let receiver = users::service::require_active(tx, owner, "/owner_id")?;
    if let Ok(receiver) = &receiver {
        let caller = &act.caller;
        let led = |team: Option<Id>| team.is_some_and(|team| caller.leads.contains(&team));
        let shares = receiver.team_id.is_some() && receiver.team_id == caller.team;
        let in_led_team = led(order.row.team_id) && receiver.team_id == order.row.team_id;
        if !may_receive(caller.role, caller.user == Some(order.row.owner_id), led(order.row.team_id), shares, in_led_team) {
            return Err(Problem::new(Code::NotOwner));
        }
    }
    match receiver {
        Ok(receiver) => {
            faults.check()?;
            require_unique(tx, act, &order, to, receiver.id, receiver.team_id)?;
            hand_over(tx, act, &order.row, receiver.id, receiver.team_id, note.value().map(|n| n.0))
        }
        Err(fault) => {
            faults.add(fault);
            Err(Problem::invalid(faults.into_vec()))
        }
    }
}

/// Gives an order to an owner and the owner's team.
pub(super) fn hand_over(tx: &mut AnyConnection, act: &Act, before: &OrderRow, owner: Id, team: Option<Id>, note: Option<String>) -> Result<OrderRow, Problem> {
    if before.owner_id == owner && before.team_id == team {
        return Ok(before.clone());
    }
    let after = before.with(|row| (row.owner_id, row.team_id) = (owner, team));
    let after = commit(tx, act, before, after, &Step::now(act, Action::Transfer, note), Map::new())?;
    if after.status == Status::InReview.as_str() {
        // Another is barred now, and another team has another lead.
        rounds::refresh(tx, act, &after)?;
    }
    Ok(after)
}

/// Puts an order away: it counts nowhere, and holds no unique value.
pub fn archive(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch) -> Result<OrderRow, Problem> {
    let (order, _) = begin(tx, act, id, if_match, Permission::OrdersArchive, Action::Archive)?;
    let after = order.row.with(|row| row.archived_at = Some(act.now));
    commit(tx, act, &order.row, after, &Step::now(act, Action::Archive, None), Map::new())
}

/// Takes an order back; one that is not archived stays as it is.
pub fn restore(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersRestore, Action::Restore)?;
    input.faults.check()?;
    if order.row.archived_at.is_none() {
        return Ok(order.row);
    }
    if let Some((system, external)) = order.row.ext_system.as_ref().zip(order.row.ext_id.as_ref())
        && store::id_of_external(tx, system, external)?.is_some()
    {
        return Err(super::entry::duplicate_ref(&format!("{system} {external}")));
    }
    require_unique(tx, act, &order, to, order.row.owner_id, order.row.team_id)?;
    let after = order.row.with(|row| row.archived_at = None);
    commit(tx, act, &order.row, after, &Step::now(act, Action::Restore, input.value.note.value().map(|n| n.0)), Map::new()).map_err(taken_ref)
}
