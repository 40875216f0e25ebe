//! What is done for reviews again and again: overdue steps are handed on, and the lists learn who has come, gone or is away.
use super::{rounds, store};
use crate::identity::Act;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::state::State;

/// How often, in seconds.
pub const EVERY: u64 = 60;
/// How many steps are looked at at a time.
const CHUNK: i64 = 200;

/// Does it once.
pub fn tend(state: &State) -> Result<(), Problem> {
    escalate(state)?;
    refresh(state)
}

fn escalate(state: &State) -> Result<(), Problem> {
    let now = state.clock.now();
    loop {
        let due = state.db.read_here(|c| store::to_escalate(c, now, CHUNK))?;
        let last = (due.len() as i64) < CHUNK;
        for id in due {
            // Another instance may have been there first; then nothing is left to do.
            state.db.write_here(move |tx| rounds::escalate(tx, &Act::system(now), id))?;
        }
        if last {
            return Ok(());
        }
    }
}

/// Decisions look at who may at their own moment; this is for the lists alone, so what has not changed is not written.
fn refresh(state: &State) -> Result<(), Problem> {
    let now = state.clock.now();
    let mut after: Option<Id> = None;
    loop {
        let (stale, last) = state.db.read_here(|c| {
            let rows = store::open_of_policies(c, after, CHUNK)?;
            let people = rounds::people(c, now)?;
            let persons = store::persons(c, &rows.iter().map(|(review, _)| review.id).collect::<Vec<_>>())?;
            let (last, mut stale) = (rows.last().map(|(review, _)| review.id), Vec::new());
            for (review, order) in rows {
                let reach = rounds::reach_of(c, &order, &review, &people)?;
                if rounds::is_stale(&review, persons.get(&review.id).unwrap_or(&Default::default()), &reach) {
                    stale.push(review.id);
                }
            }
            Ok((stale, last))
        })?;
        for id in stale {
            let again = move |tx: &mut _| {
                // Looked at again, for between the two it may have been decided.
                let Some((review, order)) = store::with_order(tx, id)?.filter(|(review, _)| review.decided_at.is_none()) else { return Ok(()) };
                let people = rounds::people(tx, now)?;
                let reach = rounds::reach_of(tx, &order, &review, &people)?;
                rounds::keep_reach(tx, &review, &reach)
            };
            state.db.write_here(again)?;
        }
        let Some(last) = last else { return Ok(()) };
        after = Some(last);
    }
}
