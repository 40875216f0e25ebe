//! Why orders end without a contract: losses and cancellations by reason, with what they were worth.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::reasons::{ReasonRow, Reasons};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store::reasons as store;
use super::words::Labels;
use super::worth::told;
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// Counts losses and cancellations by reason.
pub fn reasons(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Reasons, Problem> {
    let plan = Plan::make(c, act, ask, locale, Some(&["lost", "cancelled"]))?;
    let sums = store::ended(c, &plan.facts, MOST)?;
    let ended = told(plan.told_in(), sums.into_iter().map(|sum| ((sum.keys, sum.status, sum.reason), sum.currency, sum.orders, sum.amount)));
    bounded(ended.len())?;
    let names = plan.names(c, ended.iter().map(|((keys, ..), _)| keys))?;
    let (lost, cancelled) = (Labels::of(c, "loss-reasons", locale)?, Labels::of(c, "cancel-reasons", locale)?);
    let (mut orders, mut amounts): (HashMap<String, i64>, HashMap<(String, String), i128>) = (HashMap::new(), HashMap::new());
    for ((_, status, _), worth) in &ended {
        *orders.entry(status.clone()).or_default() += worth.orders;
        *amounts.entry((status.clone(), worth.currency.clone())).or_default() += worth.amount;
    }
    let mut rows: Vec<_> = ended
        .into_iter()
        .map(|((keys, status, reason), r)| {
            let group = plan.group(&keys, &names);
            let drill = plan.in_currency(plan.drill(&keys).any_of("status", [status.as_str()]).is("reason", reason.as_deref()), &r.currency);
            let label = if status == "lost" { &lost } else { &cancelled }.key(reason.as_deref());
            // Losses come before cancellations.
            let place = (plan.times(&keys), Reverse(status.clone()), Reverse(r.orders), labels(&group), reason.is_none(), reason, r.currency.clone());
            let row = ReasonRow {
                group,
                reason: label,
                orders: r.orders,
                amount: r.text(),
                unconverted: r.unconverted(),
                order_share: rules::rate(r.orders.into(), orders.get(&status).copied().unwrap_or_default().into()),
                amount_share: rules::rate(r.amount, amounts.get(&(status.clone(), r.currency.clone())).copied().unwrap_or_default()),
                outcome: status,
                currency: r.currency,
                drilldown: drill.url(),
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Reasons { data: rows.into_iter().map(|(_, row)| row).collect(), told: plan.told(), frame: plan.frame() })
}
