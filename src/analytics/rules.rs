//! What may be grouped by, and the arithmetic of rates and amounts: exact integers, rounded half away from zero once at the end. Pure; must not look anything up.
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde_json::Number;

use crate::platform::decimal::SCALE;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::intern::intern;
use crate::standards::definition::{CustomField, FieldType};
use crate::word_type;

word_type! {
    /// What orders are grouped by of their own.
    Own {
        Product "product", Category "category", Industry "industry", Region "region", Source "source", IntentLevel "intent_level",
        ValueTier "value_tier", Owner "owner", Team "team", Month "month", Quarter "quarter", Year "year", BrokenRule "broken_rule",
        Stage "stage", Status "status", Customer "customer", Tag "tag", Weekday "weekday", Reason "reason",
    }
    /// Which day of an order decides whether it counts.
    Basis { Closed "closed", Created "created" }
}

word_type! {
    /// Which window an answer is held against.
    Compare { Previous "previous", LastYear "last_year" }
}

word_type! {
    /// Whether the orders that entered in a window are followed, or each step is counted for itself in the window.
    Mode { Cohort "cohort", Period "period" }
}

/// What orders are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// One of its own.
    Own(Own),
    /// A field that the company defines, of one choice or of yes and no.
    Custom { path: &'static str, is_flag: bool },
}

impl Dimension {
    /// A field of the standard as a dimension; none where an order may have several values of it, or too many.
    #[must_use]
    pub fn of_custom(field: &CustomField) -> Option<Self> {
        match field.kind.field_type() {
            FieldType::Enum | FieldType::Boolean => Some(Self::Custom { path: intern(&field.path()), is_flag: field.kind.field_type() == FieldType::Boolean }),
            _ => None,
        }
    }
    /// Its name in questions and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own(own) => own.as_str(),
            Self::Custom { path, .. } => path,
        }
    }
    /// Whether lines are grouped, not whole orders.
    #[must_use]
    pub const fn is_of_lines(self) -> bool {
        matches!(self, Self::Own(Own::Product | Own::Category))
    }
    /// Whether it is one of the customer's words.
    #[must_use]
    pub const fn is_of_customers(self) -> bool {
        matches!(self, Self::Own(Own::Industry | Own::Region | Own::ValueTier))
    }
}

/// Statuses of an order that is closed.
pub const CLOSED: [&str; 4] = ["won", "lost", "cancelled", "expired"];
/// Statuses of an order that is open.
pub const OPEN: [&str; 5] = ["draft", "in_review", "returned", "pending", "processed"];

/// Reads up to two different dimensions, `custom` those that the company defines; the reason where they are none.
pub fn parse_group_by(text: &str, custom: &[Dimension]) -> Result<Vec<Dimension>, Fault> {
    let known = || Own::WORDS.iter().copied().chain(custom.iter().map(|dimension| dimension.as_str())).collect::<Vec<_>>().join(", ");
    let mut all = Vec::with_capacity(2);
    for word in text.split(',').map(str::trim) {
        let own = Own::parse(word).map(Dimension::Own).or_else(|| custom.iter().copied().find(|dimension| dimension.as_str() == word));
        let dimension = own.ok_or_else(|| Fault::from(FaultCode::NotOneOf).param("allowed", known()))?;
        if all.contains(&dimension) {
            return Err(Fault::from(FaultCode::Repeated).param("value", word));
        }
        all.push(dimension);
    }
    if all.len() > 2 { Err(Fault::from(FaultCode::TooMany).param("max", 2)) } else { Ok(all) }
}

/// The window that another is held against: as long and right before it, in months where it is one of whole months, or a year before.
#[must_use]
pub fn window_before(from: NaiveDate, to: NaiveDate, how: Compare) -> Option<(NaiveDate, NaiveDate)> {
    let months_of = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let earlier = |day: NaiveDate, months: i64| day.checked_sub_months(Months::new(u32::try_from(months).ok()?));
    match how {
        Compare::LastYear => Some((earlier(from, 12)?, earlier(to, 12)?)),
        Compare::Previous if from.day() == 1 && to.day() == 1 => Some((earlier(from, months_of(to) - months_of(from))?, from)),
        Compare::Previous => Some((from.checked_sub_signed(to - from)?, from)),
    }
}

/// A difference of two rates as a JSON number; none where one of them is none.
#[must_use]
pub fn rate_change(now: (i64, i64), before: (i64, i64)) -> Option<Number> {
    let millionths = |(part, whole): (i64, i64)| (whole != 0).then(|| divide(i128::from(part) * 1_000_000, whole.into()));
    rate(millionths(now)? - millionths(before)?, 1_000_000)
}

/// The quotient, rounded half away from zero; zero where nothing divides.
#[must_use]
pub const fn divide(part: i128, whole: i128) -> i128 {
    if whole == 0 {
        return 0;
    }
    let magnitude = (part.unsigned_abs() * 2 + whole.unsigned_abs()) / (whole.unsigned_abs() * 2);
    if (part < 0) == (whole < 0) { magnitude as i128 } else { -(magnitude as i128) }
}

/// A part of a whole as a JSON number of at most six places; none where the whole is zero.
#[must_use]
pub fn rate(part: i128, whole: i128) -> Option<Number> {
    const PLACES: u128 = 1_000_000;
    if whole == 0 {
        return None;
    }
    let millionths = divide(part * PLACES as i128, whole);
    let (sign, size) = (if millionths < 0 { "-" } else { "" }, millionths.unsigned_abs());
    let text = format!("{sign}{}.{:06}", size / PLACES, size % PLACES);
    Number::from_str(text.trim_end_matches('0').trim_end_matches('.')).ok()
}

/// The mean of a sum in ten-thousandths over some orders, rounded to the places of the currency.
#[must_use]
pub const fn average(sum: i128, orders: i64, places: u32) -> i128 {
    let step = 10_i128.pow(4_u32.saturating_sub(places));
    divide(sum, orders as i128 * step) * step
}

/// A sum of amounts in ten-thousandths, written with at least the places of the currency: it may be larger than one amount can be.
#[must_use]
pub fn amount_text(sum: i128, places: u32) -> String {
    let (sign, size) = (if sum < 0 { "-" } else { "" }, sum.unsigned_abs());
    let mut digits = format!("{:04}", size % SCALE as u128);
    while digits.len() > places as usize && digits.ends_with('0') {
        digits.pop();
    }
    let whole = size / SCALE as u128;
    if digits.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{digits}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(part: i128, whole: i128) -> Option<String> {
        rate(part, whole).map(|n| n.to_string())
    }

    #[test]
    fn rates_are_exact_to_six_places() {
        for (part, whole, expected) in [
            (4238, 4238 + 2473, Some("0.631501")),
            (1, 2, Some("0.5")),
            (1, 1, Some("1")),
            (0, 7, Some("0")),
            (2, 3, Some("0.666667")),
            (1, 2_000_000, Some("0.000001")),
            (1, 2_000_001, Some("0")),
            (-1, 2_000_000, Some("-0.000001")),
            (-1, 3, Some("-0.333333")),
            (3, 0, None),
        ] {
            assert_eq!(text(part, whole).as_deref(), expected, "{part}/{whole}");
        }
        assert_eq!(serde_json::to_string(&rate(4238, 6711)).unwrap_or_default(), "0.631501");
    }

    #[test]
    fn amounts_have_the_places_of_their_currency() {
        for (sum, places, expected) in
            [(100_055_340_000, 2, "10005534.00"), (15, 0, "0.0015"), (0, 2, "0.00"), (-12_500, 2, "-1.25"), (-12_500, 0, "-1.25"), (70_000, 0, "7")]
        {
            assert_eq!(amount_text(sum, places), expected);
        }
        assert_eq!(amount_text(average(100_000, 3, 2), 2), "3.33");
        assert_eq!(amount_text(average(-50_000, 2, 0), 0), "-3");
        assert_eq!(amount_text(average(50_000, 2, 0), 0), "3");
        assert_eq!(average(1, 0, 2), 0);
    }

    #[test]
    fn windows_are_held_against_the_one_before_or_a_year_before() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        for (from, to, how, expected) in [
            ("2024-03-01", "2024-04-01", Compare::Previous, ("2024-02-01", "2024-03-01")),
            ("2024-01-01", "2025-01-01", Compare::Previous, ("2023-01-01", "2024-01-01")),
            ("2024-03-01", "2024-03-31", Compare::Previous, ("2024-01-31", "2024-03-01")),
            ("2024-03-05", "2024-03-12", Compare::Previous, ("2024-02-27", "2024-03-05")),
            ("2024-02-29", "2024-03-31", Compare::LastYear, ("2023-02-28", "2023-03-31")),
            ("2024-03-05", "2024-03-05", Compare::Previous, ("2024-03-05", "2024-03-05")),
        ] {
            assert_eq!(window_before(day(from), day(to), how), Some((day(expected.0), day(expected.1))), "{from} {to}");
        }
        assert_eq!(rate_change((1, 2), (1, 4)).map(|n| n.to_string()).as_deref(), Some("0.25"));
        assert_eq!(rate_change((1, 3), (2, 3)).map(|n| n.to_string()).as_deref(), Some("-0.333334"));
        assert_eq!(rate_change((1, 3), (0, 0)), None);
    }

    #[test]
    fn one_or_two_different_dimensions_are_taken() {
        assert_eq!(parse_group_by("product", &[]), Ok(vec![Dimension::Own(Own::Product)]));
        assert_eq!(parse_group_by("owner, month", &[]), Ok(vec![Dimension::Own(Own::Owner), Dimension::Own(Own::Month)]));
        assert_eq!(parse_group_by("month,quarter", &[]), Ok(vec![Dimension::Own(Own::Month), Dimension::Own(Own::Quarter)]));
        let tier = Dimension::Custom { path: "custom.tier", is_flag: false };
        assert_eq!(parse_group_by("custom.tier,owner", &[tier]), Ok(vec![tier, Dimension::Own(Own::Owner)]));
        for bad in ["custom.tier", "", "owner,owner", "owner,", "colour", "owner,team,month"] {
            assert!(parse_group_by(bad, &[]).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_rounded_quotient_is_the_nearest(part in -1_000_000_000_i128..1_000_000_000, whole in 1_i128..100_000) {
            let quotient = divide(part, whole);
            prop_assert!((quotient * whole - part).abs() * 2 <= whole);
            prop_assert_eq!(divide(-part, whole), -quotient);
        }
        #[test]
        fn parts_have_rates_from_zero_to_one(part in 0_i64..1_000_000, rest in 0_i64..1_000_000) {
            let whole = part + rest;
            match rate(part.into(), whole.into()) {
                None => prop_assert_eq!(whole, 0),
                Some(n) => {
                    let near = n.as_f64().unwrap_or(f64::NAN);
                    prop_assert!((0.0..=1.0).contains(&near) && (near - part as f64 / whole as f64).abs() <= 0.000_000_500_1);
                }
            }
        }
    }
}
