//! In what two versions of a standard differ, rule by rule and field by field. Pure.
use super::definition::{Rule, Standard};
use super::dto::{Changes, FieldChange, RuleChange};

/// What was added, removed and changed from one version to another; rules are the same by their ids.
#[must_use]
pub fn between(from: &Standard, to: &Standard) -> Changes {
    let of = |standard: &Standard, id: &str| standard.rules.iter().find(|rule| rule.id == id).cloned();
    let missing_in = |other: &Standard, standard: &Standard| standard.rules.iter().filter(|rule| of(other, &rule.id).is_none()).cloned().collect::<Vec<Rule>>();
    let kept =
        |standard: &Standard, other: &Standard| standard.rules.iter().map(|rule| rule.id.clone()).filter(|id| of(other, id).is_some()).collect::<Vec<String>>();
    let changed = from.rules.iter().filter_map(|before| {
        let after = of(to, &before.id).filter(|after| after != before)?;
        Some(RuleChange { id: before.id.clone(), before: before.clone(), after })
    });
    let field_changed = from.fields.iter().filter_map(|before| {
        let after = to.field(&before.key).filter(|after| *after != before)?;
        Some(FieldChange { key: before.key.clone(), before: before.clone(), after: after.clone() })
    });
    Changes {
        entity: to.entity.clone(),
        from: from.version,
        to: to.version,
        added: missing_in(from, to),
        removed: missing_in(to, from),
        changed: changed.collect(),
        reordered: kept(from, to) != kept(to, from),
        added_fields: to.fields.iter().filter(|field| from.field(&field.key).is_none()).cloned().collect(),
        changed_fields: field_changed.collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::standards::definition::{CustomField, Severity, default_orders};

    #[test]
    fn rules_are_added_removed_changed_and_reordered() {
        let from = default_orders();
        assert_eq!(
            between(&from, &from),
            Changes {
                entity: "orders".into(),
                from: 1,
                to: 1,
                added: vec![],
                removed: vec![],
                changed: vec![],
                reordered: false,
                added_fields: vec![],
                changed_fields: vec![]
            }
        );
        let mut to = Standard { version: 2, ..from.clone() };
        let removed = to.rules.remove(0);
        to.rules[0].severity = Severity::Warning;
        to.rules[1].id = "another".into();
        let changes = between(&from, &to);
        let ids = |rules: &[Rule]| rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&changes.added), ids(&changes.removed)), (vec!["another".to_owned()], vec![removed.id, from.rules[2].id.clone()]));
        assert_eq!(
            changes.changed.iter().map(|c| (c.id.as_str(), c.before.severity, c.after.severity)).collect::<Vec<_>>(),
            [("title_length", Severity::Error, Severity::Warning)]
        );
        assert!(!changes.reordered);
        to.rules.reverse();
        assert!(between(&from, &to).reordered);
        let field: CustomField = serde_json::from_value(json!({"key": "a", "labels": {"en": "A", "zh-CN": "甲"}, "type": "boolean", "position": 1})).unwrap();
        to.fields.push(field.clone());
        assert_eq!(between(&from, &to).added_fields, std::slice::from_ref(&field));
        let retired = Standard { fields: vec![CustomField { retired: true, ..field.clone() }], ..to.clone() };
        let told = between(&to, &retired);
        assert_eq!((told.added_fields.len(), told.changed_fields.len(), told.changed_fields[0].after.retired), (0, 1, true));
    }
}
