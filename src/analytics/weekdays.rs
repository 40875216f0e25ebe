//! Weekdays: what they are called, and how far a zone's clocks are ahead from when on, so that a day of a zone can be told in SQL. Pure.
use chrono::Offset;
use chrono_tz::Tz;

use crate::platform::db::UtcTime;
use crate::platform::problem::Locale;

/// Key and label of a weekday, Monday being 0.
#[must_use]
pub const fn named(number: usize, locale: Locale) -> Option<(&'static str, &'static str)> {
    const DAYS: [(&str, &str, &str); 7] = [
        ("monday", "Monday", "星期一"),
        ("tuesday", "Tuesday", "星期二"),
        ("wednesday", "Wednesday", "星期三"),
        ("thursday", "Thursday", "星期四"),
        ("friday", "Friday", "星期五"),
        ("saturday", "Saturday", "星期六"),
        ("sunday", "Sunday", "星期日"),
    ];
    if number >= DAYS.len() {
        return None;
    }
    let (key, en, zh) = DAYS[number];
    Some((key, if matches!(locale, Locale::En) { en } else { zh }))
}

/// How many seconds the clocks of a zone are ahead at a moment.
fn ahead(zone: Tz, at: i64) -> i64 {
    let time = UtcTime(at.saturating_mul(1_000_000)).to_chrono();
    i64::from(time.with_timezone(&zone).offset().fix().local_minus_utc())
}

/// From when on the clocks of a zone are how many seconds ahead, from the first moment to the last. No zone changes twice within a week for good.
#[must_use]
pub fn offsets(zone: Tz, first: UtcTime, last: UtcTime) -> Vec<(UtcTime, i64)> {
    const WEEK: i64 = 604_800;
    let (mut at, end) = (first.0.div_euclid(1_000_000), last.0.div_euclid(1_000_000));
    let mut known = ahead(zone, at);
    let mut all = vec![(UtcTime(at * 1_000_000), known)];
    while at < end {
        let next = (at + WEEK).min(end);
        let then = ahead(zone, next);
        if then != known {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if ahead(zone, middle) == known { before = middle } else { after = middle }
            }
            known = ahead(zone, after);
            all.push((UtcTime(after * 1_000_000), known));
            at = after;
        } else {
            at = next;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::start_of;

    #[test]
    fn offsets_change_at_the_second() {
        let day = |text: &str| start_of(chrono_tz::UTC, text.parse().unwrap_or_default());
        let found = offsets(chrono_tz::Europe::Berlin, day("2026-01-01"), day("2026-12-31"));
        let told: Vec<String> = found.iter().map(|(at, ahead)| format!("{at} {ahead}")).collect();
        assert_eq!(told, ["2026-01-01T00:00:00.000000Z 3600", "2026-03-29T01:00:00.000000Z 7200", "2026-10-25T01:00:00.000000Z 3600"]);
        assert_eq!(offsets(chrono_tz::Asia::Shanghai, day("2000-01-01"), day("2026-12-31")).len(), 1);
        for hour in (0..8_760).map(|hour| day("2026-01-01").0 + hour * 3_600_000_000) {
            let of = found.iter().rev().find(|(at, _)| at.0 <= hour).map(|(_, ahead)| *ahead);
            assert_eq!(of, Some(ahead(chrono_tz::Europe::Berlin, hour / 1_000_000)));
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(named(0, Locale::En), Some(("monday", "Monday")));
        assert_eq!(named(6, Locale::ZhCn), Some(("sunday", "星期日")));
        assert_eq!(named(7, Locale::En), None);
    }
}
