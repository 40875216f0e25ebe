//! Does an import: rows in units of a few milliseconds, each unit a transaction that also says where the next one begins.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::mapping::Entity;
use super::source::{Prepared, Rows, Source};
use super::store::{self, Counts, ErrorRow};
use super::{row, service};
use crate::identity::{Act, Caller, Permission, users};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::jobs::{self, Ended, Lease, Work};
use crate::platform::outcome::Outcome;
use crate::platform::problem::{self, Code, Problem};
use crate::platform::state::State;

/// How long a unit keeps the writer: others wait for it.
const UNIT: Duration = Duration::from_millis(5);
/// How many rows are made ready ahead; a unit takes no more.
const BATCH: usize = 200;

/// The work of imports.
pub struct Imports;

impl Work for Imports {
    fn kind(&self) -> &'static str {
        service::KIND
    }

    fn run(&self, state: &State, lease: &mut Lease, stop: &AtomicBool) -> Result<Ended, Problem> {
        let id = lease.job;
        let import = state.db.read_here(move |c| store::find(c, id))?;
        let file: Arc<[u8]> = state.db.read_here(move |c| store::file(c, id))?.into();
        // It was checked before it was taken; a newer program may have become stricter since.
        let act = act_of(state, lease)?;
        let (caller, mapping) = (act.caller.clone(), import.mapping.0.clone());
        let custom = state.db.read_here(move |c| service::custom(c, &caller, Some(&mapping)))?;
        let source = Source::open(&file, &import.mapping.0, &custom).map_err(Problem::invalid)?;
        let total = Rows::count(&file);
        let unit = Unit { id, entity: source.entity, act, rehearsal: import.validate_only, total };
        let mut rows = Rows::from(source, file, import.next_row);
        let mut at = import.next_row;
        loop {
            let batch: Arc<Vec<Prepared>> = Arc::new(rows.by_ref().take(BATCH).collect());
            let mut taken = 0;
            // An empty batch still gets its unit, so that an import without rows has a sign of life and a total.
            while taken < batch.len() || batch.is_empty() {
                if stop.load(Ordering::Relaxed) {
                    return Ok(Ended::Paused);
                }
                let (mut unit, batch_here, old) = (unit.clone(), batch.clone(), lease.clone());
                unit.act.now = state.clock.now();
                let ran = state.db.write_here(move |tx| unit.run(tx, batch_here.get(taken..).unwrap_or_default(), at, &old))?;
                let Some((counts, next)) = ran else { return Ok(Ended::Cancelled(result(state, id)?)) };
                *lease = next;
                taken += usize::try_from(counts.rows()).unwrap_or(usize::MAX);
                at += counts.rows();
                if batch.is_empty() {
                    return Ok(Ended::Done(result(state, id)?));
                }
            }
        }
    }

    fn afterwards(&self) -> jobs::Afterwards {
        super::drop_file
    }
}

/// Who acts: the user who sent the file, with the rights of the moment, or the program itself.
fn act_of(state: &State, lease: &Lease) -> Result<Act, Problem> {
    let Some(user) = lease.created_by else { return Ok(Act::system(state.clock.now())) };
    let row = state.db.read_here(move |c| users::store::caller(c, user))?;
    let caller = row.and_then(Caller::of).filter(|caller| caller.holds(Permission::ImportsCreate));
    let caller = caller.ok_or_else(|| Problem::new(Code::Role).param("permission", Permission::ImportsCreate.as_str()))?;
    Ok(Act { caller, ..Act::system(state.clock.now()) })
}

fn result(state: &State, id: Id) -> Result<Json, Problem> {
    let import = state.db.read_here(move |c| store::find(c, id))?;
    Ok(Json(json!({"created": import.created, "updated": import.updated, "unchanged": import.unchanged, "refused": import.refused})))
}

/// What every unit of an import needs.
#[derive(Clone)]
struct Unit {
    id: Id,
    entity: Entity,
    act: Act,
    rehearsal: bool,
    total: i64,
}

impl Unit {
    /// Brings in as many of the rows as the time allows, at least one; none of all this where the import is cancelled.
    fn run(&self, tx: &mut AnyConnection, rows: &[Prepared], at: i64, lease: &Lease) -> Result<Option<(Counts, Lease)>, Problem> {
        if jobs::is_cancelled(tx, lease)? {
            return Ok(None);
        }
        let began = Instant::now();
        let (mut counts, mut errors) = (Counts::default(), Vec::new());
        for row in rows {
            match self.bring_in(tx, row)? {
                Ok(Outcome::Created(_)) => counts.created += 1,
                Ok(Outcome::Updated(_)) => counts.updated += 1,
                Ok(Outcome::Unchanged(_)) => counts.unchanged += 1,
                Err(faults) => {
                    counts.refused += 1;
                    errors.push(ErrorRow { import_id: self.id, row_number: row.number, record: Json::of(&row.record), faults: Json(Value::Array(faults)) });
                }
            }
            if began.elapsed() > UNIT {
                break;
            }
        }
        store::insert_errors(tx, &errors)?;
        store::advance(tx, self.id, at, counts)?;
        let lease = jobs::heartbeat(tx, lease, at + counts.rows(), Some(self.total), self.act.now)?;
        Ok(Some((counts, lease)))
    }

    /// What a row came to, or why it is refused; fails only where the unit as a whole has to.
    fn bring_in(&self, tx: &mut AnyConnection, row: &Prepared) -> Result<Result<Outcome, Vec<Value>>, Problem> {
        let (body, hash) = match &row.body {
            Ok(prepared) => prepared,
            Err(faults) => return Ok(Err(faults.clone())),
        };
        match row::bring_in(tx, &self.act, self.entity, body, hash, self.rehearsal) {
            Ok(outcome) => Ok(Ok(outcome)),
            Err(problem) if problem.concerns_transaction() => Err(problem),
            Err(problem) => {
                if problem.code() == Code::Internal {
                    log::error!(import = self.id.to_string().as_str(), row = row.number; "{problem}");
                }
                Ok(Err(problem::store(&problem)))
            }
        }
    }
}
