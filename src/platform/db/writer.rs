//! The one writer of SQLite: runs units of work in turn and joins what waits into one durable commit. Each unit has a savepoint of its own,
//! so that a failing or panicking unit undoes only itself, and nobody is answered before the commit.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::checkpoints::{self, Checkpoints};
use super::load::Load;
use super::queue::{Handle, Next, Queue, Urgency};
use super::{AnyConnection, DatabaseUrl};
use crate::platform::problem::{Code, Problem};

type Transactions = <AnyConnection as Connection>::TransactionManager;

/// Most units in one commit, and the longest a group may run before it commits: nobody waits for a stream of others.
const MOST_UNITS: usize = 128;
const MOST_TIME: Duration = Duration::from_millis(5);
/// How long nothing must come before the log is brought home, and how long until it is looked at again.
const IDLE: Duration = Duration::from_secs(1);
const SETTLED: Duration = Duration::from_secs(600);
/// Brings home what stands in the log and cuts it to nothing, unless a reader still looks at an older state: nobody is waited for.
const BRING_HOME: &str = "pragma busy_timeout = 0; pragma wal_checkpoint(truncate); pragma busy_timeout = 5000;";

/// A unit of work with its answer still inside: run it, then tell it how the commit went.
trait Unit: Send {
    /// Runs inside the open transaction, in a savepoint.
    fn run(&mut self, conn: &mut AnyConnection) -> Ran;
    fn settle(self: Box<Self>, end: End);
}

enum Ran {
    /// Done, or undone with a reason of its own: the group goes on.
    Fine,
    /// An error that may have rolled back the whole transaction (disk full, I/O): the group must end here.
    Shaken,
}

/// How a group ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    /// Nothing of it is there.
    Undone,
    /// The commit failed on its way to the disk: what was written of it may yet be found after a crash.
    Unknown,
}

struct Job<T, F> {
    work: F,
    /// Set by whoever takes it first: the writer, or a caller who waits no longer.
    taken: Arc<AtomicBool>,
    deadline: Instant,
    result: Option<Result<T, Problem>>,
    reply: oneshot::Sender<Result<T, Problem>>,
}

impl<T: Send, F: FnMut(&mut AnyConnection) -> Result<T, Problem> + Send> Unit for Job<T, F> {
    fn run(&mut self, conn: &mut AnyConnection) -> Ran {
        if self.taken.swap(true, Ordering::AcqRel) || Instant::now() > self.deadline {
            self.result = Some(Err(Problem::new(Code::Busy)));
            return Ran::Fine;
        }
        let work = &mut self.work;
        // A savepoint, for a transaction is open. The panic is caught inside, so that the savepoint is rolled back.
        #[allow(clippy::disallowed_methods)]
        let outcome = conn.transaction(|c| catch_unwind(AssertUnwindSafe(|| work(c))).unwrap_or_else(|_| Err(Problem::internal("a unit of work panicked"))));
        let shaken = outcome.as_ref().err().filter(|problem| problem.may_have_ended_transaction());
        let ran = if let Some(problem) = shaken {
            log::error!("a unit of work may have ended the transaction: {problem}");
            Ran::Shaken
        } else {
            Ran::Fine
        };
        self.result = Some(outcome);
        ran
    }

    fn settle(self: Box<Self>, end: End) {
        let answer = match (self.result, end) {
            (Some(answer), End::Committed) => answer,
            // Its own refusal stands, whatever became of the others.
            (Some(Err(problem)), _) if !problem.may_have_ended_transaction() => Err(problem),
            (_, End::Undone) => Err(Problem::new(Code::Unavailable)),
            (_, End::Unknown) => Err(Problem::new(Code::OutcomeUnknown)),
            (None, End::Committed) => Err(Problem::internal("a unit of work was passed over")),
        };
        // Who no longer waits for the answer has gone; the work stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// A handle to the writer's thread; the thread ends when the last handle is gone.
#[derive(Clone)]
pub(super) struct Writer {
    line: Arc<Handle<Box<dyn Unit>>>,
    load: Arc<Load>,
}

/// A unit in the queue.
pub(super) struct Queued<T> {
    taken: Arc<AtomicBool>,
    deadline: Instant,
    answer: oneshot::Receiver<Result<T, Problem>>,
}

impl<T> Queued<T> {
    /// The answer, after the commit; at the deadline a unit that has not begun is taken back.
    pub(super) async fn answer(mut self) -> Result<T, Problem> {
        let answer = match tokio::time::timeout_at(self.deadline.into(), &mut self.answer).await {
            Err(_) if !self.taken.swap(true, Ordering::AcqRel) => return Err(Problem::new(Code::Busy)),
            Err(_) => self.answer.await,
            Ok(answer) => answer,
        };
        answer.unwrap_or_else(|_| Err(Problem::new(Code::Unavailable)))
    }
    /// The same for a caller with a thread of its own.
    pub(super) fn answer_here(self) -> Result<T, Problem> {
        self.answer.blocking_recv().unwrap_or_else(|_| Err(Problem::new(Code::Unavailable)))
    }
}

impl Writer {
    pub(super) fn start(url: DatabaseUrl, load: Arc<Load>) -> Result<Self, String> {
        let queue = Arc::new(Queue::new());
        let (conn, checkpoints) = (checkpoints::writer(&url).map_err(|e| e.to_string())?, Checkpoints::start(&url)?);
        let (handle, counted) = (Handle(queue.clone()), load.clone());
        std::thread::Builder::new().name("writer".into()).spawn(move || serve(&url, conn, &queue, checkpoints, &counted)).map_err(|e| e.to_string())?;
        Ok(Self { line: Arc::new(handle), load })
    }

    /// Queues a unit, to begin before a deadline.
    pub(super) fn queue<T: Send + 'static>(
        &self,
        deadline: Instant,
        urgency: Urgency,
        work: impl FnMut(&mut AnyConnection) -> Result<T, Problem> + Send + 'static,
    ) -> Queued<T> {
        let (reply, answer) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        self.load.queued(1);
        self.line.0.push(Box::new(Job { work, taken: taken.clone(), deadline, result: None, reply }), urgency);
        Queued { taken, deadline, answer }
    }
}

type Line = Queue<Box<dyn Unit>>;

/// Whatever becomes of the thread, nobody waits for it in vain.
struct Served<'q>(&'q Line);
impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

fn serve(url: &DatabaseUrl, mut conn: AnyConnection, queue: &Line, mut checkpoints: Checkpoints, load: &Load) {
    let _served = Served(queue);
    let mut patience = IDLE;
    loop {
        let first = match queue.next(patience) {
            Next::Unit(unit) => unit,
            Next::Closed => return,
            Next::Idle => {
                if let Err(e) = conn.batch_execute(BRING_HOME) {
                    log::warn!("the log could not be brought home: {e}");
                }
                patience = SETTLED;
                continue;
            }
        };
        patience = IDLE;
        let mut units = vec![first];
        let end = if begin(&mut conn) {
            run_group(&mut conn, &mut units, queue);
            let began = Instant::now();
            let end = commit(&mut conn);
            load.commits.observe_time(began.elapsed());
            end
        } else {
            End::Undone
        };
        load.units.observe(units.len() as u64);
        load.queued(-(units.len() as i64));
        checkpoints.committed(units.len());
        for unit in units {
            unit.settle(end);
        }
        if end != End::Committed {
            // Whatever state the connection is in, a new one is in none.
            match checkpoints::writer(url) {
                Ok(fresh) => conn = fresh,
                Err(e) => log::error!("the database cannot be opened: {e}"),
            }
        }
    }
}

fn begin(conn: &mut AnyConnection) -> bool {
    let AnyConnection::Sqlite(sqlite) = conn else { return false };
    AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE").map_err(|e| log::error!("no transaction could begin: {e}")).is_ok()
}

fn commit(conn: &mut AnyConnection) -> End {
    let Err(e) = Transactions::commit_transaction(conn) else { return End::Committed };
    log::error!("a commit failed: {e}");
    // A unit shook it, and no commit was sent: what SQLite has not rolled back by itself is when the connection closes. A full disk takes nothing, the mark
    // of the commit least of all.
    let unsent = matches!(e, diesel::result::Error::BrokenTransactionManager | diesel::result::Error::NotInTransaction);
    let words = e.to_string();
    if unsent || words.contains("no transaction is active") || words.contains("disk is full") { End::Undone } else { End::Unknown }
}

fn run_group(conn: &mut AnyConnection, units: &mut Vec<Box<dyn Unit>>, queue: &Line) {
    let began = Instant::now();
    let mut ran = units.first_mut().map_or(Ran::Fine, |unit| unit.run(conn));
    while matches!(ran, Ran::Fine) && units.len() < MOST_UNITS && began.elapsed() < MOST_TIME {
        let Some(mut next) = queue.try_next() else { return };
        ran = next.run(conn);
        units.push(next);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::platform::db::{connection, url::DatabaseUrl};

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }

    fn count(c: &mut AnyConnection) -> Result<i64, Problem> {
        Ok(diesel::sql_query("select count(*) as count from t").get_result::<Count>(c)?.count)
    }
    fn insert(c: &mut AnyConnection) -> Result<(), Problem> {
        Ok(c.batch_execute("insert into t values (1)")?)
    }

    /// A writer on a new file with one empty table.
    fn writer(folder: &tempfile::TempDir) -> Option<(Writer, DatabaseUrl)> {
        let url = DatabaseUrl::Sqlite(folder.path().join("w.db"));
        connection::open(&url).ok()?.batch_execute("create table t (a integer)").ok()?;
        Some((Writer::start(url.clone(), Arc::new(Load::new())).ok()?, url))
    }
    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }
    /// Keeps the writer busy until the sender is dropped or sends.
    fn hold(writer: &Writer) -> (mpsc::Sender<()>, Queued<()>) {
        let (release, held) = mpsc::channel();
        let work = move |_: &mut AnyConnection| {
            let _ = held.recv();
            Ok(())
        };
        (release, writer.queue(soon(), Urgency::Interactive, work))
    }
    fn code<T>(answer: &Result<T, Problem>) -> Option<Code> {
        answer.as_ref().err().map(Problem::code)
    }

    #[test]
    fn units_of_one_commit_fail_each_for_itself() {
        let Ok(folder) = tempfile::TempDir::new() else { unreachable!("no folder") };
        let Some((writer, _)) = writer(&folder) else { unreachable!("no writer") };
        let (release, held) = hold(&writer);
        let first = writer.queue(soon(), Urgency::Interactive, insert);
        let refused = writer.queue(soon(), Urgency::Interactive, |c| insert(c).and_then(|()| Err::<(), _>(Problem::not_found())));
        let panicked = writer.queue(soon(), Urgency::Interactive, |c| -> Result<(), Problem> {
            insert(c)?;
            std::panic::resume_unwind(Box::new("a panic"))
        });
        let last = writer.queue(soon(), Urgency::Background, insert);
        drop(release);
        let answers = [held, first, refused, panicked, last].map(|queued| code(&queued.answer_here()));
        assert_eq!(answers, [None, None, Some(Code::NotFound), Some(Code::Internal), None]);
        assert_eq!(writer.queue(soon(), Urgency::Interactive, count).answer_here().ok(), Some(2), "only what was answered well is there");
    }

    #[test]
    fn a_lost_transaction_fails_all_its_units_and_the_next_goes_on() {
        let Ok(folder) = tempfile::TempDir::new() else { unreachable!("no folder") };
        let Some((writer, _)) = writer(&folder) else { unreachable!("no writer") };
        let (release, held) = hold(&writer);
        let before = writer.queue(soon(), Urgency::Interactive, insert);
        // As SQLite does it by itself when the disk is full.
        let lost = writer.queue(soon(), Urgency::Interactive, |c| c.batch_execute("rollback").map_err(Problem::from));
        drop(release);
        let answers = [held, before, lost].map(|queued| code(&queued.answer_here()));
        assert!(answers.iter().all(|code| matches!(code, Some(Code::Unavailable))), "{answers:?}");
        let after = writer.queue(soon(), Urgency::Interactive, |c| insert(c).and_then(|()| count(c)));
        assert_eq!(after.answer_here().ok(), Some(1));
    }

    #[test]
    fn a_unit_that_waits_too_long_is_taken_back() {
        let Ok(folder) = tempfile::TempDir::new() else { unreachable!("no folder") };
        let Some((writer, _)) = writer(&folder) else { unreachable!("no writer") };
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { unreachable!("no runtime") };
        let (release, held) = hold(&writer);
        let late = writer.queue(Instant::now() + Duration::from_millis(20), Urgency::Interactive, insert);
        let answer = runtime.block_on(late.answer());
        assert_eq!(code(&answer), Some(Code::Busy), "nobody waits for the one before");
        drop(release);
        assert!(held.answer_here().is_ok());
        assert_eq!(writer.queue(soon(), Urgency::Interactive, count).answer_here().ok(), Some(0), "it never ran");
    }
}
