//! The standard in force, its violations as faults of an answer, and the note of what it refused.
use std::collections::BTreeSet;

use serde::Deserialize;

use super::check::Violation;
use super::definition::{self, Standard};
use super::store;
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Json, UtcTime, dialect};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::state::State;

/// The standard in force for a kind of entries, such as `orders`.
pub fn current(c: &mut AnyConnection, entity: &str) -> Result<Standard, Problem> {
    let document = store::latest(c, entity)?.ok_or_else(|| Problem::internal(format_args!("no standard for {entity}: the database was not prepared")))?;
    Standard::deserialize(&document.0).map_err(|e| Problem::internal(format_args!("standard for {entity}: {e}")))
}

/// Violations as they are answered: the code's particulars, the rule's own words.
#[must_use]
pub fn to_faults(violations: Vec<Violation>) -> Vec<Fault> {
    let fault = |violation: Violation| {
        let Violation { pointer, code, rule, severity: _, params, suggestion, message } = violation;
        // A test holds every code of a check to be known.
        let code = FaultCode::parse(code).unwrap_or(FaultCode::Inconsistent);
        Fault { pointer, code, rule: Some(rule), suggestion, params, message }
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
    let standard = definition::default_orders();
    if store::latest(tx, &standard.entity)?.is_none() {
        store::insert(tx, &standard, now, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standards::check::{Entry, check};
    use crate::standards::definition::{On, default_orders};

    #[test]
    fn violations_keep_rule_words_and_place() {
        let today = chrono::NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();
        let faults = to_faults(check(&default_orders(), On::Save, &Entry::default(), today, &[]));
        let told: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code, f.rule.as_deref(), f.message.is_some())).collect();
        assert_eq!(
            told,
            [("/customer_id", FaultCode::Required, Some("customer_required"), true), ("/lines", FaultCode::Required, Some("lines_required"), true)]
        );
    }

    #[test]
    fn every_code_of_a_check_is_known() {
        let source = include_str!("check.rs").split("#[cfg(test)]").next().unwrap();
        let after = |mark: &'static str| source.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
        let codes: Vec<_> = after("Finding::new(\"").chain(after("bound(\"")).collect();
        assert!(codes.len() >= 10);
        for code in codes {
            assert!(FaultCode::parse(code).is_some(), "{code}");
        }
    }
}
