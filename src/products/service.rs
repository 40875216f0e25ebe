//! One function a use case of the catalogue; each is called within a transaction.
use serde_json::{Value, json};

use super::dto::{Product, ProductInput, ProductPatch};
use super::store::{self, Row};
use super::{list, rules};
use crate::events::{self, Event};
use crate::facts;
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json, dialect};
use crate::platform::outcome::Outcome;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::text::{identity_key, lookup_key};
use crate::platform::web::body::Nothing;
use crate::platform::web::values::ExternalRef;
use crate::platform::web::{Decoded, IfMatch};
use crate::standards::custom::{self, How, Laid, Seen, Shown};
use crate::standards::definition::Standard;
use crate::standards::service::{Held, kept, told};
use crate::standards::{self, entity::Entity};

/// One product.
pub fn read(c: &mut AnyConnection, act: &Act, id: Id, include_archived: bool) -> Result<Product, Problem> {
    let row = store::find(c, id)?.filter(|row| include_archived || row.archived_at.is_none()).ok_or_else(Problem::not_found)?;
    present_one(c, act, &row)
}

/// Products as a caller is shown them.
pub fn present(c: &mut AnyConnection, act: &Act, rows: &[Row]) -> Result<Vec<Product>, Problem> {
    let shown = Shown::of(
        c,
        &act.caller,
        Entity::Products,
        &rows.iter().map(|row| &row.custom).collect::<Vec<_>>(),
        &rows.iter().map(|row| &row.warnings).collect::<Vec<_>>(),
    )?;
    Ok(rows.iter().map(|row| Product { custom: shown.values(&row.custom), warnings: told(&row.warnings, &shown, act.locale), ..Product::from(row) }).collect())
}

fn present_one(c: &mut AnyConnection, act: &Act, row: &Row) -> Result<Product, Problem> {
    present(c, act, std::slice::from_ref(row))?.pop().ok_or_else(Problem::not_found)
}

/// Adds a product to the catalogue.
pub fn create(tx: &mut AnyConnection, act: &Act, input: Decoded<ProductInput>) -> Result<Product, Problem> {
    let row = insert(tx, act, input, None)?;
    present_one(tx, act, &row)
}

/// Puts the product of a reference: added where there is none, else replaced whole; answers whether it is new.
pub fn put(tx: &mut AnyConnection, act: &Act, reference: &ExternalRef, if_match: &IfMatch, input: Decoded<ProductInput>) -> Result<(Product, bool), Problem> {
    let Decoded { mut value, mut faults } = input;
    take_turns(tx)?;
    let found = store::find_by_ref(tx, &reference.system.0, &reference.id.0)?;
    value.external_ref.settle(reference, &mut faults);
    let Some(before) = found else {
        if_match.check_absent()?;
        return create(tx, act, Decoded { value, faults }).map(|product| (product, true));
    };
    if_match.check_if_sent(before.version)?;
    let patch = Decoded { value: ProductPatch::from(value).whole(), faults };
    let (row, _) = change(tx, act, &before, patch, None, true)?;
    present_one(tx, act, &row).map(|product| (product, false))
}

/// Changes a product; one that changes nothing stores nothing.
pub fn update(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, patch: Decoded<ProductPatch>) -> Result<Product, Problem> {
    let row = current(tx, id)?;
    if_match.check(row.version)?;
    let (row, _) = change(tx, act, &row, patch, None, false)?;
    present_one(tx, act, &row)
}

/// Takes a product out of the catalogue; orders keep it, its names and its sku are free.
pub fn archive(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch) -> Result<(), Problem> {
    let before = current(tx, id)?;
    if_match.check(before.version)?;
    let after = Row { archived_at: Some(act.now), version: before.version + 1, updated_at: act.after(before.updated_at), ..before.clone() };
    store::update(tx, &after, before.version)?;
    record(tx, act, "product.archived", &json_of(&before), &after)
}

/// Puts a product back into the catalogue; one that was never taken out stays as it is.
pub fn restore(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch, body: &Decoded<Nothing>) -> Result<Product, Problem> {
    let before = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if_match.check(before.version)?;
    body.faults.clone().check()?;
    if before.archived_at.is_none() {
        return present_one(tx, act, &before);
    }
    check_unique(tx, &before)?;
    let after = Row { archived_at: None, version: before.version + 1, updated_at: act.after(before.updated_at), ..before.clone() };
    store::update(tx, &after, before.version)?;
    record(tx, act, "product.restored", &json_of(&before), &after)?;
    present_one(tx, act, &after)
}

/// Takes a row of an import: the product of its external reference, else of its sku, is changed, any other is new; the same row again does nothing.
pub fn import(tx: &mut AnyConnection, act: &Act, input: Decoded<ProductInput>, hash: &str) -> Result<Outcome, Problem> {
    let reference = input.value.external_ref.as_ref().map(|r| (r.system.0.clone(), r.id.0.clone()));
    let sku = input.value.sku.0.as_ref().map(|sku| lookup_key(&sku.0));
    let by_ref = match &reference {
        Some((system, id)) => store::find_by_ref(tx, system, id)?,
        None => None,
    };
    let found = match (by_ref, sku) {
        (None, Some(sku)) => store::find_by_sku(tx, &sku)?.filter(|row| reference.is_none() || row.ext_id.is_none()),
        (by_ref, _) => by_ref,
    };
    match found {
        None => insert(tx, act, input, Some(hash)).map(|row| Outcome::Created(row.id)),
        Some(row) if row.import_hash.as_deref() == Some(hash) => Ok(Outcome::Unchanged(row.id)),
        Some(row) => {
            let patch = Decoded { value: ProductPatch::from(input.value), faults: input.faults };
            let (row, changed) = change(tx, act, &row, patch, Some(hash), false)?;
            Ok(if changed { Outcome::Updated(row.id) } else { Outcome::Unchanged(row.id) })
        }
    }
}

fn current(tx: &mut AnyConnection, id: Id) -> Result<Row, Problem> {
    store::find(tx, id)?.filter(|row| row.archived_at.is_none()).ok_or_else(Problem::not_found)
}

fn insert(tx: &mut AnyConnection, act: &Act, input: Decoded<ProductInput>, hash: Option<&str>) -> Result<Row, Problem> {
    let Decoded { value, mut faults } = input;
    let mut row = Row { import_hash: hash.map(str::to_owned), ..Row::blank(new_id(), act.now) };
    let patch = ProductPatch::from(value);
    let (_, unreadable) = rules::sent(&patch);
    let standard = standards::service::current(tx, Entity::Products.as_str())?;
    let laid = custom::lay(tx, &act.caller, &standard, &row.custom, &patch.custom, How::New, &mut faults)?;
    row.custom = Json(Value::Object(laid.values.clone()));
    rules::apply(&mut row, patch, &mut faults);
    check_unique(tx, &row)?;
    let held = hold(tx, act, &standard, &row, &laid, &unreadable, |_| true)?;
    faults.extend(held.errors);
    faults.check()?;
    row.warnings = kept(&held.warnings);
    store::insert(tx, &row)?;
    custom::store::insert(tx, Entity::Products, row.id, &standard, &row.custom.0)?;
    list::index(tx, &row)?;
    record(tx, act, "product.created", &json!({"aliases": [], "custom": {}}), &row)?;
    Ok(row)
}

/// Lays a change over a product and stores it, if it makes a difference; answers whether it did.
fn change(tx: &mut AnyConnection, act: &Act, before: &Row, patch: Decoded<ProductPatch>, hash: Option<&str>, whole: bool) -> Result<(Row, bool), Problem> {
    let Decoded { value, mut faults } = patch;
    let mut after = before.clone();
    let (mut sent, unreadable) = rules::sent(&value);
    let standard = standards::service::current(tx, Entity::Products.as_str())?;
    let how = if whole { How::Whole } else { How::Patch };
    let laid = custom::lay(tx, &act.caller, &standard, &before.custom, &value.custom, how, &mut faults)?;
    after.custom = Json(Value::Object(laid.values.clone()));
    rules::apply(&mut after, value, &mut faults);
    check_unique(tx, &after)?;
    let (was, is) = (json_of(before), json_of(&after));
    if whole {
        // Of a replacement only what differs counts as changed.
        sent.retain(|name| was[*name] != is[*name]);
    }
    let touched = |name: &str| sent.contains(&name) || laid.touched.contains(name);
    let held = hold(tx, act, &standard, &after, &laid, &unreadable, touched)?;
    faults.extend(held.errors);
    faults.check()?;
    after.warnings = kept(&held.warnings);
    after.import_hash = hash.map(str::to_owned).or(after.import_hash);
    let changed = json_of(before) != json_of(&after);
    if changed {
        (after.version, after.updated_at) = (before.version + 1, act.after(before.updated_at));
    }
    let counted = after.category != before.category;
    if counted {
        facts::hold_of_product(tx, after.id)?;
    }
    if after != *before {
        store::update(tx, &after, before.version)?;
    }
    if counted {
        facts::keep_of_product(tx, after.id, act.now)?;
    }
    if after.custom != before.custom {
        custom::store::replace(tx, Entity::Products, after.id, &standard, &after.custom.0)?;
    }
    if changed {
        list::index(tx, &after)?;
        record(tx, act, "product.updated", &json_of(before), &after)?;
    }
    Ok((after, changed))
}

/// What the standard for products says.
fn hold(
    tx: &mut AnyConnection,
    act: &Act,
    standard: &Standard,
    row: &Row,
    laid: &Laid,
    unreadable: &[&str],
    touched: impl Fn(&str) -> bool,
) -> Result<Held, Problem> {
    let custom = Seen::of(standard, &laid.values, &laid.unreadable);
    rules::with_entry(row, &custom, unreadable, |entry| {
        standards::service::hold(tx, act, standard, entry, touched, |tx, pairs| store::is_taken(tx, row.id, pairs))
    })
}

/// Refuses what another product holds: sku, name, alias, external reference, each with its place. The indexes decide all the same.
fn check_unique(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    take_turns(tx)?;
    let faults = taken(tx, row)?;
    if faults.is_empty() { Ok(()) } else { Err(Problem::new(Code::Duplicate).with_faults(faults)) }
}

/// What of a product another holds.
pub(super) fn taken(tx: &mut AnyConnection, row: &Row) -> Result<Vec<Fault>, Problem> {
    let taken = |pointer: &str, value: &str| Fault::new(pointer, FaultCode::Taken).param("value", value);
    let mut faults = Vec::new();
    if store::find_by_sku(tx, &row.sku_key)?.is_some_and(|other| other.id != row.id) {
        faults.push(taken("/sku", &row.sku));
    }
    let names: Vec<(String, String, String)> = rules::names(row).into_iter().map(|(at, name)| (at, identity_key(&name), name)).collect();
    let keys: Vec<String> = names.iter().map(|(_, key, _)| key.clone()).collect();
    let held = store::taken(tx, row.id, &keys)?;
    faults.extend(names.iter().filter(|(_, key, _)| held.contains(key)).map(|(at, _, name)| taken(at, name)));
    if let (Some(system), Some(id)) = (&row.ext_system, &row.ext_id)
        && store::find_by_ref(tx, system, id)?.is_some_and(|other| other.id != row.id)
    {
        faults.push(taken("/external_ref", &format!("{system} {id}")));
    }
    Ok(faults)
}

/// The catalogue changes seldom: its writers take turns, so that none finds out at the index, which could not say what was taken.
fn take_turns(tx: &mut AnyConnection) -> Result<(), Problem> {
    Ok(dialect::lock(tx, "products", "unique")?)
}

fn json_of(row: &Row) -> Value {
    Json::of(&Product::from(row)).0
}

fn record(tx: &mut AnyConnection, act: &Act, kind: &'static str, before: &Value, after: &Row) -> Result<(), Problem> {
    let changes = events::changes(before, &json_of(after), &["id", "version", "created_at", "updated_at", "warnings"], &[]);
    Ok(events::append(tx, act, Event { kind, record_type: "product", record_id: after.id, version: after.version, changes, occurred_at: act.now })?)
}
