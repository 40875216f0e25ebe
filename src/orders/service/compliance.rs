//! How the open orders stand to a standard, read some at a time.
use std::collections::{BTreeSet, HashSet};

use super::draft::{Draft, Facts};
use crate::identity::{Role, users};
use crate::orders::delays;
use crate::orders::dto::view::number_text;
use crate::orders::lifecycle::{OPEN, Status};
use crate::orders::store::{self, EntryRow};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::standards::check::{Context, Moment};
use crate::standards::compliance::{Record, Shared};
use crate::standards::custom::Seen;
use crate::standards::definition::{Check, Kind, Standard};
use crate::standards::ready::Ready;
use crate::{customers, products};

fn open() -> Vec<&'static str> {
    OPEN.iter().map(|status| status.as_str()).collect()
}

/// Which open orders share what a rule lets no two share.
pub fn shared(c: &mut AnyConnection, standard: &Standard) -> Result<Shared, Problem> {
    let unique = standard.rules.iter().enumerate().filter(|(_, rule)| rule.check == Check::Unique);
    unique.map(|(place, rule)| Ok((place, store::sharing(c, standard, &open(), &rule.fields)?))).collect()
}

/// How open orders stand that meet a condition, from an id on, each as its owner would be told: a draft to what is asked whenever it is stored, one
/// that was submitted to what is asked of it since.
pub fn standing(c: &mut AnyConnection, ready: &Ready<'_>, shared: &Shared, filter: Sql, after: Option<Id>, limit: i64) -> Result<Vec<Record>, Problem> {
    let rows = store::open_entries(c, &open(), filter, after, limit)?;
    let entries: Vec<(EntryRow, Draft)> = rows.into_iter().map(|(row, lines)| (row.clone(), Draft::of_entry(row, &lines))).collect();
    let owners: Vec<Id> = distinct(entries.iter().map(|(row, _)| row.owner_id));
    let roles = users::store::roles(c, &owners)?;
    let buyers = if ready.checker.needs(None, "customer.") { distinct(entries.iter().filter_map(|(row, _)| row.customer_id)) } else { Vec::new() };
    let customers = customers::store::facts_of(c, &buyers)?;
    let sold = if ready.checker.needs(Some(Kind::PriceBand), "lines[].category") {
        distinct(entries.iter().flat_map(|(_, draft)| draft.products()))
    } else {
        Vec::new()
    };
    let pushed = if ready.checker.has(Kind::DelayRecorded) {
        delays::store::with_unexplained(c, &entries.iter().map(|(row, _)| row.id).collect::<Vec<_>>())?
    } else {
        HashSet::new()
    };
    let mut facts = Facts {
        owner: Id(uuid::Uuid::nil()),
        team: None,
        currency: String::new(),
        customer: customers::store::Facts::default(),
        products: products::store::facts(c, &sold)?,
        custom: Seen::default(),
        pushed: false,
    };
    let records = entries.into_iter().map(|(row, draft)| {
        facts = Facts {
            owner: row.owner_id,
            team: row.team_id,
            currency: draft.currency.clone(),
            customer: row.customer_id.and_then(|id| customers.get(&id).cloned()).unwrap_or_default(),
            products: std::mem::take(&mut facts.products),
            custom: Seen::of(ready.standard, &draft.custom.values, &[]),
            pushed: pushed.contains(&row.id),
        };
        let before_review = [Status::Draft, Status::Returned].iter().any(|status| status.as_str() == row.status);
        let moment = if before_review { Moment::Save } else { Moment::Change };
        let role = roles.get(&row.owner_id).copied().unwrap_or(Role::Rep);
        let context = Context { moment, stage: &row.stage, status: &row.status, today: ready.today, role, skip: &[] };
        let shares = |place| shared.get(&place).is_some_and(|ids| ids.contains(&row.id));
        let broken = draft.with_entry(&facts, |entry| ready.checker.broken(entry, &context, shares));
        Record { id: row.id, label: number_text(row.number), owner: Some(row.owner_id), team: row.team_id, broken }
    });
    Ok(records.collect())
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}
