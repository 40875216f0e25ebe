//! What won orders are worth: each currency for itself, or all told in one by exchange rates.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::{Revenue, RevenueDrilldowns, RevenueRow, Unconverted};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store::{self, Key, Sum};
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};

/// What the orders of a group are worth, with those that no rate converts.
struct Told {
    keys: Vec<Key>,
    currency: String,
    orders: i64,
    amount: i128,
    unconverted: Vec<Unconverted>,
}

/// What won orders are worth.
pub fn revenue(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Revenue, Problem> {
    let plan = Plan::make(c, act, ask, locale, Some(&["won"]))?;
    let into = plan.facts.conversion.as_ref().map(|conversion| (conversion.currency.clone(), conversion.basis.as_str()));
    let sums = told(store::sums(c, &plan.facts, MOST)?, into.as_ref().map(|(currency, _)| currency.as_str()));
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
            let drill = plan.drill(&r.keys);
            let drilldown = if into.is_some() { drill } else { drill.is("currency", Some(&r.currency)) }.url();
            let places = exponent(&r.currency);
            let place = (plan.times(&r.keys), r.currency.clone(), Reverse(r.amount), labels(&group));
            let converted = r.orders - r.unconverted.iter().map(|other| other.orders).sum::<i64>();
            let row = RevenueRow {
                group,
                won_amount: rules::amount_text(r.amount, places),
                orders: r.orders,
                average_amount: rules::amount_text(rules::average(r.amount, converted, places), places),
                share: rules::rate(r.amount, totals.get(&r.currency).copied().unwrap_or_default()),
                currency: r.currency,
                unconverted: r.unconverted,
                drilldowns: RevenueDrilldowns { won: drilldown.clone() },
                drilldown,
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (currency, rate_basis) = into.unzip();
    Ok(Revenue { data: rows.into_iter().map(|(_, row)| row).collect(), currency, rate_basis, frame: plan.frame() })
}

/// The rows of an answer: as they are or, where all is told in one currency, one a group, with what stayed in another.
fn told(sums: Vec<Sum>, into: Option<&str>) -> Vec<Told> {
    let plain = |sum: Sum| Told { keys: sum.keys, currency: sum.currency, orders: sum.orders, amount: sum.amount, unconverted: Vec::new() };
    let Some(into) = into else { return sums.into_iter().map(plain).collect() };
    let (mut rows, mut places): (Vec<Told>, HashMap<Vec<Key>, usize>) = (Vec::new(), HashMap::new());
    for sum in sums {
        let place = *places.entry(sum.keys.clone()).or_insert_with(|| {
            rows.push(Told { keys: sum.keys.clone(), currency: into.to_owned(), orders: 0, amount: 0, unconverted: Vec::new() });
            rows.len() - 1
        });
        let row = &mut rows[place];
        row.orders += sum.orders;
        if sum.currency == into {
            row.amount += sum.amount;
        } else {
            let amount = rules::amount_text(sum.amount, exponent(&sum.currency));
            row.unconverted.push(Unconverted { currency: sum.currency, amount, orders: sum.orders });
        }
    }
    for row in &mut rows {
        row.unconverted.sort_by(|a, b| a.currency.cmp(&b.currency));
    }
    rows
}
