//! The event log: one immutable fact a row, appended in the transaction of what it tells. History, audit, messages and analytics are its readers.
//! It keeps changed fields, before and after; never credentials, and of contacts only the field's name.
pub mod dto;
pub mod handlers;
mod rules;
mod service;
mod store;

use diesel::QueryResult;
use serde_json::{Map, Value, json};

use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::redact::{self, Personal};

/// A fact to append.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened, such as `order.approved`.
    pub kind: &'static str,
    pub record_type: &'static str,
    pub record_id: Id,
    /// The version of the record after it.
    pub version: i64,
    /// Field → before and after.
    pub changes: Map<String, Value>,
    /// When it happened; for most the moment it is recorded.
    pub occurred_at: UtcTime,
}

/// Appends a fact.
pub fn append(tx: &mut AnyConnection, act: &Act, event: Event) -> QueryResult<()> {
    store::insert(tx, &row(act, event))
}

/// The statement that appends a fact.
#[must_use]
pub fn appending(act: &Act, event: Event) -> Sql {
    store::inserting(row(act, event))
}

fn row(act: &Act, event: Event) -> store::NewRow {
    let Event { kind, record_type, record_id, version, changes, occurred_at } = event;
    store::NewRow {
        id: new_id(),
        kind,
        record_type,
        record_id,
        record_version: version,
        actor_id: act.caller.user,
        changes: Json(Value::Object(changes)),
        request_id: act.request_id.clone(),
        occurred_at,
        recorded_at: act.now,
    }
}

/// What changed of a record behind a version up to another, in its order.
pub fn changes_between(c: &mut AnyConnection, record: Id, after: i64, to: i64) -> QueryResult<Vec<(i64, Json)>> {
    store::changes_between(c, record, after, to)
}

/// Takes a person out of the events of some records: the one change that facts suffer.
pub fn redact(tx: &mut AnyConnection, records: &[Id], contact: Id, values: &Personal) -> QueryResult<()> {
    for (id, Json(mut changes)) in store::changes_of(tx, records)? {
        if redact::redact(&mut changes, contact, values) {
            store::replace_changes(tx, id, &Json(changes))?;
        }
    }
    Ok(())
}

/// Where records hold the values of custom fields.
pub const CUSTOM: &str = "custom";

/// The fields in which two views of a record differ, each with before and after; some are left out, of some only the name is kept.
#[must_use]
pub fn changes(before: &Value, after: &Value, left_out: &[&str], names_only: &[&str]) -> Map<String, Value> {
    let empty = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    // Each custom value is a field of its own, so that who does not see one still learns of the others.
    let flat = |fields: &Map<String, Value>| -> Map<String, Value> {
        let custom = fields.get(CUSTOM).and_then(Value::as_object).unwrap_or(&empty).iter().map(|(key, value)| (format!("{CUSTOM}.{key}"), value.clone()));
        fields.iter().filter(|(name, _)| *name != CUSTOM).map(|(name, value)| (name.clone(), value.clone())).chain(custom).collect()
    };
    let (before, after) = (flat(before), flat(after));
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| !left_out.contains(&key.as_str()))
        .filter_map(|key| {
            let (was, is) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
            (was != is).then(|| (key.clone(), if names_only.contains(&key.as_str()) { json!("changed") } else { json!([was, is]) }))
        })
        .collect()
}
