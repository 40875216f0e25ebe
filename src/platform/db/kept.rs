//! What almost every request asks for and hardly any changes, settings, standards and names, kept in memory. A request learns with its caller how many changes
//! there have been, its stamp, and goes by what is kept under that stamp: so a change holds for every request that comes after its commit, on every
//! instance. Who has no stamp, as jobs do, asks the database; so does who has changed something in the same request.
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::AnyConnection;
use super::sql::Sql;
use crate::platform::problem::Problem;
use crate::platform::watch::statements;

/// How many changes there have been, as an expression; it never gets less, for settings keep their versions, standards count theirs, and the database itself
/// counts the changes of names. Settings are a handful; of standards an index gives the last of each.
pub const STAMP: &str = "cast((select coalesce(sum(version), 0) from settings) + (select changes from renames where id = 1) + 4294967296 * \
    (coalesce((select max(version) from standards where entity = 'orders'), 0) + coalesce((select max(version) from standards where entity = 'customers'), 0) \
    + coalesce((select max(version) from standards where entity = 'products'), 0)) as bigint)";

/// By what a thing is kept: its kind and its name.
pub type Key = (&'static str, &'static str);

/// What one database has kept in memory.
#[derive(Debug, Default)]
pub struct Kept(RwLock<HashMap<Key, Stamped>>);

/// A thing and the stamp under which it holds.
type Stamped = (i64, Arc<dyn Any + Send + Sync>);

impl Kept {
    fn find<T: Any + Send + Sync>(&self, key: Key, stamp: i64) -> Option<Arc<T>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&key).filter(|(of, _)| *of == stamp).and_then(|(_, value)| value.clone().downcast::<T>().ok())
    }
    fn put(&self, key: Key, stamp: i64, value: Arc<dyn Any + Send + Sync>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.get(&key).is_none_or(|(of, _)| *of <= stamp) {
            all.insert(key, (stamp, value));
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// What is kept under a key, where this request goes by a stamp.
#[must_use]
pub fn find<T: Any + Send + Sync>(key: Key) -> Option<Arc<T>> {
    let (kept, stamp) = known()?;
    kept.find(key, stamp)
}

/// Keeps what was just loaded, where this request goes by a stamp and that is still the one.
pub fn keep(c: &mut AnyConnection, key: Key, value: Arc<dyn Any + Send + Sync>) -> Result<(), Problem> {
    if let Some((kept, stamp)) = known()
        && is_of_stamp(c)?
    {
        kept.put(key, stamp, value);
    }
    Ok(())
}

/// Whether what this request reads is of the stamp that it goes by, if it goes by one.
pub fn is_of_stamp(c: &mut AnyConnection) -> Result<bool, Problem> {
    let Some((_, stamp)) = known() else { return Ok(false) };
    // What another has changed and not committed yet, in the group of units that share a commit, is not of this stamp.
    Ok(Sql::new(format!("select {STAMP} as value")).of_few().load::<Number>(c)?.iter().any(|now| now.value == stamp))
}

/// What is kept under a key or else loaded.
pub fn get<T: Any + Send + Sync>(c: &mut AnyConnection, key: Key, load: impl FnOnce(&mut AnyConnection) -> Result<T, Problem>) -> Result<Arc<T>, Problem> {
    if let Some(found) = find(key) {
        return Ok(found);
    }
    let value = Arc::new(load(c)?);
    keep(c, key, value.clone())?;
    Ok(value)
}

fn known() -> Option<(Arc<Kept>, i64)> {
    statements::here(|trace| Some((trace.kept()?, trace.stamp()?))).flatten()
}

/// Says that this request changes what is kept, or must not be told of what was: from here on it asks the database.
pub fn pass_over() {
    statements::here(statements::Trace::forget_stamp);
}
