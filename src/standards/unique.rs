//! Combinations of values that no two records may share: which an entry has, and the asking for each while nobody else can take it.
use std::collections::BTreeMap;

use super::check::{Violation, name_of, pointer_to};
use super::definition::Rule;
use super::entry::{Entry, Value};
use crate::platform::db::sql::Value as Bound;
use crate::platform::db::{AnyConnection, dialect};
use crate::platform::problem::Problem;

/// Values by their paths.
pub type Pairs = Vec<(String, Bound)>;

/// The combinations of a rule in an entry, each with its place; none where a value is missing. Several lines of one product are one combination.
fn combinations(rule: &Rule, entry: &Entry<'_>) -> Vec<(String, Pairs)> {
    let (of_lines, single): (Vec<&String>, Vec<&String>) = rule.fields.iter().partition(|path| path.contains("[]."));
    let mut base = Pairs::new();
    for path in &single {
        match entry.get(path).bound().as_slice() {
            [value] => base.push(((*path).clone(), value.clone())),
            _ => return Vec::new(),
        }
    }
    let Some(path) = of_lines.first() else {
        let place = single.last().map(|path| pointer_to(path)).unwrap_or_default();
        return vec![(place, base)];
    };
    let (list, field) = path.split_once("[].").unwrap_or((path.as_str(), ""));
    let Value::Items(items) = entry.get(list) else { return Vec::new() };
    let mut found: Vec<(String, Pairs)> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if let [value] = item.get(field).bound().as_slice() {
            let pairs: Pairs = base.iter().cloned().chain([((*path).clone(), value.clone())]).collect();
            if !found.iter().any(|(_, known)| *known == pairs) {
                found.push((format!("{}/{i}/{field}", pointer_to(list)), pairs));
            }
        }
    }
    found
}

/// The violations of rules of this kind. Writers that ask for the same combination take turns, in one order of all combinations, until their
/// transactions end; `taken` asks the room's own table.
pub fn violations(
    tx: &mut AnyConnection,
    entity: &str,
    rules: &[&Rule],
    entry: &Entry<'_>,
    writes: bool,
    mut taken: impl FnMut(&mut AnyConnection, &Pairs) -> Result<bool, Problem>,
) -> Result<Vec<Violation>, Problem> {
    let all: Vec<(&Rule, String, Pairs)> =
        rules.iter().flat_map(|rule| combinations(rule, entry).into_iter().map(move |(place, pairs)| (*rule, place, pairs))).collect();
    if writes {
        let mut keys: Vec<String> = all.iter().map(|(rule, _, pairs)| format!("{} {pairs:?}", rule.id)).collect();
        keys.sort_unstable();
        for key in keys {
            dialect::lock(tx, &format!("unique {entity}"), &key)?;
        }
    }
    let mut violations = Vec::new();
    for (rule, pointer, pairs) in all {
        if taken(tx, &pairs)? {
            let fields = rule.fields.join(", ");
            violations.push(Violation {
                pointer,
                code: "not_unique",
                rule: rule.id.clone(),
                severity: rule.severity,
                params: BTreeMap::from([("fields", fields)]),
                suggestion: None,
                message: rule.messages.clone(),
                about: rule.fields.iter().map(|path| name_of(path)).collect(),
            });
        }
    }
    Ok(violations)
}
