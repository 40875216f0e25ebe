//! What won orders are worth, each currency for itself.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::{Revenue, RevenueDrilldowns, RevenueRow};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store;
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};

/// What won orders are worth.
pub fn revenue(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Revenue, Problem> {
    let plan = Plan::make(c, act, ask, locale, Some(&["won"]))?;
    let sums = store::sums(c, &plan.facts, MOST)?;
    bounded(sums.len())?;
    let names = plan.names(c, sums.iter().map(|r| &r.keys))?;
    let mut totals: HashMap<String, i128> = HashMap::new();
    for sum in &sums {
        *totals.entry(sum.currency.clone()).or_default() += sum.amount;
    }
    let mut rows: Vec<_> = sums
        .into_iter()
        .map(|r| {
            let group = plan.group(&r.keys, &names);
            let drilldown = plan.drill(&r.keys).is("currency", Some(&r.currency)).url();
            let places = exponent(&r.currency);
            let place = (plan.times(&r.keys), r.currency.clone(), Reverse(r.amount), labels(&group));
            let row = RevenueRow {
                group,
                won_amount: rules::amount_text(r.amount, places),
                orders: r.orders,
                average_amount: rules::amount_text(rules::average(r.amount, r.orders, places), places),
                share: rules::rate(r.amount, totals.get(&r.currency).copied().unwrap_or_default()),
                currency: r.currency,
                drilldowns: RevenueDrilldowns { won: drilldown.clone() },
                drilldown,
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Revenue { data: rows.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
