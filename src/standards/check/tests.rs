//! Tables for every kind of check, and what holds for all of them.
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Locale;
use crate::standards::definition::default_orders;
use crate::standards::entry::Product;
use crate::standards::service::to_faults;

const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2027, 3, 31).unwrap();

fn day(text: &str) -> Value<'static> {
    Value::Date(text.parse().unwrap())
}
fn number(text: &str) -> Value<'static> {
    Value::Number(Decimal::parse(text).unwrap())
}
const fn reference() -> Value<'static> {
    Value::Reference(Id(uuid::Uuid::nil()))
}
fn entry<'a>(fields: &[(&'a str, Value<'a>)]) -> Entry<'a> {
    Entry(fields.iter().copied().collect())
}
fn known(given: &str) -> Value<'_> {
    Value::Product(Product { given, id: Some(Id(uuid::Uuid::nil())), ..Product::default() })
}
fn line<'a>(product: Value<'a>, quantity: &str, unit_price: &str) -> Entry<'a> {
    entry(&[("product", product), ("quantity", number(quantity)), ("unit_price", number(unit_price))])
}
fn at(violations: &[Violation]) -> Vec<(&str, &str, &str)> {
    violations.iter().map(|v| (v.rule.as_str(), v.pointer.as_str(), v.code)).collect()
}
fn surroundings() -> Surroundings {
    Surroundings { now: UtcTime(1_806_500_000_000_000), zone: chrono_tz::Tz::UTC }
}
fn check_as(standard: &Standard, moment: Moment, stage: &str, role: Role, entry: &Entry<'_>, skip: &[Kind]) -> Vec<Violation> {
    Checker::of(standard, &surroundings()).unwrap().check(entry, &Context { moment, stage, status: "draft", today: TODAY, role, skip })
}
fn check(standard: &Standard, moment: Moment, entry: &Entry<'_>, skip: &[Kind]) -> Vec<Violation> {
    check_as(standard, moment, "intent", Role::Rep, entry, skip)
}
/// A standard of one rule for orders.
fn one(rule: serde_json::Value) -> Standard {
    let mut whole = json!({"id": "r", "on": "save", "severity": "error"});
    whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    Standard { rules: vec![serde_json::from_value(whole).unwrap()], ..default_orders() }
}
/// What a rule says of an entry: places, codes and particulars, and it says it in both languages.
fn said(rule: serde_json::Value, role: Role, entry: &Entry<'_>) -> String {
    let faults = to_faults(check_as(&one(rule), Moment::Save, "intent", role, entry, &[]));
    let told = faults.iter().map(|fault| {
        for locale in [Locale::En, Locale::ZhCn] {
            let view = crate::platform::problem::FaultView::of(fault, locale);
            assert!(!view.detail.is_empty() && !view.detail.contains(['{', '}']), "{view:?}");
            assert_eq!(locale == Locale::ZhCn, view.detail.chars().any(|c| c > '\u{2e80}' && c != '低'), "{view:?}");
        }
        let params = fault.params.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
        format!("{} {}{params}{}", fault.pointer, fault.code.as_str(), fault.suggestion.as_ref().map_or_else(String::new, |s| format!(" -> {s}")))
    });
    told.collect::<Vec<_>>().join("; ")
}

#[test]
fn each_check_of_one_value_speaks_of_its_own_up_to_the_boundary() {
    let names = ["GTX Pro".to_owned(), "GTX Basic".to_owned()];
    let id = Some(Id(uuid::Uuid::nil()));
    let product = |id, archived| Value::Product(Product { given: "GTXPro", id, archived, nearest: &names, ..Product::default() });
    let required = || json!({"kind": "required", "fields": ["x"]});
    let length = || json!({"kind": "length", "min": 2, "max": 3, "fields": ["x"]});
    let range = || json!({"kind": "range", "min": "0", "max": "9", "fields": ["x"]});
    let open = || json!({"kind": "range", "min": "0", "max": "9", "exclusive_min": true, "exclusive_max": true, "fields": ["x"]});
    let scale = |max: u32| json!({"kind": "scale", "max": max, "fields": ["x"]});
    let one_of = || json!({"kind": "one_of", "values": ["high", "medium", "低"], "fields": ["x"]});
    let window = || json!({"kind": "date_window", "min_days": 0, "max_days": 30, "fields": ["x"]});
    let known_product = || json!({"kind": "known_product", "fields": ["x"]});
    let pattern = || json!({"kind": "pattern", "pattern": "^PO-[0-9]{3}$", "fields": ["x"]});
    let count = || json!({"kind": "count", "min": 1, "max": 2, "fields": ["x"]});
    let (none, two, three): (&[Entry<'_>], _, _) = (&[], [Entry::default(), Entry::default()], [Entry::default(), Entry::default(), Entry::default()]);
    let tags = ["high".to_owned(), "hgih".to_owned()];
    for (rule, value, expected) in [
        (required(), Value::Missing, "/x required"),
        (required(), Value::Text(" \u{3000}"), "/x required"),
        (required(), Value::Items(none), "/x required"),
        (required(), Value::Texts(&[]), "/x required"),
        (required(), Value::Product(Product::default()), "/x required"),
        (required(), Value::Text("x"), ""),
        (required(), Value::Flag(false), ""),
        (required(), number("0"), ""),
        (required(), reference(), ""),
        (required(), Value::Items(&two), ""),
        (length(), Value::Text("电"), "/x too_short min=2"),
        (length(), Value::Text("电表"), ""),
        (length(), Value::Text("智能电"), ""),
        (length(), Value::Text("智能电表"), "/x too_long max=3"),
        (length(), number("1"), ""),
        (pattern(), Value::Text("PO-123"), ""),
        (pattern(), Value::Text("PO-1234"), "/x no_match pattern=^PO-[0-9]{3}$"),
        (pattern(), Value::Text(""), "/x no_match pattern=^PO-[0-9]{3}$"),
        (pattern(), number("1"), ""),
        (range(), number("-0.0001"), "/x below_minimum min=0"),
        (range(), number("0"), ""),
        (range(), number("9"), ""),
        (range(), number("9.0001"), "/x above_maximum max=9"),
        (open(), number("0"), "/x below_minimum exclusive=true min=0"),
        (open(), number("0.0001"), ""),
        (open(), number("9"), "/x above_maximum exclusive=true max=9"),
        (range(), Value::Text("-1"), ""),
        (scale(2), number("1.25"), ""),
        (scale(2), number("-1.251"), "/x too_many_decimals max=2"),
        (scale(0), number("0.5"), "/x too_many_decimals max=0"),
        (scale(4), number("0.0001"), ""),
        (one_of(), Value::Text("低"), ""),
        (one_of(), Value::Text("hgih"), "/x not_one_of allowed=high, medium, 低 -> high"),
        (one_of(), Value::Text("else"), "/x not_one_of allowed=high, medium, 低"),
        (one_of(), Value::Texts(&tags[..1]), ""),
        (one_of(), Value::Texts(&tags), "/x not_one_of allowed=high, medium, 低 -> high"),
        (window(), day("2027-03-30"), "/x date_too_early earliest=2027-03-31"),
        (window(), day("2027-03-31"), ""),
        (window(), day("2027-04-30"), ""),
        (window(), day("2027-05-01"), "/x date_too_late latest=2027-04-30"),
        (json!({"kind": "date_window", "min_days": i32::MIN, "max_days": i32::MAX, "fields": ["x"]}), day("2027-05-01"), ""),
        (known_product(), product(id, false), ""),
        (known_product(), product(None, false), "/x unknown_product given=GTXPro nearest=GTX Pro, GTX Basic -> GTX Pro"),
        (known_product(), product(id, true), "/x unknown_product archived=true given=GTXPro nearest=GTX Pro, GTX Basic -> GTX Pro"),
        (count(), Value::Items(none), "/x too_few min=1"),
        (count(), Value::Missing, "/x too_few min=1"),
        (count(), Value::Items(&two[..1]), ""),
        (count(), Value::Items(&two), ""),
        (count(), Value::Items(&three), "/x too_many max=2"),
    ] {
        let kind = rule["kind"].as_str().unwrap().to_owned();
        assert_eq!(said(rule.clone(), Role::Rep, &entry(&[("x", value)])), expected, "{kind} of {value:?}");
        assert_eq!(said(rule.clone(), Role::Rep, &entry(&[("x", Value::Unreadable)])), "", "{kind} of what was faulted before");
        if !["required", "count"].contains(&kind.as_str()) {
            // Absent and null are the same in an entry.
            for nothing in [entry(&[("x", Value::Missing)]), Entry::default()] {
                assert_eq!(said(rule.clone(), Role::Rep, &nothing), "", "{kind} of nothing");
            }
        }
    }
}

#[test]
fn prices_and_discounts_are_held_to_their_bands_exactly() {
    let band = || json!({"kind": "price_band", "within": "0.1", "categories": {"MG": "0.3333"}, "fields": ["lines[].unit_price"]});
    let limit = || json!({"kind": "discount_limit", "max": "0.3", "roles": {"rep": "0.1"}, "fields": ["lines[].discount_rate"]});
    let product = |list_price: Option<&str>, category| {
        Value::Product(Product { given: "x", list_price: list_price.map(|p| Decimal::parse(p).unwrap()), category, ..Product::default() })
    };
    for (product, price, expected) in [
        (product(Some("100"), None), number("90"), ""),
        (product(Some("100"), None), number("110"), ""),
        (product(Some("100"), None), number("89.9999"), "/lines/0/unit_price price_outside_band list_price=100 max=110 min=90"),
        (product(Some("100"), None), number("110.0001"), "/lines/0/unit_price price_outside_band list_price=100 max=110 min=90"),
        (product(Some("0.0003"), Some("MG")), number("0.0003"), ""),
        // What is told passes: the bounds 0.00020001 and 0.00039999 are rounded inwards.
        (product(Some("0.0003"), Some("MG")), number("0.0002"), "/lines/0/unit_price price_outside_band list_price=0.0003 max=0.0003 min=0.0003"),
        (product(None, Some("MG")), number("1"), ""),
        (Value::Missing, number("1"), ""),
        (Value::Unreadable, number("1"), ""),
        (product(Some("100"), None), Value::Missing, ""),
        (product(Some("100"), None), Value::Unreadable, ""),
    ] {
        let lines = [entry(&[("product", product), ("unit_price", price)])];
        assert_eq!(said(band(), Role::Rep, &entry(&[("lines", Value::Items(&lines))])), expected, "{product:?} at {price:?}");
    }
    for (role, rate, expected) in [
        (Role::Rep, number("0.1"), ""),
        (Role::Rep, number("0.1001"), "/lines/0/discount_rate discount_above_limit max=0.1"),
        (Role::Reviewer, number("0.3"), ""),
        (Role::Admin, number("0.3001"), "/lines/0/discount_rate discount_above_limit max=0.3"),
        (Role::Rep, Value::Missing, ""),
        (Role::Rep, Value::Unreadable, ""),
    ] {
        let lines = [entry(&[("discount_rate", rate)])];
        assert_eq!(said(limit(), role, &entry(&[("lines", Value::Items(&lines))])), expected, "{role:?} {rate:?}");
    }
}

#[test]
fn fields_are_compared_with_fields_and_lines_each_for_itself() {
    let dates =
        || json!({"kind": "compare", "fields": ["valid_until"], "condition": {"field": "valid_until", "op": "gte", "value": {"field": "expected_close_date"}}});
    for (valid, expected_close, expected) in [
        (day("2027-03-31"), day("2027-03-31"), ""),
        (day("2027-04-01"), day("2027-03-31"), ""),
        (day("2027-03-30"), day("2027-03-31"), "/valid_until condition_not_met"),
        (day("2027-03-30"), Value::Missing, "/valid_until condition_not_met"),
        (Value::Missing, day("2027-03-31"), ""),
        (Value::Unreadable, day("2027-03-31"), ""),
        (day("2027-03-30"), Value::Unreadable, ""),
    ] {
        assert_eq!(
            said(dates(), Role::Rep, &entry(&[("valid_until", valid), ("expected_close_date", expected_close)])),
            expected,
            "{valid:?} {expected_close:?}"
        );
    }
    let only_high = || {
        json!({"kind": "compare", "fields": ["lines[].discount_rate"], "condition": {"any": [
            {"field": "intent_level", "op": "eq", "value": "high"}, {"field": "lines[].discount_rate", "op": "lte", "value": "0.2"}]}})
    };
    let lines = [entry(&[("discount_rate", number("0.2"))]), entry(&[("discount_rate", number("0.3"))]), entry(&[])];
    for (level, expected) in [
        (Value::Text("high"), ""),
        (Value::Text("low"), "/lines/1/discount_rate condition_not_met"),
        (Value::Missing, "/lines/1/discount_rate condition_not_met"),
    ] {
        assert_eq!(said(only_high(), Role::Rep, &entry(&[("intent_level", level), ("lines", Value::Items(&lines))])), expected, "{level:?}");
    }
    let violations = check(&one(only_high()), Moment::Save, &entry(&[("lines", Value::Items(&lines))]), &[]);
    assert_eq!(violations[0].about, ["intent_level", "lines"]);
    assert_eq!(split(violations.clone(), |name| name == "intent_level").0.len(), 1);
    assert_eq!(split(violations, |name| name == "title").0.len(), 0);
}

#[test]
fn sums_are_held_against_numbers_and_fields() {
    let most = || json!({"kind": "sum", "fields": ["lines[].amount"], "max": "100"});
    let field = || json!({"kind": "sum", "fields": ["lines[].amount"], "min_field": "amount"});
    let lines = |a: &'static str, b: &'static str| [entry(&[("amount", number(a))]), entry(&[("amount", number(b))])];
    for (amounts, expected) in [(["40", "60"], ""), (["40", "60.0001"], "/lines sum_above_maximum max=100 sum=100.0001"), (["-50", "150"], "")] {
        let lines = lines(amounts[0], amounts[1]);
        assert_eq!(said(most(), Role::Rep, &entry(&[("lines", Value::Items(&lines))])), expected, "{amounts:?}");
    }
    let two = lines("40", "60");
    for (bound, expected) in [(number("100"), ""), (number("101"), "/lines sum_below_minimum min=101 sum=100"), (Value::Missing, ""), (Value::Unreadable, "")] {
        assert_eq!(said(field(), Role::Rep, &entry(&[("amount", bound), ("lines", Value::Items(&two))])), expected, "{bound:?}");
    }
    for list in [Value::Missing, Value::Unreadable] {
        assert_eq!(said(most(), Role::Rep, &entry(&[("lines", list)])), "");
    }
    let unreadable = [entry(&[("amount", number("500"))]), entry(&[("amount", Value::Unreadable)])];
    assert_eq!(said(most(), Role::Rep, &entry(&[("lines", Value::Items(&unreadable))])), "");
}

#[test]
fn a_condition_says_of_which_entries_a_rule_speaks() {
    let when = |when: serde_json::Value| json!({"kind": "required", "fields": ["note"], "when": when});
    let amount = || when(json!({"field": "amount", "op": "gt", "value": "1000"}));
    for (value, expected) in [(number("1000"), ""), (number("1000.0001"), "/note required"), (Value::Missing, ""), (Value::Unreadable, "")] {
        assert_eq!(said(amount(), Role::Rep, &entry(&[("amount", value)])), expected, "{value:?}");
    }
    let by_role = || when(json!({"field": "role", "op": "ne", "value": "admin"}));
    assert_eq!(said(by_role(), Role::Rep, &Entry::default()), "/note required");
    assert_eq!(said(by_role(), Role::Admin, &Entry::default()), "");
    // Fifty days from now, whenever it is asked.
    let soon = || when(json!({"field": "expected_close_date", "op": "lte", "value": "50d"}));
    assert_eq!(said(soon(), Role::Rep, &entry(&[("expected_close_date", day("2027-05-18"))])), "/note required");
    assert_eq!(said(soon(), Role::Rep, &entry(&[("expected_close_date", day("2027-09-01"))])), "");
}

#[test]
fn a_rule_holds_from_its_moment_on_and_in_its_stages() {
    const STAGES: [&[&str]; 3] = [&[], &["intent"], &["contract"]];
    // For each moment at stage intent: save, submit, enter_stage, win, each without stages, with this one, with another one.
    let expected = [
        (Moment::Save, "xx. ... ... ..."),
        (Moment::Submit, "xx. xx. ... ..."),
        (Moment::Change, "xx. xx. xx. ..."),
        (Moment::EnterStage, ".x. .x. xx. ..."),
        (Moment::Win, "... ... ... xx."),
    ];
    for (moment, expected) in expected {
        let row = ["save", "submit", "enter_stage", "win"].map(|on| {
            let cell = |stages: &&[&str]| {
                let standard = one(json!({"kind": "required", "fields": ["note"], "on": on, "stages": stages}));
                if check(&standard, moment, &Entry::default(), &[]).is_empty() { '.' } else { 'x' }
            };
            STAGES.iter().map(cell).collect::<String>()
        });
        assert_eq!(row.join(" "), expected, "{moment:?}");
    }
}

#[test]
fn rules_that_only_the_database_answers_are_named() {
    let standard = one(json!({"kind": "unique", "fields": ["customer_id", "lines[].product"], "when": {"field": "intent_level", "op": "eq", "value": "high"}}));
    let checker = Checker::of(&standard, &surroundings()).unwrap();
    let context = Context { moment: Moment::Save, stage: "intent", status: "draft", today: TODAY, role: Role::Rep, skip: &[] };
    let high = entry(&[("intent_level", Value::Text("high"))]);
    assert_eq!((checker.unique(&high, &context).len(), checker.unique(&Entry::default(), &context).len(), checker.check(&high, &context).len()), (1, 0, 0));
}

#[test]
fn the_default_lets_a_good_order_pass() {
    let lines = [line(known("GTX Pro"), "2", "4821"), line(known("智能电表"), "0.5", "0")];
    let order =
        entry(&[("customer_id", reference()), ("title", Value::Text("春")), ("lines", Value::Items(&lines)), ("expected_close_date", day("2027-03-31"))]);
    assert_eq!(check(&default_orders(), Moment::Submit, &order, &[]), []);
    assert_eq!(check(&default_orders(), Moment::Save, &order, &[]), []);
}

#[test]
fn an_empty_order_lacks_what_the_moment_asks_for() {
    let saved = check(&default_orders(), Moment::Save, &Entry::default(), &[]);
    assert_eq!(at(&saved), [("customer_required", "/customer_id", "required"), ("lines_required", "/lines", "required")]);
    let submitted = check(&default_orders(), Moment::Submit, &Entry::default(), &[]);
    assert_eq!(at(&submitted[2..]), [("expected_close_date_required", "/expected_close_date", "required")]);
}

#[test]
fn all_violations_come_by_rule_then_by_line() {
    let long = "题".repeat(201);
    let names = ["GTX Pro".to_owned()];
    let unknown = Value::Product(Product { given: "GTXPro", nearest: &names, ..Product::default() });
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
    let violations = check(&default_orders(), Moment::Submit, &order, &[]);
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

    let imported = check(&default_orders(), Moment::Submit, &order, &[Kind::DateWindow]);
    assert_eq!(at(&imported), expected[..9]);
}

#[test]
fn what_a_change_does_not_touch_only_warns() {
    let mut standard = default_orders();
    standard.rules[1].severity = Severity::Warning;
    let long = "x".repeat(201);
    let lines = [line(known("GTX Pro"), "0", "1")];
    let order = entry(&[("title", Value::Text(&long)), ("lines", Value::Items(&lines))]);
    let violations = check(&standard, Moment::Save, &order, &[]);
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
            ("customer_id", if customer { reference() } else { Value::Missing }),
            ("title", Value::Text(&title)),
            ("lines", Value::Items(&lines)),
            ("expected_close_date", Value::Date(date)),
        ]);
        let saved = check(&default_orders(), Moment::Save, &order, &[]);
        let submitted = check(&default_orders(), Moment::Submit, &order, &[]);
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

#[test]
fn a_survey_says_what_each_context_would_by_itself() {
    const STAGES: [&str; 2] = ["intent", "contract"];
    let on_stage = json!({"field": "stage", "op": "eq", "value": "contract"});
    let drafts = json!({"field": "status", "op": "eq", "value": "draft"});
    let mut rules = Vec::new();
    for (n, on) in ["save", "submit", "enter_stage", "win"].into_iter().enumerate() {
        for (m, more) in
            [json!({}), json!({"stages": ["contract"]}), json!({"when": on_stage}), json!({"when": drafts, "severity": "warning"})].into_iter().enumerate()
        {
            let mut rule = json!({"kind": "required", "fields": ["note", "lines[].quantity"], "on": on, "severity": "error", "id": format!("r{n}{m}")});
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            rules.push(serde_json::from_value(rule).unwrap());
        }
    }
    let standard = Standard { rules, ..default_orders() };
    let checker = Checker::of(&standard, &surroundings()).unwrap();
    let lines = [Entry::default(), entry(&[("quantity", number("1"))])];
    let order = entry(&[("lines", Value::Items(&lines))]);
    let mut contexts = Vec::new();
    for moment in [Moment::Save, Moment::Submit, Moment::Change, Moment::EnterStage, Moment::Win] {
        for stage in STAGES {
            for (status, skip) in [("draft", &[][..]), ("pending", &[]), ("draft", &[Kind::Required])] {
                contexts.push(Context { moment, stage, status, today: TODAY, role: Role::Rep, skip });
            }
        }
    }
    let survey = checker.survey(&order, &contexts);
    for (place, context) in contexts.iter().enumerate() {
        let surveyed: Vec<Violation> = survey.iter().filter(|(_, places)| places.contains(&place)).map(|(violation, _)| violation.clone()).collect();
        let alone = checker.check(&order, context);
        assert_eq!(surveyed, alone, "{context:?}");
        let broken: BTreeSet<&str> = alone.iter().map(|violation| violation.rule.as_str()).collect();
        // Whoever counts skips nothing.
        if context.skip.is_empty() {
            let places = checker.broken(&order, context, |_| false);
            assert_eq!(places.iter().map(|place| standard.rules[*place].id.as_str()).collect::<BTreeSet<_>>(), broken);
        }
    }
    assert!(survey.iter().all(|(_, places)| places.iter().collect::<BTreeSet<_>>().len() == places.len()));
}
