//! Lays what was sent under `custom` over what a record holds: a merge by key, held against the fields that the standard defines. Pure but for the look-up
//! of records that values name, which is the caller's.
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::input::CustomInput;
use super::value::Typed;
use super::{sees, sets, store};
use crate::identity::Caller;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::text::nearest;
use crate::platform::web::decode::escape;
use crate::platform::web::{Faults, Given};
use crate::standards::definition::{CustomField, FieldKind, Standard};

/// How a record comes by what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is new: what is absent takes the defaults.
    New,
    /// What is absent stays.
    Patch,
    /// It is replaced: what is absent takes the defaults or is cleared, as far as the caller sets it.
    Whole,
}

/// What a record holds then.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    pub values: Map<String, Value>,
    /// The paths that were sent or, of a replacement, that differ.
    pub touched: BTreeSet<String>,
    /// The paths that were faulted: every rule passes over them.
    pub unreadable: Vec<String>,
}

/// Lays it over; everything that is wrong is faulted.
pub fn lay(
    c: &mut AnyConnection,
    caller: &Caller,
    standard: &Standard,
    before: &Json,
    given: &Given<CustomInput>,
    how: How,
    faults: &mut Faults,
) -> Result<Laid, Problem> {
    merge(caller, standard, before, given, how, faults, &mut |kind, name, at| store::find(c, kind, name, at))
}

/// Finds the record that a text names, for a value at a place.
type Find<'f> = &'f mut dyn FnMut(&FieldKind, &str, &str) -> Result<Result<Id, Fault>, Problem>;

fn merge(
    caller: &Caller,
    standard: &Standard,
    before: &Json,
    given: &Given<CustomInput>,
    how: How,
    faults: &mut Faults,
    find: Find<'_>,
) -> Result<Laid, Problem> {
    let held = before.0.as_object().cloned().unwrap_or_default();
    let mut laid = Laid { values: held.clone(), ..Laid::default() };
    let nothing = CustomInput::default();
    let sent = match given {
        Given::Value(sent) => sent,
        Given::Unreadable => {
            laid.unreadable = standard.fields.iter().map(CustomField::path).collect();
            return Ok(laid);
        }
        Given::Absent | Given::Null => &nothing,
    };
    for (key, json) in &sent.0 {
        let at = format!("/custom/{}", escape(key));
        let Some(field) = standard.field(key).filter(|field| sees(caller, field)) else {
            faults.add(unknown(caller, standard, at, key));
            continue;
        };
        laid.touched.insert(field.path());
        if let Err(found) = one(caller, field, json, &at, &mut laid.values, find)? {
            laid.unreadable.push(field.path());
            faults.extend(found.into_iter().map(|fault| fault.called(&field.labels)));
        }
    }
    // A replacement, and a null in the place of the whole, clear what the caller may set; what is retired nobody has to know any more.
    let clears = how == How::Whole || matches!(given, Given::Null);
    for field in standard.fields.iter().filter(|field| !field.retired && !sent.0.contains_key(&field.key)) {
        if clears && sees(caller, field) && sets(caller, field) && laid.values.remove(&field.key).is_some() {
            laid.touched.insert(field.path());
        }
        if how != How::Patch && !laid.values.contains_key(&field.key) {
            laid.values.extend(field.default.as_ref().and_then(|default| stored(field, default)).map(|default| (field.key.clone(), default)));
        }
    }
    if how == How::Whole {
        laid.touched = standard.fields.iter().filter(|field| held.get(&field.key) != laid.values.get(&field.key)).map(CustomField::path).collect();
    }
    Ok(laid)
}

/// A default in the form in which values are kept.
fn stored(field: &CustomField, default: &Value) -> Option<Value> {
    Typed::of(&field.kind, default).filter(|typed| !typed.is_nothing()).map(|typed| typed.to_json(&field.kind))
}

/// Lays one value over; what is the same as before is always taken.
fn one(
    caller: &Caller,
    field: &CustomField,
    json: &Value,
    at: &str,
    values: &mut Map<String, Value>,
    find: Find<'_>,
) -> Result<Result<(), Vec<Fault>>, Problem> {
    let refused = |code| Ok(Err(vec![Fault::new(at, code)]));
    let was = values.get(&field.key).and_then(|held| Typed::of(&field.kind, held));
    let is = if json.is_null() { None } else { Some(Typed::of(&field.kind, json)) };
    let same = match &is {
        None => was.is_none(),
        Some(is) => is.is_some() && *is == was,
    };
    if same {
        return Ok(Ok(()));
    }
    if !sets(caller, field) {
        return refused(FaultCode::ReadOnly);
    }
    if is.is_none() {
        values.remove(&field.key);
        return Ok(Ok(()));
    }
    if field.retired {
        return refused(FaultCode::FieldRetired);
    }
    let mut faults = Faults::default();
    let Some(mut typed) = Typed::read(field, json, at, &mut faults) else { return Ok(Err(faults.into_vec())) };
    if let Typed::Named(name) = &typed {
        match find(&field.kind, name, at)? {
            Ok(id) => typed = Typed::Reference(id),
            Err(fault) => return Ok(Err(vec![fault])),
        }
    }
    if typed.is_nothing() {
        values.remove(&field.key);
    } else {
        values.insert(field.key.clone(), typed.to_json(&field.kind));
    }
    Ok(Ok(()))
}

/// The fault of a key that no field has, or none that the caller sees.
fn unknown(caller: &Caller, standard: &Standard, at: String, key: &str) -> Fault {
    let known: Vec<&str> = standard.fields.iter().filter(|field| !field.retired && sees(caller, field)).map(|field| field.key.as_str()).collect();
    let near = nearest(key, known.iter().copied(), 1).pop();
    Fault::new(at, FaultCode::UnknownField).param("known", if known.is_empty() { "-".to_owned() } else { known.join(", ") }).suggest(near)
}

#[cfg(test)]
mod tests;
