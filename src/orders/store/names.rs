//! The names of customers, users, teams and products, which every answer tells and hardly any request changes: kept in memory under the stamp of the request,
//! like settings. The database counts in the stamp how often one of them got another name.
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::prelude::*;
use diesel::sql_types::Text;
use foldhash::fast::RandomState;

use crate::platform::db::kept::{self, Key};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

const KEY: Key = ("names", "");
/// Most names that are kept: with more, it begins anew with those that were just looked up.
const MOST: usize = 20_000;
/// How many are looked up by one statement.
const AT_ONCE: usize = 501;

type Known = HashMap<Id, String, RandomState>;
/// What is kept under a stamp; names come to it and none ever goes.
type Shared = RwLock<Known>;

/// Names by id, of whatever kind.
pub(super) struct Names {
    shared: Arc<Shared>,
    /// What was not in memory.
    found: Known,
}

impl Names {
    /// Those of some customers and of some others; what is not in memory is looked up.
    pub(super) fn of(c: &mut AnyConnection, customers: impl Iterator<Item = Id>, others: impl Iterator<Item = Id>) -> Result<Self, Problem> {
        let kept = kept::find::<Shared>(KEY);
        let shared = kept.clone().unwrap_or_default();
        let (customers, others) = {
            let known = read(&shared);
            (unknown(&known, customers), unknown(&known, others))
        };
        if customers.is_empty() && others.is_empty() {
            return Ok(Self { shared, found: Known::default() });
        }
        let found = look_up(c, &customers, &others)?;
        if kept.is_none() || are_too_many(&read(&shared), &found) {
            kept::keep(c, KEY, Arc::new(Shared::new(found.clone())))?;
        } else if kept::is_of_stamp(c)? {
            shared.write().unwrap_or_else(PoisonError::into_inner).extend(found.clone());
        }
        Ok(Self { shared, found })
    }

    /// The name of each id that was asked for.
    pub(super) fn told(&self) -> impl Fn(Id) -> String {
        let known = read(&self.shared);
        move |id| self.found.get(&id).or_else(|| known.get(&id)).cloned().unwrap_or_default()
    }
}

fn read(shared: &Shared) -> std::sync::RwLockReadGuard<'_, Known> {
    shared.read().unwrap_or_else(PoisonError::into_inner)
}

fn are_too_many(known: &Known, found: &Known) -> bool {
    known.len() + found.len() > MOST
}

/// Those of some ids that have no name yet, each once.
fn unknown(known: &Known, ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut unknown: Vec<Id> = ids.filter(|id| !known.contains_key(id)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

fn look_up(c: &mut AnyConnection, customers: &[Id], others: &[Id]) -> QueryResult<Known> {
    let of = |table: &str, ids: &[Id]| Sql::new(format!("select id, name from {table} where ")).then(Sql::among("id", ids));
    let of_customers = customers.chunks(AT_ONCE).map(|ids| of("customers", ids));
    let of_others = others.chunks(AT_ONCE).map(|ids| {
        let all = ["users", "teams", "products"].map(|table| of(table, ids)).into_iter();
        all.reduce(|all, one| all.text(" union all ").then(one)).unwrap_or_default()
    });
    let mut found = Known::default();
    // A page's in one statement.
    let mut questions: Vec<Sql> = of_customers.chain(of_others).collect();
    if customers.len().max(others.len()) <= AT_ONCE {
        questions = questions.into_iter().reduce(|all, one| all.text(" union all ").then(one)).into_iter().collect();
    }
    for question in questions {
        found.extend(question.of_few().selecting::<(SqlId, Text)>().load(c)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unknown_id_is_asked_for_once() {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let known: Known = [(id(1), "One".to_owned())].into_iter().collect();
        assert_eq!(unknown(&known, [3, 1, 2, 3].map(id).into_iter()), [id(2), id(3)]);
    }

    #[test]
    fn there_is_an_end_to_what_is_known() {
        let some = |ids: std::ops::Range<usize>| -> Known { ids.map(|n| (Id(uuid::Uuid::from_u128(n as u128)), format!("Name {n}"))).collect() };
        let full = some(0..MOST - 1);
        assert!(!are_too_many(&full, &some(MOST..MOST + 1)) && are_too_many(&full, &some(MOST..MOST + 2)));
    }
}
