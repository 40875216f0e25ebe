//! Rounds of review: begun by a submit or a critical change, decided step by step, closed by whatever takes the order out of review. Each function runs
//! inside the transaction of the action that calls it.
use serde_json::{Map, Value, json};

use super::claims;
use super::policy::{self, By, Policy, Step};
use super::settings::{self, policy_of};
use super::store::{self, ReviewRow};
use super::who::{self, Facts, People, Person, Reach};
use crate::identity::caller::Caller;
use crate::identity::rights::Role;
use crate::identity::{Act, users};
use crate::orders::lifecycle::{Action, Status};
use crate::orders::service::common;
use crate::orders::store::OrderRow;
use crate::platform::clock::{date_in, new_id};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, dialect};
use crate::platform::problem::{Code, Problem};
use crate::settings::service as kept;

/// What [`ReviewRow::open_to`] says where it is open to all who may approve orders.
pub const ANY: &str = "any";

/// Who is to review an order: the policy that takes it, if one does.
#[derive(Debug)]
pub struct Plan(Option<Policy>);

impl Plan {
    fn steps(&self) -> Vec<Step> {
        self.0.as_ref().map_or_else(|| vec![Step::anybody()], |policy| policy.steps.clone())
    }
}

/// Everybody who had a hand in an order.
#[must_use]
pub fn barred(row: &OrderRow) -> Vec<Id> {
    [row.created_by, Some(row.owner_id), row.submitted_by, row.critical_by].into_iter().flatten().collect()
}

/// Fails with 409 `no_reviewer` where everybody who may approve had a part in the order: then no step of any policy reaches anybody.
pub fn require_reviewer(c: &mut AnyConnection, row: &OrderRow) -> Result<(), Problem> {
    if users::store::active_reviewers_besides(c, &barred(row))? { Ok(()) } else { Err(Problem::new(Code::NoReviewer)) }
}

/// Finds out who is to review an order as it is stored; `after` is the order as it goes to review.
pub fn plan(c: &mut AnyConnection, act: &Act, after: &OrderRow) -> Result<Plan, Problem> {
    let settings = settings::read(c)?;
    let plan = Plan(policy_of(c, &settings, after.id, act)?.cloned());
    if !plan.steps().is_empty() {
        require_reviewer(c, after)?;
    }
    Ok(plan)
}

/// Begins a round of an order that has just gone to review; where the policy asks for no review, the program approves.
pub fn begin(tx: &mut AnyConnection, act: &Act, row: OrderRow, plan: Plan, because: &[&str]) -> Result<OrderRow, Problem> {
    let steps = plan.steps();
    let policy = plan.0.map(|policy| policy.code);
    let of_step = |(n, rule): (i32, &Step)| ReviewRow {
        id: new_id(),
        order_id: row.id,
        round: row.review_round,
        step: n,
        steps: i32::try_from(steps.len()).unwrap_or_default(),
        policy: policy.clone(),
        rule: Json::of(rule),
        because: Json::of(&because),
        order_version: row.version,
        submitted_at: row.submitted_at.unwrap_or(row.created_at),
        assigned_to: None,
        open_to: None,
        started_at: None,
        due_at: None,
        escalate_at: None,
        escalated_at: None,
        claimed_by: None,
        claimed_until: None,
        decided_at: None,
        decision: None,
        decided_by: None,
        waiting_seconds: None,
    };
    if steps.is_empty() {
        let at_once = ReviewRow { started_at: Some(act.now), ..of_step((0, &Step::anybody())) };
        store::insert(tx, &[ended(at_once, "approved", None, act.now)])?;
        let program = Act { caller: Caller::system(), ..act.clone() };
        return common::commit(tx, &program, &row, approved(&row, act.now)?, &common::Step::now(&program, Action::Approve, None), Map::new());
    }
    let rows: Vec<ReviewRow> = (1..).zip(&steps).map(of_step).collect();
    store::insert(tx, &rows)?;
    if let Some(first) = rows.into_iter().next() {
        open(tx, act, &row, first)?;
    }
    Ok(row)
}

/// Begins the review of an order that was brought in as one that waits for it: its policy holds, but an import approves nothing and asks for no reviewer.
pub fn begin_imported(tx: &mut AnyConnection, act: &Act, row: &OrderRow) -> Result<(), Problem> {
    let settings = settings::read(tx)?;
    let policy = policy_of(tx, &settings, row.id, act)?.filter(|policy| !policy.steps.is_empty()).cloned();
    begin(tx, act, row.clone(), Plan(policy), &[]).map(drop)
}

/// An order as it is once it is approved: it goes on where it was before a later review, else it is pending.
pub fn approved(row: &OrderRow, now: UtcTime) -> Result<OrderRow, Problem> {
    let remembered = row.resume_status.as_deref().and_then(Status::parse);
    let to = crate::orders::lifecycle::transition(Some(common::status_of(row)?), Action::Approve, remembered).map_err(|e| common::wrong_state(&e))?;
    Ok(row.with(|row| {
        row.status = to.as_str().into();
        (row.resume_status, row.approved_at, row.approved_amount) = (None, Some(now), Some(row.amount));
    }))
}

/// Begins a step: whose turn it is, whom it reaches, when it is due.
fn open(tx: &mut AnyConnection, act: &Act, order: &OrderRow, mut review: ReviewRow) -> Result<(), Problem> {
    review.started_at = Some(act.now);
    let Some(code) = review.policy.clone() else {
        review.open_to = Some(ANY.into());
        return store::update(tx, &review);
    };
    let rule: Step = rule_of(&review)?;
    let people = people(tx, act.now)?;
    if By::parse(&rule.by) == Some(By::RoundRobin) {
        // Two orders that come at once take turns, too.
        dialect::lock(tx, "reviews.turn", &code)?;
        let last = store::last_turns(tx, &rule.users)?;
        review.assigned_to = who::next_in_turn(&rule.users, &last, &facts(tx, order, &review)?, &people);
    }
    if let Some(hours) = rule.due_hours {
        review.due_at = Some(kept::calendar(tx)?.due(kept::organisation(tx)?.time_zone, act.now, hours));
        review.escalate_at = review.due_at.filter(|_| rule.escalate);
    }
    store::update(tx, &review)?;
    let reach = who::reach(&rule, &facts(tx, order, &review)?, &people);
    keep_reach(tx, &review, &reach)?;
    let told = json!({"round": review.round, "step": review.step, "policy": code, "due_at": review.due_at, "reviewers": reach_json(&reach)});
    tell(tx, act, "order.review_assigned", order, told)
}

/// Checks that the caller may decide the step that an order waits in, and that nobody else works on it; none where the order came into review without one.
pub fn require(c: &mut AnyConnection, act: &Act, order: &OrderRow) -> Result<Option<ReviewRow>, Problem> {
    let Some(review) = store::open_of(c, order.id)? else { return Ok(None) };
    if let Some(user) = act.caller.user
        && !may(c, act, order, &review, user)?
    {
        return Err(Problem::new(Code::NotReviewer));
    }
    match holder(&review, act.now).filter(|holder| Some(*holder) != act.caller.user) {
        Some(_) => Err(claimed(&review)),
        None => Ok(Some(review)),
    }
}

/// Who holds a step at a moment.
#[must_use]
pub fn holder(review: &ReviewRow, now: UtcTime) -> Option<Id> {
    review.claimed_by.filter(|_| review.claimed_until.is_some_and(|until| until > now && until <= claims::latest(now)))
}

/// The problem of a step that somebody else works on.
pub fn claimed(review: &ReviewRow) -> Problem {
    Problem::new(Code::Claimed).param("until", review.claimed_until.map(|until| until.to_string()).unwrap_or_default())
}

fn may(c: &mut AnyConnection, act: &Act, order: &OrderRow, review: &ReviewRow, user: Id) -> Result<bool, Problem> {
    if review.policy.is_none() {
        // The right to approve, and to approve this order, was looked at before.
        return Ok(true);
    }
    let (facts, people) = (facts(c, order, review)?, people(c, act.now)?);
    Ok(who::reaches(&who::reach(&rule_of(review)?, &facts, &people), user, &facts, &people))
}

/// Writes down what was decided of a step.
pub fn decide(tx: &mut AnyConnection, act: &Act, review: ReviewRow, decision: &str) -> Result<(), Problem> {
    store::set_decided(tx, &ended(review, decision, act.caller.user, act.now))
}

/// Begins the step behind one that was approved.
pub fn go_on(tx: &mut AnyConnection, act: &Act, order: &OrderRow, review: &ReviewRow) -> Result<(), Problem> {
    let next = store::step(tx, order.id, review.round, review.step + 1)?;
    next.map_or(Ok(()), |next| open(tx, act, order, next))
}

/// Closes what is open of an order that leaves review undecided, or that is returned.
pub fn close(tx: &mut AnyConnection, act: &Act, order: Id, how: &str) -> Result<(), Problem> {
    if let Some(review) = store::open_of(tx, order)? {
        decide(tx, act, review, how)?;
    }
    store::delete_unstarted(tx, order)
}

fn ended(review: ReviewRow, decision: &str, by: Option<Id>, now: UtcTime) -> ReviewRow {
    let waiting = review.started_at.map(|since| (now.0 - since.0).max(0) / 1_000_000);
    ReviewRow { decided_at: Some(now), decision: Some(decision.into()), decided_by: by, waiting_seconds: waiting, ..review }
}

/// Looks anew whom the open step of an order reaches; 409 where that is nobody any more.
pub fn refresh(tx: &mut AnyConnection, act: &Act, order: &OrderRow) -> Result<(), Problem> {
    require_reviewer(tx, order)?;
    let Some(review) = store::open_of(tx, order.id)?.filter(|review| review.policy.is_some()) else { return Ok(()) };
    let people = people(tx, act.now)?;
    let reach = who::reach(&rule_of(&review)?, &facts(tx, order, &review)?, &people);
    keep_reach(tx, &review, &reach)
}

/// Hands an overdue step on to the lead of the order's team or, where that is nobody else who may, to all who may.
pub fn escalate(tx: &mut AnyConnection, act: &Act, review: Id) -> Result<(), Problem> {
    if !store::set_escalated(tx, review, act.now)? {
        return Ok(());
    }
    let Some((review, order)) = store::with_order(tx, review)? else { return Ok(()) };
    let reach = who::reach(&rule_of(&review)?, &facts(tx, &order, &review)?, &people(tx, act.now)?);
    keep_reach(tx, &review, &reach)?;
    let told = json!({"round": review.round, "step": review.step, "policy": review.policy, "due_at": review.due_at, "reviewers": reach_json(&reach)});
    tell(tx, act, "order.review_escalated", &order, told)
}

/// Whether what is kept of whom a step reaches is no longer so.
pub fn is_stale(review: &ReviewRow, persons: &std::collections::BTreeSet<Id>, reach: &Reach) -> bool {
    let (open_to, now) = split(reach);
    review.open_to.as_deref() != open_to || *persons != now
}

/// Whom the step of an order reaches at this moment.
pub fn reach_of(c: &mut AnyConnection, order: &OrderRow, review: &ReviewRow, people: &People) -> Result<Reach, Problem> {
    Ok(who::reach(&rule_of(review)?, &facts(c, order, review)?, people))
}

/// Keeps whom a step reaches, for the lists.
pub fn keep_reach(tx: &mut AnyConnection, review: &ReviewRow, reach: &Reach) -> Result<(), Problem> {
    let (open_to, persons) = split(reach);
    store::replace_reach(tx, review.id, open_to, &persons)
}

fn split(reach: &Reach) -> (Option<&'static str>, std::collections::BTreeSet<Id>) {
    match reach {
        Reach::Anybody => (Some(ANY), Default::default()),
        Reach::Role(role) => (Some(role.as_str()), Default::default()),
        Reach::Persons(persons) => (None, persons.clone()),
    }
}

fn reach_json(reach: &Reach) -> Value {
    match reach {
        Reach::Anybody => json!(ANY),
        Reach::Role(role) => json!(role.as_str()),
        Reach::Persons(persons) => json!(persons),
    }
}

fn rule_of(review: &ReviewRow) -> Result<Step, Problem> {
    serde::Deserialize::deserialize(&review.rule.0).map_err(|e| Problem::internal(format_args!("review {}: {e}", review.id)))
}

fn facts(c: &mut AnyConnection, order: &OrderRow, review: &ReviewRow) -> Result<Facts, Problem> {
    let lead = order.team_id.map_or(Ok(None), |team| store::lead(c, team))?;
    Ok(Facts { barred: barred(order), lead, assigned: review.assigned_to, escalated: review.escalated_at.is_some() })
}

/// All who may approve orders at all, as they are at a moment; days of absence are days of the organisation.
pub fn people(c: &mut AnyConnection, now: UtcTime) -> Result<People, Problem> {
    let today = date_in(kept::organisation(c)?.time_zone, now);
    let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| policy::reviews(*role)).collect();
    let rows = store::people(c, &roles)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, role, absence)| {
            let absence = absence.filter(|(first, last, _)| (*first..=*last).contains(&today));
            Some((id, Person { role: Role::parse(&role)?, away: absence.is_some(), delegate: absence.and_then(|(_, _, delegate)| delegate) }))
        })
        .collect())
}

/// Where a decision was taken, for the event that tells it; nothing where no policy took the order.
#[must_use]
pub fn place(review: &ReviewRow) -> Map<String, Value> {
    let told = json!([null, {"round": review.round, "step": review.step, "steps": review.steps, "policy": review.policy}]);
    review.policy.iter().map(|_| ("review".to_owned(), told.clone())).collect()
}

/// Appends an event of a review; it tells of no change of the order.
pub fn tell(tx: &mut AnyConnection, act: &Act, kind: &'static str, order: &OrderRow, told: Value) -> Result<(), Problem> {
    common::record(tx, act, kind, order, [("review".to_owned(), json!([null, told]))].into_iter().collect(), act.now)
}
