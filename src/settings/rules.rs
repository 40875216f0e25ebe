//! The lists of settings as data: what an item is, what a new list must meet, what a new installation begins with. Pure.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto::ItemInput;
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::decode::{Given, Needed};

/// A list that settings keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    Stages,
    LossReasons,
    CancelReasons,
    Sources,
    DelayReasons,
}

impl Name {
    pub const ALL: &'static [Self] = &[Self::Stages, Self::LossReasons, Self::CancelReasons, Self::Sources, Self::DelayReasons];

    /// The name in addresses and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stages => "stages",
            Self::LossReasons => "loss-reasons",
            Self::CancelReasons => "cancel-reasons",
            Self::Sources => "sources",
            Self::DelayReasons => "delay-reasons",
        }
    }
    /// The code that the program itself relies on: with the reason `other` a note is asked for.
    const fn kept(self) -> Option<&'static str> {
        match self {
            Self::LossReasons | Self::CancelReasons | Self::DelayReasons => Some("other"),
            Self::Stages | Self::Sources => None,
        }
    }
}

/// One entry of a list, as it is stored and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SettingsItem)]
pub struct Item {
    /// What records keep; it stays the same for ever.
    #[schema(max_length = 50, example = "negotiation")]
    pub code: String,
    pub labels: Labels,
    /// The list is in the order of these.
    #[schema(minimum = 0, maximum = 10000)]
    pub position: i64,
    /// Of a stage: the share of orders in it that are expected to be won, from 0 to 1.
    #[serde(default, with = "rate", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 6, example = "0.5")]
    pub probability: Option<Decimal>,
    /// Kept for old records, not offered to new ones.
    pub retired: bool,
}

/// A list in one version, in the order of positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsItems)]
pub struct Items {
    #[schema(max_items = 100)]
    pub items: Vec<Item>,
    #[schema(minimum = 1)]
    pub version: i64,
}

impl Items {
    /// Whether new records may take this code.
    #[must_use]
    pub fn active(&self, code: &str) -> bool {
        self.find(code).is_some_and(|item| !item.retired)
    }
    /// The item of that code, retired or not.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }
    /// The codes that new records may take, in their order.
    pub fn active_codes(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|item| !item.retired).map(|item| item.code.as_str())
    }
}

/// Makes a list of what was sent, in the order of positions (without one, an item's place counts), and adds what is wrong with it.
/// What could not be read was faulted before and is passed over.
#[must_use]
pub fn build(name: Name, sent: &[Needed<ItemInput>]) -> (Vec<Item>, Vec<Fault>) {
    let (mut items, mut faults, mut codes) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut whole = true;
    for (i, input) in sent.iter().enumerate() {
        let Some(input) = &input.0 else {
            whole = false;
            continue;
        };
        let at = |field: &str| format!("/items/{i}/{field}");
        if let Some(code) = &input.code.0
            && !codes.insert(&code.0)
        {
            faults.push(Fault::new(at("code"), FaultCode::Repeated).param("value", &code.0));
        }
        match &input.probability {
            Given::Absent | Given::Null if name == Name::Stages => faults.push(Fault::new(at("probability"), FaultCode::Required)),
            Given::Value(_) if name != Name::Stages => {
                faults.push(Fault::new(at("probability"), FaultCode::UnknownField).param("known", "code, labels, position, retired"));
            }
            _ => {}
        }
        whole &= !input.retired.is_unreadable();
        let (Some(code), Some(labels)) = (&input.code.0, &input.labels.0) else {
            whole = false;
            continue;
        };
        items.push(Item {
            code: code.0.clone(),
            labels: labels.clone(),
            position: input.position.as_ref().map_or(i as i64 + 1, |p| p.0),
            probability: input.probability.as_ref().map(|p| p.0),
            retired: input.retired.as_ref().copied().unwrap_or(false),
        });
    }
    if whole && items.iter().all(|item| item.retired) {
        faults.push(Fault::new("/items", FaultCode::NoneActive));
    }
    items.sort_by_key(|item| item.position);
    (items, faults)
}

/// The codes that a list loses; none can be told where a code of the new list could not be read.
#[must_use]
pub fn removed<'a>(before: &'a [Item], sent: &[Needed<ItemInput>]) -> Vec<&'a str> {
    let codes: Option<BTreeSet<&str>> = sent.iter().map(|input| Some(input.0.as_ref()?.code.0.as_ref()?.0.as_str())).collect();
    codes.map_or_else(Vec::new, |codes| before.iter().map(|item| item.code.as_str()).filter(|code| !codes.contains(code)).collect())
}

/// A fault where a list loses the code that the program relies on.
#[must_use]
pub fn keeps(name: Name, removed: &[&str]) -> Option<Fault> {
    let kept = name.kept().filter(|kept| removed.contains(kept))?;
    Some(Fault::new("/items", FaultCode::NotRemovable).param("code", kept))
}

/// What a new installation begins with.
#[must_use]
pub fn defaults(name: Name) -> Vec<Item> {
    type Row = (&'static str, &'static str, &'static str, Option<i64>);
    let rows: &[Row] = match name {
        Name::Stages => {
            &[("intent", "Intent", "意向", Some(2_000)), ("negotiation", "Negotiation", "洽谈", Some(5_000)), ("contract", "Contract", "签约", Some(8_000))]
        }
        Name::LossReasons => &[
            ("price", "Price", "价格", None),
            ("competitor", "Competitor", "竞争对手", None),
            ("budget", "Budget", "预算", None),
            ("timing", "Timing", "时机", None),
            ("no_need", "No need", "无需求", None),
            ("other", "Other", "其他", None),
        ],
        Name::CancelReasons => &[
            ("duplicate", "Duplicate", "重复订单", None),
            ("customer_withdrew", "Customer withdrew", "客户撤回", None),
            ("entry_error", "Entry error", "录入错误", None),
            ("other", "Other", "其他", None),
        ],
        Name::Sources => &[
            ("web", "Web", "网站", None),
            ("referral", "Referral", "转介绍", None),
            ("trade_fair", "Trade fair", "展会", None),
            ("advertising", "Advertising", "广告", None),
            ("cold_call", "Cold call", "电话开发", None),
            ("e_commerce", "E-commerce", "电商", None),
            ("partner", "Partner", "合作伙伴", None),
            ("other", "Other", "其他", None),
        ],
        Name::DelayReasons => &[
            ("material_shortage", "Material shortage", "物料短缺", None),
            ("production", "Production", "生产进度", None),
            ("logistics", "Logistics", "物流", None),
            ("customer_budget", "Customer's budget", "客户预算", None),
            ("customer_decision", "Customer's decision", "客户决策", None),
            ("site_not_ready", "Site not ready", "现场未就绪", None),
            ("technical_clarification", "Technical clarification", "技术澄清", None),
            ("internal_capacity", "Internal capacity", "内部资源", None),
            ("other", "Other", "其他", None),
        ],
    };
    let item = |(i, (code, en, zh_cn, probability)): (usize, &Row)| Item {
        code: (*code).into(),
        labels: Labels { en: (*en).into(), zh_cn: (*zh_cn).into() },
        position: i as i64 + 1,
        probability: probability.map(Decimal),
        retired: false,
    };
    rows.iter().enumerate().map(item).collect()
}

/// Shares are decimal strings.
mod rate {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::platform::decimal::Decimal;

    pub(super) fn serialize<S: Serializer>(rate: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        rate.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let read = |text: String| Decimal::parse(&text).map_err(|_| D::Error::custom(format_args!("{text} is no decimal")));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::platform::web::{body, decode::Decoded};
    use crate::settings::dto::ItemsInput;

    fn read(name: Name, items: Value) -> (Vec<Item>, Vec<String>) {
        let Decoded { value, faults }: Decoded<ItemsInput> = body::decode(&json!({ "items": items })).unwrap();
        let sent = value.items.0.map_or_else(Vec::new, |list| list.0);
        let (items, broken) = build(name, &sent);
        (items, faults.into_vec().iter().chain(&broken).map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect())
    }
    fn item(code: &str) -> Value {
        json!({"code": code, "labels": {"en": "X", "zh-CN": "某"}})
    }

    #[test]
    fn what_is_wrong_is_told_at_once_and_in_place() {
        let stage = json!({"code": "demo", "labels": {"en": "Demo"}, "probability": "1.5"});
        assert_eq!(
            read(Name::Stages, json!([stage, item("a b"), item("x"), item("x"), 5])).1,
            [
                "/items/0/labels/zh-CN required",
                "/items/0/probability above_maximum",
                "/items/1/code not_a_code",
                "/items/4 wrong_type",
                "/items/1/probability required",
                "/items/2/probability required",
                "/items/3/code repeated",
                "/items/3/probability required",
            ]
        );
        assert_eq!(read(Name::Sources, json!([])).1, ["/items none_active"]);
        let mut retired = item("x");
        retired["retired"] = json!(true);
        assert_eq!(read(Name::Sources, json!([retired])).1, ["/items none_active"]);
        let mut likely = item("x");
        likely["probability"] = json!("0.5");
        assert_eq!(read(Name::Sources, json!([likely])).1, ["/items/0/probability unknown_field"]);
    }

    #[test]
    fn positions_decide_the_order() {
        let mut last = item("last");
        last["position"] = json!(9);
        let (items, faults) = read(Name::Sources, json!([last, item("second"), item("third")]));
        assert_eq!((items.iter().map(|i| i.code.as_str()).collect::<Vec<_>>(), faults), (vec!["second", "third", "last"], vec![]));
    }

    #[test]
    fn the_defaults_read_back_and_are_sound() {
        for name in Name::ALL {
            let items = defaults(*name);
            assert_eq!(Vec::<Item>::deserialize(&serde_json::to_value(&items).unwrap()).unwrap(), items);
            assert_eq!(read(*name, serde_json::to_value(&items).unwrap()), (items, vec![]));
        }
    }

    #[test]
    fn what_is_left_out_is_removed() {
        let before = defaults(Name::CancelReasons);
        let Decoded { value, .. }: Decoded<ItemsInput> = body::decode(&json!({"items": [item("duplicate"), item("entry_error")]})).unwrap();
        let gone = removed(&before, &value.items.0.unwrap().0);
        assert_eq!(gone, ["customer_withdrew", "other"]);
        assert!(keeps(Name::CancelReasons, &gone).is_some() && keeps(Name::Sources, &gone).is_none());
    }
}
