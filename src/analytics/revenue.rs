//! What won orders are worth: each currency for itself, or all told in one by exchange rates.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::{Revenue, RevenueChange, RevenueDrilldowns, RevenueMeasures, RevenueRow, Standing, Unconverted};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store::{self, Key, Sum};
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::query::bad;

/// What the orders of a group are worth, with those that no rate converts.
struct Told {
    keys: Vec<Key>,
    currency: String,
    orders: i64,
    amount: i128,
    unconverted: Vec<Unconverted>,
}

impl Told {
    /// Of how many orders the amount is.
    fn converted(&self) -> i64 {
        self.orders - self.unconverted.iter().map(|other| other.orders).sum::<i64>()
    }
}

/// The groups that stand for themselves, by currency; none where all do.
type Top = Option<Vec<(Option<String>, Vec<Key>)>>;

/// What won orders are worth.
pub fn revenue(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Revenue, Problem> {
    let plan = Plan::counted(c, act, ask, locale, Some(&["won"]))?;
    let into = plan.facts.conversion.as_ref().map(|conversion| (conversion.currency.clone(), conversion.basis.as_str()));
    let one = into.as_ref().map(|(currency, _)| currency.as_str());
    if one.is_some() && ask.top.is_some() {
        // Its largest groups are those of each currency.
        return Err(bad("top", Fault::from(FaultCode::NotAskedHere).param("name", "rate_basis")));
    }
    let top = most(c, &plan, ask.top)?;
    let mut sums = told(groups(c, &plan, &top)?, one);
    let mut before = HashMap::new();
    if let Some(ask) = ask.before() {
        let earlier = Plan::counted(c, act, &ask, locale, Some(&["won"]))?;
        for sum in told(groups(c, &earlier, &top)?, one) {
            let place = (plan.aligned(sum.keys.clone()), sum.currency.clone());
            let all: &mut (i128, i64, i64) = before.entry(place).or_default();
            *all = (all.0 + sum.amount, all.1 + sum.orders, all.2 + sum.converted());
        }
        // What there was and is no more stands here as well.
        let there: Vec<_> = sums.iter().map(|sum| (sum.keys.clone(), sum.currency.clone())).collect();
        let gone = before.keys().filter(|place| !there.contains(place));
        sums.extend(gone.map(|(keys, currency)| Told { keys: keys.clone(), currency: currency.clone(), orders: 0, amount: 0, unconverted: Vec::new() }));
    }
    bounded(sums.len())?;
    let names = plan.names(c, sums.iter().map(|r| &r.keys))?;
    let totals = totals(sums.iter().map(|sum| (&sum.currency, sum.amount)));
    let totals_before = self::totals(before.iter().map(|((_, currency), (amount, ..))| (currency, *amount)));
    let mut rows: Vec<_> = sums
        .into_iter()
        .map(|r| {
            let group = plan.group(&r.keys, &names);
            let named = top.iter().flatten().find(|(currency, _)| currency.as_ref() == Some(&r.currency)).map(|(_, keys)| keys.as_slice());
            let drilldown =
                plan.listed(&r.keys, named.unwrap_or_default()).map(|drill| if one.is_some() { drill } else { drill.is("currency", Some(&r.currency)) }.url());
            let then = ask.compare.map(|_| before.get(&(r.keys.clone(), r.currency.clone())).copied().unwrap_or_default());
            let place = (plan.times(&r.keys), r.currency.clone(), r.keys.contains(&Key::Rest), Reverse(r.amount), labels(&group));
            let of = |totals: &HashMap<String, i128>| totals.get(&r.currency).copied().unwrap_or_default();
            let row = RevenueRow {
                group,
                measures: measures(r.amount, (r.orders, r.converted()), of(&totals), &r.currency),
                unconverted: r.unconverted,
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
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (currency, rate_basis) = into.unzip();
    Ok(Revenue { data: rows.into_iter().map(|(_, row)| row).collect(), currency, rate_basis, frame: plan.frame(), standing: Standing::of(ask) })
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

/// The groups of the first dimension that are worth most in each currency.
fn most(c: &mut AnyConnection, plan: &Plan<'_>, top: Option<usize>) -> Result<Top, Problem> {
    let Some(top) = top else { return Ok(None) };
    let mut all: Vec<(Option<String>, Vec<Key>)> = Vec::new();
    for (currency, key) in store::most_worth(c, &plan.facts, top)? {
        match all.iter_mut().find(|(known, _)| known.as_ref() == Some(&currency)) {
            Some((_, keys)) => keys.push(key),
            None => all.push((Some(currency), vec![key])),
        }
    }
    Ok(Some(all))
}

/// The sums of each group, those beside the largest taken together.
fn groups(c: &mut AnyConnection, plan: &Plan<'_>, top: &Top) -> Result<Vec<Sum>, Problem> {
    let Some(top) = top else { return store::sums(c, &plan.facts, MOST) };
    let mut all = store::sums(c, &plan.facts.among(top, true), MOST)?;
    for rest in store::sums(c, &plan.facts.among(top, false), MOST)? {
        all.push(Sum { keys: [Key::Rest].into_iter().chain(rest.keys.iter().cloned()).collect(), ..rest });
    }
    Ok(all)
}
