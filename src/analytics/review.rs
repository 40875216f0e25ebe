//! How reviews went: of the orders first submitted in a window, all their rounds, who sent them in and which rules they broke.
use std::cmp::Reverse;

use super::dto::{Review, ReviewDrilldowns, ReviewRow};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules::{Basis, rate};
use super::store;
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

/// Counts rounds, decisions and waiting times.
pub fn review(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Review, Problem> {
    let mut ask = ask.clone();
    ask.basis = Basis::Created;
    let plan = Plan::make(c, act, &ask, locale, None)?;
    let reviews = store::reviews(c, &plan.facts, act.now, MOST)?;
    bounded(reviews.len())?;
    let names = plan.names(c, reviews.iter().map(|r| &r.keys))?;
    let mut rows: Vec<_> = reviews
        .into_iter()
        .map(|r| {
            let (group, drill) = (plan.group(&r.keys, &names), plan.drill(&r.keys));
            let place = (plan.times(&r.keys), Reverse(r.submitted), labels(&group));
            let row = ReviewRow {
                group,
                orders: r.orders,
                submitted: r.submitted,
                approved: r.approved,
                returned: r.returned,
                withdrawn: r.withdrawn,
                waiting: r.waiting,
                unreviewed: r.unreviewed,
                rounds_per_order: rate(r.submitted.into(), r.orders.into()),
                first_pass_rate: rate(r.first_passed.into(), r.first.into()),
                waiting_seconds_median: r.median,
                waiting_seconds_p90: r.p90,
                overdue: r.overdue,
                drilldowns: ReviewDrilldowns { waiting: drill.clone().any_of("status", ["in_review"]).url() },
                drilldown: drill.url(),
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Review { data: rows.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
