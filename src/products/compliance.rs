//! How the products of the catalogue stand to a standard, read some at a time.
use super::rules;
use super::store::{self, Row};
use crate::identity::Role;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::standards::check::{Context, Moment};
use crate::standards::compliance::{Record, Shared};
use crate::standards::custom::Seen;
use crate::standards::definition::{Check, Standard};
use crate::standards::ready::Ready;

/// Which products share what a rule lets no two share.
pub fn shared(c: &mut AnyConnection, standard: &Standard) -> Result<Shared, Problem> {
    let unique = standard.rules.iter().enumerate().filter(|(_, rule)| rule.check == Check::Unique);
    unique.map(|(place, rule)| Ok((place, store::sharing(c, standard, &rule.fields)?))).collect()
}

/// How products stand, from an id on, each as an administrator would be told, for nobody else changes them.
pub fn standing(c: &mut AnyConnection, ready: &Ready<'_>, shared: &Shared, after: Option<Id>, limit: i64) -> Result<Vec<Record>, Problem> {
    let beyond = after.map(|id| Sql::new("products.id > ").bind(Value::Id(id)));
    let unarchived = Sql::new("products.archived_at is null");
    let rows: Vec<Row> = store::list(c, Sql::all([unarchived].into_iter().chain(beyond)), Sql::new("products.id"), limit)?;
    let context = Context { moment: Moment::Save, stage: "", status: "", today: ready.today, role: Role::Admin, skip: &[] };
    let records = rows.into_iter().map(|row| {
        let shares = |place| shared.get(&place).is_some_and(|ids| ids.contains(&row.id));
        let custom = Seen::of(ready.standard, &row.custom.to(), &[]);
        let broken = rules::with_entry(&row, &custom, &[], |entry| ready.checker.broken(entry, &context, shares));
        Record { id: row.id, label: row.name, owner: None, team: None, broken }
    });
    Ok(records.collect())
}
