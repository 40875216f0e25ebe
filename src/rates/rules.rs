//! A rate: exact, in ten-thousand-millionths. Which of several rates counts on a day. Pure.
use std::fmt;

use chrono::NaiveDate;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::platform::db::UtcTime;
use crate::platform::decimal::{self, Decimal, DecimalError};
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::decode::{Decode, Faults, wrong_type};

/// How many places a rate has after the point.
const PLACES: usize = 10;
/// The rate of the base currency, in ten-thousand-millionths.
pub const ONE: i64 = 10_000_000_000;

/// What one unit of a currency is worth in the base currency, in ten-thousand-millionths; more than 0 and below 100,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExchangeRate(pub i64);

impl ExchangeRate {
    /// Reads it exactly.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        decimal::parse_scaled(text, PLACES as i64, 18).map(Self)
    }

    /// What an amount is worth in the base currency, rounded half away from zero to the places of that; none where it is larger than any amount.
    #[must_use]
    pub fn in_base(self, amount: Decimal, base: &str) -> Option<Decimal> {
        decimal::exchanged(amount.0, self.0, ONE, decimal::step(base)).map(Decimal)
    }
}

/// Without trailing zeros.
impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:0PLACES$}", self.0 / ONE, self.0 % ONE);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Decode for ExchangeRate {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return wrong_type(value, "a decimal string or a number", at, faults),
        };
        let fault = match Self::parse(&text) {
            Ok(rate) if rate.0 > 0 => return Some(rate),
            Ok(_) => Fault::new(at, FaultCode::BelowMinimum).param("min", "0.0000000001"),
            Err(DecimalError::Malformed) => Fault::new(at, FaultCode::NotADecimal),
            Err(DecimalError::TooManyPlaces) => Fault::new(at, FaultCode::TooManyDecimals).param("max", PLACES),
            Err(DecimalError::OutOfRange) if text.starts_with('-') => Fault::new(at, FaultCode::BelowMinimum).param("min", "0.0000000001"),
            Err(DecimalError::OutOfRange) => Fault::new(at, FaultCode::AboveMaximum).param("max", "99999999.9999999999"),
        };
        faults.add(fault);
        None
    }
}
impl PartialSchema for ExchangeRate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .pattern(Some(r"^\d{1,8}(\.\d{1,10})?$"))
            .max_length(Some(19))
            .examples(["7.1234"])
            .into()
    }
}
impl ToSchema for ExchangeRate {}

/// A rate with the day from which it counts, and the moment at which that day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    pub date: NaiveDate,
    pub starts_at: UtcTime,
    pub rate: ExchangeRate,
}

/// The day of an order, for which a rate is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOf {
    /// An open one: when it was entered.
    Entry(UtcTime),
    /// A closed one: the date.
    Closing(NaiveDate),
}

/// The last rate on or before a day; `rates` are in the order of their dates.
#[must_use]
pub fn on(rates: &[Dated], day: DayOf) -> Option<ExchangeRate> {
    let counts = |rate: &&Dated| match day {
        DayOf::Entry(moment) => rate.starts_at <= moment,
        DayOf::Closing(date) => rate.date <= date,
    };
    rates.iter().rev().find(counts).map(|rate| rate.rate)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_read_exactly() {
        for (text, expected) in [
            ("7.1234", Ok(71_234_000_000)),
            ("0.0000000001", Ok(1)),
            ("99999999.9999999999", Ok(999_999_999_999_999_999)),
            ("1e2", Ok(100 * ONE)),
            ("100000000", Err(DecimalError::OutOfRange)),
            ("0.00000000001", Err(DecimalError::TooManyPlaces)),
            ("seven", Err(DecimalError::Malformed)),
        ] {
            assert_eq!(ExchangeRate::parse(text).map(|rate| rate.0), expected, "{text}");
        }
        assert_eq!(ExchangeRate(71_234_000_000).to_string(), "7.1234");
        assert_eq!(ExchangeRate(ONE).to_string(), "1");
        assert_eq!(ExchangeRate(1).to_string(), "0.0000000001");
        assert_eq!(ExchangeRate(71_250_000_000).in_base(Decimal(10_200), "CNY"), Some(Decimal(72_700)));
        assert_eq!(ExchangeRate(71_250_000_000).in_base(Decimal(-10_200), "JPY"), Some(Decimal(-70_000)));
    }

    #[test]
    fn the_last_rate_on_or_before_a_day_counts() {
        let date = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        // Days that begin at 16:00 of the day before, as in Shanghai.
        let starts = |day: i64| UtcTime((day * 24 - 8) * 3_600_000_000);
        let rates: Vec<Dated> = [5, 9].map(|day| Dated { date: date(day), starts_at: starts(day.into()), rate: ExchangeRate(day.into()) }).into();
        for (day, expected) in [(4, None), (5, Some(5)), (8, Some(5)), (9, Some(9)), (31, Some(9))] {
            assert_eq!(on(&rates, DayOf::Closing(date(day))).map(|rate| rate.0), expected, "{day}");
        }
        assert_eq!(on(&rates, DayOf::Entry(UtcTime(starts(9).0 - 1))), Some(ExchangeRate(5)));
        assert_eq!(on(&rates, DayOf::Entry(starts(9))), Some(ExchangeRate(9)));
        assert_eq!(on(&[], DayOf::Entry(starts(9))), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(rate in 1_i64..1_000_000_000_000_000_000) {
            prop_assert_eq!(ExchangeRate::parse(&ExchangeRate(rate).to_string()), Ok(ExchangeRate(rate)));
        }
        #[test]
        fn a_later_rate_changes_no_earlier_day(days in proptest::collection::btree_set(0_i64..400, 1..20), at in 0_i64..400, later in 0_i64..400) {
            let date = |day| NaiveDate::default() + TimeDelta::days(day);
            let dated = |day: &i64| Dated { date: date(*day), starts_at: UtcTime(*day * 86_400_000_000), rate: ExchangeRate(*day + 1) };
            let mut rates: Vec<Dated> = days.iter().map(dated).collect();
            let before = on(&rates, DayOf::Closing(date(at)));
            prop_assert_eq!(before, on(&rates, DayOf::Entry(UtcTime(at * 86_400_000_000 + 5))));
            rates.retain(|rate| rate.date <= date(at) || rate.date > date(at + later));
            rates.push(Dated { date: date(at + later + 1), ..dated(&999) });
            prop_assert_eq!(on(&rates, DayOf::Closing(date(at))), before);
        }
    }
}
