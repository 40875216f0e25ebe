//! One function a use case of views, and what lists ask of them.
use chrono_tz::Tz;
use serde_json::Value;

use super::dto::{Sharing, View, ViewInput, ViewPatch};
use super::store::{self, Row};
use crate::events::{self, Event};
use crate::identity::{Act, Permission};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::text::nearest;
use crate::platform::web::condition::{Condition, ConditionInput, Surroundings};
use crate::platform::web::list::{Defined, Desk, SavedView, Spec};
use crate::platform::web::values::Word;
use crate::platform::web::{Decoded, Faults, Given, IfMatch, List};
use crate::settings;
use crate::standards::custom;
use crate::standards::entity::Entity;

/// The lists that views can be saved of.
#[derive(Clone, Copy, Debug)]
pub struct Entities(pub &'static [&'static Spec]);

impl Entities {
    fn find(self, entity: &str) -> Option<&'static Spec> {
        self.0.iter().find(|spec| spec.entity == entity).copied()
    }
}

/// What lists ask: the organisation's zone, and saved views.
pub struct Views;

impl Desk for Views {
    fn zone(&self, c: &mut AnyConnection) -> Result<Tz, Problem> {
        Ok(settings::service::organisation(c)?.time_zone)
    }
    fn view(&self, c: &mut AnyConnection, user: Id, entity: &str, id: Id) -> Result<Option<SavedView>, Problem> {
        let found = store::find(c, user, id)?.filter(|(row, ..)| row.entity == entity);
        Ok(found.map(|(row, ..)| SavedView { condition: row.condition.map(|c| c.0), sort: row.sort, columns: row.shown.map(|columns| columns.to()) }))
    }
    fn hidden(&self, c: &mut AnyConnection, role: &str) -> Result<Vec<(&'static str, String)>, Problem> {
        custom::hidden(c, role)
    }
}

/// Reads a view that the caller may use.
pub fn read(c: &mut AnyConnection, act: &Act, id: Id) -> Result<View, Problem> {
    let (row, owner, team) = find(c, act, id)?;
    Ok(View::of(row, owner, team))
}

/// Saves a view; it is the caller's.
pub fn create(tx: &mut AnyConnection, act: &Act, entities: Entities, input: Decoded<ViewInput>) -> Result<View, Problem> {
    let Decoded { value: ViewInput { entity, name, sharing, condition, sort, columns }, mut faults } = input;
    let owner = act.caller.user.ok_or_else(|| Problem::internal("only a person saves a view"))?;
    let spec = entity.0.as_ref().and_then(|entity| entities.find(&entity.0));
    if let (Some(entity), None) = (&entity.0, spec) {
        let known: Vec<&str> = entities.0.iter().map(|spec| spec.entity).collect();
        let near = nearest(&entity.0, known.iter().copied(), 1).pop();
        faults.add(Fault::new("/entity", FaultCode::NotOneOf).param("allowed", known.join(", ")).suggest(near));
    }
    let mut row = Row {
        id: new_id(),
        entity: entity.0.map(|e| e.0).unwrap_or_default(),
        name: name.0.map(|n| n.0).unwrap_or_default(),
        sharing: Sharing::Private.as_str().into(),
        owner_id: owner,
        team_id: None,
        condition: None,
        sort: None,
        shown: None,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    };
    lay(tx, act, &mut row, spec, ViewPatch { name: Given::Absent, sharing, condition, sort, columns }, &mut faults)?;
    faults.check()?;
    store::insert(tx, &row)?;
    let view = read(tx, act, row.id)?;
    record(tx, act, "view.created", &Value::Null, &view)?;
    Ok(view)
}

/// Changes a view.
pub fn update(tx: &mut AnyConnection, act: &Act, entities: Entities, id: Id, if_match: &IfMatch, patch: Decoded<ViewPatch>) -> Result<View, Problem> {
    let (before, owner, team) = for_change(tx, act, id, if_match)?;
    let Decoded { value, mut faults } = patch;
    let mut after = before.clone();
    let spec = entities.find(&before.entity);
    lay(tx, act, &mut after, spec, value, &mut faults)?;
    faults.check()?;
    let was = View::of(before.clone(), owner, team);
    if after == before {
        return Ok(was);
    }
    (after.version, after.updated_at) = (before.version + 1, act.after(before.updated_at));
    store::update(tx, &after, before.version)?;
    let view = read(tx, act, id)?;
    record(tx, act, "view.updated", &Json::of(&was).0, &view)?;
    Ok(view)
}

/// Takes a view away; what was asked with it stays as it is.
pub fn delete(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch) -> Result<(), Problem> {
    let (row, owner, team) = for_change(tx, act, id, if_match)?;
    store::delete(tx, id, row.version)?;
    let mut view = View::of(row, owner, team);
    let was = Json::of(&view).0;
    view.version += 1;
    record(tx, act, "view.deleted", &was, &view)
}

fn find(c: &mut AnyConnection, act: &Act, id: Id) -> Result<store::Named, Problem> {
    let user = act.caller.user.ok_or_else(Problem::not_found)?;
    store::find(c, user, id)?.ok_or_else(Problem::not_found)
}

/// 404, then rights, then version: a view is its owner's to change, a shared one an administrator's, too.
fn for_change(c: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch) -> Result<store::Named, Problem> {
    let found = find(c, act, id)?;
    if act.caller.user != Some(found.0.owner_id) && !act.caller.holds(Permission::ViewsShare) {
        return Err(Problem::new(Code::NotOwner));
    }
    if_match.check(found.0.version)?;
    Ok(found)
}

/// Lays a change over a view and adds what is wrong with it.
fn lay(c: &mut AnyConnection, act: &Act, row: &mut Row, spec: Option<&Spec>, patch: ViewPatch, faults: &mut Faults) -> Result<(), Problem> {
    let ViewPatch { name, sharing, condition, sort, columns } = patch;
    row.name = name.map(|name| name.0).or_kept(std::mem::take(&mut row.name), "/name", faults);
    let sharing = match sharing {
        Given::Value(sharing) => Some(sharing),
        Given::Null => Some(Sharing::Private),
        Given::Absent | Given::Unreadable => None,
    };
    if let Some(sharing) = sharing {
        share(c, act, row, sharing, faults)?;
    }
    row.condition = condition.or(row.condition.take().map(|c| ConditionInput(c.0))).map(|c| Json(c.0));
    row.sort = sort.or(row.sort.take().map(Word)).map(|sort| sort.0);
    let shown = row.shown.take().map(|columns| List(columns.to::<Vec<String>>().into_iter().map(Word).collect()));
    row.shown = columns.or(shown).map(|columns| Json::of(&columns.0.into_iter().map(|c| c.0).collect::<Vec<_>>()));
    if let Some(spec) = spec {
        let defined = match Entity::parse(spec.entity) {
            Some(entity) => custom::defined::defined(c, &act.caller, entity, spec.id)?,
            None => Defined::default(),
        };
        faults.extend(misfits(row, spec, &defined, Surroundings { now: act.now, zone: settings::service::organisation(c)?.time_zone }));
    }
    Ok(())
}

fn share(c: &mut AnyConnection, act: &Act, row: &mut Row, sharing: Sharing, faults: &mut Faults) -> Result<(), Problem> {
    if sharing == Sharing::Organisation && row.sharing != sharing.as_str() && !act.caller.holds(Permission::ViewsShare) {
        return Err(Problem::new(Code::Role).param("permission", Permission::ViewsShare.as_str()));
    }
    row.team_id = if sharing == Sharing::Team { crate::identity::users::store::basics(c, row.owner_id)?.and_then(|owner| owner.team_id) } else { None };
    if sharing == Sharing::Team && row.team_id.is_none() {
        faults.add(Fault::new("/sharing", FaultCode::UnknownReference).param("what", "team").param("given", "-"));
    }
    row.sharing = sharing.as_str().into();
    Ok(())
}

/// What of a view does not fit its list: everything at once.
fn misfits(row: &Row, spec: &Spec, defined: &Defined, surroundings: Surroundings) -> Vec<Fault> {
    let read = row.condition.as_ref().map(|condition| Condition::read(&condition.0, "/condition", &defined.with(spec.fields), &surroundings));
    let mut faults = read.and_then(Result::err).map(|problem| problem.faults().to_vec()).unwrap_or_default();
    let not_one_of = |at: String, given: &str, known: &[&str]| {
        Fault::new(at, FaultCode::NotOneOf).param("allowed", known.join(", ")).suggest(nearest(given, known.iter().copied(), 1).pop())
    };
    let sorts: Vec<&str> = spec.sorts.iter().map(|sort| sort.name).collect();
    let sort = row.sort.as_deref().filter(|sort| !sorts.contains(&sort.strip_prefix('-').unwrap_or(sort)));
    faults.extend(sort.map(|sort| not_one_of("/sort".into(), sort, &sorts)));
    let columns: Vec<&str> = spec.columns.iter().chain(&defined.columns).map(|column| &*column.name).collect();
    let shown: Vec<String> = row.shown.as_ref().map(Json::to).unwrap_or_default();
    let unknown = shown.iter().enumerate().filter(|(_, name)| !columns.contains(&name.as_str()));
    faults.extend(unknown.map(|(i, name)| not_one_of(format!("/columns/{i}"), name, &columns)));
    faults
}

fn record(tx: &mut AnyConnection, act: &Act, kind: &'static str, before: &Value, after: &View) -> Result<(), Problem> {
    let is = if kind == "view.deleted" { Value::Null } else { Json::of(after).0 };
    let changes = events::changes(before, &is, &["id", "version", "created_at", "updated_at"], &[]);
    Ok(events::append(tx, act, Event { kind, record_type: "view", record_id: after.id, version: after.version, changes, occurred_at: act.now })?)
}
