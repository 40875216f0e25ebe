//! How far orders get: of those that entered a step, how many moved on, fell out or are still there. Steps are entry, submit, approval, each stage and the
//! close by winning, as the transitions tell them; groups are those of the orders as they stand.
use std::collections::{BTreeMap, HashMap};

use super::dto::{Funnel, FunnelRow, GroupKey};
use super::plan::{Plan, bounded, labels};
use super::question::Ask;
use super::rules::{Basis, Dimension, Mode, Own, rate};
use super::store::Key;
use super::store::funnel::{self, Passed};
use crate::identity::Act;
use crate::platform::clock::start_of;
use crate::platform::db::{AnyConnection, UtcTime};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::query::bad;
use crate::settings::{self, Name};

/// A step of the funnel.
#[derive(Clone, Debug)]
struct Step {
    key: String,
    label: String,
    retired: bool,
}

/// How far orders get.
pub fn funnel(c: &mut AnyConnection, act: &Act, ask: &Ask, locale: Locale) -> Result<Funnel, Problem> {
    let is_of_time = |d: &Dimension| matches!(d, Dimension::Own(Own::Month | Own::Quarter | Own::Year | Own::Weekday));
    if ask.group_by.len() > 1 {
        return Err(bad("group_by", Fault::from(FaultCode::TooMany).param("max", 1)));
    }
    if let Some(dimension) = ask.group_by.iter().find(|d| is_of_time(d)) {
        return Err(bad("group_by", Fault::from(FaultCode::NotAskedHere).param("name", dimension.as_str())));
    }
    // Which orders there are; when they entered a step is told by the transitions.
    let mut all = ask.clone();
    (all.from, all.to, all.basis) = (None, None, Basis::Closed);
    let plan = Plan::counted(c, act, &all, locale, None)?;
    let steps = steps(c, locale)?;
    let at = |day: Option<_>| day.map(|day| start_of(ask.zone, day));
    let window = (at(ask.from), at(ask.to));
    let stages: Vec<&str> = steps[STAGES..steps.len() - 1].iter().map(|step| step.key.trim_start_matches(STAGE)).collect();
    let passed = funnel::passed(c, &plan.facts, &stages, ask.mode, window)?;
    bounded(passed.len())?;
    let names = plan.names(c, passed.iter().map(|p| &p.keys))?;
    let mut groups: HashMap<Vec<Key>, BTreeMap<usize, Passed>> = HashMap::new();
    if ask.group_by.is_empty() {
        groups.insert(Vec::new(), BTreeMap::new());
    }
    let met: Vec<usize> = passed.iter().map(|p| p.step).collect();
    for p in passed {
        groups.entry(p.keys.clone()).or_default().insert(p.step, p);
    }
    bounded(groups.len().saturating_mul(steps.len()))?;
    let mut sorted: Vec<_> = groups.into_iter().map(|(keys, of)| (plan.group(&keys, &names), keys, of)).collect();
    let size = |of: &BTreeMap<usize, Passed>| of.values().map(|p| p.orders).max().unwrap_or_default();
    sorted.sort_by_cached_key(|(group, _, of)| (std::cmp::Reverse(size(of)), labels(group)));
    let mut data = Vec::new();
    for (group, keys, of) in &sorted {
        let entered = of.get(&0).map_or(0, |p| p.orders);
        for (number, step) in steps.iter().enumerate().filter(|(number, step)| !step.retired || met.contains(number)) {
            let none = Passed::default();
            let p = of.get(&number).unwrap_or(&none);
            data.push(FunnelRow {
                group: group.clone(),
                step: GroupKey { key: Some(step.key.clone()), label: Some(step.label.clone()) },
                orders: p.orders,
                moved_on: p.moved_on,
                lost: p.lost,
                cancelled: p.cancelled,
                expired: p.expired,
                remaining: p.orders - p.moved_on - p.lost - p.cancelled - p.expired,
                returned: (number == SUBMITTED).then_some(p.returned),
                moved_on_rate: rate(p.moved_on.into(), p.orders.into()),
                share: if ask.mode == Mode::Cohort { rate(p.orders.into(), entered.into()) } else { None },
                drilldown: listed(&plan, keys, number, ask.mode, window),
            });
        }
    }
    Ok(Funnel { data, mode: ask.mode.as_str(), from: ask.from, to: ask.to, tz: ask.zone.name().to_owned(), as_of: ask.as_of })
}

/// The number of the step at which orders are submitted, and of the first stage.
const SUBMITTED: usize = 1;
const STAGES: usize = 3;
/// What the key of a stage begins with.
const STAGE: &str = "stage:";

fn steps(c: &mut AnyConnection, locale: Locale) -> Result<Vec<Step>, Problem> {
    let own = |key: &str, en: &str, zh: &str| Step { key: key.into(), label: if matches!(locale, Locale::En) { en } else { zh }.into(), retired: false };
    let mut all = vec![own("entered", "Entered", "录入"), own("submitted", "Submitted", "提交审核"), own("approved", "Approved", "审核通过")];
    let mut stages = settings::service::items(c, Name::Stages)?.items.clone();
    stages.sort_by_key(|stage| stage.position);
    all.extend(stages.into_iter().map(|stage| Step {
        label: stage.labels.get(locale).to_owned(),
        key: format!("{STAGE}{}", stage.code),
        retired: stage.retired,
    }));
    all.push(own("won", "Won", "成交"));
    Ok(all)
}

/// The list of the orders that entered a step, where the list can say it: entry and first submit have their times there, all other steps have not.
fn listed(plan: &Plan<'_>, keys: &[Key], step: usize, mode: Mode, (from, to): (Option<UtcTime>, Option<UtcTime>)) -> Option<String> {
    let drill = plan.listed(keys, &[])?;
    let field = match (step, mode) {
        (0, _) | (SUBMITTED, Mode::Cohort) => "created_at",
        (SUBMITTED, Mode::Period) => "first_submitted_at",
        _ => return None,
    };
    let drill = drill.times(field, from, to);
    Some(if step == SUBMITTED { drill.missing("first_submitted_at", false) } else { drill }.url())
}
