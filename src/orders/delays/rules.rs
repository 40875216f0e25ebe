//! When a date is pushed, and by how much dates slipped. Pure.
use chrono::NaiveDate;

/// The days between which an expected close date is pushed: from one to a later one. That of an order nobody has been shown yet is still being found.
#[must_use]
pub fn pushed(before: Option<NaiveDate>, after: Option<NaiveDate>, shown: bool) -> Option<(NaiveDate, NaiveDate)> {
    before.zip(after).filter(|(before, after)| shown && after > before)
}

/// By how many days all of these pushes together moved a date to later days.
#[must_use]
pub fn days_slipped(pushes: &[(NaiveDate, NaiveDate)]) -> i64 {
    pushes.iter().map(|(from, to)| (*to - *from).num_days()).sum()
}

/// Side and reason in one word, as filters ask for it.
#[must_use]
pub fn cause(side: &str, reason: &str) -> String {
    format!("{side}.{reason}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(number: i64) -> NaiveDate {
        NaiveDate::default() + chrono::TimeDelta::days(number)
    }

    #[test]
    fn only_a_later_day_of_an_order_that_was_shown_is_a_push() {
        let (early, late) = (day(1), day(15));
        for (before, after, shown, expected) in [
            (Some(early), Some(late), true, Some((early, late))),
            (Some(early), Some(late), false, None),
            (Some(late), Some(early), true, None),
            (Some(late), Some(late), true, None),
            (None, Some(late), true, None),
            (Some(early), None, true, None),
        ] {
            assert_eq!(pushed(before, after, shown), expected, "{before:?} {after:?} {shown}");
        }
    }

    proptest! {
        /// However a date goes forth and back, what it slipped is what it went forth.
        #[test]
        fn slipped_days_are_those_of_the_pushes_alone(days in proptest::collection::vec(0_i64..2_000, 2..20)) {
            let pushes: Vec<_> = days.windows(2).filter_map(|w| pushed(Some(day(w[0])), Some(day(w[1])), true)).collect();
            let forth: i64 = days.windows(2).map(|w| (w[1] - w[0]).max(0)).sum();
            prop_assert_eq!(days_slipped(&pushes), forth);
            prop_assert!(days_slipped(&pushes) >= days[days.len() - 1] - days[0]);
        }
    }
}
