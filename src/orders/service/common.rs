//! What the use cases share: finding an order, deciding rights and version, recording a step.
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::events::{self, Event};
use crate::facts;
use crate::identity::rights::{Phase, Verdict, decide_order};
use crate::identity::{Act, Permission};
use crate::orders::lifecycle::{Action, NotAllowed, Status, transition};
use crate::orders::rules::stays::{Stay, moment, pass};
use crate::orders::store::{self, Loaded, OrderRow, TransitionRow};
use crate::platform::clock::{date_in, new_id};
use crate::platform::db::sql::{Sql, Value as Bound};
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::web::IfMatch;
use crate::settings;

/// An order by its id or its number (`IO-000123`), archived or not; 404 where there is none that the caller may see.
pub fn find(c: &mut AnyConnection, act: &Act, id_or_number: &str, archived: bool) -> Result<Loaded, Problem> {
    match id_or_number.strip_prefix("IO-") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            let number = digits.parse().map_err(|_| Problem::not_found())?;
            seen(c, act, Sql::new("orders.number = ").bind(Bound::Number(number)).of_few(), archived)
        }
        _ => by_id(c, act, Id::parse(id_or_number).ok_or_else(Problem::not_found)?, archived),
    }
}

/// The same by its id.
pub fn by_id(c: &mut AnyConnection, act: &Act, id: Id, archived: bool) -> Result<Loaded, Problem> {
    seen(c, act, Sql::among("orders.id", &[id]), archived)
}

fn seen(c: &mut AnyConnection, act: &Act, filter: Sql, archived: bool) -> Result<Loaded, Problem> {
    let order = store::load(c, filter, Sql::new("orders.id").of_few(), 1)?.pop().ok_or_else(Problem::not_found)?;
    if order.row.archived_at.is_some() && !archived {
        return Err(Problem::not_found());
    }
    match verdict(act, &order.row, Permission::OrdersRead)? {
        Verdict::Allowed => Ok(order),
        _ => Err(Problem::not_found()),
    }
}

/// The status of a row.
pub fn status_of(row: &OrderRow) -> Result<Status, Problem> {
    Status::parse(&row.status).ok_or_else(|| Problem::internal(format!("unknown status {}", row.status)))
}

/// What is decided of the caller and an order; the program itself may do everything but judge what it could not have seen.
pub fn verdict(act: &Act, row: &OrderRow, permission: Permission) -> Result<Verdict, Problem> {
    let caller = &act.caller;
    let relations = caller.relations(Some(row.owner_id), row.team_id);
    let touched = caller.user.is_some() && [row.created_by, Some(row.owner_id), row.submitted_by, row.critical_by].contains(&caller.user);
    let phase = match status_of(row)? {
        Status::Draft | Status::Returned | Status::Cancelled => Phase::Shelvable,
        Status::Won => Phase::Won,
        _ => Phase::Other,
    };
    Ok(decide_order(caller.role, !caller.leads.is_empty(), &relations, permission, touched, phase))
}

/// Fails with the problem of a verdict.
pub fn permit(act: &Act, row: &OrderRow, permission: Permission) -> Result<(), Problem> {
    act.caller.require(permission)?;
    match verdict(act, row, permission)? {
        Verdict::Allowed => Ok(()),
        Verdict::NotOwner => Err(Problem::new(Code::NotOwner)),
        Verdict::Role => Err(Problem::new(Code::Role).param("permission", permission.as_str())),
        Verdict::OwnOrder => Err(Problem::new(Code::OwnOrder)),
        Verdict::Hidden => Err(Problem::not_found()),
    }
}

/// Finds an order for an action: 404, then rights, then version, then whether the status allows it; answers the status it leads to.
pub fn begin(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, permission: Permission, action: Action) -> Result<(Loaded, Status), Problem> {
    let order = find(tx, act, id, action == Action::Restore)?;
    permit(act, &order.row, permission)?;
    if_match.check(order.row.version)?;
    let status = status_of(&order.row)?;
    let remembered = order.row.resume_status.as_deref().and_then(Status::parse);
    let to = transition(Some(status), action, remembered).map_err(|e| wrong_state(&e))?;
    Ok((order, to))
}

/// The problem of an action that the status does not allow.
pub fn wrong_state(not_allowed: &NotAllowed) -> Problem {
    let allowed: Vec<_> = not_allowed.allowed_from.iter().map(|s| s.as_str()).collect();
    Problem::new(Code::WrongState)
        .param("action", not_allowed.action.as_str())
        .param("allowed_from", allowed.join(", "))
        .param("status", not_allowed.from.map_or("-", Status::as_str))
}

/// A step of an order's life, to be recorded with the change that made it.
pub struct Step {
    pub action: Action,
    pub note: Option<String>,
    /// When it happened; for all but imports the moment it is recorded.
    pub occurred_at: UtcTime,
}

impl Step {
    pub fn now(act: &Act, action: Action, note: Option<String>) -> Self {
        Self { action, note, occurred_at: act.now }
    }
}

/// The row of the step that made an order what it is, which is told since when it has been where it is.
pub fn take(act: &Act, before: Option<&OrderRow>, after: &mut OrderRow, step: &Step) -> Result<TransitionRow, Problem> {
    let at = moment(step.action, step.occurred_at.0, act.now.0);
    let was = before.map(|row| Ok::<_, Problem>(Stay { status: status_of(row)?, stage: &row.stage, since: row.since() })).transpose()?;
    let (since, lasted) = pass(was, (status_of(after)?, &after.stage), at);
    (after.stage_since, after.status_since) = (since.stage.map(UtcTime), since.status.map(UtcTime));
    Ok(TransitionRow {
        id: new_id(),
        order_id: after.id,
        action: step.action.as_str().into(),
        from_status: before.map(|row| row.status.clone()),
        to_status: after.status.clone(),
        from_stage: before.map(|row| row.stage.clone()),
        to_stage: after.stage.clone(),
        actor_id: act.caller.user,
        note: step.note.clone(),
        occurred_at: step.occurred_at,
        recorded_at: act.now,
        stage_seconds: lasted.stage,
        status_seconds: lasted.status,
        rates_at: after.rates_at,
    })
}

/// Keeps a changed order as its next version, with its step and its event; the version that was read decides.
pub fn commit(tx: &mut AnyConnection, act: &Act, before: &OrderRow, after: OrderRow, step: &Step, more: Map<String, Value>) -> Result<OrderRow, Problem> {
    commit_as(tx, act, kind_of(step.action), before, after, step, more)
}

/// The same with another event than the action's own.
pub fn commit_as(
    tx: &mut AnyConnection,
    act: &Act,
    kind: &'static str,
    before: &OrderRow,
    mut after: OrderRow,
    step: &Step,
    more: Map<String, Value>,
) -> Result<OrderRow, Problem> {
    after.version = before.version + 1;
    after.updated_at = act.after(before.updated_at);
    let taken = take(act, Some(before), &mut after, step)?;
    store::update(tx, before, &after)?;
    if before.counted_by() != after.counted_by() {
        facts::keep(tx, after.id, before.customer_id != after.customer_id, act.now)?;
    }
    store::insert_transitions(tx, &[taken])?;
    let mut changes = row_changes(before, &after);
    changes.extend(more);
    record(tx, act, kind, &after, changes, step.occurred_at)?;
    Ok(after)
}

/// Makes the next version of an order in which nothing but what hangs on it has changed.
pub fn touch(tx: &mut AnyConnection, act: &Act, kind: &'static str, before: &OrderRow, more: Map<String, Value>) -> Result<OrderRow, Problem> {
    let after = before.with(|row| (row.version, row.updated_at) = (before.version + 1, act.after(before.updated_at)));
    store::update(tx, before, &after)?;
    record(tx, act, kind, &after, more, act.now)?;
    Ok(after)
}

/// Appends an event of an order.
pub fn record(tx: &mut AnyConnection, act: &Act, kind: &'static str, row: &OrderRow, changes: Map<String, Value>, occurred_at: UtcTime) -> Result<(), Problem> {
    Ok(events::append(tx, act, event(kind, row, changes, occurred_at))?)
}

/// An event of an order.
pub fn event(kind: &'static str, row: &OrderRow, changes: Map<String, Value>, occurred_at: UtcTime) -> Event {
    Event { kind, record_type: "order", record_id: row.id, version: row.version, changes, occurred_at }
}

/// The event of an action.
pub const fn kind_of(action: Action) -> &'static str {
    match action {
        Action::Create => "order.created",
        Action::Submit => "order.submitted",
        Action::Withdraw => "order.withdrawn",
        Action::Approve => "order.approved",
        Action::Return => "order.returned",
        Action::Process => "order.processed",
        Action::Win => "order.won",
        Action::Lose => "order.lost",
        Action::Cancel => "order.cancelled",
        Action::Expire => "order.expired",
        Action::Reopen => "order.reopened",
        Action::Move => "order.moved",
        Action::Transfer => "order.transferred",
        Action::FollowUp => "order.followed_up",
        Action::Delay => "order.delayed",
        Action::Edit => "order.updated",
        Action::Archive => "order.archived",
        Action::Restore => "order.restored",
        Action::Import => "order.imported",
    }
}

/// The columns in which two rows differ, before and after, in the words of the wire.
pub fn row_changes(before: &OrderRow, after: &OrderRow) -> Map<String, Value> {
    events::changes(&row_json(before), &row_json(after), &[], &[])
}

/// What of a row events tell; the version and the times of writing stand beside them.
pub fn row_json(row: &OrderRow) -> Value {
    json!({
        "title": row.title, "customer_id": row.customer_id, "owner_id": row.owner_id, "team_id": row.team_id, "currency": row.currency, "amount": row.amount, "status": row.status,
        "stage": row.stage, "intent_level": row.intent_level, "source": row.source, "note": row.note, "tags": row.tags.0, "custom": row.custom.0, "expected_close_date": row.expected_close_date,
        "valid_until": row.valid_until, "external_ref": row.ext_system.as_ref().map(|system| json!({"system": system, "id": row.ext_id})), "approved_amount": row.approved_amount,
        "closed_on": row.closed_on, "reason": row.reason, "archived_at": row.archived_at,
    })
}

/// Today in the organisation's zone.
pub fn today(c: &mut AnyConnection, act: &Act) -> Result<NaiveDate, Problem> {
    Ok(date_in(settings::service::organisation(c)?.time_zone, act.now))
}

/// The fault of a code that the settings do not know, or have retired.
pub fn unknown_code(pointer: &str, items: &settings::Items, given: &str) -> crate::platform::problem::Fault {
    use crate::platform::problem::{Fault, FaultCode};
    let codes: Vec<&str> = items.items.iter().filter(|item| !item.retired).map(|item| item.code.as_str()).collect();
    Fault::new(pointer, FaultCode::NotOneOf).param("allowed", codes.join(", ")).suggest(crate::platform::text::nearest(given, codes.iter().copied(), 1).pop())
}
