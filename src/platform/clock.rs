//! Time and new ids: they come in through the state, so that tests can hold the time still.
#![allow(clippy::disallowed_methods)] // The one place that asks the system.
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use chrono::{NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use super::db::{Id, UtcTime};

/// Tells the time, in microseconds, UTC.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// A clock of a test; the system's clock is used where there is none.
    held: Option<Arc<Held>>,
}

/// A clock that stands still.
#[derive(Debug)]
struct Held {
    time: AtomicI64,
    /// Microseconds that have passed, whatever the clock was set to.
    passed: AtomicU64,
}

impl Clock {
    /// The clock of the system.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }
    /// A clock that stands at a moment until it is moved.
    #[must_use]
    pub fn held_at(time: UtcTime) -> Self {
        let (time, passed) = (AtomicI64::new(time.0), AtomicU64::new(time.0.unsigned_abs()));
        Self { held: Some(Arc::new(Held { time, passed })) }
    }
    /// Moves a held clock on, as time passes; the system's clock cannot be moved.
    pub fn advance_seconds(&self, seconds: u32) {
        self.set_by_seconds(seconds.into());
        if let Some(held) = &self.held {
            held.passed.fetch_add(u64::from(seconds) * 1_000_000, Ordering::SeqCst);
        }
    }
    /// Sets a held clock forward or back, as somebody does with a clock that is wrong: no time passes.
    pub fn set_by_seconds(&self, seconds: i64) {
        if let Some(held) = &self.held {
            held.time.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }
    /// Time that never goes backwards, from no moment in particular: for measuring how much has passed.
    #[must_use]
    pub fn ticks(&self) -> Duration {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        self.held.as_ref().map_or_else(|| BEGIN.elapsed(), |held| Duration::from_micros(held.passed.load(Ordering::SeqCst)))
    }
    #[must_use]
    pub fn now(&self) -> UtcTime {
        self.held.as_ref().map_or_else(|| Utc::now().into(), |held| UtcTime(held.time.load(Ordering::SeqCst)))
    }
}

/// A new id; ids of one process are in the order of their making.
#[must_use]
pub fn new_id() -> Id {
    Id(uuid::Uuid::now_v7())
}

/// The date of a moment in a zone.
#[must_use]
pub fn date_in(zone: Tz, time: UtcTime) -> NaiveDate {
    time.to_chrono().with_timezone(&zone).date_naive()
}

/// The moment at which a date begins in a zone; where the clock skips midnight, the first moment after it.
#[must_use]
pub fn start_of(zone: Tz, date: NaiveDate) -> UtcTime {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    (0..=4)
        .find_map(|hours| zone.from_local_datetime(&(midnight + chrono::TimeDelta::minutes(hours * 30))).earliest())
        .map_or_else(|| Utc.from_utc_datetime(&midnight).into(), |t| t.with_timezone(&Utc).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_of_their_zone() {
        let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default();
        assert_eq!(start_of(chrono_tz::Asia::Shanghai, date(2026, 11, 23)).to_string(), "2026-11-22T16:00:00.000000Z");
        // In Beirut the clock went from 00:00 to 01:00 on this day.
        assert_eq!(start_of(chrono_tz::Asia::Beirut, date(2022, 3, 27)).to_string(), "2022-03-26T22:00:00.000000Z");
        assert_eq!(date_in(chrono_tz::Asia::Shanghai, UtcTime(start_of(chrono_tz::Asia::Shanghai, date(2026, 1, 1)).0 - 1)), date(2025, 12, 31));
    }

    #[test]
    fn a_held_clock_moves_only_when_told() {
        let clock = Clock::held_at(UtcTime(5));
        clock.advance_seconds(2);
        assert_eq!((clock.now(), clock.ticks()), (UtcTime(2_000_005), Duration::from_micros(2_000_005)));
        clock.set_by_seconds(-1);
        assert_eq!((clock.now(), clock.ticks()), (UtcTime(1_000_005), Duration::from_micros(2_000_005)), "what has passed has passed");
    }
}
