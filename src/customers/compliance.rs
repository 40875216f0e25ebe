//! How the customers that are not archived stand to a standard, read some at a time.
use std::collections::BTreeSet;

use super::store::{self, Row};
use super::{owners, rules};
use crate::identity::{Role, users};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::standards::check::{Context, Moment};
use crate::standards::compliance::{Record, Shared};
use crate::standards::custom::Seen;
use crate::standards::definition::{Check, Standard};
use crate::standards::ready::Ready;

/// Which customers share what a rule lets no two share.
pub fn shared(c: &mut AnyConnection, standard: &Standard) -> Result<Shared, Problem> {
    let unique = standard.rules.iter().enumerate().filter(|(_, rule)| rule.check == Check::Unique);
    unique.map(|(place, rule)| Ok((place, store::sharing(c, standard, &rule.fields)?))).collect()
}

/// How customers stand that meet a condition, from an id on, each as its owner would be told.
pub fn standing(c: &mut AnyConnection, ready: &Ready<'_>, shared: &Shared, filter: Sql, after: Option<Id>, limit: i64) -> Result<Vec<Record>, Problem> {
    let beyond = after.map(|id| Sql::new("customers.id > ").bind(Value::Id(id)));
    let unarchived = Sql::new("customers.archived_at is null");
    let rows: Vec<Row> = store::list(c, Sql::all([unarchived, filter].into_iter().chain(beyond)), Sql::new("customers.id"), limit)?;
    let mut contacts = store::contacts(c, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let ids: Vec<Id> = rows.iter().map(|row| row.owner_id).collect::<BTreeSet<_>>().into_iter().collect();
    let (owners, roles) = (owners::of(c, &ids)?, users::store::roles(c, &ids)?);
    let records = rows.into_iter().map(|row| {
        let people = contacts.remove(&row.id).unwrap_or_default();
        let role = roles.get(&row.owner_id).copied().unwrap_or(Role::Rep);
        let context = Context { moment: Moment::Save, stage: "", status: "", today: ready.today, role, skip: &[] };
        let shares = |place| shared.get(&place).is_some_and(|ids| ids.contains(&row.id));
        let custom = Seen::of(ready.standard, &row.custom.to(), &[]);
        let broken = rules::with_entry(&row, &people, &custom, &[], |entry| ready.checker.broken(entry, &context, shares));
        let team = owners.get(&row.owner_id).and_then(|owner| owner.team);
        Record { id: row.id, owner: Some(row.owner_id), team, broken, label: row.name }
    });
    Ok(records.collect())
}
