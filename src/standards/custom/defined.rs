//! Custom fields as lists know them: what filters and conditions ask, and the columns of tables.
use super::sees;
use crate::identity::Caller;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};
use crate::platform::text::intern::intern;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::Defined;
use crate::platform::web::table::{Cell, Column};
use crate::standards::definition::{CustomField, FieldKind};
use crate::standards::entity::{Entity, Type};
use crate::standards::service::current;

/// The fields and columns of a list of records, by the column of their ids, that a caller sees. Those that are retired are among them.
pub fn defined(c: &mut AnyConnection, caller: &Caller, entity: Entity, id: &str) -> Result<Defined, Problem> {
    Ok(of(&visible(c, caller, entity)?, entity, id))
}

/// The fields of one kind of records that a caller sees, retired ones among them.
pub fn visible(c: &mut AnyConnection, caller: &Caller, entity: Entity) -> Result<Vec<CustomField>, Problem> {
    Ok(current(c, entity.as_str())?.fields.iter().filter(|field| sees(caller, field)).cloned().collect())
}

/// The same from fields at hand.
#[must_use]
pub fn of(fields: &[CustomField], entity: Entity, id: &str) -> Defined {
    Defined {
        fields: fields.iter().map(|field| asked(field, entity, id)).collect(),
        columns: fields.iter().flat_map(columns).collect(),
        instead_of: (!fields.is_empty()).then_some("custom"),
    }
}

/// The field as a condition asks about it: an index of the side table holds each of its values.
#[must_use]
pub fn asked(field: &CustomField, entity: Entity, id: &str) -> Field {
    let (kind, column) = match Type::of_custom(&field.kind) {
        Type::Word(words) => (Kind::Word(words), "v.text"),
        Type::Texts => (Kind::Word(words(field)), "v.text"),
        Type::Number => (Kind::Decimal, "v.number"),
        Type::Date => (Kind::Date, "v.date"),
        Type::Flag => (Kind::Flag, "v.flag"),
        Type::Reference | Type::Product => (Kind::Id, "v.ref_id"),
        Type::Text | Type::Items => (Kind::Text, "v.text"),
    };
    let key = &field.key;
    let before = format!("{id} in (select v.record_id from custom_values v where v.entity = '{}' and v.key = '{key}' and ", entity.as_str());
    let absent = format!("not exists (select 1 from custom_values v where v.record_id = {id} and v.key = '{key}')");
    let found = Field::column(intern(&field.path()), kind, column, intern(field.labels.get(Locale::En))).within(intern(&before), ")").absent(intern(&absent));
    if matches!(field.kind, FieldKind::MultiEnum { .. }) { found.several() } else { found }
}

fn words(field: &CustomField) -> &'static [&'static str] {
    crate::platform::text::intern::intern_all(&field.kind.choices().iter().map(|choice| choice.value.clone()).collect::<Vec<_>>())
}

/// Another record stands in a row with id and name, each a column.
fn columns(field: &CustomField) -> Vec<Column> {
    let named = |more: &str, cell| Column { name: format!("{}{more}", field.path()).into(), cell };
    match &field.kind {
        FieldKind::Text { .. } | FieldKind::MultiEnum { .. } => vec![named("", Cell::Text)],
        FieldKind::Integer { .. } | FieldKind::Decimal { .. } => vec![named("", Cell::Number)],
        FieldKind::Boolean => vec![named("", Cell::Flag)],
        FieldKind::Date { .. } => vec![named("", Cell::Date)],
        FieldKind::Enum { .. } => vec![named("", Cell::Plain)],
        FieldKind::Customer | FieldKind::Product | FieldKind::User => vec![named(".id", Cell::Plain), named(".name", Cell::Text)],
    }
}
