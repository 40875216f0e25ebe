//! Analyses as pictures: who asks for one gets the same figures as a chart, in the caller's language, and nothing that a strict page would refuse.
use diesel::prelude::*;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::forecast_snapshots::dsl;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};
use crate::orders::{act, imported, stock};

const SVG: &str = "image/svg+xml";

fn picture(client: &Client<'_>, language: &str, path: &str) -> Answer {
    let answer = client.with("accept", SVG).with("accept-language", language).get(path).expect(200);
    assert_eq!((answer.header("content-type"), answer.header("content-language")), (SVG, language));
    assert!(answer.text.starts_with("<svg xmlns=") && !answer.text.contains("<script") && !answer.text.contains("href"), "{answer}");
    answer
}

/// The texts that are shown, in order.
fn texts(answer: &Answer) -> Vec<&str> {
    answer
        .text
        .split("<text ")
        .skip(1)
        .filter_map(|piece| piece.split_once("</text>"))
        .filter_map(|(text, _)| text.rsplit_once('>'))
        .map(|(_, text)| text)
        .collect()
}

both! {
    fn an_analysis_is_drawn_for_who_asks_for_a_picture(app: &TestApp) {
        stock(app);
        let rep = &app.cast.rep;
        for (status, source, day) in [("won", "web", "2026-01-31"), ("lost", "web", "2026-02-28"), ("won", "referral", "2026-02-28"), ("won", "web", "2026-03-31")] {
            imported(app, rep, status, json!({"closed_on": day, "source": source}));
        }
        let client = app.as_(rep);
        let drawn = picture(&client, "en", "/api/v1/analytics/conversion?group_by=source&from=2026-01-01&to=2027-01-01&tz=UTC");
        let shown = texts(&drawn);
        for text in ["Conversion by source", "2026-01-01 to 2026-12-31 · by day of closing · UTC", "Won", "Lost", "2 / 3 · 66.7%", "1 / 1 · 100.0%", "Orders"] {
            assert!(shown.contains(&text), "{text} is not in {shown:?}");
        }
        assert!(!shown.contains(&"Cancelled"), "{shown:?}");
        // The same in Chinese, with the labels of the settings.
        let drawn = picture(&client, "zh-CN", "/api/v1/analytics/conversion?group_by=source");
        for text in ["按来源统计的转化情况", "全部时间 · 按关闭日期 · Asia/Shanghai", "已成交", "已失单", "订单数"] {
            assert!(texts(&drawn).contains(&text), "{text} is not in {:?}", texts(&drawn));
        }
        assert!(drawn.text.contains(r#"xml:lang="zh-CN""#));
        // Money over time is a line, one for each of the other dimension.
        let drawn = picture(&client, "en", "/api/v1/analytics/revenue?group_by=month,source");
        for text in ["Revenue by month and source", "2026-01", "2026-02", "2026-03"] {
            assert!(texts(&drawn).contains(&text), "{text} is not in {:?}", texts(&drawn));
        }
        assert_eq!(drawn.text.matches("<circle").count(), 6);
        // Without orders it says so; a word of a table or a wrong question is refused as ever.
        assert!(texts(&picture(&client, "zh-CN", "/api/v1/analytics/revenue?from=1999-01-01&to=1999-02-01")).contains(&"没有可显示的订单"));
        picture(&client, "en", "/api/v1/analytics/review?group_by=owner");
        let svg = client.with("accept", SVG);
        svg.get("/api/v1/analytics/revenue?columns=orders").problem(400, "bad_parameter");
        svg.get("/api/v1/analytics/revenue?group_by=colour").problem(400, "bad_parameter");
        svg.get("/api/v1/orders").problem(406, "not_acceptable");
    }

    fn names_in_a_picture_are_text_whatever_they_hold(app: &TestApp) {
        stock(app);
        let admin = app.as_(&app.cast.admin);
        admin.post("/api/v1/products", json!({"sku": "X", "name": "<script>alert(\"1\")</script> & 'x'", "list_price": "1", "currency": "CNY"})).expect(201);
        imported(app, &app.cast.rep, "won", json!({"closed_on": "2026-03-31", "lines": [{"product": "X", "quantity": "1", "unit_price": "5"}]}));
        let drawn = picture(&admin, "en", "/api/v1/analytics/revenue?group_by=product");
        assert!(drawn.text.contains("<title>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; 'x'"), "{drawn}");
    }

    fn what_is_no_table_is_drawn_as_well(app: &TestApp) {
        let customer = stock(app);
        let (rep, admin) = (&app.cast.rep, app.as_(&app.cast.admin));
        admin.post("/api/v1/customers", json!({"name": "苏州另一家科技有限公司"})).expect(201);
        let dear = json!([{"product": "GTX Pro", "quantity": 1, "unit_price": 4000}]);
        for (status, more) in [
            ("won", json!({"closed_on": "2026-01-05", "source": "web"})),
            ("won", json!({"closed_on": "2026-02-05", "source": "web"})),
            ("won", json!({"closed_on": "2026-03-05", "source": "web", "currency": "USD", "lines": dear})),
            ("lost", json!({"closed_on": "2026-05-05", "reason": "price"})),
        ] {
            imported(app, rep, status, more);
        }
        let target = json!({"amount": "1000", "currency": "CNY"});
        admin.put(&format!("/api/v1/targets/users/{}/2026-01", rep.id), target, None).expect(200);
        stuck(app, &customer);
        foretold(app);
        // Each question, with what its picture says in both languages.
        type Said = (&'static str, &'static [&'static str], &'static [&'static str]);
        let all: [Said; 6] = [
            ("stuck", &["Stuck orders", "Usual", "Beyond", "Days in the stage"], &["停滞订单", "通常", "超出", "阶段停留天数"]),
            ("churn", &["Customers who have gone quiet", "上海华为技术有限公司", "263 days · 9.4×"], &["流失预警客户", "263 天 · 9.4×"]),
            ("customers", &["Customers", "Largest customers · CNY", "Largest customers · USD", "4,000.00 · 100.0%"], &["客户分析", "最大客户 · CNY", "200.00 · 66.7%"]),
            ("sources", &["Sources", "3 / 3 · 100.0%", "0 / 1 · 0.0%", "(none)", "4,000.00 · 100.0%"], &["来源分析", "（无）", "已失单"]),
            ("people?from=2026-01-01&to=2027-01-01", &["People and teams", "4 / 1 · 80.0%", "300.00 · 30.0%", "Teams · USD"], &["人员与团队", "人员 · CNY"]),
            ("accuracy", &["Accuracy of forecasts", "By stage", "Last month again", "20.0%", "CNY · Mean error (MAPE)"], &["预测准确度", "按阶段概率", "沿用上月", "1 个月"]),
        ];
        for (question, en, zh_cn) in all {
            for (language, expected) in [("en", en), ("zh-CN", zh_cn)] {
                let drawn = picture(&admin, language, &format!("/api/v1/analytics/{question}"));
                let shown = texts(&drawn);
                for text in expected {
                    assert!(shown.contains(text), "{question}: {text} is not in {shown:?}");
                }
            }
        }
        // Amounts in one currency say so, and by which rates.
        crate::rates::put(app, &[("USD", "2026-01-01", "7")]);
        let told = "In CNY by the rates of the day of closing; what no rate converts is left out";
        for question in ["customers", "sources", "people?from=2026-01-01&to=2027-01-01", "revenue", "reasons"] {
            let separator = if question.contains('?') { '&' } else { '?' };
            let drawn = picture(&admin, "en", &format!("/api/v1/analytics/{question}{separator}rate_basis=close"));
            assert!(texts(&drawn).contains(&told), "{question}: {:?}", texts(&drawn));
            assert!(!texts(&drawn).iter().any(|text| text.contains("USD")), "{question}: {:?}", texts(&drawn));
        }
        assert!(texts(&picture(&admin, "en", "/api/v1/analytics/sources?rate_basis=close")).contains(&"28,200.00 · 99.6%"));
        // Without anything to show they say so.
        for (question, nothing) in [("churn?source=referral", "没有可显示的客户"), ("stuck?source=referral", "没有可显示的订单"), ("accuracy?from=2020-01-01&to=2020-06-01", "没有可对比的预测")] {
            assert!(texts(&picture(&admin, "zh-CN", &format!("/api/v1/analytics/{question}"))).contains(&nothing), "{question}");
        }
        admin.with("accept", SVG).get("/api/v1/analytics/summary").problem(406, "not_acceptable");
    }
}

/// An order that is stuck in its stage, beside two that left it soon.
fn stuck(app: &TestApp, customer: &str) {
    let ids = [0; 3].map(|_| {
        let id = crate::orders::entered(app, customer).id().to_owned();
        act(app, &app.cast.rep, &id, "submit", Value::Null).expect(200);
        act(app, &app.cast.reviewer, &id, "approve", Value::Null).expect(200);
        id
    });
    app.advance(60);
    for id in &ids[1..] {
        act(app, &app.cast.rep, id, "move", json!({"stage": "contract"})).expect(200);
    }
    app.advance(240);
}

/// What was foretold of October, when a hundred came, by two methods and two and one month before.
fn foretold(app: &TestApp) {
    let day = |month| chrono::NaiveDate::from_ymd_opt(2026, month, 1).expect("a day");
    imported(app, &app.cast.rep, "won", json!({"closed_on": "2026-10-10", "source": "referral", "customer_name": "苏州另一家科技有限公司"}));
    let rows = [("by_stage", 1, 1_200_000_i64), ("by_stage", 2, 500_000), ("naive", 1, 1_000_000), ("naive", 2, 2_000_000)];
    let keep = move |tx: &mut _| {
        for (method, lead, expected) in rows {
            let what = (dsl::id.eq(new_id()), dsl::taken_on.eq(day(8)), dsl::currency.eq("CNY"), dsl::method.eq(method), dsl::period_start.eq(day(10)));
            diesel::insert_into(dsl::forecast_snapshots).values((what, dsl::lead.eq(lead), dsl::expected.eq(expected))).execute(tx)?;
        }
        Ok(())
    };
    app.state.db.write_here(keep).expect("it is kept");
}
