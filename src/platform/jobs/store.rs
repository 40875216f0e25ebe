//! The rows of jobs. A lease is a claim until a moment; every step of its holder names that very moment, so that who lost the claim changes nothing.
use diesel::dsl::case_when;
use diesel::prelude::*;

use super::{JobState, LEASE_SECONDS};
use crate::platform::db::schema::jobs;
use crate::platform::db::types::SqlTime;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::redact::{Personal, redact};

/// A job to put down.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: Id,
    pub kind: &'static str,
    /// How much there is to do, where that is known.
    pub total: Option<i64>,
    /// Who asked for it; none for the program itself.
    pub created_by: Option<Id>,
    pub now: UtcTime,
}

/// A job as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    pub id: Id,
    pub kind: String,
    pub state: String,
    pub done: i64,
    pub total: Option<i64>,
    pub result: Option<Json>,
    /// The code of the problem that it failed with.
    pub error: Option<String>,
    pub cancel: bool,
    pub created_by: Option<Id>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// A claim to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job: Id,
    pub created_by: Option<Id>,
    /// The moment it ends, which also tells it from every other claim.
    pub until: UtcTime,
}

/// Puts a job down for whoever comes first; with a claim, for the one who puts it down.
pub fn insert(tx: &mut AnyConnection, job: &NewJob, claimed: bool) -> Result<Lease, Problem> {
    let lease = Lease { job: job.id, created_by: job.created_by, until: job.now.plus_seconds(LEASE_SECONDS) };
    let state = if claimed { JobState::Running } else { JobState::Queued };
    let row = (
        jobs::id.eq(job.id),
        jobs::kind.eq(job.kind),
        jobs::state.eq(state.as_str()),
        jobs::done.eq(0_i64),
        jobs::total.eq(job.total),
        jobs::cancel.eq(false),
        jobs::lease_until.eq(claimed.then_some(lease.until)),
        jobs::created_by.eq(job.created_by),
        jobs::created_at.eq(job.now),
        jobs::updated_at.eq(job.now),
    );
    diesel::insert_into(jobs::table).values(row).execute(tx)?;
    Ok(lease)
}

/// A job by its id.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<JobRow, Problem> {
    jobs::table.find(id).select(JobRow::as_select()).first(c).optional()?.ok_or_else(Problem::not_found)
}

/// By how much the clocks of two instances may differ, in seconds.
const MOST_APART: i64 = 600;

/// Up to which moment a lease may last that was taken by now. One that ends later was taken by a clock that was ahead and holds nobody up: its holder,
/// if there still is one, loses it.
fn latest(now: UtcTime) -> UtcTime {
    now.plus_seconds(LEASE_SECONDS + MOST_APART)
}

/// The condition of jobs that nobody works on.
macro_rules! free {
    ($now:expr) => {{
        let over = jobs::lease_until.lt($now).or(jobs::lease_until.gt(latest($now)));
        jobs::state.eq(JobState::Queued.as_str()).or(jobs::state.eq(JobState::Running.as_str()).and(over))
    }};
}

/// A moment of a change: now, but never before the change before it.
macro_rules! later {
    ($now:expr) => {
        case_when(jobs::updated_at.gt($now), jobs::updated_at).otherwise($now.into_sql::<SqlTime>())
    };
}

/// Claims the oldest job of these kinds that nobody works on; of two that try at once, one gets it and the other comes again.
pub fn claim(tx: &mut AnyConnection, kinds: &[&str], now: UtcTime) -> Result<Option<(Lease, String)>, Problem> {
    let free = free!(now);
    let oldest = jobs::table.filter(free).filter(jobs::kind.eq_any(kinds)).order((jobs::created_at, jobs::id));
    let Some((id, kind, created_by)) = oldest.select((jobs::id, jobs::kind, jobs::created_by)).first::<(Id, String, Option<Id>)>(tx).optional()? else {
        return Ok(None);
    };
    let until = now.plus_seconds(LEASE_SECONDS);
    let claimed = (jobs::state.eq(JobState::Running.as_str()), jobs::lease_until.eq(Some(until)), jobs::updated_at.eq(later!(now)));
    let won = diesel::update(jobs::table.find(id)).filter(free).set(claimed).execute(tx)? == 1;
    Ok(won.then_some((Lease { job: id, created_by, until }, kind)))
}

/// How many jobs nobody works on though somebody could, and when the oldest of them was put down.
pub fn waiting(c: &mut AnyConnection, now: UtcTime) -> Result<(i64, Option<UtcTime>), Problem> {
    let free = free!(now);
    let since = jobs::table.filter(free).order(jobs::created_at).select(jobs::created_at).first(c).optional()?;
    Ok((jobs::table.filter(free).count().get_result(c)?, since))
}

/// How long the oldest job has waited.
#[must_use]
pub fn lag_seconds(since: Option<UtcTime>, now: UtcTime) -> i64 {
    since.map_or(0, |since| (now.0 - since.0).max(0) / 1_000_000)
}

/// A sign of life, in the transaction of a unit: says how far the job is, and whether it may go on. Who has lost the claim is told so by 409.
pub fn heartbeat(tx: &mut AnyConnection, lease: &Lease, done: i64, total: Option<i64>, now: UtcTime) -> Result<Lease, Problem> {
    // Never the same moment twice, on a clock that stands still neither; but where the clock was put back, the lease goes with it.
    let after = Some(UtcTime(lease.until.0 + 1)).filter(|after| *after <= latest(now));
    let until = now.plus_seconds(LEASE_SECONDS).max(after.unwrap_or(now));
    let alive = (jobs::done.eq(done), jobs::total.eq(total), jobs::lease_until.eq(Some(until)), jobs::updated_at.eq(later!(now)));
    held(diesel::update(jobs::table.find(lease.job)).filter(jobs::lease_until.eq(lease.until)).set(alive).execute(tx)?)?;
    Ok(Lease { until, ..lease.clone() })
}

/// Whether somebody wants it to stop.
pub fn is_cancelled(c: &mut AnyConnection, lease: &Lease) -> Result<bool, Problem> {
    Ok(jobs::table.find(lease.job).select(jobs::cancel).first(c)?)
}

/// Ends a job.
pub fn finish(tx: &mut AnyConnection, lease: &Lease, state: JobState, result: Option<Json>, error: Option<&str>, now: UtcTime) -> Result<(), Problem> {
    let ended = (
        jobs::state.eq(state.as_str()),
        jobs::result.eq(result),
        jobs::error.eq(error),
        jobs::lease_until.eq(None::<UtcTime>),
        jobs::updated_at.eq(later!(now)),
    );
    held(diesel::update(jobs::table.find(lease.job)).filter(jobs::lease_until.eq(lease.until)).set(ended).execute(tx)?)
}

/// Gives a claim back, so that the job goes on at once elsewhere or after a restart.
pub fn release(tx: &mut AnyConnection, lease: &Lease) -> Result<(), Problem> {
    let free = (jobs::state.eq(JobState::Queued.as_str()), jobs::lease_until.eq(None::<UtcTime>));
    held(diesel::update(jobs::table.find(lease.job)).filter(jobs::lease_until.eq(lease.until)).set(free).execute(tx)?)
}

/// Takes a job from whoever works on it, because what it works on has changed; whoever claims it next goes on from where it stands.
pub fn take_back(tx: &mut AnyConnection, id: Id) -> Result<(), Problem> {
    let free = (jobs::state.eq(JobState::Queued.as_str()), jobs::lease_until.eq(None::<UtcTime>));
    diesel::update(jobs::table.find(id)).filter(jobs::state.eq(JobState::Running.as_str())).set(free).execute(tx)?;
    Ok(())
}

/// Takes a person out of what came of jobs.
pub fn forget(tx: &mut AnyConnection, contact: Id, values: &Personal) -> Result<(), Problem> {
    let results = jobs::table.filter(jobs::result.is_not_null()).select((jobs::id, jobs::result)).load::<(Id, Option<Json>)>(tx)?;
    for (id, result) in results {
        if let Some(Json(mut result)) = result
            && redact(&mut result, contact, values)
        {
            diesel::update(jobs::table.find(id)).set(jobs::result.eq(Some(Json(result)))).execute(tx)?;
        }
    }
    Ok(())
}

/// Ends a job that waits, and asks one that runs to end; one that has ended stays as it is, which is 409.
pub fn cancel(tx: &mut AnyConnection, id: Id, now: UtcTime) -> Result<(), Problem> {
    let queued = jobs::state.eq(JobState::Queued.as_str());
    let ended = (jobs::state.eq(JobState::Cancelled.as_str()), jobs::cancel.eq(true), jobs::updated_at.eq(later!(now)));
    if diesel::update(jobs::table.find(id)).filter(queued).set(ended).execute(tx)? == 1 {
        return Ok(());
    }
    let running = jobs::state.eq(JobState::Running.as_str());
    if diesel::update(jobs::table.find(id)).filter(running).set(jobs::cancel.eq(true)).execute(tx)? == 1 {
        return Ok(());
    }
    let state = find(tx, id)?.state;
    if state == JobState::Cancelled.as_str() { Ok(()) } else { Err(Problem::new(Code::JobEnded).param("state", state)) }
}

fn held(rows: usize) -> Result<(), Problem> {
    if rows == 1 { Ok(()) } else { Err(Problem::new(Code::LeaseLost)) }
}
