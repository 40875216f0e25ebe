//! Months and weeks in a row: what has been, what runs, what lies ahead. Pure.
use chrono::{Datelike, Days, Months, NaiveDate};

use crate::word_type;

word_type! {
    /// How long a period is; a week begins on Monday.
    Length { Month "month", Week "week" }
}

/// One month or week: from its first day to the first day of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// `2017-01` or `2017-W05`: in the order of time.
    pub key: String,
}

impl Length {
    /// The period that a day lies in.
    #[must_use]
    pub fn of(self, day: NaiveDate) -> Option<Period> {
        Some(match self {
            Self::Month => {
                let start = day.with_day(1)?;
                Period { start, end: start.checked_add_months(Months::new(1))?, key: start.format("%Y-%m").to_string() }
            }
            Self::Week => {
                let start = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?;
                Period { start, end: start.checked_add_days(Days::new(7))?, key: start.format("%G-W%V").to_string() }
            }
        })
    }

    /// So many in a row, the one that a day lies in the first.
    #[must_use]
    pub fn ahead(self, day: NaiveDate, count: usize) -> Vec<Period> {
        let next = |period: &Period| self.of(period.end);
        std::iter::successors(self.of(day), next).take(count).collect()
    }

    /// Those from the one that a day lies in up to another day, which lies in none of them; the last `most` where there are more.
    #[must_use]
    pub fn between(self, first: NaiveDate, end: NaiveDate, most: usize) -> Vec<Period> {
        let mut all: Vec<Period> = std::iter::successors(self.of(first), |period| self.of(period.end)).take_while(|period| period.start < end).collect();
        all.drain(..all.len().saturating_sub(most));
        all
    }

    /// The first day of the period so many before that of a day.
    #[must_use]
    pub fn before(self, day: NaiveDate, count: u32) -> Option<NaiveDate> {
        let start = self.of(day)?.start;
        match self {
            Self::Month => start.checked_sub_months(Months::new(count)),
            Self::Week => start.checked_sub_days(Days::new(u64::from(count) * 7)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_named_and_bounded() {
        for (length, at, start, end, key) in [
            (Length::Month, "2016-02-29", "2016-02-01", "2016-03-01", "2016-02"),
            (Length::Month, "2017-12-31", "2017-12-01", "2018-01-01", "2017-12"),
            (Length::Week, "2021-01-03", "2020-12-28", "2021-01-04", "2020-W53"),
            (Length::Week, "2026-11-23", "2026-11-23", "2026-11-30", "2026-W48"),
        ] {
            assert_eq!(length.of(day(at)), Some(Period { start: day(start), end: day(end), key: key.into() }));
        }
        assert_eq!(Length::Month.before(day("2026-11-23"), 12), Some(day("2025-11-01")));
        assert_eq!(Length::Week.before(day("2026-11-25"), 2), Some(day("2026-11-09")));
        assert_eq!(Length::Month.ahead(day("2026-11-23"), 3).last().map(|period| period.key.clone()), Some("2027-01".into()));
        let last: Vec<String> = Length::Month.between(day("2026-01-31"), day("2026-11-01"), 2).into_iter().map(|period| period.key).collect();
        assert_eq!(last, ["2026-09", "2026-10"]);
    }

    proptest! {
        #[test]
        fn periods_follow_each_other_in_time_and_in_name(at in 0_i64..20_000, count in 1_usize..60, week in any::<bool>()) {
            let length = if week { Length::Week } else { Length::Month };
            let first = NaiveDate::default() + TimeDelta::days(at);
            let all = length.ahead(first, count);
            prop_assert_eq!(all.len(), count);
            prop_assert!(all[0].start <= first && first < all[0].end);
            prop_assert!(all.windows(2).all(|w| w[0].end == w[1].start && w[0].key < w[1].key));
            let end = all[count - 1].end;
            prop_assert_eq!(length.between(first, end, usize::MAX), all);
            prop_assert_eq!(length.before(end, u32::try_from(count).unwrap_or_default()), length.of(first).map(|period| period.start));
        }
    }
}
