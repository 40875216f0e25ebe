//! What waits for the writer of SQLite: who sits before a screen goes before imports and clean-up, and those still get their turn.
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For whom a unit of work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody waits for the answer.
    Interactive,
    /// Imports, clean-up, the command line.
    Background,
}

/// How long background work lets others go first.
const MOST_PATIENCE: Duration = Duration::from_millis(250);

/// Two lines that one thread serves.
pub(super) struct Queue<T> {
    lines: Mutex<Lines<T>>,
    arrived: Condvar,
}

struct Lines<T> {
    interactive: VecDeque<T>,
    background: VecDeque<(Instant, T)>,
    open: bool,
}

impl<T> Lines<T> {
    fn new() -> Self {
        Self { interactive: VecDeque::new(), background: VecDeque::new(), open: true }
    }
    fn push(&mut self, unit: T, urgency: Urgency, now: Instant) {
        match urgency {
            Urgency::Interactive => self.interactive.push_back(unit),
            Urgency::Background => self.background.push_back((now, unit)),
        }
    }
    fn next(&mut self, now: Instant) -> Option<T> {
        let patient = self.background.front().is_none_or(|(since, _)| now.duration_since(*since) < MOST_PATIENCE);
        let first = if patient { self.interactive.pop_front() } else { None };
        first.or_else(|| self.background.pop_front().map(|(_, unit)| unit)).or_else(|| self.interactive.pop_front())
    }
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { lines: Mutex::new(Lines::new()), arrived: Condvar::new() }
    }

    /// Puts a unit in its line; nothing is kept after the close.
    pub(super) fn push(&self, unit: T, urgency: Urgency) {
        let mut lines = self.lines();
        if !lines.open {
            return;
        }
        lines.push(unit, urgency, Instant::now());
        drop(lines);
        self.arrived.notify_one();
    }

    /// What is next, where something waits.
    pub(super) fn try_next(&self) -> Option<T> {
        self.lines().next(Instant::now())
    }

    /// What is next, once something comes.
    pub(super) fn next(&self, patience: Duration) -> Next<T> {
        let deadline = Instant::now() + patience;
        let mut lines = self.lines();
        loop {
            let now = Instant::now();
            if let Some(unit) = lines.next(now) {
                return Next::Unit(unit);
            }
            if !lines.open {
                return Next::Closed;
            }
            let Some(left) = deadline.checked_duration_since(now).filter(|left| !left.is_zero()) else { return Next::Idle };
            lines = self.arrived.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes nothing new; what waits is still served, unless it is dropped.
    pub(super) fn close(&self) {
        self.lines().open = false;
        self.arrived.notify_all();
    }

    /// Takes nothing new and drops what waits.
    pub(super) fn abandon(&self) {
        self.close();
        let mut lines = self.lines();
        let waiting = (std::mem::take(&mut lines.interactive), std::mem::take(&mut lines.background));
        drop(lines);
        drop(waiting);
    }

    /// A panic elsewhere leaves the lines whole: each change of them is one call.
    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a wait for work came to.
pub(super) enum Next<T> {
    Unit(T),
    /// Nothing came in that time.
    Idle,
    /// Nothing will come any more.
    Closed,
}

/// Those who may put something in; when the last of them is gone the queue closes.
pub(super) struct Handle<T>(pub(super) Arc<Queue<T>>);
impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactive_units_go_first_and_background_ones_get_their_turn() {
        let (mut lines, begin) = (Lines::new(), Instant::now());
        for (unit, urgency) in [(1, Urgency::Background), (2, Urgency::Interactive), (3, Urgency::Interactive), (4, Urgency::Background)] {
            lines.push(unit, urgency, begin);
        }
        assert_eq!([(); 5].map(|()| lines.next(begin)), [Some(2), Some(3), Some(1), Some(4), None]);

        let later = begin + MOST_PATIENCE;
        for (unit, urgency, at) in [(1, Urgency::Background, begin), (2, Urgency::Interactive, later), (3, Urgency::Background, later)] {
            lines.push(unit, urgency, at);
        }
        assert_eq!([(); 4].map(|()| lines.next(later)), [Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn a_closed_queue_serves_what_waits_and_takes_nothing_more() {
        let queue = Arc::new(Queue::new());
        assert!(matches!(queue.next(Duration::from_millis(1)), Next::Idle));
        let handle = Handle(queue.clone());
        queue.push(1, Urgency::Interactive);
        drop(handle);
        queue.push(2, Urgency::Interactive);
        assert!(matches!(queue.next(Duration::ZERO), Next::Unit(1)));
        assert!(matches!(queue.next(Duration::from_secs(60)), Next::Closed));
        let queue = Queue::new();
        queue.push(1, Urgency::Background);
        queue.abandon();
        assert!(matches!(queue.next(Duration::from_secs(60)), Next::Closed));
    }
}
