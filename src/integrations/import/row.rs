//! One row through the service function of its entity: the same rules, the same log. What it does stays or is undone as a whole.
use diesel::prelude::*;
use serde_json::Value;

use super::mapping::Entity;
use crate::identity::{Act, users};
use crate::platform::db::AnyConnection;
use crate::platform::outcome::Outcome;
use crate::platform::problem::Problem;
use crate::platform::web::body::decode;
use crate::{customers, orders, products};

/// Why a savepoint is rolled back.
enum Undo {
    /// It was a rehearsal.
    Rehearsal(Outcome),
    Failed(Problem),
}
impl From<diesel::result::Error> for Undo {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Brings a row in, in a savepoint of its own, so that a refused row undoes only itself; as a rehearsal it is always undone.
pub fn bring_in(tx: &mut AnyConnection, act: &Act, entity: Entity, body: &Value, hash: &str, rehearsal: bool) -> Result<Outcome, Problem> {
    // A savepoint, for the unit's transaction is open.
    #[allow(clippy::disallowed_methods)]
    let ran = tx.transaction(|tx| match dispatch(tx, act, entity, body, hash) {
        Ok(outcome) if rehearsal => Err(Undo::Rehearsal(outcome)),
        Ok(outcome) => Ok(outcome),
        Err(problem) => Err(Undo::Failed(problem)),
    });
    match ran {
        Ok(outcome) | Err(Undo::Rehearsal(outcome)) => Ok(outcome),
        Err(Undo::Failed(problem)) => Err(problem),
    }
}

fn dispatch(tx: &mut AnyConnection, act: &Act, entity: Entity, body: &Value, hash: &str) -> Result<Outcome, Problem> {
    match entity {
        Entity::Products => products::service::import(tx, act, decode(body)?, hash),
        Entity::Customers => customers::service::import(tx, act, decode(body)?, hash),
        Entity::Orders => orders::service::import(tx, act, decode(body)?, hash),
        Entity::Users => users::service::import(tx, act, decode(body)?, hash),
    }
}
