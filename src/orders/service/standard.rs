//! An order held against the standard in force: the same function for every way to enter, change, submit, move and win one.
use super::common::{find, status_of};
use super::draft::{Draft, Facts, Product};
use crate::identity::{Act, Role};
use crate::orders::dto::view::{OrderViolation, OrderViolations};
use crate::orders::lifecycle::{OPEN, Status};
use crate::orders::store::{self, Loaded, OrderRow};
use crate::platform::clock::date_in;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Fault, FaultView, Locale, Problem};
use crate::platform::web::Faults;
use crate::platform::web::condition::Surroundings;
use crate::standards::check::{Checker, Context, Moment, Violation, split};
use crate::standards::custom::{Seen, Shown};
use crate::standards::definition::{Kind, Severity, Standard};
use crate::standards::service::{current, to_faults};
use crate::standards::unique;
use crate::{customers, products, settings};

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
    /// Whether it is kept if it passes: then nobody else may take its unique values meanwhile.
    pub writes: bool,
}

impl<'a> Standing<'a> {
    /// Where a stored order stands.
    pub fn of(row: &'a OrderRow, moment: Moment) -> Result<Self, Problem> {
        let status = status_of(row)?;
        Ok(Self { moment, id: Some(row.id), status, stage: &row.stage, owner: row.owner_id, team: row.team_id, skip: &[], writes: true })
    }
}

/// What the standard says of an order.
#[derive(Debug)]
pub(super) struct Verdict {
    pub version: i32,
    pub errors: Vec<Fault>,
    pub warnings: Vec<Fault>,
}

/// Holds an entry against a standard; what came of nothing that is touched only warns.
pub(super) fn hold(
    tx: &mut AnyConnection,
    act: &Act,
    standard: &Standard,
    draft: &Draft,
    standing: &Standing<'_>,
    touched: impl Fn(&str) -> bool,
) -> Result<Verdict, Problem> {
    let violations = violations(tx, act, act.caller.role, standard, draft, standing)?;
    // The amount is made of the lines, in a currency.
    let (errors, warnings) = split(violations, |name| touched(name) || name == "amount" && (touched("lines") || touched("currency")));
    Ok(Verdict { version: standard.version, errors: to_faults(errors), warnings: to_faults(warnings) })
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
    let mut found = violations(tx, act, act.caller.role, &standard, &Draft::of(order), &standing)?;
    found.retain(|violation| violation.code == "not_unique" && violation.severity == Severity::Error);
    Faults::of(to_faults(found)).check()
}

/// Every violation, of a standard that need not be the one in force.
pub(super) fn violations(
    c: &mut AnyConnection,
    act: &Act,
    role: Role,
    standard: &Standard,
    draft: &Draft,
    standing: &Standing<'_>,
) -> Result<Vec<Violation>, Problem> {
    let zone = settings::service::organisation(c)?.time_zone;
    let checker = Checker::of(standard, &Surroundings { now: act.now, zone })?;
    let facts = facts(c, standard, &checker, draft, standing)?;
    let context = Context { moment: standing.moment, stage: standing.stage, today: date_in(zone, act.now), role, skip: standing.skip };
    let open: Vec<&str> = OPEN.iter().map(|status| status.as_str()).collect();
    draft.with_entry(&facts, |entry| {
        let mut all = checker.check(entry, &context);
        // What is closed holds no unique value.
        let rules = if OPEN.contains(&standing.status) { checker.unique(entry, &context) } else { Vec::new() };
        all.extend(unique::violations(c, "orders", &rules, entry, standing.writes, |c, pairs| store::is_taken(c, standing.id, &open, pairs))?);
        Ok(all)
    })
}

/// What the rules ask about besides the entry; only what they do ask about is looked up.
fn facts(c: &mut AnyConnection, standard: &Standard, checker: &Checker<'_>, draft: &Draft, standing: &Standing<'_>) -> Result<Facts, Problem> {
    let customer = match draft.customer {
        Some(id) if checker.needs(None, "customer.") => customers::store::facts(c, id)?,
        _ => customers::store::Facts::default(),
    };
    let ids: Vec<Id> = draft.lines.iter().filter_map(|line| if let Product::Known(id) = line.product { Some(id) } else { None }).collect();
    let wanted = checker.needs(Some(Kind::PriceBand), "lines[].category");
    let products = products::store::facts(c, if wanted { &ids } else { &[] })?;
    let Standing { status, owner, team, .. } = *standing;
    let custom = Seen::of(standard, &draft.custom.values, &draft.custom.unreadable);
    Ok(Facts { status: status.as_str().to_owned(), owner, team, currency: draft.currency.clone(), customer, products, custom })
}

/// All that a stored order breaks of the standard in force, each with what it would stand in the way of if the caller did it.
pub fn broken(c: &mut AnyConnection, act: &Act, id: &str, locale: Locale) -> Result<OrderViolations, Problem> {
    let order = find(c, act, id, true)?;
    let standard = current(c, "orders")?;
    let stages = settings::service::items(c, settings::Name::Stages)?;
    let (draft, now) = (Draft::of(&order), Standing { writes: false, ..Standing::of(&order.row, Moment::Change)? });
    let edit = if matches!(now.status, Status::Draft | Status::Returned) { Moment::Save } else { Moment::Change };
    let mut asked = vec![("edit".to_owned(), Standing { moment: edit, ..now }), ("submit".to_owned(), Standing { moment: Moment::Submit, ..now })];
    for stage in stages.active_codes().filter(|stage| *stage != order.row.stage) {
        asked.push((format!("move:{stage}"), Standing { moment: Moment::EnterStage, stage, ..now }));
    }
    asked.push(("win".to_owned(), Standing { moment: Moment::Win, ..now }));
    let hidden = Shown::hiding(&standard, &act.caller);
    let mut found: Vec<(Violation, Vec<String>)> = Vec::new();
    for (what, standing) in asked {
        for violation in violations(c, act, act.caller.role, &standard, &draft, &standing)? {
            if hidden.hides(&violation.pointer) {
                continue;
            }
            match found.iter_mut().find(|(known, _)| *known == violation) {
                Some((_, all)) => all.push(what.clone()),
                None => found.push((violation, vec![what.clone()])),
            }
        }
    }
    let view = |(violation, stands_in_the_way_of): (Violation, Vec<String>)| {
        let severity = violation.severity;
        let fault = to_faults(vec![violation]).pop()?;
        Some(OrderViolation { fault: FaultView::of(&fault, locale), severity, stands_in_the_way_of })
    };
    Ok(OrderViolations { standard_version: standard.version, data: found.into_iter().filter_map(view).collect() })
}
