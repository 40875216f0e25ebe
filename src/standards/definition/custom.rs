//! Custom fields: what a company keeps of a record besides the program's own fields, as they are stored and answered. What a value of one must be is
//! the business of `standards::custom`.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::form::{bound, is_false, whole};
use crate::identity::Role;
use crate::platform::decimal::Decimal;
use crate::platform::problem::Labels;

/// Most custom fields of a standard, those that are retired among them, and most choices of one.
pub const MOST_CUSTOM: usize = 200;
pub const MOST_CHOICES: usize = 200;
/// Most characters of a text: an index holds each whole, so that filters find it.
pub const MOST_TEXT: u32 = 500;
/// The largest whole number, either way: as large as any other number here.
pub const MOST_INTEGER: i64 = 999_999_999_999;

/// A field that the company defines; records hold its value under `custom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomField)]
pub struct CustomField {
    /// Names the value under `custom`; it stays the same for ever.
    #[schema(max_length = 50, example = "budget")]
    pub key: String,
    /// What people read.
    pub labels: Labels,
    /// What helps to fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Labels>,
    /// What it holds; the type stays the same for ever.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// What a new record gets where nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub default: Option<Value>,
    /// Fields are in the order of these.
    #[schema(minimum = 0, maximum = 10000)]
    pub position: i64,
    /// The roles that see it; all that see the record where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, max_items = 10, max_length = 50, example = json!(["rep", "admin"]))]
    pub visible_to: Vec<Role>,
    /// The roles that set it, of those that see it; all of these where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, max_items = 10, max_length = 50, example = json!(["admin"]))]
    pub editable_by: Vec<Role>,
    /// Values that are there stay readable, new ones are not taken.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
}

/// What a custom field holds, by its `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = CustomFieldKind)]
pub enum FieldKind {
    /// One line of text.
    Text {
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 500)]
        min_length: Option<u32>,
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 500)]
        max_length: Option<u32>,
        /// An expression that matches somewhere in it; `^` and `$` bind it to the ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 500, example = "^PO-[0-9]{6}$")]
        pattern: Option<String>,
    },
    /// A whole number.
    Integer {
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = -999999999999_i64, maximum = 999999999999_i64)]
        min: Option<i64>,
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = -999999999999_i64, maximum = 999999999999_i64)]
        max: Option<i64>,
    },
    /// A decimal string.
    Decimal {
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "0")]
        min: Option<Decimal>,
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "1000000")]
        max: Option<Decimal>,
        /// Most places after the point; 4 where nothing is said.
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 4)]
        scale: Option<u32>,
    },
    /// Yes or no.
    Boolean,
    /// A day.
    Date {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 10)]
        min: Option<NaiveDate>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 10)]
        max: Option<NaiveDate>,
    },
    /// One of the choices.
    Enum {
        #[schema(max_items = 200)]
        values: Vec<Choice>,
    },
    /// Any of the choices, each once.
    MultiEnum {
        #[schema(max_items = 200)]
        values: Vec<Choice>,
    },
    /// A customer.
    Customer,
    /// A product of the catalogue.
    Product,
    /// A user.
    User,
}

/// A value that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomChoice)]
pub struct Choice {
    /// What records keep; it stays the same for ever.
    #[schema(max_length = 50, example = "framework")]
    pub value: String,
    pub labels: Labels,
    /// Kept for old records, not offered to new ones.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
}

crate::word_type! {
    /// The type of a custom field.
    FieldType {
        Text "text", Integer "integer", Decimal "decimal", Boolean "boolean", Date "date", Enum "enum", MultiEnum "multi_enum",
        Customer "customer", Product "product", User "user",
    }
}

impl FieldKind {
    /// Its type.
    #[must_use]
    pub const fn field_type(&self) -> FieldType {
        match self {
            Self::Text { .. } => FieldType::Text,
            Self::Integer { .. } => FieldType::Integer,
            Self::Decimal { .. } => FieldType::Decimal,
            Self::Boolean => FieldType::Boolean,
            Self::Date { .. } => FieldType::Date,
            Self::Enum { .. } => FieldType::Enum,
            Self::MultiEnum { .. } => FieldType::MultiEnum,
            Self::Customer => FieldType::Customer,
            Self::Product => FieldType::Product,
            Self::User => FieldType::User,
        }
    }
    /// What can be chosen; nothing where it is not of choices.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match self {
            Self::Enum { values } | Self::MultiEnum { values } => values,
            _ => &[],
        }
    }
    /// Whether it names another record.
    #[must_use]
    pub const fn is_reference(&self) -> bool {
        matches!(self, Self::Customer | Self::Product | Self::User)
    }
}

impl CustomField {
    /// Its path, as rules, filters and columns name it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("custom.{}", self.key)
    }
    /// Whether a role sees it, of records that it sees.
    #[must_use]
    pub fn seen_by(&self, role: Role) -> bool {
        self.visible_to.is_empty() || self.visible_to.contains(&role)
    }
    /// Whether a role sets it, in records that it may edit.
    #[must_use]
    pub fn set_by(&self, role: Role) -> bool {
        self.seen_by(role) && (self.editable_by.is_empty() || self.editable_by.contains(&role))
    }
}
