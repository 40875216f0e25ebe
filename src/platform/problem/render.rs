//! From a problem to the words of an answer.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fault, FaultCode, Labels, Problem, labels};

/// A language that texts exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Locale {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
    /// The locale of a language tag (`zh`, `zh-Hans-CN`, `en-GB`), by its language alone.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }
    /// The language that an `Accept-Language` field likes best; `None` where it names none of ours.
    #[must_use]
    pub fn negotiate(accept: &str) -> Option<Self> {
        let mut best: Option<(u32, Self)> = None;
        for part in accept.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")).map_or(Some(1000), thousandths);
            let (Some(weight), Some(locale)) = (weight.filter(|w| *w > 0), Self::of_tag(tag)) else { continue };
            if best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

/// Reads a weight of `Accept-Language` or `Accept-Encoding` (0 to 1, three places) exactly.
#[must_use]
pub fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<3}").parse::<u32>().ok().filter(|w| *w <= 1000)
}

/// One fault as it is written.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// JSON pointer (RFC 6901) into what was sent.
    #[schema(max_length = 500, example = "/lines/0/quantity")]
    pub pointer: String,
    /// Stable code.
    #[schema(max_length = 60, example = "below_minimum")]
    pub code: &'static str,
    /// What is wrong and what would be right, in the caller's language; it begins with what people call the field.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// The rule of the field standard that it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub rule: Option<String>,
    /// A value that would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub suggestion: Option<String>,
    /// The particulars of the detail.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<&'static str, String>,
}

impl FaultView {
    #[must_use]
    pub fn of(fault: &Fault, locale: Locale) -> Self {
        let detail = fault.message.as_ref().map_or_else(|| told(fault, locale), |m| m.get(locale).to_owned());
        Self {
            pointer: fault.pointer.clone(),
            code: fault.code.as_str(),
            detail,
            rule: fault.rule.clone(),
            suggestion: fault.suggestion.clone(),
            params: fault.params.clone(),
        }
    }
}

/// A fault in our words, led by what people call the field; a field that is not there is called nothing.
fn told(fault: &Fault, locale: Locale) -> String {
    let sentence = fill(fault.code.text(locale), &fault.params, locale);
    let label = match &fault.label {
        _ if fault.code == FaultCode::UnknownField => None,
        Some(label) => Some(label.get(locale)),
        None => Labels::at(&fault.pointer).map(|text| locale.pick(text)),
    };
    // Behind a label a sentence goes on; what was sent stays as it is.
    let goes_on = |text: String| if fault.code.text(locale).starts_with('{') { text } else { lower_first(&text) };
    match label {
        Some(label) => labels::lead(label, &goes_on(sentence), locale),
        None => sentence,
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + characters.as_str())
}

/// A problem as it is written (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// Where this kind of problem is described.
    #[serde(rename = "type")]
    #[schema(max_length = 500, example = "https://orders.example.com/problems/invalid")]
    pub kind: String,
    #[schema(max_length = 200)]
    pub title: &'static str,
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub status: u16,
    #[schema(max_length = 2000)]
    pub detail: String,
    /// The address that was asked.
    #[schema(max_length = 8000)]
    pub instance: String,
    /// Stable code.
    #[schema(max_length = 60, example = "invalid")]
    pub code: &'static str,
    /// Names the request in the log.
    #[schema(max_length = 64)]
    pub request_id: String,
    /// All that is wrong, at once.
    #[schema(max_items = 10000)]
    pub errors: Vec<FaultView>,
}

/// Writes a problem in one language; `base` is the address under which this service is known.
#[must_use]
pub fn render(problem: &Problem, locale: Locale, base: &str, instance: &str, request_id: &str) -> ProblemView {
    let code = problem.code();
    let (title, detail) = code.texts(locale);
    let mut params = problem.0.params.clone();
    params.entry("count").or_insert_with(|| problem.faults().len().to_string());
    if let Some(first) = problem.faults().first() {
        params.entry("reason").or_insert_with(|| FaultView::of(first, locale).detail);
    }
    ProblemView {
        kind: format!("{base}/problems/{}", code.as_str()),
        title,
        status: code.status().as_u16(),
        detail: fill(detail, &params, locale),
        instance: instance.to_owned(),
        code: code.as_str(),
        request_id: request_id.to_owned(),
        errors: problem.faults().iter().map(|f| FaultView::of(f, locale)).collect(),
    }
}

/// What stands in Chinese for the few English terms that parameters bring.
const TERMS: &[(&str, &str)] = &[
    ("null", "空值"),
    ("a boolean", "布尔值"),
    ("a number", "数字"),
    ("a string", "字符串"),
    ("an array", "数组"),
    ("an object", "对象"),
    ("a decimal string or a number", "十进制字符串或数字"),
    ("a whole number", "整数"),
    ("contact", "联系人"),
    ("customer", "客户"),
    ("user", "用户"),
    ("view", "视图"),
    ("team", "团队"),
    ("product", "产品"),
];

fn term(value: &str, locale: Locale) -> &str {
    match locale {
        Locale::En => value,
        Locale::ZhCn => TERMS.iter().find(|(en, _)| *en == value).map_or(value, |(_, zh)| zh),
    }
}

pub(super) fn fill(text: &str, params: &BTreeMap<&'static str, String>, locale: Locale) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        let value = params.get(name).map_or("", String::as_str);
        // Only these hold terms of ours; the others hold what was sent.
        out.push_str(if matches!(name, "expected" | "got" | "what") { term(value, locale) } else { value });
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_language_liked_best_wins() {
        for (accept, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Locale::ZhCn)),
            ("en-GB", Some(Locale::En)),
            ("fr, zh;q=0.5, en;q=0.7", Some(Locale::En)),
            ("fr", None),
            ("", None),
            ("zh;q=0", None),
            ("zh-Hant-TW", Some(Locale::ZhCn)),
            ("en;q=2", None),
            ("*", None),
            ("en;q=0.1;x=1,zh;q=0.100", Some(Locale::En)),
        ] {
            assert_eq!(Locale::negotiate(accept), expected, "{accept}");
        }
    }

    #[test]
    fn a_sentence_is_led_by_what_people_call_its_field() {
        let own = Labels { en: "Site".into(), zh_cn: "工地".into() };
        let below = Fault::new("/lines/0/quantity", FaultCode::BelowMinimum).param("min", 0);
        let taken = Fault::new("/email", FaultCode::Taken).param("value", "Li@example.com");
        for (fault, en, zh_cn) in [
            (below.clone(), "Quantity: the value is below 0.", "数量：数值低于 0。"),
            (taken, "E-mail: Li@example.com is already used by another record.", "邮箱：Li@example.com 已被另一条记录使用。"),
            (
                Fault::new("/custom/title", FaultCode::ReadOnly).called(&own),
                "Site: this is set by the server; leave it out.",
                "工地：此字段由系统设置，请勿提交。",
            ),
            (
                Fault::new("/title", FaultCode::UnknownField).param("known", "name"),
                "There is no such field here. Known are: name.",
                "没有此字段。可用字段：name。",
            ),
            (Fault::new("", FaultCode::NotJson), "This is not JSON.", "不是有效的 JSON。"),
            (Fault { message: Some(own), ..below }, "Site", "工地"),
        ] {
            assert_eq!((FaultView::of(&fault, Locale::En).detail.as_str(), FaultView::of(&fault, Locale::ZhCn).detail.as_str()), (en, zh_cn));
        }
    }

    proptest! {
        #[test]
        fn no_field_panics(accept in ".{0,80}") {
            let _ = Locale::negotiate(&accept);
        }

        /// Of ours the first with the greatest weight, whatever else is named, in any case and spacing.
        #[test]
        fn the_greatest_weight_wins(
            liked in prop::collection::vec((prop::sample::select(&["en", "EN-gb", "zh", "zh-CN", "ZH-Hant", "fr", "zhx", "*", ""][..]), 0_u32..=1000, " {0,2}"), 0..12)
        ) {
            let field: Vec<String> = liked.iter().map(|(tag, weight, space)| {
                let weight = if *weight == 1000 { String::new() } else { format!(";{space}q=0.{weight:03}") };
                format!("{space}{tag}{space}{weight}")
            }).collect();
            let ours = |tag: &str| match tag { "en" | "EN-gb" => Some(Locale::En), "zh" | "zh-CN" | "ZH-Hant" => Some(Locale::ZhCn), _ => None };
            let most = liked.iter().filter(|(tag, weight, _)| ours(tag).is_some() && *weight > 0).map(|(_, weight, _)| *weight).max();
            let best = liked.iter().find(|(tag, weight, _)| ours(tag).is_some() && Some(*weight) == most).and_then(|(tag, ..)| ours(tag));
            prop_assert_eq!(Locale::negotiate(&field.join(",")), best);
        }
    }
}
