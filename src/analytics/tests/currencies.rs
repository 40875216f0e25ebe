//! Amounts told in one currency against a plain conversion of each order, by rates that were recorded, replaced and taken back at random.
use std::cmp::Reverse;

use super::*;
use crate::analytics::convert::RateBasis;
use crate::analytics::dto::Unconverted;
use crate::analytics::reasons;
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

/// By which rates and into which currency amounts are told.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub basis: RateBasis,
    pub into: &'static str,
}

impl Way {
    /// One of all, another for each question.
    fn of(ask: &str) -> Self {
        let into = [BASE, "USD", "JPY", BASE, "EUR"][ask.len() % 5];
        Self { basis: [RateBasis::Order, RateBasis::Close, RateBasis::Today][ask.len() % 3], into }
    }
    /// A question that says so; the base currency is not always named.
    fn asked(self, ask: &str) -> String {
        let currency = if ask.len().is_multiple_of(5) { String::new() } else { format!("&currency={}", self.into) };
        format!("{ask}&rate_basis={}{currency}", self.basis.as_str()).trim_start_matches('&').to_owned()
    }
}

/// What is converted, how many orders there are, and what is not converted, by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub amount: i128,
    pub orders: i64,
    others: BTreeMap<&'static str, (i128, i64)>,
}

impl Counted {
    /// Orders, each with what it is worth there, told in one currency.
    pub fn of<'a>(world: &World, act: &Act, orders: impl IntoIterator<Item = (&'a Order, i128)>, way: Way) -> Self {
        let mut all = Self::default();
        for (o, amount) in orders {
            all.orders += 1;
            match exchanged(world, o, amount, way.into, way.basis, date_in(ZONE, act.now)) {
                Some(amount) => all.amount += amount,
                None => {
                    let other = all.others.entry(o.currency).or_default();
                    *other = (other.0 + amount, other.1 + 1);
                }
            }
        }
        all
    }
    pub fn unconverted(&self) -> Vec<Unconverted> {
        let other = |(code, (amount, orders)): (&&str, &(i128, i64))| Unconverted {
            currency: (*code).into(),
            amount: amount_text(*amount, exponent(code)),
            orders: *orders,
        };
        self.others.iter().map(other).collect()
    }
    fn converted(&self) -> i64 {
        self.orders - self.others.values().map(|other| other.1).sum::<i64>()
    }
    /// The amount as it is told.
    pub fn text(&self, way: Way) -> String {
        amount_text(self.amount, exponent(way.into))
    }
}

pub fn asked(act: &Act, full: &str) -> Result<Ask, Problem> {
    let surroundings = Surroundings { now: act.now, zone: act.caller.zone.unwrap_or(ZONE) };
    let query = Query::parse("", full)?;
    let zone = query.get("tz").and_then(|zone| zone.parse().ok()).unwrap_or(surroundings.zone);
    Ask::parse(&query, Surroundings { zone, ..surroundings }, None, &[])
}

pub fn keys(question: &Ask, group: &crate::analytics::dto::Group) -> Keys {
    question.group_by.iter().map(|d| group.get(d.as_str()).unwrap().key.clone()).collect()
}

pub fn amounts<'a>(orders: &HashMap<Id, (&'a Order, i64)>, status: &str) -> Vec<(&'a Order, i128)> {
    orders.values().filter(|(o, _)| o.status == status).map(|(o, amount)| (*o, i128::from(*amount))).collect()
}

pub fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let way = Way::of(ask);
    let full = way.asked(ask);
    let question = asked(act, &full)?;
    let groups = plain(world, &act.caller, ask);
    let expected: BTreeMap<Keys, Counted> =
        groups.iter().map(|(keys, orders)| (keys.clone(), Counted::of(world, act, amounts(orders, "won"), way))).filter(|(_, of)| of.orders > 0).collect();
    let answer = revenue::revenue(c, act, &question, Locale::En)?;
    assert_eq!((answer.told.currency.as_deref(), answer.told.rate_basis), (Some(way.into), Some(way.basis.as_str())));
    assert_eq!(answer.data.len(), expected.len(), "{full}");
    let total: i128 = expected.values().map(|group| group.amount).sum();
    for row in &answer.data {
        let keys = keys(&question, &row.group);
        let of = expected.get(&keys).cloned().unwrap_or_default();
        let places = exponent(way.into);
        let is = &row.measures;
        assert_eq!((is.won_amount.clone(), is.orders), (of.text(way), of.orders), "{full} {keys:?}");
        let mean = amount_text(average(of.amount, of.converted(), places), places);
        assert_eq!((is.average_amount.clone(), is.share.clone()), (mean, rate(of.amount, total)), "{full}");
        assert_eq!(row.unconverted, of.unconverted(), "{full} {keys:?}");
        assert_eq!(row.currency, way.into);
        let list = row.drilldown.as_deref().unwrap_or_default();
        assert_eq!(world.listed(&act.caller, list), is.orders, "{full} {keys:?} {list}");
    }
    largest(c, world, act, (ask, way), &groups)?;
    why(c, world, act, (&full, way), &groups)
}

/// Of one dimension the groups that are worth most stand for themselves, by what they are worth in the one currency; each order of the rest is there once.
fn largest(c: &mut AnyConnection, world: &World, act: &Act, (ask, way): (&str, Way), groups: &Orders<'_>) -> Result<(), Problem> {
    let full = format!("{}&top=2", way.asked(ask));
    if asked(act, &way.asked(ask))?.group_by.len() != 1 {
        return Ok(());
    }
    let question = asked(act, &full)?;
    let answer = revenue::revenue(c, act, &question, Locale::En)?;
    let all: BTreeMap<Option<String>, Counted> =
        groups.iter().map(|(keys, orders)| (keys[0].clone(), Counted::of(world, act, amounts(orders, "won"), way))).filter(|(_, of)| of.orders > 0).collect();
    let key = |row: &crate::analytics::dto::RevenueRow| keys(&question, &row.group)[0].clone();
    let named: BTreeSet<Option<String>> = answer.data.iter().map(key).filter(|key| key.as_deref() != Some("rest")).collect();
    assert_eq!(named.len(), all.len().min(2), "{full}");
    let least = named.iter().map(|key| all[key].amount).min();
    assert!(all.iter().filter(|(key, _)| !named.contains(*key)).all(|(_, of)| Some(of.amount) <= least), "{full} {named:?} {all:?}");
    let adds = question.is_of_lines();
    for row in &answer.data {
        let key = key(row);
        let of = if key.as_deref() == Some("rest") {
            let mut rest: BTreeMap<Id, (&Order, i128)> = BTreeMap::new();
            for (o, amount) in groups.iter().filter(|(keys, _)| !named.contains(&keys[0])).flat_map(|(_, orders)| amounts(orders, "won")) {
                let own = rest.entry(o.id).or_insert((o, 0));
                own.1 = if adds { own.1 + amount } else { amount };
            }
            Counted::of(world, act, rest.into_values(), way)
        } else {
            all[&key].clone()
        };
        assert_eq!((&row.measures.won_amount, row.measures.orders, &row.unconverted), (&of.text(way), of.orders, &of.unconverted()), "{full} {key:?}");
        if let Some(list) = &row.drilldown {
            assert_eq!(world.listed(&act.caller, list), of.orders, "{full} {key:?} {list}");
        }
    }
    Ok(())
}

/// What was lost and cancelled for which reason, told in one currency.
fn why(c: &mut AnyConnection, world: &World, act: &Act, (full, way): (&str, Way), groups: &Orders<'_>) -> Result<(), Problem> {
    type At<'a> = (Keys, &'a str, Option<&'a str>);
    let question = asked(act, full)?;
    let mut ended: BTreeMap<At<'_>, Vec<(&Order, i128)>> = BTreeMap::new();
    for (keys, orders) in groups {
        for (o, amount) in ["lost", "cancelled"].into_iter().flat_map(|status| amounts(orders, status)) {
            ended.entry((keys.clone(), o.status, o.more.reason)).or_default().push((o, amount));
        }
    }
    let expected: BTreeMap<At<'_>, Counted> = ended.into_iter().map(|(at, orders)| (at, Counted::of(world, act, orders, way))).collect();
    let answer = reasons::reasons(c, act, &question, Locale::En)?;
    assert_eq!((answer.data.len(), answer.told.currency.as_deref()), (expected.len(), Some(way.into)), "{full}");
    for row in &answer.data {
        let at = (keys(&question, &row.group), row.outcome.as_str(), row.reason.key.as_deref());
        let of = &expected[&at];
        assert_eq!((&row.currency[..], row.orders, &row.amount, &row.unconverted), (way.into, of.orders, &of.text(way), &of.unconverted()), "{full} {at:?}");
        let all = || expected.iter().filter(|(other, _)| other.1 == at.1).map(|(_, of)| of);
        let shares = (rate(of.orders.into(), all().map(|of| of.orders).sum::<i64>().into()), rate(of.amount, all().map(|of| of.amount).sum()));
        assert_eq!((&row.order_share, &row.amount_share), (&shares.0, &shares.1), "{full} {at:?}");
        assert_eq!(world.listed(&act.caller, &row.drilldown), row.orders, "{full} {at:?} {}", row.drilldown);
    }
    Ok(())
}
