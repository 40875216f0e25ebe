//! An order held against the standard in force: the same function for every way to enter, change, submit, move and win one.
use super::common::{find, status_of};
use super::draft::{Draft, Facts};
use crate::identity::Act;
use crate::orders::delays;
use crate::orders::dto::view::OrderViolations;
use crate::orders::lifecycle::{OPEN, Status};
use crate::orders::store::{self, Loaded, OrderRow};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Fault, Locale, Problem};
use crate::platform::web::Faults;
use crate::settings::{self, Items};
use crate::standards::check::{Context, Moment, Violation, split};
use crate::standards::custom::{Seen, Shown};
use crate::standards::definition::{Kind, Severity, Standard};
use crate::standards::ready::Ready;
use crate::standards::service::{current, to_faults};
use crate::standards::trial::{Call, Judged, UPDATE};
use crate::standards::unique::Pairs;
use crate::{customers, products};

/// Where an order stands that is held against the standard, and what is about to happen to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub moment: Moment,
    /// None for one that is about to be entered.
    pub id: Option<Id>,
    pub status: Status,
    pub stage: &'a str,
    pub owner: Id,
    pub team: Option<Id>,
    pub skip: &'a [Kind],
    /// Whether the change at hand pushes the expected close date.
    pub pushes: bool,
    /// Whether it is kept if it passes: then nobody else may take its unique values meanwhile.
    pub writes: bool,
}

impl<'a> Standing<'a> {
    /// Where a stored order stands.
    pub fn of(row: &'a OrderRow, moment: Moment) -> Result<Self, Problem> {
        let status = status_of(row)?;
        Ok(Self { moment, id: Some(row.id), status, stage: &row.stage, owner: row.owner_id, team: row.team_id, skip: &[], pushes: false, writes: true })
    }
}

/// What the standard says of an order.
#[derive(Debug)]
pub(super) struct Verdict {
    pub version: i32,
    pub errors: Vec<Fault>,
    pub warnings: Vec<Fault>,
}

/// Holds an entry against a standard; what came of nothing that is touched only warns. A product that nobody knows is refused in any case.
pub(super) fn hold(
    tx: &mut AnyConnection,
    act: &Act,
    standard: &Standard,
    draft: &Draft,
    standing: &Standing<'_>,
    touched: impl Fn(&str) -> bool,
) -> Result<Verdict, Problem> {
    let ready = Ready::of(tx, act, standard)?;
    let violations = violations(tx, &ready, draft, standing)?;
    // The amount is made of the lines, in a currency.
    let (errors, warnings) = split(violations, |name| touched(name) || name == "amount" && (touched("lines") || touched("currency")));
    let mut errors = to_faults(errors);
    // Said by the rule where there is one.
    let unsaid: Vec<Fault> = draft.unknown_products().filter(|fault| !errors.iter().any(|said| said.is_about(fault))).collect();
    errors.extend(unsaid);
    Ok(Verdict { version: standard.version, errors, warnings: to_faults(warnings) })
}

/// The errors of a stored order at a moment: whatever breaks a rule then refuses it.
pub(super) fn errors_at(tx: &mut AnyConnection, act: &Act, order: &Loaded, standing: &Standing<'_>) -> Result<Verdict, Problem> {
    let standard = current(tx, "orders")?;
    hold(tx, act, &standard, &Draft::of(order), standing, |_| true)
}

/// Fails where an order that is opened again, taken back or handed over would share what only one open order may have.
pub(super) fn require_unique(tx: &mut AnyConnection, act: &Act, order: &Loaded, status: Status, owner: Id, team: Option<Id>) -> Result<(), Problem> {
    let moment = if matches!(status, Status::Draft | Status::Returned) { Moment::Save } else { Moment::Change };
    let standing = Standing { status, owner, team, ..Standing::of(&order.row, moment)? };
    let standard = current(tx, "orders")?;
    let mut found = {
        let ready = Ready::of(tx, act, &standard)?;
        violations(tx, &ready, &Draft::of(order), &standing)?
    };
    found.retain(|violation| violation.code == "not_unique" && violation.severity == Severity::Error);
    Faults::of(to_faults(found)).check()
}

/// Every violation of an order where it stands.
fn violations(c: &mut AnyConnection, ready: &Ready<'_>, draft: &Draft, standing: &Standing<'_>) -> Result<Vec<Violation>, Problem> {
    let Standing { moment, stage, status, skip, .. } = *standing;
    let context = Context { moment, stage, status: status.as_str(), today: ready.today, role: ready.role, skip };
    let facts = facts(c, ready, draft, standing)?;
    let found = survey(c, ready, draft, &facts, standing, std::slice::from_ref(&context))?;
    Ok(found.into_iter().map(|(violation, _)| violation).collect())
}

/// The same in any of several contexts, each violation with the places of those in which it is one.
pub(super) fn survey(
    c: &mut AnyConnection,
    ready: &Ready<'_>,
    draft: &Draft,
    facts: &Facts,
    standing: &Standing<'_>,
    contexts: &[Context<'_>],
) -> Result<Vec<(Violation, Vec<usize>)>, Problem> {
    let words: Vec<&str> = OPEN.iter().map(|status| status.as_str()).collect();
    // What is closed holds no unique value.
    let open = OPEN.contains(&standing.status);
    let taken = |c: &mut AnyConnection, pairs: &Pairs| if open { store::is_taken(c, standing.id, &words, pairs) } else { Ok(false) };
    draft.with_entry(facts, |entry| ready.survey(c, entry, contexts, standing.writes && open, taken))
}

/// What the rules ask about besides the entry; only what they do ask about is looked up.
fn facts(c: &mut AnyConnection, ready: &Ready<'_>, draft: &Draft, standing: &Standing<'_>) -> Result<Facts, Problem> {
    let checker = &ready.checker;
    let customer = match draft.customer {
        Some(id) if checker.needs(None, "customer.") => customers::store::facts(c, id)?,
        _ => customers::store::Facts::default(),
    };
    let ids: Vec<Id> = draft.products().collect();
    let wanted = checker.needs(Some(Kind::PriceBand), "lines[].category");
    let products = products::store::facts(c, if wanted { &ids } else { &[] })?;
    let Standing { owner, team, id, pushes, .. } = *standing;
    let pushed = match id.filter(|_| !pushes && checker.has(Kind::DelayRecorded)) {
        Some(id) => !delays::store::unexplained(c, id)?.is_empty(),
        None => pushes,
    };
    let custom = Seen::of(ready.standard, &draft.custom.values, &draft.custom.unreadable);
    Ok(Facts { owner, team, currency: draft.currency.clone(), customer, products, custom, pushed })
}

/// The calls that an order goes through after it is entered: the submit, the move to each of these stages, the win from any of them.
pub(super) fn later_calls(first: &str, stages: &Items, before: &'static str, after: &'static str) -> Vec<Call> {
    let call = |name: String, moment, stage: &str, status| Call { name, moment, stage: stage.to_owned(), status, skip: &[] };
    let others: Vec<&str> = stages.active_codes().filter(|stage| *stage != first).collect();
    let mut calls = vec![call("submit".to_owned(), Moment::Submit, first, before)];
    calls.extend(others.iter().map(|stage| call(format!("move:{stage}"), Moment::EnterStage, stage, after)));
    calls.push(call("win".to_owned(), Moment::Win, first, after));
    calls.extend(others.iter().map(|stage| call(format!("win:{stage}"), Moment::Win, stage, after)));
    calls
}

/// All that a stored order breaks of the standard in force, each with the calls that would refuse it if the caller made them.
pub fn broken(c: &mut AnyConnection, act: &Act, id: &str, archived: bool, locale: Locale) -> Result<OrderViolations, Problem> {
    let order = find(c, act, id, archived)?;
    let standard = current(c, "orders")?;
    let stages = settings::service::items(c, settings::Name::Stages)?;
    let (draft, standing) = (Draft::of(&order), Standing { writes: false, ..Standing::of(&order.row, Moment::Change)? });
    let status = standing.status.as_str();
    let moment = if matches!(standing.status, Status::Draft | Status::Returned) { Moment::Save } else { Moment::Change };
    let mut calls = vec![Call { moment, ..Call::entering(UPDATE, &order.row.stage, status) }];
    calls.extend(later_calls(&order.row.stage, &stages, status, status));
    let ready = Ready::of(c, act, &standard)?;
    let contexts: Vec<Context<'_>> = calls.iter().map(|call| call.context(ready.today, ready.role)).collect();
    let facts = facts(c, &ready, &draft, &standing)?;
    let found = survey(c, &ready, &draft, &facts, &standing, &contexts)?;
    let hidden = Shown::hiding(&standard, &act.caller);
    let seen = found.into_iter().filter(|(violation, _)| !hidden.hides(&violation.pointer));
    let data = seen.filter_map(|(violation, places)| Some(Judged::of_standard(violation, &places, &calls)?.view(locale)));
    Ok(OrderViolations { standard_version: standard.version, data: data.collect() })
}
