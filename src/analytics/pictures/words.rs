//! The words of the pictures, in both languages. Pure.
use chrono::NaiveDate;

use crate::analytics::convert::RateBasis;
use crate::analytics::dto::{Frame, ToldIn};
use crate::analytics::rules::{Dimension, Own};
use crate::platform::problem::Locale;
use crate::standards::definition::CustomField;

/// The text in one language.
#[must_use]
pub fn say(locale: Locale, en: &str, zh_cn: &str) -> String {
    match locale {
        Locale::En => en,
        Locale::ZhCn => zh_cn,
    }
    .to_owned()
}

/// What a dimension is called.
fn called(dimension: Dimension, custom: &[CustomField], locale: Locale) -> String {
    let (en, zh_cn) = match dimension {
        Dimension::Custom { path, .. } => {
            let label = custom.iter().find(|field| field.path() == path).map(|field| field.labels.get(locale).to_owned());
            return label.unwrap_or_else(|| path.to_owned());
        }
        Dimension::Own(own) => match own {
            Own::Product => ("product", "产品"),
            Own::Category => ("category", "产品类别"),
            Own::Industry => ("industry", "行业"),
            Own::Region => ("region", "地区"),
            Own::Source => ("source", "来源"),
            Own::IntentLevel => ("intent level", "意向程度"),
            Own::ValueTier => ("value tier", "客户价值"),
            Own::Owner => ("owner", "负责人"),
            Own::Team => ("team", "团队"),
            Own::Month => ("month", "月份"),
            Own::Quarter => ("quarter", "季度"),
            Own::Year => ("year", "年份"),
            Own::BrokenRule => ("broken rule", "未通过的规则"),
            Own::Stage => ("stage", "阶段"),
            Own::Status => ("status", "状态"),
            Own::Customer => ("customer", "客户"),
            Own::Tag => ("tag", "标签"),
            Own::Weekday => ("weekday", "星期"),
            Own::Reason => ("reason", "原因"),
        },
    };
    say(locale, en, zh_cn)
}

/// A title: what is shown and by which dimensions.
#[must_use]
pub fn title(locale: Locale, en: &str, zh_cn: &str, group_by: &[Dimension], custom: &[CustomField]) -> String {
    let names: Vec<String> = group_by.iter().map(|dimension| called(*dimension, custom, locale)).collect();
    match (locale, names.is_empty()) {
        (_, true) => say(locale, en, zh_cn),
        (Locale::En, _) => format!("{en} by {}", names.join(" and ")),
        (Locale::ZhCn, _) => format!("按{}统计的{zh_cn}", names.join("和")),
    }
}

/// The window in words.
#[must_use]
pub fn window(frame: &Frame, locale: Locale) -> String {
    let basis = if frame.basis == "created" {
        say(locale, "by first submission", "按首次提交时间")
    } else {
        say(locale, "by day of closing", "按关闭日期")
    };
    format!("{} · {basis} · {}", span(frame.from, frame.to, locale), frame.tz)
}

/// The days of a window in words.
#[must_use]
pub fn span(from: Option<NaiveDate>, to: Option<NaiveDate>, locale: Locale) -> String {
    match (from, to.and_then(|to| to.pred_opt()), locale) {
        (Some(from), Some(last), Locale::En) => format!("{from} to {last}"),
        (Some(from), Some(last), Locale::ZhCn) => format!("{from}至{last}"),
        (Some(from), None, Locale::En) => format!("From {from}"),
        (Some(from), None, Locale::ZhCn) => format!("{from}起"),
        (None, Some(last), Locale::En) => format!("Until {last}"),
        (None, Some(last), Locale::ZhCn) => format!("截至{last}"),
        (None, None, _) => say(locale, "All time", "全部时间"),
    }
}

/// Into which currency and by which rates amounts are converted, where they are.
#[must_use]
pub fn rates(told: &ToldIn, locale: Locale) -> Option<String> {
    let (currency, basis) = told.currency.as_ref().zip(RateBasis::parse(told.rate_basis?))?;
    let (en, zh_cn) = match basis {
        RateBasis::Order => ("the day of entry", "录入日汇率"),
        RateBasis::Close => ("the day of closing", "关闭日汇率"),
        RateBasis::Today => ("today", "当前汇率"),
    };
    Some(say(
        locale,
        &format!("In {currency} by the rates of {en}; what no rate converts is left out"),
        &format!("按{zh_cn}折算为 {currency}，不含没有汇率的金额"),
    ))
}

/// A whole number with its thousands apart.
#[must_use]
pub fn count(number: i64) -> String {
    grouped(&number.to_string())
}

/// An amount with its thousands apart.
#[must_use]
pub fn grouped(amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("-", digits));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    let apart: String = whole.char_indices().flat_map(|(i, c)| ((whole.len() - i).is_multiple_of(3) && i > 0).then_some(',').into_iter().chain([c])).collect();
    format!("{sign}{apart}{rest}")
}

/// A rate in per cent, to one place.
#[must_use]
pub fn percent(rate: Option<&serde_json::Number>) -> String {
    rate.and_then(serde_json::Number::as_f64).map_or_else(|| "–".into(), |rate| format!("{:.1}%", rate * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        for (given, expected) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("10005534.00", "10,005,534.00"), ("-1234.5", "-1,234.5"), ("-123", "-123")] {
            assert_eq!(grouped(given), expected);
        }
        assert_eq!(percent(crate::analytics::rules::rate(4238, 6711).as_ref()), "63.2%");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn titles_name_the_dimensions_in_both_languages() {
        let by = [Dimension::Own(Own::Product), Dimension::Own(Own::Month)];
        assert_eq!(title(Locale::En, "Revenue", "成交额", &by, &[]), "Revenue by product and month");
        assert_eq!(title(Locale::ZhCn, "Revenue", "成交额", &by, &[]), "按产品和月份统计的成交额");
        assert_eq!(title(Locale::ZhCn, "Revenue", "成交额", &[], &[]), "成交额");
    }

    #[test]
    fn the_window_is_told_with_its_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let frame = |from, to| Frame { basis: "closed", from, to, tz: "UTC".into() };
        assert_eq!(window(&frame(day("2017-01-01"), day("2018-01-01")), Locale::En), "2017-01-01 to 2017-12-31 · by day of closing · UTC");
        assert_eq!(window(&frame(day("2017-01-01"), None), Locale::ZhCn), "2017-01-01起 · 按关闭日期 · UTC");
        assert_eq!(window(&frame(None, None), Locale::En), "All time · by day of closing · UTC");
    }
}
