//! The rows of orders, lines, tags, remarks and follow-ups. SQL only, no rules.
mod change;
mod lines;
mod load;
mod names;
mod row;
mod worth;

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::platform::db::schema::{order_broken_rules, order_follow_ups, order_remarks, order_tags, order_transitions, orders, users};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;
use crate::standards::custom;
use crate::standards::definition::Standard;
use crate::standards::entity::Entity;
use crate::standards::unique;
use crate::{insert_rows, on_backend};

pub use change::update;
pub use lines::{LineRow, Lines, replace as replace_lines};
pub use load::{Loaded, load, load_shown};
pub use row::{OrderRow, ShownRow};
pub use worth::{set_worth, unpriced};

/// A reviewer's note as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_remarks)]
pub struct RemarkRow {
    pub id: Id,
    pub order_id: Id,
    pub round: i32,
    pub pointer: String,
    pub line_id: Option<Id>,
    pub message: String,
    pub author_id: Id,
    pub created_at: UtcTime,
    pub severity: String,
    pub state: String,
    pub answer: Option<String>,
    pub settled_by: Option<Id>,
    pub settled_at: Option<UtcTime>,
}

/// One step of an order's life as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_transitions)]
pub struct TransitionRow {
    pub id: Id,
    pub order_id: Id,
    pub action: String,
    pub from_status: Option<String>,
    pub to_status: String,
    pub from_stage: Option<String>,
    pub to_stage: String,
    pub actor_id: Option<Id>,
    pub note: Option<String>,
    pub occurred_at: UtcTime,
    pub recorded_at: UtcTime,
    /// How long the stage had lasted that it left, and the status; none where it left none.
    pub stage_seconds: Option<i64>,
    pub status_seconds: Option<i64>,
    /// When the last rates were recorded that a closed order knows of from then on.
    pub rates_at: Option<UtcTime>,
}

/// A contact with the customer as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_follow_ups)]
pub struct FollowUpRow {
    pub id: Id,
    pub order_id: Id,
    pub at: UtcTime,
    pub channel: String,
    pub content: String,
    pub result: Option<String>,
    pub next_contact_at: Option<UtcTime>,
    pub author_id: Option<Id>,
    pub created_at: UtcTime,
}

/// How many orders meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(orders::table.filter(filter).count().get_result(c)?)
}

/// The unarchived order that another system knows by an id.
pub fn id_of_external(c: &mut AnyConnection, system: &str, id: &str) -> Result<Option<Id>, Problem> {
    let found = orders::table.filter(orders::ext_system.eq(system)).filter(orders::ext_id.eq(id)).filter(orders::archived_at.is_null());
    Ok(found.select(orders::id).first(c).optional()?)
}

/// The SQL of what orders may be unique by: before and behind the value.
fn of_path(path: &str) -> Option<(&'static str, &'static str)> {
    Some(match path {
        "title" => ("orders.title = ", ""),
        "customer_id" => ("orders.customer_id = ", ""),
        "owner" => ("orders.owner_id = ", ""),
        "currency" => ("orders.currency = ", ""),
        "expected_close_date" => ("orders.expected_close_date = ", ""),
        "valid_until" => ("orders.valid_until = ", ""),
        "intent_level" => ("orders.intent_level = ", ""),
        "source" => ("orders.source = ", ""),
        "note" => ("orders.note = ", ""),
        "amount" => ("orders.amount = ", ""),
        "lines[].product" => ("exists (select 1 from order_lines l where l.order_id = orders.id and l.product_id = ", ")"),
        _ => return None,
    })
}

/// Whether another open, unarchived order has all of these values.
pub fn is_taken(c: &mut AnyConnection, own: Option<Id>, open: &[&str], pairs: &[(String, Value)]) -> Result<bool, Problem> {
    let mut all = vec![is_open(open)];
    all.extend(own.map(|id| Sql::new("orders.id <> ").bind(Value::Id(id))));
    for (path, value) in pairs {
        if let Some(holds) = custom::store::equals(Entity::Orders, "orders.id", path, value) {
            all.push(holds);
            continue;
        }
        let (before, behind) = of_path(path).ok_or_else(|| Problem::internal(format_args!("orders cannot be unique by {path}")))?;
        all.push(Sql::new(before).bind(value.clone()).text(behind));
    }
    Ok(orders::table.filter(Sql::all(all)).select(orders::id).first::<Id>(c).optional()?.is_some())
}

/// The open, unarchived orders that have all that these paths lead to in common with another.
pub fn sharing(c: &mut AnyConnection, standard: &Standard, open: &[&str], paths: &[String]) -> Result<HashSet<Id>, Problem> {
    const OF_LINES: &str = "lines[].product";
    let column = |path: &str| if path == OF_LINES { Some("l.product_id") } else { of_path(path)?.0.strip_suffix(" = ") };
    let of_lines = paths.iter().any(|path| path == OF_LINES);
    let tables = if of_lines { "orders join order_lines l on l.order_id = orders.id" } else { "orders" };
    unique::sharing(c, standard, ("orders.id", tables), &is_open(open), paths, column)
}

fn is_open(open: &[&str]) -> Sql {
    let open = open.iter().map(|status| Value::Text((*status).to_owned()));
    Sql::new("orders.archived_at is null and orders.status in (").list(open).text(")")
}

/// What rules see of an order, and no more.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct EntryRow {
    pub id: Id,
    pub number: i64,
    pub title: Option<String>,
    pub customer_id: Option<Id>,
    pub owner_id: Id,
    pub team_id: Option<Id>,
    pub currency: String,
    pub status: String,
    pub stage: String,
    pub intent_level: Option<String>,
    pub source: Option<String>,
    pub note: Option<String>,
    pub tags: Json,
    pub custom: Json,
    pub expected_close_date: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
}

/// Open, unarchived orders that meet a condition, by their ids from one on, each with its lines.
pub fn open_entries(c: &mut AnyConnection, open: &[&str], filter: Sql, after: Option<Id>, limit: i64) -> Result<Vec<(EntryRow, Vec<LineRow>)>, Problem> {
    let beyond = after.map(|id| Sql::new("orders.id > ").bind(Value::Id(id)));
    let rows: Vec<(EntryRow, Lines)> = orders::table
        .filter(Sql::all([is_open(open), filter].into_iter().chain(beyond)))
        .order(orders::id)
        .limit(limit)
        .select((EntryRow::as_select(), orders::lines))
        .load(c)?;
    Ok(rows.into_iter().map(|(row, lines)| (row, lines.rows().collect())).collect())
}

/// Open, unarchived orders of an owner.
pub fn open_of_owner(c: &mut AnyConnection, owner: Id, open: &[&str]) -> Result<Vec<Id>, Problem> {
    let found = orders::table.filter(orders::owner_id.eq(owner)).filter(orders::status.eq_any(open)).filter(orders::archived_at.is_null());
    Ok(found.order(orders::id).select(orders::id).load(c)?)
}

/// Keeps a new order with its lines and tags.
pub fn insert(tx: &mut AnyConnection, row: &OrderRow, lines: &[LineRow]) -> Result<(), Problem> {
    // Over the enum its text would be put together anew for each order.
    on_backend!(tx, c => diesel::insert_into(orders::table).values((row, orders::lines.eq(lines::told(lines)))).execute(c))?;
    lines::insert(tx, row.id, lines)?;
    insert_tags(tx, row)
}

/// Keeps others from changing an order until the transaction ends; false where it is no longer of the version that was read.
pub fn hold(tx: &mut AnyConnection, id: Id, read_version: i64) -> Result<bool, Problem> {
    let same = diesel::update(orders::table.find(id)).filter(orders::version.eq(read_version)).set(orders::version.eq(read_version));
    Ok(same.execute(tx)? == 1)
}

fn current_version(c: &mut AnyConnection, id: Id) -> Result<i64, Problem> {
    Ok(orders::table.find(id).select(orders::version).first(c)?)
}

/// Replaces the tags in the side table, which filters ask.
pub fn replace_tags(tx: &mut AnyConnection, row: &OrderRow) -> Result<(), Problem> {
    diesel::delete(order_tags::table.filter(order_tags::order_id.eq(row.id))).execute(tx)?;
    insert_tags(tx, row)
}

fn insert_tags(tx: &mut AnyConnection, row: &OrderRow) -> Result<(), Problem> {
    let tags: Vec<_> = row.tags.to::<Vec<String>>().into_iter().map(|tag| (order_tags::order_id.eq(row.id), order_tags::tag.eq(tag))).collect();
    insert_rows!(tx, order_tags::table, tags.clone())?;
    Ok(())
}

/// Keeps which rules an order broke; those that are known already stay.
pub fn insert_broken_rules(tx: &mut AnyConnection, order: Id, rules: &BTreeSet<&str>) -> Result<(), Problem> {
    let rows: Vec<_> = rules.iter().map(|rule| (order_broken_rules::order_id.eq(order), order_broken_rules::rule.eq(*rule))).collect();
    on_backend!(tx, c => diesel::insert_into(order_broken_rules::table).values(rows).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Keeps remarks.
pub fn insert_remarks(tx: &mut AnyConnection, remarks: &[RemarkRow]) -> Result<(), Problem> {
    insert_rows!(tx, order_remarks::table, remarks)?;
    Ok(())
}

/// Keeps what became of a remark.
pub fn settle_remark(tx: &mut AnyConnection, row: &RemarkRow) -> Result<(), Problem> {
    let settled = (
        order_remarks::state.eq(&row.state),
        order_remarks::answer.eq(&row.answer),
        order_remarks::settled_by.eq(row.settled_by),
        order_remarks::settled_at.eq(row.settled_at),
    );
    diesel::update(order_remarks::table.find(row.id)).set(settled).execute(tx)?;
    Ok(())
}

/// Keeps steps of an order's life.
pub fn insert_transitions(tx: &mut AnyConnection, transitions: &[TransitionRow]) -> Result<(), Problem> {
    insert_rows!(tx, order_transitions::table, transitions)?;
    Ok(())
}

/// The statement that keeps the first step of an order's life.
#[must_use]
pub fn first_transition(row: TransitionRow) -> Sql {
    let TransitionRow { id, order_id, action, from_status, to_status, from_stage, to_stage, actor_id, note, occurred_at, recorded_at, rates_at, .. } = row;
    // It left no state that could have lasted.
    let columns = "id, order_id, action, from_status, to_status, from_stage, to_stage, actor_id, note, occurred_at, recorded_at, rates_at";
    let text = |text: String| Some(Value::Text(text));
    let values = [
        Some(Value::Id(id)),
        Some(Value::Id(order_id)),
        text(action),
        from_status.and_then(text),
        text(to_status),
        from_stage.and_then(text),
        text(to_stage),
        actor_id.map(Value::Id),
        note.and_then(text),
        Some(Value::Time(occurred_at)),
        Some(Value::Time(recorded_at)),
        rates_at.map(Value::Time),
    ];
    Sql::insert("order_transitions", columns, values).text(")")
}

/// The steps of an order's life, in their order, with the actors' names.
pub fn transitions(c: &mut AnyConnection, order: Id) -> Result<Vec<(TransitionRow, Option<String>)>, Problem> {
    Ok(order_transitions::table
        .left_join(users::table.on(order_transitions::actor_id.eq(users::id.nullable())))
        .filter(order_transitions::order_id.eq(order))
        .order(order_transitions::id)
        .select((TransitionRow::as_select(), users::name.nullable()))
        .load(c)?)
}

/// The notes of the steps of some orders' lives.
pub fn notes_of_steps(c: &mut AnyConnection, orders: &[Id]) -> Result<Vec<(Id, Id, Option<String>)>, Problem> {
    let steps = order_transitions::table.filter(order_transitions::order_id.eq_any(orders)).filter(order_transitions::note.is_not_null());
    Ok(steps.order(order_transitions::id).select((order_transitions::order_id, order_transitions::id, order_transitions::note)).load(c)?)
}

/// The contacts with the customers of some orders.
pub fn follow_ups_of(c: &mut AnyConnection, orders: &[Id]) -> Result<Vec<FollowUpRow>, Problem> {
    let contacts = order_follow_ups::table.filter(order_follow_ups::order_id.eq_any(orders));
    Ok(contacts.order(order_follow_ups::id).select(FollowUpRow::as_select()).load(c)?)
}

/// Replaces an order's warnings, which are no part of what was entered.
pub fn replace_warnings(tx: &mut AnyConnection, id: Id, warnings: &Json) -> Result<(), Problem> {
    diesel::update(orders::table.find(id)).set(orders::warnings.eq(warnings)).execute(tx)?;
    Ok(())
}

/// Keeps a contact with the customer.
pub fn insert_follow_up(tx: &mut AnyConnection, row: &FollowUpRow) -> Result<(), Problem> {
    diesel::insert_into(order_follow_ups::table).values(row).execute(tx)?;
    Ok(())
}

/// Contacts that meet a condition, with their authors' names.
pub fn follow_ups(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<(FollowUpRow, Option<String>)>, Problem> {
    Ok(order_follow_ups::table
        .left_join(users::table.on(order_follow_ups::author_id.eq(users::id.nullable())))
        .filter(filter)
        .order(order)
        .limit(limit)
        .select((FollowUpRow::as_select(), users::name.nullable()))
        .load(c)?)
}

/// How many contacts meet a condition.
pub fn count_follow_ups(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(order_follow_ups::table.filter(filter).count().get_result(c)?)
}
