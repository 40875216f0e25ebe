//! The rows of rounds of review and of whom their steps reach. SQL only, no rules.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use crate::identity::rights::Role;
use crate::insert_rows;
use crate::orders::store::OrderRow;
use crate::platform::db::schema::{order_review_reviewers as reviewers, order_reviews as reviews, orders, teams, user_absences, users};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;

/// A step of a round of review as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = reviews, treat_none_as_null = true)]
pub struct ReviewRow {
    pub id: Id,
    pub order_id: Id,
    pub round: i32,
    /// From 1; 0 where a policy without steps approved at the submit.
    pub step: i32,
    pub steps: i32,
    /// The code of the policy; none where no policy took the order.
    pub policy: Option<String>,
    /// What the policy said of the step when the round began.
    pub rule: Json,
    /// The changes that asked for another review.
    pub because: Json,
    /// The version of the order with which the round began.
    pub order_version: i64,
    /// When the order was submitted, the same for each step of the round.
    pub submitted_at: UtcTime,
    /// Whose turn it was, where reviewers take turns.
    pub assigned_to: Option<Id>,
    /// `any` or a role; none where it is with persons.
    pub open_to: Option<String>,
    pub started_at: Option<UtcTime>,
    pub due_at: Option<UtcTime>,
    pub escalate_at: Option<UtcTime>,
    pub escalated_at: Option<UtcTime>,
    pub claimed_by: Option<Id>,
    pub claimed_until: Option<UtcTime>,
    pub decided_at: Option<UtcTime>,
    pub decision: Option<String>,
    pub decided_by: Option<Id>,
    pub waiting_seconds: Option<i64>,
}

/// Keeps the steps of a round.
pub fn insert(tx: &mut AnyConnection, rows: &[ReviewRow]) -> Result<(), Problem> {
    insert_rows!(tx, reviews::table, rows)?;
    Ok(())
}

/// Keeps what was decided of a step, and nothing else of it: claims and escalations come in between.
pub fn set_decided(tx: &mut AnyConnection, row: &ReviewRow) -> Result<(), Problem> {
    let decided = (
        reviews::decided_at.eq(row.decided_at),
        reviews::decision.eq(&row.decision),
        reviews::decided_by.eq(row.decided_by),
        reviews::waiting_seconds.eq(row.waiting_seconds),
    );
    diesel::update(reviews::table.find(row.id)).set(decided).execute(tx)?;
    Ok(())
}

/// Keeps a changed step.
pub fn update(tx: &mut AnyConnection, row: &ReviewRow) -> Result<(), Problem> {
    diesel::update(reviews::table.find(row.id)).set(row).execute(tx)?;
    Ok(())
}

/// The step that an order waits in.
pub fn open_of(c: &mut AnyConnection, order: Id) -> Result<Option<ReviewRow>, Problem> {
    let open = reviews::table.filter(reviews::order_id.eq(order)).filter(reviews::decided_at.is_null()).filter(reviews::started_at.is_not_null());
    Ok(open.select(ReviewRow::as_select()).first(c).optional()?)
}

/// A step of a round.
pub fn step(c: &mut AnyConnection, order: Id, round: i32, step: i32) -> Result<Option<ReviewRow>, Problem> {
    let place = reviews::table.filter(reviews::order_id.eq(order)).filter(reviews::round.eq(round)).filter(reviews::step.eq(step));
    Ok(place.select(ReviewRow::as_select()).first(c).optional()?)
}

/// All steps of all rounds of an order, in their order.
pub fn of_order(c: &mut AnyConnection, order: Id) -> Result<Vec<ReviewRow>, Problem> {
    let all = reviews::table.filter(reviews::order_id.eq(order)).order((reviews::round, reviews::step));
    Ok(all.select(ReviewRow::as_select()).load(c)?)
}

/// Takes away the steps of an order that have not begun and will not.
pub fn delete_unstarted(tx: &mut AnyConnection, order: Id) -> Result<(), Problem> {
    diesel::delete(reviews::table.filter(reviews::order_id.eq(order)).filter(reviews::started_at.is_null())).execute(tx)?;
    Ok(())
}

/// Hands on a step that is overdue, once.
pub fn set_escalated(tx: &mut AnyConnection, id: Id, now: UtcTime) -> Result<bool, Problem> {
    let due = reviews::table.find(id).filter(reviews::decided_at.is_null()).filter(reviews::escalated_at.is_null()).filter(reviews::escalate_at.le(now));
    Ok(diesel::update(due).set(reviews::escalated_at.eq(Some(now))).execute(tx)? == 1)
}

/// Claims a step until a moment, unless somebody else holds it: a claim that ends between two moments.
pub fn claim(tx: &mut AnyConnection, id: Id, user: Id, (now, latest): (UtcTime, UtcTime), until: UtcTime) -> Result<bool, Problem> {
    let free = reviews::claimed_by.is_null().or(reviews::claimed_by.eq(user)).or(reviews::claimed_until.le(now)).or(reviews::claimed_until.gt(latest));
    let open = reviews::table.find(id).filter(reviews::decided_at.is_null()).filter(free);
    Ok(diesel::update(open).set((reviews::claimed_by.eq(Some(user)), reviews::claimed_until.eq(Some(until)))).execute(tx)? == 1)
}

/// Gives a claim back.
pub fn release(tx: &mut AnyConnection, id: Id, user: Id) -> Result<bool, Problem> {
    let own = reviews::table.find(id).filter(reviews::decided_at.is_null()).filter(reviews::claimed_by.eq(user));
    Ok(diesel::update(own).set((reviews::claimed_by.eq(None::<Id>), reviews::claimed_until.eq(None::<UtcTime>))).execute(tx)? == 1)
}

/// Keeps whom a step reaches: a word for everybody or a role, else these persons.
pub fn replace_reach(tx: &mut AnyConnection, id: Id, open_to: Option<&str>, persons: &BTreeSet<Id>) -> Result<(), Problem> {
    diesel::update(reviews::table.find(id)).set(reviews::open_to.eq(open_to)).execute(tx)?;
    diesel::delete(reviewers::table.filter(reviewers::review_id.eq(id))).execute(tx)?;
    let rows: Vec<_> = persons.iter().map(|user| (reviewers::review_id.eq(id), reviewers::user_id.eq(*user))).collect();
    insert_rows!(tx, reviewers::table, rows.clone())?;
    Ok(())
}

/// The persons that some steps reach.
pub fn persons(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, BTreeSet<Id>>, Problem> {
    let rows: Vec<(Id, Id)> = reviewers::table.filter(reviewers::review_id.eq_any(ids)).select((reviewers::review_id, reviewers::user_id)).load(c)?;
    let mut all: HashMap<Id, BTreeSet<Id>> = HashMap::new();
    for (review, user) in rows {
        all.entry(review).or_default().insert(user);
    }
    Ok(all)
}

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = SqlId)]
    user_id: Id,
    #[diesel(sql_type = SqlTime)]
    started_at: UtcTime,
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// When each of some users last had a turn: an index gives it of each, however many they had.
pub fn last_turns(c: &mut AnyConnection, users: &[Id]) -> Result<BTreeMap<Id, (UtcTime, Id)>, Problem> {
    let last = "select r.assigned_to as user_id, r.started_at, r.id from users u join order_reviews r on r.id = (select x.id from order_reviews x \
        where x.assigned_to = u.id and x.started_at is not null order by x.started_at desc, x.id desc limit 1) where ";
    let turns = Sql::new(last).then(Sql::among("u.id", users)).load::<Turn>(c)?;
    Ok(turns.into_iter().map(|turn| (turn.user_id, (turn.started_at, turn.id))).collect())
}

/// An active user of one of these roles: role, first and last day away, delegate.
pub type PersonRow = (Id, String, Option<(chrono::NaiveDate, chrono::NaiveDate, Option<Id>)>);

/// Active users of some roles, with their absences.
pub fn people(c: &mut AnyConnection, roles: &[Role]) -> Result<Vec<PersonRow>, Problem> {
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    Ok(users::table
        .left_join(user_absences::table.on(user_absences::user_id.eq(users::id)))
        .filter(users::active.eq(true))
        .filter(users::role.eq_any(words))
        .select((users::id, users::role, (user_absences::first_day, user_absences::last_day, user_absences::delegate_id).nullable()))
        .load(c)?)
}

/// The lead of a team.
pub fn lead(c: &mut AnyConnection, team: Id) -> Result<Option<Id>, Problem> {
    Ok(teams::table.find(team).select(teams::lead_id).first::<Option<Id>>(c).optional()?.flatten())
}

/// The overdue steps that are to be handed on.
pub fn to_escalate(c: &mut AnyConnection, now: UtcTime, limit: i64) -> Result<Vec<Id>, Problem> {
    let due = reviews::table.filter(reviews::decided_at.is_null()).filter(reviews::escalated_at.is_null()).filter(reviews::escalate_at.le(now));
    Ok(due.order((reviews::escalate_at, reviews::id)).limit(limit).select(reviews::id).load(c)?)
}

/// Open steps of policies behind an id, with their orders.
pub fn open_of_policies(c: &mut AnyConnection, after: Option<Id>, limit: i64) -> Result<Vec<(ReviewRow, OrderRow)>, Problem> {
    let after = after.unwrap_or(Id(uuid::Uuid::nil()));
    Ok(reviews::table
        .inner_join(orders::table.on(reviews::order_id.eq(orders::id)))
        .filter(reviews::decided_at.is_null())
        .filter(reviews::started_at.is_not_null())
        .filter(reviews::policy.is_not_null())
        .filter(reviews::id.gt(after))
        .order(reviews::id)
        .limit(limit)
        .select((ReviewRow::as_select(), OrderRow::as_select()))
        .load(c)?)
}

/// A step and its order by the step's id.
pub fn with_order(c: &mut AnyConnection, id: Id) -> Result<Option<(ReviewRow, OrderRow)>, Problem> {
    let found = reviews::table.inner_join(orders::table.on(reviews::order_id.eq(orders::id))).filter(reviews::id.eq(id));
    Ok(found.select((ReviewRow::as_select(), OrderRow::as_select())).first(c).optional()?)
}

/// Steps that meet a condition on them and their orders, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<ReviewRow>, Problem> {
    let all = reviews::table.inner_join(orders::table.on(reviews::order_id.eq(orders::id)));
    Ok(all.filter(filter).order(order).limit(limit).select(ReviewRow::as_select()).load(c)?)
}

/// How many there are.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(reviews::table.inner_join(orders::table.on(reviews::order_id.eq(orders::id))).filter(filter).count().get_result(c)?)
}
