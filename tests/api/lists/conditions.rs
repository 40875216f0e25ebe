//! Conditions in both their forms: every operator on every kind, negation, missing values, fields against fields, faults with their places, and
//! what days and periods mean to whom.
use std::collections::BTreeSet;

use intent_orders::identity::Role;
use serde_json::{Value, json};

use super::meaning::Meaning;
use super::random::{Asked, FIELDS, PAIRS};
use super::world::{self, World};
use super::{encoded, meeting, reference, total, walk};
use crate::harness::{Answer, TestApp};
use crate::orders::{imported, stock};

fn all(world: &World) -> BTreeSet<String> {
    world.orders.iter().map(reference).collect()
}

/// Every test that a field takes, with some of its values.
fn tests(field: &Asked) -> Vec<Value> {
    let (first, last) = (field.values[0], *field.values.last().unwrap());
    let test = |op: &str, value: Value| json!({"field": field.name, "op": op, "value": value});
    let mut all = vec![test("in", json!(field.values)), test("in", json!([first])), test("ne", json!([first, last])), test("in", json!(last))];
    for value in field.values {
        all.extend([test("eq", json!(value)), test("ne", json!(value))]);
        if field.ordered {
            all.extend(["gt", "gte", "lt", "lte"].map(|op| test(op, json!(value))));
            all.extend([test("between", json!([value, first])), test("between", json!([first, value]))]);
        }
    }
    if field.optional {
        all.extend([test("null", json!(true)), test("null", json!(false))]);
    }
    all
}

/// The parameter that says the same, where one can: commas are its own.
fn parameter(test: &Value) -> Option<String> {
    let (field, op) = (test["field"].as_str().unwrap(), test["op"].as_str().unwrap());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let values: Vec<String> = test["value"].as_array().map_or_else(|| vec![text(&test["value"])], |values| values.iter().map(text).collect());
    let split = ["in", "ne", "between"].contains(&op);
    if split && values.iter().any(|value| value.contains(',')) {
        return None;
    }
    let op = if op == "in" { String::new() } else { format!("[{op}]") };
    Some(format!("{}={}", encoded(&format!("{field}{op}")), encoded(&values.join(","))))
}

fn refused(app: &TestApp, condition: &Value) -> Answer {
    app.as_(&app.cast.rep).get(&format!("/api/v1/orders?filter={}", encoded(&condition.to_string()))).problem(400, "bad_parameter")
}

fn nested(depth: usize, innermost: Value) -> Value {
    (1..depth).fold(innermost, |inner, n| if n % 2 == 0 { json!({"not": inner}) } else { json!({"any": [inner]}) })
}

both! {
    fn parameters_and_json_say_the_same(app: &TestApp) {
        let world = world::build(app, 40, 3);
        let meaning = Meaning { world: &world, now: app.state.clock.now() };
        let admin = app.as_(&app.cast.admin);
        for test in FIELDS.iter().flat_map(tests) {
            let named = meaning.named(&test);
            let meant: BTreeSet<String> = world.orders.iter().filter(|order| meaning.holds(order, &named)).map(reference).collect();
            assert_eq!(meeting(&admin, &named), meant, "{test}");
            if let Some(parameter) = parameter(&named) {
                let found: BTreeSet<String> = walk(&admin, &parameter, 200).iter().map(reference).collect();
                assert_eq!(found, meant, "{parameter} {test}");
            }
        }
    }

    fn not_is_the_exact_opposite_of_every_test(app: &TestApp) {
        let world = world::build(app, 40, 5);
        let meaning = Meaning { world: &world, now: app.state.clock.now() };
        let admin = app.as_(&app.cast.admin);
        let pairs = PAIRS.iter().flat_map(|(a, b, ordered)| {
            let ops: &[&str] = if *ordered { &["eq", "ne", "gt", "gte", "lt", "lte"] } else { &["eq", "ne"] };
            ops.iter().flat_map(move |op| [json!({"field": a, "op": op, "value": {"field": b}}), json!({"field": b, "op": op, "value": {"field": a}})])
        });
        let words = ["为", "refit", "zoe"].map(|word| json!({"field": "q", "op": "eq", "value": word}));
        for test in FIELDS.iter().filter(|field| field.optional).flat_map(|field| tests(field).into_iter().step_by(3)).chain(pairs).chain(words) {
            let test = meaning.named(&test);
            let (with, without) = (meeting(&admin, &test), meeting(&admin, &json!({ "not": test })));
            assert!(with.is_disjoint(&without), "{test}");
            assert_eq!(with.union(&without).cloned().collect::<BTreeSet<_>>(), all(&world), "{test}");
            assert_eq!(with, meeting(&admin, &json!({"not": {"any": [{"not": {"all": [test]}}]}})), "{test}");
        }
        assert_eq!((meeting(&admin, &json!({"all": []})), meeting(&admin, &json!({"any": []})).len()), (all(&world), 0));
    }

    fn a_condition_has_bounds_and_every_fault_its_place(app: &TestApp) {
        let sound = json!({"field": "status", "op": "eq", "value": "won"});
        let rep = app.as_(&app.cast.rep);
        rep.get(&format!("/api/v1/orders?filter={}", encoded(&nested(5, sound.clone()).to_string()))).expect(200);
        assert_eq!(refused(app, &nested(6, sound.clone())).faults(), [("/any/0/not/any/0/not/any/0", "too_deep")]);
        let many = |n: usize| json!({"any": vec![sound.clone(); n]});
        rep.get(&format!("/api/v1/orders?filter={}", encoded(&many(49).to_string()))).expect(200);
        assert_eq!(refused(app, &many(50)).faults(), [("", "too_many")]);
        // Everything at once, in its place.
        let wrong = json!({"all": [
            {"field": "statsu", "op": "eq", "value": "won"},
            {"field": "amount", "op": "gt", "value": true},
            {"not": {"field": "owner", "op": "eq", "value": "me"}},
            {"field": "status", "op": "gt", "value": "won"},
            {"field": "status", "op": "in", "value": ["won", "win"]},
            {"field": "closed_on", "op": "between", "value": ["2026-01-01"]},
            {"field": "reason", "op": "null", "value": "yes"},
            {"field": "amount", "op": "lt", "value": {"field": "closed_on"}},
            {"field": "product", "op": "eq", "value": {"field": "customer"}},
            {"field": "source", "op": "in", "value": []},
            {"field": "source", "value": "web"},
            {"op": "eq", "value": "web"},
            {"field": "source", "op": "eq", "value": "web", "valeu": 1},
            {"any": {}},
            [],
            {"field": "q", "op": "eq", "value": "?!"},
            {"field": "created_at", "op": "gt", "value": "soon"},
        ]});
        let answer = refused(app, &wrong);
        assert_eq!(
            answer.faults(),
            [
                ("/all/0/field", "not_one_of"), ("/all/1/value", "wrong_type"), ("/all/10/op", "required"), ("/all/11", "conflicting"), ("/all/12/valeu", "unknown_field"), ("/all/13/any", "wrong_type"),
                ("/all/14", "wrong_type"), ("/all/15/value", "nothing_to_search"), ("/all/16/value", "not_a_moment"), ("/all/2/not/value", "not_an_id"), ("/all/3/op", "not_one_of"), ("/all/4/value/1", "not_one_of"),
                ("/all/5/value", "wrong_type"), ("/all/6/value", "wrong_type"), ("/all/7/value", "inconsistent"), ("/all/8/value", "inconsistent"), ("/all/9/value", "too_few"),
            ]
        );
        let unknown = answer.body["errors"].as_array().unwrap().iter().find(|fault| fault["pointer"] == "/all/0/field").unwrap();
        assert_eq!(unknown["suggestion"], "status");
        for wrong in ["", "{", "nonsense", "1", "null", "{}", r#"{"all":[],"any":[]}"#] {
            rep.get(&format!("/api/v1/orders?filter={}", encoded(wrong))).problem(400, "bad_parameter");
        }
    }

    fn several_conditions_hold_together_each_within_its_bounds(app: &TestApp) {
        let world = world::build(app, 40, 9);
        let admin = app.as_(&app.cast.admin);
        let deep = |test: Value| json!({"any": [{"all": [{"any": [{"all": [test]}]}]}]});
        let (one, other) = (deep(json!({"field": "currency", "op": "eq", "value": "CNY"})), deep(json!({"field": "closed_on", "op": "null", "value": false})));
        let both = encoded(&json!([one, other]).to_string());
        let expected: BTreeSet<String> = world.orders.iter().filter(|order| order["currency"] == "CNY" && !order["closed_on"].is_null()).map(reference).collect();
        assert_eq!(walk(&admin, &format!("filter={both}"), 3).iter().map(reference).collect::<BTreeSet<_>>(), expected);
        assert_eq!(admin.get("/api/v1/orders?filter=[]").expect(200).body["data"].as_array().unwrap().len(), world.orders.len());
        let wrong = encoded(&json!([one, {"field": "colour", "op": "eq", "value": "red"}]).to_string());
        assert_eq!(admin.get(&format!("/api/v1/orders?filter={wrong}")).problem(400, "bad_parameter").faults(), [("/1/field", "not_one_of")]);
        // What an analysis was asked in whatever ways, at whatever depth, its drilldowns say in one address.
        let view = admin.post("/api/v1/views", json!({"entity": "orders", "name": "Deep", "condition": one})).expect(201);
        for query in [format!("view={}&filter={}&source[null]=false&amount[gt]=1", view.id(), encoded(&other.to_string())), format!("filter={both}&source[ne]=&amount[gt]=1")] {
            let rows = admin.get(&format!("/api/v1/analytics/conversion?group_by=source&{query}")).expect(200).body["data"].as_array().unwrap().clone();
            assert!(!rows.is_empty());
            for row in rows {
                assert_eq!(total(&admin, row["drilldown"].as_str().unwrap()), row["orders"].as_i64().unwrap(), "{row}");
            }
        }
    }

    fn today_is_the_callers(app: &TestApp) {
        stock(app);
        for day in 22..=25 {
            imported(app, &app.cast.rep, "pending", json!({"expected_close_date": format!("2026-11-{day}"), "created_at": format!("2026-11-{:02}T17:30:00Z", day - 3), "title": format!("{day}")}));
        }
        // 17:00 in Greenwich, next day in Shanghai, noon in New York.
        app.advance(9 * 3600);
        let there = app.user("there", Role::Admin, None);
        let path = format!("/api/v1/users/{}", there.id);
        app.as_(&app.cast.admin).patch(&path, json!({"time_zone": "America/New_York"}), "*").expect(200);
        let titles = |client: &crate::harness::Client<'_>, query: &str| walk(client, &format!("sort=title&{query}"), 200).iter().map(|o| o["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
        let (shanghai, new_york) = (app.as_(&app.cast.admin), app.as_(&there));
        for (query, in_shanghai, in_new_york, in_greenwich) in [
            ("expected_close_date=today", "24", "23", "23"),
            ("expected_close_date=yesterday,tomorrow", "23 25", "22 24", "22 24"),
            ("expected_close_date[lt]=%2B1d", "22 23 24", "22 23", "22 23"),
            ("expected_close_date=this_week", "23 24 25", "23 24 25", "23 24 25"),
            ("expected_close_date=last_week", "22", "22", "22"),
            ("expected_close_date[between]=today,1d", "24 25", "23 24", "23 24"),
            // 17:30 in Greenwich is 1:30 of the next day in Shanghai.
            ("created_at=2026-11-20", "22", "23", "23"),
            ("created_at[gte]=-2d", "24 25", "24 25", "24 25"),
            ("created_at[gt]=-2d", "25", "25", "25"),
            ("created_at[gte]=-47h", "25", "25", "25"),
        ] {
            assert_eq!(titles(&shanghai, query), in_shanghai, "{query}");
            assert_eq!(titles(&new_york, query), in_new_york, "{query}");
            assert_eq!(titles(&new_york, &format!("{query}&tz=Asia/Shanghai")), in_shanghai, "{query}");
            assert_eq!(titles(&shanghai, &format!("{query}&tz=UTC")), in_greenwich, "{query}");
            if let Some((name, value)) = query.split_once('=').filter(|(name, _)| !name.contains('[')) {
                let condition = json!({"field": name, "op": "in", "value": value.split(',').collect::<Vec<_>>()});
                assert_eq!(titles(&new_york, &format!("filter={}", encoded(&condition.to_string()))), in_new_york, "{condition}");
            }
        }
        shanghai.get("/api/v1/orders?tz=Mars/Olympus").problem(400, "bad_parameter");
    }

    fn a_walk_begun_yesterday_goes_on_with_its_own_today(app: &TestApp) {
        stock(app);
        for day in [23, 23, 23, 24, 24] {
            imported(app, &app.cast.rep, "pending", json!({"expected_close_date": format!("2026-11-{day}")}));
        }
        let json = encoded(&json!({"field": "expected_close_date", "op": "eq", "value": "today"}).to_string());
        let view = app.as_(&app.cast.rep).post("/api/v1/views", json!({"entity": "orders", "name": "Due", "condition": {"field": "expected_close_date", "op": "in", "value": ["today"]}})).expect(201);
        let queries = ["expected_close_date=today".to_owned(), format!("filter={json}"), format!("view={}", view.id())];
        let page = |query: &str| app.as_(&app.cast.rep).get(&format!("/api/v1/orders?{query}")).expect(200);
        let counted = app.as_(&app.cast.rep).get("/api/v1/analytics/conversion?basis=created&expected_close_date=today&group_by=source").expect(200).body["data"][0].clone();
        let begun = queries.map(|query| {
            let first = page(&format!("{query}&limit=1"));
            (query, first)
        });
        app.advance(24 * 3600);
        // A number keeps its list, too.
        assert_eq!((counted["orders"].as_i64(), total(&app.as_(&app.cast.rep), counted["drilldown"].as_str().unwrap())), (Some(3), 3));
        for (query, first) in begun {
            let cursor = first.body["page"]["next_cursor"].as_str().unwrap();
            let rest = page(&format!("{query}&limit=1&cursor={cursor}"));
            let days = |answer: &Answer| answer.body["data"].as_array().unwrap().iter().map(|o| o["expected_close_date"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
            assert_eq!(days(&rest), ["2026-11-23"], "{query}");
            // The link says what was meant, and so does the link behind it.
            let follow = |answer: &Answer| {
                let link = answer.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
                assert!(query.starts_with("view=") || link.contains("2026-11-23") && !link.contains("today"), "{link}");
                app.as_(&app.cast.rep).get(link.strip_prefix("https://orders.example.com").unwrap()).expect(200)
            };
            let second = follow(&first);
            assert_eq!(second.body["data"], rest.body["data"], "{query}");
            let third = follow(&second);
            assert_eq!((days(&third).as_slice(), &third.body["page"]["has_more"]), (&["2026-11-23".to_owned()][..], &json!(false)), "{query}");
            // Asked anew, today is today.
            assert_eq!(days(&page(&query)), ["2026-11-24", "2026-11-24"], "{query}");
        }
    }
}
