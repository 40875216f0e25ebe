//! Taking a person out of imports: out of files that still wait, of what was refused, of names and mappings. The file of an import that has ended is
//! dropped but for its header.
use serde_json::Value;

use super::mapping::Entity;
use super::source::{header_row, rewritten};
use super::store::{self, ErrorRow, Kept};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::jobs::{self, JobState};
use crate::platform::problem::Problem;
use crate::platform::redact::{Personal, redact};

/// How many refused rows are read at a time.
const CHUNK: i64 = 500;

/// Drops the file of an import that has ended, if it is one; the report needs no more than its header.
pub fn drop_file(tx: &mut AnyConnection, id: Id) -> Result<(), Problem> {
    if store::has_file(tx, id)? {
        let header = header_row(&store::beginning(tx, id)?);
        store::drop_file(tx, id, &header)?;
    }
    Ok(())
}

/// Takes a person out of all imports.
pub fn forget(tx: &mut AnyConnection, contact: Id, values: &Personal) -> Result<(), Problem> {
    for import in store::kept(tx)? {
        let ended = JobState::parse(&import.state).is_some_and(JobState::has_ended);
        if ended {
            drop_file(tx, import.id)?;
        }
        if ended || import.entity == Entity::Customers.name() {
            forget_in(tx, &import, ended, contact, values)?;
        }
    }
    let mut after = None;
    loop {
        let some = store::errors_of_all(tx, after, CHUNK)?;
        let Some(last) = some.last() else { return Ok(()) };
        after = Some((last.import_id, last.row_number));
        for row in some {
            forget_row(tx, row, contact, values)?;
        }
    }
}

fn forget_in(tx: &mut AnyConnection, import: &Kept, ended: bool, contact: Id, values: &Personal) -> Result<(), Problem> {
    let mut mapping = import.mapping.0.clone();
    let told = import.file_name.as_deref().and_then(|name| values.without(name));
    if redact(&mut mapping, contact, values) || told.is_some() {
        store::rename(tx, import.id, &Json(mapping), told.as_deref().or(import.file_name.as_deref()))?;
    }
    if ended {
        let mut header = store::beginning(tx, import.id)?;
        if let Some(without) = rewritten(&header, true, values) {
            header = without;
            store::drop_file(tx, import.id, &header)?;
        }
    } else if let Some(without) = rewritten(&store::file(tx, import.id)?, false, values) {
        store::replace_file(tx, import.id, &without)?;
        // Who works on it has the old rows at hand: whoever claims it next reads the new ones, from where it stands.
        jobs::take_back(tx, import.id)?;
    }
    Ok(())
}

fn forget_row(tx: &mut AnyConnection, mut row: ErrorRow, contact: Id, values: &Personal) -> Result<(), Problem> {
    let mut cells: Vec<String> = row.record.to();
    let changed = values.empty_cells(&mut cells);
    if redact(&mut row.faults.0, contact, values) | changed {
        row.record = Json(Value::from(cells));
        store::replace_error(tx, &row)?;
    }
    Ok(())
}
