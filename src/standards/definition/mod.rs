//! What a field standard is: rules and custom fields as data, as they are stored and answered. It checks nothing and knows no record.
mod custom;
mod form;
mod read;
mod read_custom;
mod seed;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use form::{bound, is_false, places, share, shares, whole};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::platform::decimal::Decimal;
/// What a rule says where it is broken, in both languages.
pub use crate::platform::problem::Labels as Messages;
use crate::platform::web::condition::ConditionInput;
pub use custom::{Choice, CustomField, FieldKind, FieldType, MOST_CHOICES, MOST_CUSTOM, MOST_INTEGER, MOST_TEXT};
pub use read::StandardInput;
pub use read_custom::FieldList;
pub use seed::{default_orders, defaults};

/// Most rules of a standard, most fields of a rule, most values of a list in one.
pub const MOST_RULES: usize = 500;
pub const MOST_FIELDS: usize = 50;
pub const MOST_VALUES: usize = 500;

/// The rules that the entries of one kind must meet, and the fields that the company defines for them, in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Standard {
    /// What it is for, such as `orders`.
    #[schema(max_length = 50, example = "orders")]
    pub entity: String,
    /// Counts up with each published change.
    #[schema(minimum = 1)]
    pub version: i32,
    /// In the order in which violations are told.
    #[schema(max_items = 500)]
    pub rules: Vec<Rule>,
    /// Fields under `custom`, in the order in which they are shown; those that are retired among them.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub fields: Vec<CustomField>,
}

impl Standard {
    /// The custom field of a key, retired or not.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&CustomField> {
        self.fields.iter().find(|field| field.key == key)
    }
    /// The keys of the custom fields of one choice, by which records are counted.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        self.fields.iter().filter(|field| field.kind.field_type() == FieldType::Enum).map(|field| field.key.clone()).collect()
    }
}

/// One demand on some fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StandardRule)]
pub struct Rule {
    /// Names the rule in refusals and figures; it stays the same over versions.
    #[schema(max_length = 100, example = "quantity_positive")]
    pub id: String,
    /// A condition over the entry: the rule speaks only of entries that meet it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ConditionInput>)]
    pub when: Option<Value>,
    /// Codes of the stages that it is for; every stage where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50, max_length = 50)]
    pub stages: Vec<String>,
    /// From when on it holds.
    pub on: On,
    /// Whether it refuses or only warns.
    pub severity: Severity,
    /// Paths into the entry: `title`, `custom.budget`, `lines`, or `lines[].quantity` for each line.
    #[schema(max_items = 50)]
    pub fields: Vec<String>,
    /// What is demanded.
    #[serde(flatten)]
    pub check: Check,
    /// The words for it; without them the code's own are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Messages>,
}

/// A moment at which an entry is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleMoment)]
pub enum On {
    /// Whenever it is stored, and at submit as well.
    Save,
    /// When it goes to review, and whenever it is changed after that.
    Submit,
    /// When it enters a stage, and whenever it is changed after its first review while it is there.
    EnterStage,
    /// When it is won.
    Win,
}

/// What breaking a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleSeverity)]
pub enum Severity {
    /// The entry is refused.
    Error,
    /// The entry is stored and the violation told.
    Warning,
}

/// What a rule demands of a field, by its `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = RuleCheck)]
pub enum Check {
    /// Something must be there.
    Required,
    /// So many characters.
    Length {
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 100000)]
        min: Option<u32>,
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 100000)]
        max: Option<u32>,
    },
    /// A number within bounds, which belong to it unless they are exclusive.
    Range {
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "0")]
        min: Option<Decimal>,
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "0")]
        max: Option<Decimal>,
        #[serde(default, skip_serializing_if = "is_false")]
        exclusive_min: bool,
        #[serde(default, skip_serializing_if = "is_false")]
        exclusive_max: bool,
    },
    /// At most so many places after the point.
    Scale {
        #[serde(with = "places")]
        #[schema(maximum = 4)]
        max: u32,
    },
    /// One of these texts, letter by letter.
    OneOf {
        #[schema(max_items = 500)]
        values: Vec<String>,
    },
    /// A date so many days from today, in the organisation's zone; both ends belong to it.
    DateWindow {
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = -100000, maximum = 100000)]
        min_days: Option<i32>,
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(minimum = -100000, maximum = 100000)]
        max_days: Option<i32>,
    },
    /// A product of the catalogue that is not archived.
    KnownProduct,
    /// A text in which the expression matches somewhere; `^` and `$` bind it to the ends. No look-around and no back references.
    Pattern {
        #[schema(max_length = 500, example = "^PO-[0-9]{6}$")]
        pattern: String,
    },
    /// A unit price at most this share above or below the product's list price; where there is none in the order's currency, nothing is said.
    PriceBand {
        #[serde(with = "share")]
        #[schema(value_type = String, max_length = 18, example = "0.1")]
        within: Decimal,
        /// Other shares, by category.
        #[serde(default, with = "shares", skip_serializing_if = "BTreeMap::is_empty")]
        #[schema(value_type = BTreeMap<String, String>)]
        categories: BTreeMap<String, Decimal>,
    },
    /// A discount rate up to a limit.
    DiscountLimit {
        #[serde(with = "share")]
        #[schema(value_type = String, max_length = 18, example = "0.1")]
        max: Decimal,
        /// Other limits, by the role of who enters.
        #[serde(default, with = "shares", skip_serializing_if = "BTreeMap::is_empty")]
        #[schema(value_type = BTreeMap<String, String>)]
        roles: BTreeMap<String, Decimal>,
    },
    /// The values of the fields together stand in no other open order (in no other customer or product that is not archived). What lacks one is not asked.
    Unique,
    /// A condition over the entry holds. With fields of lines it is asked for each line, and `lines[].…` in it means that line; fields that are
    /// missing are not asked about.
    Compare {
        #[schema(value_type = ConditionInput)]
        condition: Value,
    },
    /// So many entries in a list.
    Count {
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 100000)]
        min: Option<u32>,
        #[serde(default, with = "whole", skip_serializing_if = "Option::is_none")]
        #[schema(maximum = 100000)]
        max: Option<u32>,
    },
    /// The sum of a number in all entries of a list, within bounds, each a number or another field.
    Sum {
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "0")]
        min: Option<Decimal>,
        #[serde(default, with = "bound", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, max_length = 18, example = "100000")]
        max: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 100)]
        min_field: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 100)]
        max_field: Option<String>,
    },
    /// A delay is recorded for each time that the expected close date of an order, once it was submitted, went to a later day. An import is not asked.
    DelayRecorded,
}

crate::word_type! {
    /// A check without its particulars.
    Kind {
        Required "required", Length "length", Range "range", Scale "scale", OneOf "one_of", DateWindow "date_window", KnownProduct "known_product",
        Pattern "pattern", PriceBand "price_band", DiscountLimit "discount_limit", Unique "unique", Compare "compare", Count "count", Sum "sum", DelayRecorded "delay_recorded",
    }
}

impl Check {
    /// Which kind of check it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Required => Kind::Required,
            Self::Length { .. } => Kind::Length,
            Self::Range { .. } => Kind::Range,
            Self::Scale { .. } => Kind::Scale,
            Self::OneOf { .. } => Kind::OneOf,
            Self::DateWindow { .. } => Kind::DateWindow,
            Self::KnownProduct => Kind::KnownProduct,
            Self::Pattern { .. } => Kind::Pattern,
            Self::PriceBand { .. } => Kind::PriceBand,
            Self::DiscountLimit { .. } => Kind::DiscountLimit,
            Self::Unique => Kind::Unique,
            Self::Compare { .. } => Kind::Compare,
            Self::Count { .. } => Kind::Count,
            Self::Sum { .. } => Kind::Sum,
            Self::DelayRecorded => Kind::DelayRecorded,
        }
    }
}
