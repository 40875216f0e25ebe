//! Amounts told in one currency against a plain conversion of each order, by rates that were recorded, replaced and taken back at random.
use std::cmp::Reverse;

use super::*;
use crate::analytics::convert::RateBasis;
use crate::analytics::dto::Unconverted;
use crate::platform::db::schema::exchange_rates;
use crate::settings;

const BASE: &str = "CNY";
const ONE: i64 = 10_000_000_000;

/// A rate as it is kept; moments in which rates were recorded are small numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    currency: &'static str,
    date: NaiveDate,
    rate: i64,
    recorded: i64,
    replaced: Option<i64>,
}

/// Rates of two currencies that change again and again.
pub fn random(dice: &mut Dice, first: NaiveDate) -> Vec<Rate> {
    let mut all: Vec<Rate> = Vec::new();
    for moment in 1..=60 {
        let (currency, date) = (dice.pick(&["JPY", "USD"]), first + TimeDelta::days(dice.below(16) as i64 * 30 - 10));
        if let Some(there) = all.iter_mut().find(|rate| rate.currency == currency && rate.date == date && rate.replaced.is_none()) {
            there.replaced = Some(moment);
            if dice.below(3) == 0 {
                continue;
            }
        }
        let rate = if currency == "JPY" { 460_000_000 + dice.below(99_999_999) as i64 } else { 70_000_000_000 + dice.below(9_999_999_999) as i64 };
        all.push(Rate { currency, date, rate, recorded: moment, replaced: None });
    }
    all
}

/// Stores them, and what an installation begins with.
pub fn store(tx: &mut AnyConnection, world: &World) -> Result<(), Problem> {
    settings::service::seed(tx, UtcTime(1), BASE, ZONE)?;
    for rate in &world.rates {
        let what = (
            exchange_rates::id.eq(new_id()),
            exchange_rates::currency.eq(rate.currency),
            exchange_rates::date.eq(rate.date),
            exchange_rates::starts_at.eq(start_of(ZONE, rate.date)),
            exchange_rates::rate.eq(rate.rate),
        );
        let when = (exchange_rates::recorded_at.eq(UtcTime(rate.recorded)), exchange_rates::replaced_at.eq(rate.replaced.map(UtcTime)));
        diesel::insert_into(exchange_rates::table).values((what, when)).execute(tx)?;
    }
    Ok(())
}

/// The rate of a currency for an order: the last that fits of those that it knows of, else the first that came to be known.
fn last(world: &World, currency: &str, o: &Order, fits: impl Fn(&Rate) -> bool) -> Option<i64> {
    if currency == BASE {
        return Some(ONE);
    }
    let all = || world.rates.iter().filter(|rate| rate.currency == currency && fits(rate));
    let Some(known) = o.rates_at else { return all().filter(|rate| rate.replaced.is_none()).max_by_key(|rate| rate.date).map(|rate| rate.rate) };
    let then = all().filter(|rate| rate.recorded <= known && rate.replaced.is_none_or(|end| end > known)).max_by_key(|rate| rate.date);
    then.or_else(|| all().filter(|rate| rate.recorded > known).min_by_key(|rate| (rate.recorded, Reverse(rate.date)))).map(|rate| rate.rate)
}

fn by_entry(world: &World, currency: &str, o: &Order) -> Option<i64> {
    last(world, currency, o, |rate| start_of(ZONE, rate.date) <= o.entered)
}

fn by_closing(world: &World, currency: &str, o: &Order) -> Option<i64> {
    match o.closed_on {
        Some(on) => last(world, currency, o, |rate| rate.date <= on),
        None => by_entry(world, currency, o),
    }
}

/// What an order keeps.
pub fn kept(world: &World, o: &Order) -> Option<i64> {
    by_closing(world, o.currency, o).filter(|_| o.currency != BASE)
}

/// What an amount of an order is in another currency; none where there is no rate, or it is more than an amount can be.
fn exchanged(world: &World, o: &Order, amount: i128, into: &str, basis: RateBasis, today: NaiveDate) -> Option<i128> {
    if o.currency == into {
        return Some(amount);
    }
    let rate = |currency: &str| match basis {
        RateBasis::Order => by_entry(world, currency, o),
        RateBasis::Close => by_closing(world, currency, o),
        RateBasis::Today => {
            let counting = world.rates.iter().filter(|rate| rate.currency == currency && rate.replaced.is_none() && rate.date <= today);
            if currency == BASE { Some(ONE) } else { counting.max_by_key(|rate| rate.date).map(|rate| rate.rate) }
        }
    };
    let (own, target) = (i128::from(rate(o.currency)?), i128::from(rate(into)?));
    let step = 10_i128.pow(4 - exponent(into));
    // To the nearest step, by looking at what is left over.
    let (whole, rest) = ((amount.abs() * own) / (target * step), (amount.abs() * own) % (target * step));
    let size = (whole + i128::from(rest * 2 >= target * step)) * step;
    (size <= 9_999_999_999_999_999).then_some(if amount < 0 { -size } else { size })
}

/// What is converted, how many orders there are, and what is not converted, by currency.
type Counted<'a> = (i128, i64, BTreeMap<&'a str, (i128, i64)>);

pub fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let into = [None, Some("USD"), Some("JPY"), Some("CNY"), Some("EUR")][ask.len() % 5];
    let basis = [RateBasis::Order, RateBasis::Close, RateBasis::Today][ask.len() % 3];
    let full = format!("{ask}&rate_basis={}{}", basis.as_str(), into.map(|code| format!("&currency={code}")).unwrap_or_default());
    let into = into.unwrap_or(BASE);
    let surroundings = Surroundings { now: act.now, zone: act.caller.zone.unwrap_or(ZONE) };
    let query = Query::parse("", full.trim_start_matches('&'))?;
    let zone = query.get("tz").and_then(|zone| zone.parse().ok()).unwrap_or(surroundings.zone);
    let question = Ask::parse(&query, Surroundings { zone, ..surroundings }, None, &[])?;
    let mut expected: BTreeMap<Keys, Counted<'_>> = BTreeMap::new();
    for (keys, orders) in plain(world, &act.caller, ask) {
        for (o, amount) in orders.values().filter(|(o, _)| o.status == "won") {
            let group = expected.entry(keys.clone()).or_default();
            group.1 += 1;
            match exchanged(world, o, (*amount).into(), into, basis, date_in(ZONE, act.now)) {
                Some(amount) => group.0 += amount,
                None => {
                    let other = group.2.entry(o.currency).or_default();
                    *other = (other.0 + i128::from(*amount), other.1 + 1);
                }
            }
        }
    }
    let answer = revenue::revenue(c, act, &question, Locale::En)?;
    assert_eq!((answer.currency.as_deref(), answer.rate_basis), (Some(into), Some(basis.as_str())));
    assert_eq!(answer.data.len(), expected.len(), "{full}");
    let total: i128 = expected.values().map(|group| group.0).sum();
    for row in &answer.data {
        let keys: Keys = question.group_by.iter().map(|d| row.group[d.as_str()].key.clone()).collect();
        let (amount, orders, others) = expected.get(&keys).cloned().unwrap_or_default();
        let places = exponent(into);
        let is = &row.measures;
        assert_eq!((is.won_amount.clone(), is.orders), (amount_text(amount, places), orders), "{full} {keys:?}");
        let converted = orders - others.values().map(|other| other.1).sum::<i64>();
        assert_eq!((is.average_amount.clone(), is.share.clone()), (amount_text(average(amount, converted, places), places), rate(amount, total)), "{full}");
        let others: Vec<Unconverted> = others
            .into_iter()
            .map(|(code, (amount, orders))| Unconverted { currency: code.into(), amount: amount_text(amount, exponent(code)), orders })
            .collect();
        assert_eq!(row.unconverted, others, "{full} {keys:?}");
        assert_eq!(row.currency, into);
        let list = row.drilldown.as_deref().unwrap_or_default();
        assert_eq!(world.listed(&act.caller, list), is.orders, "{full} {keys:?} {list}");
    }
    Ok(())
}
