//! As of any moment what was answered at that moment: a random history is played over HTTP, answers are recorded on the way and asked for again at its end.
use intent_orders::facts;
use serde_json::{Value, json};

use crate::custom::{every_type, with};
use crate::harness::{TestApp, User};
use crate::orders::{act, imported, stock};
use crate::rates::{approved, put};

/// A fixed sequence of numbers that look random.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }
}

const QUESTIONS: &[&str] = &[
    "conversion?group_by=status,stage&basis=created",
    "conversion?group_by=category,quarter",
    "conversion?group_by=product&basis=created&from=2026-01-01&to=2027-01-01&compare=previous",
    "conversion?group_by=owner,team&basis=created&tz=Asia/Shanghai",
    "conversion?group_by=weekday&basis=created&tz=America/New_York",
    "conversion?group_by=tag,industry&top=2&basis=created",
    "conversion?custom.tier=gold&custom.approved=true",
    "conversion?group_by=custom.tier,custom.approved&basis=created&tags=one",
    "conversion?basis=created&category=GTX&customer.industry[ne]=energy&amount[gte]=100",
    "funnel",
    "funnel?group_by=category&mode=period&from=2026-11-24",
    "funnel?group_by=tag&from=2026-11-24&to=2026-11-26",
    "revenue",
    "revenue?group_by=product,month",
    "revenue?group_by=customer&top=1",
    "revenue?group_by=owner,reason",
    "revenue?group_by=region&from=2026-01-01&to=2027-01-01&compare=last_year",
    "revenue?rate_basis=close",
    "revenue?group_by=product&rate_basis=order&currency=USD",
    "revenue?group_by=category,status&rate_basis=close&currency=USD",
    "revenue?group_by=owner&rate_basis=order&top=1",
    "revenue?group_by=month&rate_basis=today&currency=USD",
];

/// An answer without the lists, which are today's.
fn answer(app: &TestApp, user: &User, question: &str, more: &str) -> Value {
    let path = format!("/api/v1/analytics/{question}{}{more}", if question.contains('?') { "&" } else { "?" });
    let mut body = app.as_(user).get(path.trim_end_matches(['&', '?'])).expect(200).body;
    body.as_object_mut().unwrap().remove("as_of");
    for row in body["data"].as_array_mut().unwrap() {
        if !more.is_empty() {
            assert!(row["drilldown"].is_null() && row["drilldowns"].as_object().is_none_or(|urls| urls.values().all(Value::is_null)), "{row}");
        }
        row.as_object_mut().unwrap().retain(|name, _| !name.starts_with("drilldown"));
    }
    body
}

/// What somebody does next; that it may be refused is no harm.
fn step(app: &TestApp, dice: &mut Dice, customers: &[String], product: &str, orders: &mut Vec<String>) {
    let cast = app.cast;
    let admin = app.as_(&cast.admin);
    let pick = |dice: &mut Dice, orders: &[String]| if orders.is_empty() { "none".to_owned() } else { dice.pick(orders) };
    match dice.below(24) {
        0..3 => {
            let mut entry = with(&dice.pick(customers), json!({"tier": dice.pick(&["gold", "silver"]), "approved": dice.below(2) == 0, "budget": "1"}));
            entry["currency"] = dice.pick(&[json!("CNY"), json!("USD")]);
            // The list has no prices in the other.
            entry["lines"].as_array_mut().unwrap().iter_mut().for_each(|line| line["unit_price"] = json!("12.34"));
            entry["tags"] = dice.pick(&[json!([]), json!(["one"]), json!(["one", "two"])]);
            let owner = dice.pick(&[&cast.rep, &cast.mate, &cast.stranger]);
            orders.push(app.as_(owner).post("/api/v1/orders", entry).expect(201).id().to_owned());
        }
        3 if dice.below(2) == 0 => {
            let status = dice.pick(&["draft", "in_review", "pending", "processed", "won", "lost", "expired"]);
            let more = if matches!(status, "lost") {
                json!({"reason": "other", "closing_note": "so"})
            } else {
                json!({"submitted_at": if status == "draft" { Value::Null } else { json!("2026-03-01") }})
            };
            orders.push(imported(app, dice.pick(&[&cast.rep, &cast.mate]), status, more));
        }
        4 => {
            let lines = json!([{"product": dice.pick(&["MG", "GTX Pro"]), "quantity": 1 + dice.below(5), "unit_price": "10"}]);
            admin.patch(&format!("/api/v1/orders/{}", pick(dice, orders)), json!({"lines": lines, "tags": ["two"]}), "*");
        }
        5 => {
            let change = json!({"intent_level": "low", "custom": {"tier": "silver"}, "customer_id": dice.pick(customers)});
            admin.patch(&format!("/api/v1/orders/{}", pick(dice, orders)), change, "*");
        }
        6 => drop(admin.patch(
            &format!("/api/v1/customers/{}", dice.pick(customers)),
            json!({"industry": dice.pick(&["energy", "telecom"]), "region": dice.pick(&["north", "south"])}),
            "*",
        )),
        7 => drop(admin.patch(&format!("/api/v1/products/{product}"), json!({"category": dice.pick(&["GTX", "new", "other"])}), "*")),
        8 => drop(admin.patch(&format!("/api/v1/users/{}", cast.rep.id), json!({"team_id": dice.pick(&[cast.team_a, cast.team_b])}), "*")),
        9 => drop(act(app, &cast.admin, &pick(dice, orders), "transfer", json!({"owner_id": dice.pick(&[cast.rep.id, cast.mate.id, cast.stranger.id])}))),
        10 => drop(admin.delete(&format!("/api/v1/orders/{}", pick(dice, orders)), "*")),
        11 => drop(act(app, &cast.admin, &pick(dice, orders), "reopen", json!({"note": "again"}))),
        // One that counts, is replaced or taken back; some are told days late.
        12..14 => {
            let today = intent_orders::platform::clock::date_in(chrono_tz::Asia::Shanghai, app.state.clock.now());
            let date = today - chrono::TimeDelta::days(dice.below(6) as i64);
            let rate = dice.pick(&[json!("7.1"), json!("7.3512"), json!("6.9"), Value::Null]);
            admin.put("/api/v1/exchange-rates", json!({"rates": [{"currency": "USD", "date": date, "rate": rate}]}), None).expect(200);
        }
        _ => {
            let order = pick(dice, orders);
            for (user, action, body) in [
                (&cast.admin, "submit", json!({})),
                (&cast.reviewer, "approve", json!({})),
                (&cast.admin, "move", json!({"stage": dice.pick(&["negotiation", "contract"])})),
                (&cast.admin, dice.pick(&["win", "win", "win", "lose", "process", "cancel"]), json!({})),
            ] {
                let body = if matches!(action, "lose" | "cancel") { json!({"reason": "other", "note": "so"}) } else { body };
                act(app, user, &order, action, body);
                if dice.below(6) == 0 {
                    break;
                }
            }
        }
    }
}

/// What the funnel counts of one group and step: orders, moved on, lost, cancelled, expired, returned.
type Counted = std::collections::BTreeMap<(Option<String>, String), [i64; 6]>;

/// The funnel against a plain count over the histories of all orders.
fn funnel(app: &TestApp, orders: &[String], question: &str, mode: &str, from: &str, to: &str) {
    const STEPS: [&str; 7] = ["entered", "submitted", "approved", "stage:intent", "stage:negotiation", "stage:contract", "won"];
    let admin = app.as_(&app.cast.admin);
    let dimension = question.strip_prefix("group_by=").map(|rest| rest.split('&').next().unwrap());
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let categories: Value = admin.get("/api/v1/products?limit=200").expect(200).body["data"].clone();
    let category = |id: &Value| categories.as_array().unwrap().iter().find(|p| p["id"] == *id).and_then(|p| text(&p["category"]));
    // Days begin at midnight in the organisation's zone.
    let bound = |day: &str| (!day.is_empty()).then(|| intent_orders::platform::clock::start_of(chrono_tz::Asia::Shanghai, day.parse().unwrap()).to_string());
    let (begin, end) = (bound(from), bound(to));
    let within = |at: &str| begin.as_deref().is_none_or(|begin| at >= begin) && end.as_deref().is_none_or(|end| at < end);
    let mut expected = Counted::new();
    for id in orders {
        let order = admin.get(&format!("/api/v1/orders/{id}?include_archived=true")).expect(200).body;
        let named = |value: &Value| text(value).is_some_and(|source| ["web", "referral", "trade_fair"].contains(&source.as_str()));
        if !order["archived_at"].is_null() || (question.contains("source=") && !named(&order["source"])) {
            continue;
        }
        let mut keys: std::collections::BTreeSet<Option<String>> = match dimension {
            None => [None].into(),
            Some("status") => [text(&order["status"])].into(),
            Some("owner") => [text(&order["owner"]["id"])].into(),
            Some("tag") => order["tags"].as_array().unwrap().iter().map(text).collect(),
            _ => order["lines"].as_array().unwrap().iter().map(|line| category(&line["product"]["id"])).collect(),
        };
        if dimension == Some("tag") && keys.is_empty() {
            keys.insert(None);
        }
        let mut entered: [Option<String>; 7] = [text(&order["created_at"]), text(&order["first_submitted_at"]), None, None, None, None, None];
        let history = admin.get(&format!("/api/v1/orders/{id}/history")).expect(200).body["data"].clone();
        let mut returned = false;
        for passage in history.as_array().unwrap() {
            let (action, to) = (passage["action"].as_str().unwrap(), passage["to_status"].as_str().unwrap());
            let beyond = action == "import" && !matches!(to, "draft" | "in_review" | "returned");
            let at = text(&passage["occurred_at"]);
            let mut visit = |step: usize| {
                if entered[step].is_none() || entered[step] > at {
                    entered[step] = at.clone();
                }
            };
            if beyond || (action == "approve" && to != "in_review") {
                visit(2);
            }
            if beyond || matches!(to, "pending" | "processed") {
                visit(3 + ["intent", "negotiation", "contract"].iter().position(|stage| passage["to_stage"] == *stage).unwrap());
            }
            if to == "won" {
                visit(6);
            }
            returned |= action == "return";
        }
        let last = entered.iter().rposition(Option::is_some).unwrap();
        for (step, at) in entered.iter().enumerate().filter_map(|(step, at)| Some((step, at.as_deref()?))) {
            if !within(if mode == "cohort" { entered[0].as_deref().unwrap() } else { at }) {
                continue;
            }
            for key in &keys {
                let counted = expected.entry((key.clone(), STEPS[step].to_owned())).or_default();
                counted[0] += 1;
                let end = ["lost", "cancelled", "expired"].iter().position(|status| order["status"] == *status);
                match end.filter(|_| step == last) {
                    _ if step < last => counted[1] += 1,
                    Some(end) => counted[2 + end] += 1,
                    None => {}
                }
                counted[5] += i64::from(returned && step == 1);
            }
        }
    }
    let window = [("from", from), ("to", to)].into_iter().filter(|(_, day)| !day.is_empty()).map(|(name, day)| format!("&{name}={day}")).collect::<String>();
    let path = format!("/api/v1/analytics/funnel?{question}&mode={mode}{window}&tz=Asia/Shanghai").replace("?&", "?");
    let answer = admin.get(&path).expect(200).body;
    let mut told = Counted::new();
    for row in answer["data"].as_array().unwrap() {
        let number = |name: &str| row[name].as_i64().unwrap_or_default();
        let key = dimension.and_then(|dimension| text(&row["group"][dimension]["key"]));
        assert_eq!(number("orders"), ["moved_on", "lost", "cancelled", "expired", "remaining"].map(number).iter().sum::<i64>(), "{row}");
        if let Some(url) = row["drilldown"].as_str() {
            let listed = admin.get(&format!("{url}&include_total=true&limit=1")).expect(200).body["page"]["total"].clone();
            assert_eq!(listed, row["orders"], "{path} {row}");
        }
        if number("orders") > 0 {
            told.insert((key, text(&row["step"]["key"]).unwrap()), ["orders", "moved_on", "lost", "cancelled", "expired", "returned"].map(number));
        }
    }
    assert_eq!(told, expected, "{path}");
}

both! {
    fn as_of_a_moment_is_what_was_answered_then(app: &TestApp) {
        every_type(app);
        let mut customers = vec![stock(app)];
        customers.push(app.as_(&app.cast.rep).post("/api/v1/customers", json!({"name": "Second", "industry": "energy"})).expect(201).id().to_owned());
        let product = app.as_(&app.cast.admin).get("/api/v1/products?sku=MG").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
        let (mut dice, mut orders, mut recorded) = (Dice(3), Vec::new(), Vec::new());
        for moment in 0..32 {
            let now = app.state.clock.now();
            // What is at rest now stands in packs, of the past it is read row by row.
            app.state.db.write_here(move |tx| facts::packs::keep(tx, 1, 3, now)).unwrap();
            for question in QUESTIONS {
                recorded.push((now, *question, answer(app, &app.cast.admin, question, "")));
            }
            // From a minute to some days, and some of it in the same moment.
            app.advance(dice.pick(&[60, 3_600, 90_000, 900_000]));
            for _ in 0..=2 + dice.below(3 + moment % 3) {
                step(app, &mut dice, &customers, &product, &mut orders);
                app.advance(dice.pick(&[0, 0, 1]));
            }
        }
        app.advance(1);
        let mut distinct = std::collections::BTreeSet::new();
        for (moment, question, then) in recorded {
            assert_eq!(answer(app, &app.cast.admin, question, &format!("&as_of={moment}")), then, "{question} as of {moment}");
            distinct.insert(format!("{question}{then}"));
        }
        assert!(distinct.len() > 80, "the history moved on: {}", distinct.len());
        let by_rates = distinct.iter().filter(|answer| answer.contains("rate_basis="));
        assert!(by_rates.clone().count() > 25, "rates did, too: {}", by_rates.count());
        let begin = crate::harness::BEGIN.to_string();
        for question in ["", "group_by=status", "group_by=tag", "group_by=category", "group_by=owner&source=web,referral,trade_fair"] {
            for (from, to) in [("", ""), (&begin[..10], "2026-11-28"), ("2026-11-25", "")] {
                for mode in ["cohort", "period"] {
                    funnel(app, &orders, question, mode, from, to);
                }
            }
        }
    }

    fn amounts_as_of_a_moment_go_by_the_rates_of_then(app: &TestApp) {
        let customer = stock(app);
        let ids: Vec<String> = ["USD", "USD", "CNY", "EUR"].iter().map(|currency| approved(app, &customer, currency)).collect();
        let [early, late, own, euro] = &ids[..] else { unreachable!() };
        let win = |id: &str, day: &str| drop(act(app, &app.cast.rep, id, "win", json!({"closed_on": day})).expect(200));
        let mut recorded = Vec::new();
        let mut now = |done: &str| {
            for basis in ["order", "close", "today"] {
                for currency in ["CNY", "USD", "EUR"] {
                    let question = format!("revenue?rate_basis={basis}&currency={currency}");
                    recorded.push((done.to_owned(), app.state.clock.now(), answer(app, &app.cast.admin, &question, ""), question));
                }
            }
            app.advance(3_600);
        };
        win(early, "2026-11-10");
        now("closed without any rate");
        put(app, &[("USD", "2026-11-01", "7.1")]);
        now("the first rate that comes");
        put(app, &[("USD", "2026-11-01", "7.3"), ("EUR", "2026-11-02", "8")]);
        now("a later one changes nothing of what is closed");
        win(late, "2026-11-12");
        win(own, "2026-11-12");
        now("closed by the rate that counts");
        put(app, &[("USD", "2026-11-05", "6.9"), ("EUR", "2026-11-12", "8.25")]);
        win(euro, "2026-11-15");
        now("a day that had none");
        act(app, &app.cast.admin, early, "reopen", json!({"note": "By mistake"})).expect(200);
        now("opened again");
        win(early, "2026-11-10");
        now("closed again, by what is known now");
        put(app, &[("USD", "2026-11-05", "7.7"), ("USD", "2026-11-20", "7.8")]);
        app.advance(1);
        app.as_(&app.cast.admin).put("/api/v1/exchange-rates", json!({"rates": [{"currency": "EUR", "date": "2026-11-12", "rate": null}]}), None).expect(200);
        now("replaced and taken back");
        let mut distinct = std::collections::BTreeSet::new();
        for (done, moment, then, question) in recorded {
            assert_eq!(answer(app, &app.cast.admin, &question, &format!("&as_of={moment}")), then, "{question} after {done}");
            distinct.insert(then.to_string());
        }
        assert!(distinct.len() > 30, "{}", distinct.len());
    }

    fn what_is_asked_of_the_past_is_kept_or_refused(app: &TestApp) {
        let customer = stock(app);
        let order = crate::orders::entered(app, &customer);
        let admin = app.as_(&app.cast.admin);
        let ask = |query: &str| admin.get(&format!("/api/v1/analytics/conversion?{query}"));
        for (query, code) in [
            ("as_of=2026-01-01&q=refit", "not_kept"),
            ("as_of=2026-01-01&group_by=broken_rule", "not_kept"),
            ("as_of=2026-01-01&updated_at[gte]=2026-01-01T00:00:00Z", "not_kept"),
            ("as_of=2999-01-01", "date_too_late"),
            ("as_of=tomorrow", "date_too_late"),
            ("as_of=when", "not_a_moment"),
            ("compare=previous&from=2026-01-01", "required"),
            ("compare=next&from=2026-01-01&to=2026-02-01", "not_one_of"),
            ("top=3", "required"),
            ("top=0&group_by=source", "not_in_range"),
        ] {
            let problem = ask(query).problem(400, "bad_parameter");
            assert_eq!(problem.body["errors"][0]["code"], code, "{query}");
        }
        // A day is asked as of its end, today as of now; before anything was there, there was nothing.
        act(app, &app.cast.rep, order.id(), "submit", json!({})).expect(200);
        app.advance(10);
        assert_eq!(ask("basis=created&as_of=today").expect(200).body["data"][0]["orders"], 1);
        let asked = ask("basis=created&as_of=yesterday").expect(200).body;
        assert_eq!(asked["data"][0]["orders"], 0);
        assert!(asked["as_of"].as_str().unwrap().ends_with("59.999999Z"), "{asked}");
        // Rights are today's: who no longer sees an order does not see it in the past.
        let seen = |user: &User| app.as_(user).get("/api/v1/analytics/conversion?basis=created&as_of=now").expect(200).body["data"][0]["orders"].clone();
        let moment = app.state.clock.now();
        assert_eq!((seen(&app.cast.rep), seen(&app.cast.stranger)), (json!(1), json!(0)));
        app.advance(10);
        act(app, &app.cast.admin, order.id(), "transfer", json!({"owner_id": app.cast.stranger.id})).expect(200);
        let then = |user: &User| app.as_(user).get(&format!("/api/v1/analytics/conversion?basis=created&as_of={moment}")).expect(200).body["data"][0]["orders"].clone();
        assert_eq!((then(&app.cast.rep), then(&app.cast.stranger)), (json!(0), json!(1)));
    }

    fn what_was_there_before_facts_were_kept_is_not_asked_about(app: &TestApp) {
        use diesel::connection::SimpleConnection as _;
        let customer = stock(app);
        crate::orders::entered(app, &customer);
        app.advance(100);
        let mut conn = intent_orders::platform::db::connection::open(&app.state.config.database_url).unwrap();
        conn.batch_execute("delete from order_facts; delete from order_fact_lines;").unwrap();
        intent_orders::facts::keep_all(&mut conn, Vec::new(), app.state.clock.now()).unwrap();
        let ask = |when: &str| app.as_(&app.cast.admin).get(&format!("/api/v1/analytics/conversion?as_of={when}"));
        ask("now").expect(200);
        assert_eq!(ask("-1d").problem(400, "bad_parameter").body["errors"][0]["code"], "date_too_early");
    }
}
