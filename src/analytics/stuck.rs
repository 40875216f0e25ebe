//! Where orders get stuck: open ones that have been in their stage far longer than orders usually stay there.
use std::collections::HashMap;

use super::convert::Conversion;
use super::dto::time::{StuckOrders, StuckRow, UsualRow};
use super::plan::Plan;
use super::question::Ask;
use super::rules::{Basis, OPEN, amount_text, rate};
use super::store::stuck::{self as store, Usual};
use super::store::{Facts, Form, Key, sums};
use super::words::Labels;
use crate::identity::Act;
use crate::orders::dto::view::ReviewOrder;
use crate::orders::store as orders;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::{Decimal, SCALE, exponent};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::Query;
use crate::platform::web::query::bad;

/// Most orders of an answer.
const MOST: usize = 200;
/// What is usual follows from the year before.
const YEAR_SECONDS: i64 = 365 * 86_400;

/// What is asked besides the filters.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub factor: Decimal,
    pub limit: usize,
}

impl Bounds {
    /// Reads `factor` and `limit`.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        Ok(Self { factor: factor(query, Decimal::whole(2))?, limit: query.number("limit", 50, MOST)? })
    }
}

/// Reads `factor`: a decimal number from 1 to 1000.
pub(super) fn factor(query: &Query, default: Decimal) -> Result<Decimal, Problem> {
    let Some(text) = query.get("factor") else { return Ok(default) };
    let factor = Decimal::parse(text).map_err(|_| bad("factor", FaultCode::NotADecimal))?;
    if factor < Decimal::ONE {
        return Err(bad("factor", Fault::from(FaultCode::BelowMinimum).param("min", 1)));
    }
    if factor > Decimal::whole(1000) { Err(bad("factor", Fault::from(FaultCode::AboveMaximum).param("max", 1000))) } else { Ok(factor) }
}

/// The most whole seconds that are not more than so many times as long.
pub(super) fn times(factor: Decimal, seconds: i64) -> i64 {
    i64::try_from(i128::from(factor.0) * i128::from(seconds) / i128::from(SCALE)).unwrap_or(i64::MAX)
}

/// Finds what is stuck.
pub fn stuck(c: &mut AnyConnection, act: &Act, ask: &Ask, bounds: Bounds, locale: Locale) -> Result<StuckOrders, Problem> {
    let mut ask = ask.clone();
    ask.basis = Basis::Created;
    let plan = Plan::make(c, act, &ask, locale, Some(&OPEN))?;
    let seen = Sql::all([Sql::new("orders.archived_at is null"), act.caller.sees("orders.owner_id", "orders.team_id")]);
    let usual = store::usual(c, seen, act.now.plus_seconds(-YEAR_SECONDS), act.now)?;
    let limits: Vec<(&Usual, i64)> = usual.iter().map(|usual| (usual, times(bounds.factor, usual.median))).collect();
    let (found, total) = store::stuck(c, plan.facts.condition.clone(), &limits, act.now, bounds.limit)?;
    let ids: Vec<Id> = found.iter().map(|stuck| stuck.id).collect();
    let filter = Sql::among("orders.id", &ids);
    let amounts = match &plan.facts.conversion {
        Some(conversion) => amounts(c, conversion, filter.clone())?,
        None => HashMap::new(),
    };
    let loaded = orders::load(c, filter, Sql::new("orders.id"), MOST as i64)?;
    let shown: HashMap<Id, ReviewOrder> = loaded.iter().map(|order| (order.row.id, ReviewOrder::of(order))).collect();
    let stages = Labels::of(c, "stages", locale)?;
    let median = |stage: &str| usual.iter().find(|usual| usual.stage == stage).map_or(0, |usual| usual.median);
    let data = found.into_iter().filter_map(|stuck| {
        let median = median(&stuck.stage);
        Some(StuckRow {
            order: shown.get(&stuck.id)?.clone(),
            converted_amount: amounts.get(&stuck.id).cloned(),
            stage: stages.key(Some(&stuck.stage)),
            seconds_in_stage: stuck.seconds,
            median_seconds: median,
            times_median: rate(stuck.seconds.into(), median.into()),
            last_event: stuck.last_event,
            days_since: stuck.last_event_at.map(|at| (act.now.0 - at.0).max(0) / 86_400_000_000),
            last_event_at: stuck.last_event_at,
        })
    });
    let data = data.collect();
    let usual = usual.iter().map(|usual| UsualRow { stage: stages.key(Some(&usual.stage)), count: usual.stays, median_seconds: usual.median });
    Ok(StuckOrders { data, total, usual: usual.collect(), factor: bounds.factor.to_string(), told: plan.told() })
}

/// What orders are worth in one currency, as far as rates convert it.
fn amounts(c: &mut AnyConnection, conversion: &Conversion, orders: Sql) -> Result<HashMap<Id, String>, Problem> {
    let facts = Facts { keys: vec![(Sql::new("orders.id"), Form::Id)], conversion: Some(conversion.clone()), ..Facts::of(orders) };
    let sums = sums(c, &facts, None, MOST)?.into_iter().filter(|sum| sum.currency == conversion.currency);
    let told = sums.filter_map(|sum| match sum.keys.first() {
        Some(Key::Id(id)) => Some((*id, amount_text(sum.amount, exponent(&sum.currency)))),
        _ => None,
    });
    Ok(told.collect())
}
