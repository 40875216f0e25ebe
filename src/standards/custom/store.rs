//! The rows of custom values that filters ask, and the records that values name.
use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::Value as Json;

use super::value::Typed;
use crate::identity::users;
use crate::platform::db::schema::{custom_values, customers, product_names, products};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::text::{lookup_key, nearest};
use crate::standards::definition::{FieldKind, FieldType, Standard};
use crate::standards::entity::Entity;

/// One value of one record.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = custom_values)]
struct ValueRow {
    record_id: Option<Id>,
    key: String,
    position: i32,
    entity: &'static str,
    text: Option<String>,
    number: Option<Decimal>,
    date: Option<chrono::NaiveDate>,
    flag: Option<bool>,
    ref_id: Option<Id>,
}

/// Keeps what a new record holds for filters.
pub fn insert(tx: &mut AnyConnection, entity: Entity, record: Id, standard: &Standard, values: &Json) -> Result<(), Problem> {
    crate::insert_rows!(tx, custom_values::table, &rows(entity, record, standard, values))?;
    Ok(())
}

fn rows(entity: Entity, record: Id, standard: &Standard, values: &Json) -> Vec<ValueRow> {
    standard
        .fields
        .iter()
        .filter_map(|field| Some((field, Typed::of(&field.kind, values.get(&field.key)?)?)))
        .flat_map(|(field, typed)| {
            let row = || ValueRow { record_id: Some(record), key: field.key.clone(), entity: entity.as_str(), ..ValueRow::default() };
            match typed {
                Typed::Text(text) | Typed::Named(text) => vec![ValueRow { text: Some(text), ..row() }],
                Typed::Texts(texts) => (0..).zip(texts).map(|(position, text)| ValueRow { position, text: Some(text), ..row() }).collect(),
                Typed::Number(number) => vec![ValueRow { number: Some(number), ..row() }],
                Typed::Date(date) => vec![ValueRow { date: Some(date), ..row() }],
                Typed::Flag(flag) => vec![ValueRow { flag: Some(flag), ..row() }],
                Typed::Reference(id) => vec![ValueRow { ref_id: Some(id), ..row() }],
            }
        })
        .collect()
}

/// A value without its place: of several choices only which they are is promised.
type Kept = (Id, String, Option<String>, Option<Decimal>, Option<chrono::NaiveDate>, Option<bool>, Option<Id>);

/// The records, of some with what they hold, of which the rows for filters say something else.
pub fn astray(c: &mut AnyConnection, entity: Entity, standard: &Standard, records: &[(Id, &Json)]) -> Result<Vec<Id>, Problem> {
    let mut wanted: HashMap<Id, Vec<Kept>> = HashMap::new();
    for (record, values) in records {
        let kept = |row: ValueRow| (*record, row.key, row.text, row.number, row.date, row.flag, row.ref_id);
        wanted.insert(*record, rows(entity, *record, standard, values).into_iter().map(kept).collect());
    }
    let stored = custom_values::table.filter(custom_values::record_id.eq_any(wanted.keys().copied())).filter(custom_values::entity.eq(entity.as_str()));
    let typed = (custom_values::text, custom_values::number, custom_values::date, custom_values::flag, custom_values::ref_id);
    let mut found: HashMap<Id, Vec<Kept>> = HashMap::new();
    for (record, key, (text, number, date, flag, ref_id)) in stored.select((custom_values::record_id, custom_values::key, typed)).load(c)? {
        found.entry(record).or_default().push((record, key, text, number, date, flag, ref_id));
    }
    let differs = |record: &Id| {
        let sorted = |rows: Option<Vec<Kept>>| {
            let mut rows = rows.unwrap_or_default();
            rows.sort();
            rows
        };
        sorted(wanted.get(record).cloned()) != sorted(found.get(record).cloned())
    };
    Ok(records.iter().map(|(record, _)| *record).filter(differs).collect())
}

/// The same in the place of what it held before.
pub fn replace(tx: &mut AnyConnection, entity: Entity, record: Id, standard: &Standard, values: &Json) -> Result<(), Problem> {
    diesel::delete(custom_values::table.filter(custom_values::record_id.eq(record))).execute(tx)?;
    insert(tx, entity, record, standard, values)
}

/// The condition under which a record, by the column of its id, has a value at a path; none where the path is not of a custom field.
#[must_use]
pub fn equals(entity: Entity, id: &str, path: &str, value: &Value) -> Option<Sql> {
    let key = path.strip_prefix("custom.")?;
    let column = match value {
        Value::Text(_) => "text",
        Value::Number(_) => "number",
        Value::Date(_) => "date",
        Value::Bool(_) => "flag",
        Value::Id(_) => "ref_id",
        Value::Time(_) | Value::Json(_) => return None,
    };
    let rows = Sql::new(format!("{id} in (select v.record_id from custom_values v where v.entity = '{}' and v.key = ", entity.as_str()));
    Some(rows.bind(Value::Text(key.to_owned())).text(format!(" and v.{column} = ")).bind(value.clone()).text(")"))
}

/// The column in which values of a type are kept.
#[must_use]
pub const fn column(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text { .. } | FieldKind::Enum { .. } | FieldKind::MultiEnum { .. } => "text",
        FieldKind::Integer { .. } | FieldKind::Decimal { .. } => "number",
        FieldKind::Boolean => "flag",
        FieldKind::Date { .. } => "date",
        FieldKind::Customer | FieldKind::Product | FieldKind::User => "ref_id",
    }
}

/// The record in use that a text names: by id, else a customer by its exact name, a product by sku, standard name or alias, a user by e-mail.
pub fn find(c: &mut AnyConnection, kind: &FieldKind, named: &str, at: &str) -> Result<Result<Id, Fault>, Problem> {
    let id = Id::parse(named);
    let unknown = |what: &str| Fault::new(at, FaultCode::UnknownReference).param("what", what).param("given", named);
    match kind {
        FieldKind::Customer => {
            let in_use = customers::table.filter(customers::archived_at.is_null()).order(customers::id).select(customers::id);
            let found: Vec<Id> = match id {
                Some(id) => in_use.filter(customers::id.eq(id)).load(c)?,
                None => in_use.filter(customers::name_key.eq(lookup_key(named))).limit(10).load(c)?,
            };
            Ok(match found[..] {
                [one] => Ok(one),
                [] => Err(unknown("customer")),
                _ => {
                    let ids: Vec<String> = found.iter().map(ToString::to_string).collect();
                    Err(Fault::new(at, FaultCode::Ambiguous).param("what", "customer").param("given", named).param("ids", ids.join(", ")))
                }
            })
        }
        FieldKind::Product => {
            let in_use = products::table.filter(products::archived_at.is_null()).select(products::id);
            let found = match id {
                Some(id) => in_use.filter(products::id.eq(id)).first(c).optional()?,
                None => in_use.filter(products::sku_key.eq(lookup_key(named))).first(c).optional()?,
            };
            let named_so = product_names::table.filter(product_names::lookup_key.eq(lookup_key(named))).select(product_names::product_id);
            let found: Option<Id> = if found.is_none() { named_so.first(c).optional()? } else { found };
            if let Some(id) = found {
                return Ok(Ok(id));
            }
            let names: Vec<String> = products::table.filter(products::archived_at.is_null()).order(products::name_key).select(products::name).load(c)?;
            let near = nearest(named, names.iter().map(String::as_str), 1).pop();
            Ok(Err(Fault::new(at, FaultCode::UnknownProduct).param("given", named).suggest(near)))
        }
        _ => {
            let id = if id.is_some() { id } else { users::store::by_email(c, &named.to_lowercase())? };
            let active = match id {
                Some(id) => users::store::caller(c, id)?.map(|user| user.id),
                None => None,
            };
            Ok(active.ok_or_else(|| unknown("user")))
        }
    }
}

/// The names of records, in use or not.
pub fn names(c: &mut AnyConnection, what: FieldType, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    match what {
        FieldType::Customer => {
            let named = customers::table.filter(customers::id.eq_any(ids.iter().copied())).select((customers::id, customers::name));
            Ok(named.load::<(Id, String)>(c)?.into_iter().collect())
        }
        FieldType::Product => {
            let named = products::table.filter(products::id.eq_any(ids.iter().copied())).select((products::id, products::name));
            Ok(named.load::<(Id, String)>(c)?.into_iter().collect())
        }
        _ => users::store::names(c, ids),
    }
}
