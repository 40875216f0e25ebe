//! The figures of reviews against a plain count over the same random orders, with random rounds.
use super::*;
use crate::analytics::review::review;
use crate::platform::db::schema::order_reviews;

/// A step of a round, as it is kept: seconds waited, whether it was late, and its end.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    round: i32,
    step: i32,
    waited: i64,
    decision: Option<&'static str>,
    late: bool,
}

/// Up to three rounds: those before the last were returned or taken back.
pub fn random(dice: &mut Dice) -> Vec<Step> {
    let mut all = Vec::new();
    let rounds = dice.below(4) as i32;
    for round in 1..=rounds {
        if dice.below(6) == 0 {
            all.push(Step { round, step: 0, waited: 0, decision: Some("approved"), late: false });
            continue;
        }
        let ends: &[Option<&str>] =
            if round < rounds { &[Some("returned"), Some("withdrawn")] } else { &[Some("approved"), Some("approved"), Some("returned"), Some("closed"), None] };
        let steps = 1 + dice.below(3) as i32;
        for step in 1..=steps {
            let decision = if step < steps { Some("approved") } else { dice.pick(ends) };
            all.push(Step { round, step, waited: dice.below(50) as i64 * 100, decision, late: dice.below(4) == 0 });
        }
    }
    all
}

/// Stores the steps of an order; one that is late was due a second before its end, or is due now.
pub fn store(tx: &mut AnyConnection, order: &Order) -> Result<(), Problem> {
    let began = UtcTime(1_480_000_000_000_000);
    for step in &order.steps {
        let ended = began.plus_seconds(step.waited);
        let due = if step.late { ended.plus_seconds(-1) } else { UtcTime(1_600_000_000_000_000) };
        let what = (
            order_reviews::id.eq(new_id()),
            order_reviews::order_id.eq(order.id),
            order_reviews::round.eq(step.round),
            order_reviews::step.eq(step.step),
            order_reviews::steps.eq(3),
            order_reviews::rule.eq(Json(json!({}))),
            order_reviews::because.eq(Json(json!([]))),
        );
        let when = (
            order_reviews::order_version.eq(1),
            order_reviews::submitted_at.eq(began),
            order_reviews::started_at.eq(Some(began)),
            order_reviews::due_at.eq(Some(due)),
            order_reviews::decided_at.eq(step.decision.map(|_| ended)),
            order_reviews::decision.eq(step.decision),
            order_reviews::waiting_seconds.eq(step.decision.map(|_| step.waited)),
        );
        diesel::insert_into(order_reviews::table).values((what, when)).execute(tx)?;
    }
    Ok(())
}

/// How long the rounds waited that reviewers decided.
pub fn waits(order: &Order) -> Vec<i64> {
    let mut figures = Figures::default();
    figures.add(order);
    figures.waited
}

/// How many steps were returned at a moment that counts.
pub fn returns(order: &Order, counts: &dyn Fn(UtcTime) -> bool) -> usize {
    let at = |step: &Step| UtcTime(1_480_000_000_000_000).plus_seconds(step.waited);
    order.steps.iter().filter(|step| step.decision == Some("returned") && counts(at(step))).count()
}

/// What a group comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    orders: i64,
    submitted: i64,
    ends: BTreeMap<&'static str, i64>,
    overdue: i64,
    first: [i64; 2],
    waited: Vec<i64>,
}

impl Figures {
    fn add(&mut self, order: &Order) {
        self.orders += 1;
        let mut rounds: BTreeMap<i32, Vec<Step>> = BTreeMap::new();
        for step in &order.steps {
            rounds.entry(step.round).or_default().push(*step);
        }
        for (round, steps) in rounds {
            let Some(last) = steps.last() else { continue };
            let end = match last.decision {
                _ if last.step == 0 => "unreviewed",
                Some("closed" | "withdrawn") => "withdrawn",
                Some(decision) => decision,
                None => "waiting",
            };
            self.submitted += 1;
            *self.ends.entry(end).or_default() += 1;
            self.overdue += i64::from(steps.iter().any(|step| step.late));
            if ["approved", "returned"].contains(&end) {
                self.waited.push(steps.iter().map(|step| step.waited).sum());
                if round == 1 {
                    self.first[0] += 1;
                    self.first[1] += i64::from(end == "approved");
                }
            }
        }
    }

    /// At most so many hundredths of the waiting times are longer.
    fn waited(&mut self, hundredths: usize) -> Option<i64> {
        self.waited.sort_unstable();
        let rank = (self.waited.len() * hundredths).div_ceil(100);
        self.waited.get(rank.checked_sub(1)?).copied()
    }
}

pub fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, question: &Ask) -> Result<(), Problem> {
    if !ask.contains("basis=created") {
        return Ok(());
    }
    let mut expected: BTreeMap<Keys, Figures> = BTreeMap::new();
    for (keys, orders) in plain(world, &act.caller, ask) {
        let figures = expected.entry(keys).or_default();
        orders.values().for_each(|(order, _)| figures.add(order));
    }
    let answer = review(c, act, question, Locale::En)?;
    let rows = answer.data.len();
    assert!(rows == expected.len() || expected.is_empty() && rows == 1, "{ask}: {rows} groups, not {}", expected.len());
    for row in answer.data {
        let keys: Keys = question.group_by.iter().map(|d| row.group.get(d.as_str()).unwrap().key.clone()).collect();
        let mut own = expected.remove(&keys).unwrap_or_default();
        let end = |name| own.ends.get(name).copied().unwrap_or_default();
        let told = [row.orders, row.submitted, row.approved, row.returned, row.withdrawn, row.waiting, row.unreviewed, row.overdue];
        let approved = end("approved") + end("unreviewed");
        let counted = [own.orders, own.submitted, approved, end("returned"), end("withdrawn"), end("waiting"), end("unreviewed"), own.overdue];
        assert_eq!(told, counted, "{ask} {keys:?}");
        assert_eq!(row.rounds_per_order, rate(own.submitted.into(), own.orders.into()), "{ask} {keys:?}");
        assert_eq!(row.first_pass_rate, rate(own.first[1].into(), own.first[0].into()), "{ask} {keys:?}");
        assert_eq!((row.waiting_seconds_median, row.waiting_seconds_p90), (own.waited(50), own.waited(90)), "{ask} {keys:?}");
        assert_eq!(world.listed(&act.caller, &row.drilldown), row.orders, "{ask} {keys:?} {}", row.drilldown);
    }
    Ok(())
}
