//! Months, quarters and years: where they begin, what they are called, and which of them a span of days meets. Pure; zones and data are the caller's.
use chrono::{Datelike, Months, NaiveDate};

use super::rules::{Dimension, Own};

/// One month, quarter or year: from its first day to the first day of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub start: NaiveDate,
    pub end: NaiveDate,
    /// `2017-01`, `2017-Q1`, `2017`: in the order of time where years have four digits.
    pub key: String,
    pub label: String,
}

const fn months(unit: Dimension) -> u32 {
    match unit {
        Dimension::Own(Own::Month) => 1,
        Dimension::Own(Own::Quarter) => 3,
        Dimension::Own(Own::Year) => 12,
        _ => 0,
    }
}

impl Bucket {
    /// The one that a day lies in; none where the dimension is not of time.
    #[must_use]
    pub fn of(unit: Dimension, day: NaiveDate) -> Option<Self> {
        let length = months(unit);
        let first = day.month0().checked_div(length)? * length;
        let start = NaiveDate::from_ymd_opt(day.year(), first + 1, 1)?;
        let end = start.checked_add_months(Months::new(length))?;
        let year = day.year();
        let (key, label) = match unit {
            Dimension::Own(Own::Month) => (format!("{year:04}-{:02}", first + 1), format!("{year:04}-{:02}", first + 1)),
            Dimension::Own(Own::Quarter) => (format!("{year:04}-Q{}", first / 3 + 1), format!("{year:04} Q{}", first / 3 + 1)),
            _ => (format!("{year:04}"), format!("{year:04}")),
        };
        Some(Self { start, end, key, label })
    }
}

/// All that meet the days from the first to the last, in order; none where there would be too many.
#[must_use]
pub fn over(unit: Dimension, first: NaiveDate, last: NaiveDate, most: usize) -> Option<Vec<Bucket>> {
    let mut all = Vec::new();
    let mut day = first;
    while day <= last {
        let bucket = Bucket::of(unit, day)?;
        if all.len() == most {
            return None;
        }
        day = bucket.end;
        all.push(bucket);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn buckets_are_named_and_bounded() {
        for (unit, at, start, end, key, label) in [
            (Dimension::Own(Own::Month), "2016-02-29", "2016-02-01", "2016-03-01", "2016-02", "2016-02"),
            (Dimension::Own(Own::Month), "2017-12-31", "2017-12-01", "2018-01-01", "2017-12", "2017-12"),
            (Dimension::Own(Own::Quarter), "2017-01-01", "2017-01-01", "2017-04-01", "2017-Q1", "2017 Q1"),
            (Dimension::Own(Own::Quarter), "2017-12-31", "2017-10-01", "2018-01-01", "2017-Q4", "2017 Q4"),
            (Dimension::Own(Own::Year), "2017-06-15", "2017-01-01", "2018-01-01", "2017", "2017"),
        ] {
            assert_eq!(Bucket::of(unit, day(at)), Some(Bucket { start: day(start), end: day(end), key: key.into(), label: label.into() }));
        }
        assert_eq!(Bucket::of(Dimension::Own(Own::Owner), day("2017-06-15")), None);
        assert_eq!(over(Dimension::Own(Own::Year), day("2016-12-31"), day("2018-01-01"), 3).map(|b| b.len()), Some(3));
        assert_eq!(over(Dimension::Own(Own::Year), day("2016-12-31"), day("2018-01-01"), 2), None);
        assert_eq!(over(Dimension::Own(Own::Year), day("2018-01-01"), day("2017-01-01"), 2), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn buckets_partition_the_days(first in 0_i64..20_000, length in 0_i64..3_000, within in 0_i64..3_000, unit in 0_usize..3) {
            let unit = [Dimension::Own(Own::Month), Dimension::Own(Own::Quarter), Dimension::Own(Own::Year)][unit];
            let first = NaiveDate::default() + chrono::TimeDelta::days(first);
            let last = first + chrono::TimeDelta::days(length);
            let all = over(unit, first, last, 10_000).unwrap_or_default();
            prop_assert!(all.first().is_some_and(|b| b.start <= first && first < b.end));
            prop_assert!(all.last().is_some_and(|b| b.start <= last && last < b.end));
            prop_assert!(all.windows(2).all(|w| w[0].end == w[1].start && w[0].key < w[1].key));
            let any = first + chrono::TimeDelta::days(within % (length + 1));
            let met: Vec<Bucket> = all.into_iter().filter(|b| b.start <= any && any < b.end).collect();
            prop_assert_eq!(met, Vec::from_iter(Bucket::of(unit, any)));
        }
    }
}
