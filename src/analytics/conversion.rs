//! What became of orders: won, lost, cancelled, expired or still open, and the rates of it.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::{Conversion, ConversionChange, ConversionDrilldowns, ConversionMeasures, ConversionRow, Standing};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules::{self, Basis, CLOSED, OPEN};
use super::store::{self, Counts, Key};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, others};
use crate::platform::problem::{Locale, Problem};

/// What became of orders.
pub fn conversion(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Conversion, Problem> {
    let ask = &ask.without_amounts();
    let closed = ask.basis == Basis::Closed;
    let statuses = if closed { Some(&CLOSED[..]) } else { None };
    let plan = Plan::counted(c, act, ask, locale, statuses)?;
    let (top, mut counts) = match ask.top {
        Some(top) => store::most_orders(c, &plan.facts, top, MOST).map(|(top, counts)| (Some(top), counts))?,
        None => (None, store::counts(c, &plan.facts, None, MOST)?),
    };
    let mut before = HashMap::new();
    if let Some(ask) = ask.before() {
        let earlier = Plan::counted(c, act, &ask, locale, statuses)?;
        for count in store::counts(c, &earlier.facts, top.as_deref(), MOST)? {
            let keys = plan.aligned(count.keys.clone());
            let sum: &mut Counts = before.entry(keys.clone()).or_insert_with(|| Counts { keys, ..Counts::default() });
            sum.add(&count);
        }
        // What there was and is no more stands here as well.
        let there: Vec<_> = counts.iter().map(|count| count.keys.clone()).collect();
        let gone = before.keys().filter(|keys| !there.contains(keys));
        counts.extend(gone.map(|keys| Counts { keys: keys.clone(), ..Counts::default() }));
    }
    bounded(counts.len())?;
    let names = plan.names(c, counts.iter().map(|r| &r.keys))?;
    let mut rows: Vec<_> = counts
        .into_iter()
        .map(|r| {
            let (group, drill) = (plan.group(&r.keys, &names), plan.listed(&r.keys, top.iter().flatten().next().map_or(&[], |(_, keys)| keys)));
            let of = |status: &[&'static str]| Some(drill.clone()?.any_of("status", status.iter().copied()).url());
            let drilldowns = ConversionDrilldowns {
                won: of(&["won"]),
                lost: of(&["lost"]),
                cancelled: of(&["cancelled"]),
                expired: of(&["expired"]),
                open: if closed { None } else { of(&OPEN) },
            };
            let none = Counts::default();
            let then = ask.compare.map(|_| before.get(&r.keys).unwrap_or(&none));
            let place = (plan.times(&r.keys), r.keys.contains(&Key::Rest), Reverse(r.orders), labels(&group));
            let row = ConversionRow {
                group,
                measures: measures(&r, closed),
                drilldown: drill.as_ref().map(super::drilldown::Drill::url),
                drilldowns,
                previous: then.map(|then| measures(then, closed)),
                change: then.map(|then| change(&r, then)),
            };
            (place, Box::new(row))
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Conversion { data: others::small_steps(rows.into_iter()).map(|(_, row)| *row).collect(), frame: plan.frame(), standing: Standing::of(ask) })
}

fn measures(r: &Counts, closed: bool) -> ConversionMeasures {
    ConversionMeasures {
        orders: r.orders,
        won: r.won,
        lost: r.lost,
        cancelled: r.cancelled,
        expired: r.expired,
        open: (!closed).then(|| r.orders - r.won - r.lost - r.cancelled - r.expired),
        win_rate: rules::rate(r.won.into(), (r.won + r.lost).into()),
        conversion_rate: rules::rate(r.won.into(), r.orders.into()),
    }
}

fn change(now: &Counts, then: &Counts) -> ConversionChange {
    ConversionChange {
        orders: now.orders - then.orders,
        won: now.won - then.won,
        lost: now.lost - then.lost,
        win_rate: rules::rate_change((now.won, now.won + now.lost), (then.won, then.won + then.lost)),
        conversion_rate: rules::rate_change((now.won, now.orders), (then.won, then.orders)),
    }
}
