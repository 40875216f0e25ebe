//! Weeks, months, quarters and years up to a day, and as many days of the one before. Pure.
use chrono::{Datelike, Days, NaiveDate};

use crate::word_type;

word_type! {
    /// A stretch of the calendar; weeks begin on Monday.
    Period { Week "week", Month "month", Quarter "quarter", Year "year" }
}

impl Period {
    /// From its first day to the day after this one.
    #[must_use]
    pub fn until(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        (self.first(day), day.succ_opt().unwrap_or(day))
    }

    /// As many days of the one before, but no more than it has.
    #[must_use]
    pub fn before(self, (from, to): (NaiveDate, NaiveDate)) -> (NaiveDate, NaiveDate) {
        let first = from.pred_opt().map_or(from, |day| self.first(day));
        let days = u64::try_from((to - from).num_days()).unwrap_or_default();
        // A whole period stands beside a whole one: February beside all of January.
        let whole = to == self.first(to) && from < to;
        let end = if whole { from } else { first.checked_add_days(Days::new(days)).map_or(from, |end| end.min(from)) };
        (first, end)
    }

    fn first(self, day: NaiveDate) -> NaiveDate {
        let of_month = |months: u32| {
            let month = day.month0() / months * months + 1;
            NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
        };
        match self {
            Self::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day),
            Self::Month => of_month(1),
            Self::Quarter => of_month(3),
            Self::Year => of_month(12),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_period_stands_beside_as_much_of_the_one_before() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        for (period, today, now, before) in [
            (Period::Week, "2026-11-25", ("2026-11-23", "2026-11-26"), ("2026-11-16", "2026-11-19")),
            (Period::Week, "2026-11-29", ("2026-11-23", "2026-11-30"), ("2026-11-16", "2026-11-23")),
            (Period::Month, "2026-11-25", ("2026-11-01", "2026-11-26"), ("2026-10-01", "2026-10-26")),
            (Period::Month, "2026-02-28", ("2026-02-01", "2026-03-01"), ("2026-01-01", "2026-02-01")),
            (Period::Month, "2026-03-30", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-03-01")),
            (Period::Quarter, "2026-11-25", ("2026-10-01", "2026-11-26"), ("2026-07-01", "2026-08-26")),
            (Period::Year, "2026-01-01", ("2026-01-01", "2026-01-02"), ("2025-01-01", "2025-01-02")),
        ] {
            let span = |(from, to): (&str, &str)| (day(from), day(to));
            let found = period.until(day(today));
            assert_eq!((found, period.before(found)), (span(now), span(before)), "{} {today}", period.as_str());
        }
    }

    proptest! {
        #[test]
        fn periods_follow_each_other(days in 0_u64..200_000, which in 0_usize..4) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default() + Days::new(days);
            let period = [Period::Week, Period::Month, Period::Quarter, Period::Year][which];
            let (from, to) = period.until(day);
            let (first, end) = period.before((from, to));
            prop_assert!(first < end && end <= from && from <= day && day < to);
            prop_assert_eq!(period.first(first), first);
            prop_assert_eq!(period.until(from).0, from);
        }
    }
}
