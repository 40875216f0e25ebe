//! Why orders end without a contract: losses and cancellations by reason, with what they were worth.
use std::cmp::Reverse;
use std::collections::HashMap;

use super::dto::reasons::{ReasonRow, Reasons};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules;
use super::store::reasons as store;
use super::words::Labels;
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};

/// Counts losses and cancellations by reason.
pub fn reasons(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Reasons, Problem> {
    let plan = Plan::make(c, act, ask, locale, Some(&["lost", "cancelled"]))?;
    let ended = store::ended(c, &plan.facts, MOST)?;
    bounded(ended.len())?;
    let names = plan.names(c, ended.iter().map(|r| &r.keys))?;
    let (lost, cancelled) = (Labels::of(c, "loss-reasons", locale)?, Labels::of(c, "cancel-reasons", locale)?);
    let (mut orders, mut amounts): (HashMap<String, i64>, HashMap<(String, String), i128>) = (HashMap::new(), HashMap::new());
    for r in &ended {
        *orders.entry(r.status.clone()).or_default() += r.orders;
        *amounts.entry((r.status.clone(), r.currency.clone())).or_default() += r.amount;
    }
    let mut rows: Vec<_> = ended
        .into_iter()
        .map(|r| {
            let group = plan.group(&r.keys, &names);
            let drill = plan.drill(&r.keys).any_of("status", [r.status.as_str()]).is("reason", r.reason.as_deref()).is("currency", Some(&r.currency));
            let reason = if r.status == "lost" { &lost } else { &cancelled }.key(r.reason.as_deref());
            // Losses come before cancellations.
            let place = (plan.times(&r.keys), Reverse(r.status.clone()), Reverse(r.orders), labels(&group), r.reason.is_none(), r.reason, r.currency.clone());
            let row = ReasonRow {
                group,
                reason,
                orders: r.orders,
                amount: rules::amount_text(r.amount, exponent(&r.currency)),
                order_share: rules::rate(r.orders.into(), orders.get(&r.status).copied().unwrap_or_default().into()),
                amount_share: rules::rate(r.amount, amounts.get(&(r.status.clone(), r.currency.clone())).copied().unwrap_or_default()),
                outcome: r.status,
                currency: r.currency,
                drilldown: drill.url(),
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Reasons { data: rows.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
