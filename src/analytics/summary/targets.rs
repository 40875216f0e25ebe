//! What the caller, and the teams that the caller leads, are to win in a period, and what was won of it.
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::dto::OwnTarget;
use crate::analytics::convert::Conversion;
use crate::analytics::drilldown::Drill;
use crate::analytics::people::against;
use crate::analytics::plan::MOST;
use crate::analytics::store::people::{Target, Window, targets};
use crate::analytics::store::{Facts, sums, team_names};
use crate::analytics::worth::{Told, told};
use crate::identity::Act;
use crate::platform::clock::start_of;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::values::Reference;

/// The targets of the months that begin in the period: the caller's own first, then those of teams by name. Where amounts are converted, all that was won is
/// told in the currency of each.
pub fn own(c: &mut AnyConnection, act: &Act, zone: Tz, (from, to): (NaiveDate, NaiveDate), conversion: Option<&Conversion>) -> Result<Vec<OwnTarget>, Problem> {
    let caller = &act.caller;
    let is_own = |target: &Target| if target.is_team { caller.leads.contains(&target.holder) } else { caller.user == Some(target.holder) };
    let window = Window { days: (from, to), times: (start_of(zone, from), start_of(zone, to)) };
    let own: Vec<Target> = targets(c, window)?.into_iter().filter(is_own).collect();
    let teams: Vec<Id> = own.iter().filter(|target| target.is_team).map(|target| target.holder).collect();
    let names = team_names(c, &teams)?;
    let mut all = Vec::with_capacity(own.len());
    for target in own {
        let name = if target.is_team { names.get(&target.holder).cloned().unwrap_or_default() } else { caller.name.clone() };
        let in_its_own = Sql::new("orders.currency = ").bind(Value::Text(target.currency.clone()));
        let counted = [won(act, &target, (from, to))].into_iter().chain(conversion.is_none().then_some(in_its_own));
        let facts = Facts { conversion: conversion.map(|conversion| conversion.into(&target.currency)), ..Facts::of(Sql::all(counted)) };
        let sums = sums(c, &facts, None, MOST)?.into_iter().map(|sum| ((), sum.currency, sum.orders, sum.amount));
        let won = told(Some(&target.currency), sums).pop().map_or_else(|| Told::none(target.currency.clone()), |(_, told)| told);
        let field = if target.is_team { "closed_team" } else { "closed_owner" };
        let list = Drill::default().any_of("status", ["won"]).any_of(field, [target.holder.to_string()]).days("closed_on", Some(from), Some(to));
        let drilldown = if conversion.is_some() { list } else { list.is("currency", Some(&target.currency)) }.url();
        all.push((target.is_team, OwnTarget { holder: Reference { id: target.holder, name }, against: against(&target, &won), drilldown }));
    }
    all.sort_by(|(a_team, a), (b_team, b)| (a_team, &a.holder.name, &a.against.currency).cmp(&(b_team, &b.holder.name, &b.against.currency)));
    Ok(all.into_iter().map(|(_, target)| target).collect())
}

/// The orders that count for a target.
fn won(act: &Act, target: &Target, (from, to): (NaiveDate, NaiveDate)) -> Sql {
    let holder = if target.is_team { "orders.closed_team_id = " } else { "orders.closed_owner_id = " };
    Sql::all([
        Sql::new("orders.archived_at is null and orders.status = 'won'"),
        act.caller.sees("orders.owner_id", "orders.team_id"),
        Sql::new(holder).bind(Value::Id(target.holder)),
        Sql::new("orders.closed_on >= ").bind(Value::Date(from)),
        Sql::new("orders.closed_on < ").bind(Value::Date(to)),
    ])
}
