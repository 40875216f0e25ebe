//! Trend, forecast, the snapshot of each night and its accuracy.
use diesel::prelude::*;
use intent_orders::platform::db::schema::{forecast_snapshots, order_lines, orders as rows};
use serde_json::{Value, json};

use crate::harness::{TestApp, User, wait};
use crate::orders::{act, imported, stock};
use crate::rates::put;

const TREND: &str = "/api/v1/analytics/trend";

/// An order of the rep, won on a day.
fn won(app: &TestApp, day: &str, price: i64, more: Value) {
    let mut row = json!({"closed_on": day, "lines": [{"product": "GTX Pro", "quantity": 2, "unit_price": price}]});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        row[name] = value;
    }
    imported(app, &app.cast.rep, "won", row);
}

/// An open order, expected on a day.
fn open(app: &TestApp, owner: &User, day: Value, price: i64, stage: &str) -> String {
    imported(
        app,
        owner,
        "pending",
        json!({"expected_close_date": day, "valid_until": null, "stage": stage, "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]}),
    )
}

/// Rows of a kind, each by period, as some of its figures.
fn told(app: &TestApp, user: &User, query: &str, kind: &str, figures: &[&str]) -> Vec<(Value, Vec<Value>)> {
    let answer = app.as_(user).get(&format!("{TREND}{query}")).expect(200).body;
    let rows = answer["data"].as_array().unwrap().iter().filter(|row| row["kind"] == kind);
    rows.map(|row| (row["period"]["key"].clone(), figures.iter().map(|figure| row.pointer(figure).unwrap_or(&Value::Null).clone()).collect())).collect()
}

/// Every list behind a number holds exactly what was counted.
fn listed(app: &TestApp, user: &User, query: &str) -> usize {
    let answer = app.as_(user).get(&format!("{TREND}{query}")).expect(200).body;
    let mut asked = 0;
    for row in answer["data"].as_array().unwrap() {
        for (drilldown, count) in [("won", "orders"), ("open", "open_orders")] {
            if let Some(url) = row["drilldowns"][drilldown].as_str() {
                let listed = app.as_(user).get(&format!("{url}&include_total=true&limit=1")).expect(200).body;
                assert_eq!(listed["page"]["total"], row[count], "{row} {url}");
                asked += 1;
            }
        }
    }
    asked
}

both! {
    // Today is 2026-11-23.
    fn a_forecast_counts_open_orders_by_their_chances_and_tells_overdue_ones_apart(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        for month in 1..=10 {
            won(app, &format!("2026-{month:02}-15"), 100, json!({}));
        }
        won(app, "2026-11-05", 25, json!({}));
        // Of six that closed in a stage or a later one, the share that was won.
        imported(app, &cast.rep, "lost", json!({"closed_on": "2026-10-01", "stage": "contract", "reason": "price"}));
        open(app, &cast.rep, json!("2026-11-30"), 1000, "negotiation");
        open(app, &cast.rep, json!("2026-12-01"), 200, "contract");
        open(app, &cast.rep, json!("2026-12-31"), 100, "intent");
        open(app, &cast.mate, json!("2027-02-01"), 500, "contract");
        open(app, &cast.rep, json!("2026-11-22"), 700, "negotiation");
        open(app, &cast.rep, Value::Null, 40, "intent");
        let gone = open(app, &cast.rep, json!("2026-12-20"), 9000, "contract");
        act(app, &cast.rep, &gone, "lose", json!({"reason": "price"})).expect(200);
        let gone = open(app, &cast.rep, json!("2026-12-21"), 9000, "contract");
        act(app, &cast.rep, &gone, "cancel", json!({"reason": "duplicate"})).expect(200);

        let admin = &cast.admin;
        let past = told(app, admin, "?from=2026-09-30", "past", &["/orders", "/amount/won", "/amount/by_stage", "/units"]);
        assert_eq!(past, [(json!("2026-09"), vec![json!(1), json!("200.00"), Value::Null, Value::Null]), (json!("2026-10"), vec![json!(1), json!("200.00"), Value::Null, Value::Null])]);
        // Eleven won in negotiation; lost: two in contract, cancelled: one. What reached negotiation: 14 closed, 11 won; contract: 3 closed, none won.
        let figures = &["/orders", "/amount/won", "/open_orders", "/amount/open", "/amount/by_stage", "/amount/by_win_rate"];
        let running = told(app, admin, "?horizon=2", "running", figures);
        assert_eq!(running, [(json!("2026-11"), vec![json!(1), json!("50.00"), json!(1), json!("1000.00"), json!("550.00"), json!("835.71")])]);
        let ahead = told(app, admin, "?horizon=2", "ahead", figures);
        assert_eq!(ahead, [(json!("2026-12"), vec![json!(0), Value::Null, json!(2), json!("300.00"), json!("180.00"), json!("78.57")])]);
        let rest = &["/open_orders", "/amount/open", "/amount/by_stage"];
        assert_eq!(told(app, admin, "?horizon=2", "overdue", rest), [(Value::Null, vec![json!(1), json!("700.00"), json!("350.00")])]);
        assert_eq!(told(app, admin, "?horizon=2", "later", rest), [(Value::Null, vec![json!(1), json!("500.00"), json!("400.00")])]);
        assert_eq!(told(app, admin, "?horizon=2", "undated", rest), [(Value::Null, vec![json!(1), json!("40.00"), json!("8.00")])]);
        let answer = app.as_(admin).get(TREND).expect(200).body;
        assert_eq!((&answer["today"], &answer["horizon"], &answer["length"]), (&json!("2026-11-23"), &json!(3), &json!("month")));
        let stages: Vec<_> = answer["stages"].as_array().unwrap().iter().map(|stage| (stage["stage"].as_str().unwrap(), stage["closed"].as_i64().unwrap(), stage["won"].as_i64().unwrap())).collect();
        assert_eq!(stages, [("intent", 14, 11), ("negotiation", 14, 11), ("contract", 3, 0)]);
        // The series of ten equal months goes on.
        let series = told(app, admin, "?horizon=2", "ahead", &["/amount/by_series", "/amount/low_95", "/amount/high_80"]);
        assert_eq!(series, [(json!("2026-12"), vec![json!("200.00"), json!("200.00"), json!("200.00")])]);
        for query in ["", "?horizon=2", "?length=week&horizon=12", "?group_by=product", &format!("?owner={}", cast.rep.id), "?stage=contract&from=2026-10-01"] {
            assert!(listed(app, admin, query) > 5, "{query}");
        }
        // A rep sees what the list of orders shows, and names nobody else.
        assert!(listed(app, &cast.rep, "?group_by=product") > 5);
        app.as_(&cast.rep).get(&format!("{TREND}?owner={}", cast.mate.id)).problem(403, "role");
        let stranger = app.as_(&cast.stranger).get(TREND).expect(200).body;
        assert_eq!(stranger["data"], json!([]));
        for query in ["horizon=13", "horizon=0", "length=day", "group_by=owner", "from=once", "rate_basis=close&currency=EURO"] {
            app.as_(admin).get(&format!("{TREND}?{query}")).problem(400, "bad_parameter");
        }
    }

    fn by_product_units_are_told_beside_money_and_parts_sum_up_to_the_whole(app: &TestApp) {
        stock(app);
        let lines = json!({"lines": [{"product": "GTX Pro", "quantity": "2.5", "unit_price": 100}, {"product": "MG", "quantity": 4, "unit_price": 10}, {"product": "MG", "quantity": 1, "unit_price": 10}]});
        won(app, "2026-10-05", 0, lines.clone());
        won(app, "2026-10-06", 0, json!({"currency": "USD", "lines": [{"product": "MG", "quantity": 7, "unit_price": 1}]}));
        imported(app, &app.cast.rep, "pending", json!({"expected_close_date": "2026-12-24", "valid_until": null, "lines": lines["lines"]}));
        let answer = app.as_(&app.cast.admin).get(&format!("{TREND}?group_by=product&from=2026-10-01&horizon=2")).expect(200).body;
        let of = |kind: &str| -> Vec<[Value; 6]> {
            let rows = answer["data"].as_array().unwrap().iter().filter(|row| row["kind"] == kind);
            rows.map(|row| [&row["group"]["product"]["label"], &row["currency"], &row["orders"], &row["amount"][if kind == "past" { "won" } else { "by_stage" }], &row["units"]["won"], &row["units"]["by_stage"]].map(Clone::clone)).collect()
        };
        assert_eq!(of("past"), [
            [json!("GTX Pro"), json!("CNY"), json!(1), json!("250.00"), json!("2.5"), Value::Null],
            [json!("MG 特别版"), json!("CNY"), json!(1), json!("50.00"), json!("5"), Value::Null],
            [json!("MG 特别版"), json!("USD"), json!(1), json!("7.00"), json!("7"), Value::Null],
        ]);
        assert_eq!(of("ahead")[..2], [
            [json!("GTX Pro"), json!("CNY"), json!(0), json!("125.00"), Value::Null, json!("1.25")],
            [json!("MG 特别版"), json!("CNY"), json!(0), json!("25.00"), Value::Null, json!("2.5")],
        ]);
        // In one currency; what no rate converts stays in its own and says so.
        put(app, &[("USD", "2026-01-01", "7")]);
        let converted = told(app, &app.cast.admin, "?from=2026-10-01&rate_basis=close", "past", &["/currency", "/amount/won", "/unconverted", "/orders"]);
        assert_eq!(converted, [(json!("2026-10"), vec![json!("CNY"), json!("349.00"), json!(false), json!(2)])]);
        let apart = told(app, &app.cast.admin, "?from=2026-10-01&rate_basis=today&currency=EUR", "past", &["/currency", "/amount/won", "/unconverted"]);
        assert_eq!(apart, [(json!("2026-10"), vec![json!("CNY"), json!("300.00"), json!(true)]), (json!("2026-10"), vec![json!("USD"), json!("7.00"), json!(true)])]);
    }

    // The figures of every period against a plain count of the rows, on many orders.
    fn figures_equal_a_plain_count(app: &TestApp) {
        stock(app);
        let (mut state, stages) = (17_u64, ["intent", "negotiation", "contract"]);
        let mut below = |n: u64| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407); (state >> 33) % n };
        for _ in 0..60 {
            let status = ["won", "won", "lost", "pending", "pending", "processed", "draft"][below(7) as usize];
            let (stage, currency, product) = (stages[below(3) as usize], ["CNY", "USD"][below(2) as usize], ["GTX Pro", "MG"][below(2) as usize]);
            let (quantity, price) = (1 + below(9), format!("{}.{:02}", below(5000), below(100)));
            let line = json!({"product": product, "quantity": quantity, "unit_price": price});
            let mut row = json!({"stage": stage, "currency": currency, "valid_until": null, "lines": [line]});
            if status == "won" || status == "lost" {
                row["closed_on"] = json!(format!("2026-{:02}-{:02}", 1 + below(11), 1 + below(20)));
            }
            row["expected_close_date"] = if below(6) == 0 { Value::Null } else { json!(format!("{}-{:02}-{:02}", 2026 + below(2), 1 + below(12), 1 + below(28))) };
            imported(app, &app.cast.rep, status, row);
        }
        type Row = (String, String, String, i64, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>, i64);
        let stored: Vec<Row> = app.state.db.read_here(|c| Ok(rows::table.inner_join(order_lines::table.on(order_lines::order_id.eq(rows::id)))
            .select((rows::status, rows::stage, rows::currency, rows::amount, rows::closed_on, rows::expected_close_date, order_lines::quantity)).load(c)?)).unwrap();
        let answer = app.as_(&app.cast.admin).get(&format!("{TREND}?from=2026-01-01&horizon=12")).expect(200).body;
        let today: chrono::NaiveDate = "2026-11-23".parse().unwrap();
        let last: chrono::NaiveDate = "2027-11-01".parse().unwrap();
        let mut counted = 0;
        for row in answer["data"].as_array().unwrap() {
            let day = |name: &str| row["period"][name].as_str().map(|text| text.parse::<chrono::NaiveDate>().unwrap());
            let (from, to, currency, kind) = (day("from"), day("to"), row["currency"].as_str().unwrap(), row["kind"].as_str().unwrap());
            let mine = |r: &&Row| r.2 == currency;
            let closed = |r: &&Row| r.0 == "won" && from.is_some() && r.4 >= from && r.4 < to;
            let open = |r: &&Row| !["won", "lost"].contains(&r.0.as_str()) && match kind {
                "overdue" => r.5.is_some_and(|day| day < today),
                "later" => r.5.is_some_and(|day| day >= last),
                "undated" => r.5.is_none(),
                "past" => false,
                _ => r.5 >= from.max(Some(today)) && r.5 < to,
            };
            let units = |rows: &mut dyn Iterator<Item = i64>| -> i64 { rows.sum() };
            let cents = |text: &Value| text.as_str().map(|text| text.replace('.', "").parse::<i64>().unwrap());
            let (won_rows, open_rows): (Vec<&Row>, Vec<&Row>) = (stored.iter().filter(mine).filter(closed).collect(), stored.iter().filter(mine).filter(open).collect());
            assert_eq!((row["orders"].as_u64(), row["open_orders"].as_u64()), (Some(won_rows.len() as u64), Some(open_rows.len() as u64)), "{row}");
            let sum = units(&mut won_rows.iter().map(|r| r.3));
            assert_eq!(cents(&row["amount"]["won"]).unwrap_or_default() * 100, sum, "{row}");
            assert_eq!(cents(&row["amount"]["open"]).unwrap_or_default() * 100, units(&mut open_rows.iter().map(|r| r.3)), "{row}");
            if kind != "past" {
                let share = |r: &&Row| i128::from(r.3) * match r.1.as_str() { "intent" => 2, "negotiation" => 5, _ => 8 };
                let ten: i128 = open_rows.iter().map(share).sum::<i128>() + i128::from(sum) * 10;
                // Half a cent is rounded up; none is below zero.
                assert_eq!(i128::from(cents(&row["amount"]["by_stage"]).unwrap()), (ten + 500) / 1000, "{row}");
            }
            counted += won_rows.len() + open_rows.len();
        }
        assert_eq!(counted, stored.iter().filter(|r| r.0 != "lost").count());
    }

    fn each_night_the_forecast_is_kept_and_held_against_what_came(app: &TestApp) {
        stock(app);
        for month in 5..=10 {
            won(app, &format!("2026-{month:02}-15"), 50, json!({}));
        }
        open(app, &app.cast.rep, json!("2026-12-10"), 500, "contract");
        let kept = || app.state.db.read_here(|c| Ok(forecast_snapshots::table.count().get_result::<i64>(c)?)).unwrap();
        // In the first minutes after the start, and then once a day.
        app.advance(301);
        wait("the first snapshot", || (kept() > 0).then_some(()));
        let first = kept();
        app.advance(301);
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert_eq!(kept(), first);
        app.advance(24 * 3600);
        wait("the second snapshot", || (kept() == 2 * first).then_some(()));
        // December came to 300, where 400 and 100 were expected.
        app.advance(40 * 24 * 3600);
        wait("a snapshot of January", || (kept() > 2 * first).then_some(()));
        won(app, "2026-12-12", 150, json!({}));
        let asked = |user: &User, query: &str| app.as_(user).get(&format!("/api/v1/analytics/accuracy{query}")).expect(200).body;
        let of = |answer: &Value, method: &str, lead: i64| {
            let row = answer["data"].as_array().unwrap().iter().find(|row| row["method"] == method && row["lead"] == lead).unwrap_or_else(|| panic!("{answer}"));
            (row["forecasts"].as_i64().unwrap(), row["mape"].as_f64(), row["bias"].as_f64())
        };
        let all = asked(&app.cast.admin, "?from=2026-12-01");
        assert_eq!((&all["from"], &all["to"], &all["team"]), (&json!("2026-12-01"), &json!("2027-01-01"), &Value::Null));
        assert_eq!(of(&all, "by_stage", 1), (2, Some(0.333333), Some(0.333333)));
        assert_eq!(of(&all, "naive", 1), (2, Some(0.666667), Some(-0.666667)));
        assert_eq!(of(&all, "by_series", 1), (2, Some(0.666667), Some(-0.666667)));
        // A rep is told of the own team alone.
        let own = asked(&app.cast.rep, "?from=2026-12-01");
        assert_eq!(own["team"], json!(app.cast.team_a));
        assert_eq!(of(&own, "by_stage", 1), (2, Some(0.333333), Some(0.333333)));
        assert_eq!(asked(&app.cast.stranger, "?from=2026-12-01")["data"], json!([]));
        app.as_(&app.cast.rep).get(&format!("/api/v1/analytics/accuracy?team={}", app.cast.team_b)).problem(403, "role");
        app.as_(&app.cast.admin).get("/api/v1/analytics/accuracy?from=2027-01-01&to=2026-01-01").problem(400, "bad_parameter");
    }
}
