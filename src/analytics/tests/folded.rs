//! Answers whose small groups are folded into one, and answers that are held against another window, against the answers that they come from.
use std::collections::{BTreeMap, BTreeSet};

use super::super::question::Ask;
use super::super::rules::{amount_text, rate, rate_change, window_before};
use super::super::{conversion, dto, revenue};
use super::{Keys, World, ZONE, exponent, plain};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::Query;
use crate::platform::web::condition::Surroundings;

fn asked(act: &Act, ask: &str) -> Result<Ask, Problem> {
    Ask::parse(&Query::parse("", ask)?, Surroundings { now: act.now, zone: ZONE }, None, &[])
}

fn keys(ask: &Ask, group: &dto::Group) -> Keys {
    ask.group_by.iter().map(|d| group.get(d.as_str()).unwrap().key.clone()).collect()
}

/// Some groups of every kind, folded and held against others.
pub fn check(state: &State, world: &World, act: &Act) {
    for group in [
        "product",
        "tag",
        "industry",
        "owner",
        "broken_rule",
        "weekday",
        "month",
        "customer,quarter",
        "product,tag",
        "tag,product",
        "category,owner",
        "reason,status",
    ] {
        for (top, filter) in [(1, ""), (2, "&basis=created"), (3, "&from=2017-02-01&to=2017-12-01"), (2, "&updated_at[gte]=2000-01-01T00:00:00.000000Z")] {
            let ask = format!("group_by={group}{filter}");
            super::asked(state, |c| folded(c, world, act, &ask, top)).unwrap_or_else(|e| unreachable!("{ask} {top}: {e}"));
        }
        for window in [
            "&from=2017-04-01&to=2017-07-01&compare=previous",
            "&from=2017-05-10&to=2017-06-25&compare=previous&basis=created",
            "&from=2017-11-01&to=2018-01-01&compare=last_year",
        ] {
            let ask = format!("group_by={group}{window}");
            super::asked(state, |c| compared(c, act, &ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
    }
}

fn folded(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, top: usize) -> Result<(), Problem> {
    let all = conversion::conversion(c, act, &asked(act, ask)?, Locale::En)?;
    let question = asked(act, &format!("{ask}&top={top}"))?;
    let few = conversion::conversion(c, act, &question, Locale::En)?;
    let expected = plain(world, &act.caller, ask);
    let named: BTreeSet<Option<String>> =
        few.data.iter().map(|row| keys(&question, &row.group)[0].clone()).filter(|key| key.as_deref() != Some("rest")).collect();
    // The largest of the first dimension, orders counted once whatever the second says.
    let mut sizes: BTreeMap<Option<String>, BTreeSet<Id>> = BTreeMap::new();
    for (keys, orders) in &expected {
        sizes.entry(keys[0].clone()).or_default().extend(orders.keys());
    }
    let mut order: Vec<(usize, Option<String>)> = sizes.iter().map(|(key, orders)| (orders.len(), key.clone())).collect();
    order.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    assert_eq!(named.len(), top.min(order.len()), "{ask}");
    let smallest = named.iter().map(|key| sizes[key].len()).min();
    let left_out = order.iter().filter(|(_, key)| !named.contains(key)).map(|(size, _)| *size).max();
    assert!(left_out <= smallest || named.is_empty(), "{ask} {named:?} {order:?}");
    for row in &few.data {
        let keys = keys(&question, &row.group);
        let is_rest = keys[0].as_deref() == Some("rest");
        // Each order once, whatever number of the groups it is in.
        let of: BTreeSet<Id> = expected
            .iter()
            .filter(|(other, _)| keys[1..] == other[1..] && if is_rest { !named.contains(&other[0]) } else { other[0] == keys[0] })
            .flat_map(|(_, orders)| orders.keys().copied())
            .collect();
        assert_eq!(row.measures.orders as usize, of.len(), "{ask} {top} {keys:?}");
        if !is_rest {
            let same = all
                .data
                .iter()
                .find(|other| self::keys(&question, &other.group) == keys)
                .map(|other| (other.measures.won, other.measures.lost, other.measures.open, other.drilldown.clone()));
            assert_eq!(same, Some((row.measures.won, row.measures.lost, row.measures.open, row.drilldown.clone())), "{ask}");
        }
        if let Some(url) = &row.drilldown {
            assert_eq!(world.listed(&act.caller, url), row.measures.orders, "{ask} {top} {keys:?} {url}");
        }
    }
    let rest = |rows: &[Keys]| rows.iter().filter(|keys| keys[0].as_deref() == Some("rest")).count();
    let groups = expected.keys().filter(|keys| !named.contains(&keys[0])).map(|keys| keys[1..].to_vec()).collect::<BTreeSet<_>>();
    assert_eq!(rest(&few.data.iter().map(|row| keys(&question, &row.group)).collect::<Vec<_>>()), groups.len(), "{ask}");
    worth(c, world, act, ask, top)
}

fn worth(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, top: usize) -> Result<(), Problem> {
    let question = asked(act, &format!("{ask}&top={top}"))?;
    let few = revenue::revenue(c, act, &question, Locale::En)?;
    let mut sums: BTreeMap<(Keys, &str), BTreeMap<Id, i64>> = BTreeMap::new();
    for (keys, orders) in plain(world, &act.caller, ask) {
        for (o, amount) in orders.values().filter(|(o, _)| o.status == "won") {
            *sums.entry((keys.clone(), o.currency)).or_default().entry(o.id).or_default() += amount;
        }
    }
    for currency in ["CNY", "JPY"] {
        let rows: Vec<_> = few.data.iter().filter(|row| row.currency == currency).collect();
        let named: BTreeSet<Option<String>> =
            rows.iter().map(|row| keys(&question, &row.group)[0].clone()).filter(|key| key.as_deref() != Some("rest")).collect();
        let is_of_lines = question.is_of_lines();
        for row in &rows {
            let keys = keys(&question, &row.group);
            let is_rest = keys[0].as_deref() == Some("rest");
            let mut of: BTreeMap<Id, Vec<i64>> = BTreeMap::new();
            for ((other, in_currency), orders) in &sums {
                if *in_currency == currency && keys[1..] == other[1..] && if is_rest { !named.contains(&other[0]) } else { other[0] == keys[0] } {
                    orders.iter().for_each(|(id, amount)| of.entry(*id).or_default().push(*amount));
                }
            }
            assert_eq!(row.measures.orders as usize, of.len(), "{ask} {top} {keys:?}");
            // Amounts of lines add up; that of a whole order, or of a line that two tags of its order have in common, is there once.
            let adds = is_of_lines && matches!(question.group_by[0].as_str(), "product" | "category");
            let sum: i128 = of.values().map(|amounts| if adds { amounts.iter().copied().map(i128::from).sum() } else { i128::from(amounts[0]) }).sum();
            assert_eq!(row.measures.won_amount, amount_text(sum, exponent(currency)), "{ask} {top} {keys:?}");
        }
    }
    Ok(())
}

fn compared(c: &mut AnyConnection, act: &Act, ask: &str) -> Result<(), Problem> {
    let question = asked(act, ask)?;
    let how = question.compare;
    let (Some((from, to)), Some(how)) = (question.from.zip(question.to), how) else { return Ok(()) };
    let (earlier, until) = window_before(from, to, how).unwrap_or((from, to));
    let within = |from, to| {
        let mut alone = question.clone();
        (alone.from, alone.to, alone.compare) = (Some(from), Some(to), None);
        alone
    };
    // Without a period among the dimensions the keys are the same in both.
    let of_time = ["month", "quarter"].iter().any(|word| ask.contains(word));
    let is = conversion::conversion(c, act, &question, Locale::En)?;
    let now = conversion::conversion(c, act, &within(from, to), Locale::En)?;
    let then = conversion::conversion(c, act, &within(earlier, until), Locale::En)?;
    let sum = |rows: &[dto::ConversionRow]| rows.iter().map(|row| row.measures.orders).sum::<i64>();
    assert_eq!(is.data.iter().filter_map(|row| row.previous.as_ref()).map(|p| p.orders).sum::<i64>(), sum(&then.data), "{ask}");
    assert_eq!(sum(&is.data), sum(&now.data), "{ask}");
    for row in &is.data {
        let (Some(previous), Some(change)) = (&row.previous, &row.change) else { unreachable!("{ask}") };
        assert_eq!(change.orders, row.measures.orders - previous.orders);
        assert_eq!(change.win_rate, rate_change((row.measures.won, row.measures.won + row.measures.lost), (previous.won, previous.won + previous.lost)));
        if !of_time {
            let before = then.data.iter().find(|other| keys(&question, &other.group) == keys(&question, &row.group));
            assert_eq!(
                before.map_or((0, 0, None), |b| (b.measures.orders, b.measures.won, b.measures.win_rate.clone())),
                (previous.orders, previous.won, previous.win_rate.clone()),
                "{ask}"
            );
        }
    }
    let is = revenue::revenue(c, act, &question, Locale::En)?;
    let then = revenue::revenue(c, act, &within(earlier, until), Locale::En)?;
    assert_eq!(
        is.data.iter().filter_map(|row| row.previous.as_ref()).map(|p| p.orders).sum::<i64>(),
        then.data.iter().map(|row| row.measures.orders).sum::<i64>(),
        "{ask}"
    );
    for row in is.data.iter().filter(|_| !of_time) {
        let before = then.data.iter().find(|other| other.currency == row.currency && keys(&question, &other.group) == keys(&question, &row.group));
        let previous = row.previous.as_ref().map(|p| (p.won_amount.clone(), p.orders, p.share.clone()));
        let nothing = || (amount_text(0, exponent(&row.currency)), 0, rate(0, then.data.iter().filter(|r| r.currency == row.currency).count() as i128));
        let expected = before.map_or_else(nothing, |b| (b.measures.won_amount.clone(), b.measures.orders, b.measures.share.clone()));
        assert_eq!(previous.as_ref().map(|p| (&p.0, p.1)), Some((&expected.0, expected.1)), "{ask}");
    }
    Ok(())
}
