//! Who bought again and again, and has gone quiet against its own rhythm.
use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;

use super::dto::customers::{Churn, ChurnRow, LastLoss};
use super::dto::people::Worth;
use super::plan::Plan;
use super::question::Ask;
use super::rules::{Basis, rate};
use super::store::{Facts, customers as store};
use super::stuck::Bounds;
use super::words::Labels;
use super::worth::told;
use crate::identity::Act;
use crate::platform::clock::date_in;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::{Decimal, SCALE};
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::values::Reference;
use crate::settings;

/// Least days on which somebody bought who has a rhythm: between them lie two stretches.
const LEAST_DAYS: usize = 3;

/// A customer who has been quiet for longer than its own rhythm says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Quiet {
    customer: Id,
    /// On how many days it bought.
    days: i64,
    first: NaiveDate,
    last: NaiveDate,
    /// Half of the stretches between them are at most so many days long.
    median: i64,
    /// Days since.
    quiet: i64,
}

/// Who, of those who bought on at least three days, has been quiet for more than so many times the median stretch between them; farthest beyond it first.
fn quiet(mut purchases: Vec<(Id, NaiveDate)>, today: NaiveDate, factor: Decimal) -> Vec<Quiet> {
    purchases.sort_unstable();
    purchases.dedup();
    let of_one = |days: &[(Id, NaiveDate)]| {
        let ((customer, first), (_, last)) = (*days.first()?, *days.last()?);
        let mut gaps: Vec<i64> = days.windows(2).map(|pair| (pair[1].1 - pair[0].1).num_days()).collect();
        gaps.sort_unstable();
        let median = *gaps.get(gaps.len().checked_sub(1)? / 2)?;
        let quiet = (today - last).num_days();
        let beyond = i128::from(quiet) * i128::from(SCALE) > i128::from(median) * i128::from(factor.0);
        (days.len() >= LEAST_DAYS && beyond).then_some(Quiet { customer, days: days.len() as i64, first, last, median, quiet })
    };
    let mut found: Vec<Quiet> = purchases.chunk_by(|one, other| one.0 == other.0).filter_map(of_one).collect();
    // In millionths, as they are told.
    found.sort_by_key(|q| (Reverse(q.quiet * 1_000_000 / q.median), q.customer));
    found
}

/// Finds who has gone quiet.
pub fn churn(c: &mut AnyConnection, act: &Act, ask: &Ask, bounds: Bounds, locale: Locale) -> Result<Churn, Problem> {
    let mut ask = ask.clone();
    ask.basis = Basis::Closed;
    let plan = Plan::counted(c, act, &ask, locale, Some(&["won"]))?;
    let today = date_in(settings::service::organisation(c)?.time_zone, act.now);
    let mut quiet = quiet(store::purchases(c, &plan.facts)?, today, bounds.factor);
    let total = quiet.len() as i64;
    quiet.truncate(bounds.limit);
    let ids: Vec<Id> = quiet.iter().map(|quiet| quiet.customer).collect();
    let names = store::names(c, &ids)?;
    let seen = Sql::all([Sql::new("orders.archived_at is null"), act.caller.sees("orders.owner_id", "orders.team_id")]);
    let lost: HashMap<Id, store::Lost> = store::lost(c, &ids, seen)?.into_iter().map(|lost| (lost.customer, lost)).collect();
    let reasons = Labels::of(c, "loss-reasons", locale)?;
    let of_quiet = Facts { condition: Sql::all([Sql::among("orders.customer_id", &ids), plan.facts.condition.clone()]), ..plan.facts.clone() };
    let bought = store::bought(c, &of_quiet)?;
    let mut worth: HashMap<Id, Vec<Worth>> = HashMap::new();
    for (customer, told) in told(plan.told_in(), bought.into_iter().map(|b| (b.customer, b.currency, b.orders, b.amount))) {
        worth.entry(customer).or_default().push(told.view());
    }
    worth.values_mut().for_each(|all| all.sort_by(|a, b| a.currency.cmp(&b.currency)));
    let data = quiet.into_iter().map(|quiet| ChurnRow {
        customer: Reference { id: quiet.customer, name: names.get(&quiet.customer).cloned().unwrap_or_default() },
        purchases: quiet.days,
        first_on: quiet.first,
        last_on: quiet.last,
        median_interval_days: quiet.median,
        quiet_days: quiet.quiet,
        times_median: rate(quiet.quiet.into(), quiet.median.into()),
        won: worth.remove(&quiet.customer).unwrap_or_default(),
        last_loss: lost.get(&quiet.customer).map(|lost| LastLoss { reason: reasons.key(lost.reason.as_deref()), closed_on: lost.on }),
        drilldown: plan.drill(&[]).any_of("customer", [quiet.customer.to_string()]).url(),
    });
    Ok(Churn { data: data.collect(), total, factor: bounds.factor.to_string(), today, told: plan.told() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_quiet_is_so_against_its_own_rhythm() {
        let customer = |n: u128| Id(uuid::Uuid::from_u128(n));
        let day = |n: i64| NaiveDate::default() + chrono::Duration::days(n);
        let bought = |n: u128, days: &[i64]| days.iter().map(|d| (customer(n), day(*d))).collect::<Vec<_>>();
        let purchases = [
            // Of two stretches the shorter one counts.
            bought(4, &[0, 10, 30]),
            // Twice on one day is once.
            bought(3, &[2, 0, 1, 1, 9]),
            bought(2, &[0, 50, 99]),
            // No rhythm yet.
            bought(1, &[0, 1]),
        ];
        let found = |factor: &str| {
            let factor = Decimal::parse(factor).unwrap_or_default();
            quiet(purchases.concat(), day(100), factor).into_iter().map(|q| (q.customer, q.days, q.first, q.last, q.median, q.quiet)).collect::<Vec<_>>()
        };
        let (third, fourth) = ((customer(3), 4, day(0), day(9), 1, 91), (customer(4), 3, day(0), day(30), 10, 70));
        assert_eq!(found("1"), [third, fourth]);
        assert_eq!(found("6.9999"), [third, fourth]);
        assert_eq!(found("7"), [third], "as long as so many stretches is not longer");
        assert_eq!(quiet(Vec::new(), day(0), Decimal::ONE), []);
    }
}
