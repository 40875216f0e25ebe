//! Offsets of a time zone over a stretch of time, as SQL counts days with them: the databases' own tables of zones differ. Pure.
use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::platform::db::UtcTime;
use crate::platform::db::sql::{Sql, Value};

fn offset(zone: Tz, at: DateTime<Utc>) -> i64 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into()
}

/// The offset at the beginning of a stretch, and each moment in it from which another holds, with that.
#[must_use]
pub fn offsets(zone: Tz, first: UtcTime, last: UtcTime) -> (i64, Vec<(UtcTime, i64)>) {
    let (mut at, last) = (first.to_chrono(), last.to_chrono());
    let begin = offset(zone, at);
    let mut changes = Vec::new();
    while at < last {
        let (before, next) = (offset(zone, at), (at + TimeDelta::days(1)).min(last));
        if offset(zone, next) != before {
            // The second of the change lies between the two.
            let (mut low, mut high) = (at.timestamp(), next.timestamp() + 1);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if DateTime::from_timestamp(middle, 0).is_some_and(|m| offset(zone, m) == before) { low = middle } else { high = middle }
            }
            if let Some(change) = DateTime::from_timestamp(high, 0) {
                changes.push((change.into(), offset(zone, change)));
            }
        }
        at = next;
    }
    (begin, changes)
}

/// The offset at a moment in a column, in seconds.
#[must_use]
pub fn offset_at(column: &str, (begin, changes): &(i64, Vec<(UtcTime, i64)>)) -> Sql {
    let Some((last, _)) = changes.split_last().map(|((_, offset), _)| (*offset, ())) else { return Sql::new(format!("({begin})")) };
    let before = std::iter::once(*begin).chain(changes.iter().map(|(_, offset)| *offset));
    let sql = changes.iter().zip(before).fold(Sql::new("(case"), |sql, ((change, _), offset)| {
        sql.text(format!(" when {column} < ")).bind(Value::Time(*change)).text(format!(" then {offset}"))
    });
    sql.text(format!(" else {last} end)"))
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Asia::Shanghai, Europe::Berlin};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> UtcTime {
        DateTime::parse_from_rfc3339(text).unwrap_or_default().with_timezone(&Utc).into()
    }

    #[test]
    fn changes_are_found_to_the_second() {
        assert_eq!(offsets(Shanghai, at("2016-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")), (28_800, Vec::new()));
        let changes = vec![(at("2026-03-29T01:00:00Z"), 7_200), (at("2026-10-25T01:00:00Z"), 3_600)];
        assert_eq!(offsets(Berlin, at("2026-01-01T12:34:56Z"), at("2026-12-31T00:00:00Z")), (3_600, changes));
        assert_eq!(offsets(Berlin, at("2026-03-29T00:59:59Z"), at("2026-03-29T01:00:00Z")), (3_600, vec![(at("2026-03-29T01:00:00Z"), 7_200)]));
    }

    proptest! {
        #[test]
        fn every_moment_has_the_offset_of_its_zone(first in 0_i64..1_800_000_000, length in 1_i64..60_000_000, part in 0.0_f64..1.0) {
            let moment = |seconds: i64| UtcTime(seconds * 1_000_000);
            let any = first + (length as f64 * part) as i64;
            let (begin, changes) = offsets(Berlin, moment(first), moment(first + length));
            let told = changes.iter().rev().find(|(change, _)| *change <= moment(any)).map_or(begin, |(_, offset)| *offset);
            prop_assert_eq!(told, offset(Berlin, moment(any).to_chrono()));
        }
    }
}
