//! What became of requests, kept day by day: every two minutes and when the program ends, each instance adds what it has counted since the last time.
use std::sync::PoisonError;
use std::time::Duration;

use chrono_tz::UTC;

use super::store::{self, InstanceRow};
use crate::platform::clock::date_in;
use crate::platform::jobs::Chore;
use crate::platform::problem::Problem;
use crate::platform::state::State;

/// How often.
const EVERY_SECONDS: u64 = 120;
/// How many days are kept.
pub const KEPT_DAYS: u64 = 90;
/// For how long an instance that gives no sign of life is taken for one that is there.
pub const ALIVE_SECONDS: i64 = 5 * EVERY_SECONDS as i64;
/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Keeps the days.
pub const CHORE: Chore = Chore { name: "performance by day", every: EVERY_SECONDS, run: keep };

/// Adds to the day what was counted since the last time, and gives a sign of life.
fn keep(state: &State) -> Result<(), Problem> {
    add(state, false)
}

/// The same for the last time: this instance leaves.
pub fn leave(state: &State) {
    if let Err(problem) = add(state, true) {
        log::warn!("the last numbers of this day could not be kept: {problem}");
    }
}

fn add(state: &State, leaving: bool) -> Result<(), Problem> {
    let metrics = &state.metrics;
    // Held while it is written: what is counted is added once.
    let mut kept = metrics.kept.lock().unwrap_or_else(PoisonError::into_inner);
    let (now, counted, up) = (state.clock.now(), metrics.total(), metrics.uptime(state.clock.ticks()).as_secs());
    let (more, up_seconds) = (counted.since(&kept.counted), i64::try_from(up.saturating_sub(kept.up.as_secs())).unwrap_or_default());
    let row = InstanceRow { id: metrics.instance, version: VERSION.into(), started_at: metrics.started_at, seen_at: now };
    let day = date_in(UTC, now);
    let oldest = day.checked_sub_days(chrono::Days::new(KEPT_DAYS - 1)).unwrap_or(day);
    state.db.write_here(move |tx| {
        store::add(tx, day, up_seconds, &more)?;
        store::forget_days(tx, oldest)?;
        if !leaving {
            store::seen(tx, &row)?;
        }
        store::forget_instances(tx, now.plus_seconds(-ALIVE_SECONDS), now.plus_seconds(ALIVE_SECONDS), leaving.then_some(row.id))
    })?;
    kept.counted = counted;
    kept.up = Duration::from_secs(up);
    Ok(())
}
