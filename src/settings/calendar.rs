//! When people work: working days and hours, holidays, and where a time in working hours ends. Pure; it does not know what is due.
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::db::UtcTime;
use crate::platform::problem::{Fault, FaultCode};
use crate::word_type;

word_type! {
    /// A day of the week.
    Weekday { Monday "monday", Tuesday "tuesday", Wednesday "wednesday", Thursday "thursday", Friday "friday", Saturday "saturday", Sunday "sunday" }
}

impl Weekday {
    fn of(date: NaiveDate) -> &'static str {
        Self::WORDS[date.weekday().num_days_from_monday() as usize]
    }
}

/// How far ahead a due moment is looked for, in days: ten years.
const MOST_DAYS: usize = 3_660;
/// The shortest working day: what is due in so many hours must be due some day.
const LEAST_HOURS: i64 = 1;

/// The working days and hours of the organisation; the zone is the organisation's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Calendar)]
pub struct Calendar {
    /// The days of the week on which people work.
    #[schema(max_items = 7, max_length = 10, example = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]))]
    pub days: Vec<String>,
    /// When work begins, on the clock of the organisation's zone.
    #[schema(value_type = String, max_length = 5, example = "09:00")]
    #[serde(with = "clock_time")]
    pub from: NaiveTime,
    /// When work ends, on the same day.
    #[schema(value_type = String, max_length = 5, example = "18:00")]
    #[serde(with = "clock_time")]
    pub until: NaiveTime,
    /// Days on which nobody works, whatever day of the week they are.
    #[schema(max_items = 1000)]
    pub holidays: Vec<NaiveDate>,
    /// Days on which people work though the week or a holiday would say otherwise.
    #[schema(max_items = 1000)]
    pub extra_days: Vec<NaiveDate>,
    /// Stands in a column of its own.
    #[serde(default)]
    #[schema(minimum = 1, required = true)]
    pub version: i64,
}

impl Default for Calendar {
    /// Monday to Friday, nine to six.
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        let days = Weekday::WORDS.iter().take(5).map(|day| (*day).to_owned()).collect();
        Self { days, from: hour(9), until: hour(18), holidays: Vec::new(), extra_days: Vec::new(), version: 1 }
    }
}

impl Calendar {
    /// Whether people work on a day.
    #[must_use]
    pub fn works_on(&self, date: NaiveDate) -> bool {
        self.extra_days.contains(&date) || self.days.iter().any(|day| day == Weekday::of(date)) && !self.holidays.contains(&date)
    }

    /// The moment at which so many working hours have passed. Hours are hours of the clock on the wall that have really passed: a change of the zone's
    /// offset within the working day makes that day longer or shorter.
    #[must_use]
    pub fn due(&self, zone: Tz, start: UtcTime, hours: i64) -> UtcTime {
        let mut left = TimeDelta::hours(hours.max(0));
        let mut now = start.to_chrono();
        let first = now.with_timezone(&zone).date_naive();
        for date in first.iter_days().take(MOST_DAYS).filter(|date| self.works_on(*date)) {
            let (begin, end) = (moment(zone, date, self.from), moment(zone, date, self.until));
            now = now.max(begin);
            let here = (end - now).max(TimeDelta::zero());
            // What ends with the day is due today, not tomorrow morning.
            if left <= here {
                return (now + left).into();
            }
            left -= here;
        }
        // No day of ten years is worked: the hours are then plain hours.
        start.plus_seconds(hours.max(0).saturating_mul(3600))
    }

    /// What is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.days.is_empty() {
            faults.push(Fault::new("/days", FaultCode::TooFew).param("min", 1));
        }
        if self.until - self.from < TimeDelta::hours(LEAST_HOURS) {
            faults.push(Fault::new("/until", FaultCode::Inconsistent).param("other", "from"));
        }
        let both = self.extra_days.iter().enumerate().filter(|(_, day)| self.holidays.contains(day));
        faults.extend(both.map(|(i, _)| Fault::new(format!("/extra_days/{i}"), FaultCode::Inconsistent).param("other", "holidays")));
        faults.extend(repeated("days", &self.days));
        faults.extend(repeated("holidays", &self.holidays));
        faults.extend(repeated("extra_days", &self.extra_days));
        faults
    }
}

fn repeated<'a, T: PartialEq + ToString>(name: &'a str, values: &'a [T]) -> impl Iterator<Item = Fault> + 'a {
    let again = values.iter().enumerate().filter(|(i, value)| values[..*i].contains(value));
    again.map(move |(i, value)| Fault::new(format!("/{name}/{i}"), FaultCode::Repeated).param("value", value.to_string()))
}

/// A time of a day in a zone; where the clock skips it, the first moment after, where it stands twice, the earlier.
fn moment(zone: Tz, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wall = date.and_time(time);
    let found = (0..=8).find_map(|quarters| zone.from_local_datetime(&(wall + TimeDelta::minutes(quarters * 15))).earliest());
    found.map_or_else(|| Utc.from_utc_datetime(&wall), |at| at.with_timezone(&Utc))
}

/// Reads `09:00`.
#[must_use]
pub fn parse_clock(text: &str) -> Option<NaiveTime> {
    (text.len() == 5).then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
}

/// Times of the day are `09:00`.
mod clock_time {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &NaiveTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time.format("%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
        super::parse_clock(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("no time of the day"))
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::New_York, Asia::Shanghai, Europe::Berlin};

    use super::*;

    fn at(text: &str) -> UtcTime {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc).into()
    }
    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_due_in_working_hours_skips_nights_weekends_and_holidays() {
        let plain = Calendar::default();
        let october = Calendar { holidays: (1..=7).map(|d| date(&format!("2026-10-0{d}"))).collect(), extra_days: vec![date("2026-10-10")], ..plain.clone() };
        for (calendar, zone, start, hours, due) in [
            // Monday 16:00 in Shanghai.
            (&plain, Shanghai, "2026-11-23T08:00:00Z", 0, "2026-11-23T08:00:00Z"),
            (&plain, Shanghai, "2026-11-23T08:00:00Z", 2, "2026-11-23T10:00:00Z"),
            (&plain, Shanghai, "2026-11-23T08:00:00Z", 3, "2026-11-24T02:00:00Z"),
            // In the night it counts from the morning, on a Friday evening from Monday.
            (&plain, Shanghai, "2026-11-23T18:00:00Z", 1, "2026-11-24T02:00:00Z"),
            (&plain, Shanghai, "2026-11-27T11:00:00Z", 9, "2026-11-30T10:00:00Z"),
            (&plain, Shanghai, "2026-11-28T03:00:00Z", 10, "2026-12-01T02:00:00Z"),
            (&plain, Shanghai, "2026-11-23T08:00:00Z", 45, "2026-11-30T08:00:00Z"),
            // Holidays, and the Saturday that is worked for them.
            (&october, Shanghai, "2026-09-30T09:00:00Z", 1, "2026-09-30T10:00:00Z"),
            (&october, Shanghai, "2026-09-30T09:00:00Z", 2, "2026-10-08T02:00:00Z"),
            (&october, Shanghai, "2026-10-09T10:00:00Z", 1, "2026-10-10T02:00:00Z"),
            // A night in which the clock changes makes no working hour of its own.
            (&plain, Berlin, "2026-03-27T16:00:00Z", 2, "2026-03-30T08:00:00Z"),
            (&plain, Berlin, "2026-10-23T15:00:00Z", 2, "2026-10-26T09:00:00Z"),
            (&plain, New_York, "2026-11-02T14:00:00Z", 9, "2026-11-02T23:00:00Z"),
        ] {
            assert_eq!(calendar.due(zone, at(start), hours), at(due), "{start} and {hours} h in {zone}");
        }
    }

    #[test]
    fn a_change_of_the_clock_within_the_working_day_counts_real_hours() {
        let nights =
            Calendar { days: vec!["sunday".into(), "monday".into()], from: NaiveTime::MIN, until: parse_clock("06:00").unwrap(), ..Calendar::default() };
        // On this Sunday the clock of Berlin goes from 02:00 to 03:00: five hours lie between midnight and six.
        assert_eq!(nights.due(Berlin, at("2026-03-28T20:00:00Z"), 5), at("2026-03-29T04:00:00Z"));
        assert_eq!(nights.due(Berlin, at("2026-03-28T20:00:00Z"), 6), at("2026-03-29T23:00:00Z"));
        // And in autumn seven.
        assert_eq!(nights.due(Berlin, at("2026-10-24T20:00:00Z"), 7), at("2026-10-25T05:00:00Z"));
    }

    #[test]
    fn a_calendar_without_a_working_day_still_makes_things_due() {
        let never = Calendar { days: Vec::new(), ..Calendar::default() };
        assert_eq!(never.due(Shanghai, at("2026-11-23T08:00:00Z"), 2), at("2026-11-23T10:00:00Z"));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let clock = |text| parse_clock(text).unwrap();
        let odd = Calendar {
            days: vec!["monday".into(), "monday".into()],
            from: clock("18:00"),
            until: clock("09:00"),
            holidays: vec![date("2026-10-01"), date("2026-10-01")],
            extra_days: vec![date("2026-10-01")],
            version: 1,
        };
        let told: Vec<_> = odd.faults().into_iter().map(|f| (f.pointer, f.code.as_str())).collect();
        let expected = [("/until", "inconsistent"), ("/extra_days/0", "inconsistent"), ("/days/1", "repeated"), ("/holidays/1", "repeated")];
        assert_eq!(told, expected.map(|(at, code)| (at.to_owned(), code)));
        assert!(Calendar::default().faults().is_empty());
    }
}
