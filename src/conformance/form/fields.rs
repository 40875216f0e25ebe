//! What a form for each kind of records shows, in its order: widgets, sections, words of closed sets; limits are those of the types that the create
//! itself reads, labels those by which the fields are called everywhere.
use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::customers::dto::{MOST_CONTACTS, MOST_WORDS};
use crate::orders::dto::input::ProductRef;
use crate::platform::problem::{Locale, Text};
use crate::platform::web::values::{
    CurrencyCode, Day, Email, ExternalPart, Line, Money, Name, Note, Phone, Price, Quantity, Rate, RecordId, Sku, Tag, Title, Word,
};
use crate::products::dto::MOST_ALIASES;
use crate::standards::entity::Entity;

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub name: &'static str,
    pub section: Section,
    pub kind: Shape,
    pub widget: &'static str,
}

/// What a field is made of.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A value, by the schema of its type.
    One(fn() -> Value),
    /// A word of a closed set, with what people read.
    Choice(&'static [(&'static str, Text)]),
    /// A code of the sources in the settings.
    Source,
    /// At most so many values.
    Many(usize, fn() -> Value),
    /// An object with fields of its own.
    Object(&'static [Shown]),
    /// At most so many of them.
    Items(usize, &'static [Shown]),
    /// The company's own fields.
    Custom,
}

/// A part of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Basics,
    Lines,
    Contacts,
    Terms,
    Custom,
    More,
}

impl Section {
    /// In reading order.
    pub const ALL: [Self; 6] = [Self::Basics, Self::Lines, Self::Contacts, Self::Terms, Self::Custom, Self::More];
    /// Its name for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Lines => "lines",
            Self::Contacts => "contacts",
            Self::Terms => "terms",
            Self::Custom => "custom",
            Self::More => "more",
        }
    }
    /// What people read.
    #[must_use]
    pub const fn label(self) -> Text {
        match self {
            Self::Basics => ("Basics", "基本信息"),
            Self::Lines => ("Lines", "订单行"),
            Self::Contacts => ("Contacts", "联系人"),
            Self::Terms => ("Terms", "条件"),
            Self::Custom => ("Company fields", "企业字段"),
            Self::More => ("More", "其他"),
        }
    }
}

/// The schema of a type, as the document has it.
fn of<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap_or_default()
}
/// A product by what it is called; its id is a text as well.
fn product() -> Value {
    let whole = of::<ProductRef>();
    whole["oneOf"][0].clone()
}
fn tag() -> Value {
    of::<Tag>()
}

const fn field(name: &'static str, section: Section, widget: &'static str, kind: Shape) -> Shown {
    Shown { name, section, kind, widget }
}

const INTENT_LEVELS: &[(&str, Text)] = &[("high", ("High", "高")), ("medium", ("Medium", "中")), ("low", ("Low", "低"))];
const VALUE_TIERS: &[(&str, Text)] = &[("key", ("Key", "重要")), ("regular", ("Regular", "一般")), ("potential", ("Potential", "潜在"))];
const CHANNELS: &[(&str, Text)] = &[
    ("phone", ("Phone", "电话")),
    ("email", ("E-mail", "邮件")),
    ("visit", ("Visit", "拜访")),
    ("video", ("Video call", "视频")),
    ("message", ("Message", "消息")),
    ("other", ("Other", "其他")),
];

const REFERENCE: &[Shown] =
    &[field("system", Section::More, "text", Shape::One(of::<ExternalPart>)), field("id", Section::More, "text", Shape::One(of::<ExternalPart>))];
const LINES: &[Shown] = &[
    field("product", Section::Lines, "product", Shape::One(product)),
    field("description", Section::Lines, "text", Shape::One(of::<Line>)),
    field("quantity", Section::Lines, "number", Shape::One(of::<Quantity>)),
    field("unit_price", Section::Lines, "money", Shape::One(of::<Money>)),
    field("discount_rate", Section::Lines, "rate", Shape::One(of::<Rate>)),
];
const CONTACTS: &[Shown] = &[
    field("name", Section::Contacts, "text", Shape::One(of::<Name>)),
    field("phone", Section::Contacts, "phone", Shape::One(of::<Phone>)),
    field("email", Section::Contacts, "email", Shape::One(of::<Email>)),
    field("title", Section::Contacts, "text", Shape::One(of::<Word>)),
    field("channel", Section::Contacts, "select", Shape::Choice(CHANNELS)),
];
const PREFERENCES: &[Shown] =
    &[field("text", Section::More, "textarea", Shape::One(of::<Note>)), field("categories", Section::More, "tags", Shape::Many(MOST_WORDS, of::<Word>))];

const ORDERS: &[Shown] = &[
    field("title", Section::Basics, "text", Shape::One(of::<Title>)),
    field("customer_id", Section::Basics, "customer", Shape::One(of::<RecordId>)),
    field("intent_level", Section::Basics, "select", Shape::Choice(INTENT_LEVELS)),
    field("source", Section::Basics, "select", Shape::Source),
    field("lines", Section::Lines, "items", Shape::Items(200, LINES)),
    field("currency", Section::Terms, "currency", Shape::One(of::<CurrencyCode>)),
    field("expected_close_date", Section::Terms, "date", Shape::One(of::<Day>)),
    field("valid_until", Section::Terms, "date", Shape::One(of::<Day>)),
    field("custom", Section::Custom, "group", Shape::Custom),
    field("note", Section::More, "textarea", Shape::One(of::<Note>)),
    field("tags", Section::More, "tags", Shape::Many(50, tag)),
    field("external_ref", Section::More, "group", Shape::Object(REFERENCE)),
];
const CUSTOMERS: &[Shown] = &[
    field("name", Section::Basics, "text", Shape::One(of::<Name>)),
    field("industry", Section::Basics, "text", Shape::One(of::<Word>)),
    field("region", Section::Basics, "text", Shape::One(of::<Word>)),
    field("source", Section::Basics, "select", Shape::Source),
    field("intent_level", Section::Basics, "select", Shape::Choice(INTENT_LEVELS)),
    field("value_tier", Section::Basics, "select", Shape::Choice(VALUE_TIERS)),
    field("contacts", Section::Contacts, "items", Shape::Items(MOST_CONTACTS, CONTACTS)),
    field("custom", Section::Custom, "group", Shape::Custom),
    field("note", Section::More, "textarea", Shape::One(of::<Note>)),
    field("preferences", Section::More, "group", Shape::Object(PREFERENCES)),
    field("tags", Section::More, "tags", Shape::Many(MOST_WORDS, tag)),
    field("external_ref", Section::More, "group", Shape::Object(REFERENCE)),
];
const PRODUCTS: &[Shown] = &[
    field("sku", Section::Basics, "text", Shape::One(of::<Sku>)),
    field("name", Section::Basics, "text", Shape::One(of::<Name>)),
    field("aliases", Section::Basics, "tags", Shape::Many(MOST_ALIASES, of::<Name>)),
    field("category", Section::Basics, "text", Shape::One(of::<Word>)),
    field("unit", Section::Basics, "text", Shape::One(of::<Word>)),
    field("list_price", Section::Terms, "money", Shape::One(of::<Price>)),
    field("currency", Section::Terms, "currency", Shape::One(of::<CurrencyCode>)),
    field("custom", Section::Custom, "group", Shape::Custom),
    field("external_ref", Section::More, "group", Shape::Object(REFERENCE)),
];

/// The fields of a form, in their order.
#[must_use]
pub const fn shown(entity: Entity) -> &'static [Shown] {
    match entity {
        Entity::Orders => ORDERS,
        Entity::Customers => CUSTOMERS,
        Entity::Products => PRODUCTS,
    }
}

/// What a create asks for whatever the standard says: the path of an object, and the names of its fields.
#[must_use]
pub const fn always_required(entity: Entity) -> &'static [(&'static str, &'static [&'static str])] {
    const PAIR: &[&str] = &["system", "id"];
    match entity {
        Entity::Orders => &[("external_ref", PAIR)],
        Entity::Customers => &[("", &["name"]), ("contacts[]", &["name"]), ("external_ref", PAIR)],
        Entity::Products => &[("", &["sku", "name"]), ("external_ref", PAIR)],
    }
}

/// A closed set of words as a schema.
#[must_use]
pub fn choice(words: &[(&str, Text)], locale: Locale) -> Value {
    let labels: serde_json::Map<_, _> = words.iter().map(|(word, label)| ((*word).to_owned(), json!(locale.pick(*label)))).collect();
    json!({"type": "string", "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>(), "x-ui": {"labels": labels}})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::customers::dto::{ContactInput, CustomerInput, PreferencesInput};
    use crate::orders::dto::input::{LineInput, OrderInput};
    use crate::platform::web::values::{Channel, IntentLevel, ValueTier};
    use crate::products::dto::ProductInput;

    #[test]
    fn a_form_shows_what_a_create_reads() {
        // A form names a customer by its id, and a new record has no parts yet that have ids.
        for (form, body, left_out) in [
            (ORDERS, OrderInput::FIELDS, &["customer_name", "customer_ref"][..]),
            (LINES, LineInput::FIELDS, &["id"]),
            (CUSTOMERS, CustomerInput::FIELDS, &[]),
            (CONTACTS, ContactInput::FIELDS, &["id"]),
            (PREFERENCES, PreferencesInput::FIELDS, &[]),
        ] {
            let shown: BTreeSet<&str> = form.iter().map(|field| field.name).chain(left_out.iter().copied()).collect();
            assert_eq!(shown, body.iter().copied().collect());
        }
        let shown: BTreeSet<&str> = PRODUCTS.iter().map(|field| field.name).collect();
        assert!(ProductInput::FIELDS.iter().all(|name| shown.contains(name)));
        for (words, known) in [(INTENT_LEVELS, IntentLevel::WORDS), (VALUE_TIERS, ValueTier::WORDS), (CHANNELS, Channel::WORDS)] {
            assert_eq!(words.iter().map(|(word, _)| *word).collect::<Vec<_>>(), known);
        }
    }
}
