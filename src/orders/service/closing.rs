//! How an order ends, and how it is opened again. Closing stores the day, the moment, and the owner and team of that moment.
use chrono::NaiveDate;
use serde_json::{Map, json};

use super::common::{Step, begin, commit, kind_of, record, take, today, unknown_code};
use super::entry::team_of;
use super::standard::{Standing, errors_at, require_unique};
use super::worth;
use crate::facts;
use crate::identity::{Act, Permission};
use crate::orders::dto::input::{NoteInput, ReasonInput, WinInput};
use crate::orders::lifecycle::{Action, Status};
use crate::orders::review::rounds;
use crate::orders::review::settings::terms;
use crate::orders::rules::{effective_valid_until, lowers_too_far, spread};
use crate::orders::store::{self, LineRow, OrderRow};
use crate::platform::db::AnyConnection;
use crate::platform::decimal::{Decimal, exponent};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, Faults, IfMatch};
use crate::settings::{self, Name};
use crate::standards::check::Moment;

fn close(row: &mut OrderRow, act: &Act, on: NaiveDate) {
    row.closed_on = Some(on);
    row.closed_at = Some(act.now);
    row.closed_owner_id = Some(row.owner_id);
    row.closed_team_id = row.team_id;
}

/// Wins an order, at its amount or at another within the tolerance, which is spread over the lines; from pending it is processed on the way.
pub fn win(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<WinInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersWin, Action::Win)?;
    let today = today(tx, act)?;
    let WinInput { amount, closed_on, note } = input.value;
    let mut after = order.row.clone();
    let amount = amount.value().map(|m| m.0);
    if let Some(amount) = amount {
        let approved = after.approved_amount.unwrap_or(after.amount);
        let terms = terms(tx, order.row.id, act)?;
        if terms.critical.iter().any(|field| field == "amount") && lowers_too_far(amount, approved, terms.tolerance) {
            let places = exponent(&after.currency);
            return Err(Problem::new(Code::ReviewRequired).param("amount", amount.with_places(places)).param("approved", approved.with_places(places)));
        }
    }
    let mut faults = input.faults;
    check_amount(amount, &after, &mut faults);
    let closed_on = closed_on.value().map_or(today, |d| d.0);
    if closed_on > today {
        faults.add(Fault::new("/closed_on", FaultCode::DateTooLate).param("latest", today));
    }
    let mut order = order;
    let (mut more, mut spread_over) = (Map::new(), None);
    if let Some(amount) = amount.filter(|amount| *amount != after.amount && faults.is_empty()) {
        let old: Vec<Decimal> = order.lines.iter().map(|(line, _)| line.amount).collect();
        let shares = spread(amount, &old, exponent(&after.currency));
        let lines: Vec<LineRow> = order.lines.iter().zip(shares).map(|((line, _), amount)| LineRow { amount, ..line.clone() }).collect();
        more.insert("line_amounts".into(), json!([old, lines.iter().map(|l| l.amount).collect::<Vec<_>>()]));
        after.amount = amount;
        for ((line, _), new) in order.lines.iter_mut().zip(&lines) {
            line.amount = new.amount;
        }
        spread_over = Some(lines);
    }
    // The order as it is won is what the standard looks at.
    faults.extend(errors_at(tx, act, &order, &Standing::of(&order.row, Moment::Win)?)?.errors);
    faults.check()?;
    let mut before = order.row.clone();
    if before.status == Status::Pending.as_str() {
        let step = Step::now(act, Action::Process, None);
        let mut processed = before.with(|row| row.status = Status::Processed.as_str().into());
        store::insert_transitions(tx, &[take(act, Some(&before), &mut processed, &step)?])?;
        record(tx, act, kind_of(Action::Process), &before, [("status".to_owned(), json!([before.status, processed.status]))].into_iter().collect(), act.now)?;
        before = processed;
    }
    after.status = to.as_str().into();
    close(&mut after, act, closed_on);
    worth::reprice(tx, &mut after)?;
    let after = commit(tx, act, &before, after, &Step::now(act, Action::Win, note.value().map(|n| n.0)), more)?;
    worth::keep(tx, &after)?;
    if let Some(lines) = spread_over {
        store::replace_lines(tx, after.id, &lines)?;
        facts::keep_lines(tx, after.id, act.now)?;
    }
    Ok(after)
}

fn check_amount(amount: Option<Decimal>, row: &OrderRow, faults: &mut Faults) {
    let Some(amount) = amount else { return };
    let places = exponent(&row.currency);
    if amount < Decimal::ZERO {
        faults.add(Fault::new("/amount", FaultCode::BelowMinimum).param("min", 0));
    } else if amount.rounded(places) != amount {
        faults.add(Fault::new("/amount", FaultCode::TooFine).param("currency", &row.currency).param("places", places));
    }
}

/// Loses an order, for a reason.
pub fn lose(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<ReasonInput>) -> Result<OrderRow, Problem> {
    end(tx, act, id, if_match, Permission::OrdersLose, Action::Lose, Name::LossReasons, input)
}

/// Cancels an order, for a reason.
pub fn cancel(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<ReasonInput>) -> Result<OrderRow, Problem> {
    end(tx, act, id, if_match, Permission::OrdersCancel, Action::Cancel, Name::CancelReasons, input)
}

#[allow(clippy::too_many_arguments)]
fn end(
    tx: &mut AnyConnection,
    act: &Act,
    id: &str,
    if_match: &IfMatch,
    permission: Permission,
    action: Action,
    reasons: Name,
    input: Decoded<ReasonInput>,
) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, permission, action)?;
    let reasons = settings::service::items(tx, reasons)?;
    let ReasonInput { reason, note } = input.value;
    let mut faults = input.faults;
    let reason = reason.0.map(|r| r.0);
    if let Some(code) = reason.as_deref().filter(|code| !reasons.active(code)) {
        faults.add(unknown_code("/reason", &reasons, code));
    }
    if reason.as_deref() == Some("other") && note.as_ref().is_none() && !note.is_unreadable() {
        faults.add(Fault::new("/note", FaultCode::NoteRequired));
    }
    faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.resume_status = None;
    after.reason = reason;
    let today = today(tx, act)?;
    close(&mut after, act, today);
    worth::reprice(tx, &mut after)?;
    let after = commit(tx, act, &order.row, after, &Step::now(act, action, note.value().map(|n| n.0)), Map::new())?;
    worth::keep(tx, &after)?;
    rounds::close(tx, act, after.id, "closed")?;
    Ok(after)
}

/// Ends an order whose validity has run out.
pub fn expire(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersExpire, Action::Expire)?;
    let today = today(tx, act)?;
    if let Some(until) = effective_valid_until(order.row.valid_until, order.row.expected_close_date).filter(|until| *until >= today) {
        return Err(Problem::new(Code::NotDue).param("date", until));
    }
    input.faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    after.resume_status = None;
    close(&mut after, act, today);
    worth::reprice(tx, &mut after)?;
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Expire, input.value.note.value().map(|n| n.0)), Map::new())?;
    worth::keep(tx, &after)?;
    rounds::close(tx, act, after.id, "closed")?;
    Ok(after)
}

/// Opens a closed order again and clears what closing set; a won one needs a note.
pub fn reopen(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<NoteInput>) -> Result<OrderRow, Problem> {
    let (order, to) = begin(tx, act, id, if_match, Permission::OrdersReopen, Action::Reopen)?;
    let note = input.value.note;
    let mut faults = input.faults;
    if order.row.status == Status::Won.as_str() && note.as_ref().is_none() && !note.is_unreadable() {
        faults.add(Fault::new("/note", FaultCode::NoteRequired));
    }
    faults.check()?;
    let mut after = order.row.clone();
    after.status = to.as_str().into();
    (after.closed_on, after.closed_at, after.closed_owner_id, after.closed_team_id, after.reason) = (None, None, None, None, None);
    // While it is open its team is its owner's.
    after.team_id = team_of(tx, after.owner_id)?;
    require_unique(tx, act, &order, to, after.owner_id, after.team_id)?;
    worth::reprice(tx, &mut after)?;
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Reopen, note.value().map(|n| n.0)), Map::new())?;
    worth::keep(tx, &after)?;
    Ok(after)
}
