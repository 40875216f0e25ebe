//! One function a use case of teams.
use serde_json::Value as Json;

use super::dto::{NewTeam, TeamPatch, TeamView};
use super::store::{self, Row};
use crate::events::{self, Event};
use crate::identity::Act;
use crate::identity::users;
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::text;
use crate::platform::web::values::Reference;
use crate::platform::web::{Decoded, Given, IfMatch};

/// Makes a team.
pub fn create(tx: &mut AnyConnection, act: &Act, body: &Decoded<NewTeam>) -> Result<TeamView, Problem> {
    let team = &body.value;
    let mut faults = body.faults.clone().into_vec();
    faults.extend(lead_fault(tx, team.lead_id.as_ref().map(|id| id.0), "/lead_id")?);
    let name = team.name.get().map(|name| name.0.as_str()).unwrap_or_default();
    let key = text::lookup_key(name);
    refuse_taken(tx, &key, None, name, &mut faults)?;
    add(tx, act, name, key, team.lead_id.as_ref().map(|id| id.0))
}

/// Reads a team.
pub fn read(c: &mut AnyConnection, id: Id) -> Result<TeamView, Problem> {
    let row = store::find(c, id)?.ok_or_else(Problem::not_found)?;
    view(c, &row)
}

/// Changes a team's name and lead.
pub fn update(tx: &mut AnyConnection, act: &Act, id: Id, body: &Decoded<TeamPatch>, if_match: &IfMatch) -> Result<TeamView, Problem> {
    let before = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if_match.check(before.version)?;
    let patch = &body.value;
    let mut faults = body.faults.clone().into_vec();
    if patch.name == Given::Null {
        faults.push(Fault::new("/name", FaultCode::Required));
    }
    let name = patch.name.as_ref().map_or_else(|| before.name.clone(), |name| name.0.clone());
    let name_key = text::lookup_key(&name);
    let lead_id = patch.lead_id.clone().or(before.lead_id.map(crate::platform::web::values::RecordId)).map(|id| id.0);
    if lead_id != before.lead_id {
        faults.extend(lead_fault(tx, lead_id, "/lead_id")?);
    }
    refuse_taken(tx, &name_key, Some(id), &name, &mut faults)?;
    let after = Row { name, name_key, lead_id, ..before.clone() };
    change(tx, act, &before, after)
}

/// The team of a name, made where there is none.
pub fn named(tx: &mut AnyConnection, act: &Act, name: &str) -> Result<Id, Problem> {
    let key = text::lookup_key(name);
    dialect::lock(tx, "team", &key)?;
    match store::by_name(tx, &key)? {
        Some(id) => Ok(id),
        None => add(tx, act, name, key, None).map(|team| team.id),
    }
}

/// Gives a team another lead, who must be an active user; answers whether that changed anything.
pub fn set_lead(tx: &mut AnyConnection, act: &Act, team: Id, lead: Id) -> Result<bool, Problem> {
    let before = store::find(tx, team)?.ok_or_else(Problem::not_found)?;
    let changes = before.lead_id != Some(lead);
    if changes {
        change(tx, act, &before, Row { lead_id: Some(lead), ..before.clone() })?;
    }
    Ok(changes)
}

/// Leaves the teams of a user without a lead: who is not active leads nobody.
pub fn clear_lead(tx: &mut AnyConnection, act: &Act, user: Id) -> Result<(), Problem> {
    dialect::lock(tx, "lead", &user.to_string())?;
    for before in store::led_by(tx, user)? {
        change(tx, act, &before, Row { lead_id: None, ..before.clone() })?;
    }
    Ok(())
}

/// The fault of a lead who is no active user. Waits for whoever deactivates that user at this moment.
pub fn lead_fault(tx: &mut AnyConnection, lead: Option<Id>, pointer: &str) -> Result<Option<Fault>, Problem> {
    let Some(lead) = lead else { return Ok(None) };
    dialect::lock(tx, "lead", &lead.to_string())?;
    let active = users::store::basics(tx, lead)?.is_some_and(|user| user.active);
    Ok((!active).then(|| Fault::new(pointer, FaultCode::LeadOutside)))
}

/// Refuses with all faults: 409 where the name is another team's, else 422 where there are any.
fn refuse_taken(tx: &mut AnyConnection, key: &str, own: Option<Id>, name: &str, faults: &mut Vec<Fault>) -> Result<(), Problem> {
    dialect::lock(tx, "team", key)?;
    let faults = std::mem::take(faults);
    if store::by_name(tx, key)?.is_some_and(|other| Some(other) != own) {
        return Err(duplicate(name, faults));
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn duplicate(name: &str, mut faults: Vec<Fault>) -> Problem {
    faults.insert(0, Fault::new("/name", FaultCode::Taken).param("value", name));
    Problem::new(Code::Duplicate).with_faults(faults)
}

/// The index decides where two got past the check.
fn named_fault(name: &str) -> impl Fn(Problem) -> Problem + '_ {
    move |problem| if problem.constraint().is_some_and(|c| c.contains("name_key")) { duplicate(name, Vec::new()) } else { problem }
}

fn add(tx: &mut AnyConnection, act: &Act, name: &str, name_key: String, lead_id: Option<Id>) -> Result<TeamView, Problem> {
    let row = Row { id: new_id(), name: name.into(), name_key, lead_id, version: 1, created_at: act.now, updated_at: act.now };
    store::insert(tx, &row).map_err(named_fault(name))?;
    let view = view(tx, &row)?;
    append(tx, act, "team.created", &Json::Null, &view)?;
    Ok(view)
}

/// Stores what is new of a team; what says nothing new makes no version.
fn change(tx: &mut AnyConnection, act: &Act, before: &Row, after: Row) -> Result<TeamView, Problem> {
    if *before == after {
        return view(tx, before);
    }
    let after = Row { version: before.version + 1, updated_at: act.after(before.updated_at), ..after };
    let was = events_view(&view(tx, before)?)?;
    store::save(tx, before.version, &after).map_err(named_fault(&after.name))?;
    let view = view(tx, &after)?;
    append(tx, act, "team.updated", &was, &view)?;
    Ok(view)
}

fn events_view(view: &TeamView) -> Result<Json, Problem> {
    serde_json::to_value(view).map_err(Problem::internal)
}

fn append(tx: &mut AnyConnection, act: &Act, kind: &'static str, was: &Json, view: &TeamView) -> Result<(), Problem> {
    let changes = events::changes(was, &events_view(view)?, &["id", "version", "created_at", "updated_at"], &[]);
    let event = Event { kind, record_type: "team", record_id: view.id, version: view.version, changes, occurred_at: act.now };
    Ok(events::append(tx, act, event)?)
}

fn view(c: &mut AnyConnection, row: &Row) -> Result<TeamView, Problem> {
    let lead: Vec<Id> = row.lead_id.into_iter().collect();
    let name = users::store::names(c, &lead)?.into_values().next();
    Ok(shown(row, name))
}

pub(super) fn shown(row: &Row, lead_name: Option<String>) -> TeamView {
    let lead = row.lead_id.zip(lead_name).map(|(id, name)| Reference { id, name });
    TeamView { id: row.id, name: row.name.clone(), lead, version: row.version, created_at: row.created_at, updated_at: row.updated_at }
}
