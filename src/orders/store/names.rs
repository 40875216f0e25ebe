//! The names of users, teams and products, which every answer tells and hardly any request changes: kept in memory under the stamp of the request, like
//! settings. Names of customers are not: there are many of them, and they change every day.
use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Text;
use foldhash::fast::RandomState;

use crate::platform::db::kept::{self, Key};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

const KEY: Key = ("names", "");
/// Most names that are kept: with more, it begins anew with those that are asked for.
const MOST: usize = 20_000;
/// How many are looked up by one statement.
const AT_ONCE: usize = 501;

type Known = HashMap<Id, String, RandomState>;

/// Names by id, of whatever kind.
pub(super) struct Names(Arc<Known>);

impl Names {
    /// Those of some records; what is not in memory is looked up, all of it at once.
    pub(super) fn of(c: &mut AnyConnection, ids: impl Iterator<Item = Id> + Clone) -> Result<Self, Problem> {
        let known: Arc<Known> = kept::find(KEY).unwrap_or_default();
        let mut unknown: Vec<Id> = ids.clone().filter(|id| !known.contains_key(id)).collect();
        if unknown.is_empty() {
            return Ok(Self(known));
        }
        unknown.sort_unstable();
        unknown.dedup();
        let mut found = Vec::with_capacity(unknown.len());
        for some in unknown.chunks(AT_ONCE) {
            found.extend(look_up(c, some)?);
        }
        let all = Arc::new(with(&known, ids, found));
        kept::keep(c, KEY, all.clone())?;
        Ok(Self(all))
    }

    pub(super) fn get(&self, id: Id) -> String {
        self.0.get(&id).cloned().unwrap_or_default()
    }
}

/// What is known with what was found besides; where that is too much, of what was known only what is asked for.
fn with(known: &Known, asked: impl Iterator<Item = Id>, found: Vec<(Id, String)>) -> Known {
    let mut all = if known.len() + found.len() > MOST { asked.filter_map(|id| Some((id, known.get(&id)?.clone()))).collect() } else { known.clone() };
    all.extend(found);
    all
}

fn look_up(c: &mut AnyConnection, ids: &[Id]) -> QueryResult<Vec<(Id, String)>> {
    let of = |table: &str| Sql::new(format!("select id, name from {table} where ")).then(Sql::among("id", ids));
    let all = ["users", "teams", "products"].map(of).into_iter().reduce(|all, one| all.text(" union all ").then(one));
    all.unwrap_or_default().of_few_if(ids.len() <= AT_ONCE).selecting::<(SqlId, Text)>().load(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_known_and_there_is_an_end_to_it() {
        let id = |n: usize| Id(uuid::Uuid::from_u128(n as u128));
        let named = |n: usize| (id(n), format!("Name {n}"));
        let full: Known = (0..MOST - 1).map(named).collect();
        let one_more = with(&full, [id(0), id(MOST)].into_iter(), vec![named(MOST)]);
        assert_eq!((one_more.len(), one_more.get(&id(MOST)), one_more.get(&id(5))), (MOST, Some(&format!("Name {MOST}")), full.get(&id(5))));
        let anew = with(&one_more, [id(0), id(MOST + 1)].into_iter(), vec![named(MOST + 1)]);
        assert_eq!(anew, [named(0), named(MOST + 1)].into_iter().collect());
    }
}
