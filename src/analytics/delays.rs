//! Why orders slip: recorded delays by side and reason, and how often dates were pushed.
use std::cmp::Reverse;

use super::dto::reasons::{DelayFigures, DelayFiguresRow, PushedDrilldowns, PushedRow};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules::{Basis, CLOSED};
use super::store::reasons as store;
use super::words::{Labels, word};
use crate::identity::Act;
use crate::orders::delays::rules::cause;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// Counts delays and pushes.
pub fn delays(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<DelayFigures, Problem> {
    let plan = Plan::make(c, act, ask, locale, if ask.basis == Basis::Closed { Some(&CLOSED) } else { None })?;
    let delayed = store::delayed(c, &plan.facts, MOST)?;
    bounded(delayed.len())?;
    let pushed = store::pushed(c, &plan.facts, MOST)?;
    bounded(pushed.len())?;
    let names = plan.names(c, delayed.iter().map(|r| &r.keys).chain(pushed.iter().map(|r| &r.keys)))?;
    let reasons = Labels::of(c, "delay-reasons", locale)?;
    let mut rows: Vec<_> = delayed
        .into_iter()
        .map(|r| {
            let group = plan.group(&r.keys, &names);
            let place = (plan.times(&r.keys), Reverse(r.delays), labels(&group), r.side.clone(), r.reason.clone());
            let row = DelayFiguresRow {
                group,
                side: word(&r.side, locale),
                reason: reasons.key(Some(&r.reason)),
                delays: r.delays,
                orders: r.orders,
                days_slipped: r.days,
                days_slipped_median: r.median,
                drilldown: plan.drill(&r.keys).is("delay", Some(&cause(&r.side, &r.reason))).url(),
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let mut groups: Vec<_> = pushed
        .into_iter()
        .map(|r| {
            let (group, drill) = (plan.group(&r.keys, &names), plan.drill(&r.keys));
            let place = (plan.times(&r.keys), Reverse(r.pushes), labels(&group));
            let drilldowns = PushedDrilldowns { pushed: drill.clone().missing("pushed_at", false).url() };
            let row = PushedRow { group, orders: r.orders, pushed: r.pushed, pushes: r.pushes, unexplained: r.unexplained, drilldown: drill.url(), drilldowns };
            (place, row)
        })
        .collect();
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    let data = rows.into_iter().map(|(_, row)| row).collect();
    Ok(DelayFigures { data, pushed: groups.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
