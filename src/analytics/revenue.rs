//! What won orders are worth: each currency for itself, or all told in one by exchange rates.
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::dto::{Revenue, RevenueChange, RevenueDrilldowns, RevenueMeasures, RevenueRow, Standing};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store::{self, Key, Sum};
use super::worth::{self, Told};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, others};
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};

/// What won orders are worth.
pub fn revenue(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Revenue, Problem> {
    let plan = Plan::counted(c, act, ask, locale, Some(&["won"]))?;
    let one = plan.told_in();
    let (top, sums) = match ask.top {
        Some(top) => store::most_worth(c, &plan.facts, top, MOST).map(|(top, sums)| (Some(top), sums))?,
        None => (None, store::sums(c, &plan.facts, None, MOST)?),
    };
    let mut sums = told(one, sums);
    let mut before = HashMap::new();
    if let Some(ask) = ask.before() {
        let earlier = Plan::counted(c, act, &ask, locale, Some(&["won"]))?;
        for (keys, sum) in told(one, store::sums(c, &earlier.facts, top.as_deref(), MOST)?) {
            let all: &mut (i128, i64, i64) = before.entry((plan.aligned(keys), sum.currency.clone())).or_default();
            *all = (all.0 + sum.amount, all.1 + sum.orders, all.2 + sum.converted());
        }
        // What there was and is no more stands here as well.
        let there: HashSet<_> = sums.iter().map(|(keys, sum)| (keys.clone(), sum.currency.clone())).collect();
        let gone = before.keys().filter(|place| !there.contains(place));
        sums.extend(gone.map(|(keys, currency)| (keys.clone(), Told::none(currency.clone()))));
    }
    bounded(sums.len())?;
    let names = plan.names(c, sums.iter().map(|(keys, _)| keys))?;
    let totals = totals(sums.iter().map(|(_, sum)| (&sum.currency, sum.amount)));
    let totals_before = self::totals(before.iter().map(|((_, currency), (amount, ..))| (currency, *amount)));
    let mut rows: Vec<_> = sums
        .into_iter()
        .map(|(keys, r)| {
            let group = plan.group(&keys, &names);
            let named = top.iter().flatten().find(|(currency, _)| currency.as_ref().is_none_or(|currency| *currency == r.currency));
            let drill = plan.listed(&keys, named.map_or(&[], |(_, keys)| keys));
            let drilldown = drill.map(|drill| plan.in_currency(drill, &r.currency).url());
            let then = ask.compare.map(|_| before.get(&(keys.clone(), r.currency.clone())).copied().unwrap_or_default());
            let place = (plan.times(&keys), r.currency.clone(), keys.contains(&Key::Rest), Reverse(r.amount), labels(&group));
            let of = |totals: &HashMap<String, i128>| totals.get(&r.currency).copied().unwrap_or_default();
            let row = RevenueRow {
                group,
                measures: measures(r.amount, (r.orders, r.converted()), of(&totals), &r.currency),
                unconverted: r.unconverted(),
                drilldowns: RevenueDrilldowns { won: drilldown.clone() },
                drilldown,
                previous: then.map(|(amount, orders, converted)| measures(amount, (orders, converted), of(&totals_before), &r.currency)),
                change: then.map(|(amount, orders, _)| RevenueChange {
                    won_amount: rules::amount_text(r.amount - amount, exponent(&r.currency)),
                    orders: r.orders - orders,
                    rate: rules::rate(r.amount - amount, amount),
                }),
                currency: r.currency,
            };
            (place, Box::new(row))
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Revenue {
        data: others::small_steps(rows.into_iter()).map(|(_, row)| *row).collect(),
        told: plan.told(),
        frame: plan.frame(),
        standing: Standing::of(ask),
    })
}

/// What the groups are worth: as it is or, where all is told in one currency, one a group.
fn told(into: Option<&str>, sums: Vec<Sum>) -> Vec<(Vec<Key>, Told)> {
    worth::told(into, others::small_steps(sums.into_iter()).map(|sum| (sum.keys, sum.currency, sum.orders, sum.amount)))
}

fn totals<'a>(sums: impl Iterator<Item = (&'a String, i128)>) -> HashMap<String, i128> {
    sums.fold(HashMap::new(), |mut totals, (currency, amount)| {
        *totals.entry(currency.clone()).or_default() += amount;
        totals
    })
}

fn measures(amount: i128, (orders, converted): (i64, i64), total: i128, currency: &str) -> RevenueMeasures {
    let places = exponent(currency);
    RevenueMeasures {
        won_amount: rules::amount_text(amount, places),
        orders,
        average_amount: rules::amount_text(rules::average(amount, converted, places), places),
        share: rules::rate(amount, total),
    }
}
