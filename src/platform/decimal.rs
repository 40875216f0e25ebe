//! Exact decimals with four places: amounts, prices, quantities and rates. Integers inside, strings outside; never a float.
use std::fmt;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::BigInt;
use iso_currency::Currency;
use serde::{Serialize, Serializer};

/// How many units make one: values are held in ten-thousandths.
pub const SCALE: i64 = 10_000;
/// The largest magnitude that is read: twelve digits before the point, so that sums of many stay within 64 bits.
pub const MOST: i64 = 999_999_999_999 * SCALE + (SCALE - 1);
/// As many characters as a number takes at most.
const LONGEST: usize = 21;

/// A number in ten-thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Decimal(pub i64);

/// Why a text is not such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not a decimal number at all.
    Malformed,
    /// More than four places after the point.
    TooManyPlaces,
    /// Magnitude above [`MOST`].
    OutOfRange,
}

impl Decimal {
    pub const ZERO: Self = Self(0);
    pub const ONE: Self = Self(SCALE);

    /// A whole number.
    #[must_use]
    pub const fn whole(n: i64) -> Self {
        Self(n * SCALE)
    }

    /// Reads plain or scientific notation exactly (`"12.5"`, `"-0.0001"`, `1.2e3`); trailing zeros are not places.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        parse_scaled(text, 4, 16).map(Self)
    }

    /// Rounds half away from zero to `places` after the point (0 to 4).
    #[must_use]
    pub const fn rounded(self, places: u32) -> Self {
        if places >= 4 {
            return self;
        }
        let step = 10_i64.pow(4 - places);
        let half = if self.0 < 0 { -step / 2 } else { step / 2 };
        Self((self.0 + half) / step * step)
    }

    /// Its text with at least `least` places, and as many more as the value has.
    #[must_use]
    pub fn with_places(self, least: u32) -> DecimalText {
        let magnitude = self.0.unsigned_abs();
        let (whole, mut fraction, mut places) = (magnitude / SCALE as u64, magnitude % SCALE as u64, 4);
        while places > least as usize && fraction % 10 == 0 {
            (fraction, places) = (fraction / 10, places - 1);
        }
        let (mut digits, mut from) = ([b'0'; LONGEST], LONGEST - places);
        write_digits(&mut digits[from..], fraction);
        if places > 0 {
            from -= 1;
            digits[from] = b'.';
        }
        let point = from;
        from -= whole.checked_ilog10().unwrap_or(0) as usize + 1;
        write_digits(&mut digits[from..point], whole);
        if self.0 < 0 {
            from -= 1;
            digits[from] = b'-';
        }
        DecimalText { digits, from }
    }
}

/// Without trailing zeros: how quantities and rates are written.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.with_places(0).as_str())
    }
}

/// The text of a number, held in place: an answer has hundreds of them.
#[derive(Clone, Copy)]
pub struct DecimalText {
    digits: [u8; LONGEST],
    from: usize,
}

impl DecimalText {
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.from..]).unwrap_or_default()
    }
}
impl fmt::Display for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
impl Serialize for DecimalText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Writes the last digits of a number, as many as there is room for, with zeros before it.
pub fn write_digits(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Reads a number exactly, in units of its last place: with so many places after the point, and so many digits in all, 18 at most.
pub fn parse_scaled(text: &str, places: i64, most_digits: i64) -> Result<i64, DecimalError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((m, e)) => {
            (m, e.parse::<i32>().map_err(|_| if all_digits(e.trim_start_matches(['+', '-'])) { DecimalError::OutOfRange } else { DecimalError::Malformed })?)
        }
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::Malformed);
    }
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let significant = digits.iter().rposition(|&d| d != 0).map_or(0, |i| i + 1);
    if significant == 0 {
        return Ok(0);
    }
    // value = 0.digits * 10^(whole.len + exponent); in the smallest units the point moves so many places to the right.
    let places = whole.len() as i64 + i64::from(exponent) + places;
    if significant as i64 > places {
        return Err(DecimalError::TooManyPlaces);
    }
    let leading = digits.iter().position(|&d| d != 0).unwrap_or(0) as i64;
    if places - leading > most_digits {
        return Err(DecimalError::OutOfRange);
    }
    let magnitude = (0..places.max(0) as usize).fold(0_i64, |sum, i| sum * 10 + i64::from(digits.get(i).copied().unwrap_or(0)));
    Ok(if negative { -magnitude } else { magnitude })
}

/// An amount times one rate over another, rounded half away from zero to whole steps; none where it would be larger than any amount.
#[must_use]
pub const fn exchanged(amount: i64, rate: i64, into_rate: i64, step: i64) -> Option<i64> {
    let whole = into_rate as i128 * step as i128;
    if whole <= 0 || rate < 0 {
        return None;
    }
    let size = (2 * (amount as i128).abs() * rate as i128 + whole) / (2 * whole) * step as i128;
    if size > MOST as i128 {
        return None;
    }
    Some(if amount < 0 { -(size as i64) } else { size as i64 })
}

/// How many ten-thousandths the smallest amount of a currency is.
#[must_use]
pub fn step(currency: &str) -> i64 {
    10_i64.pow(4 - exponent(currency))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// How many places after the point amounts of a currency have (ISO 4217), at most four; two where the standard names none.
#[must_use]
pub fn exponent(currency: &str) -> u32 {
    Currency::from_code(currency).and_then(Currency::exponent).map_or(2, |e| u32::from(e).min(4))
}

/// Whether ISO 4217 knows the code.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    Currency::from_code(code).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_exactly_or_says_why_not() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("1", Ok(10_000)),
            ("1299.50", Ok(12_995_000)),
            ("-0.0001", Ok(-1)),
            ("1.50000", Ok(15_000)),
            ("1e3", Ok(10_000_000)),
            ("1.25E+1", Ok(125_000)),
            ("100e-2", Ok(10_000)),
            ("0e99", Ok(0)),
            ("00001", Ok(10_000)),
            ("0.00001", Err(DecimalError::TooManyPlaces)),
            ("1e-5", Err(DecimalError::TooManyPlaces)),
            ("1e400", Err(DecimalError::OutOfRange)),
            ("1e99999999999", Err(DecimalError::OutOfRange)),
            ("1000000000000", Err(DecimalError::OutOfRange)),
            ("999999999999.9999", Ok(MOST)),
            ("", Err(DecimalError::Malformed)),
            ("1.", Err(DecimalError::Malformed)),
            (".5", Err(DecimalError::Malformed)),
            ("1,5", Err(DecimalError::Malformed)),
            ("NaN", Err(DecimalError::Malformed)),
            ("1e", Err(DecimalError::Malformed)),
            ("--1", Err(DecimalError::Malformed)),
            ("١", Err(DecimalError::Malformed)),
        ] {
            assert_eq!(Decimal::parse(text).map(|d| d.0), expected, "{text}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        for (value, places, expected) in
            [(12_345, 2, 12_300), (12_350, 2, 12_400), (-12_350, 2, -12_400), (5_000, 0, 10_000), (-5_000, 0, -10_000), (4_999, 0, 0), (1, 4, 1)]
        {
            assert_eq!(Decimal(value).rounded(places), Decimal(expected), "{value} to {places}");
        }
    }

    #[test]
    fn amounts_are_exchanged_once_and_rounded_once() {
        const ONE: i64 = 10_000_000_000;
        for (amount, rate, into, step, expected) in [
            (1_000_000, 71_234_000_000, ONE, 100, Some(7_123_400)),
            // 0.005 is the half of a cent: away from zero.
            (50, ONE, ONE, 100, Some(100)),
            (-50, ONE, ONE, 100, Some(-100)),
            (49, ONE, ONE, 100, Some(0)),
            (10_000, ONE, 3 * ONE, 100, Some(3_300)),
            (20_000, ONE, 3 * ONE, 1, Some(6_667)),
            (15_000, ONE, ONE, 10_000, Some(20_000)),
            (MOST, ONE, ONE, 1, Some(MOST)),
            (MOST, 2 * ONE, ONE, 1, None),
            (-MOST, 999_999_999_999_999_999, 1, 1, None),
            (1, 1, 0, 1, None),
        ] {
            assert_eq!(exchanged(amount, rate, into, step), expected, "{amount} {rate} {into} {step}");
        }
        assert_eq!((step("CNY"), step("JPY"), step("KWD")), (100, 10_000, 10));
    }

    #[test]
    fn currencies_have_their_own_places() {
        assert_eq!((exponent("CNY"), exponent("JPY"), exponent("KWD")), (2, 0, 3));
        assert!(is_currency("USD") && !is_currency("ABC") && !is_currency("usd"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in -MOST..=MOST, least in 0_u32..=4) {
            prop_assert_eq!(Decimal::parse(Decimal(value).with_places(least).as_str()), Ok(Decimal(value)));
        }
        #[test]
        fn what_is_exchanged_is_the_nearest_step(amount in -MOST..=MOST, rate in 1_i64..100_000_000_000_000, into in 1_i64..100_000_000_000_000, places in 0_u32..=4) {
            let step = 10_i64.pow(4 - places);
            if let Some(result) = exchanged(amount, rate, into, step) {
                let (exact, whole) = (i128::from(amount) * i128::from(rate), i128::from(into) * i128::from(step));
                prop_assert_eq!(result % step, 0);
                prop_assert!((i128::from(result / step) * whole - exact).abs() * 2 <= whole);
                prop_assert_eq!(exchanged(-amount, rate, into, step), Some(-result));
            }
        }
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Decimal::parse(&text);
        }
    }
}
