//! One function a use case of customers; each is called within a transaction.
use serde_json::{Value, json};

use super::dto::{Customer, CustomerImport, CustomerInput, CustomerPatch, Preferences, Transfer};
use super::owners::{self, OwnerRow};
use super::store::{self, ContactRow, Row};
use super::view::{self, Whole};
use super::{list, rules};
use crate::events::{self, Event};
use crate::facts;
use crate::identity::rights::{self, CustomerVerdict, decide_customer};
use crate::identity::{Act, Permission, Relation};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json, dialect};
use crate::platform::outcome::Outcome;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::text::{lookup_key, nearest};
use crate::platform::web::body::Nothing;
use crate::platform::web::values::{Email, ExternalRef, Word};
use crate::platform::web::{Decoded, Faults, Given, IfMatch};
use crate::settings;
use crate::standards::custom::{self, How, Laid, Seen};
use crate::standards::definition::Standard;
use crate::standards::service::{Held, kept};
use crate::standards::{self, entity::Entity};

/// One customer, masked where it is not the caller's.
pub fn read(c: &mut AnyConnection, act: &Act, id: Id, include_archived: bool) -> Result<Customer, Problem> {
    let row = store::find(c, id)?.filter(|row| include_archived || row.archived_at.is_none()).ok_or_else(Problem::not_found)?;
    view::present_one(c, act, row)
}

/// Enters a customer; it is the caller's.
pub fn create(tx: &mut AnyConnection, act: &Act, input: Decoded<CustomerInput>) -> Result<Customer, Problem> {
    let owner = match act.caller.user {
        Some(user) => owners::find(tx, user)?,
        None => owners::first_admin(tx)?,
    };
    let whole = insert(tx, act, input.value.into(), input.faults, owner, None)?;
    view::present_one(tx, act, whole.row)
}

/// Puts the customer of a reference: entered where there is none, else replaced whole; answers whether it is new.
pub fn put(tx: &mut AnyConnection, act: &Act, reference: &ExternalRef, if_match: &IfMatch, input: Decoded<CustomerInput>) -> Result<(Customer, bool), Problem> {
    let Decoded { mut value, mut faults } = input;
    lock_reference(tx, &reference.system.0, &reference.id.0)?;
    let found = store::find_by_ref(tx, &reference.system.0, &reference.id.0)?;
    value.external_ref.settle(reference, &mut faults);
    let Some(id) = found else {
        if_match.check_absent()?;
        return create(tx, act, Decoded { value, faults }).map(|customer| (customer, true));
    };
    let before = current(tx, id)?;
    authorise(act, &before, Permission::CustomersEdit)?;
    if_match.check_if_sent(before.row.version)?;
    let patch = rules::known_contacts(CustomerPatch::from(value).whole(), &before.contacts);
    let (after, _) = change(tx, act, &before, patch, faults, None, true)?;
    view::present_one(tx, act, after.row).map(|customer| (customer, false))
}

/// Changes a customer; a change that makes no difference stores nothing.
pub fn update(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, patch: Decoded<CustomerPatch>) -> Result<Customer, Problem> {
    let before = current(tx, id)?;
    authorise(act, &before, Permission::CustomersEdit)?;
    if_match.check(before.row.version)?;
    let (after, _) = change(tx, act, &before, patch.value, patch.faults, None, false)?;
    view::present_one(tx, act, after.row)
}

/// Hands a customer to another owner: its owner to a team mate, a lead within the led team, an administrator to anyone active.
pub fn transfer(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, to: Decoded<Transfer>) -> Result<Customer, Problem> {
    let before = current(tx, id)?;
    authorise(act, &before, Permission::CustomersTransfer)?;
    if_match.check(before.row.version)?;
    let mut faults = to.faults;
    let receiver = match &to.value.owner_id.0 {
        Some(wanted) => {
            let receiver = owners::find(tx, wanted.0)?.filter(|receiver| receiver.active && may_receive(act, &before, receiver));
            if receiver.is_none() {
                faults.add(Fault::new("/owner_id", FaultCode::UnknownReference).param("what", "user").param("given", wanted.0));
            }
            receiver
        }
        None => None,
    };
    faults.check()?;
    let receiver = receiver.ok_or_else(|| Problem::internal("a transfer to nobody"))?;
    if receiver.id == before.owner.id {
        return view::present_one(tx, act, before.row);
    }
    let after = Whole { row: Row { owner_id: receiver.id, ..next(&before.row, act) }, owner: receiver, ..before.clone() };
    store::update(tx, &after.row, before.row.version)?;
    record(tx, act, "customer.transferred", &json_of(&before), &after)?;
    view::present_one(tx, act, after.row)
}

fn may_receive(act: &Act, before: &Whole, receiver: &OwnerRow) -> bool {
    let relations = before.relations(&act.caller);
    let shares_callers_team = receiver.team.is_some() && receiver.team == act.caller.team;
    let in_led_team = receiver.team.is_some() && receiver.team == before.owner.team;
    rights::may_receive(act.caller.role, relations.contains(&Relation::Own), relations.contains(&Relation::LedTeam), shares_callers_team, in_led_team)
}

/// Puts a customer away; its orders keep it.
pub fn archive(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch) -> Result<(), Problem> {
    let before = current(tx, id)?;
    authorise(act, &before, Permission::CustomersArchive)?;
    if_match.check(before.row.version)?;
    let after = Whole { row: Row { archived_at: Some(act.now), ..next(&before.row, act) }, ..before.clone() };
    store::update(tx, &after.row, before.row.version)?;
    record(tx, act, "customer.archived", &json_of(&before), &after)
}

/// Brings an archived customer back; one that was never put away stays as it is.
pub fn restore(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, body: &Decoded<Nothing>) -> Result<Customer, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    let before = Whole::of(tx, row)?;
    authorise(act, &before, Permission::CustomersRestore)?;
    if_match.check(before.row.version)?;
    body.faults.clone().check()?;
    if before.row.archived_at.is_none() {
        return view::present_one(tx, act, before.row);
    }
    check_unique(tx, &before.row)?;
    let after = Whole { row: Row { archived_at: None, ..next(&before.row, act) }, ..before.clone() };
    store::update(tx, &after.row, before.row.version)?;
    record(tx, act, "customer.restored", &json_of(&before), &after)?;
    view::present_one(tx, act, after.row)
}

/// Takes a row of an import: the customer of its external reference, else of its name, is changed, any other is new; the same row again does nothing.
pub fn import(tx: &mut AnyConnection, act: &Act, input: Decoded<CustomerImport>, hash: &str) -> Result<Outcome, Problem> {
    let Decoded { value, mut faults } = input;
    let found = match matching(tx, &value)?.as_slice() {
        [] => None,
        [id] => Some(current(tx, *id)?),
        several => {
            let ids = several.iter().map(Id::to_string).collect::<Vec<_>>().join(", ");
            let given = value.name.0.as_ref().map(|name| name.0.clone()).unwrap_or_default();
            faults.add(Fault::new("/name", FaultCode::Ambiguous).param("what", "customer").param("given", given).param("ids", ids));
            return Err(Problem::invalid(faults.into_vec()));
        }
    };
    let Some(before) = found else {
        let owner = owner_for(tx, act, &value.owner_email, &mut faults)?;
        return insert(tx, act, value.into(), faults, owner, Some(hash)).map(|whole| Outcome::Created(whole.row.id));
    };
    if before.row.import_hash.as_deref() == Some(hash) {
        return Ok(Outcome::Unchanged(before.row.id));
    }
    authorise(act, &before, Permission::CustomersEdit)?;
    if value.owner_email.as_ref().is_some_and(|email| email.0.to_lowercase() != before.owner.email_key) {
        faults.add(Fault::new("/owner_email", FaultCode::AlreadyDiffers).param("field", "owner_email").param("current", &before.owner.email));
    }
    let (after, changed) = change(tx, act, &before, value.into(), faults, Some(hash), false)?;
    Ok(if changed { Outcome::Updated(after.row.id) } else { Outcome::Unchanged(after.row.id) })
}

/// Which customers an imported row may mean. One with a reference of its own is never meant by another reference.
fn matching(tx: &mut AnyConnection, row: &CustomerImport) -> Result<Vec<Id>, Problem> {
    let reference = row.external_ref.as_ref();
    if let Some(reference) = reference
        && let Some(id) = store::find_by_ref(tx, &reference.system.0, &reference.id.0)?
    {
        return Ok(vec![id]);
    }
    let Some(name) = &row.name.0 else { return Ok(Vec::new()) };
    // Two imports at once must not both find nobody and enter the customer twice.
    dialect::lock(tx, "customers.name", &lookup_key(&name.0))?;
    let mut named = store::find_by_name(tx, &name.0)?;
    if reference.is_some() {
        let free = store::without_ref(tx, &named)?;
        named.retain(|id| free.contains(id));
    }
    Ok(named)
}

/// Who is to own an imported customer: the one named, else who imports, else the first administrator.
fn owner_for(tx: &mut AnyConnection, act: &Act, email: &Given<Email>, faults: &mut Faults) -> Result<Option<OwnerRow>, Problem> {
    let (owner, fault) = match (email, act.caller.user) {
        (Given::Value(email), _) => {
            (owners::by_email(tx, &email.0)?, Fault::new("/owner_email", FaultCode::UnknownReference).param("what", "user").param("given", &email.0))
        }
        (Given::Unreadable, _) => return Ok(None),
        (_, Some(user)) => (owners::find(tx, user)?, Fault::new("/owner_email", FaultCode::Required)),
        (_, None) => (owners::first_admin(tx)?, Fault::new("/owner_email", FaultCode::Required)),
    };
    if owner.is_none() {
        faults.add(fault);
    }
    Ok(owner)
}

fn current(tx: &mut AnyConnection, id: Id) -> Result<Whole, Problem> {
    let row = store::find(tx, id)?.filter(|row| row.archived_at.is_none()).ok_or_else(Problem::not_found)?;
    Whole::of(tx, row)
}

pub(super) fn authorise(act: &Act, customer: &Whole, permission: Permission) -> Result<(), Problem> {
    let caller = &act.caller;
    caller.require(permission)?;
    match decide_customer(caller.role, !caller.leads.is_empty(), &customer.relations(caller), permission, false) {
        CustomerVerdict::Full => Ok(()),
        CustomerVerdict::Masked | CustomerVerdict::NotOwner => Err(Problem::new(Code::NotOwner)),
        CustomerVerdict::Role => Err(Problem::new(Code::Role).param("permission", permission.as_str())),
    }
}

/// The row in its next version.
pub(super) fn next(row: &Row, act: &Act) -> Row {
    Row { version: row.version + 1, updated_at: act.after(row.updated_at), ..row.clone() }
}

fn insert(tx: &mut AnyConnection, act: &Act, patch: CustomerPatch, mut faults: Faults, owner: Option<OwnerRow>, hash: Option<&str>) -> Result<Whole, Problem> {
    let id = new_id();
    let mut row = Row { import_hash: hash.map(str::to_owned), ..Row::blank(id, owner.as_ref().map_or(id, |owner| owner.id), act.now) };
    let mut contacts = Vec::new();
    faults.extend(check_source(tx, &patch.source)?);
    let (_, unreadable) = rules::sent(&patch);
    let standard = standards::service::current(tx, Entity::Customers.as_str())?;
    let laid = custom::lay(tx, &act.caller, &standard, &row.custom, &patch.custom, How::New, &mut faults)?;
    row.custom = Json(Value::Object(laid.values.clone()));
    rules::apply(&mut row, &mut contacts, patch, new_id, &mut faults);
    check_unique(tx, &row)?;
    let held = hold(tx, act, &standard, &row, &contacts, &laid, &unreadable, |_| true)?;
    faults.extend(held.errors);
    faults.check()?;
    row.warnings = kept(&held.warnings);
    let owner = owner.ok_or_else(|| Problem::internal("a customer without an owner"))?;
    store::insert(tx, &row, &contacts)?;
    custom::store::insert(tx, Entity::Customers, row.id, &standard, &row.custom.0)?;
    list::index(tx, &row, &contacts)?;
    let whole = Whole { row, contacts, erased: Vec::new(), owner };
    let nothing = json!({"contacts": [], "tags": [], "custom": {}, "preferences": Preferences::default()});
    record(tx, act, "customer.created", &nothing, &whole)?;
    Ok(whole)
}

/// Lays a change over a customer and stores it, if it makes a difference; answers whether it did.
fn change(
    tx: &mut AnyConnection,
    act: &Act,
    before: &Whole,
    patch: CustomerPatch,
    mut faults: Faults,
    hash: Option<&str>,
    whole: bool,
) -> Result<(Whole, bool), Problem> {
    let mut after = before.clone();
    faults.extend(check_source(tx, &patch.source)?);
    let (mut sent, unreadable) = rules::sent(&patch);
    let standard = standards::service::current(tx, Entity::Customers.as_str())?;
    let how = if whole { How::Whole } else { How::Patch };
    let laid = custom::lay(tx, &act.caller, &standard, &before.row.custom, &patch.custom, how, &mut faults)?;
    after.row.custom = Json(Value::Object(laid.values.clone()));
    rules::apply(&mut after.row, &mut after.contacts, patch, new_id, &mut faults);
    check_unique(tx, &after.row)?;
    let (was, is) = (json_of(before), json_of(&after));
    if whole {
        // Of a replacement only what differs counts as changed.
        sent.retain(|name| was[*name] != is[*name]);
    }
    let touched = |name: &str| sent.contains(&name) || laid.touched.contains(name);
    let held = hold(tx, act, &standard, &after.row, &after.contacts, &laid, &unreadable, touched)?;
    faults.extend(held.errors);
    faults.check()?;
    after.row.warnings = kept(&held.warnings);
    after.row.import_hash = hash.map(str::to_owned).or(after.row.import_hash);
    let changed = json_of(before) != json_of(&after);
    if changed {
        after.row = next(&after.row, act);
    }
    let counted = store::counted_by(&after.row) != store::counted_by(&before.row);
    if counted {
        facts::hold_of_customer(tx, after.row.id)?;
    }
    if after.row != before.row {
        store::update(tx, &after.row, before.row.version)?;
    }
    if counted {
        facts::keep_of_customer(tx, after.row.id, act.now)?;
    }
    if after.row.tags != before.row.tags {
        store::replace_tags(tx, &after.row)?;
    }
    if after.row.custom != before.row.custom {
        custom::store::replace(tx, Entity::Customers, after.row.id, &standard, &after.row.custom.0)?;
    }
    if after.contacts != before.contacts {
        store::replace_contacts(tx, after.row.id, &after.contacts)?;
    }
    if changed {
        list::index(tx, &after.row, &after.contacts)?;
        record(tx, act, "customer.updated", &json_of(before), &after)?;
    }
    Ok((after, changed))
}

/// What the standard for customers says.
#[allow(clippy::too_many_arguments)] // The parts of a customer, each of its own kind.
fn hold(
    tx: &mut AnyConnection,
    act: &Act,
    standard: &Standard,
    row: &Row,
    contacts: &[ContactRow],
    laid: &Laid,
    unreadable: &[&str],
    touched: impl Fn(&str) -> bool,
) -> Result<Held, Problem> {
    let custom = Seen::of(standard, &laid.values, &laid.unreadable);
    rules::with_entry(row, contacts, &custom, unreadable, |entry| {
        standards::service::hold(tx, act, standard, entry, touched, |tx, pairs| store::is_taken(tx, row.id, pairs))
    })
}

/// Holds a source against those that the settings keep in use; one that is not touched is left alone.
pub(super) fn check_source(tx: &mut AnyConnection, given: &Given<Word>) -> Result<Option<Fault>, Problem> {
    let Some(source) = given.as_ref() else { return Ok(None) };
    let sources = settings::service::items(tx, settings::Name::Sources)?;
    if sources.active(&source.0) {
        return Ok(None);
    }
    let allowed: Vec<&str> = sources.active_codes().collect();
    let near = nearest(&source.0, allowed.iter().copied(), 1).pop();
    Ok(Some(Fault::new("/source", FaultCode::NotOneOf).param("allowed", allowed.join(", ")).suggest(near)))
}

/// Refuses an external reference that another customer holds. The index decides all the same.
fn check_unique(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    let (Some(system), Some(id)) = (&row.ext_system, &row.ext_id) else { return Ok(()) };
    let value = format!("{system} {id}");
    lock_reference(tx, system, id)?;
    match store::find_by_ref(tx, system, id)? {
        Some(other) if other != row.id => {
            Err(Problem::new(Code::Duplicate).with_faults(vec![Fault::new("/external_ref", FaultCode::Taken).param("value", value)]))
        }
        _ => Ok(()),
    }
}

fn lock_reference(tx: &mut AnyConnection, system: &str, id: &str) -> Result<(), Problem> {
    Ok(dialect::lock(tx, "customers.external_ref", &format!("{system} {id}"))?)
}

fn json_of(customer: &Whole) -> Value {
    Json::of(&customer.view()).0
}

/// Appends what happened; of what is personal only the field's name.
fn record(tx: &mut AnyConnection, act: &Act, kind: &'static str, before: &Value, after: &Whole) -> Result<(), Problem> {
    let left_out = ["id", "masked", "version", "created_at", "updated_at", "erased_contacts", "warnings"];
    let changes = events::changes(before, &json_of(after), &left_out, &["contacts", "preferences", "note"]);
    let Row { id, version, .. } = after.row;
    Ok(events::append(tx, act, Event { kind, record_type: "customer", record_id: id, version, changes, occurred_at: act.now })?)
}
