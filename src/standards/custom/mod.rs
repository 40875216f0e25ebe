//! Custom fields at work: what their values must be, how records hold them, who sees and who sets them. It knows the standards that define them and no
//! room whose records hold them.
pub mod defined;
mod input;
mod lay;
mod seen;
mod shown;
pub mod store;
pub mod value;

pub use input::CustomInput;
pub use lay::{How, Laid, lay};
pub use seen::Seen;
pub use shown::Shown;

use super::definition::{CustomField, Rule, Standard};
use super::entity::Entity;
use super::service::current;
use crate::identity::{Caller, Permission, Role};
use crate::platform::db::AnyConnection;
use crate::platform::problem::Problem;

/// Whether a caller sees a field, of records that the caller sees; the program itself sees all.
#[must_use]
pub fn sees(caller: &Caller, field: &CustomField) -> bool {
    caller.user.is_none() || field.seen_by(caller.role)
}

/// Whether a caller sets a field, in records that the caller may edit; the program itself sets all.
#[must_use]
pub fn sets(caller: &Caller, field: &CustomField) -> bool {
    caller.user.is_none() || field.set_by(caller.role)
}

/// A standard, or an older version of it, as a caller is shown it: without the fields that the caller does not see now and without the rules that speak of
/// one. Who publishes it is shown all of it.
#[must_use]
pub fn shown_to(caller: &Caller, now: &Standard, mut standard: Standard) -> Standard {
    let hidden: Vec<&CustomField> = now.fields.iter().filter(|field| !sees(caller, field)).collect();
    if hidden.is_empty() || caller.holds(Permission::StandardsEdit) {
        return standard;
    }
    standard.fields.retain(|field| hidden.iter().all(|hidden| hidden.key != field.key));
    // Wherever a rule names a field, the path stands as a text of its own.
    let speaks = |rule: &Rule| serde_json::to_string(rule).is_ok_and(|text| hidden.iter().any(|hidden| text.contains(&format!("\"{}\"", hidden.path()))));
    standard.rules.retain(|rule| !speaks(rule));
    standard
}

/// The paths of fields that a role does not see, by the type of their records in events.
pub fn hidden(c: &mut AnyConnection, role: &str) -> Result<Vec<(&'static str, String)>, Problem> {
    let mut all = Vec::new();
    for (entity, record_type) in [(Entity::Orders, "order"), (Entity::Customers, "customer"), (Entity::Products, "product")] {
        let standard = current(c, entity.as_str())?;
        let unseen = standard.fields.iter().filter(|field| Role::parse(role).is_none_or(|role| !field.seen_by(role)));
        all.extend(unseen.map(|field| (record_type, field.path())));
    }
    // What was published tells of all fields.
    if !all.is_empty() {
        all.extend([("standard", "added_fields".to_owned()), ("standard", "changed_fields".to_owned())]);
    }
    Ok(all)
}
