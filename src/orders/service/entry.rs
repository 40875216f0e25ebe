//! Entering an order and changing one.
use serde_json::{Map, Value, json};

use super::common::{Step, by_id, commit, event, find, permit, row_json, status_of, take};
use super::draft::{Draft, SameLines};
use super::standard::{Standing, hold};
use super::worth;
use crate::events;
use crate::facts;
use crate::identity::{Act, Permission, users};
use crate::orders::delays::{self, store::PushRow};
use crate::orders::dto::input::OrderInput;
use crate::orders::lifecycle::{Action, Field, Status, edit_may_need_review, may_edit};
use crate::orders::list;
use crate::orders::review::rounds;
use crate::orders::review::settings::terms;
use crate::orders::rules::{Critical, needs_review_again};
use crate::orders::store::{self, LineRow, Loaded, OrderRow, ShownRow};
use crate::platform::clock::new_id;
use crate::platform::db::dialect::{self, next_order_number};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::values::ExternalRef;
use crate::platform::web::{Decoded, Faults, IfMatch};
use crate::settings::{self, Name};
use crate::standards::check::Moment;
use crate::standards::custom::{self, How, lay as lay_custom};
use crate::standards::definition::Kind;
use crate::standards::entity::Entity;
use crate::standards::service::current;

/// How an order comes into being: by whom it is owned, where it stands, when that was.
pub(super) struct Origin {
    pub owner: Id,
    pub team: Option<Id>,
    pub skip: &'static [Kind],
    pub action: Action,
    pub status: Status,
    /// The first that is in use where it is none.
    pub stage: Option<String>,
    pub created_at: UtcTime,
}

/// Enters an order: the caller becomes its owner, it begins as a draft.
pub fn create(tx: &mut AnyConnection, act: &Act, input: Decoded<OrderInput>) -> Result<OrderRow, Problem> {
    let owner = act.caller.user.ok_or_else(|| Problem::internal("only a person enters an order"))?;
    let origin = Origin { owner, team: act.caller.team, skip: &[], action: Action::Create, status: Status::Draft, stage: None, created_at: act.now };
    insert(tx, act, input.value, input.faults, &origin, |_, _| {})
}

/// Holds a new entry against the standard and keeps it; `finish` sets what only an import brings.
pub(super) fn insert(
    tx: &mut AnyConnection,
    act: &Act,
    input: OrderInput,
    mut faults: Faults,
    origin: &Origin,
    finish: impl FnOnce(&mut OrderRow, &mut Step),
) -> Result<OrderRow, Problem> {
    let organisation = settings::service::organisation(tx)?;
    let sources = settings::service::items(tx, Name::Sources)?;
    let stages = settings::service::items(tx, Name::Stages)?;
    let first = stages.items.iter().find(|s| !s.retired).map(|s| s.code.clone()).unwrap_or_default();
    let standard = current(tx, Entity::Orders.as_str())?;
    let mut draft = Draft::new(organisation.base_currency.clone());
    draft.custom = lay_custom(tx, &act.caller, &standard, &Json(json!({})), &input.custom, How::New, &mut faults)?;
    draft.apply(tx, input, &sources, SameLines::ById, &mut faults)?;
    let Origin { owner, team, skip, status, .. } = *origin;
    let stage = origin.stage.as_deref().unwrap_or(&first);
    let verdict =
        hold(tx, act, &standard, &draft, &Standing { moment: Moment::Save, id: None, status, stage, owner, team, skip, pushes: false, writes: true }, |_| {
            true
        })?;
    faults.extend(verdict.errors);
    faults.check()?;
    refuse_taken_ref(tx, draft.external_ref.as_ref(), None)?;
    let mut row = OrderRow {
        shown: ShownRow {
            id: new_id(),
            number: next_order_number(tx)?,
            title: None,
            customer_id: None,
            owner_id: origin.owner,
            team_id: origin.team,
            currency: String::new(),
            amount: Decimal::ZERO,
            status: status.as_str().into(),
            stage: stage.to_owned(),
            intent_level: None,
            source: None,
            note: None,
            tags: Json(json!([])),
            custom: Json(json!({})),
            expected_close_date: None,
            valid_until: None,
            ext_system: None,
            ext_id: None,
            standard_version: verdict.version,
            warnings: stored(&verdict.warnings),
            first_submitted_at: None,
            submitted_at: None,
            approved_at: None,
            closed_at: None,
            closed_on: None,
            reason: None,
            version: 1,
            created_at: origin.created_at,
            updated_at: act.now,
            archived_at: None,
            base_amount: None,
            remark_count: 0,
        },
        import_hash: None,
        resume_status: None,
        approved_amount: None,
        review_round: 0,
        created_by: act.caller.user.filter(|_| origin.action == Action::Create),
        submitted_by: None,
        critical_by: None,
        closed_owner_id: None,
        closed_team_id: None,
        base_rate: None,
        rates_at: None,
        stage_since: None,
        status_since: None,
    };
    lay(&draft, &mut row)?;
    let mut step = Step { action: origin.action, note: None, occurred_at: origin.created_at };
    finish(&mut row, &mut step);
    let taken = take(act, None, &mut row, &step)?;
    worth::price(tx, &organisation.base_currency, &mut row)?;
    let lines = draft.line_rows();
    store::insert(tx, &row, &lines).map_err(taken_ref)?;
    custom::store::insert(tx, Entity::Orders, row.id, &standard, &row.custom.0)?;
    let holds = |value: &Json| value.0.as_object().is_some_and(|values| !values.is_empty());
    let has_tags = row.tags.0.as_array().is_some_and(|tags| !tags.is_empty());
    let mut changes = events::changes(&Value::Null, &row_json(&row), &[], &[]);
    changes.insert("lines".into(), json!([null, lines_json(&lines)]));
    let mut more = facts::begin(tx, row.id, has_tags, holds(&row.custom).then(|| standard.choices()), act.now)?;
    more.extend(list::first_index(tx, &row, &lines));
    more.push(store::first_transition(taken));
    more.push(events::appending(act, event(super::common::kind_of(origin.action), &row, changes, step.occurred_at)));
    dialect::together(tx, more)?;
    Ok(row)
}

/// Changes what was sent of an order; a critical change to one under way sends it to review again.
pub fn update(tx: &mut AnyConnection, act: &Act, id: &str, if_match: &IfMatch, input: Decoded<OrderInput>) -> Result<OrderRow, Problem> {
    let order = find(tx, act, id, false)?;
    permit(act, &order.row, Permission::OrdersEdit)?;
    if_match.check(order.row.version)?;
    change(tx, act, &order, input.value, input.faults, Change::Patch)
}

/// Puts the order of a reference: entered where there is none, else replaced whole; answers whether it is new.
pub fn put(tx: &mut AnyConnection, act: &Act, reference: &ExternalRef, if_match: &IfMatch, input: Decoded<OrderInput>) -> Result<(OrderRow, bool), Problem> {
    let Decoded { mut value, mut faults } = input;
    let name = format!("{} {}", reference.system.0, reference.id.0);
    dialect::lock(tx, "orders.external_ref", &name)?;
    let found = store::id_of_external(tx, &reference.system.0, &reference.id.0)?;
    value.external_ref.settle(reference, &mut faults);
    let Some(id) = found else {
        if_match.check_absent()?;
        return create(tx, act, Decoded { value, faults }).map(|row| (row, true));
    };
    // One that the caller may not see stands in the way all the same.
    let order = by_id(tx, act, id, false).map_err(|problem| if problem.code() == Code::NotFound { duplicate_ref(&name) } else { problem })?;
    permit(act, &order.row, Permission::OrdersEdit)?;
    if_match.check_if_sent(order.row.version)?;
    change(tx, act, &order, value, faults, Change::Replacement).map(|row| (row, false))
}

/// How a stored order is changed.
#[derive(Clone, Copy, Debug)]
pub(in crate::orders) enum Change<'a> {
    /// What is absent stays.
    Patch,
    /// What is absent is cleared; only what differs counts as changed.
    Replacement,
    /// A patch from a file, which leaves its fingerprint.
    Import(&'a str),
    /// The new date of a delay that is being recorded.
    Delay,
}

/// Lays a change over a stored order and keeps it.
pub(in crate::orders) fn change(
    tx: &mut AnyConnection,
    act: &Act,
    order: &Loaded,
    input: OrderInput,
    mut faults: Faults,
    how: Change<'_>,
) -> Result<OrderRow, Problem> {
    let status = status_of(&order.row)?;
    let sent = touched(&input);
    if !matches!(how, Change::Replacement) {
        refuse_barred(status, &sent)?;
    }
    let organisation = settings::service::organisation(tx)?;
    let sources = settings::service::items(tx, Name::Sources)?;
    let mut draft = Draft::of(order);
    let standard = current(tx, Entity::Orders.as_str())?;
    let by_key = if matches!(how, Change::Replacement) { How::Whole } else { How::Patch };
    draft.custom = lay_custom(tx, &act.caller, &standard, &order.row.custom, &input.custom, by_key, &mut faults)?;
    let (input, same_lines) = match how {
        Change::Replacement => (input.whole(&organisation.base_currency), SameLines::ByProduct),
        Change::Patch | Change::Import(_) | Change::Delay => (input, SameLines::ById),
    };
    draft.apply(tx, input, &sources, same_lines, &mut faults)?;
    let mut after = order.row.clone();
    lay(&draft, &mut after)?;
    let lines = draft.line_rows();
    let before_lines: Vec<LineRow> = order.lines.iter().map(|(line, _)| line.clone()).collect();
    let fields = if matches!(how, Change::Replacement) { differing(&order.row, &after, before_lines != lines) } else { sent };
    refuse_barred(status, &fields)?;
    // What has been submitted once must go on meeting what a submit asks.
    let moment = if matches!(status, Status::Draft | Status::Returned) { Moment::Save } else { Moment::Change };
    let skip: &[Kind] = match how {
        Change::Import(_) => &[Kind::DateWindow, Kind::DelayRecorded],
        Change::Delay => &[Kind::DelayRecorded],
        Change::Patch | Change::Replacement => &[],
    };
    let shown = order.row.first_submitted_at.is_some() || matches!(how, Change::Delay);
    let push = delays::rules::pushed(order.row.expected_close_date, after.expected_close_date, shown);
    let standing = Standing { skip, pushes: push.is_some(), ..Standing::of(&order.row, moment)? };
    let touched = |name: &str| fields.iter().any(|field| field.name() == name) || draft.custom.touched.contains(name);
    let verdict = hold(tx, act, &standard, &draft, &standing, touched)?;
    faults.extend(verdict.errors);
    faults.check()?;
    refuse_taken_ref(tx, draft.external_ref.as_ref(), Some(order.row.id))?;

    after.standard_version = verdict.version;
    after.warnings = stored(&verdict.warnings);
    if let Change::Import(hash) = how {
        after.import_hash = Some(hash.to_owned());
    }
    let terms = terms(tx, order.row.id, act)?;
    let mut reasons = critical_changes(&order.row, &before_lines, &after, &lines, terms.tolerance);
    reasons.retain(|field| terms.critical.iter().any(|critical| critical == field));
    if !reasons.is_empty() {
        after.critical_by = act.caller.user;
        if edit_may_need_review(status) {
            // It keeps its stage and remembers its status; only an approval restores that.
            after.resume_status = Some(order.row.status.clone());
            after.status = Status::InReview.as_str().into();
            after.submitted_by = act.caller.user;
            after.submitted_at = Some(act.now);
            after.review_round += 1;
        }
    }
    if !differs(&order.row, &after) && before_lines == lines {
        return Ok(order.row.clone());
    }
    let mut more = Map::new();
    if before_lines != lines {
        more.insert("lines".into(), json!([lines_json(&before_lines), lines_json(&lines)]));
    }
    if !reasons.is_empty() && after.status != order.row.status {
        more.insert("review_again".into(), json!([null, reasons]));
    }
    // What was closed keeps its rate: nothing that decides what it is worth can change then.
    let is_priced = (&order.row.currency, order.row.amount) != (&after.currency, after.amount);
    if is_priced {
        worth::price(tx, &organisation.base_currency, &mut after)?;
    }
    // The version first: who is overtaken must learn that, not stumble over the parts that the other has written.
    let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Edit, None), more).map_err(taken_ref)?;
    if is_priced {
        worth::keep(tx, &after)?;
    }
    if let Some((from_date, to_date)) = push {
        let push = PushRow { id: new_id(), order_id: after.id, from_date, to_date, delay_id: None, actor_id: act.caller.user, at: act.now };
        delays::store::insert_push(tx, &push)?;
    }
    if before_lines != lines {
        store::replace_lines(tx, after.id, &lines)?;
        facts::keep_lines(tx, after.id, act.now)?;
    }
    if order.row.tags != after.tags {
        store::replace_tags(tx, &after)?;
        facts::keep_tags(tx, after.id, act.now)?;
    }
    if order.row.custom != after.custom {
        custom::store::replace(tx, Entity::Orders, after.id, &standard, &after.custom.0)?;
        facts::keep_values(tx, after.id, standard.choices(), act.now)?;
    }
    if row_words(&order.row) != row_words(&after) || before_lines != lines {
        list::index(tx, &after, &lines)?;
    }
    if after.status == Status::InReview.as_str() {
        let plan = rounds::plan(tx, act, &after)?;
        return rounds::begin(tx, act, after, plan, &reasons);
    }
    Ok(after)
}

/// What of a row is in the index.
fn row_words(row: &OrderRow) -> impl PartialEq + '_ {
    (&row.title, &row.note, &row.tags, &row.ext_id)
}

/// Whether a change came to anything.
fn differs(before: &OrderRow, after: &OrderRow) -> bool {
    row_json(before) != row_json(after)
        || before.standard_version != after.standard_version
        || before.warnings != after.warnings
        || before.import_hash != after.import_hash
}

/// The fields that were sent.
fn touched(input: &OrderInput) -> Vec<Field> {
    [
        (Field::Title, input.title.is_given()),
        (Field::Customer, input.customer_id.is_given() || input.customer_name.is_given() || input.customer_ref.is_given()),
        (Field::Currency, input.currency.is_given()),
        (Field::ExpectedCloseDate, input.expected_close_date.is_given()),
        (Field::ValidUntil, input.valid_until.is_given()),
        (Field::IntentLevel, input.intent_level.is_given()),
        (Field::Source, input.source.is_given()),
        (Field::Note, input.note.is_given()),
        (Field::Tags, input.tags.is_given()),
        (Field::Custom, input.custom.is_given()),
        (Field::ExternalRef, input.external_ref.is_given()),
        (Field::Lines, input.lines.is_given()),
    ]
    .into_iter()
    .filter(|(_, given)| *given)
    .map(|(field, _)| field)
    .collect()
}

/// The fields in which two rows differ.
fn differing(before: &OrderRow, after: &OrderRow, lines: bool) -> Vec<Field> {
    [
        (Field::Title, before.title != after.title),
        (Field::Customer, before.customer_id != after.customer_id),
        (Field::Currency, before.currency != after.currency),
        (Field::ExpectedCloseDate, before.expected_close_date != after.expected_close_date),
        (Field::ValidUntil, before.valid_until != after.valid_until),
        (Field::IntentLevel, before.intent_level != after.intent_level),
        (Field::Source, before.source != after.source),
        (Field::Note, before.note != after.note),
        (Field::Tags, before.tags != after.tags),
        (Field::Custom, before.custom != after.custom),
        (Field::Lines, lines),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field)
    .collect()
}

/// 409 with every field that the status bars.
fn refuse_barred(status: Status, fields: &[Field]) -> Result<(), Problem> {
    let barred: Vec<_> = fields.iter().filter(|field| !may_edit(status, **field)).collect();
    if barred.is_empty() {
        return Ok(());
    }
    let faults = barred.iter().map(|field| Fault::new(format!("/{}", field.name()), FaultCode::NotEditable).param("status", status.as_str())).collect();
    Err(Problem::new(Code::NotEditable).param("status", status.as_str()).with_faults(faults))
}

fn critical_changes(before: &OrderRow, before_lines: &[LineRow], after: &OrderRow, after_lines: &[LineRow], tolerance: Decimal) -> Vec<&'static str> {
    // A line without a product stands for itself.
    let pairs = |lines: &[LineRow]| lines.iter().map(|line| (line.id, line.product_id.unwrap_or(line.id))).collect::<Vec<_>>();
    let (before_pairs, after_pairs) = (pairs(before_lines), pairs(after_lines));
    let was = Critical { customer: before.customer_id, currency: &before.currency, amount: before.amount, lines: &before_pairs };
    let is = Critical { customer: after.customer_id, currency: &after.currency, amount: after.amount, lines: &after_pairs };
    needs_review_again(&was, &is, before.approved_amount.unwrap_or(before.amount), tolerance)
}

/// Lays an entry over a row.
fn lay(draft: &Draft, row: &mut OrderRow) -> Result<(), Problem> {
    let draft_of = draft.clone();
    row.amount = draft.amount().ok_or_else(|| Problem::invalid(vec![Fault::new("/lines", FaultCode::AmountTooLarge)]))?;
    row.title = draft_of.title;
    row.customer_id = draft_of.customer;
    row.currency = draft_of.currency;
    row.expected_close_date = draft_of.expected_close_date;
    row.valid_until = draft_of.valid_until;
    row.intent_level = draft_of.intent_level;
    row.source = draft_of.source;
    row.note = draft_of.note;
    row.tags = Json::of(&draft_of.tags);
    row.custom = Json(Value::Object(draft_of.custom.values));
    (row.ext_system, row.ext_id) = draft_of.external_ref.unzip();
    Ok(())
}

fn stored(faults: &[Fault]) -> Json {
    Json(faults.iter().map(Fault::to_json).collect())
}

fn lines_json(lines: &[LineRow]) -> Value {
    lines
        .iter()
        .map(|line| {
            json!({"id": line.id, "product_id": line.product_id, "description": line.description, "quantity": line.quantity, "unit_price": line.unit_price, "discount_rate": line.discount_rate, "amount": line.amount})
        })
        .collect()
}

fn refuse_taken_ref(c: &mut AnyConnection, reference: Option<&(String, String)>, own: Option<Id>) -> Result<(), Problem> {
    let Some((system, id)) = reference else { return Ok(()) };
    match store::id_of_external(c, system, id)? {
        Some(other) if Some(other) != own => Err(duplicate_ref(&format!("{system} {id}"))),
        _ => Ok(()),
    }
}

/// The problem of an external reference that another order has.
pub(super) fn duplicate_ref(value: &str) -> Problem {
    Problem::new(Code::Duplicate).with_faults(vec![Fault::new("/external_ref", FaultCode::Taken).param("value", value)])
}

/// Two that come at once are told apart by the index alone.
pub(super) fn taken_ref(problem: Problem) -> Problem {
    if problem.constraint().is_some_and(|name| name.contains("ext")) { duplicate_ref("external_ref") } else { problem }
}

/// The owner's team of the moment.
pub(super) fn team_of(c: &mut AnyConnection, user: Id) -> Result<Option<Id>, Problem> {
    Ok(users::store::basics(c, user)?.and_then(|basics| basics.team_id))
}
