//! The thread that does the jobs, one after the other: woken by the bell or by itself each second, stopped between two units.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::JobState;
use super::store::{self, Lease};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::{Code, Problem};
use crate::platform::state::State;
use crate::platform::web::write;

/// How long the runner sleeps when there is nothing to do: jobs of other processes ring no bell here.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the runner of this process.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Says that there is something to do; ring it after the commit.
    pub fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }
    /// Waits until it rings, a while at most.
    fn wait(&self, most: Duration) {
        let rung = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = self.0.1.wait_timeout_while(rung, most, |rung| !*rung).unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }
}

/// How a stretch of work came to its end.
#[derive(Debug)]
pub enum Ended {
    /// All is done; this is what came of it.
    Done(Json),
    /// Somebody cancelled it; this is what came of it until then.
    Cancelled(Json),
    /// The program is to stop; the rest is for later.
    Paused,
}

/// Something to do for the job of an id.
pub type Afterwards = fn(&mut AnyConnection, Id) -> Result<(), Problem>;

/// A kind of job.
pub trait Work: Send + Sync {
    /// What `jobs.kind` says of it.
    fn kind(&self) -> &'static str;
    /// Works from where the job stands to its end, in units that are a transaction each and renew the lease in it; looks at `stop` between them.
    fn run(&self, state: &State, lease: &mut Lease, stop: &AtomicBool) -> Result<Ended, Problem>;
    /// What is left to do when a job has ended in any way, in the transaction that says so.
    fn afterwards(&self) -> Afterwards {
        |_, _| Ok(())
    }
}

/// Something small that is done again and again, between the jobs. Several instances may do it at once.
#[derive(Clone, Copy)]
pub struct Chore {
    /// What the log says of it.
    pub name: &'static str,
    /// How often, in seconds.
    pub every: u64,
    pub run: fn(&State) -> Result<(), Problem>,
}

/// The running thread; it is stopped when this is dropped.
pub struct Runner {
    stop: Arc<AtomicBool>,
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Starts the thread.
    pub fn start(state: State, works: Vec<Box<dyn Work>>, chores: &[Chore]) -> std::io::Result<Self> {
        let (stop, bell) = (Arc::<AtomicBool>::default(), state.jobs.clone());
        let told = stop.clone();
        let clear = Chore { name: "stored answers", every: CLEARED_SECONDS, run: clear };
        let chores: Vec<Chore> = chores.iter().copied().chain([clear]).collect();
        let thread = std::thread::Builder::new().name("jobs".into()).spawn(move || serve(&state, &works, &chores, &told))?;
        Ok(Self { stop, bell, thread: Some(thread) })
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.bell.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How often what has had its day is cleared away: every ten minutes.
const CLEARED_SECONDS: u64 = 600;

fn serve(state: &State, works: &[Box<dyn Work>], chores: &[Chore], stop: &AtomicBool) {
    // By what has passed, not by the clock: somebody may put that back.
    let mut done = vec![state.clock.ticks(); chores.len()];
    let kinds: Vec<&'static str> = works.iter().map(|work| work.kind()).collect();
    while !stop.load(Ordering::Relaxed) {
        let (now, passed, wanted) = (state.clock.now(), state.clock.ticks(), kinds.clone());
        for (chore, done) in chores.iter().zip(&mut done).filter(|(chore, done)| passed >= **done + Duration::from_secs(chore.every)) {
            *done = passed;
            if let Err(problem) = (chore.run)(state) {
                log::warn!(chore = chore.name; "put off: {problem}");
            }
        }
        match state.db.write_here(move |tx| store::claim(tx, &wanted, now)) {
            Ok(Some((mut lease, kind))) => {
                if let Some(work) = works.iter().find(|work| work.kind() == kind) {
                    conclude(state, work.as_ref(), &mut lease, stop);
                }
            }
            Ok(None) => state.jobs.wait(PAUSE),
            Err(problem) => {
                log::warn!("no job could be claimed: {problem}");
                state.jobs.wait(PAUSE);
            }
        }
    }
}

/// Forgets stored answers that nobody may get any more.
fn clear(state: &State) -> Result<(), Problem> {
    let now = state.clock.now();
    let answers = state.db.write_here(move |tx| write::store::forget(tx, now))?;
    if answers > 0 {
        log::info!(answers = answers; "forgot stored answers");
    }
    Ok(())
}

/// Does a job and writes down how it ended.
pub fn conclude(state: &State, work: &dyn Work, lease: &mut Lease, stop: &AtomicBool) {
    let id = lease.job.to_string();
    // A panic ends its job, not the thread that does the others.
    let ended = catch_unwind(AssertUnwindSafe(|| work.run(state, lease, stop))).unwrap_or_else(|_| Err(Problem::internal("a job panicked")));
    let now = state.clock.now();
    let (end, result, error) = match ended {
        Ok(Ended::Done(result)) => (JobState::Done, Some(result), None),
        Ok(Ended::Cancelled(result)) => (JobState::Cancelled, Some(result), None),
        Ok(Ended::Paused) => {
            let lease = lease.clone();
            note(&id, "given back", state.db.write_here(move |tx| store::release(tx, &lease)));
            return;
        }
        // What may pass is left to whoever claims the job when the lease ends; who lost the claim has no say.
        Err(problem) if problem.may_pass() => {
            log::warn!(job = id.as_str(); "put off: {problem}");
            state.jobs.wait(PAUSE);
            return;
        }
        Err(problem) => {
            log::error!(job = id.as_str(); "failed: {problem}");
            (JobState::Failed, None, Some(problem.code().as_str()))
        }
    };
    let (lease, afterwards) = (lease.clone(), work.afterwards());
    let finish = move |tx: &mut AnyConnection| {
        store::finish(tx, &lease, end, result.clone(), error, now)?;
        afterwards(tx, lease.job)
    };
    note(&id, end.as_str(), state.db.write_here(finish));
}

fn note(id: &str, what: &str, outcome: Result<(), Problem>) {
    match outcome {
        Ok(()) => log::info!(job = id; "{what}"),
        Err(problem) => log::warn!(job = id; "{what} could not be written down: {problem}"),
    }
}

impl Problem {
    /// Whether the same work may succeed later, or goes on elsewhere.
    fn may_pass(&self) -> bool {
        matches!(self.code(), Code::Busy | Code::Unavailable | Code::OutcomeUnknown | Code::LeaseLost)
    }
}
