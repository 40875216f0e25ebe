//! One function a use case of imports.
use serde_json::Value;

use super::source::Source;
use super::store::{self, ImportRow, NewImport};
use super::upload::Upload;
use crate::identity::{Act, Caller};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::jobs::{self, JobRow, Lease, NewJob};
use crate::platform::problem::{Fault, Problem};
use crate::platform::secrets;
use crate::platform::text;
use crate::platform::web::write::Fingerprint;
use crate::standards::custom::defined::visible;
use crate::standards::definition::CustomField;
use crate::standards::entity::Entity;

/// What `jobs.kind` says of an import.
pub const KIND: &str = "import";

/// An import that may be put down: file and mapping go together.
#[derive(Clone, Debug)]
pub struct Plan {
    entity: &'static str,
    file_name: Option<String>,
    mapping: Value,
    file: Vec<u8>,
    validate_only: bool,
}

impl Plan {
    /// What tells it from another.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(format!("{} {}", secrets::fingerprint(&self.file, 32), self.mapping).as_bytes())
    }
}

/// The custom fields that a file may fill: those in use of the records that its mapping is for, as far as the caller sees them.
pub fn custom(c: &mut AnyConnection, caller: &Caller, mapping: Option<&Value>) -> Result<Vec<CustomField>, Problem> {
    let Some(entity) = mapping.and_then(|mapping| mapping["entity"].as_str()).and_then(Entity::parse) else { return Ok(Vec::new()) };
    let mut fields = visible(c, caller, entity)?;
    fields.retain(|field| !field.retired);
    Ok(fields)
}

/// Checks what was sent; all that is wrong with the parts, the mapping and the header is told at once.
pub fn plan(upload: Upload, custom: &[CustomField], validate_only: bool) -> Result<Plan, Problem> {
    let Upload { file, mapping, file_name, mut faults } = upload;
    match (file, mapping) {
        (Some(file), Some(mapping)) => match Source::open(&file, &mapping, custom) {
            Ok(source) if faults.is_empty() => {
                let file_name = file_name.and_then(|name| text::clean(&name, false).ok()).map(|name| name.chars().take(200).collect());
                return Ok(Plan { entity: source.entity.name(), file_name, mapping, file, validate_only });
            }
            Ok(_) => {}
            Err(more) => faults.extend(more),
        },
        (file, mapping) => {
            let missing = [("/file", file.is_none()), ("/mapping", mapping.is_none())];
            let missing = missing.into_iter().filter(|(pointer, missing)| *missing && !faults.iter().any(|fault| fault.pointer == *pointer));
            faults.extend(missing.map(|(pointer, _)| Fault::new(pointer, crate::platform::problem::FaultCode::Required)).collect::<Vec<_>>());
        }
    }
    Err(Problem::invalid(faults))
}

/// Puts an import and its job down; claimed, for the one who puts it down and does it at once.
pub fn create(tx: &mut AnyConnection, act: &Act, plan: &mut Option<Plan>, id: Id, claimed: bool) -> Result<(Lease, JobRow), Problem> {
    let Plan { entity, file_name, mapping, file, validate_only } = plan.take().ok_or_else(|| Problem::internal("no plan"))?;
    let lease = jobs::insert(tx, &NewJob { id, kind: KIND, total: None, created_by: act.caller.user, now: act.now }, claimed)?;
    let row = NewImport { id, entity, file_name, mapping: Json(mapping), file, validate_only, next_row: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
    let inserted = store::insert(tx, &row);
    // A unit may run again, and needs the file again then.
    let NewImport { entity, file_name, mapping, file, validate_only, .. } = row;
    *plan = Some(Plan { entity, file_name, mapping: mapping.0, file, validate_only });
    inserted?;
    Ok((lease, jobs::find(tx, id)?))
}

/// A new id for an import, which is its job's, too.
#[must_use]
pub fn id() -> Id {
    new_id()
}

/// An import with its job.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<(ImportRow, JobRow), Problem> {
    Ok((store::find(c, id)?, jobs::find(c, id)?))
}
