//! Reasons, delays, times and what is stuck against a plain count over the same random orders, with random histories.
use super::*;
use crate::analytics::dto::Group;
use crate::analytics::store::time::Timed;
use crate::analytics::stuck::{Bounds, stuck};
use crate::analytics::{delays, reasons, time};
use crate::orders::lifecycle::{Action, Status};
use crate::orders::rules::stays::{Since, Stay, moment, pass};
use crate::platform::db::schema::{order_delays, order_pushes, order_transitions, orders};

/// What an order went through and why, besides what all orders have.
#[derive(Clone, Debug)]
pub struct More {
    pub reason: Option<&'static str>,
    pub created: UtcTime,
    steps: Vec<Step>,
    /// Side, reason, days.
    delays: Vec<(&'static str, &'static str, i64)>,
    /// Whether each push is explained.
    pushes: Vec<bool>,
}

#[derive(Clone, Debug)]
struct Step {
    action: &'static str,
    status: &'static str,
    stage: &'static str,
    occurred: UtcTime,
    recorded: UtcTime,
}

/// A history that ends in a status.
pub fn random(dice: &mut Dice, status: &'static str, day: NaiveDate) -> More {
    let created = UtcTime(start_of(ZONE, day).0 + dice.pick(&[-1, 0, 1, 43_200_000_000, -3_600_000_000]));
    let mut at = created.0;
    let count = 1 + dice.below(6);
    let mut steps: Vec<Step> = (0..count)
        .map(|n| {
            let import = n == 0 && dice.below(3) == 0;
            at += dice.pick(&[0, 1, 999_999, 86_400_000_000, 777_777_777_777, 5_000_000_000_000]);
            let recorded = if import { at + dice.pick(&[0, 400_000_000_000]) } else { at };
            let (status, stage) = (dice.pick(&["draft", "in_review", "pending", "processed", "lost"]), dice.pick(&["intent", "negotiation", "contract"]));
            Step { action: if import { "import" } else { "edit" }, status, stage, occurred: UtcTime(at), recorded: UtcTime(recorded) }
        })
        .collect();
    if let Some(last) = steps.last_mut() {
        last.status = status;
    }
    More {
        reason: if ["lost", "cancelled"].contains(&status) { dice.pick(&[Some("price"), Some("other"), None]) } else { None },
        created,
        steps,
        delays: (0..dice.below(4)).map(|_| (dice.pick(&["supply", "customer"]), dice.pick(&["logistics", "other"]), dice.below(5) as i64 * 7)).collect(),
        pushes: (0..dice.below(3)).map(|_| dice.below(2) == 0).collect(),
    }
}

impl More {
    /// The stage that its history ends in.
    pub fn stage(&self) -> &'static str {
        self.steps.last().map_or("intent", |step| step.stage)
    }
}

/// Stores the history of an order.
pub fn store(tx: &mut AnyConnection, o: &Order) -> Result<(), Problem> {
    let more = &o.more;
    let mut before: Option<(&Step, Since)> = None;
    for step in &more.steps {
        let status = |step: &Step| Status::parse(step.status).unwrap_or_else(|| unreachable!("{}", step.status));
        let action = Action::parse(step.action).unwrap_or_else(|| unreachable!("{}", step.action));
        let stay = before.map(|(before, since)| Stay { status: status(before), stage: before.stage, since });
        let (since, lasted) = pass(stay, (status(step), step.stage), moment(action, step.occurred.0, step.recorded.0));
        let what = (order_transitions::id.eq(new_id()), order_transitions::order_id.eq(o.id), order_transitions::action.eq(step.action));
        let from = (order_transitions::from_status.eq(before.map(|(b, _)| b.status)), order_transitions::from_stage.eq(before.map(|(b, _)| b.stage)));
        let to = (order_transitions::to_status.eq(step.status), order_transitions::to_stage.eq(step.stage));
        let when = (order_transitions::occurred_at.eq(step.occurred), order_transitions::recorded_at.eq(step.recorded));
        let kept = (order_transitions::stage_seconds.eq(lasted.stage), order_transitions::status_seconds.eq(lasted.status));
        diesel::insert_into(order_transitions::table).values((what, from, to, when, kept)).execute(tx)?;
        before = Some((step, since));
    }
    let since = before.map(|(_, since)| since).unwrap_or_default();
    let kept = (orders::stage_since.eq(since.stage.map(UtcTime)), orders::status_since.eq(since.status.map(UtcTime)));
    diesel::update(orders::table.find(o.id)).set(kept).execute(tx)?;
    let mut explains = None;
    for (side, reason, days) in &more.delays {
        let id = new_id();
        explains = Some(id);
        let what = (order_delays::id.eq(id), order_delays::order_id.eq(o.id), order_delays::side.eq(side), order_delays::reason.eq(reason));
        let more = (order_delays::cause.eq(format!("{side}.{reason}")), order_delays::days_slipped.eq(days), order_delays::created_at.eq(UtcTime(0)));
        diesel::insert_into(order_delays::table).values((what, more)).execute(tx)?;
    }
    for explained in &more.pushes {
        let days = (order_pushes::from_date.eq(NaiveDate::default()), order_pushes::to_date.eq(NaiveDate::default() + TimeDelta::days(7)));
        let what = (order_pushes::id.eq(new_id()), order_pushes::order_id.eq(o.id), order_pushes::delay_id.eq(explains.filter(|_| *explained)));
        diesel::insert_into(order_pushes::table).values((what, days, order_pushes::at.eq(UtcTime(0)))).execute(tx)?;
    }
    Ok(())
}

/// What the order list knows of it.
pub fn values(o: &Order, field: &str) -> Option<Vec<Option<String>>> {
    let several = |all: Vec<String>| if all.is_empty() { vec![None] } else { all.into_iter().map(Some).collect() };
    match field {
        "reason" => Some(vec![o.more.reason.map(str::to_owned)]),
        "delay" => Some(several(o.more.delays.iter().map(|(side, reason, _)| format!("{side}.{reason}")).collect())),
        "pushed_at" => Some(several(o.more.pushes.iter().map(|_| UtcTime(0).to_string()).collect())),
        _ => None,
    }
}

/// The stays of an order in stages or statuses: state, since, until.
fn stays(o: &Order, of_stages: bool) -> Vec<(&'static str, i64, Option<i64>)> {
    let mut all: Vec<(&'static str, i64, Option<i64>)> = Vec::new();
    let mut current: Option<Option<&'static str>> = None;
    for step in &o.more.steps {
        let state = if OPEN.contains(&step.status) { Some(if of_stages { step.stage } else { step.status }) } else { None };
        if current == Some(state) {
            continue;
        }
        let at = if step.action == "import" { step.recorded.0 } else { step.occurred.0 };
        if let (Some(last), Some(Some(_))) = (all.last_mut(), current) {
            last.2 = Some(at);
        }
        if let Some(state) = state {
            all.push((state, at, None));
        }
        current = Some(state);
    }
    all
}

fn seconds(since: i64, until: i64) -> i64 {
    ((until - since) / 1_000_000).max(0)
}

/// The value that so many hundredths are at most.
fn rank(values: &mut [i64], hundredths: usize) -> i64 {
    values.sort_unstable();
    values[(values.len() * hundredths).div_ceil(100) - 1]
}

fn keys(question: &Ask, group: &Group) -> Keys {
    question.group_by.iter().map(|d| group.get(d.as_str()).unwrap().key.clone()).collect()
}

pub fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, question: &Ask) -> Result<(), Problem> {
    // A third of the questions, so that each dimension and filter meets each measure with some caller: all of all would take minutes.
    if !ask.bytes().map(u32::from).sum::<u32>().is_multiple_of(3) {
        return Ok(());
    }
    let groups = plain(world, &act.caller, ask);
    why(c, world, act, ask, question, &groups)?;
    slips(c, world, act, ask, question, &groups)?;
    lengths(c, world, act, ask, question, &groups)
}

fn why(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, question: &Ask, groups: &Orders<'_>) -> Result<(), Problem> {
    type At<'a> = (Keys, &'a str, Option<&'a str>, &'a str);
    let mut expected: BTreeMap<At<'_>, (i64, i128)> = BTreeMap::new();
    for (keys, orders) in groups {
        for (o, amount) in orders.values().filter(|(o, _)| ["lost", "cancelled"].contains(&o.status)) {
            let own = expected.entry((keys.clone(), o.status, o.more.reason, o.currency)).or_default();
            *own = (own.0 + 1, own.1 + i128::from(*amount));
        }
    }
    let answer = reasons::reasons(c, act, question, Locale::En)?;
    assert_eq!(answer.data.len(), expected.len(), "{ask}");
    for row in &answer.data {
        let at = (keys(question, &row.group), row.outcome.as_str(), row.reason.key.as_deref(), row.currency.as_str());
        let (orders, amount) = expected.get(&at).copied().unwrap_or_default();
        assert_eq!((row.orders, &row.amount), (orders, &amount_text(amount, exponent(&row.currency))), "{ask} {at:?}");
        let all: i64 = expected.iter().filter(|(key, _)| key.1 == row.outcome).map(|(_, own)| own.0).sum();
        let worth: i128 = expected.iter().filter(|(key, _)| key.1 == row.outcome && key.3 == row.currency).map(|(_, own)| own.1).sum();
        assert_eq!((&row.order_share, &row.amount_share), (&rate(orders.into(), all.into()), &rate(amount, worth)), "{ask} {at:?}");
        assert_eq!(world.listed(&act.caller, &row.drilldown), row.orders, "{ask} {at:?} {}", row.drilldown);
    }
    Ok(())
}

fn slips(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, question: &Ask, groups: &Orders<'_>) -> Result<(), Problem> {
    type At<'a> = (Keys, &'a str, &'a str);
    let mut expected: BTreeMap<At<'_>, (BTreeSet<Id>, Vec<i64>)> = BTreeMap::new();
    for (keys, orders) in groups {
        for (o, _) in orders.values() {
            for (side, reason, days) in &o.more.delays {
                let own = expected.entry((keys.clone(), side, reason)).or_default();
                own.0.insert(o.id);
                own.1.push(*days);
            }
        }
    }
    let answer = delays::delays(c, act, question, Locale::En)?;
    assert_eq!(answer.data.len(), expected.len(), "{ask}");
    for row in &answer.data {
        let at = (keys(question, &row.group), row.side.key.as_deref().unwrap_or_default(), row.reason.key.as_deref().unwrap_or_default());
        let (orders, days) = expected.get_mut(&at).unwrap_or_else(|| unreachable!("{ask} {at:?}"));
        let counted = (days.len() as i64, orders.len() as i64, days.iter().sum::<i64>(), rank(days, 50));
        assert_eq!((row.delays, row.orders, row.days_slipped, row.days_slipped_median), counted, "{ask} {at:?}");
        assert_eq!(world.listed(&act.caller, &row.drilldown), row.orders, "{ask} {at:?} {}", row.drilldown);
    }
    assert!(answer.pushed.len() == groups.len() || groups.is_empty() && answer.pushed.len() == 1, "{ask}");
    for row in &answer.pushed {
        let none = HashMap::new();
        let orders = || groups.get(&keys(question, &row.group)).unwrap_or(&none).values().map(|(o, _)| *o);
        let pushes = || orders().flat_map(|o| o.more.pushes.iter().map(|explained| *explained && !o.more.delays.is_empty()));
        let counted = [orders().count(), orders().filter(|o| !o.more.pushes.is_empty()).count(), pushes().count(), pushes().filter(|e| !e).count()];
        assert_eq!([row.orders, row.pushed, row.pushes, row.unexplained], counted.map(|n| n as i64), "{ask} {:?}", row.group);
        assert_eq!(world.listed(&act.caller, &row.drilldown), row.orders, "{ask} {}", row.drilldown);
        assert_eq!(world.listed(&act.caller, &row.drilldowns.pushed), row.pushed, "{ask} {}", row.drilldowns.pushed);
    }
    Ok(())
}

fn lengths(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, question: &Ask, groups: &Orders<'_>) -> Result<(), Problem> {
    type At = (Keys, String, Option<String>);
    let mut expected: BTreeMap<At, (BTreeSet<Id>, Vec<i64>)> = BTreeMap::new();
    for (keys, orders) in groups {
        for (o, _) in orders.values() {
            let mut add = |measure: &str, state: Option<&str>, seconds: i64| {
                let own = expected.entry((keys.clone(), measure.to_owned(), state.map(str::to_owned))).or_default();
                own.0.insert(o.id);
                own.1.push(seconds);
            };
            for (measure, of_stages) in [("stage", true), ("status", false)] {
                stays(o, of_stages)
                    .iter()
                    .filter_map(|(state, since, until)| Some((state, seconds(*since, (*until)?))))
                    .for_each(|(s, n)| add(measure, Some(s), n));
            }
            reviews::waits(o).into_iter().for_each(|waited| add("review", None, waited));
            if let Some(on) = o.closed_on.filter(|_| o.status == "won") {
                add("entry_to_won", None, (on - date_in(ZONE, o.more.created)).num_days().max(0) * 86_400);
            }
        }
    }
    let all = [Timed::Stage, Timed::Status, Timed::Review, Timed::EntryToWon];
    let answer = time::time(c, act, question, &all, Locale::En)?;
    assert_eq!(answer.data.len(), expected.len(), "{ask}");
    for row in &answer.data {
        let at = (keys(question, &row.group), row.measure.clone(), row.state.key.clone());
        let (orders, seconds) = expected.get_mut(&at).unwrap_or_else(|| unreachable!("{ask} {at:?}"));
        let mean = super::super::rules::divide(seconds.iter().map(|s| i128::from(*s)).sum(), seconds.len() as i128) as i64;
        let counted = [seconds.len() as i64, orders.len() as i64, rank(seconds, 50), rank(seconds, 90), mean];
        assert_eq!([row.count, row.orders, row.median_seconds, row.p90_seconds, row.mean_seconds], counted, "{ask} {at:?}");
        let group = groups.get(&at.0).map_or(0, HashMap::len) as i64;
        assert_eq!(world.listed(&act.caller, &row.drilldown), group, "{ask} {at:?} {}", row.drilldown);
    }
    if !question.group_by.is_empty() {
        return Ok(());
    }
    // One measure is answered as among all of them.
    let one = time::time(c, act, question, &[Timed::EntryToWon], Locale::En)?;
    assert_eq!(one.data.len(), answer.data.iter().filter(|row| row.measure == "entry_to_won").count(), "{ask}");
    Ok(())
}

/// What is stuck, for one caller.
pub fn check_stuck(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let query = Query::parse("", ask)?;
    let question = Ask::parse(&query, Surroundings { now: act.now, zone: ZONE }, None, &[])?;
    let seen = || world.orders.iter().filter(|o| world.sees(&act.caller, o));
    let mut usual: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (stage, since, until) in seen().flat_map(|o| stays(o, true)) {
        if let Some(until) = until.filter(|until| (act.now.0 - 365 * 86_400_000_000..=act.now.0).contains(until)) {
            usual.entry(stage).or_default().push(seconds(since, until));
        }
    }
    let usual: BTreeMap<&str, i64> = usual.into_iter().map(|(stage, mut all)| (stage, rank(&mut all, 50))).collect();
    for (factor, tenths) in [(Decimal::whole(2), 20), (Decimal(13_000), 13), (Decimal::whole(1000), 10_000)] {
        let mut expected = BTreeMap::new();
        for o in seen().filter(|o| OPEN.contains(&o.status) && o.submitted.is_some() && world.shows(o, &query)) {
            let Some((stage, since, _)) = stays(o, true).into_iter().find(|(.., until)| until.is_none()) else { continue };
            let in_stage = seconds(since, act.now.0);
            if usual.get(stage).is_some_and(|median| in_stage > median * tenths / 10) {
                expected.insert(o.id, (in_stage, usual[stage]));
            }
        }
        let answer = stuck(c, act, &question, Bounds { factor, limit: 200 }, Locale::En)?;
        assert_eq!((answer.total, answer.data.len()), (expected.len() as i64, expected.len()), "{ask} {factor}");
        assert!(answer.data.iter().all(|row| expected.get(&row.order.id) == Some(&(row.seconds_in_stage, row.median_seconds))), "{ask} {factor}");
        let far = |n: usize| i128::from(answer.data[n].seconds_in_stage) * 1_000_000 / i128::from(answer.data[n].median_seconds.max(1));
        assert!((1..answer.data.len()).all(|n| far(n - 1) >= far(n)), "{ask} {factor}");
        assert_eq!(answer.usual.len(), usual.len(), "{ask}");
        let few = stuck(c, act, &question, Bounds { factor, limit: 2 }, Locale::En)?;
        assert_eq!((few.total, few.data.len()), (answer.total, answer.data.len().min(2)), "{ask}");
    }
    Ok(())
}
