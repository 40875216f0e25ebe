//! Every kind reads back as it was written, and so does what an older program stored.
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::read::RuleInput;
use super::*;
use crate::platform::web::{Decode, Faults};

#[test]
fn each_kind_has_its_form_and_reads_back() {
    for (check, form) in [
        (Check::Required, json!({"kind": "required"})),
        (Check::Length { min: None, max: Some(200) }, json!({"kind": "length", "max": 200})),
        (
            Check::Range { min: Some(Decimal(5_000)), max: Some(Decimal::whole(9)), exclusive_min: true, exclusive_max: false },
            json!({"kind": "range", "min": "0.5", "max": "9", "exclusive_min": true}),
        ),
        (Check::Scale { max: 2 }, json!({"kind": "scale", "max": 2})),
        (Check::OneOf { values: vec!["高".into(), "low".into()] }, json!({"kind": "one_of", "values": ["高", "low"]})),
        (Check::DateWindow { min_days: Some(-7), max_days: Some(365) }, json!({"kind": "date_window", "min_days": -7, "max_days": 365})),
        (Check::KnownProduct, json!({"kind": "known_product"})),
        (Check::Pattern { pattern: "^x$".into() }, json!({"kind": "pattern", "pattern": "^x$"})),
        (
            Check::PriceBand { within: Decimal(1_000), categories: BTreeMap::from([("GTX".into(), Decimal(500))]) },
            json!({"kind": "price_band", "within": "0.1", "categories": {"GTX": "0.05"}}),
        ),
        (
            Check::DiscountLimit { max: Decimal(3_000), roles: BTreeMap::from([("rep".into(), Decimal(1_000))]) },
            json!({"kind": "discount_limit", "max": "0.3", "roles": {"rep": "0.1"}}),
        ),
        (Check::Unique, json!({"kind": "unique"})),
        (Check::DelayRecorded, json!({"kind": "delay_recorded"})),
        (
            Check::Compare { condition: json!({"field": "amount", "op": "gt", "value": "5"}) },
            json!({"kind": "compare", "condition": {"field": "amount", "op": "gt", "value": "5"}}),
        ),
        (Check::Count { min: Some(1), max: None }, json!({"kind": "count", "min": 1})),
        (
            Check::Sum { min: None, max: Some(Decimal::whole(5)), min_field: Some("amount".into()), max_field: None },
            json!({"kind": "sum", "max": "5", "min_field": "amount"}),
        ),
    ] {
        let rule = Rule {
            id: "r".into(),
            when: None,
            stages: Vec::new(),
            on: On::Submit,
            severity: Severity::Warning,
            fields: vec!["lines[].x".into()],
            check,
            messages: None,
        };
        let mut expected = json!({"id": "r", "on": "submit", "severity": "warning", "fields": ["lines[].x"]});
        expected.as_object_mut().unwrap().extend(form.as_object().unwrap().clone());
        let written = serde_json::to_value(&rule).unwrap();
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_value::<Rule>(written.clone()).unwrap(), rule);
        assert_eq!(serde_json::from_str::<Rule>(&written.to_string()).unwrap(), rule);
        // What is sent reads as what is stored.
        let mut faults = Faults::default();
        assert_eq!(RuleInput::decode(&written, "", &mut faults).map(|input| input.0), Some(rule), "{:?}", faults.list());
    }
}

#[test]
fn what_is_no_rule_is_not_read() {
    for form in [
        json!({"kind": "pattern"}),
        json!({"kind": "price_band"}),
        json!({"kind": "discount_limit", "max": "many"}),
        json!({"kind": "compare"}),
        json!({"kind": "range", "min": 0}),
        json!({"kind": "range", "min": "0.00001"}),
        json!({"kind": "range", "min": "many"}),
        json!({"kind": "length", "max": -1}),
        json!({"kind": "length", "max": 1.5}),
        json!({"kind": "scale"}),
        json!({"kind": "scale", "max": null}),
    ] {
        assert!(serde_json::from_str::<Check>(&form.to_string()).is_err(), "{form}");
    }
}

#[test]
fn the_default_reads_back_and_speaks_both_languages() {
    let standard = default_orders();
    assert_eq!(serde_json::from_str::<Standard>(&serde_json::to_string(&standard).unwrap()).unwrap(), standard);
    assert_eq!(standard.rules.iter().map(|r| &r.id).collect::<BTreeSet<_>>().len(), standard.rules.len());
    for rule in &standard.rules {
        let messages = rule.messages.as_ref().unwrap();
        assert!(messages.en.is_ascii() && messages.en.ends_with('.') && messages.zh_cn.ends_with('。'), "{}", rule.id);
    }
}

proptest! {
    #[test]
    fn bounds_and_counts_read_back(min: Option<u32>, days: Option<i32>, low in proptest::option::of(-1_000_000_i64..1_000_000)) {
        for check in [
            Check::Length { min, max: None },
            Check::DateWindow { min_days: days, max_days: None },
            Check::Range { min: low.map(Decimal), max: None, exclusive_min: false, exclusive_max: true },
        ] {
            prop_assert_eq!(&serde_json::from_str::<Check>(&serde_json::to_string(&check).unwrap()).unwrap(), &check);
        }
    }
}

#[test]
fn what_the_first_program_stored_still_reads() {
    let stored = r#"{"entity": "orders", "version": 1, "rules": [
        {"id": "title_length", "on": "save", "severity": "error", "fields": ["title"], "kind": "length", "max": 200, "messages": {"en": "Short.", "zh-CN": "短。"}},
        {"id": "date", "on": "submit", "severity": "warning", "fields": ["expected_close_date"], "kind": "date_window", "min_days": 0}]}"#;
    let standard: Standard = serde_json::from_str(stored).unwrap();
    assert_eq!((standard.rules.len(), &standard.rules[0].when, standard.rules[1].stages.len()), (2, &None, 0));
    assert_eq!(standard.rules[1].check, Check::DateWindow { min_days: Some(0), max_days: None });
}

#[test]
fn all_that_cannot_be_read_of_a_rule_is_told() {
    let mut faults = Faults::default();
    let sent =
        json!({"id": "Not A Code", "kind": "range", "fields": ["title", 5], "on": "sav", "min": "x", "max": "1", "maxx": 3, "severity": "fatal", "when": 5});
    assert!(RuleInput::decode(&sent, "/rules/0", &mut faults).is_none());
    let mut told: Vec<_> = faults.into_vec().into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect();
    told.sort_unstable();
    let expected = [
        "/rules/0/fields/1 wrong_type",
        "/rules/0/id not_a_code",
        "/rules/0/maxx unknown_field",
        "/rules/0/min not_a_decimal",
        "/rules/0/on not_one_of",
        "/rules/0/severity not_one_of",
        "/rules/0/when wrong_type",
    ];
    assert_eq!(told, expected);
    let mut faults = Faults::default();
    assert!(RuleInput::decode(&json!({"id": "a", "fields": [], "kind": "requird"}), "", &mut faults).is_none());
    let told: Vec<_> = faults.list().iter().map(|f| (f.pointer.as_str(), f.code.as_str(), f.suggestion.as_deref())).collect();
    assert_eq!(told, [("/kind", "not_one_of", Some("required"))]);
}
