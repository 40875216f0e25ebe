//! Reads custom fields as they are sent, with all that cannot be read of them at once.
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::custom::{Choice, CustomField, FieldKind, FieldType, MOST_CHOICES, MOST_CUSTOM, MOST_INTEGER};
use super::read::{Whole, may};
use crate::identity::Role;
use crate::platform::problem::Labels;
use crate::platform::web::decode::{Fields, Needed};
use crate::platform::web::values::{Day, ItemCode, Note, Quantity};
use crate::platform::web::{Decode, Faults, List};

/// The custom fields as sent; those that cannot be read leave a gap.
pub type FieldList = List<Needed<FieldInput>, MOST_CUSTOM>;

/// A custom field as sent; without a position its place counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldInput {
    field: CustomField,
    is_placed: bool,
}

impl FieldInput {
    /// The field, at its place in what was sent unless it says another.
    #[must_use]
    pub fn at(self, place: usize) -> CustomField {
        let Self { mut field, is_placed } = self;
        if !is_placed {
            field.position = i64::try_from(place).unwrap_or_default() + 1;
        }
        field
    }
}

impl PartialSchema for FieldInput {
    fn schema() -> RefOr<Schema> {
        CustomField::schema()
    }
}
impl ToSchema for FieldInput {
    fn name() -> std::borrow::Cow<'static, str> {
        CustomField::name()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        CustomField::schemas(schemas);
    }
}

impl Decode for Choice {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(value, at, faults)?;
        let (value, labels, retired) = (fields.take::<ItemCode>("value"), fields.take::<Labels>("labels"), may::<bool>(&mut fields, "retired"));
        fields.finish(&[]);
        Some(Self { value: value?.0, labels: labels?, retired: retired?.unwrap_or(false) })
    }
}

/// Any value; whether it fits the field is asked when the field is known.
#[derive(Clone, Debug)]
struct Anything(Value);
impl Decode for Anything {
    fn decode(value: &Value, _: &str, _: &mut Faults) -> Option<Self> {
        Some(Self(value.clone()))
    }
}

type Roles = List<Role, 10>;
type Choices = List<Choice, MOST_CHOICES>;
type Length = Whole<0, 500>;
type Integer = Whole<{ -MOST_INTEGER }, MOST_INTEGER>;

impl Decode for FieldInput {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(value, at, faults)?;
        let key = fields.take::<ItemCode>("key");
        let labels = fields.take::<Labels>("labels");
        let help = may::<Labels>(&mut fields, "help");
        let default = may::<Anything>(&mut fields, "default");
        let position = may::<Whole<0, 10_000>>(&mut fields, "position");
        let visible_to = may::<Roles>(&mut fields, "visible_to");
        let editable_by = may::<Roles>(&mut fields, "editable_by");
        let retired = may::<bool>(&mut fields, "retired");
        let kind = match fields.take::<FieldType>("type") {
            Some(kind) => {
                let kind = particulars(kind, &mut fields);
                fields.finish(&[]);
                kind
            }
            // Of an unknown type nobody knows the particulars.
            None => None,
        };
        let position = position?;
        let field = CustomField {
            key: key?.0,
            labels: labels?,
            help: help?,
            kind: kind?,
            default: default?.map(|value| value.0),
            position: position.map_or(0, |position| position.0),
            visible_to: visible_to?.map_or_else(Vec::new, |roles| roles.0),
            editable_by: editable_by?.map_or_else(Vec::new, |roles| roles.0),
            retired: retired?.unwrap_or(false),
        };
        Some(Self { field, is_placed: position.is_some() })
    }
}

/// Reads what a type needs to know.
fn particulars(kind: FieldType, fields: &mut Fields<'_, '_>) -> Option<FieldKind> {
    Some(match kind {
        FieldType::Text => {
            let (min, max, pattern) = (may::<Length>(fields, "min_length"), may::<Length>(fields, "max_length"), may::<Note>(fields, "pattern"));
            FieldKind::Text { min_length: min?.and_then(Whole::to), max_length: max?.and_then(Whole::to), pattern: pattern?.map(|pattern| pattern.0) }
        }
        FieldType::Integer => {
            let (min, max) = (may::<Integer>(fields, "min"), may::<Integer>(fields, "max"));
            FieldKind::Integer { min: min?.and_then(Whole::to), max: max?.and_then(Whole::to) }
        }
        FieldType::Decimal => {
            let (min, max, scale) = (may::<Quantity>(fields, "min"), may::<Quantity>(fields, "max"), may::<Whole<0, 4>>(fields, "scale"));
            FieldKind::Decimal { min: min?.map(|n| n.0), max: max?.map(|n| n.0), scale: scale?.and_then(Whole::to) }
        }
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Date => {
            let (min, max) = (may::<Day>(fields, "min"), may::<Day>(fields, "max"));
            FieldKind::Date { min: min?.map(|day| day.0), max: max?.map(|day| day.0) }
        }
        FieldType::Enum => FieldKind::Enum { values: fields.take::<Choices>("values")?.0 },
        FieldType::MultiEnum => FieldKind::MultiEnum { values: fields.take::<Choices>("values")?.0 },
        FieldType::Customer => FieldKind::Customer,
        FieldType::Product => FieldKind::Product,
        FieldType::User => FieldKind::User,
    })
}
