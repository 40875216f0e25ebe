//! The kinds of records that have a standard, and the fields that rules and their conditions may speak of.
use crate::identity::Role;
use crate::platform::text::intern::intern_all;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::values::{Channel, IntentLevel, ValueTier};
use crate::standards::definition::FieldKind;

crate::word_type! {
    /// A kind of records that has a standard.
    Entity { Orders "orders", Customers "customers", Products "products" }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    /// One of a closed set.
    Word(&'static [&'static str]),
    /// Several texts.
    Texts,
    Number,
    Date,
    Flag,
    /// Another record.
    Reference,
    /// A product as it was named.
    Product,
    /// A list of entries of their own, such as lines.
    Items,
}

impl Type {
    /// What rules see of a custom field. A choice that is retired may still be asked about.
    #[must_use]
    pub fn of_custom(kind: &FieldKind) -> Self {
        match kind {
            FieldKind::Text { .. } => Self::Text,
            FieldKind::Integer { .. } | FieldKind::Decimal { .. } => Self::Number,
            FieldKind::Boolean => Self::Flag,
            FieldKind::Date { .. } => Self::Date,
            FieldKind::Enum { values } => Self::Word(intern_all(&values.iter().map(|choice| choice.value.clone()).collect::<Vec<_>>())),
            FieldKind::MultiEnum { .. } => Self::Texts,
            FieldKind::Customer | FieldKind::Product | FieldKind::User => Self::Reference,
        }
    }
}

/// A field by its path: `title`, `lines`, or `lines[].quantity` for each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub path: &'static str,
    pub kind: Type,
    /// Whether rules make demands on it; the others are for conditions alone.
    pub ruled: bool,
}

const fn known(path: &'static str, kind: Type) -> Known {
    Known { path, kind, ruled: true }
}
/// What a condition may ask besides, by the names that lists have for it.
const fn asked(path: &'static str, kind: Type) -> Known {
    Known { path, kind, ruled: false }
}

const ORDERS: &[Known] = &[
    known("title", Type::Text),
    known("customer_id", Type::Reference),
    known("currency", Type::Text),
    known("expected_close_date", Type::Date),
    known("valid_until", Type::Date),
    known("intent_level", Type::Word(IntentLevel::WORDS)),
    known("source", Type::Text),
    known("note", Type::Text),
    known("tags", Type::Texts),
    known("amount", Type::Number),
    known("lines", Type::Items),
    known("lines[].product", Type::Product),
    known("lines[].description", Type::Text),
    known("lines[].quantity", Type::Number),
    known("lines[].unit_price", Type::Number),
    known("lines[].discount_rate", Type::Number),
    known("lines[].amount", Type::Number),
    asked("lines[].category", Type::Text),
    asked("status", Type::Text),
    asked("stage", Type::Text),
    known("owner", Type::Reference),
    asked("team", Type::Reference),
    asked("customer", Type::Reference),
    asked("customer.industry", Type::Text),
    asked("customer.region", Type::Text),
    asked("customer.value_tier", Type::Word(ValueTier::WORDS)),
    asked("product", Type::Product),
    asked("category", Type::Text),
    asked("role", Type::Word(Role::WORDS)),
];

const CUSTOMERS: &[Known] = &[
    known("name", Type::Text),
    known("industry", Type::Text),
    known("region", Type::Text),
    known("source", Type::Text),
    known("note", Type::Text),
    known("intent_level", Type::Word(IntentLevel::WORDS)),
    known("value_tier", Type::Word(ValueTier::WORDS)),
    known("tags", Type::Texts),
    known("contacts", Type::Items),
    known("contacts[].name", Type::Text),
    known("contacts[].phone", Type::Text),
    known("contacts[].email", Type::Text),
    known("contacts[].title", Type::Text),
    known("contacts[].channel", Type::Word(Channel::WORDS)),
    known("owner", Type::Reference),
    asked("role", Type::Word(Role::WORDS)),
];

const PRODUCTS: &[Known] = &[
    known("sku", Type::Text),
    known("name", Type::Text),
    known("aliases", Type::Texts),
    known("category", Type::Text),
    known("unit", Type::Text),
    known("list_price", Type::Number),
    known("currency", Type::Text),
    asked("role", Type::Word(Role::WORDS)),
];

impl Entity {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Customers, Self::Products];

    /// The fields of its own, in reading order.
    #[must_use]
    pub const fn fields(self) -> &'static [Known] {
        match self {
            Self::Orders => ORDERS,
            Self::Customers => CUSTOMERS,
            Self::Products => PRODUCTS,
        }
    }
}

/// A field as a condition over an entry knows it; any value may be missing.
#[must_use]
pub const fn condition_field(path: &'static str, kind: Type) -> Option<Field> {
    let kind = match kind {
        Type::Text | Type::Texts => Kind::Text,
        Type::Word(words) => Kind::Word(words),
        Type::Number => Kind::Decimal,
        Type::Date => Kind::Date,
        Type::Flag => Kind::Flag,
        Type::Reference | Type::Product => Kind::Id,
        Type::Items => return None,
    };
    Some(Field::column(path, kind, "", "").absent("missing"))
}
