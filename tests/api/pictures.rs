//! Analyses as pictures: who asks for one gets the same figures as a chart, in the caller's language, and nothing that a strict page would refuse.
use serde_json::json;

use crate::harness::{Answer, Client};
use crate::orders::{imported, stock};

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
}
