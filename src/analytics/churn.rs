//! Who bought again and again, and has gone quiet against its own rhythm.
use std::collections::HashMap;

use super::dto::customers::{Churn, ChurnRow, LastLoss};
use super::dto::people::Worth;
use super::plan::Plan;
use super::question::Ask;
use super::rules::{Basis, rate};
use super::store::customers as store;
use super::stuck::Bounds;
use super::words::Labels;
use super::worth::told;
use crate::identity::Act;
use crate::platform::clock::date_in;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::values::Reference;
use crate::settings;

/// Finds who has gone quiet.
pub fn churn(c: &mut AnyConnection, act: &Act, ask: &Ask, bounds: Bounds, locale: Locale) -> Result<Churn, Problem> {
    let mut ask = ask.clone();
    ask.basis = Basis::Closed;
    let plan = Plan::make(c, act, &ask, locale, Some(&["won"]))?;
    let today = date_in(settings::service::organisation(c)?.time_zone, act.now);
    let (quiet, total) = store::quiet(c, plan.facts.condition.clone(), today, bounds.factor.0, bounds.limit)?;
    let ids: Vec<Id> = quiet.iter().map(|quiet| quiet.customer).collect();
    let names = store::names(c, &ids)?;
    let seen = Sql::all([Sql::new("orders.archived_at is null"), act.caller.sees("orders.owner_id", "orders.team_id")]);
    let lost: HashMap<Id, store::Lost> = store::lost(c, &ids, seen)?.into_iter().map(|lost| (lost.customer, lost)).collect();
    let reasons = Labels::of(c, "loss-reasons", locale)?;
    let of_quiet = Sql::all([Sql::among("orders.customer_id", &ids), plan.facts.condition.clone()]);
    let bought = store::bought(c, &of_quiet, plan.facts.conversion.as_ref())?;
    let mut worth: HashMap<Id, Vec<Worth>> = HashMap::new();
    for (customer, told) in told(plan.told_in(), bought.into_iter().map(|b| (b.customer, b.currency, b.orders, b.amount))) {
        worth.entry(customer).or_default().push(told.view());
    }
    worth.values_mut().for_each(|all| all.sort_by(|a, b| a.currency.cmp(&b.currency)));
    let data = quiet.into_iter().map(|quiet| ChurnRow {
        customer: Reference { id: quiet.customer, name: names.get(&quiet.customer).cloned().unwrap_or_default() },
        purchases: quiet.days,
        first_on: quiet.first,
        last_on: quiet.last,
        median_interval_days: quiet.median,
        quiet_days: quiet.quiet,
        times_median: rate(quiet.quiet.into(), quiet.median.into()),
        won: worth.remove(&quiet.customer).unwrap_or_default(),
        last_loss: lost.get(&quiet.customer).map(|lost| LastLoss { reason: reasons.key(lost.reason.as_deref()), closed_on: lost.on }),
        drilldown: plan.drill(&[]).any_of("customer", [quiet.customer.to_string()]).url(),
    });
    Ok(Churn { data: data.collect(), total, factor: bounds.factor.to_string(), today, told: plan.told() })
}
