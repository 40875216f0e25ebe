//! What a field standard is: rules as data, as they are stored and answered. It checks nothing and knows no record.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::decimal::Decimal;
/// What a rule says where it is broken, in both languages.
pub use crate::platform::problem::Labels as Messages;

/// The rules that the entries of one kind must meet, in one version.
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
}

/// One demand on some fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = StandardRule)]
pub struct Rule {
    /// Names the rule in refusals and figures; it stays the same over versions.
    #[schema(max_length = 100, example = "quantity_positive")]
    pub id: String,
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
    /// When it goes to review.
    Submit,
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
}

/// A check without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Required,
    Length,
    Range,
    Scale,
    OneOf,
    DateWindow,
    KnownProduct,
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
        }
    }
}

/// The standard for orders that a new installation begins with.
#[must_use]
pub fn default_orders() -> Standard {
    let rule = |id: &str, on, field: &str, check, en: &str, zh_cn: &str| Rule {
        id: id.into(),
        on,
        severity: Severity::Error,
        fields: vec![field.into()],
        check,
        messages: Some(Messages { en: en.into(), zh_cn: zh_cn.into() }),
    };
    let at_least_zero = |exclusive_min| Check::Range { min: Some(Decimal::ZERO), max: None, exclusive_min, exclusive_max: false };
    let rules = vec![
        rule(
            "customer_required",
            On::Save,
            "customer_id",
            Check::Required,
            "The order names no customer. Give customer_id, or customer_name with the customer's exact name.",
            "订单未指定客户。请填写 customer_id，或用 customer_name 填写客户的准确名称。",
        ),
        rule(
            "title_length",
            On::Save,
            "title",
            Check::Length { min: None, max: Some(200) },
            "The title is too long. Shorten it to at most 200 characters and put the rest into the note.",
            "标题过长。请缩短至 200 个字符以内，其余内容可写入备注。",
        ),
        rule(
            "lines_required",
            On::Save,
            "lines",
            Check::Required,
            "The order has no line. Add at least one, with product, quantity and unit price.",
            "订单没有订单行。请至少添加一行，并填写产品、数量和单价。",
        ),
        rule(
            "product_required",
            On::Save,
            "lines[].product",
            Check::Required,
            "The line names no product. Give its id, sku, standard name or an alias.",
            "订单行未指定产品。请填写产品的标识、编码、标准名称或别名。",
        ),
        rule(
            "product_known",
            On::Save,
            "lines[].product",
            Check::KnownProduct,
            "The catalogue has no such product in use. Give the id, sku, standard name or an alias of one that is; the nearest names are suggested.",
            "产品目录中没有此在用产品。请填写在用产品的标识、编码、标准名称或别名，可参考建议的相近名称。",
        ),
        rule(
            "quantity_required",
            On::Save,
            "lines[].quantity",
            Check::Required,
            "The line has no quantity. Give a number above 0, such as 2.",
            "订单行缺少数量。请填写大于 0 的数，例如 2。",
        ),
        rule(
            "quantity_positive",
            On::Save,
            "lines[].quantity",
            at_least_zero(true),
            "The quantity is not above 0. Give a number above 0, such as 2.",
            "数量未大于 0。请填写大于 0 的数，例如 2。",
        ),
        rule(
            "unit_price_required",
            On::Save,
            "lines[].unit_price",
            Check::Required,
            "The line has no unit price. Give one of 0 or more, such as 1299.50.",
            "订单行缺少单价。请填写不小于 0 的单价，例如 1299.50。",
        ),
        rule(
            "unit_price_not_negative",
            On::Save,
            "lines[].unit_price",
            at_least_zero(false),
            "The unit price is below 0. Give 0 or more; a reduction belongs in discount_rate.",
            "单价小于 0。请填写不小于 0 的单价，折让请填入 discount_rate。",
        ),
        rule(
            "expected_close_date_required",
            On::Submit,
            "expected_close_date",
            Check::Required,
            "The order has no expected close date. Give the day you expect it to be signed, from today on, as YYYY-MM-DD.",
            "订单缺少预计成交日期。请按 YYYY-MM-DD 填写预计签约日期，不得早于今天。",
        ),
        rule(
            "expected_close_date_not_past",
            On::Submit,
            "expected_close_date",
            Check::DateWindow { min_days: Some(0), max_days: None },
            "The expected close date is in the past. Give today or a later day.",
            "预计成交日期早于今天。请填写今天或之后的日期。",
        ),
    ];
    Standard { entity: "orders".into(), version: 1, rules }
}

const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Bounds of numbers are decimal strings.
mod bound {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::platform::decimal::Decimal;

    pub(super) fn serialize<S: Serializer>(bound: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        match bound {
            Some(bound) => to.collect_str(bound),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let read = |text: String| Decimal::parse(&text).map_err(|_| D::Error::custom(format_args!("{text} is not a decimal of at most four places")));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

/// Counts. They are read by way of `Number`, for behind a tag serde holds numbers of any precision in a form that integers cannot be read from.
mod whole {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use serde_json::Number;

    pub(super) fn serialize<T: Serialize, S: Serializer>(count: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        count.serialize(to)
    }

    pub(super) fn deserialize<'de, T: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let read = |n: Number| n.as_i64().and_then(|n| T::try_from(n).ok()).ok_or_else(|| D::Error::custom(format_args!("{n} is not a whole number in range")));
        Option::<Number>::deserialize(from)?.map(read).transpose()
    }
}

/// A count that must be there.
mod places {
    use serde::{Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(count: &u32, to: S) -> Result<S::Ok, S::Error> {
        count.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        super::whole::deserialize(from)?.ok_or_else(|| D::Error::missing_field("max"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_has_its_form_and_reads_back() {
        for (check, form) in [
            (Check::Required, json!({"kind": "required"})),
            (Check::Length { min: None, max: Some(200) }, json!({"kind": "length", "max": 200})),
            (
                Check::Range { min: Some(Decimal(5_000)), max: Some(Decimal::whole(9)), exclusive_min: true, exclusive_max: false },
                json!({"kind": "range", "min": "0.5", "max": "9", "exclusive_min": true}),
            ),
            (Check::Scale { max: 2 }, json!({"kind": "scale", "max": 2})),
            (Check::OneOf { values: vec!["高".into(), "low".into()] }, json!({"kind": "one_of", "values": ["高", "low"]})),
            (Check::DateWindow { min_days: Some(-7), max_days: Some(365) }, json!({"kind": "date_window", "min_days": -7, "max_days": 365})),
            (Check::KnownProduct, json!({"kind": "known_product"})),
        ] {
            let rule = Rule { id: "r".into(), on: On::Submit, severity: Severity::Warning, fields: vec!["lines[].x".into()], check, messages: None };
            let mut expected = json!({"id": "r", "on": "submit", "severity": "warning", "fields": ["lines[].x"]});
            expected.as_object_mut().unwrap().extend(form.as_object().unwrap().clone());
            let written = serde_json::to_value(&rule).unwrap();
            assert_eq!(written, expected);
            assert_eq!(serde_json::from_value::<Rule>(written.clone()).unwrap(), rule);
            assert_eq!(serde_json::from_str::<Rule>(&written.to_string()).unwrap(), rule);
        }
    }

    #[test]
    fn what_is_no_rule_is_not_read() {
        for form in [
            json!({"kind": "pattern"}),
            json!({"kind": "range", "min": 0}),
            json!({"kind": "range", "min": "0.00001"}),
            json!({"kind": "range", "min": "many"}),
            json!({"kind": "length", "max": -1}),
            json!({"kind": "length", "max": 1.5}),
            json!({"kind": "scale"}),
            json!({"kind": "scale", "max": null}),
        ] {
            assert!(serde_json::from_str::<Check>(&form.to_string()).is_err(), "{form}");
        }
    }

    #[test]
    fn the_default_reads_back_and_speaks_both_languages() {
        let standard = default_orders();
        assert_eq!(serde_json::from_str::<Standard>(&serde_json::to_string(&standard).unwrap()).unwrap(), standard);
        assert_eq!(standard.rules.iter().map(|r| &r.id).collect::<BTreeSet<_>>().len(), standard.rules.len());
        for rule in &standard.rules {
            let messages = rule.messages.as_ref().unwrap();
            assert!(messages.en.is_ascii() && messages.en.ends_with('.') && messages.zh_cn.ends_with('。'), "{}", rule.id);
        }
    }

    proptest! {
        #[test]
        fn bounds_and_counts_read_back(min: Option<u32>, days: Option<i32>, low in proptest::option::of(-1_000_000_i64..1_000_000)) {
            for check in [
                Check::Length { min, max: None },
                Check::DateWindow { min_days: days, max_days: None },
                Check::Range { min: low.map(Decimal), max: None, exclusive_min: false, exclusive_max: true },
            ] {
                prop_assert_eq!(&serde_json::from_str::<Check>(&serde_json::to_string(&check).unwrap()).unwrap(), &check);
            }
        }
    }
}
