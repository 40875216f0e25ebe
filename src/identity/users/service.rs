//! One function a use case of users. Hashing a password takes its time and is done by the caller, before the transaction.
use serde_json::{Map, Value as Json, json};

use super::dto::{Me, MePatch, NewPassword, NewUser, UserPatch, UserView};
pub use super::import::import;
use super::store::{self, Basics, Row};
use crate::events::{self, Event};
use crate::facts;
use crate::identity::{Act, Permission, Role, auth, passwords, teams};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::state::State;
use crate::platform::web::body::Nothing;
use crate::platform::web::list::Desk;
use crate::platform::web::values::Reference;
use crate::platform::web::values::{Email, PasswordText, RecordId};
use crate::platform::web::{Decoded, Given, IfMatch, body};

/// An e-mail address as it is compared.
#[must_use]
pub fn email_key(email: &Email) -> String {
    email.0.to_lowercase()
}

/// Hashes a password that was sent and may be taken; the fault of any other is told by [`create`] and [`set_password`].
pub async fn hash(password: Option<&PasswordText>) -> Result<Option<String>, Problem> {
    let Some(password) = password.filter(|p| passwords::weak(&p.0, "").is_none()) else { return Ok(None) };
    let password = password.0.clone();
    passwords::off_thread(move || passwords::hash(&password)).await.map(Some)
}

/// Makes a user.
pub fn create(tx: &mut AnyConnection, act: &Act, body: &Decoded<NewUser>, hash: Option<&str>) -> Result<UserView, Problem> {
    let user = &body.value;
    let mut faults = body.faults.clone().into_vec();
    faults.extend(user.password.as_ref().and_then(|p| passwords::weak(&p.0, "/password")));
    faults.extend(team_fault(tx, user.team_id.as_ref())?);
    let Some(email) = user.email.get() else { return Err(Problem::invalid(faults)) };
    refuse_taken(tx, email, None, faults)?;
    let (Some(name), Some(role)) = (user.name.get(), user.role.get()) else { return Err(Problem::internal("a field is missing without a fault")) };
    let row = Row {
        id: new_id(),
        name: name.0.clone(),
        email: email.0.clone(),
        email_key: email_key(email),
        role: role.as_str().into(),
        team_id: user.team_id.as_ref().map(|id| id.0),
        locale: user.locale.as_ref().map(|l| l.0.as_str().into()),
        time_zone: user.time_zone.as_ref().map(|z| z.0.name().into()),
        active: true,
        import_hash: None,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    };
    add(tx, act, &row, hash)
}

/// Reads a user.
pub fn read(c: &mut AnyConnection, id: Id) -> Result<UserView, Problem> {
    let row = store::find(c, id)?.ok_or_else(Problem::not_found)?;
    view(c, &row)
}

/// Tells the caller who it is and what it may ever do.
pub fn me(c: &mut AnyConnection, act: &Act, desk: &dyn Desk) -> Result<(i64, Me), Problem> {
    let user = act.caller.user.ok_or_else(Problem::not_found)?;
    let UserView { id, name, email, role, team, locale, time_zone, version, .. } = read(c, user)?;
    let leads = teams::store::led_by(c, user)?.into_iter().map(|team| Reference { id: team.id, name: team.name }).collect();
    let permissions = Permission::ALL.iter().filter(|p| act.caller.holds(**p)).map(|p| p.as_str()).collect();
    let zone = match &time_zone {
        Some(own) => own.clone(),
        None => desk.zone(c)?.name().to_owned(),
    };
    Ok((version, Me { id, name, email, role, team, leads, locale, time_zone, zone, permissions }))
}

/// Changes what a user may change of oneself.
pub fn update_me(tx: &mut AnyConnection, act: &Act, desk: &dyn Desk, body: &Decoded<MePatch>, if_match: &IfMatch) -> Result<(i64, Me), Problem> {
    let user = act.caller.user.ok_or_else(Problem::not_found)?;
    let MePatch { locale, time_zone } = body.value.clone();
    let patch = UserPatch { name: Given::Absent, email: Given::Absent, role: Given::Absent, team_id: Given::Absent, time_zone, locale };
    update(tx, act, user, &Decoded { value: patch, faults: body.faults.clone() }, if_match)?;
    me(tx, act, desk)
}

/// Changes a user.
pub fn update(tx: &mut AnyConnection, act: &Act, id: Id, body: &Decoded<UserPatch>, if_match: &IfMatch) -> Result<UserView, Problem> {
    let before = for_change(tx, id, if_match)?;
    let patch = body.value.clone();
    let mut faults = body.faults.clone().into_vec();
    let cleared = [("/name", patch.name == Given::Null), ("/email", patch.email == Given::Null), ("/role", patch.role == Given::Null)];
    faults.extend(cleared.into_iter().filter(|(_, cleared)| *cleared).map(|(pointer, _)| Fault::new(pointer, FaultCode::Required)));
    faults.extend(team_fault(tx, patch.team_id.as_ref())?);
    let email = patch.email.value().unwrap_or_else(|| Email(before.email.clone()));
    let after = Row {
        name: patch.name.value().map_or_else(|| before.name.clone(), |name| name.0),
        email_key: email_key(&email),
        email: email.0.clone(),
        role: patch.role.value().map_or_else(|| before.role.clone(), |role| role.as_str().into()),
        team_id: patch.team_id.or(before.team_id.map(RecordId)).map(|id| id.0),
        locale: given_or(patch.locale, &before.locale, |l| l.0.as_str().into()),
        time_zone: given_or(patch.time_zone, &before.time_zone, |z| z.0.name().into()),
        ..before.clone()
    };
    keep_an_admin(tx, &before, &after)?;
    refuse_taken(tx, &email, Some(id), faults)?;
    change(tx, act, "user.updated", &before, after)
}

/// Sets a user's password and ends all sessions.
pub fn set_password(tx: &mut AnyConnection, act: &Act, id: Id, body: &Decoded<NewPassword>, hash: Option<&str>) -> Result<(), Problem> {
    let user = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    let mut faults = body.faults.clone();
    faults.extend(body.value.password.get().and_then(|password| passwords::weak(&password.0, "/password")));
    faults.check()?;
    auth::store::end_all(tx, id, None, act.now)?;
    store::set_password(tx, id, hash.ok_or_else(|| Problem::internal("a sound password without its hash"))?)?;
    password_was_set(tx, act, &user)
}

/// Records that a password was set; never which.
pub fn password_was_set(tx: &mut AnyConnection, act: &Act, user: &Row) -> Result<(), Problem> {
    // Setting it makes no version and looks at none: the one that holds is read again, now that the row is locked.
    let version = store::find(tx, user.id)?.ok_or_else(Problem::not_found)?.version;
    append(tx, act, "user.password_set", user.id, version, Map::new())
}

/// Lets a deactivated user in again; the lead of no team until made one.
pub fn activate(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, body: &Decoded<Nothing>) -> Result<UserView, Problem> {
    let before = for_change(tx, id, if_match)?;
    body.faults.clone().check()?;
    change(tx, act, "user.activated", &before, Row { active: true, ..before.clone() })
}

/// Shuts a user out: sessions end, teams led are without a lead. What becomes of the user's open orders was decided before.
pub fn deactivate(tx: &mut AnyConnection, act: &Act, user: Id, if_match: &IfMatch) -> Result<UserView, Problem> {
    let before = for_change(tx, user, if_match)?;
    let after = Row { active: false, ..before.clone() };
    keep_an_admin(tx, &before, &after)?;
    teams::service::clear_lead(tx, act, user)?;
    auth::store::end_all(tx, user, None, act.now)?;
    change(tx, act, "user.deactivated", &before, after)
}

/// A user that is about to be changed: 404, 428 or 412 where that cannot be.
pub fn for_change(tx: &mut AnyConnection, id: Id, if_match: &IfMatch) -> Result<Row, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if_match.check(row.version)?;
    Ok(row)
}

/// The active user of an id that was sent, or the fault of naming any other.
pub fn require_active(c: &mut AnyConnection, id: Id, pointer: &str) -> Result<Result<Basics, Fault>, Problem> {
    let user = store::basics(c, id)?.filter(|user| user.active);
    Ok(user.ok_or_else(|| Fault::new(pointer, FaultCode::UnknownReference).param("what", "user").param("given", id)))
}

/// Makes an administrator, for callers that have a thread of their own.
pub fn create_admin(state: &State, name: &str, email: &str, password: &str) -> Result<UserView, Problem> {
    make_admin(state, name, email, password, false).and_then(|made| made.ok_or_else(|| Problem::internal("no administrator was made")))
}

/// Makes the first administrator where there is no user yet, for callers that have a thread of their own; answers whether it did.
pub fn ensure_admin(state: &State, email: &str, password: &str) -> Result<bool, Problem> {
    if !state.db.read_here(store::is_empty)? {
        return Ok(false);
    }
    make_admin(state, "Administrator", email, password, true).map(|made| made.is_some())
}

fn make_admin(state: &State, name: &str, email: &str, password: &str, only_first: bool) -> Result<Option<UserView>, Problem> {
    // By way of the body that a request would bring: the same checks, the same password.
    let body = body::decode::<NewUser>(&json!({"name": name, "email": email, "role": Role::Admin.as_str(), "password": password}))?;
    let sound = body.value.password.as_ref().filter(|p| passwords::weak(&p.0, "").is_none());
    let hash = sound.map(|p| passwords::hash(&p.0)).transpose()?;
    let act = Act::system(state.clock.now());
    state.db.write_here(move |tx| {
        // Instances that start at once on an empty database take turns.
        dialect::lock(tx, "first_admin", "")?;
        if only_first && !store::is_empty(tx)? {
            return Ok(None);
        }
        create(tx, &act, &body, hash.as_deref()).map(Some)
    })
}

/// A text after a merge patch.
pub(super) fn given_or<T>(given: Given<T>, current: &Option<String>, text: impl Fn(T) -> String) -> Option<String> {
    match given {
        Given::Absent | Given::Unreadable => current.clone(),
        Given::Null => None,
        Given::Value(value) => Some(text(value)),
    }
}

fn team_fault(c: &mut AnyConnection, team: Option<&RecordId>) -> Result<Option<Fault>, Problem> {
    let Some(RecordId(id)) = team else { return Ok(None) };
    let known = teams::store::find(c, *id)?.is_some();
    Ok((!known).then(|| Fault::new("/team_id", FaultCode::UnknownReference).param("what", "team").param("given", id)))
}

/// Refuses with all faults: 409 where the address is another user's, else 422 where there are any.
fn refuse_taken(tx: &mut AnyConnection, email: &Email, own: Option<Id>, faults: Vec<Fault>) -> Result<(), Problem> {
    let key = email_key(email);
    dialect::lock(tx, "user", &key)?;
    if store::by_email(tx, &key)?.is_some_and(|other| Some(other) != own) {
        return Err(duplicate(&email.0, faults));
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn duplicate(email: &str, mut faults: Vec<Fault>) -> Problem {
    faults.insert(0, Fault::new("/email", FaultCode::Taken).param("value", email));
    Problem::new(Code::Duplicate).with_faults(faults)
}

/// The index decides where two got past the check.
fn addressed(email: &str) -> impl Fn(Problem) -> Problem + '_ {
    move |problem| if problem.constraint().is_some_and(|c| c.contains("email_key")) { duplicate(email, Vec::new()) } else { problem }
}

/// Refuses to take away the last administrator who can log in. Those who try at once take turns, so that two cannot remove each other.
pub(super) fn keep_an_admin(tx: &mut AnyConnection, before: &Row, after: &Row) -> Result<(), Problem> {
    let administers = |row: &Row| row.active && row.role == Role::Admin.as_str();
    if !administers(before) || administers(after) {
        return Ok(());
    }
    dialect::lock(tx, "last_admin", "")?;
    if store::admin_besides(tx, before.id)? { Ok(()) } else { Err(Problem::new(Code::LastAdmin)) }
}

pub(super) fn add(tx: &mut AnyConnection, act: &Act, row: &Row, hash: Option<&str>) -> Result<UserView, Problem> {
    store::insert(tx, row, hash).map_err(addressed(&row.email))?;
    let view = view(tx, row)?;
    let changes = changes(&Json::Null, &view)?;
    append(tx, act, "user.created", row.id, row.version, changes)?;
    Ok(view)
}

/// Stores what is new of a user; what says nothing new makes no version. Open orders go along to another team.
pub(super) fn change(tx: &mut AnyConnection, act: &Act, kind: &'static str, before: &Row, after: Row) -> Result<UserView, Problem> {
    if *before == after {
        return view(tx, before);
    }
    let after = Row { version: before.version + 1, updated_at: act.after(before.updated_at), ..after };
    let was = serde_json::to_value(view(tx, before)?).map_err(Problem::internal)?;
    store::save(tx, before.version, &after).map_err(addressed(&after.email))?;
    if after.team_id != before.team_id {
        store::move_open_orders(tx, after.id, after.team_id)?;
        facts::keep_of_owner(tx, after.id, act.now)?;
    }
    let view = view(tx, &after)?;
    let changes = changes(&was, &view)?;
    append(tx, act, kind, after.id, after.version, changes)?;
    Ok(view)
}

fn changes(was: &Json, view: &UserView) -> Result<Map<String, Json>, Problem> {
    let is = serde_json::to_value(view).map_err(Problem::internal)?;
    Ok(events::changes(was, &is, &["id", "version", "created_at", "updated_at"], &[]))
}

fn append(tx: &mut AnyConnection, act: &Act, kind: &'static str, id: Id, version: i64, changes: Map<String, Json>) -> Result<(), Problem> {
    Ok(events::append(tx, act, Event { kind, record_type: "user", record_id: id, version, changes, occurred_at: act.now })?)
}

fn view(c: &mut AnyConnection, row: &Row) -> Result<UserView, Problem> {
    let team: Vec<Id> = row.team_id.into_iter().collect();
    let name = teams::store::names(c, &team)?.into_values().next();
    Ok(shown(row, name))
}

pub(super) fn shown(row: &Row, team_name: Option<String>) -> UserView {
    let Row { id, name, email, role, team_id, locale, time_zone, active, version, created_at, updated_at, .. } = row.clone();
    let team = team_id.zip(team_name).map(|(id, name)| Reference { id, name });
    UserView { id, name, email, role, team, locale, time_zone, active, version, created_at, updated_at }
}
