//! Exchange rates: kept by currency and day, followed by open orders, and never by what is closed.
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};
use crate::orders::{act, imported, sound, stock};

const RATES: &str = "/api/v1/exchange-rates";

/// Puts rates, each a currency, a day and a rate.
pub fn put(app: &TestApp, rates: &[(&str, &str, &str)]) -> Answer {
    let rates: Vec<Value> = rates.iter().map(|(currency, date, rate)| json!({"currency": currency, "date": date, "rate": rate})).collect();
    app.as_(&app.cast.admin).put(RATES, json!({ "rates": rates }), None).expect(200)
}

/// What an order is worth in the base currency.
fn worth(app: &TestApp, id: &str) -> Value {
    app.as_(&app.cast.admin).get(&format!("/api/v1/orders/{id}")).expect(200).body["base_amount"].clone()
}

/// An order of 100 in a currency, ready to be won.
pub fn approved(app: &TestApp, customer: &str, currency: &str) -> String {
    let mut entry = sound(customer);
    entry["currency"] = json!(currency);
    entry["lines"] = json!([{"product": "GTX Pro", "quantity": 1, "unit_price": 100}]);
    let id = app.as_(&app.cast.rep).post("/api/v1/orders", entry).expect(201).id().to_owned();
    act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
    act(app, &app.cast.reviewer, &id, "approve", Value::Null).expect(200);
    id
}

both! {
    fn rates_are_kept_by_currency_and_day_and_the_same_again_changes_nothing(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let done = put(app, &[("USD", "2026-11-20", "7.1"), ("USD", "2026-11-23", "7.1234567891"), ("EUR", "2026-11-20", "8")]);
        assert_eq!((&done.body["changed"], &done.body["orders"]), (&json!(3), &json!(0)));
        assert_eq!(put(app, &[("USD", "2026-11-20", "7.10"), ("EUR", "2026-11-20", "8.2")]).body["changed"], 1);
        let told = |query: &str| -> Vec<(String, String, String)> {
            let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
            let rows = app.as_(&app.cast.rep).get(&format!("{RATES}{query}")).expect(200).body;
            rows["data"].as_array().unwrap().iter().map(|row| (text(row, "currency"), text(row, "date"), text(row, "rate"))).collect()
        };
        let row = |currency: &str, date: &str, rate: &str| (currency.to_owned(), date.to_owned(), rate.to_owned());
        assert_eq!(told("?currency=USD"), [row("USD", "2026-11-23", "7.1234567891"), row("USD", "2026-11-20", "7.1")]);
        assert_eq!(told("?currency=EUR&sort=date"), [row("EUR", "2026-11-20", "8.2")]);
        assert_eq!(told("?date[gte]=2026-11-21"), [row("USD", "2026-11-23", "7.1234567891")]);
        // Null takes a rate back; where there is none there is nothing to take back.
        let none = json!({"rates": [{"currency": "EUR", "date": "2026-11-20", "rate": null}, {"currency": "GBP", "date": "2026-11-20", "rate": null}]});
        assert_eq!(admin.put(&format!("{RATES}?validate_only=true"), none.clone(), None).expect(200).body["changed"], 1);
        assert_eq!(told("?currency=EUR").len(), 1);
        assert_eq!(admin.put(RATES, none, None).expect(200).body["changed"], 1);
        assert!(told("?currency=EUR").is_empty());
        // Each change is one event that everybody reads, with each rate before and after.
        let events = app.as_(&app.cast.rep).get("/api/v1/events?type=exchange_rates.updated").expect(200).body;
        let changes: Vec<&Value> = events["data"].as_array().unwrap().iter().map(|event| &event["changes"]).collect();
        assert_eq!(changes.len(), 3);
        assert_eq!(*changes[1], json!({"EUR 2026-11-20": ["8", "8.2"]}));
        assert_eq!(*changes[2], json!({"EUR 2026-11-20": ["8.2", null]}));
    }

    fn what_makes_no_sense_is_refused(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let rate = |currency: &str, date: &str, rate: Value| json!({"currency": currency, "date": date, "rate": rate});
        let refused = admin.put(RATES, json!({"rates": [rate("USD", "2026-11-20", json!(7)), rate("USD", "2026-11-20", json!(8)), rate("CNY", "2026-11-20", json!(1)), {"currency": "EUR", "date": "2026-11-20"}]}), None);
        assert_eq!(refused.problem(422, "invalid").faults(), [("/rates/1", "repeated"), ("/rates/2/currency", "inconsistent"), ("/rates/3/rate", "required")]);
        let refused = admin.put(RATES, json!({"rates": [rate("USD", "2026-11-20", json!("0")), rate("USD", "2026-13-20", json!("1.00000000001")), rate("XXL", "2026-11-20", json!("100000000"))]}), None);
        assert_eq!(refused.problem(422, "invalid").faults(), [("/rates/0/rate", "below_minimum"), ("/rates/1/date", "not_a_date"), ("/rates/1/rate", "too_many_decimals"), ("/rates/2/currency", "not_a_currency"), ("/rates/2/rate", "above_maximum")]);
        assert_eq!(admin.put(RATES, json!({"rates": []}), None).problem(422, "invalid").faults(), [("/rates", "too_few")]);
        let many: Vec<Value> = (0..501).map(|_| rate("USD", "2026-11-20", json!(7))).collect();
        assert_eq!(admin.put(RATES, json!({ "rates": many }), None).problem(422, "invalid").faults(), [("/rates", "too_many")]);
        app.as_(&app.cast.reviewer).put(RATES, json!({"rates": []}), None).problem(403, "role");
    }

    fn open_orders_follow_the_rates_and_closed_ones_keep_theirs(app: &TestApp) {
        let customer = stock(app);
        let (own, open, won) = (approved(app, &customer, "CNY"), approved(app, &customer, "USD"), approved(app, &customer, "USD"));
        assert_eq!((worth(app, &own), worth(app, &open)), (json!("100.00"), Value::Null));
        assert_eq!(put(app, &[("USD", "2026-11-01", "7.00005")]).body["orders"], 2);
        // Half a cent is rounded away from zero.
        assert_eq!(worth(app, &open), "700.01");
        act(app, &app.cast.rep, &won, "win", json!({"closed_on": "2026-11-10"})).expect(200);
        assert_eq!(put(app, &[("USD", "2026-11-01", "7.5"), ("USD", "2026-11-09", "9"), ("EUR", "2026-11-09", "8")]).body["orders"], 1);
        assert_eq!((worth(app, &open), worth(app, &won), worth(app, &own)), (json!("900.00"), json!("700.01"), json!("100.00")));
        // Closing takes the rate of its day, not that of the entry; an order opened again follows its own day.
        let lost = approved(app, &customer, "USD");
        act(app, &app.cast.rep, &lost, "win", json!({"closed_on": "2026-11-05"})).expect(200);
        assert_eq!(worth(app, &lost), "750.00");
        act(app, &app.cast.admin, &lost, "reopen", json!({"note": "By mistake"})).expect(200);
        assert_eq!(worth(app, &lost), "900.00");
        // A change of the amount or the currency is priced at once.
        let mut entry = sound(&customer);
        entry["lines"] = json!([{"product": "GTX Pro", "quantity": 1, "unit_price": 100}]);
        let open = app.as_(&app.cast.rep).post("/api/v1/orders", entry).expect(201).id().to_owned();
        let patch = |id: &str, body: Value| app.as_(&app.cast.rep).patch(&format!("/api/v1/orders/{id}"), body, "*").expect(200).body["base_amount"].clone();
        assert_eq!(patch(&open, json!({"currency": "EUR"})), "800.00");
        assert_eq!(patch(&open, json!({"currency": "CNY"})), "100.00");
        assert_eq!(patch(&open, json!({"currency": "USD", "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": 200}]})), "1800.00");
        // Rates change no version: who has read an order before may still write.
        let read = app.as_(&app.cast.rep).get(&format!("/api/v1/orders/{open}")).expect(200);
        put(app, &[("USD", "2026-11-09", "10")]);
        assert_eq!(worth(app, &open), "2000.00");
        app.as_(&app.cast.rep).patch(&format!("/api/v1/orders/{open}"), json!({"note": "x"}), read.etag()).expect(200);
        assert_eq!(worth(app, &open), "2000.00");
    }

    fn what_closed_without_a_rate_takes_the_first_that_comes(app: &TestApp) {
        let customer = stock(app);
        let id = approved(app, &customer, "USD");
        act(app, &app.cast.rep, &id, "win", json!({"closed_on": "2026-11-10"})).expect(200);
        let past = imported(app, &app.cast.rep, "won", json!({"currency": "USD", "closed_on": "2026-03-31"}));
        assert_eq!((worth(app, &id), worth(app, &past)), (Value::Null, Value::Null));
        assert_eq!(put(app, &[("USD", "2026-11-11", "9")]).body["orders"], 0);
        assert_eq!(put(app, &[("USD", "2026-04-01", "7"), ("USD", "2026-11-10", "8")]).body["orders"], 1);
        assert_eq!((worth(app, &id), worth(app, &past)), (json!("800.00"), Value::Null));
        assert_eq!(put(app, &[("USD", "2026-11-10", "8.5"), ("USD", "2026-01-01", "6")]).body["orders"], 1);
        assert_eq!((worth(app, &id), worth(app, &past)), (json!("800.00"), json!("600.00")));
    }

    fn a_day_begins_in_the_zone_of_the_organisation(app: &TestApp) {
        let customer = stock(app);
        put(app, &[("USD", "2026-11-23", "7"), ("USD", "2026-11-24", "8")]);
        // 23:59:59 and midnight in Shanghai.
        app.advance(8 * 3600 - 1);
        let before = approved(app, &customer, "USD");
        app.advance(1);
        let after = approved(app, &customer, "USD");
        assert_eq!((worth(app, &before), worth(app, &after)), (json!("700.00"), json!("800.00")));
    }

    fn the_base_currency_stays_while_anything_is_kept_in_it(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let base = |currency: &str| {
            let organisation = admin.get("/api/v1/settings/organisation").expect(200);
            admin.put("/api/v1/settings/organisation", json!({"name": "x", "base_currency": currency, "time_zone": "Asia/Shanghai"}), organisation.etag())
        };
        base("EUR").expect(200);
        base("CNY").expect(200);
        put(app, &[("USD", "2026-11-01", "7")]);
        base("EUR").problem(409, "base_currency_in_use");
        base("CNY").expect(200);
        admin.put(RATES, json!({"rates": [{"currency": "USD", "date": "2026-11-01", "rate": null}]}), None).expect(200);
        let customer = stock(app);
        let id = approved(app, &customer, "USD");
        base("USD").expect(200);
        assert_eq!(worth(app, &id), "100.00");
    }

    fn every_answer_that_tells_amounts_tells_them_in_one_currency(app: &TestApp) {
        stock(app);
        put(app, &[("USD", "2026-01-01", "7")]);
        let rep = &app.cast.rep;
        let line = |price: i64| json!([{"product": "GTX Pro", "quantity": 1, "unit_price": price}]);
        for (status, currency, price) in [("won", "CNY", 300), ("won", "USD", 100), ("won", "EUR", 50), ("lost", "USD", 10), ("lost", "CNY", 20), ("pending", "USD", 2)] {
            let mut order = json!({"currency": currency, "lines": line(price), "source": "web"});
            match status {
                "pending" => drop(imported(app, rep, status, order)),
                "lost" => {
                    order["reason"] = json!("price");
                    order["closed_on"] = json!("2026-11-10");
                    imported(app, rep, status, order);
                }
                _ => {
                    order["closed_on"] = json!("2026-11-10");
                    imported(app, rep, status, order);
                }
            }
        }
        let client = app.as_(&app.cast.admin);
        let told = |question: &str| {
            let separator = if question.contains('?') { '&' } else { '?' };
            let answer = client.get(&format!("/api/v1/analytics/{question}{separator}rate_basis=close")).expect(200).body;
            assert_eq!((&answer["currency"], &answer["rate_basis"]), (&json!("CNY"), &json!("close")), "{question}");
            answer
        };
        let euros = json!([{"currency": "EUR", "amount": "50.00", "orders": 1}]);
        let reasons = told("reasons");
        assert_eq!(reasons["data"].as_array().unwrap().len(), 1);
        assert_eq!((&reasons["data"][0]["amount"], &reasons["data"][0]["orders"]), (&json!("90.00"), &json!(2)));
        let source = &told("sources")["data"][0]["revenue"];
        assert_eq!((&source[0]["won_amount"], &source[0]["unconverted"], &source[1]), (&json!("1000.00"), &euros, &Value::Null));
        let summary = told("summary?period=month&day=2026-11-30");
        assert_eq!((&summary["won_amounts"][0]["value"], &summary["won_amounts"][0]["unconverted"]), (&json!("1000.00"), &euros));
        assert_eq!(summary["open"]["amounts"], json!([{"currency": "CNY", "amount": "14.00", "unconverted": []}]));
        let people = told("people?from=2026-11-01&to=2026-12-01");
        let own = people["users"].as_array().unwrap().iter().find(|row| row["won"] == json!(3)).unwrap();
        assert_eq!(own["revenue"], json!([{"currency": "CNY", "amount": "1000.00", "orders": 3, "unconverted": euros}]));
        for question in ["stuck", "churn", "customers", "trend", "revenue"] {
            told(question);
        }
        let report = client.with("accept-language", "zh-CN").get("/api/v1/analytics/report?period=month&day=2026-11-30&rate_basis=close").expect(200);
        assert!(report.text.contains("按关闭日汇率折算为 CNY，不含没有汇率的金额 (EUR)"), "{report}");
        assert!(report.text.contains("1,000.00") && !report.text.contains("USD"), "{report}");
        // The largest by what they are worth in the one currency.
        let largest = told("revenue?group_by=product&top=1");
        assert_eq!(largest["data"][0]["won_amount"], "1000.00");
        // The table has the same.
        let table = client.with("accept", "text/csv").get("/api/v1/analytics/reasons?rate_basis=close&columns=currency,amount,unconverted").expect(200);
        assert_eq!(table.text.trim_end().lines().nth(1), Some("CNY,90.00,"));
        // Without rates no currency is another; a currency to tell amounts in wants to know by which.
        assert_eq!(client.get("/api/v1/analytics/reasons").expect(200).body["data"].as_array().unwrap().len(), 2);
        let refused = client.get("/api/v1/analytics/people?currency=USD").problem(400, "bad_parameter");
        assert!(refused.text.contains("rate_basis"), "{refused}");
        client.get("/api/v1/analytics/people?rate_basis=close&currency=EURO").problem(400, "bad_parameter");
        client.get("/api/v1/analytics/funnel?rate_basis=close").problem(400, "unknown_parameter");
    }
}
