//! Whether others ask the database just now: a question that may look at everything leaves them the other processors then. It knows requests by a number alone.
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how long somebody who has asked is reckoned with.
const A_MOMENT: Duration = Duration::from_secs(1);

/// How long a part of a question takes while others wait.
pub const A_PART: Duration = Duration::from_micros(150);
/// So many small steps take less than that.
const SMALL_STEPS: usize = 256;

/// The longest rest between two parts of a question.
const MOST_REST: Duration = Duration::from_millis(10);

thread_local! {
    /// Since when the question that this thread asks has had no rest, where it is among others.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Says whether the question that this thread asks, as its only one, is among others.
pub(super) fn tell(are_there: bool) {
    SINCE.set(are_there.then(Instant::now));
}

/// Whether others wait while this thread asks.
#[must_use]
pub fn are_waiting() -> bool {
    SINCE.get().is_some()
}

/// Lets others go first between two parts of a question, twice as long as the last part took: that the thread goes last does not hold for the server's processes, and
/// some systems let it keep a processor for milliseconds after somebody else has woken there.
pub fn rest(since: Instant) {
    if are_waiting() {
        std::thread::sleep((2 * since.elapsed()).min(MOST_REST));
        tell(true);
    }
}

/// Does so between two steps of a question where a part has passed.
pub fn step() {
    if let Some(since) = SINCE.get().filter(|since| since.elapsed() >= A_PART) {
        rest(since);
    }
}

/// Does so between some of many small steps.
pub fn small_steps<T>(all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    all.enumerate().map(|(number, one)| {
        if number.is_multiple_of(SMALL_STEPS) {
            step();
        }
        one
    })
}

/// The two requests that asked last, and when; of those that go on to a question nothing is kept, so that one question after another is alone.
#[derive(Debug, Default)]
pub(super) struct Others(Mutex<[Option<(usize, Instant)>; 2]>);

impl Others {
    fn seen(&self) -> MutexGuard<'_, [Option<(usize, Instant)>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Notes that a request asks something short.
    pub(super) fn note(&self, who: usize, now: Instant) {
        let mut seen = self.seen();
        match &mut seen[0] {
            Some((last, at)) if *last == who => *at = now,
            _ => *seen = [Some((who, now)), seen[0]],
        }
    }
    /// Whether there are any beside a request that goes on to a question.
    pub(super) fn are_there(&self, who: usize, now: Instant) -> bool {
        let mut seen = self.seen();
        let others = seen.map(|one| one.filter(|(other, _)| *other != who));
        *seen = others;
        others.into_iter().flatten().any(|(_, at)| now.saturating_duration_since(at) < A_MOMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DatabaseUrl, Db};
    use super::*;
    use crate::platform::watch::statements::{Trace, of_request};

    #[test]
    fn others_are_those_who_asked_within_a_moment_and_asked_no_question() {
        let (others, start) = (Others::default(), Instant::now());
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert!(!others.are_there(1, at(0)));
        // Questions alone, one after the other, each of a request that asks who its caller is first.
        for question in 1..4 {
            others.note(question, at(10));
            assert!(!others.are_there(question, at(10)));
        }
        // Whoever asked before or after the request itself did.
        for (first, second) in [(4, 5), (5, 4)] {
            others.note(first, at(20));
            others.note(second, at(21));
            assert!(others.are_there(5, at(22)));
        }
        // Until the moment is over, which begins anew each time.
        others.note(4, at(500));
        assert!(others.are_there(6, at(1_499)));
        assert!(!others.are_there(6, at(1_500)));
        // Two questions at once are company for each other.
        others.note(7, at(2_000));
        others.note(8, at(2_000));
        assert!(others.are_there(7, at(2_001)));
        assert!(!others.are_there(8, at(2_001)));
    }

    #[test]
    fn a_question_of_a_file_is_among_others_that_peek() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let (db, _) = Db::open(&DatabaseUrl::Sqlite(folder.path().join("x.db")), 4).unwrap();
        let (one, other) = (Trace::new(Duration::MAX, None), Trace::new(Duration::MAX, None));
        let asked = || runtime.block_on(of_request(one.clone(), db.question(|_| Ok(are_waiting())))).unwrap();
        assert!(!asked());
        for (who, is_among_others) in [(&one, false), (&other, true)] {
            runtime.block_on(of_request(who.clone(), db.peek(|_| Ok(())))).unwrap();
            assert_eq!(asked(), is_among_others);
        }
    }

    #[test]
    fn a_question_rests_among_others_alone_and_never_for_long() {
        let rested = |since: Duration| {
            let began = Instant::now();
            rest(began.checked_sub(since).unwrap());
            began.elapsed()
        };
        assert!(rested(Duration::from_secs(3_600)) < Duration::from_secs(60));
        assert!(!are_waiting());
        tell(true);
        assert!(are_waiting());
        assert!(rested(Duration::from_millis(2)) >= Duration::from_millis(4));
        assert!((MOST_REST..Duration::from_secs(60)).contains(&rested(Duration::from_secs(3_600))));
        tell(false);
    }

    #[test]
    fn steps_rest_where_a_part_has_passed() {
        let takes = |steps: &dyn Fn()| {
            let began = Instant::now();
            steps();
            began.elapsed()
        };
        let part = || std::thread::sleep(A_PART);
        for among_others in [false, true] {
            tell(among_others);
            let since = SINCE.get();
            part();
            assert!(takes(&step) >= 2 * A_PART || !among_others);
            assert_eq!(SINCE.get() == since, !among_others);
            // Each of so many small ones in its turn, with a rest before some of them.
            part();
            let all = || assert!(small_steps(0..SMALL_STEPS + 1).eq(0..SMALL_STEPS + 1));
            assert!(takes(&all) >= 2 * A_PART || !among_others);
        }
        tell(false);
    }
}
