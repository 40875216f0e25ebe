//! A snapshot of the forecast each night, of all orders and of each team's, and how far past ones were from what came.
use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};

use super::dto::{Accuracies, AccuracyRow};
use super::kept::{self as store, SnapshotRow};
use super::trend::{Ahead, forecasts};
use crate::analytics::forecast::accuracy::{self, Pair};
use crate::analytics::forecast::periods::Length;
use crate::analytics::question::{Ask, first_day};
use crate::analytics::rules::rate;
use crate::identity::rights::Role;
use crate::identity::{Act, Caller, Permission};
use crate::platform::clock::{date_in, new_id};
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::jobs::Chore;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::state::State;
use crate::platform::web::Query;
use crate::platform::web::condition::Surroundings;
use crate::platform::web::query::bad;
use crate::settings::service::organisation;

/// Keeps the forecast of each day, in its first minutes.
pub const CHORE: Chore = Chore { name: "forecast snapshots", every: 300, run: keep };

/// How many months ahead are kept, the running one the first.
const HORIZON: usize = 7;
/// How many months are compared where nobody says which.
const COMPARED: u32 = 12;

/// Keeps the forecast of today, unless it is kept already.
fn keep(state: &State) -> Result<(), Problem> {
    let now = state.clock.now();
    let taken = state.db.read_here(|c| {
        let today = date_in(organisation(c)?.time_zone, now);
        if store::is_taken(c, today)? { Ok(None) } else { take(c, &Act::system(now), today).map(Some) }
    })?;
    let Some(rows) = taken.filter(|rows| !rows.is_empty()) else { return Ok(()) };
    let count = rows.len();
    let kept = state.db.write_here(move |tx| {
        dialect::lock(tx, "forecast_snapshots", "")?;
        // Another instance may have been there first.
        let there = rows.first().map_or(Ok(true), |row| store::is_taken(tx, row.taken_on))?;
        if !there {
            store::insert(tx, &rows)?;
        }
        Ok(!there)
    })?;
    if kept {
        log::info!(forecasts = count; "kept the forecast of today");
    }
    Ok(())
}

/// The forecast of a day, of all orders and of each team's.
pub fn take(c: &mut AnyConnection, act: &Act, today: NaiveDate) -> Result<Vec<SnapshotRow>, Problem> {
    let zone = organisation(c)?.time_zone;
    let mut rows = Vec::new();
    for team in std::iter::once(None).chain(store::teams(c)?.into_iter().map(Some)) {
        let query = Query::parse("", &team.map(|team: Id| format!("team={team}")).unwrap_or_default())?;
        let mut ask = Ask::parse(&query, Surroundings { now: act.now, zone }, None, &[])?;
        ask.ahead = Ahead { length: Length::Month, horizon: HORIZON };
        let (ahead, all) = forecasts(c, act, &ask)?;
        for forecast in all {
            // Who has won nothing for long and has nothing open has no forecast.
            let naive = forecast.past.last().copied().unwrap_or_default();
            for (lead, (period, (by_stage, by_win_rate, series))) in ahead.iter().zip(&forecast.ahead).enumerate() {
                let row = |method: &str, expected: i128| SnapshotRow {
                    id: new_id(),
                    taken_on: today,
                    team_id: team,
                    currency: forecast.currency.clone(),
                    method: method.into(),
                    period_start: period.start,
                    lead: i32::try_from(lead).unwrap_or_default(),
                    expected: kept(expected),
                    low_80: None,
                    high_80: None,
                    low_95: None,
                    high_95: None,
                };
                rows.extend([row("by_stage", *by_stage), row("by_win_rate", *by_win_rate), row("naive", naive)]);
                rows.extend(series.map(|told| {
                    let near = |value: f64| Some(kept(value.round() as i128));
                    let bands = (near(told.low_80), near(told.high_80), near(told.low_95), near(told.high_95));
                    SnapshotRow { low_80: bands.0, high_80: bands.1, low_95: bands.2, high_95: bands.3, ..row("by_series", told.expected.round() as i128) }
                }));
            }
        }
    }
    Ok(rows)
}

/// As a column holds it; what is beyond that is told as its end.
fn kept(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// Past forecasts against what came, month by month.
pub fn accuracies(c: &mut AnyConnection, act: &Act, query: &Query, surroundings: Surroundings) -> Result<Accuracies, Problem> {
    let today = date_in(organisation(c)?.time_zone, act.now);
    let running = today.with_day(1).unwrap_or(today);
    let month = |name: &str| -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = query.get(name) else { return Ok(None) };
        let day = first_day(text, &surroundings).ok_or_else(|| bad(name, FaultCode::NotADay))?;
        Ok(Some(day.with_day(1).unwrap_or(day)))
    };
    let to = month("to")?.map_or(running, |to| to.min(running));
    let from = month("from")?.unwrap_or_else(|| Length::Month.before(to, COMPARED).unwrap_or(to));
    if to < from {
        return Err(bad("to", Fault::from(FaultCode::DateTooEarly).param("earliest", from)));
    }
    let named = query.get("team").map(|id| Id::parse(id).ok_or_else(|| bad("team", FaultCode::NotAnId))).transpose()?;
    let team = scope(&act.caller, named)?;
    let mut came: HashMap<(String, NaiveDate), i128> = HashMap::new();
    for (currency, day, amount) in store::won(c, team, from, to)? {
        *came.entry((currency, day.with_day(1).unwrap_or(day))).or_default() += amount;
    }
    let mut pairs: BTreeMap<(String, String, i32), Vec<Pair>> = BTreeMap::new();
    for (method, lead, currency, period, expected) in store::of_months(c, team, from, to)? {
        let came = came.get(&(currency.clone(), period)).copied().unwrap_or_default();
        pairs.entry((currency, method, lead)).or_default().push(Pair { expected: expected.into(), came });
    }
    let row = |((currency, method, lead), pairs): ((String, String, i32), Vec<Pair>)| {
        let told = accuracy::of(&pairs);
        let share = |value: Option<f64>| value.and_then(|value| rate((value * 1e6).round() as i128, 1_000_000));
        AccuracyRow { method, lead, currency, forecasts: told.forecasts, mape: share(told.mape), bias: share(told.bias) }
    };
    Ok(Accuracies { data: pairs.into_iter().map(row).collect(), from, to, team })
}

/// Whose forecasts a caller is told: everybody's by who sees all orders, else those of the own team or of one that they lead.
fn scope(caller: &Caller, named: Option<Id>) -> Result<Option<Id>, Problem> {
    if caller.role != Role::Rep {
        return Ok(named);
    }
    let own = named.or(caller.team).or_else(|| caller.leads.first().copied());
    match own {
        Some(team) if caller.team == Some(team) || caller.leads.contains(&team) => Ok(Some(team)),
        _ => Err(Problem::new(Code::Role).param("permission", Permission::AnalyticsRead.as_str())),
    }
}
