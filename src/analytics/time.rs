//! How long orders take: in stages, in statuses, in review, from entry to won.
use super::dto::GroupKey;
use super::dto::time::{TimeRow, Times};
use super::plan::{MOST, Plan, bounded, labels};
use super::question::Ask;
use super::rules::{Basis, CLOSED, divide};
use super::store::time::{self as store, Timed};
use super::words::{Labels, word};
use super::zones::{offset_at, offsets};
use crate::identity::Act;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, dialect};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::Query;
use crate::platform::web::query::bad;
use crate::settings;

/// The measures in the order in which they are answered.
const MEASURES: [Timed; 4] = [Timed::Stage, Timed::Status, Timed::Review, Timed::EntryToWon];

/// Reads `measure`; without it all of them.
pub fn measures(query: &Query) -> Result<Vec<Timed>, Problem> {
    let Some(text) = query.get("measure") else { return Ok(MEASURES.to_vec()) };
    let known = || MEASURES.map(Timed::as_str).join(", ");
    let mut all = Vec::new();
    for name in text.split(',').map(str::trim) {
        let found = MEASURES.iter().find(|timed| timed.as_str() == name);
        let timed = found.ok_or_else(|| bad("measure", Fault::from(FaultCode::NotOneOf).param("allowed", known())))?;
        if all.contains(timed) {
            return Err(bad("measure", Fault::from(FaultCode::Repeated).param("value", name)));
        }
        all.push(*timed);
    }
    Ok(all)
}

/// The day on which an order was entered, in the organisation's zone, by the column of that moment.
pub(super) fn day_of_entry(c: &mut AnyConnection, column: &str) -> Result<Sql, Problem> {
    let zone = settings::service::organisation(c)?.time_zone;
    let offsets = store::entry_times(c)?.map_or((0, Vec::new()), |(first, last)| offsets(zone, first, last));
    Ok(dialect::day_number(column, offset_at(column, &offsets)))
}

/// Times orders.
pub fn time(c: &mut AnyConnection, act: &Act, ask: &Ask, measures: &[Timed], locale: Locale) -> Result<Times, Problem> {
    let plan = Plan::make(c, act, ask, locale, if ask.basis == Basis::Closed { Some(&CLOSED) } else { None })?;
    let entered = day_of_entry(c, "f.created_at")?;
    let stays = store::times(c, &plan.facts, measures, &entered, MOST)?;
    bounded(stays.len())?;
    let names = plan.names(c, stays.iter().map(|r| &r.keys))?;
    let stages = Labels::of(c, "stages", locale)?;
    let mut rows: Vec<_> = stays
        .into_iter()
        .map(|r| {
            let group = plan.group(&r.keys, &names);
            let measure = MEASURES.iter().position(|timed| *timed == r.timed);
            let state = match (&r.state, r.timed) {
                (Some(status), Timed::Status) => word(status, locale),
                (Some(stage), _) => stages.key(Some(stage)),
                (None, _) => GroupKey { key: None, label: None },
            };
            let place = (plan.times(&r.keys), labels(&group), measure, r.state.clone());
            let row = TimeRow {
                group,
                measure: r.timed.as_str().to_owned(),
                state,
                count: r.stays,
                orders: r.orders,
                median_seconds: r.median,
                p90_seconds: r.p90,
                mean_seconds: i64::try_from(divide(r.sum.into(), r.stays.into())).unwrap_or(i64::MAX),
                drilldown: plan.drill(&r.keys).url(),
            };
            (place, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Times { data: rows.into_iter().map(|(_, row)| row).collect(), frame: plan.frame() })
}
