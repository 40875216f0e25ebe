//! The numbers of this process since it began. Counting one request is a few atomic additions, at a place that its operation's number gives.
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use super::histogram::{Histogram, Seen};
use crate::platform::db::{Id, UtcTime};

/// Operations that are counted each by itself; number 0 is all that is no operation: pages, unknown addresses, refusals before the address is looked at.
const MOST_OPERATIONS: usize = 512;

/// How answers went, by the first digit of their status.
pub const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The requests of one operation.
#[derive(Debug)]
pub struct Requests {
    /// By the first digit of the status, 2 to 5.
    classes: [AtomicU64; CLASSES.len()],
    times: Histogram,
    statements: AtomicU64,
}

impl Requests {
    const fn new() -> Self {
        Self { classes: [const { AtomicU64::new(0) }; CLASSES.len()], times: Histogram::of_times(), statements: AtomicU64::new(0) }
    }
    /// What was counted so far.
    #[must_use]
    pub fn seen(&self) -> Counted {
        let mut classes = [0; CLASSES.len()];
        for (count, seen) in classes.iter_mut().zip(&self.classes) {
            *count = seen.load(Ordering::Relaxed);
        }
        Counted { classes, times: self.times.seen(), statements: self.statements.load(Ordering::Relaxed) }
    }
}

/// Requests that had been counted at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub classes: [u64; CLASSES.len()],
    pub times: Seen,
    pub statements: u64,
}

impl Counted {
    /// None at all.
    pub const NONE: Self = Self { classes: [0; CLASSES.len()], times: Seen::no_times(), statements: 0 };

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (count, more) in self.classes.iter_mut().zip(other.classes) {
            *count += more;
        }
        Self { times: self.times.plus(&other.times), statements: self.statements + other.statements, ..self }
    }
    /// What came on top of an earlier look at the same.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        for (count, known) in self.classes.iter_mut().zip(earlier.classes) {
            *count = count.saturating_sub(known);
        }
        Self { times: self.times.since(&earlier.times), statements: self.statements.saturating_sub(earlier.statements), ..self }
    }
    /// How many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.classes.iter().sum()
    }
}

/// All numbers of this process.
#[derive(Debug)]
pub struct Metrics {
    /// This process among those that share a database.
    pub instance: Id,
    pub started_at: UtcTime,
    /// When it began, on the clock that never goes backwards.
    began: Duration,
    operations: Box<[Requests]>,
    in_flight: AtomicI64,
    /// What is kept of it in the database already.
    pub kept: Mutex<Kept>,
}

/// How far the numbers are kept.
#[derive(Debug)]
pub struct Kept {
    pub counted: Counted,
    pub up: Duration,
}

impl Metrics {
    /// A process that begins now.
    #[must_use]
    pub fn new(instance: Id, started_at: UtcTime, began: Duration) -> Self {
        let operations = (0..MOST_OPERATIONS).map(|_| Requests::new()).collect();
        Self { instance, started_at, began, operations, in_flight: AtomicI64::new(0), kept: Mutex::new(Kept { counted: Counted::NONE, up: Duration::ZERO }) }
    }
    /// A request has come.
    pub fn enter(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }
    /// A request that had come is answered, or its caller gone.
    pub fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
    /// How many requests are being answered.
    #[must_use]
    pub fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }
    /// Counts an answer.
    pub fn answered(&self, operation: usize, status: u16, time: Duration, statements: u32) {
        let of = self.operations.get(operation).unwrap_or(&self.operations[0]);
        of.classes[usize::from(status / 100).clamp(2, 5) - 2].fetch_add(1, Ordering::Relaxed);
        of.times.observe_time(time);
        of.statements.fetch_add(u64::from(statements), Ordering::Relaxed);
    }
    /// The requests of an operation.
    #[must_use]
    pub fn of(&self, operation: usize) -> Counted {
        self.operations.get(operation).map_or(Counted::NONE, Requests::seen)
    }
    /// The requests of all operations.
    #[must_use]
    pub fn total(&self) -> Counted {
        self.operations.iter().fold(Counted::NONE, |sum, of| sum.plus(&of.seen()))
    }
    /// How long the process has been there, by the clock that never goes backwards.
    #[must_use]
    pub fn uptime(&self, ticks: Duration) -> Duration {
        ticks.saturating_sub(self.began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::new_id;

    #[test]
    fn answers_are_counted_by_operation_and_class() {
        let metrics = Metrics::new(new_id(), UtcTime(0), Duration::ZERO);
        metrics.enter();
        assert_eq!(metrics.in_flight(), 1);
        for (operation, status) in [(3, 200), (3, 201), (3, 304), (3, 404), (3, 503), (9_999, 500), (0, 101)] {
            metrics.answered(operation, status, Duration::from_micros(700), 2);
        }
        metrics.leave();
        assert_eq!((metrics.in_flight(), metrics.of(3).classes, metrics.of(3).statements), (0, [2, 1, 1, 1], 10));
        assert_eq!((metrics.of(0).classes, metrics.total().total(), metrics.total().times.counts[1]), ([1, 0, 0, 1], 7, 7));
    }
}
