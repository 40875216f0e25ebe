//! Who is away, from a first day to a last, and who stands in: one absence a user, set by oneself or by an administrator. What is done in their place is
//! for other rooms to say.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::store as people;
use crate::body;
use crate::events::{self, Event};
use crate::identity::Act;
use crate::identity::rights::{Permission, Role, holds};
use crate::platform::clock::date_in;
use crate::platform::db::schema::user_absences as absences;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::Decoded;
use crate::platform::web::list::Desk;
use crate::platform::web::values::{Day, RecordId, Reference};

body! {
    /// When somebody is away, in days of the organisation's zone; without any day the absence is over.
    AbsenceInput read_only &["delegate"];
    need {}
    may {
        /// The first day away.
        from: Day,
        /// The last day away.
        until: Day,
        /// Who reviews in their place: an active user who may approve orders.
        delegate_id: RecordId,
    }
}

/// When somebody is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Absence {
    /// The first day away; null where no absence is set.
    pub from: Option<NaiveDate>,
    /// The last day away.
    pub until: Option<NaiveDate>,
    /// Who reviews in their place.
    pub delegate: Option<Reference>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = absences)]
struct Row {
    user_id: Id,
    first_day: NaiveDate,
    last_day: NaiveDate,
    delegate_id: Option<Id>,
    updated_at: UtcTime,
}

/// Reads a user's absence; a user without one is never away.
pub fn read(c: &mut AnyConnection, user: Id) -> Result<Absence, Problem> {
    people::basics(c, user)?.ok_or_else(Problem::not_found)?;
    let row: Option<Row> = absences::table.find(user).select(Row::as_select()).first(c).optional()?;
    let Some(row) = row else { return Ok(Absence { from: None, until: None, delegate: None }) };
    let delegate: Vec<Id> = row.delegate_id.into_iter().collect();
    let name = people::names(c, &delegate)?.into_values().next();
    Ok(Absence { from: Some(row.first_day), until: Some(row.last_day), delegate: Reference::of(row.delegate_id, name) })
}

/// Sets a user's absence, or ends it.
pub fn replace(tx: &mut AnyConnection, act: &Act, desk: &dyn Desk, user: Id, input: Decoded<AbsenceInput>) -> Result<Absence, Problem> {
    let before = read(tx, user)?;
    let Decoded { value: AbsenceInput { from, until, delegate_id }, mut faults } = input;
    let today = date_in(desk.zone(tx)?, act.now);
    let over = [&from, &until].iter().all(|day| !day.is_unreadable() && day.as_ref().is_none());
    if !over {
        // One day without the other says nothing.
        for (at, day) in [("/from", &from), ("/until", &until)] {
            if day.as_ref().is_none() && !day.is_unreadable() {
                faults.add(Fault::new(at, FaultCode::Required));
            }
        }
    } else if delegate_id.as_ref().is_some() {
        faults.add(Fault::new("/delegate_id", FaultCode::Inconsistent).param("other", "from"));
    }
    let days = from.value().zip(until.value()).map(|(from, until)| (from.0, until.0));
    if let Some((from, until)) = days {
        if until < from {
            faults.add(Fault::new("/until", FaultCode::Inconsistent).param("other", "from"));
        } else if until < today {
            faults.add(Fault::new("/until", FaultCode::DateTooEarly).param("earliest", today));
        }
    }
    let delegate = delegate_id.value().map(|id| id.0);
    if let Some(delegate) = delegate {
        faults.extend(delegate_fault(tx, user, delegate)?);
    }
    faults.check()?;
    diesel::delete(absences::table.find(user)).execute(tx)?;
    if let Some((first_day, last_day)) = days {
        let row = Row { user_id: user, first_day, last_day, delegate_id: delegate, updated_at: act.now };
        diesel::insert_into(absences::table).values(&row).execute(tx)?;
    }
    let after = read(tx, user)?;
    let changes = events::changes(&Json::of(&before).0, &Json::of(&after).0, &[], &[]);
    if !changes.is_empty() {
        let changes = [("absence".to_owned(), Value::Object(changes))].into_iter().collect();
        let version = people::find(tx, user)?.ok_or_else(Problem::not_found)?.version;
        events::append(tx, act, Event { kind: "user.absence_set", record_type: "user", record_id: user, version, changes, occurred_at: act.now })?;
    }
    Ok(after)
}

/// Nobody stands in for oneself, and who cannot review stands in for nobody.
fn delegate_fault(c: &mut AnyConnection, user: Id, delegate: Id) -> Result<Option<Fault>, Problem> {
    let at = "/delegate_id";
    Ok(match people::basics(c, delegate)? {
        None => Some(Fault::new(at, FaultCode::UnknownReference).param("what", "user").param("given", delegate)),
        Some(_) if delegate == user => Some(Fault::new(at, FaultCode::Conflicting).param("fields", "user, delegate_id")),
        Some(found) if found.active && Role::parse(&found.role).is_some_and(|role| holds(role, false, Permission::OrdersApprove)) => None,
        Some(found) => Some(Fault::new(at, FaultCode::NotAReviewer).param("given", found.name)),
    })
}
