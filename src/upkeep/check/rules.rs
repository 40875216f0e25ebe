//! What must hold of an order, of a record's events, of a stored answer and of a job, judged from their rows. Pure.
use std::collections::{BTreeMap, BTreeSet};

use crate::orders::lifecycle::{Action, Status, edit_may_need_review, transition};
use crate::orders::rules::stays::{Lasted, Since, Stay, moment, pass};
use crate::orders::rules::{line_amount, total};
use crate::platform::decimal::{Decimal, exponent};
use crate::platform::jobs::JobState;

/// What of a line its amount comes from, and the amount.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount_rate: Decimal,
    pub amount: Decimal,
}

/// The lines, counted from 1, whose amount is not quantity × price × (1 − discount).
#[must_use]
pub fn misvalued(currency: &str, lines: &[Line]) -> Vec<usize> {
    let places = exponent(currency);
    let wrong = |line: &Line| line_amount(line.quantity, line.unit_price, line.discount_rate, places) != Some(line.amount);
    lines.iter().enumerate().filter(|(_, line)| wrong(line)).map(|(at, _)| at + 1).collect()
}

/// Where an order's amount is not the sum of its lines: what these come to.
#[must_use]
pub fn missummed(amount: Decimal, lines: &[Line]) -> Option<String> {
    let sum = total(lines.iter().map(|line| line.amount));
    (sum != Some(amount)).then(|| sum.map_or_else(|| "more than can be kept".to_owned(), |sum| sum.to_string()))
}

/// A recorded step of an order's life.
#[derive(Clone, Debug)]
pub struct Step {
    pub action: String,
    pub from: Option<String>,
    pub to: String,
    pub from_stage: Option<String>,
    pub to_stage: String,
    /// When it happened and when it was recorded, in microseconds.
    pub occurred_at: i64,
    pub recorded_at: i64,
    /// How long what it left had lasted, as it was kept.
    pub lasted: Lasted,
    /// When the last rates were recorded that the order knew of from then on, in microseconds; none while it was open, and of older steps.
    pub rates_at: Option<i64>,
}

/// Where an order stands in its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// None before it exists.
    pub status: Option<Status>,
    pub stage: Option<String>,
    /// The status that an approval restores.
    pub remembered: Option<Status>,
    pub since: Since,
    pub rates_at: Option<i64>,
}

/// Goes through the recorded steps by the table of the life cycle; says which one the table does not allow, does not follow on the one before, or was kept
/// with another length of what it left. Steps of two instances whose clocks differ may stand in another order than they happened in: the first that fits is
/// next, or, where several do, the first whose lengths do as well.
pub fn replay(steps: &[Step]) -> Result<Place, String> {
    let mut left: Vec<&Step> = steps.iter().collect();
    let mut place = Place::default();
    while !left.is_empty() {
        let fits = |step: &&Step| step.from.as_deref() == place.status.map(Status::as_str) && step.from_stage == place.stage;
        let lasts = |step: &&Step| fits(step) && take(&place, step).is_some_and(|(_, lasted)| lasted == step.lasted);
        let Some(at) = left.iter().position(lasts).or_else(|| left.iter().position(fits)) else {
            let stands = place.status.map_or("nothing", Status::as_str);
            return Err(format!("{} from {} follows on {stands}", left[0].action, left[0].from.as_deref().unwrap_or("nothing")));
        };
        let step = left.remove(at);
        let (after, lasted) = take(&place, step).ok_or_else(|| {
            let from = step.from.as_deref().unwrap_or("nothing");
            format!("{} from {from} in {} to {} in {} is no step of an order's life", step.action, or_dash(&step.from_stage), step.to, step.to_stage)
        })?;
        if step.lasted != lasted {
            let (kept, told) = (told(step.lasted), told(lasted));
            return Err(format!("{} to {} keeps that what it left had lasted {kept}, by the steps before {told}", step.action, step.to));
        }
        place = after;
    }
    Ok(place)
}

fn or_dash(stage: &Option<String>) -> &str {
    stage.as_deref().unwrap_or("-")
}

/// What a step leads to, and how long what it left had lasted; none where it is no step of an order's life.
fn take(place: &Place, step: &Step) -> Option<(Place, Lasted)> {
    let (action, to) = (Action::parse(&step.action)?, Status::parse(&step.to)?);
    let stage = Some(step.to_stage.clone());
    if !matches!(action, Action::Create | Action::Import | Action::Move) && stage != place.stage {
        return None;
    }
    let from = place.status;
    let remembered = match (action, from) {
        // A critical change; only an approval restores what is remembered.
        (Action::Edit, Some(from)) if to == Status::InReview && from != to => {
            edit_may_need_review(from).then_some(())?;
            Some(from)
        }
        // One of several steps of a round.
        (Action::Approve, Some(Status::InReview)) if to == Status::InReview => place.remembered,
        _ => {
            let given = if action == Action::Import { Some(to) } else { place.remembered };
            (transition(from, action, given).ok()? == to).then_some(())?;
            let forgets = matches!(action, Action::Approve | Action::Lose | Action::Cancel | Action::Expire);
            place.remembered.filter(|_| !forgets)
        }
    };
    let stay = from.zip(place.stage.as_deref()).map(|(status, stage)| Stay { status, stage, since: place.since });
    let (since, lasted) = pass(stay, (to, &step.to_stage), moment(action, step.occurred_at, step.recorded_at));
    Some((Place { status: Some(to), stage, remembered, since, rates_at: step.rates_at }, lasted))
}

fn told(Lasted { stage, status }: Lasted) -> String {
    let seconds = |lasted: Option<i64>| lasted.map_or_else(|| "no".to_owned(), |lasted| lasted.to_string());
    format!("{} seconds of its stage and {} of its status", seconds(stage), seconds(status))
}

/// An event as far as its place in the log goes.
#[derive(Clone, Debug)]
pub struct Told {
    pub version: i64,
    pub kind: String,
}

/// Events that tell of what hangs on a record and makes no version of it.
const BESIDE: &[&str] = &[
    "order.followed_up",
    "order.delayed",
    "order.review_assigned",
    "order.review_claimed",
    "order.review_released",
    "order.review_escalated",
    "user.password_set",
    "user.absence_set",
];
/// Makes a version, but for a win from pending, which tells of it beside the version before.
const EITHER: &str = "order.processed";

/// What is wrong with a record's events, in the order of their numbers: each version from the first that is told must have been made by one of them, the
/// last must be the record's, and none may come behind one of a later version.
#[must_use]
pub fn mistold(first: i64, version: i64, events: &[Told]) -> Option<String> {
    let mut by_version: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
    let mut before = 0;
    for event in events {
        if event.version < before {
            return Some(format!("{} of version {} comes behind an event of version {before}", event.kind, event.version));
        }
        before = event.version;
        let (makes, either) = by_version.entry(event.version).or_default();
        if event.kind == EITHER {
            *either += 1;
        } else if !BESIDE.contains(&event.kind.as_str()) {
            *makes += 1;
        }
    }
    if before > version {
        return Some(format!("an event tells of version {before}, the record is at {version}"));
    }
    for expected in first..=version {
        // Of a record that is whole there are as many as versions, so this ends where the first is missing.
        match by_version.get(&expected) {
            None | Some((0, 0)) => return Some(format!("no event tells of version {expected} of {version}")),
            Some((makes, either)) if *makes > 1 || *either > 1 => return Some(format!("several events made version {expected}")),
            Some(_) => {}
        }
    }
    None
}

/// A stored answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub fingerprint: String,
    pub status: i32,
    pub headers: serde_json::Value,
    pub body: Option<String>,
}

/// What is missing of a stored answer.
#[must_use]
pub fn half(answer: &Answer) -> Option<&'static str> {
    let header = |name: &str| answer.headers.get(name).is_some_and(|value| value.is_null() || value.is_string());
    if answer.fingerprint.len() != 64 {
        Some("has no fingerprint")
    } else if !(200..300).contains(&answer.status) {
        Some("has no status of a success")
    } else if !["location", "etag"].into_iter().all(header) {
        Some("has no header fields")
    } else {
        match &answer.body {
            None if answer.status != 204 => Some("has no body"),
            Some(body) if serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() => Some("has half a body"),
            _ => None,
        }
    }
}

/// What is wrong with a job's state and lease.
#[must_use]
pub fn misleased(state: &str, leased: bool, failed: bool) -> Option<&'static str> {
    match JobState::parse(state) {
        None => Some("is in no known state"),
        Some(JobState::Running) if !leased => Some("runs without an end of its lease"),
        Some(JobState::Running) => None,
        Some(_) if leased => Some("is leased and does not run"),
        Some(JobState::Failed) if !failed => Some("failed without a reason"),
        Some(_) => None,
    }
}

/// In what two sets of words differ; none where they do not.
#[must_use]
pub fn differing(wanted: &BTreeSet<String>, found: &BTreeSet<String>) -> Option<String> {
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).take(3).map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    let (lacks, has) = (only(wanted, found), only(found, wanted));
    match (lacks.is_empty(), has.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("lacks {lacks}")),
        (true, false) => Some(format!("has {has} too many")),
        (false, false) => Some(format!("lacks {lacks} and has {has} too many")),
    }
}

#[cfg(test)]
mod tests;
