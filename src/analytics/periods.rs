//! Which periods, days and clocks a question spans, by what it asks for and what orders there are.
use chrono::NaiveDate;

use super::buckets::{self, Bucket};
use super::plan::{MOST, too_many};
use super::question::Ask;
use super::rules::{Basis, Dimension, Own};
use super::{store, weekdays};
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::{AnyConnection, UtcTime, company};
use crate::platform::problem::Problem;

/// The periods that both the window and the orders meet; without orders there are none.
pub(super) fn periods(c: &mut AnyConnection, ask: &Ask, unit: Dimension) -> Result<Vec<Bucket>, Problem> {
    if !matches!(unit, Dimension::Own(Own::Month | Own::Quarter | Own::Year)) {
        return Ok(Vec::new());
    }
    let ever = ask.as_of.is_some();
    let days = match ask.basis {
        // What windows are held against has as many periods as they have, with orders or without.
        _ if ask.compare.is_some() => ask.from.zip(ask.to),
        Basis::Closed => store::closing_days(c, ever)?,
        Basis::Created => store::submission_times(c, ever)?.map(|(first, last)| (date_in(ask.zone, first), date_in(ask.zone, last))),
    };
    let Some((first, last)) = days.map(|days| within(ask, days)) else { return Ok(Vec::new()) };
    buckets::over(unit, first, last, MOST).ok_or_else(too_many)
}

/// The days that both the window and others have.
fn within(ask: &Ask, (first, last): (NaiveDate, NaiveDate)) -> (NaiveDate, NaiveDate) {
    (ask.from.map_or(first, |from| first.max(from)), ask.to.and_then(|to| to.pred_opt()).map_or(last, |end| last.min(end)))
}

/// Of how many facts a question is worth sharing: fewer are read in the time that some thirty statements more take on two threads.
const WORTH_SHARING: i64 = if cfg!(test) { 0 } else { 100_000 };

/// Where the question is shared: between which days the orders were closed that it asks of.
pub(super) fn shared_days(c: &mut AnyConnection, ask: &Ask) -> Result<Option<(NaiveDate, NaiveDate)>, Problem> {
    if !company::is_there() {
        return Ok(None);
    }
    let facts = company::most_rows(c, "order_facts")?;
    let Some(all) = (if facts < WORTH_SHARING { None } else { store::closing_days(c, false)? }) else { return Ok(None) };
    let days = if ask.basis == Basis::Closed { within(ask, all) } else { all };
    let length = |(first, last): (NaiveDate, NaiveDate)| (last - first).num_days() + 1;
    let likely = facts.saturating_mul(length(days)) / length(all);
    Ok((likely >= WORTH_SHARING).then_some(days))
}

/// From when on the clocks of the zone are how far ahead, where moments decide; none where days do.
pub(super) fn offsets(c: &mut AnyConnection, ask: &Ask) -> Result<Option<Vec<(UtcTime, i64)>>, Problem> {
    if ask.basis == Basis::Closed {
        return Ok(None);
    }
    let Some((first, last)) = store::submission_times(c, ask.as_of.is_some())? else { return Ok(Some(vec![(UtcTime(0), 0)])) };
    let at = |day: Option<NaiveDate>, or: UtcTime| day.map_or(or, |day| start_of(ask.zone, day));
    let (first, last) = (first.max(at(ask.from, first)), last.min(at(ask.to, last)));
    Ok(Some(weekdays::offsets(ask.zone, first, last)))
}
