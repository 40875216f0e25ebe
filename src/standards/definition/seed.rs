//! What a new installation begins with: rules for orders that every company wants, and none for customers and products.
use super::{Check, Messages, On, Rule, Severity, Standard};
use crate::platform::decimal::Decimal;
use crate::standards::entity::Entity;

/// The standard of each entity that a new installation begins with.
#[must_use]
pub fn defaults() -> [Standard; 3] {
    let empty = |entity: Entity| Standard { entity: entity.as_str().into(), version: 1, rules: Vec::new(), fields: Vec::new() };
    [default_orders(), empty(Entity::Customers), empty(Entity::Products)]
}

/// The standard for orders that a new installation begins with.
#[must_use]
pub fn default_orders() -> Standard {
    let rule = |id: &str, on, field: &str, check, en: &str, zh_cn: &str| Rule {
        id: id.into(),
        when: None,
        stages: Vec::new(),
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
        Rule {
            severity: Severity::Warning,
            ..rule(
                "delay_recorded",
                On::Save,
                "expected_close_date",
                Check::DelayRecorded,
                "The expected close date went to a later day, and nothing tells why. Record the delay, with its side and reason.",
                "预计成交日期已推迟，但未说明原因。请登记延迟，并填写责任方和原因。",
            )
        },
    ];
    Standard { entity: "orders".into(), version: 1, rules, fields: Vec::new() }
}
