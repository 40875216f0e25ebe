//! The standard in force and its versions, publishing the next one, violations as faults of an answer, and the note of what was refused.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::check::{Context, Moment, Violation, split};
use super::custom::Shown;
use super::definition::{self, CustomField, FieldList, Rule, Standard, StandardInput};
use super::dto::Changes;
use super::entity::Entity;
use super::entry::Entry;
use super::ready::Ready;
use super::unique::Pairs;
use super::{changes, custom, publish, store};
use crate::events::{self, Event};
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, dialect, kept};
use crate::platform::problem::{Code, Fault, FaultCode, FaultView, Locale, Problem};
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::web::condition::Surroundings;
use crate::platform::web::{Decoded, Given, IfMatch};
use crate::settings;

/// The standard in force for a kind of entries, such as `orders`.
pub fn current(c: &mut AnyConnection, entity: &str) -> Result<Arc<Standard>, Problem> {
    let load = |c: &mut AnyConnection| {
        let document = store::latest(c, entity)?.ok_or_else(|| Problem::internal(format_args!("no standard for {entity}: the database was not prepared")))?;
        read(entity, &document)
    };
    match Entity::ALL.iter().find(|known| known.as_str() == entity) {
        Some(known) => kept::get(c, ("standards", known.as_str()), load),
        None => load(c).map(Arc::new),
    }
}

/// A stored standard, read back.
pub(super) fn read(entity: &str, document: &Json) -> Result<Standard, Problem> {
    Standard::deserialize(&document.0).map_err(|e| Problem::internal(format_args!("standard for {entity}: {e}")))
}

/// The standard in force, as a caller is shown it.
pub fn read_current(c: &mut AnyConnection, act: &Act, entity: Entity) -> Result<Standard, Problem> {
    let now = current(c, entity.as_str())?;
    Ok(custom::shown_to(&act.caller, &now, (*now).clone()))
}

/// One version, as a caller is shown it.
pub fn read_version(c: &mut AnyConnection, act: &Act, entity: Entity, number: i32) -> Result<Standard, Problem> {
    let (now, then) = (current(c, entity.as_str())?, version(c, entity, number)?);
    Ok(custom::shown_to(&act.caller, &now, then))
}

/// One version that was published; 404 where there is none.
pub fn version(c: &mut AnyConnection, entity: Entity, version: i32) -> Result<Standard, Problem> {
    read(entity.as_str(), &store::version(c, entity.as_str(), version)?.ok_or_else(Problem::not_found)?)
}

/// In what two versions differ.
pub fn changes(c: &mut AnyConnection, act: &Act, entity: Entity, from: i32, to: i32) -> Result<Changes, Problem> {
    Ok(changes::between(&read_version(c, act, entity, from)?, &read_version(c, act, entity, to)?))
}

/// Publishes rules as the next version; the same rules again are no new one.
pub fn publish(tx: &mut AnyConnection, act: &Act, entity: Entity, if_match: &IfMatch, input: Decoded<StandardInput>) -> Result<Standard, Problem> {
    // Of two who publish at once, the second meets the first one's version.
    kept::pass_over();
    dialect::lock(tx, "standards", entity.as_str())?;
    let before = current(tx, entity.as_str())?;
    if_match.check(before.version.into())?;
    let Decoded { value, mut faults } = input;
    let (after, wrong) = drafted(tx, act, &before, value, "")?;
    faults.extend(wrong);
    faults.check()?;
    if after.rules == before.rules && after.fields == before.fields {
        return Ok((*before).clone());
    }
    store::insert(tx, &after, act.now, act.caller.user)?;
    let told = changes::between(&before, &after);
    let ids = |rules: &[Rule]| rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    let changed: Vec<_> = told.changed.iter().map(|change| change.id.clone()).collect();
    let added_fields: Vec<_> = told.added_fields.iter().map(|field| field.key.clone()).collect();
    let changed_fields: Vec<_> = told.changed_fields.iter().map(|change| change.key.clone()).collect();
    let of_fields = [("added_fields", added_fields), ("changed_fields", changed_fields)].into_iter().filter(|(_, keys)| !keys.is_empty());
    let changes = [
        ("entity".to_owned(), json!([null, entity.as_str()])),
        ("version".to_owned(), json!([before.version, after.version])),
        ("added".to_owned(), json!([null, ids(&told.added)])),
        ("removed".to_owned(), json!([null, ids(&told.removed)])),
        ("changed".to_owned(), json!([null, changed])),
    ];
    let event = Event {
        kind: "standard.published",
        record_type: "standard",
        record_id: record_id(entity),
        version: after.version.into(),
        changes: changes.into_iter().chain(of_fields.map(|(name, keys)| (name.to_owned(), json!([null, keys])))).collect(),
        occurred_at: act.now,
    };
    events::append(tx, act, event)?;
    Ok(after)
}

/// The next version of a standard as it was sent, and what is wrong with it; `at` is its place in what was sent. What could not be read of it is left
/// out, it is faulted already.
pub fn drafted(c: &mut AnyConnection, act: &Act, before: &Standard, input: StandardInput, at: &str) -> Result<(Standard, Vec<Fault>), Problem> {
    let sent = input.rules.0.map(|rules| rules.0).unwrap_or_default();
    let (places, rules): (Vec<usize>, Vec<_>) = sent.into_iter().enumerate().filter_map(|(i, rule)| Some((i, rule.0?.0))).unzip();
    let (fields_at, fields, mut faults) = fields(before, input.fields);
    let standard = Standard { entity: before.entity.clone(), version: before.version + 1, rules, fields };
    faults.extend(publish::custom::faults(before, &standard, &fields_at, &places));
    let stages = settings::service::items(c, settings::Name::Stages)?;
    let codes: Vec<&str> = stages.items.iter().map(|stage| stage.code.as_str()).collect();
    let zone = settings::service::organisation(c)?.time_zone;
    faults.extend(publish::faults(&standard, &places, &codes, &Surroundings { now: act.now, zone }));
    let faults = faults.into_iter().map(|fault| Fault { pointer: format!("{at}{}", fault.pointer), ..fault }).collect();
    Ok((standard, faults))
}

/// The custom fields of the next version in their order, each with its place in what was sent, and what is wrong where one is left out.
fn fields(before: &Standard, sent: Given<FieldList>) -> (Vec<usize>, Vec<CustomField>, Vec<Fault>) {
    let sent = match sent {
        Given::Value(sent) => sent.0,
        Given::Null => Vec::new(),
        Given::Absent | Given::Unreadable => return ((0..before.fields.len()).collect(), before.fields.clone(), Vec::new()),
    };
    let all = sent.len();
    let mut read: Vec<(usize, CustomField)> = sent.into_iter().enumerate().filter_map(|(i, field)| Some((i, field.0?.at(i)))).collect();
    read.sort_by_key(|(_, field)| field.position);
    let (at, fields): (Vec<usize>, Vec<CustomField>) = read.into_iter().unzip();
    // What could not be read may be the one that seems to be left out.
    let removed = if fields.len() == all { publish::custom::removed(before, &fields) } else { Vec::new() };
    (at, fields, removed)
}

/// Standards have names, events speak of ids: the id of a standard is made of its name, the same in every installation.
#[must_use]
pub fn record_id(entity: Entity) -> Id {
    Id(uuid::Builder::from_custom_bytes(secrets::digest(format!("standards/{}", entity.as_str()).as_bytes())).into_uuid())
}

/// Holds an entry of a room without reviews and stages against a standard and answers what refuses it and what is only told; `taken` asks
/// the room's own table for unique values. What came of nothing that is touched refuses nothing.
pub fn hold(
    tx: &mut AnyConnection,
    act: &Act,
    standard: &Standard,
    entry: &Entry<'_>,
    touched: impl Fn(&str) -> bool,
    taken: impl FnMut(&mut AnyConnection, &Pairs) -> Result<bool, Problem>,
) -> Result<Held, Problem> {
    if standard.rules.is_empty() {
        return Ok(Held::default());
    }
    let ready = Ready::of(tx, act, standard)?;
    let context = Context { moment: Moment::Save, stage: "", status: "", today: ready.today, role: ready.role, skip: &[] };
    let found = ready.survey(tx, entry, std::slice::from_ref(&context), true, taken)?;
    let (errors, warnings) = split(found.into_iter().map(|(violation, _)| violation).collect(), touched);
    Ok(Held { errors: to_faults(errors), warnings: to_faults(warnings) })
}

/// Warnings as a record keeps them.
#[must_use]
pub fn kept(warnings: &[Fault]) -> Json {
    Json(warnings.iter().map(Fault::to_json).collect())
}

/// Kept warnings as a reader is told them, without those on fields that are hidden from the reader.
#[must_use]
pub fn told(kept: &Json, shown: &Shown, locale: Locale) -> Vec<FaultView> {
    let faults = kept.0.as_array().into_iter().flatten().filter_map(Fault::from_json);
    faults.filter(|fault| !shown.hides(&fault.pointer)).map(|fault| FaultView::of(&fault, locale)).collect()
}

/// What the standard says of an entry.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub errors: Vec<Fault>,
    pub warnings: Vec<Fault>,
}

/// Violations as they are answered: the code's particulars, the rule's own words.
#[must_use]
pub fn to_faults(violations: Vec<Violation>) -> Vec<Fault> {
    let fault = |violation: Violation| {
        let Violation { pointer, code, rule, params, suggestion, message, label, .. } = violation;
        // A test holds every code of a check to be known.
        let code = FaultCode::parse(code).unwrap_or(FaultCode::Inconsistent);
        Fault { pointer, code, rule: Some(rule), suggestion, params, message, label: label.map(Box::new) }
    };
    violations.into_iter().map(fault).collect()
}

/// Notes that an entry was refused by rules of the standard, in a write of its own: who, when, which rules. That it cannot be noted is nobody's fault
/// but ours, so the caller never hears of it.
pub async fn note_refusal(state: &State, act: &Act, entity: &'static str, problem: &Problem) {
    let rules: BTreeSet<&str> = problem.faults().iter().filter_map(|fault| fault.rule.as_deref()).collect();
    if problem.code() != Code::Invalid || rules.is_empty() {
        return;
    }
    let refusal = store::Refusal { id: new_id(), entity, user_id: act.caller.user, rules: Json::of(&rules), at: act.now };
    if let Err(problem) = state.db.write(move |tx| store::insert_refusal(tx, &refusal)).await {
        log::warn!("a refused entry could not be noted: {problem}");
    }
}

/// Puts in the default where there is no standard yet.
pub fn seed(tx: &mut AnyConnection, now: UtcTime) -> Result<(), Problem> {
    // Two instances may start at once.
    dialect::lock(tx, "standards", "seed")?;
    for standard in definition::defaults() {
        if store::latest(tx, &standard.entity)?.is_none() {
            store::insert(tx, &standard, now, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;
    use crate::standards::check::Checker;
    use crate::standards::definition::default_orders;

    #[test]
    fn violations_keep_rule_words_and_place() {
        let today = chrono::NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let (standard, surroundings) = (default_orders(), Surroundings { now: UtcTime(0), zone: chrono_tz::Tz::UTC });
        let checker = Checker::of(&standard, &surroundings).unwrap();
        let context = Context { moment: Moment::Save, stage: "intent", status: "draft", today, role: Role::Rep, skip: &[] };
        let faults = to_faults(checker.check(&Entry::default(), &context));
        let told: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code, f.rule.as_deref(), f.message.is_some())).collect();
        assert_eq!(
            told,
            [("/customer_id", FaultCode::Required, Some("customer_required"), true), ("/lines", FaultCode::Required, Some("lines_required"), true)]
        );
    }

    #[test]
    fn every_code_of_a_check_is_known() {
        let source = [include_str!("find.rs"), include_str!("check.rs")].concat();
        let after = |mark: &'static str| source.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
        let codes: Vec<_> = after("Finding::new(\"").chain(after("bound(\"")).chain(after("told(\"")).collect();
        assert!(codes.len() >= 18);
        for code in codes {
            let known = FaultCode::parse(code).unwrap_or_else(|| panic!("{code}"));
            assert!(known.as_str() == code);
        }
    }
}
