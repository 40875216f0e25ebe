//! One row through the service function of its entity: the same rules, the same log. What it does stays or is undone as a whole.
use serde_json::Value;

use super::mapping::Entity;
use crate::identity::{Act, users};
use crate::platform::db::{AnyConnection, work};
use crate::platform::outcome::Outcome;
use crate::platform::problem::Problem;
use crate::platform::web::body::decode;
use crate::{customers, orders, products};

/// Brings a row in, in a savepoint of its own, so that a refused row undoes only itself; as a rehearsal it is always undone.
pub fn bring_in(tx: &mut AnyConnection, act: &Act, entity: Entity, body: &Value, hash: &str, rehearsal: bool) -> Result<Outcome, Problem> {
    let row = |tx: &mut AnyConnection| dispatch(tx, act, entity, body, hash);
    if rehearsal { work::rehearse(tx, row) } else { work::attempt(tx, row) }
}

fn dispatch(tx: &mut AnyConnection, act: &Act, entity: Entity, body: &Value, hash: &str) -> Result<Outcome, Problem> {
    match entity {
        Entity::Products => products::service::import(tx, act, decode(body)?, hash),
        Entity::Customers => customers::service::import(tx, act, decode(body)?, hash),
        Entity::Orders => orders::service::import(tx, act, decode(body)?, hash),
        Entity::Users => users::service::import(tx, act, decode(body)?, hash),
    }
}
