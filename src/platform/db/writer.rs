//! The one writer of SQLite: runs units of work in turn and joins what waits into one durable commit. Each unit has a savepoint of its own,
//! so that a failing or panicking unit undoes only itself, and nobody is answered before the commit.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::{AnyConnection, DatabaseUrl, connection};
use crate::platform::problem::{Code, Problem};

type Transactions = <AnyConnection as Connection>::TransactionManager;

/// Most units in one commit, and the longest a group may run before it commits: nobody waits for a stream of others.
const MOST_UNITS: usize = 128;
const MOST_TIME: Duration = Duration::from_millis(5);

/// A unit of work with its answer still inside: run it, then tell it how the commit went.
trait Unit: Send {
    /// Runs inside the open transaction, in a savepoint.
    fn run(&mut self, conn: &mut AnyConnection) -> Ran;
    fn settle(self: Box<Self>, committed: bool);
}

enum Ran {
    /// Done, or undone with a reason of its own: the group goes on.
    Fine,
    /// An error that may have rolled back the whole transaction (disk full, I/O): the group must end here.
    Shaken,
}

struct Job<T, F> {
    work: F,
    deadline: Instant,
    result: Option<Result<T, Problem>>,
    reply: oneshot::Sender<Result<T, Problem>>,
}

impl<T: Send, F: FnMut(&mut AnyConnection) -> Result<T, Problem> + Send> Unit for Job<T, F> {
    fn run(&mut self, conn: &mut AnyConnection) -> Ran {
        if Instant::now() > self.deadline {
            self.result = Some(Err(Problem::new(Code::Busy)));
            return Ran::Fine;
        }
        let work = &mut self.work;
        // A savepoint, for a transaction is open. The panic is caught inside, so that the savepoint is rolled back.
        #[allow(clippy::disallowed_methods)]
        let outcome = conn.transaction(|c| catch_unwind(AssertUnwindSafe(|| work(c))).unwrap_or_else(|_| Err(Problem::internal("a unit of work panicked"))));
        let shaken = outcome.as_ref().is_err_and(Problem::may_have_ended_transaction);
        self.result = Some(outcome);
        if shaken { Ran::Shaken } else { Ran::Fine }
    }

    fn settle(self: Box<Self>, committed: bool) {
        let answer = match self.result {
            Some(Ok(_)) | None if !committed => Err(Problem::new(Code::Unavailable)),
            Some(result) => result,
            None => Err(Problem::new(Code::Unavailable)),
        };
        // Who no longer waits for the answer has gone; the work stands all the same.
        let _ = self.reply.send(answer);
    }
}

/// A handle to the writer's thread; the thread ends when the last handle is gone.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Box<dyn Unit>>);

impl Writer {
    pub(super) fn start(url: DatabaseUrl) -> Result<Self, String> {
        let (send, receive) = mpsc::channel::<Box<dyn Unit>>();
        let conn = connection::open(&url).map_err(|e| e.to_string())?;
        std::thread::Builder::new().name("writer".into()).spawn(move || serve(&url, conn, &receive)).map_err(|e| e.to_string())?;
        Ok(Self(send))
    }

    /// Queues a unit and gives the place where its answer will come, after the commit.
    pub(super) fn queue<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnMut(&mut AnyConnection) -> Result<T, Problem> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, Problem>> {
        let (reply, answer) = oneshot::channel();
        // If the thread is gone the job is dropped here, and the receiver learns it.
        let _ = self.0.send(Box::new(Job { work, deadline, result: None, reply }));
        answer
    }
}

fn serve(url: &DatabaseUrl, mut conn: AnyConnection, receive: &mpsc::Receiver<Box<dyn Unit>>) {
    while let Ok(first) = receive.recv() {
        let mut units = vec![first];
        let committed = begin(&mut conn) && {
            run_group(&mut conn, &mut units, receive);
            Transactions::commit_transaction(&mut conn).map_err(|e| log::error!("a commit failed: {e}")).is_ok()
        };
        for unit in units {
            unit.settle(committed);
        }
        if !committed {
            // Whatever state the connection is in, a new one is in none.
            match connection::open(url) {
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

fn run_group(conn: &mut AnyConnection, units: &mut Vec<Box<dyn Unit>>, receive: &mpsc::Receiver<Box<dyn Unit>>) {
    let began = Instant::now();
    let mut ran = units.first_mut().map_or(Ran::Fine, |unit| unit.run(conn));
    while matches!(ran, Ran::Fine) && units.len() < MOST_UNITS && began.elapsed() < MOST_TIME {
        let Ok(mut next) = receive.try_recv() else { return };
        ran = next.run(conn);
        units.push(next);
    }
}
