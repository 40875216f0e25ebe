//! Values of conditions, from their text: typed and exact. Days and periods mean what they mean in the asker's zone; relative ones are resolved here, once.
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::Kind;
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::sql::Value;
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::lookup_key;
use crate::platform::web::values::{parse_date, parse_time};

/// When and where a question is asked: what `today` and `-7d` are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surroundings {
    pub now: UtcTime,
    pub zone: Tz,
}

/// A value, or a stretch of dates or times from a beginning up to, and without, an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Point(Value),
    Span(Value, Value),
}

impl Literal {
    /// Where it begins.
    #[must_use]
    pub const fn start(&self) -> &Value {
        match self {
            Self::Point(value) | Self::Span(value, _) => value,
        }
    }
    /// The text that reads back as this very value, whenever and wherever that is done.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Point(value) => text_of(value),
            Self::Span(from, to) => format!("{}..{}", text_of(from), text_of(to)),
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Id(id) => id.to_string(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => Decimal(*number).to_string(),
        Value::Time(time) => time.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Json(document) => document.0.to_string(),
    }
}

/// Reads a text as a value of a kind; what is wrong with it otherwise.
pub fn read(text: &str, kind: Kind, surroundings: &Surroundings) -> Result<Literal, Fault> {
    let point = match kind {
        Kind::Text | Kind::Search => Value::Text(text.to_owned()),
        Kind::Folded => Value::Text(lookup_key(text)),
        Kind::Word(words) => {
            words.contains(&text).then(|| Value::Text(text.to_owned())).ok_or_else(|| Fault::from(FaultCode::NotOneOf).param("allowed", words.join(", ")))?
        }
        Kind::Flag => text.parse().map(Value::Bool).map_err(|_| FaultCode::NotABoolean)?,
        Kind::Id => Id::parse(text).map(Value::Id).ok_or(FaultCode::NotAnId)?,
        Kind::Decimal => Decimal::parse(text).map(|d| Value::Number(d.0)).map_err(|_| FaultCode::NotADecimal)?,
        Kind::Date => return dates(text, surroundings).ok_or(FaultCode::NotADay.into()),
        Kind::Time => return times(text, surroundings).ok_or(FaultCode::NotAMoment.into()),
    };
    Ok(Literal::Point(point))
}

fn dates(text: &str, surroundings: &Surroundings) -> Option<Literal> {
    if let Some((from, to)) = text.split_once("..") {
        return Some(Literal::Span(Value::Date(parse_date(from)?), Value::Date(parse_date(to)?)));
    }
    if let Some(date) = parse_date(text) {
        return Some(Literal::Point(Value::Date(date)));
    }
    let today = date_in(surroundings.zone, surroundings.now);
    Some(match period(text, today)? {
        (from, to) if from.succ_opt() == Some(to) => Literal::Point(Value::Date(from)),
        (from, to) => Literal::Span(Value::Date(from), Value::Date(to)),
    })
}

fn times(text: &str, surroundings: &Surroundings) -> Option<Literal> {
    if let Some((from, to)) = text.split_once("..") {
        return Some(Literal::Span(Value::Time(parse_time(from)?), Value::Time(parse_time(to)?)));
    }
    let moment = |time| Some(Literal::Point(Value::Time(time)));
    if let Some(time) = parse_time(text) {
        return moment(time);
    }
    let Surroundings { now, zone } = *surroundings;
    if text == "now" {
        return moment(now);
    }
    if let Some((number, 'h')) = counted(text) {
        let time = now.to_chrono().checked_add_signed(TimeDelta::try_hours(number)?)?;
        return (1..=9999).contains(&time.year()).then(|| time.into()).and_then(moment);
    }
    let (from, to) = match parse_date(text) {
        Some(date) => (date, date.succ_opt()?),
        None => period(text, date_in(zone, now))?,
    };
    Some(Literal::Span(Value::Time(start_of(zone, from)), Value::Time(start_of(zone, to))))
}

/// `-7d`, `2w`: the number and its unit.
fn counted(text: &str) -> Option<(i64, char)> {
    let unit = text.chars().last().filter(char::is_ascii_alphabetic)?;
    let number = &text[..text.len() - 1];
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    let sound = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| number.parse().ok()).flatten().map(|number| (number, unit))
}

/// A day or period named by its place from today: its first day, and the first day after it.
fn period(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let (from, to) = match text {
        "today" | "now" => (today, today.succ_opt()?),
        "yesterday" => (today.pred_opt()?, today),
        "tomorrow" => (today.succ_opt()?, today.succ_opt()?.succ_opt()?),
        _ => match text.split_once('_') {
            Some(("last", unit)) => unit_from(unit, today, -1)?,
            Some(("this", unit)) => unit_from(unit, today, 0)?,
            Some(("next", unit)) => unit_from(unit, today, 1)?,
            _ => {
                let day = moved(today, counted(text)?)?;
                (day, day.succ_opt()?)
            }
        },
    };
    let written = |day: NaiveDate| (1..=9999).contains(&day.year());
    (written(from) && written(to)).then_some((from, to))
}

fn months(day: NaiveDate, months: i64) -> Option<NaiveDate> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) }
}

fn days(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let count = Days::new(days.unsigned_abs());
    if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) }
}

fn moved(day: NaiveDate, (number, unit): (i64, char)) -> Option<NaiveDate> {
    match unit {
        'd' => days(day, number),
        'w' => days(day, number * 7),
        'm' => months(day, number),
        'q' => months(day, number * 3),
        'y' => months(day, number * 12),
        _ => None,
    }
}

/// A week (from Monday), month, quarter or year, so many away from that of a day.
fn unit_from(unit: &str, day: NaiveDate, away: i64) -> Option<(NaiveDate, NaiveDate)> {
    let first_of_month = |month0: u32| NaiveDate::from_ymd_opt(day.year(), month0 + 1, 1);
    let (first, step) = match unit {
        "week" => {
            let first = days(days(day, -i64::from(day.weekday().num_days_from_monday()))?, away * 7)?;
            return Some((first, days(first, 7)?));
        }
        "month" => (first_of_month(day.month0())?, 1),
        "quarter" => (first_of_month(day.month0() / 3 * 3)?, 3),
        "year" => (first_of_month(0)?, 12),
        _ => return None,
    };
    let first = months(first, away * step)?;
    Some((first, months(first, step)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T20:00Z, a Tuesday already in Shanghai.
    fn there() -> Surroundings {
        Surroundings { now: parse_time("2026-11-23T20:00:00Z").unwrap(), zone: chrono_tz::Asia::Shanghai }
    }

    fn told(text: &str, kind: Kind) -> String {
        read(text, kind, &there()).map_or_else(|fault| fault.code.as_str().to_owned(), |literal| literal.text())
    }

    #[test]
    fn days_and_periods_are_those_of_the_zone() {
        for (text, expected) in [
            ("2026-02-28", "2026-02-28"),
            ("today", "2026-11-24"),
            ("now", "2026-11-24"),
            ("yesterday", "2026-11-23"),
            ("-7d", "2026-11-17"),
            ("+1w", "2026-12-01"),
            ("1w", "2026-12-01"),
            ("-1m", "2026-10-24"),
            ("-1q", "2026-08-24"),
            ("1y", "2027-11-24"),
            ("this_week", "2026-11-23..2026-11-30"),
            ("last_month", "2026-10-01..2026-11-01"),
            ("this_quarter", "2026-10-01..2027-01-01"),
            ("next_year", "2027-01-01..2028-01-01"),
            ("2026-01-01..2026-02-01", "2026-01-01..2026-02-01"),
        ] {
            assert_eq!(told(text, Kind::Date), expected, "{text}");
        }
        for wrong in ["", "d", "-d", "7", "this_day", "-9999999d", "999999y", "2026-13-01", "-2h", "2026-01-01..", "--1d"] {
            assert_eq!(told(wrong, Kind::Date), "not_a_day", "{wrong}");
        }
    }

    #[test]
    fn times_are_points_and_their_days_stretches() {
        for (text, expected) in [
            ("2026-11-23T10:00:00+08:00", "2026-11-23T02:00:00.000000Z"),
            ("-2h", "2026-11-23T18:00:00.000000Z"),
            ("now", "2026-11-23T20:00:00.000000Z"),
            ("today", "2026-11-23T16:00:00.000000Z..2026-11-24T16:00:00.000000Z"),
            ("2026-11-23", "2026-11-22T16:00:00.000000Z..2026-11-23T16:00:00.000000Z"),
        ] {
            assert_eq!(told(text, Kind::Time), expected, "{text}");
        }
        assert_eq!(told("2026-11-23 10:00", Kind::Time), "not_a_moment");
    }

    #[test]
    fn a_resolved_text_reads_back_as_itself_at_any_time() {
        let later = Surroundings { now: parse_time("2030-01-01T00:00:00Z").unwrap(), zone: chrono_tz::America::New_York };
        for kind in [Kind::Date, Kind::Time] {
            for text in ["today", "-3m", "this_month", "last_week", "next_quarter", "2026-05-05"] {
                let first = read(text, kind, &there()).unwrap();
                assert_eq!(read(&first.text(), kind, &later), Ok(first), "{text}");
            }
        }
    }
}
