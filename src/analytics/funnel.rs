//! How far orders get: of those that entered a step, how many moved on, fell out or are still there. Steps are entry, submit, approval, each stage and the
//! close by winning, as the transitions tell them; groups are those of the orders as they stand.
use std::collections::{BTreeMap, HashMap, HashSet};

use super::dto::{Funnel, FunnelRow, GroupKey};
use super::plan::{Plan, bounded, labels};
use super::question::Ask;
use super::rules::{Basis, Dimension, Mode, Own, rate};
use super::store::Key;
use super::store::funnel::{Mark, Way, ways};
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

/// What became of the orders of a group that entered a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Passed {
    orders: i64,
    moved_on: i64,
    lost: i64,
    cancelled: i64,
    expired: i64,
    returned: i64,
}

/// What became of the orders of each group, by the steps that they entered. Who entered a later step, whenever that was, moved on.
fn passed(ways: &[Way]) -> HashMap<Vec<Key>, BTreeMap<usize, Passed>> {
    let mut groups: HashMap<_, BTreeMap<_, Passed>> = HashMap::new();
    for way in ways {
        let last = way.steps.iter().rposition(|mark| *mark != Mark::Never).unwrap_or_default();
        for (step, _) in way.steps.iter().enumerate().filter(|(_, mark)| **mark == Mark::Entered) {
            let passed = groups.entry(way.keys.clone()).or_default().entry(step).or_default();
            passed.orders += way.orders;
            passed.returned += if way.sent_back { way.orders } else { 0 };
            match way.status.as_str() {
                _ if last > step => passed.moved_on += way.orders,
                "lost" => passed.lost += way.orders,
                "cancelled" => passed.cancelled += way.orders,
                "expired" => passed.expired += way.orders,
                _ => {}
            }
        }
    }
    groups
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
    let mut groups = passed(&ways(c, &plan.facts, &stages, ask.mode, window)?);
    if ask.group_by.is_empty() {
        groups.entry(Vec::new()).or_default();
    }
    let names = plan.names(c, groups.keys())?;
    let met: HashSet<usize> = groups.values().flat_map(BTreeMap::keys).copied().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_entered_a_later_step_moved_on() {
        use Mark::{Elsewhen, Entered, Never};
        let way = |steps: [Mark; 4], status: &str, sent_back, orders| Way { keys: Vec::new(), status: status.into(), steps: steps.to_vec(), sent_back, orders };
        let groups = passed(&[
            way([Entered, Entered, Never, Entered], "won", false, 5),
            way([Entered, Entered, Never, Never], "lost", true, 3),
            // Entered in the period, moved on after it.
            way([Elsewhen, Entered, Elsewhen, Never], "lost", false, 2),
            way([Entered, Never, Never, Never], "draft", false, 1),
            way([Never; 4], "draft", false, 7),
        ]);
        let expected = BTreeMap::from([
            (0, Passed { orders: 9, moved_on: 8, returned: 3, ..Passed::default() }),
            (1, Passed { orders: 10, moved_on: 7, lost: 3, returned: 3, ..Passed::default() }),
            (3, Passed { orders: 5, ..Passed::default() }),
        ]);
        assert_eq!(groups, HashMap::from([(Vec::new(), expected)]));
    }
}
