//! Holds an entry against a field standard and tells every violation. Pure: no connection, no clock; products were looked up before.
use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::definition::{Check, Kind, Messages, On, Rule, Severity, Standard};
use crate::platform::decimal::Decimal;
use crate::platform::text::nearest;

/// What stands in a field.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Absent or null.
    Missing,
    /// Faulted while it was decoded: every rule passes over it.
    Unreadable,
    /// A text, cleaned.
    Text(&'a str),
    /// A number.
    Number(Decimal),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    Bool(bool),
    /// The id of a record that is there.
    Reference,
    /// A product as it was named, what look-up made of it, and the names near to it.
    Product { given: &'a str, known: bool, archived: bool, nearest: &'a [String] },
    /// A list, such as the lines of an order.
    Items(&'a [Entry<'a>]),
}

/// An entry, or one item of a list in it: values by field name (`custom.budget` for a custom field); what is not in it is missing.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a>(pub BTreeMap<&'a str, Value<'a>>);

impl<'a> Entry<'a> {
    fn get(&self, field: &str) -> Value<'a> {
        self.0.get(field).copied().unwrap_or(Value::Missing)
    }
}

/// One rule broken in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the entry.
    pub pointer: String,
    /// Stable, for programs to decide by.
    pub code: &'static str,
    /// The id of the rule.
    pub rule: String,
    /// Whether it refuses the entry.
    pub severity: Severity,
    /// The particulars, such as the bound that was passed.
    pub params: BTreeMap<&'static str, String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// The rule's own words.
    pub message: Option<Messages>,
}

/// Every violation at that moment, in the order of rules, then of their fields, then of items; rules of the kinds to skip are passed over.
#[must_use]
pub fn check(standard: &Standard, moment: On, entry: &Entry<'_>, today: NaiveDate, skip: &[Kind]) -> Vec<Violation> {
    let holds = |rule: &&Rule| (rule.on == On::Save || moment == On::Submit) && !skip.contains(&rule.check.kind());
    let mut violations = Vec::new();
    for rule in standard.rules.iter().filter(holds) {
        for path in &rule.fields {
            for_each_value(entry, path, |pointer, value| {
                if let Some(Finding { code, params, suggestion }) = find(&rule.check, value, today) {
                    let (rule_id, message) = (rule.id.clone(), rule.messages.clone());
                    violations.push(Violation { pointer: pointer(), code, rule: rule_id, severity: rule.severity, params, suggestion, message });
                }
            });
        }
    }
    violations
}

/// Errors and warnings apart. An error in a field that the change does not touch is a warning, so that a new standard never locks an old record.
#[must_use]
pub fn split(violations: Vec<Violation>, touched: impl Fn(&str) -> bool) -> (Vec<Violation>, Vec<Violation>) {
    let weighed = violations.into_iter().map(|violation| {
        let severity = if touched(top_field(&violation.pointer)) { violation.severity } else { Severity::Warning };
        Violation { severity, ..violation }
    });
    weighed.partition(|violation| violation.severity == Severity::Error)
}

/// The first field that a pointer goes through.
fn top_field(pointer: &str) -> &str {
    pointer.split('/').nth(1).unwrap_or_default()
}

/// Visits what a path leads to, each with a way to its pointer; a list that is missing or unreadable has no items to speak of.
fn for_each_value<'a>(entry: &Entry<'a>, path: &str, mut visit: impl FnMut(&dyn Fn() -> String, Value<'a>)) {
    let Some((list, field)) = path.split_once("[].") else {
        return visit(&|| pointer_to(path), entry.get(path));
    };
    if let Value::Items(items) = entry.get(list) {
        for (i, item) in items.iter().enumerate() {
            visit(&|| format!("{}/{i}{}", pointer_to(list), pointer_to(field)), item.get(field));
        }
    }
}

fn pointer_to(path: &str) -> String {
    format!("/{}", path.replace('~', "~0").replace('/', "~1").replace('.', "/"))
}

struct Finding {
    code: &'static str,
    params: BTreeMap<&'static str, String>,
    suggestion: Option<String>,
}

impl Finding {
    const fn new(code: &'static str) -> Self {
        Self { code, params: BTreeMap::new(), suggestion: None }
    }
    fn param(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// What is wrong with a value; nothing where the check does not speak of such values, and only `required` speaks of missing ones.
fn find(check: &Check, value: Value<'_>, today: NaiveDate) -> Option<Finding> {
    match (check, value) {
        (Check::Required, value) => is_missing(value).then(|| Finding::new("required")),
        (Check::Length { min, max }, Value::Text(text)) => length(text, *min, *max),
        (Check::Range { min, max, exclusive_min, exclusive_max }, Value::Number(number)) => {
            let below = min.filter(|min| number < *min || *exclusive_min && number == *min).map(|min| bound("below_minimum", "min", min, *exclusive_min));
            let above = || max.filter(|max| number > *max || *exclusive_max && number == *max).map(|max| bound("above_maximum", "max", max, *exclusive_max));
            below.or_else(above)
        }
        (Check::Scale { max }, Value::Number(number)) => (number.rounded(*max) != number).then(|| Finding::new("too_many_decimals").param("max", max)),
        (Check::OneOf { values }, Value::Text(text)) => (!values.iter().any(|value| value == text)).then(|| Finding {
            suggestion: nearest(text, values.iter().map(String::as_str), 1).pop(),
            ..Finding::new("not_one_of").param("allowed", values.join(", "))
        }),
        (Check::DateWindow { min_days, max_days }, Value::Date(date)) => date_window(date, today, *min_days, *max_days),
        (Check::KnownProduct, Value::Product { given, known, archived, nearest }) => (!known || archived).then(|| product(given, known, nearest)),
        _ => None,
    }
}

fn is_missing(value: Value<'_>) -> bool {
    match value {
        Value::Missing => true,
        Value::Text(text) | Value::Product { given: text, .. } => text.trim().is_empty(),
        Value::Items(items) => items.is_empty(),
        Value::Unreadable | Value::Number(_) | Value::Date(_) | Value::Bool(_) | Value::Reference => false,
    }
}

fn length(text: &str, min: Option<u32>, max: Option<u32>) -> Option<Finding> {
    let length = text.chars().count();
    let short = min.filter(|min| length < *min as usize).map(|min| Finding::new("too_short").param("min", min));
    short.or_else(|| max.filter(|max| length > *max as usize).map(|max| Finding::new("too_long").param("max", max)))
}

/// A bound that was passed; the particulars say so where the bound itself is not allowed either.
fn bound(code: &'static str, name: &'static str, bound: Decimal, exclusive: bool) -> Finding {
    let finding = Finding::new(code).param(name, bound);
    if exclusive { finding.param("exclusive", true) } else { finding }
}

fn date_window(date: NaiveDate, today: NaiveDate, min_days: Option<i32>, max_days: Option<i32>) -> Option<Finding> {
    // A bound beyond the calendar is no bound.
    let day = |days: Option<i32>| today.checked_add_signed(TimeDelta::days(days?.into()));
    let early = day(min_days).filter(|earliest| date < *earliest).map(|earliest| Finding::new("date_too_early").param("earliest", earliest));
    early.or_else(|| day(max_days).filter(|latest| date > *latest).map(|latest| Finding::new("date_too_late").param("latest", latest)))
}

fn product(given: &str, known: bool, nearest: &[String]) -> Finding {
    let mut finding = Finding { suggestion: nearest.first().cloned(), ..Finding::new("unknown_product").param("given", given) };
    if known {
        finding = finding.param("archived", true);
    }
    if nearest.is_empty() { finding } else { finding.param("nearest", nearest.join(", ")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::standards::definition::default_orders;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();

    fn day(text: &str) -> Value<'static> {
        Value::Date(text.parse().unwrap())
    }
    fn number(text: &str) -> Value<'static> {
        Value::Number(Decimal::parse(text).unwrap())
    }
    fn entry<'a>(fields: &[(&'a str, Value<'a>)]) -> Entry<'a> {
        Entry(fields.iter().copied().collect())
    }
    fn known(given: &str) -> Value<'_> {
        Value::Product { given, known: true, archived: false, nearest: &[] }
    }
    fn line<'a>(product: Value<'a>, quantity: &str, unit_price: &str) -> Entry<'a> {
        entry(&[("product", product), ("quantity", number(quantity)), ("unit_price", number(unit_price))])
    }
    fn at(violations: &[Violation]) -> Vec<(&str, &str, &str)> {
        violations.iter().map(|v| (v.rule.as_str(), v.pointer.as_str(), v.code)).collect()
    }

    #[test]
    fn each_check_speaks_of_its_own_values_up_to_the_boundary() {
        let names = ["GTX Pro".to_owned(), "GTX Basic".to_owned()];
        let product = |known, archived| Value::Product { given: "GTXPro", known, archived, nearest: &names };
        let range = |min: Option<i64>, max: Option<i64>, exclusive| Check::Range {
            min: min.map(Decimal::whole),
            max: max.map(Decimal::whole),
            exclusive_min: exclusive,
            exclusive_max: exclusive,
        };
        let length = Check::Length { min: Some(2), max: Some(3) };
        let one_of = Check::OneOf { values: vec!["high".into(), "medium".into(), "低".into()] };
        let window = Check::DateWindow { min_days: Some(0), max_days: Some(30) };
        for (check, value, expected) in [
            (Check::Required, Value::Missing, "required"),
            (Check::Required, Value::Text(" \u{3000}"), "required"),
            (Check::Required, Value::Items(&[]), "required"),
            (Check::Required, Value::Product { given: "", known: false, archived: false, nearest: &[] }, "required"),
            (Check::Required, Value::Text("x"), ""),
            (Check::Required, Value::Bool(false), ""),
            (Check::Required, number("0"), ""),
            (Check::Required, Value::Reference, ""),
            (Check::Required, Value::Items(&[Entry(BTreeMap::new())]), ""),
            (length.clone(), Value::Text("电"), "too_short min=2"),
            (length.clone(), Value::Text("电表"), ""),
            (length.clone(), Value::Text("智能电"), ""),
            (length.clone(), Value::Text("智能电表"), "too_long max=3"),
            (length.clone(), number("1"), ""),
            (range(Some(0), Some(9), false), number("-0.0001"), "below_minimum min=0"),
            (range(Some(0), Some(9), false), number("0"), ""),
            (range(Some(0), Some(9), false), number("9"), ""),
            (range(Some(0), Some(9), false), number("9.0001"), "above_maximum max=9"),
            (range(Some(0), Some(9), true), number("0"), "below_minimum exclusive=true min=0"),
            (range(Some(0), Some(9), true), number("0.0001"), ""),
            (range(Some(0), Some(9), true), number("9"), "above_maximum exclusive=true max=9"),
            (range(None, None, true), number("-5"), ""),
            (range(Some(0), None, false), Value::Text("-1"), ""),
            (Check::Scale { max: 2 }, number("1.25"), ""),
            (Check::Scale { max: 2 }, number("1.250"), ""),
            (Check::Scale { max: 2 }, number("-1.251"), "too_many_decimals max=2"),
            (Check::Scale { max: 0 }, number("0.5"), "too_many_decimals max=0"),
            (Check::Scale { max: 9 }, number("0.0001"), ""),
            (one_of.clone(), Value::Text("低"), ""),
            (one_of.clone(), Value::Text("hgih"), "not_one_of allowed=high, medium, 低 -> high"),
            (one_of.clone(), Value::Text("High"), "not_one_of allowed=high, medium, 低 -> high"),
            (one_of.clone(), Value::Text("else"), "not_one_of allowed=high, medium, 低"),
            (window.clone(), day("2027-03-30"), "date_too_early earliest=2027-03-31"),
            (window.clone(), day("2027-03-31"), ""),
            (window.clone(), day("2027-04-30"), ""),
            (window.clone(), day("2027-05-01"), "date_too_late latest=2027-04-30"),
            (Check::DateWindow { min_days: Some(i32::MIN), max_days: Some(i32::MAX) }, day("2027-05-01"), ""),
            (Check::KnownProduct, product(true, false), ""),
            (Check::KnownProduct, product(false, false), "unknown_product given=GTXPro nearest=GTX Pro, GTX Basic -> GTX Pro"),
            (Check::KnownProduct, product(true, true), "unknown_product archived=true given=GTXPro nearest=GTX Pro, GTX Basic -> GTX Pro"),
            (Check::KnownProduct, Value::Product { given: "?", known: false, archived: false, nearest: &[] }, "unknown_product given=?"),
        ] {
            let found = find(&check, value, TODAY).map_or_else(String::new, |finding| {
                let params = finding.params.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
                format!("{}{params}{}", finding.code, finding.suggestion.map_or_else(String::new, |s| format!(" -> {s}")))
            });
            assert_eq!(found, expected, "{check:?} of {value:?}");
            if !matches!(check, Check::Required) {
                assert!(find(&check, Value::Missing, TODAY).is_none(), "{check:?} of nothing");
            }
            assert!(find(&check, Value::Unreadable, TODAY).is_none(), "{check:?} of what was faulted before");
        }
    }

    #[test]
    fn the_default_lets_a_good_order_pass() {
        let lines = [line(known("GTX Pro"), "2", "4821"), line(known("智能电表"), "0.5", "0")];
        let order = entry(&[
            ("customer_id", Value::Reference),
            ("title", Value::Text("春")),
            ("lines", Value::Items(&lines)),
            ("expected_close_date", day("2027-03-31")),
        ]);
        assert_eq!(check(&default_orders(), On::Submit, &order, TODAY, &[]), []);
        assert_eq!(check(&default_orders(), On::Save, &order, TODAY, &[]), []);
    }

    #[test]
    fn an_empty_order_lacks_what_the_moment_asks_for() {
        let saved = check(&default_orders(), On::Save, &Entry::default(), TODAY, &[]);
        assert_eq!(at(&saved), [("customer_required", "/customer_id", "required"), ("lines_required", "/lines", "required")]);
        let submitted = check(&default_orders(), On::Submit, &Entry::default(), TODAY, &[]);
        assert_eq!(at(&submitted[2..]), [("expected_close_date_required", "/expected_close_date", "required")]);
    }

    #[test]
    fn all_violations_come_by_rule_then_by_line() {
        let long = "题".repeat(201);
        let names = ["GTX Pro".to_owned()];
        let unknown = Value::Product { given: "GTXPro", known: false, archived: false, nearest: &names };
        let lines = [
            line(unknown, "0", "-1"),
            Entry::default(),
            line(unknown, "-1", "1"),
            entry(&[("product", Value::Unreadable), ("quantity", Value::Unreadable), ("unit_price", Value::Unreadable)]),
        ];
        let order = entry(&[
            ("customer_id", Value::Unreadable),
            ("title", Value::Text(&long)),
            ("lines", Value::Items(&lines)),
            ("expected_close_date", day("2027-03-30")),
        ]);
        let violations = check(&default_orders(), On::Submit, &order, TODAY, &[]);
        let expected = [
            ("title_length", "/title", "too_long"),
            ("product_required", "/lines/1/product", "required"),
            ("product_known", "/lines/0/product", "unknown_product"),
            ("product_known", "/lines/2/product", "unknown_product"),
            ("quantity_required", "/lines/1/quantity", "required"),
            ("quantity_positive", "/lines/0/quantity", "below_minimum"),
            ("quantity_positive", "/lines/2/quantity", "below_minimum"),
            ("unit_price_required", "/lines/1/unit_price", "required"),
            ("unit_price_not_negative", "/lines/0/unit_price", "below_minimum"),
            ("expected_close_date_not_past", "/expected_close_date", "date_too_early"),
        ];
        assert_eq!(at(&violations), expected);
        assert!(violations.iter().all(|v| v.message.is_some()));
        assert_eq!(violations[2].suggestion.as_deref(), Some("GTX Pro"));

        let imported = check(&default_orders(), On::Submit, &order, TODAY, &[Kind::DateWindow]);
        assert_eq!(at(&imported), expected[..9]);
    }

    #[test]
    fn what_a_change_does_not_touch_only_warns() {
        let mut standard = default_orders();
        standard.rules[1].severity = Severity::Warning;
        let long = "x".repeat(201);
        let lines = [line(known("GTX Pro"), "0", "1")];
        let order = entry(&[("title", Value::Text(&long)), ("lines", Value::Items(&lines))]);
        let violations = check(&standard, On::Save, &order, TODAY, &[]);
        let (errors, warnings) = split(violations, |field| ["lines", "title"].contains(&field));
        assert_eq!(at(&errors), [("quantity_positive", "/lines/0/quantity", "below_minimum")]);
        assert_eq!(at(&warnings), [("customer_required", "/customer_id", "required"), ("title_length", "/title", "too_long")]);
        assert!(warnings.iter().all(|v| v.severity == Severity::Warning));
    }

    #[test]
    fn paths_become_pointers() {
        for (path, pointer) in [("title", "/title"), ("custom.budget", "/custom/budget"), ("a/b~c", "/a~1b~0c")] {
            assert_eq!(pointer_to(path), pointer);
        }
    }

    proptest! {
        #[test]
        fn submit_asks_for_all_that_saving_asks_for(quantities in proptest::collection::vec(-3_i64..3, 0..5), title in ".{0,3}", customer: bool, days in -3_i64..3) {
            let lines: Vec<Entry> = quantities.iter().map(|n| line(known("x"), &n.to_string(), "1")).collect();
            let date = TODAY + TimeDelta::days(days);
            let order = entry(&[
                ("customer_id", if customer { Value::Reference } else { Value::Missing }),
                ("title", Value::Text(&title)),
                ("lines", Value::Items(&lines)),
                ("expected_close_date", Value::Date(date)),
            ]);
            let saved = check(&default_orders(), On::Save, &order, TODAY, &[]);
            let submitted = check(&default_orders(), On::Submit, &order, TODAY, &[]);
            let faults = usize::from(!customer) + usize::from(lines.is_empty()) + quantities.iter().filter(|n| **n <= 0).count();
            prop_assert_eq!(saved.len(), faults);
            prop_assert_eq!(submitted.len(), faults + usize::from(days < 0));
            prop_assert_eq!(&submitted[..faults], &saved[..]);

            let (errors, warnings) = split(submitted.clone(), |_| true);
            prop_assert_eq!((&errors, warnings.is_empty()), (&submitted, true));
            let (errors, warnings) = split(submitted.clone(), |_| false);
            prop_assert_eq!((errors.is_empty(), at(&warnings)), (true, at(&submitted)));
        }
    }
}
