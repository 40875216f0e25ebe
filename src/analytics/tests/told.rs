//! What customers bought, who has gone quiet, what is stuck, what sources earned and the home screen, all told in one currency, against a plain conversion.
use std::cmp::Reverse;

use super::currencies::{Counted, Way, amounts, asked, keys};
use super::*;
use crate::analytics::classes::classes;
use crate::analytics::stuck::Bounds;
use crate::analytics::{churn, customers, sources, stuck, summary};

const BASE: &str = "CNY";

/// What customers bought and what sources earned, told in one currency.
pub fn check_buyers(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    for basis in [RateBasis::Order, RateBasis::Close, RateBasis::Today] {
        for into in [BASE, "USD", "EUR"] {
            let way = Way { basis, into };
            let full = format!("{ask}&rate_basis={}&currency={into}", basis.as_str());
            let question = asked(act, full.trim_start_matches('&'))?;
            bought(c, world, act, (ask, way), &question)?;
            let by_source = sources::sources(c, act, &question, Locale::En)?;
            let mut grouped = question.clone();
            grouped.group_by = vec![Dimension::Own(Own::Source)];
            let earned: BTreeMap<Keys, _> =
                revenue::revenue(c, act, &grouped, Locale::En)?.data.into_iter().map(|row| (keys(&grouped, &row.group), row)).collect();
            assert_eq!(by_source.told.currency.as_deref(), Some(into), "{full}");
            for row in &by_source.data {
                let of = earned.get(&vec![row.source.key.clone()]).map(|of| (of.measures.won_amount.clone(), of.measures.orders, of.unconverted.clone()));
                let told = row.revenue.iter().map(|of| (of.measures.won_amount.clone(), of.measures.orders, of.unconverted.clone()));
                assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(of), "{full} {:?}", row.source);
            }
        }
    }
    Ok(())
}

fn bought(c: &mut AnyConnection, world: &World, act: &Act, (ask, way): (&str, Way), question: &Ask) -> Result<(), Problem> {
    let won: Vec<(&Order, i128)> = plain(world, &act.caller, ask).values().flat_map(|orders| amounts(orders, "won")).collect();
    let mut of: BTreeMap<Id, Vec<(&Order, i128)>> = BTreeMap::new();
    for (o, amount) in won {
        if let Some(customer) = o.customer {
            of.entry(world.customers[customer].id).or_default().push((o, amount));
        }
    }
    let whole = Counted::of(world, act, of.values().flatten().copied(), way);
    let last = |id: &Id| of[id].iter().filter_map(|(o, _)| o.closed_on).max();
    let of: BTreeMap<Id, (Counted, Option<NaiveDate>)> =
        of.iter().map(|(id, orders)| (*id, (Counted::of(world, act, orders.iter().copied(), way), last(id)))).collect();
    let answer = customers::customers(c, act, question, 2, Locale::En)?;
    assert_eq!((answer.currencies.len(), answer.told.rate_basis), (usize::from(!of.is_empty()), Some(way.basis.as_str())), "{ask} {way:?}");
    for row in &answer.currencies {
        assert_eq!((row.currency.as_str(), row.customers, row.orders), (way.into, of.len() as i64, whole.orders), "{ask} {way:?}");
        assert_eq!((&row.won_amount, &row.unconverted), (&whole.text(way), &whole.unconverted()), "{ask} {way:?}");
        let mut ids: Vec<Id> = of.keys().copied().collect();
        ids.sort_by_key(|id| (Reverse(of[id].0.amount), Reverse(of[id].1), *id));
        assert_eq!(row.top.iter().map(|top| top.customer.id).collect::<Vec<_>>(), ids.iter().copied().take(2).collect::<Vec<_>>(), "{ask} {way:?}");
        let class = classes(&ids.iter().map(|id| of[id].0.amount).collect::<Vec<_>>());
        for (top, class) in row.top.iter().zip(class) {
            let (own, last) = &of[&top.customer.id];
            assert_eq!((top.orders, &top.won_amount, &top.unconverted), (own.orders, &own.text(way), &own.unconverted()), "{ask} {way:?}");
            assert_eq!((top.classes.amount, Some(top.last_closed_on), &top.share), (class, *last, &rate(own.amount, whole.amount)), "{ask} {way:?}");
            assert_eq!(world.listed(&act.caller, &top.drilldown), top.orders, "{ask} {}", top.drilldown);
        }
        assert_eq!(row.classes.iter().map(|class| class.customers).sum::<i64>(), row.customers, "{ask} {way:?}");
    }
    Ok(())
}

/// What quiet customers had bought and what orders that are stuck are worth.
pub fn check_quiet(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let act = &Act { now: UtcTime(1_540_000_000_000_000), ..act.clone() };
    let query = Query::parse("", ask)?;
    let bounds = Bounds { factor: Decimal::ONE, limit: 200 };
    let apart = churn::churn(c, act, &asked(act, ask)?, bounds, Locale::En)?;
    for way in [Way { basis: RateBasis::Close, into: "JPY" }, Way { basis: RateBasis::Today, into: BASE }] {
        let question = asked(act, format!("{ask}&rate_basis={}&currency={}", way.basis.as_str(), way.into).trim_start_matches('&'))?;
        let answer = churn::churn(c, act, &question, bounds, Locale::En)?;
        assert_eq!((answer.data.len(), answer.told.currency.as_deref()), (apart.data.len(), Some(way.into)), "{ask}");
        for (row, apart) in answer.data.iter().zip(&apart.data) {
            let own = world.orders.iter().filter(|o| o.status == "won" && o.customer.is_some_and(|n| world.customers[n].id == row.customer.id));
            let own: Vec<(&Order, i128)> = own.filter(|o| world.sees(&act.caller, o) && world.shows(o, &query)).map(|o| (o, o.amount.into())).collect();
            let mut by_currency: BTreeMap<&str, (i128, i64)> = BTreeMap::new();
            for (o, amount) in &own {
                let sum = by_currency.entry(o.currency).or_default();
                *sum = (sum.0 + amount, sum.1 + 1);
            }
            let told = apart.won.iter().map(|worth| (worth.currency.clone(), worth.amount.clone(), worth.orders)).collect::<Vec<_>>();
            let each = by_currency.into_iter().map(|(code, (sum, orders))| (code.to_owned(), amount_text(sum, exponent(code)), orders));
            assert_eq!(told, each.collect::<Vec<_>>(), "{ask}");
            let of = Counted::of(world, act, own, way);
            let told: Vec<_> = row.won.iter().map(|worth| (worth.amount.clone(), worth.orders, worth.unconverted.clone())).collect();
            assert_eq!(told, [(of.text(way), of.orders, of.unconverted())], "{ask} {way:?}");
        }
        let act = &Act { now: UtcTime(1_500_000_000_000_000), ..act.clone() };
        for row in &stuck::stuck(c, act, &question, bounds, Locale::En)?.data {
            let Some(o) = world.orders.iter().find(|o| o.id == row.order.id) else { unreachable!("{ask}") };
            let of = Counted::of(world, act, [(o, o.amount.into())], way);
            assert_eq!(row.converted_amount, of.unconverted().is_empty().then(|| of.text(way)), "{ask} {way:?}");
        }
    }
    Ok(())
}

/// The amounts of the home screen, told in one currency.
pub fn check_summary(c: &mut AnyConnection, world: &World, act: &Act) -> Result<(), Problem> {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
    let seen = || world.orders.iter().filter(|o| world.sees(&act.caller, o));
    let won = |from: NaiveDate, to: NaiveDate| {
        seen()
            .filter(move |o| o.status == "won" && o.closed_on.is_some_and(|on| (from..to).contains(&on)))
            .map(|o| (o, i128::from(o.amount)))
            .collect::<Vec<_>>()
    };
    for way in [Way { basis: RateBasis::Order, into: BASE }, Way { basis: RateBasis::Close, into: "USD" }, Way { basis: RateBasis::Today, into: "EUR" }] {
        let question = asked(act, &format!("rate_basis={}&currency={}", way.basis.as_str(), way.into))?;
        let told = summary::summary(c, act, &question, (summary::Period::Year, Some(day("2017-12-31"))), Locale::En)?;
        let (now, before) = (won(day("2017-01-01"), day("2018-01-01")), won(day("2016-01-01"), day("2017-01-01")));
        let (now, before) = (Counted::of(world, act, now, way), Counted::of(world, act, before, way));
        for figure in &told.won_amounts {
            assert_eq!((figure.currency.as_str(), &figure.value, &figure.previous), (way.into, &now.text(way), &before.text(way)), "{way:?}");
            assert_eq!((&figure.unconverted, &figure.previous_unconverted), (&now.unconverted(), &before.unconverted()), "{way:?}");
        }
        assert_eq!(told.won_amounts.len(), usize::from(now.orders + before.orders > 0), "{way:?}");
        let open = Counted::of(world, act, seen().filter(|o| OPEN.contains(&o.status)).map(|o| (o, o.amount.into())), way);
        assert_eq!(told.open.orders, open.orders, "{way:?}");
        for amount in &told.open.amounts {
            assert_eq!((&amount.amount, &amount.unconverted), (&open.text(way), &open.unconverted()), "{way:?}");
        }
        for target in &told.targets {
            let into = if target.against.currency == "JPY" { "JPY" } else { BASE };
            let of =
                won(day("2017-01-01"), day("2018-01-01")).into_iter().filter(|(o, _)| o.holder.0 == target.holder.id || o.holder.1 == Some(target.holder.id));
            let way = Way { into, ..way };
            let of = Counted::of(world, act, of, way);
            assert_eq!((&target.against.won_amount, &target.against.unconverted), (&of.text(way), &of.unconverted()), "{way:?}");
            assert_eq!(world.listed(&act.caller, &target.drilldown), of.orders, "{way:?} {}", target.drilldown);
        }
    }
    Ok(())
}
