//! Bringing in an order with its history: the same entry and the same standard, but stage, status, dates and owner come from the file.
use chrono::NaiveDate;

use super::common::{Step, by_id, today, unknown_code};
use super::entry::{Change, Origin, change, insert, taken_ref, team_of};
use crate::identity::{Act, users};
use crate::orders::dto::input::{History, OrderImport, When};
use crate::orders::lifecycle::{Action, Status, transition};
use crate::orders::review::rounds;
use crate::orders::store::{self, Loaded, OrderRow};
use crate::platform::clock::start_of;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::outcome::Outcome;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::{Decoded, Faults, Given};
use crate::settings::{self, Name};
use crate::standards::definition::Kind;

/// Imports one order; the same row again changes nothing. An order that is there already takes changed fields by the edit table, never another status.
pub fn import(tx: &mut AnyConnection, act: &Act, row: Decoded<OrderImport>, hash: &str) -> Result<Outcome, Problem> {
    let Decoded { value: OrderImport { input, history }, mut faults } = row;
    let there = match &input.external_ref {
        Given::Value(reference) => store::id_of_external(tx, &reference.system.0, &reference.id.0)?,
        _ => None,
    };
    if let Some(id) = there {
        let order = by_id(tx, act, id, false)?;
        if order.row.import_hash.as_deref() == Some(hash) {
            return Ok(Outcome::Unchanged(id));
        }
        refuse_other_history(&order, &history, &mut faults);
        let before = order.row.version;
        let after = change(tx, act, &order, input, faults, Change::Import(hash))?;
        return Ok(if after.version == before { Outcome::Unchanged(id) } else { Outcome::Updated(id) });
    }
    let zone = settings::service::organisation(tx)?.time_zone;
    let moment = |when: When| match when {
        When::Moment(time) => time,
        When::Day(date) => start_of(zone, date),
    };
    let day = history.closed_on.as_ref().map(|d| d.0);
    let status = history.status.as_ref().map_or(Status::Draft, |s| s.0);
    check_dates(tx, act, status, &history, &mut faults)?;
    let created_at = history.created_at.as_ref().copied().map(moment).or_else(|| day.map(|d| start_of(zone, d))).unwrap_or(act.now);
    let stage = stage_of(tx, &history, &mut faults)?;
    let reason = history.reason.as_ref().map(|r| r.0.clone());
    let owner = owner_of(tx, act, &history, &mut faults)?;
    let to = transition(None, Action::Import, Some(status)).map_err(|e| super::common::wrong_state(&e))?;
    // Without an owner the row is faulted already and refused before it is kept.
    let origin = Origin {
        owner: owner.unwrap_or(Id(uuid::Uuid::nil())),
        team: owner.map_or(Ok(None), |id| team_of(tx, id))?,
        skip: &[Kind::DateWindow],
        action: Action::Import,
        status: to,
        stage,
        created_at,
    };
    let closing_note = history.closing_note.as_ref().map(|n| n.0.clone());
    let row = insert(tx, act, input, faults, &origin, |row: &mut OrderRow, step: &mut Step| {
        row.import_hash = Some(hash.to_owned());
        if to != Status::Draft {
            let submitted = history.submitted_at.as_ref().copied().map_or(created_at, moment);
            row.first_submitted_at = Some(submitted);
            row.submitted_at = Some(submitted);
            row.review_round = 1;
        }
        if !matches!(to, Status::Draft | Status::InReview | Status::Returned) {
            row.approved_at = history.approved_at.as_ref().copied().map(moment).or(row.submitted_at);
            row.approved_amount = Some(row.amount);
        }
        if to.is_closed() {
            let on = day.unwrap_or_else(|| crate::platform::clock::date_in(zone, act.now));
            let at = day.map_or(act.now, |d| start_of(zone, d));
            (row.closed_on, row.closed_at) = (Some(on), Some(at));
            (row.closed_owner_id, row.closed_team_id) = (Some(row.owner_id), row.team_id);
            row.reason = reason;
            step.occurred_at = at;
        }
        step.note = closing_note;
    })
    .map_err(taken_ref)?;
    if to == Status::InReview {
        rounds::begin_imported(tx, act, &row)?;
    }
    Ok(Outcome::Created(row.id))
}

/// The owner that the file names by e-mail, else the person who imports.
fn owner_of(c: &mut AnyConnection, act: &Act, history: &History, faults: &mut Faults) -> Result<Option<Id>, Problem> {
    let found = match &history.owner_email {
        Given::Value(email) => {
            let found = users::store::by_email(c, &email.0.to_lowercase())?;
            if found.is_none() {
                faults.add(Fault::new("/owner_email", FaultCode::UnknownReference).param("what", "user").param("given", &email.0));
            }
            found
        }
        Given::Unreadable => None,
        Given::Absent | Given::Null if act.caller.user.is_some() => act.caller.user,
        Given::Absent | Given::Null => {
            faults.add(Fault::new("/owner_email", FaultCode::Required));
            None
        }
    };
    Ok(found)
}

fn stage_of(c: &mut AnyConnection, history: &History, faults: &mut Faults) -> Result<Option<String>, Problem> {
    let Some(stage) = history.stage.as_ref() else { return Ok(None) };
    let stages = settings::service::items(c, Name::Stages)?;
    if stages.find(&stage.0).is_none() {
        faults.add(unknown_code("/stage", &stages, &stage.0));
    }
    Ok(Some(stage.0.clone()))
}

/// A closing date belongs to a closed order, and nothing closes in the future; reasons must be known where they are given.
fn check_dates(c: &mut AnyConnection, act: &Act, status: Status, history: &History, faults: &mut Faults) -> Result<(), Problem> {
    let today: NaiveDate = today(c, act)?;
    if let Some(on) = history.closed_on.as_ref() {
        if !status.is_closed() {
            faults.add(Fault::new("/closed_on", FaultCode::Inconsistent).param("other", "status"));
        } else if on.0 > today {
            faults.add(Fault::new("/closed_on", FaultCode::DateTooLate).param("latest", today));
        }
    }
    for (name, when) in [("/created_at", &history.created_at), ("/submitted_at", &history.submitted_at), ("/approved_at", &history.approved_at)] {
        let late = match when.as_ref() {
            Some(When::Day(day)) => *day > today,
            Some(When::Moment(time)) => *time > act.now,
            None => false,
        };
        if late {
            faults.add(Fault::new(name, FaultCode::DateTooLate).param("latest", today));
        }
    }
    if let Some(reason) = history.reason.as_ref() {
        let list = match status {
            Status::Lost => Name::LossReasons,
            Status::Cancelled => Name::CancelReasons,
            _ => {
                faults.add(Fault::new("/reason", FaultCode::Inconsistent).param("other", "status"));
                return Ok(());
            }
        };
        let reasons = settings::service::items(c, list)?;
        if reasons.find(&reason.0).is_none() {
            faults.add(unknown_code("/reason", &reasons, &reason.0));
        }
    }
    Ok(())
}

/// Status and stage of an order that is there move by actions alone.
fn refuse_other_history(order: &Loaded, history: &History, faults: &mut Faults) {
    let row = &order.row;
    let given = [("status", history.status.as_ref().map(|s| s.0.as_str()), &row.status), ("stage", history.stage.as_ref().map(|s| s.0.as_str()), &row.stage)];
    for (field, given, current) in given {
        if given.is_some_and(|given| given != current) {
            faults.add(Fault::new(format!("/{field}"), FaultCode::AlreadyDiffers).param("field", field).param("current", current));
        }
    }
}
