//! Who the customers are, how recently, how often and for how much they bought, and how much hangs on the largest of them.
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::classes::classes;
use super::drilldown::Drill;
use super::dto::GroupKey;
use super::dto::customers::{ClassRow, Classes, CustomerCurrency, CustomerDistribution, CustomerShare, Customers, TopCustomer};
use super::plan::{MOST, Plan, bounded};
use super::question::Ask;
use super::rules::{Basis, amount_text, rate};
use super::store::customers as store;
use super::words::{Labels, word};
use super::worth::{Told, told};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::values::Reference;

/// Counts customers and what they bought.
pub fn customers(c: &mut AnyConnection, act: &Act, ask: &Ask, top: usize, locale: Locale) -> Result<Customers, Problem> {
    let mut ask = ask.clone();
    ask.basis = Basis::Closed;
    let plan = Plan::counted(c, act, &ask, locale, Some(&["won"]))?;
    let sources = Labels::of(c, "sources", locale)?;
    let plain = |word: Option<&str>| GroupKey { key: word.map(str::to_owned), label: word.map(str::to_owned) };
    let own = |code: Option<&str>| code.map_or(GroupKey { key: None, label: None }, |code| word(code, locale));
    let shares = store::shares(c, &plan.facts, MOST)?;
    let spread = |field: &'static str, shown: &dyn Fn(Option<&str>) -> GroupKey| -> Result<Vec<CustomerShare>, Problem> {
        let mut of: Vec<&store::Share> = shares.iter().filter(|share| share.field == field).collect();
        bounded(of.len())?;
        of.sort_by(|a, b| (Reverse(a.customers), a.word.is_none(), &a.word).cmp(&(Reverse(b.customers), b.word.is_none(), &b.word)));
        let all: i64 = of.iter().map(|share| share.customers).sum();
        let told = |share: &store::Share| CustomerShare {
            value: shown(share.word.as_deref()),
            customers: share.customers,
            share: rate(share.customers.into(), all.into()),
            buyers: share.buyers,
            drilldown: Drill::default().is(field, share.word.as_deref()).url_of("/api/v1/customers?"),
        };
        Ok(of.into_iter().map(told).collect())
    };
    let distribution = CustomerDistribution {
        industry: spread("industry", &plain)?,
        region: spread("region", &plain)?,
        source: spread("source", &|code| sources.key(code))?,
        intent_level: spread("intent_level", &own)?,
        value_tier: spread("value_tier", &own)?,
    };
    let bought = store::bought(c, &plan.facts)?;
    let mut last: HashMap<(Id, String), NaiveDate> = HashMap::new();
    for b in &bought {
        let shown = plan.told_in().map_or_else(|| b.currency.clone(), str::to_owned);
        let day = last.entry((b.customer, shown)).or_insert(b.last);
        *day = b.last.max(*day);
    }
    let mut by_currency: BTreeMap<String, Vec<Buyer>> = BTreeMap::new();
    for (customer, told) in told(plan.told_in(), bought.into_iter().map(|b| (b.customer, b.currency, b.orders, b.amount))) {
        let last = last.get(&(customer, told.currency.clone())).copied().unwrap_or_default();
        by_currency.entry(told.currency.clone()).or_default().push(Buyer { customer, told, last });
    }
    let currencies = by_currency.into_iter().map(|(currency, bought)| of_currency(c, &plan, currency, bought, top)).collect::<Result<_, _>>()?;
    Ok(Customers { distribution, currencies, told: plan.told(), frame: plan.frame() })
}

/// A customer, what it bought as it is told in one currency, and when it bought last.
struct Buyer {
    customer: Id,
    told: Told,
    last: NaiveDate,
}

/// How recently, how often and for how much each of them bought, in fifths.
fn classed(bought: &[Buyer]) -> Vec<Classes> {
    let recency = classes(&bought.iter().map(|b| b.last).collect::<Vec<_>>());
    let frequency = classes(&bought.iter().map(|b| b.told.orders).collect::<Vec<_>>());
    let amount = classes(&bought.iter().map(|b| b.told.amount).collect::<Vec<_>>());
    (0..bought.len()).map(|n| Classes { recency: recency[n], frequency: frequency[n], amount: amount[n] }).collect()
}

fn of_currency(c: &mut AnyConnection, plan: &Plan<'_>, currency: String, mut bought: Vec<Buyer>, top: usize) -> Result<CustomerCurrency, Problem> {
    // The largest first; of equals the one who bought last.
    bought.sort_by_key(|b| (Reverse(b.told.amount), Reverse(b.last), b.customer));
    let places = exponent(&currency);
    let class = classed(&bought);
    let whole = told(Some(&currency), bought.iter().flat_map(|b| b.told.parts()).map(|(code, orders, amount)| ((), code, orders, amount)));
    let whole = whole.into_iter().next().map_or_else(|| Told::none(currency.clone()), |(_, told)| told);
    let mut rows: BTreeMap<Reverse<Classes>, (i64, i128)> = BTreeMap::new();
    for (b, class) in bought.iter().zip(&class) {
        let row = rows.entry(Reverse(*class)).or_default();
        *row = (row.0 + 1, row.1 + b.told.amount);
    }
    let first = &bought[..bought.len().min(top)];
    let names = store::names(c, &first.iter().map(|b| b.customer).collect::<Vec<_>>())?;
    let mut so_far = 0;
    let shown: Vec<TopCustomer> = first
        .iter()
        .zip(&class)
        .map(|(b, class)| {
            so_far += b.told.amount;
            TopCustomer {
                customer: Reference { id: b.customer, name: names.get(&b.customer).cloned().unwrap_or_default() },
                classes: *class,
                orders: b.told.orders,
                won_amount: b.told.text(),
                unconverted: b.told.unconverted(),
                last_closed_on: b.last,
                share: rate(b.told.amount, whole.amount),
                share_so_far: rate(so_far, whole.amount),
                drilldown: plan.in_currency(plan.drill(&[]).any_of("customer", [b.customer.to_string()]), &currency).url(),
            }
        })
        .collect();
    let told = |(Reverse(classes), (customers, amount))| ClassRow { classes, customers, won_amount: amount_text(amount, places) };
    Ok(CustomerCurrency {
        customers: bought.len() as i64,
        orders: whole.orders,
        won_amount: whole.text(),
        unconverted: whole.unconverted(),
        top_share: rate(so_far, whole.amount),
        top: shown,
        classes: rows.into_iter().map(told).collect(),
        currency,
    })
}
