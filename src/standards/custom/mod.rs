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

use super::definition::CustomField;
use super::entity::Entity;
use super::service::current;
use crate::identity::{Caller, Role};
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

/// The paths of fields that a role does not see, by the type of their records in events.
pub fn hidden(c: &mut AnyConnection, role: &str) -> Result<Vec<(&'static str, String)>, Problem> {
    let mut all = Vec::new();
    for (entity, record_type) in [(Entity::Orders, "order"), (Entity::Customers, "customer"), (Entity::Products, "product")] {
        let fields = current(c, entity.as_str())?.fields;
        let unseen = fields.iter().filter(|field| Role::parse(role).is_none_or(|role| !field.seen_by(role)));
        all.extend(unseen.map(|field| (record_type, field.path())));
    }
    Ok(all)
}
