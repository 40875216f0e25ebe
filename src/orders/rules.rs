//! The arithmetic and the judgements of an order: amounts, spreading, when it must be reviewed again, how long it stood in a status.
//! Pure and exact, 128-bit integers inside; must not touch connection, clock or I/O, nor know who asks.
pub mod stays;

use chrono::{Days, NaiveDate};

use super::lifecycle::{Action, Status};
use crate::platform::decimal::{Decimal, MOST, SCALE};

/// How long an order stays valid after its expected close date where no date is stated.
pub const VALID_DAYS: u64 = 90;

/// Reads `Some` only up to the largest magnitude that is stored.
fn within(value: i128) -> Option<Decimal> {
    i64::try_from(value).ok().filter(|v| v.unsigned_abs() <= MOST.unsigned_abs()).map(Decimal)
}

/// The smallest step of a currency, in ten-thousandths.
const fn step(places: u32) -> i128 {
    if places >= 4 { 1 } else { 10_i128.pow(4 - places) }
}

/// The net amount of a line: quantity × unit price × (1 − discount rate), rounded once, half away from zero; none above the largest amount.
#[must_use]
pub fn line_amount(quantity: Decimal, unit_price: Decimal, discount_rate: Decimal, currency_places: u32) -> Option<Decimal> {
    let rate = i128::from(SCALE) - i128::from(discount_rate.0);
    let exact = (i128::from(quantity.0) * i128::from(unit_price.0)).checked_mul(rate)?;
    // Three factors in ten-thousandths: two of the scales go, and the last is rounded to the currency's step, all in one division.
    let divisor = i128::from(SCALE) * i128::from(SCALE) * step(currency_places);
    let half = if exact < 0 { -divisor / 2 } else { divisor / 2 };
    within(exact.checked_add(half)? / divisor * step(currency_places))
}

/// The sum of the lines; none above the largest amount.
#[must_use]
pub fn total(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    within(amounts.into_iter().map(|amount| i128::from(amount.0)).sum())
}

/// Spreads an amount over lines in proportion to what they were, the largest remainders first and earlier lines before later ones; equally
/// where there is nothing to be in proportion to. The parts always sum to the amount, even to one finer than the currency's step.
#[must_use]
pub fn spread(amount: Decimal, lines: &[Decimal], places: u32) -> Vec<Decimal> {
    let amount = i128::from(amount.0);
    let step = if amount % step(places) == 0 { step(places) } else { 1 };
    let sum: i128 = lines.iter().map(|line| i128::from(line.0)).sum();
    let (sum, even) = if sum > 0 { (sum, false) } else { (lines.len() as i128, true) };
    let mut shares: Vec<(i128, i128)> = lines
        .iter()
        .map(|line| amount / step * if even { 1 } else { i128::from(line.0) })
        .map(|product| (product.div_euclid(sum), product.rem_euclid(sum)))
        .collect();
    let left = amount / step - shares.iter().map(|(share, _)| share).sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by_key(|&i| (-shares[i].1, i));
    for i in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[i].0 += 1;
    }
    // A share lies between nothing and the amount (the lines being no less than 0), so it fits.
    shares.into_iter().map(|(share, _)| Decimal(i64::try_from(share * step).unwrap_or(0))).collect()
}

/// Whether an amount is lower than the approved one by more than the tolerance, a rate from 0 to 1.
#[must_use]
pub fn lowers_too_far(amount: Decimal, approved: Decimal, tolerance: Decimal) -> bool {
    i128::from(amount.0) * i128::from(SCALE) < i128::from(approved.0) * (i128::from(SCALE) - i128::from(tolerance.0))
}

/// What of an order a reviewer has vouched for.
#[derive(Clone, Copy, Debug)]
pub struct Critical<'a, I> {
    /// The customer, where there is one.
    pub customer: Option<I>,
    /// The currency's code.
    pub currency: &'a str,
    /// The net amount.
    pub amount: Decimal,
    /// Each line's id and its product's.
    pub lines: &'a [(I, I)],
}

/// Why a change must be reviewed again: the names of the fields that ask for it, none where nothing does.
#[must_use]
pub fn needs_review_again<I: Copy + Eq>(before: &Critical<'_, I>, after: &Critical<'_, I>, approved_amount: Decimal, tolerance: Decimal) -> Vec<&'static str> {
    let unknown = |product: I| !before.lines.iter().any(|(_, known)| *known == product);
    let replaced = |line: I, product: I| before.lines.iter().any(|(id, was)| *id == line && *was != product);
    [
        ("customer_id", before.customer != after.customer),
        ("currency", before.currency != after.currency),
        ("lines", after.lines.iter().any(|&(line, product)| unknown(product) || replaced(line, product))),
        ("amount", lowers_too_far(after.amount, approved_amount, tolerance)),
    ]
    .into_iter()
    .filter_map(|(name, asks)| asks.then_some(name))
    .collect()
}

/// The last day an order is valid: the one stated, else 90 days after the expected close date.
#[must_use]
pub fn effective_valid_until(valid_until: Option<NaiveDate>, expected_close: Option<NaiveDate>) -> Option<NaiveDate> {
    valid_until.or_else(|| expected_close?.checked_add_days(Days::new(VALID_DAYS)))
}

/// One transition in an order's history, its times in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// What happened.
    pub action: Action,
    /// The status before; none where the order began.
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// When it happened.
    pub occurred_at: i64,
    /// When it was recorded.
    pub recorded_at: i64,
}

/// For each transition of one order, in order, the whole seconds spent in the status it left, a closed one like any other, which is not timed elsewhere;
/// none where it left no status.
#[must_use]
pub fn seconds_in_status(history: &[Passage]) -> Vec<Option<i64>> {
    let mut entered = None;
    let seconds = |passage: &Passage| {
        if passage.from == Some(passage.to) {
            return None;
        }
        let since = entered;
        entered = Some(stays::moment(passage.action, passage.occurred_at, passage.recorded_at));
        passage.from.and(since).map(|since: i64| (passage.occurred_at.saturating_sub(since) / 1_000_000).max(0))
    };
    history.iter().map(seconds).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn a_line_is_rounded_once_and_away_from_zero() {
        for (quantity, price, discount, places, expected) in [
            ("2", "4821.00", "0.05", 2, Some("9159.9")),
            ("1", "0.005", "0", 2, Some("0.01")),
            ("1", "0.0049", "0", 2, Some("0")),
            ("3", "0.335", "0", 2, Some("1.01")),
            ("-1", "0.005", "0", 2, Some("-0.01")),
            ("1", "99.5", "0", 0, Some("100")),
            ("1", "1.2345", "0", 3, Some("1.235")),
            ("0.0001", "0.0001", "0", 4, Some("0")),
            ("5", "10", "1", 2, Some("0")),
            ("999999999999.9999", "1", "0", 4, Some("999999999999.9999")),
            ("999999999999.9999", "1", "0", 2, None),
            ("999999999999.9999", "999999999999.9999", "0", 2, None),
        ] {
            assert_eq!(line_amount(d(quantity), d(price), d(discount), places), expected.map(d), "{quantity} × {price} − {discount}");
        }
        assert_eq!(line_amount(Decimal(i64::MAX), Decimal(i64::MAX), Decimal::ZERO, 2), None);
    }

    #[test]
    fn a_total_above_the_largest_amount_is_none() {
        assert_eq!(total([]), Some(Decimal::ZERO));
        assert_eq!(total([d("1.5"), d("2.25")]), Some(d("3.75")));
        assert_eq!(total([Decimal(MOST), Decimal(1)]), None);
    }

    #[test]
    fn an_amount_is_spread_by_largest_remainder() {
        for (amount, lines, places, expected) in [
            ("100", vec!["1", "1", "1"], 2, vec!["33.34", "33.33", "33.33"]),
            ("100", vec!["0", "0", "0"], 0, vec!["34", "33", "33"]),
            ("10", vec!["0", "1", "3"], 2, vec!["0", "2.5", "7.5"]),
            ("0.02", vec!["1", "1", "2"], 2, vec!["0.01", "0", "0.01"]),
            ("7", vec!["1", "2", "4"], 0, vec!["1", "2", "4"]),
            ("10", vec!["1", "5", "5"], 0, vec!["1", "5", "4"]),
            ("0", vec!["5", "5"], 2, vec!["0", "0"]),
            ("1.005", vec!["1", "1"], 2, vec!["0.5025", "0.5025"]),
        ] {
            let lines: Vec<Decimal> = lines.into_iter().map(d).collect();
            assert_eq!(spread(d(amount), &lines, places), expected.into_iter().map(d).collect::<Vec<_>>(), "{amount} over {lines:?}");
        }
        assert!(spread(d("1"), &[], 2).is_empty());
    }

    #[test]
    fn lowering_is_held_against_the_tolerance_exactly() {
        for (amount, approved, tolerance, expected) in [
            ("100", "100", "0", false),
            ("99.9999", "100", "0", true),
            ("101", "100", "0", false),
            ("95", "100", "0.05", false),
            ("94.9999", "100", "0.05", true),
            ("0", "100", "1", false),
            ("0", "0", "0", false),
            ("0.0002", "0.0003", "0.3333", true),
            ("0.0002", "0.0003", "0.3334", false),
        ] {
            assert_eq!(lowers_too_far(d(amount), d(approved), d(tolerance)), expected, "{amount} of {approved} within {tolerance}");
        }
    }

    #[test]
    fn only_critical_changes_are_reviewed_again() {
        const LINES: &[(u8, u8)] = &[(1, 10), (2, 20)];
        let before = Critical { customer: Some(1), currency: "CNY", amount: d("100"), lines: LINES };
        let cases: [(Critical<'_, u8>, &[&str]); 9] = [
            (before, &[]),
            (Critical { customer: Some(2), ..before }, &["customer_id"]),
            (Critical { customer: None, currency: "USD", ..before }, &["customer_id", "currency"]),
            (Critical { lines: &[(1, 10)], ..before }, &[]),
            (Critical { lines: &[(1, 10), (2, 20), (3, 20)], ..before }, &[]),
            (Critical { lines: &[(1, 10), (2, 20), (3, 30)], ..before }, &["lines"]),
            (Critical { lines: &[(1, 20), (2, 20)], ..before }, &["lines"]),
            (Critical { amount: d("90"), ..before }, &["amount"]),
            (Critical { amount: d("110"), ..before }, &[]),
        ];
        for (after, expected) in cases {
            assert_eq!(needs_review_again(&before, &after, d("100"), d("0.05")), expected, "{after:?}");
        }
    }

    #[test]
    fn validity_follows_the_expected_close_date() {
        let day = |month, day| NaiveDate::from_ymd_opt(2027, month, day);
        assert_eq!(effective_valid_until(None, day(3, 31)), day(6, 29));
        assert_eq!(effective_valid_until(day(1, 1), day(3, 31)), day(1, 1));
        assert_eq!(effective_valid_until(None, None), None);
        assert_eq!(effective_valid_until(None, Some(NaiveDate::MAX)), None);
    }

    #[test]
    fn seconds_are_counted_from_the_entry_of_the_status() {
        let at =
            |action, from, to, occurred: i64, recorded: i64| Passage { action, from, to, occurred_at: occurred * 1_000_000, recorded_at: recorded * 1_000_000 };
        let entered = [
            at(Action::Create, None, Status::Draft, 0, 0),
            at(Action::Transfer, Some(Status::Draft), Status::Draft, 5, 5),
            at(Action::Submit, Some(Status::Draft), Status::InReview, 20, 20),
            at(Action::Approve, Some(Status::InReview), Status::Pending, 50, 50),
            at(Action::FollowUp, Some(Status::Pending), Status::Processed, 40, 60),
        ];
        assert_eq!(seconds_in_status(&entered), [None, None, Some(20), Some(30), Some(0)]);
        let imported = [at(Action::Import, None, Status::Pending, 0, 100), at(Action::Win, Some(Status::Pending), Status::Won, 130, 130)];
        assert_eq!(seconds_in_status(&imported), [None, Some(30)]);
    }

    fn amount() -> impl Strategy<Value = Decimal> {
        (0..=MOST).prop_map(Decimal)
    }

    proptest! {
        #[test]
        fn what_is_spread_sums_to_the_amount(whole in amount(), lines in proptest::collection::vec(prop_oneof![Just(Decimal::ZERO), amount()], 1..20), places in 0_u32..=4) {
            for whole in [whole, whole.rounded(places)] {
                let parts = spread(whole, &lines, places);
                prop_assert_eq!(parts.iter().map(|p| i128::from(p.0)).sum::<i128>(), i128::from(whole.0));
                prop_assert!(parts.iter().all(|p| p.0 >= 0));
                if whole == whole.rounded(places) {
                    prop_assert!(parts.iter().all(|p| *p == p.rounded(places)));
                    let zeros_stay = lines.iter().zip(&parts).all(|(line, part)| line.0 != 0 || part.0 == 0);
                    prop_assert!(zeros_stay || lines.iter().all(|line| line.0 == 0));
                }
            }
        }
        #[test]
        fn spreading_the_same_amount_changes_nothing(lines in proptest::collection::vec((0..=MOST / 200).prop_map(|v| Decimal(v).rounded(2)), 1..20)) {
            if let Some(sum) = total(lines.iter().copied()).filter(|sum| sum.0 > 0) {
                prop_assert_eq!(spread(sum, &lines, 2), lines);
            }
        }
        #[test]
        fn a_discount_never_raises_a_line(q in amount(), p in 0..=SCALE * 10_000, rate in 0..=SCALE, places in 0_u32..=4) {
            if let Some(full) = line_amount(q, Decimal(p), Decimal::ZERO, places) {
                let net = line_amount(q, Decimal(p), Decimal(rate), places);
                prop_assert!(net.is_some_and(|net| Decimal::ZERO <= net && net <= full && net == net.rounded(places)));
            }
        }
        #[test]
        fn no_number_panics(a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), places in 0_u32..=9) {
            let _ = (line_amount(Decimal(a), Decimal(b), Decimal(c), places), total([Decimal(a), Decimal(b)]), lowers_too_far(Decimal(a), Decimal(b), Decimal(c)));
            let _ = spread(Decimal(a), &[Decimal(b), Decimal(c)], places);
        }
    }
}
