//! What to show for the codes that the program itself knows, and for those of the settings, in the caller's language.
use std::collections::HashMap;

use super::dto::GroupKey;
use super::store;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// Words by code, English and Chinese.
const WORDS: &[(&str, &str, &str)] = &[
    ("draft", "Draft", "草稿"),
    ("in_review", "In review", "审核中"),
    ("returned", "Returned", "已退回"),
    ("pending", "Pending", "待处理"),
    ("processed", "Processed", "已处理"),
    ("won", "Won", "已成交"),
    ("lost", "Lost", "已失单"),
    ("cancelled", "Cancelled", "已取消"),
    ("expired", "Expired", "已过期"),
    ("supply", "Supply", "供应方"),
    ("customer", "Customer", "客户方"),
    ("internal", "Internal", "内部"),
    ("other", "Other", "其他"),
    ("high", "High", "高"),
    ("medium", "Medium", "中"),
    ("low", "Low", "低"),
    ("key", "Key", "重要"),
    ("regular", "Regular", "一般"),
    ("potential", "Potential", "潜在"),
];

/// A code of the program's own with its word.
pub fn word(code: &str, locale: Locale) -> GroupKey {
    let label = WORDS.iter().find(|(known, ..)| *known == code).map_or(code, |(_, en, zh_cn)| match locale {
        Locale::En => en,
        Locale::ZhCn => zh_cn,
    });
    GroupKey { key: Some(code.to_owned()), label: Some(label.to_owned()) }
}

/// The labels of a list of the settings, by code.
#[derive(Debug)]
pub struct Labels(HashMap<String, String>);

impl Labels {
    /// Those of one list.
    pub fn of(c: &mut AnyConnection, list: &str, locale: Locale) -> Result<Self, Problem> {
        let document = store::settings_document(c, list)?.unwrap_or_default();
        let label = |item: &serde_json::Value| Some((item["code"].as_str()?.to_owned(), item["labels"][locale.as_str()].as_str()?.to_owned()));
        Ok(Self(document["items"].as_array().into_iter().flatten().filter_map(label).collect()))
    }
    /// A code with its label; nothing where there is no code.
    pub fn key(&self, code: Option<&str>) -> GroupKey {
        let label = code.map(|code| self.0.get(code).map_or(code, String::as_str).to_owned());
        GroupKey { key: code.map(str::to_owned), label }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::delays::dto::Side;
    use crate::orders::lifecycle::Status;
    use crate::platform::web::values::{IntentLevel, ValueTier};

    #[test]
    fn every_code_of_the_programs_own_has_a_word_in_both_languages() {
        for code in [Status::WORDS, Side::WORDS, IntentLevel::WORDS, ValueTier::WORDS].concat() {
            let (en, zh_cn) = (word(code, Locale::En), word(code, Locale::ZhCn));
            assert!(WORDS.iter().any(|(known, ..)| *known == code), "{code}");
            assert_eq!((en.key.as_deref(), zh_cn.key.as_deref()), (Some(code), Some(code)));
            assert!(zh_cn.label.is_some_and(|label| label.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))), "{code}");
        }
        // What nobody knows is shown as it is.
        assert_eq!(word("nonsense", Locale::ZhCn).label.as_deref(), Some("nonsense"));
    }
}
