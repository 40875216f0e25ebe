//! The summary: every figure against the orders behind it, and each list as long as was said.
use serde_json::{Value, json};

use crate::harness::Client;
use crate::orders::{act, entered, imported, stock};

const PATH: &str = "/api/v1/analytics/summary";

fn listed(client: &Client<'_>, path: &Value) -> usize {
    let list = client.get(path.as_str().unwrap()).expect(200);
    list.body["data"].as_array().unwrap().len()
}

both! {
    fn a_summary_tells_what_came_and_what_needs_somebody(app: &TestApp) {
        let customer = stock(app);
        let cast = &app.cast;
        // Today is Monday, 2026-11-23: the month so far stands beside the first 23 days of October.
        for (status, day, currency, price) in [
            ("won", "2026-11-01", "CNY", 100), ("won", "2026-11-23", "CNY", 200), ("won", "2026-11-10", "USD", 7), ("lost", "2026-11-12", "CNY", 900), ("cancelled", "2026-11-12", "CNY", 1),
            ("won", "2026-10-01", "CNY", 50), ("lost", "2026-10-23", "CNY", 1), ("won", "2026-10-24", "CNY", 5_000), ("won", "2026-09-30", "CNY", 5_000),
        ] {
            imported(app, &cast.rep, status, json!({"closed_on": day, "currency": currency, "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]}));
        }
        for (status, expected, price) in [("pending", "2026-11-22", 10), ("processed", "2026-11-01", 20), ("pending", "2026-11-23", 30), ("pending", "2026-11-29", 40), ("pending", "2026-11-30", 50), ("draft", "2026-11-01", 60)] {
            imported(app, &cast.rep, status, json!({"expected_close_date": expected, "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]}));
        }
        let id = entered(app, &customer).id().to_owned();
        act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
        // What a stranger closes and keeps open counts for nobody here.
        imported(app, &cast.stranger, "won", json!({"closed_on": "2026-11-20"}));
        imported(app, &cast.stranger, "pending", json!({"expected_close_date": "2026-11-01"}));

        let rep = app.as_(&cast.rep);
        let summary = rep.get(PATH).expect(200).body;
        assert_eq!(summary["period"], json!({"from": "2026-11-01", "to": "2026-11-24"}));
        assert_eq!(summary["previous_period"], json!({"from": "2026-10-01", "to": "2026-10-24"}));
        let figure = |name: &str| (summary[name]["value"].as_i64().unwrap(), summary[name]["previous"].as_i64().unwrap(), summary[name]["change"].as_f64());
        assert_eq!((figure("won"), figure("lost")), ((3, 1, Some(2.0)), (1, 1, Some(0.0))));
        assert_eq!((figure("submitted"), figure("entered")), ((1, 0, None), (1, 0, None)));
        assert_eq!(summary["win_rate"], json!({"value": 0.75, "previous": 0.5}));
        let money: Vec<_> = summary["won_amounts"].as_array().unwrap().iter().map(|m| (m["currency"].as_str().unwrap(), m["value"].as_str().unwrap(), m["previous"].as_str().unwrap(), m["change"].as_f64())).collect();
        assert_eq!(money, [("CNY", "300.00", "50.00", Some(5.0)), ("USD", "7.00", "0.00", None)]);
        assert_eq!(listed(&rep, &summary["won_amounts"][0]["drilldown"]), 2);
        for (name, count) in [("won", 3), ("lost", 1), ("submitted", 1), ("entered", 1)] {
            assert_eq!(listed(&rep, &summary[name]["drilldown"]), count, "{name}");
        }
        // 10 + 20 + 30 + 40 + 50 + 60 of the imported ones, and the one in review.
        let in_review = rep.get(&format!("/api/v1/orders/{id}")).expect(200).body["amount"].as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!((summary["open"]["orders"].as_i64(), &summary["open"]["amounts"]), (Some(7), &json!([{"currency": "CNY", "amount": format!("{:.2}", 210.0 + in_review), "unconverted": []}])));
        assert_eq!(listed(&rep, &summary["open"]["drilldown"]), 7);
        let attention: Vec<_> = summary["attention"].as_array().unwrap().iter().map(|a| (a["kind"].as_str().unwrap(), a["orders"].as_i64().unwrap())).collect();
        assert_eq!(attention, [("overdue", 2), ("closing_soon", 2), ("in_review", 1)]);
        for kind in summary["attention"].as_array().unwrap() {
            assert_eq!(listed(&rep, &kind["drilldown"]) as i64, kind["orders"].as_i64().unwrap(), "{kind}");
        }
        // The administrator sees the stranger's, too; a filter of the list narrows it all.
        let all = app.as_(&cast.admin).get(PATH).expect(200).body;
        assert_eq!((&all["won"]["value"], &all["attention"][0]["orders"]), (&json!(4), &json!(3)));
        let narrow = app.as_(&cast.admin).get(&format!("{PATH}?owner={}&currency=USD", cast.rep.id)).expect(200).body;
        assert_eq!((&narrow["won"]["value"], &narrow["open"]["orders"], &narrow["attention"]), (&json!(1), &json!(0), &json!([])));
        // Fifteen days later nobody has touched the open ones.
        app.state.clock.advance_seconds(15 * 86_400);
        let rep = app.as_(&cast.rep);
        let later = rep.get(&format!("{PATH}?period=week")).expect(200).body;
        assert_eq!(later["period"], json!({"from": "2026-12-07", "to": "2026-12-09"}));
        let quiet = later["attention"].as_array().unwrap().iter().find(|a| a["kind"] == "quiet").unwrap();
        assert_eq!((quiet["orders"].as_i64(), listed(&rep, &quiet["drilldown"])), (Some(5), 5));
    }

    fn a_summary_has_ones_own_targets_and_those_of_the_teams_one_leads(app: &TestApp) {
        stock(app);
        let cast = &app.cast;
        for (owner, day, currency, price) in [
            (&cast.rep, "2026-11-01", "CNY", 100), (&cast.rep, "2026-11-23", "CNY", 200), (&cast.rep, "2026-10-31", "CNY", 1_000), (&cast.rep, "2026-11-10", "USD", 7),
            (&cast.mate, "2026-11-10", "CNY", 50), (&cast.stranger, "2026-11-10", "CNY", 5_000),
        ] {
            imported(app, owner, "won", json!({"closed_on": day, "currency": currency, "lines": [{"product": "GTX Pro", "quantity": 1, "unit_price": price}]}));
        }
        let admin = app.as_(&cast.admin);
        let set = |holder: &str, month: &str, amount: &str, currency: &str| {
            admin.put(&format!("/api/v1/targets/{holder}/{month}"), json!({"amount": amount, "currency": currency, "orders": 3}), None).expect(200);
        };
        let (rep, team) = (format!("users/{}", cast.rep.id), format!("teams/{}", cast.team_a));
        set(&rep, "2026-11", "600", "CNY");
        set(&rep, "2026-10", "1000", "CNY");
        set(&team, "2026-11", "1000", "CNY");
        set(&format!("users/{}", cast.mate.id), "2026-11", "1", "CNY");
        let told = |user, query: &str| {
            let client = app.as_(user);
            let summary = client.get(&format!("{PATH}{query}")).expect(200).body;
            let one = |t: &Value| {
                let words = ["currency", "amount", "won_amount"].map(|name| t[name].as_str().unwrap().to_owned());
                (t["holder"]["name"].as_str().unwrap().to_owned(), words, t["attainment"].as_f64().unwrap(), listed(&client, &t["drilldown"]))
            };
            summary["targets"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
        };
        let own = |amount: &str, won: &str| ["CNY", amount, won].map(str::to_owned);
        assert_eq!(told(&cast.rep, ""), [("rep".into(), own("600.00", "300.00"), 0.5, 2)]);
        // What the question narrows narrows no target.
        assert_eq!(told(&cast.rep, "?currency=USD&status=lost"), [("rep".into(), own("600.00", "300.00"), 0.5, 2)]);
        assert_eq!(told(&cast.rep, "?period=quarter"), [("rep".into(), own("1600.00", "1300.00"), 0.8125, 3)]);
        assert_eq!(told(&cast.lead, ""), [("Team A".into(), own("1000.00", "350.00"), 0.35, 3)]);
        // No month begins in this week; nobody's targets are the administrator's.
        assert_eq!((told(&cast.rep, "?period=week").len(), told(&cast.admin, "").len(), told(&cast.stranger, "").len()), (0, 0, 0));
        let page = app.as_(&cast.rep).with("accept-language", "en").get(&format!("{REPORT}?period=month")).expect(200).text;
        assert!(page.contains("Target of rep: 300.00 / 600.00 CNY · 50.0%") && page.contains("Entered orders"), "{page}");
    }

    fn a_summary_is_asked_for_a_period_and_a_day(app: &TestApp) {
        let customer = stock(app);
        imported(app, &app.cast.rep, "won", json!({"closed_on": "2026-02-28"}));
        let rep = app.as_(&app.cast.rep);
        // A draft was entered, and never submitted.
        entered(app, &customer);
        let today = rep.get(PATH).expect(200).body;
        assert_eq!((&today["entered"]["value"], &today["submitted"]["value"], listed(&rep, &today["entered"]["drilldown"])), (&json!(1), &json!(0), 1));
        assert_eq!(rep.get(&format!("{PATH}?day=2026-01-02")).expect(200).body["entered"]["value"], 1);
        let february = rep.get(&format!("{PATH}?day=2026-02-28")).expect(200).body;
        assert_eq!((&february["previous_period"], &february["won"]["value"]), (&json!({"from": "2026-01-01", "to": "2026-02-01"}), &json!(1)));
        assert_eq!(february["won_amounts"][0]["previous"], "0.00");
        for wrong in ["period=day", "period[ne]=week", "day=2026-02-30", "day=today", "group_by=owner", "from=2026-01-01", "columns=won"] {
            rep.get(&format!("{PATH}?{wrong}")).expect(400);
        }
        rep.get(&format!("{PATH}?owner={}", app.cast.stranger.id)).problem(403, "role");
    }
}

const REPORT: &str = "/api/v1/analytics/report";

both! {
    fn a_report_is_a_page_to_print(app: &TestApp) {
        let customer = stock(app);
        let cast = &app.cast;
        let admin = app.as_(&cast.admin);
        let line = |price: u32| json!([{"product": "GTX Pro", "quantity": 1, "unit_price": price}]);
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-11-23", "lines": line(1_234_567)}));
        imported(app, &cast.rep, "lost", json!({"closed_on": "2026-11-23"}));
        imported(app, &cast.rep, "pending", json!({"title": "<b>Late & \"overdue\"</b>", "expected_close_date": "2026-11-01", "lines": line(5)}));
        imported(app, &cast.rep, "pending", json!({"title": "Soon", "expected_close_date": "2026-11-27"}));
        imported(app, &cast.stranger, "pending", json!({"title": "Of another team", "expected_close_date": "2026-11-01"}));
        let id = entered(app, &customer).id().to_owned();
        act(app, &cast.rep, &id, "submit", Value::Null).expect(200);
        act(app, &cast.reviewer, &id, "return", json!({"remarks": [{"pointer": "/title", "message": "Say which plant."}]})).expect(200);

        let rep = app.as_(&cast.rep);
        let english = rep.with("accept-language", "en").get(REPORT).expect(200);
        assert_eq!((english.header("content-type"), english.header("content-language")), ("text/html; charset=utf-8", "en"));
        let policy = english.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        let page = english.text.as_str();
        for words in [
            "<h1>The week's intent orders</h1>", "2026-11-23 – 2026-11-23", "Won amount (CNY)", "1,234,567.00", "&lt;b&gt;Late &amp; &quot;overdue&quot;&lt;/b&gt;", "Soon", "Spring refit",
            "Conversion by owner", "Conversion by source", "Revenue by month", "Revenue by product", "Reviews by owner",
        ] {
            assert!(page.contains(words), "{words} is not in {page}");
        }
        assert_eq!((page.matches("<svg ").count(), page.matches("<script").count(), page.contains("<b>")), (5, 0, false));
        assert!(!page.contains("Of another team") && admin.get(REPORT).expect(200).text.contains("Of another team"));
        let chinese = rep.with("accept-language", "zh-CN").with("accept", "text/html").get(&format!("{REPORT}?period=month&day=2026-12-31")).expect(200);
        for words in ["<html lang=\"zh-CN\">", "意向订单月报", "2026-12-01 – 2026-12-31", "重点讨论：审核退回", "按产品统计的成交额"] {
            assert!(chinese.text.contains(words), "{words} is not in {chinese}");
        }
        rep.with("accept", "application/json").get(REPORT).problem(406, "not_acceptable");
        rep.get(&format!("{REPORT}?period=day")).expect(400);
    }
}
