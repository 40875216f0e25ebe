//! What became of orders: won, lost, cancelled, expired or still open, and the rates of it.
use std::cmp::Reverse;

use super::dto::{Conversion, ConversionDrilldowns, ConversionRow};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules::{self, Basis, CLOSED, OPEN};
use super::store;
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// What became of orders.
pub fn conversion(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Conversion, Problem> {
    let closed = ask.basis == Basis::Closed;
    let plan = Plan::make(c, act, ask, locale, if closed { Some(&CLOSED) } else { None })?;
    let counts = store::counts(c, &plan.facts, MOST)?;
    bounded(counts.len())?;
    let names = plan.names(c, counts.iter().map(|r| &r.keys))?;
    let mut rows: Vec<_> = counts
        .into_iter()
        .map(|r| {
            let (group, drill) = (plan.group(&r.keys, &names), plan.drill(&r.keys));
            let of = |status: &[&'static str]| drill.clone().any_of("status", status.iter().copied()).url();
            let drilldowns = ConversionDrilldowns {
                won: of(&["won"]),
                lost: of(&["lost"]),
                cancelled: of(&["cancelled"]),
                expired: of(&["expired"]),
                open: (!closed).then(|| of(&OPEN)),
            };
            let place = (plan.times(&r.keys), Reverse(r.orders), labels(&group));
            let row = ConversionRow {
                group,
                orders: r.orders,
                won: r.won,
                lost: r.lost,
                cancelled: r.cancelled,
                expired: r.expired,
                open: (!closed).then(|| r.orders - r.won - r.lost - r.cancelled - r.expired),
                win_rate: rules::rate(r.won.into(), (r.won + r.lost).into()),
                conversion_rate: rules::rate(r.won.into(), r.orders.into()),
                drilldown: drill.url(),
                drilldowns,
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Conversion { data: rows.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
