//! Combinations of values that no two records may share: which an entry has, and the asking for each while nobody else can take it.
use std::collections::{BTreeMap, HashSet};

use super::check::{Violation, name_of, pointer_to};
use super::custom;
use super::definition::{Rule, Standard};
use super::entry::{Entry, Value};
use crate::platform::db::sql::{Sql, Value as Bound};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, dialect};
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

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// The records that have all that some paths lead to in common with another: of those `within`, in tables of which `id` names the record. Custom values
/// are found by the standard that defines them, all else by the column of its path.
pub fn sharing(
    c: &mut AnyConnection,
    standard: &Standard,
    (id, tables): (&str, &'static str),
    within: &Sql,
    paths: &[String],
    column: impl Fn(&str) -> Option<&'static str>,
) -> Result<HashSet<Id>, Problem> {
    let mut tables = Sql::new(tables);
    let mut columns = Vec::with_capacity(paths.len());
    for (i, path) in paths.iter().enumerate() {
        let field = path.strip_prefix("custom.").and_then(|key| standard.field(key));
        columns.push(match field {
            Some(field) => {
                let name = format!("v{i}");
                let of_key = Sql::new(format!(" join custom_values {name} on {name}.record_id = {id} and {name}.key = ")).bind(Bound::Text(field.key.clone()));
                tables = tables.then(of_key);
                format!("{name}.{}", custom::store::column(&field.kind))
            }
            None => column(path).map(str::to_owned).ok_or_else(|| Problem::internal(format_args!("{} cannot be unique by {path}", standard.entity)))?,
        });
    }
    let listed =
        |form: fn(usize, &str) -> String, between: &str| columns.iter().enumerate().map(|(i, column)| form(i, column)).collect::<Vec<_>>().join(between);
    let question = Sql::new(format!("select distinct {id} as id from "))
        .then(tables.clone())
        .text(format!(" join (select {} from ", listed(|i, column| format!("{column} as k{i}"), ", ")))
        .then(tables)
        .text(format!(" where {} and ", listed(|_, column| format!("{column} is not null"), " and ")))
        .then(within.clone())
        .text(format!(" group by {} having count(distinct {id}) > 1) shared", listed(|_, column| column.to_owned(), ", ")))
        .text(format!(" on {} where ", listed(|i, column| format!("{column} = shared.k{i}"), " and ")))
        .then(within.clone());
    Ok(question.load::<Found>(c)?.into_iter().map(|found| found.id).collect())
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
                label: None,
                about: rule.fields.iter().map(|path| name_of(path)).collect(),
            });
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::standards::entry::Product;

    fn rule(fields: &[&str]) -> Rule {
        serde_json::from_value(json!({"id": "once", "kind": "unique", "on": "save", "severity": "error", "fields": fields})).unwrap()
    }
    fn product(id: Option<u128>) -> Value<'static> {
        Value::Product(Product { given: "x", id: id.map(|id| Id(uuid::Uuid::from_u128(id))), ..Product::default() })
    }
    fn entry<'a>(fields: &[(&'a str, Value<'a>)]) -> Entry<'a> {
        Entry(fields.iter().copied().collect())
    }
    fn places(fields: &[&str], entry: &Entry<'_>) -> Vec<(String, usize)> {
        combinations(&rule(fields), entry).into_iter().map(|(place, pairs)| (place, pairs.len())).collect()
    }

    #[test]
    fn an_entry_has_a_combination_where_all_its_values_are_there() {
        let title = Value::Text("Spring");
        for (fields, values, expected) in [
            (&["title"][..], vec![("title", title)], vec![("/title", 1)]),
            (&["title", "note"], vec![("title", title), ("note", Value::Text("n"))], vec![("/note", 2)]),
            (&["title", "note"], vec![("title", title)], vec![]),
            (&["title", "note"], vec![("title", title), ("note", Value::Missing)], vec![]),
            (&["title"], vec![("title", Value::Unreadable)], vec![]),
            (&["title"], vec![], vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(place, count): (&str, usize)| (place.to_owned(), count)).collect();
            assert_eq!(places(fields, &entry(&values)), expected, "{fields:?} of {values:?}");
        }
    }

    #[test]
    fn each_product_of_an_entry_is_a_combination_once() {
        let lines = [product(Some(1)), product(None), product(Some(1)), Value::Missing, product(Some(2))].map(|product| entry(&[("product", product)]));
        let of = |list| entry(&[("title", Value::Text("t")), ("lines", list)]);
        let fields = ["title", "lines[].product"];
        assert_eq!(places(&fields, &of(Value::Items(&lines))), [("/lines/0/product".to_owned(), 2), ("/lines/4/product".to_owned(), 2)]);
        for nothing in [Value::Missing, Value::Unreadable, Value::Items(&[])] {
            assert_eq!(places(&fields, &of(nothing)), []);
        }
    }
}
