//! Company for a question that is asked of a file: a second connection which sees the very same state, so that another processor can read a part of it. It
//! is known to the thread of the question alone, for as long as that lasts; who folds there says what there is to do and in which parts, never by whom.
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AnyConnection;
use super::sql::Sql;
use super::work::{begin_snapshot, end, go_last};
use crate::platform::problem::Problem;
use crate::platform::watch::statements;

/// How often two connections are made to see one state, where others commit without a pause.
const MOST_TRIES: u32 = 4;

thread_local! {
    /// The second connection of the question that this thread asks, and the turns of questions, of which it needs one to be at work; none while it is.
    static OTHER: RefCell<Option<(AnyConnection, Arc<Semaphore>)>> = const { RefCell::new(None) };
}

/// Takes the second connection away from the thread, after a panic, too: it is closed then, and with it its snapshot ends.
struct Leaving;

impl Drop for Leaving {
    fn drop(&mut self) {
        OTHER.with_borrow_mut(Option::take);
    }
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// A number that a connection gives to what it sees of the file: another as soon as it sees what others have committed since it looked last. Within a
/// transaction it is that of its snapshot, which its first look fixes.
fn version(c: &mut AnyConnection) -> QueryResult<i64> {
    let found: Vec<Version> = Sql::new("pragma data_version").of_few().load(c)?;
    found.first().map(|row| row.data_version).ok_or(diesel::result::Error::NotFound)
}

/// Begins a snapshot on a connection and, if it can, the same on another: whether it could. Where the other saw nothing new from before the one began until
/// it began itself, nobody committed in between.
pub(super) fn begin_alike(own: &mut AnyConnection, other: &mut AnyConnection) -> QueryResult<bool> {
    for _ in 0..MOST_TRIES {
        let before = version(other)?;
        begin_snapshot(own)?;
        version(own)?;
        begin_snapshot(other)?;
        if version(other)? == before {
            return Ok(true);
        }
        end(other, true)?;
        end(own, true)?;
    }
    begin_snapshot(own)?;
    Ok(false)
}

/// Asks a question in company, and gives the second connection back unless it was lost on the way.
pub(super) fn within<T>(other: Option<(AnyConnection, Arc<Semaphore>)>, question: impl FnOnce() -> T) -> (T, Option<AnyConnection>) {
    let _leaving = Leaving;
    OTHER.with_borrow_mut(|place| *place = other);
    let answer = question();
    (answer, OTHER.with_borrow_mut(Option::take).map(|(other, _)| other))
}

/// Whether what this thread asks can be shared, so that it is worth while to cut it into more parts.
#[must_use]
pub fn is_there() -> bool {
    OTHER.with_borrow(|place| place.as_ref().is_some_and(|(_, turns)| turns.available_permits() > 0))
}

/// Not fewer than the rows of a table of the file, told without counting them.
pub fn most_rows(c: &mut AnyConnection, table: &'static str) -> QueryResult<i64> {
    let last: Vec<Number> = Sql::new("select coalesce(max(rowid), 0) as value from ").text(table).of_few().load(c)?;
    Ok(last.first().map_or(0, |number| number.value))
}

/// The second connection, with a turn that nobody else asks for.
fn with_a_turn() -> Option<(AnyConnection, Arc<Semaphore>, OwnedSemaphorePermit)> {
    let (other, turns) = OTHER.with_borrow_mut(Option::take)?;
    match turns.clone().try_acquire_owned() {
        Ok(turn) => Some((other, turns, turn)),
        Err(_) => {
            OTHER.with_borrow_mut(|place| *place = Some((other, turns)));
            None
        }
    }
}

/// Does all parts of a work, each once, in whatever order: on the connection of a question and, where that is worth it and it has company, on the second one
/// at the same time. Each of the two adds what it finds to a sum of its own, and all sums are answered.
pub fn share<P: Send, S: Send>(
    c: &mut AnyConnection,
    worth_it: bool,
    parts: Vec<P>,
    nothing: impl Fn() -> S + Sync,
    add: impl Fn(&mut AnyConnection, &mut S, P) -> Result<(), Problem> + Sync,
) -> Result<Vec<S>, Problem> {
    let other = if worth_it && parts.len() > 1 { with_a_turn() } else { None };
    let rest = Mutex::new(parts.into_iter());
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |c: &mut AnyConnection| {
        let mut sum = nothing();
        while let Some(part) = next() {
            if let Err(problem) = add(c, &mut sum, part) {
                // What is left is of no use to anybody.
                while next().is_some() {}
                return Err(problem);
            }
        }
        Ok(sum)
    };
    let Some((mut other, turns, _turn)) = other else { return Ok(vec![work(c)?]) };
    let trace = statements::unit();
    let (own, others) = std::thread::scope(|scope| {
        let help = || {
            go_last();
            statements::within(trace.as_ref(), || work(&mut other))
        };
        let helper = std::thread::Builder::new().name("question".into()).spawn_scoped(scope, help);
        let own = work(c);
        // Where there was no thread to be had, all is done by now.
        (own, helper.ok().map(std::thread::ScopedJoinHandle::join))
    });
    let others = others.transpose().map_err(|_| Problem::internal("a part of a question panicked"))?;
    // After a panic nobody knows what became of it: it is not given back.
    OTHER.with_borrow_mut(|place| *place = Some((other, turns)));
    let others = others.transpose()?;
    Ok([own?].into_iter().chain(others).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use diesel::connection::SimpleConnection as _;

    use super::super::questions::Questions;
    use super::super::{DatabaseUrl, Db, connection};
    use super::*;
    use crate::platform::problem::Code;

    /// Tells the one who writes that it is over, when a question fails, too.
    struct Over<'a>(&'a AtomicBool);

    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn counter(folder: &tempfile::TempDir) -> (DatabaseUrl, AnyConnection) {
        let url = DatabaseUrl::Sqlite(folder.path().join("x.db"));
        let mut c = connection::open(&url).unwrap();
        c.batch_execute("create table t (n integer not null); insert into t values (0); pragma synchronous = off").unwrap();
        (url, c)
    }

    /// So many turns beside that of the question.
    fn turns(free: usize) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(free))
    }

    fn count(c: &mut AnyConnection) -> i64 {
        Sql::new("select n as value from t").load::<Number>(c).unwrap()[0].value
    }

    /// What each of the two saw, so many times in all.
    fn looks(c: &mut AnyConnection, times: usize) -> Vec<Vec<i64>> {
        let look = |c: &mut AnyConnection, seen: &mut Vec<i64>, ()| {
            seen.push(count(c));
            std::thread::sleep(Duration::from_micros(50));
            Ok(())
        };
        share(c, true, vec![(); times], Vec::new, look).unwrap()
    }

    #[test]
    fn both_see_one_state_while_another_commits_without_a_pause() {
        let folder = tempfile::TempDir::new().unwrap();
        let (url, mut writer) = counter(&folder);
        let (questions, over) = (Questions::of(&url), AtomicBool::new(false));
        // How often a question gets company and help is for the processors' scheduler to say: it is asked until that has happened often enough.
        let most_questions = 50_000;
        let (mut asked, mut in_company, mut helped, mut different) = (0, 0, 0, BTreeSet::new());
        std::thread::scope(|scope| {
            let over = Over(&over);
            scope.spawn(|| {
                while !over.0.load(Ordering::Relaxed) {
                    writer.batch_execute("update t set n = n + 1").unwrap();
                }
            });
            while helped.min(different.len()) <= 100 && asked < most_questions {
                asked += 1;
                let seen = questions.ask(&turns(1), |c| {
                    in_company += usize::from(is_there());
                    Ok(looks(c, 8))
                });
                let seen = seen.unwrap();
                helped += usize::from(seen.iter().filter(|seen| !seen.is_empty()).count() == 2);
                let all = seen.concat();
                assert_eq!(all, [all[0]; 8]);
                different.insert(all[0]);
            }
        });
        let different = different.len();
        assert!(in_company > 100 && helped > 100 && different > 100, "of {asked}: {in_company} in company, {helped} helped, {different} states");
    }

    #[test]
    fn snapshots_end_with_their_question_however_it_ends() {
        let folder = tempfile::TempDir::new().unwrap();
        let (url, mut writer) = counter(&folder);
        let questions = Questions::of(&url);
        let refused = |_: &mut AnyConnection, (): &mut (), part: i32| if part == 5 { Err(Problem::new(Code::Busy)) } else { Ok(()) };
        let broken = |_: &mut AnyConnection, (): &mut (), part: i32| if part == 5 { unreachable!("as was wanted") } else { Ok(()) };
        for state in 0..6 {
            let seen = questions.ask(&turns(1), |c| {
                assert!(is_there());
                Ok(looks(c, 4).concat())
            });
            assert_eq!(seen.unwrap(), [state; 4]);
            assert!(!is_there());
            match state % 3 {
                0 => assert!(questions.ask(&turns(1), |c| share(c, true, (0..9).collect(), || (), refused)).is_err()),
                // Whichever of the two it hits: that of the question itself goes on, that of the other is told.
                1 => {
                    let asked = || questions.ask(&turns(1), |c| share(c, true, (0..9).collect(), || (), broken));
                    assert!(catch_unwind(AssertUnwindSafe(asked)).map_or(true, |answer| answer.is_err()));
                }
                _ => {
                    assert!(catch_unwind(AssertUnwindSafe(|| questions.ask(&turns(1), |_| -> Result<(), Problem> { unreachable!("as was wanted") }))).is_err())
                }
            }
            assert!(!is_there());
            writer.batch_execute("update t set n = n + 1").unwrap();
        }
    }

    #[test]
    fn each_part_is_done_once_and_what_fails_ends_the_rest() {
        let folder = tempfile::TempDir::new().unwrap();
        let questions = Questions::of(&counter(&folder).0);
        for in_company in [true, false] {
            let add = |_: &mut AnyConnection, sum: &mut Vec<usize>, part: usize| {
                sum.push(part);
                Ok(())
            };
            for parts in [0, 1, 2, 100] {
                let sums = questions.ask(&turns(usize::from(in_company)), |c| share(c, true, (0..parts).collect(), Vec::new, add)).unwrap();
                let mut all = sums.concat();
                all.sort_unstable();
                assert_eq!(all, (0..parts).collect::<Vec<_>>());
                assert_eq!(sums.len(), if in_company && parts > 1 { 2 } else { 1 });
            }
        }
    }

    #[test]
    fn a_question_has_company_where_there_is_a_turn_for_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (size, has_company) in [(4, true), (1, false)] {
            let folder = tempfile::TempDir::new().unwrap();
            let (db, _) = Db::open(&DatabaseUrl::Sqlite(folder.path().join("x.db")), size).unwrap();
            for _ in 0..3 {
                assert_eq!(runtime.block_on(db.question(|_| Ok(is_there()))).unwrap(), has_company, "{size}");
            }
        }
    }
}
