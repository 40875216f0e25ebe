//! What a form for each kind of records shows, in its order: labels in both languages, widgets, sections; limits are those of the types that the
//! create itself reads.
use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::customers::dto::{MOST_CONTACTS, MOST_WORDS};
use crate::orders::dto::input::ProductRef;
use crate::platform::problem::Locale;
use crate::platform::web::values::{
    CurrencyCode, Day, Email, ExternalPart, Line, Money, Name, Note, Phone, Price, Quantity, Rate, RecordId, Sku, Tag, Title, Word,
};
use crate::products::dto::MOST_ALIASES;
use crate::standards::entity::Entity;

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub name: &'static str,
    pub label: Text,
    pub section: Section,
    pub kind: Shape,
    pub widget: &'static str,
}

/// A text in English and in Chinese.
pub type Text = (&'static str, &'static str);

/// The text in one language.
#[must_use]
pub const fn text((en, zh_cn): Text, locale: Locale) -> &'static str {
    match locale {
        Locale::En => en,
        Locale::ZhCn => zh_cn,
    }
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

const fn field(name: &'static str, label: Text, section: Section, widget: &'static str, kind: Shape) -> Shown {
    Shown { name, label, section, kind, widget }
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

const REFERENCE: &[Shown] = &[
    field("system", ("System", "系统"), Section::More, "text", Shape::One(of::<ExternalPart>)),
    field("id", ("Id there", "对方标识"), Section::More, "text", Shape::One(of::<ExternalPart>)),
];
const LINES: &[Shown] = &[
    field("product", ("Product", "产品"), Section::Lines, "product", Shape::One(product)),
    field("description", ("Description", "说明"), Section::Lines, "text", Shape::One(of::<Line>)),
    field("quantity", ("Quantity", "数量"), Section::Lines, "number", Shape::One(of::<Quantity>)),
    field("unit_price", ("Unit price", "单价"), Section::Lines, "money", Shape::One(of::<Money>)),
    field("discount_rate", ("Discount rate", "折扣率"), Section::Lines, "rate", Shape::One(of::<Rate>)),
];
const CONTACTS: &[Shown] = &[
    field("name", ("Name", "姓名"), Section::Contacts, "text", Shape::One(of::<Name>)),
    field("phone", ("Phone", "电话"), Section::Contacts, "phone", Shape::One(of::<Phone>)),
    field("email", ("E-mail", "邮箱"), Section::Contacts, "email", Shape::One(of::<Email>)),
    field("title", ("Position", "职务"), Section::Contacts, "text", Shape::One(of::<Word>)),
    field("channel", ("Prefers", "偏好方式"), Section::Contacts, "select", Shape::Choice(CHANNELS)),
];
const PREFERENCES: &[Shown] = &[
    field("text", ("What they like", "偏好说明"), Section::More, "textarea", Shape::One(of::<Note>)),
    field("categories", ("Categories", "偏好类别"), Section::More, "tags", Shape::Many(MOST_WORDS, of::<Word>)),
];

const ORDERS: &[Shown] = &[
    field("title", ("Title", "标题"), Section::Basics, "text", Shape::One(of::<Title>)),
    field("customer_id", ("Customer", "客户"), Section::Basics, "customer", Shape::One(of::<RecordId>)),
    field("intent_level", ("Intent level", "意向程度"), Section::Basics, "select", Shape::Choice(INTENT_LEVELS)),
    field("source", ("Source", "来源"), Section::Basics, "select", Shape::Source),
    field("lines", ("Lines", "订单行"), Section::Lines, "items", Shape::Items(200, LINES)),
    field("currency", ("Currency", "币种"), Section::Terms, "currency", Shape::One(of::<CurrencyCode>)),
    field("expected_close_date", ("Expected close date", "预计成交日期"), Section::Terms, "date", Shape::One(of::<Day>)),
    field("valid_until", ("Valid until", "有效期至"), Section::Terms, "date", Shape::One(of::<Day>)),
    field("custom", ("Company fields", "企业字段"), Section::Custom, "group", Shape::Custom),
    field("note", ("Note", "备注"), Section::More, "textarea", Shape::One(of::<Note>)),
    field("tags", ("Tags", "标签"), Section::More, "tags", Shape::Many(50, tag)),
    field("external_ref", ("In another system", "外部系统"), Section::More, "group", Shape::Object(REFERENCE)),
];
const CUSTOMERS: &[Shown] = &[
    field("name", ("Name", "名称"), Section::Basics, "text", Shape::One(of::<Name>)),
    field("industry", ("Industry", "行业"), Section::Basics, "text", Shape::One(of::<Word>)),
    field("region", ("Region", "地区"), Section::Basics, "text", Shape::One(of::<Word>)),
    field("source", ("Source", "来源"), Section::Basics, "select", Shape::Source),
    field("intent_level", ("Intent level", "意向程度"), Section::Basics, "select", Shape::Choice(INTENT_LEVELS)),
    field("value_tier", ("Value tier", "客户价值"), Section::Basics, "select", Shape::Choice(VALUE_TIERS)),
    field("contacts", ("Contacts", "联系人"), Section::Contacts, "items", Shape::Items(MOST_CONTACTS, CONTACTS)),
    field("custom", ("Company fields", "企业字段"), Section::Custom, "group", Shape::Custom),
    field("note", ("Note", "备注"), Section::More, "textarea", Shape::One(of::<Note>)),
    field("preferences", ("Preferences", "偏好"), Section::More, "group", Shape::Object(PREFERENCES)),
    field("tags", ("Tags", "标签"), Section::More, "tags", Shape::Many(MOST_WORDS, tag)),
    field("external_ref", ("In another system", "外部系统"), Section::More, "group", Shape::Object(REFERENCE)),
];
const PRODUCTS: &[Shown] = &[
    field("sku", ("Sku", "编码"), Section::Basics, "text", Shape::One(of::<Sku>)),
    field("name", ("Standard name", "标准名称"), Section::Basics, "text", Shape::One(of::<Name>)),
    field("aliases", ("Aliases", "别名"), Section::Basics, "tags", Shape::Many(MOST_ALIASES, of::<Name>)),
    field("category", ("Category", "类别"), Section::Basics, "text", Shape::One(of::<Word>)),
    field("unit", ("Unit", "单位"), Section::Basics, "text", Shape::One(of::<Word>)),
    field("list_price", ("List price", "目录价"), Section::Terms, "money", Shape::One(of::<Price>)),
    field("currency", ("Currency", "币种"), Section::Terms, "currency", Shape::One(of::<CurrencyCode>)),
    field("custom", ("Company fields", "企业字段"), Section::Custom, "group", Shape::Custom),
    field("external_ref", ("In another system", "外部系统"), Section::More, "group", Shape::Object(REFERENCE)),
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
    let labels: serde_json::Map<_, _> = words.iter().map(|(word, label)| ((*word).to_owned(), json!(text(*label, locale)))).collect();
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
