//! Tables in files: what stands in them, how they are asked for, how long ones are read, and that a broken one is seen to be broken.
use std::io::Read as _;
use std::time::Duration;

use diesel::prelude::*;
use intent_orders::insert_rows;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::orders;
use intent_orders::platform::db::{AnyConnection, Json};
use intent_orders::platform::problem::Problem;
use serde_json::{Value, json};

use crate::harness::{Answer, BEGIN, Client, TestApp};
use crate::lists::{csv_rows, walk};
use crate::orders::{imported, stock};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn table(client: &Client<'_>, kind: &str, path: &str) -> Answer {
    client.with("accept", kind).get(path).expect(200)
}

/// Puts many orders of the rep into the database, past the service: by number, some without a title.
fn many(app: &TestApp, count: i64) {
    let rep = &app.cast.rep;
    let (owner, team) = (rep.id, rep.team);
    app.state
        .db
        .write_here(move |tx| {
            let row = |n: i64| {
                let what = (
                    orders::id.eq(new_id()),
                    orders::number.eq(1_000_000 + n),
                    orders::title.eq((n % 7 != 0).then(|| format!("Order {} 订单", n % 50))),
                    orders::owner_id.eq(owner),
                    orders::team_id.eq(team),
                    orders::currency.eq("CNY"),
                    orders::amount.eq(n % 90 * 10_000),
                    orders::status.eq("pending"),
                    orders::stage.eq("intent"),
                );
                let state = (
                    orders::tags.eq(Json(json!([]))),
                    orders::custom.eq(Json(json!({}))),
                    orders::warnings.eq(Json(json!([]))),
                    orders::standard_version.eq(1),
                    orders::review_round.eq(1),
                    orders::version.eq(1_i64),
                    orders::created_at.eq(BEGIN.plus_seconds(-n / 3)),
                    orders::updated_at.eq(BEGIN),
                );
                (what, state)
            };
            let rows: Vec<_> = (0..count).map(row).collect();
            told(insert_rows!(tx, orders::table, &rows), tx)
        })
        .unwrap();
}

/// Lets the facts know of what was written beside the service.
fn told<T>(done: QueryResult<T>, tx: &mut AnyConnection) -> Result<T, Problem> {
    let done = done?;
    intent_orders::facts::keep_all(tx, Vec::new(), BEGIN)?;
    Ok(done)
}

/// Says something of an order that the service would never let in.
fn forced(app: &TestApp, sql: &'static str) {
    app.state.db.write_here(move |tx| told(diesel::sql_query(sql).execute(tx), tx)).unwrap();
}

/// A row of a sheet whose cells are texts and numbers, as it stands in the file.
fn sheet(bytes: &[u8]) -> String {
    let mut file = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for name in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"] {
        if let Ok(mut part) = file.by_name(name) {
            part.read_to_string(&mut text).unwrap();
        }
    }
    text
}

both! {
    fn a_table_of_orders_holds_what_the_list_shows(app: &TestApp) {
        let customer = stock(app);
        let rep = app.as_(&app.cast.rep);
        let body = |title: &str, note: Option<&str>| json!({"title": title, "note": note, "customer_id": customer, "currency": "CNY", "tags": ["春季", "-b"], "expected_close_date": "2027-03-31", "lines": [{"product": "MG", "quantity": 2, "unit_price": "5.5"}]});
        let titles = ["=1+1", "+1", "-1", "@SUM(A1)", "He said \"华为\", twice", "'quoted", "a=b"];
        for title in titles {
            rep.post("/api/v1/orders", body(title, Some("one\ntwo, \"three\""))).expect(201);
        }
        // What no entry lets in may stand in an old database.
        forced(app, "update orders set title = '\ttab' where title = 'a=b'");
        forced(app, "update orders set title = '\rreturn' where title = '''quoted'");
        let path = "/api/v1/orders?sort=number&columns=title,note,amount,tags,expected_close_date,customer.name,custom";
        let answer = table(&rep, CSV, path);
        assert_eq!((answer.header("content-type"), answer.header("content-disposition")), ("text/csv; charset=utf-8", "attachment; filename=\"orders-2026-11-23.csv\""));
        let rows = csv_rows(&answer);
        assert_eq!(rows[0], ["title", "note", "amount", "tags", "expected_close_date", "customer.name", "custom"]);
        let guarded = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "He said \"华为\", twice", "'\rreturn", "'\ttab"];
        for (row, title) in rows[1..].iter().zip(guarded) {
            assert_eq!(*row, [title, "one\ntwo, \"three\"", "11.00", "春季; -b", "2027-03-31", "上海华为技术有限公司", "{}"]);
        }
        assert_eq!(rows.len(), 8);
        let raw = csv_rows(&table(&rep, CSV, &format!("{path}&raw=true")));
        assert_eq!(raw[1..].iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["=1+1", "+1", "-1", "@SUM(A1)", "He said \"华为\", twice", "\rreturn", "\ttab"]);
        let marked = table(&rep, CSV, &format!("{path}&bom=true"));
        assert!(marked.bytes.starts_with(b"\xef\xbb\xbftitle,note,") && !answer.bytes.starts_with(b"\xef\xbb\xbf"));
        assert_eq!(csv_rows(&marked), rows);
        // All columns, and each the same as in the list; NDJSON is the list's own rows.
        let all = csv_rows(&table(&rep, CSV, "/api/v1/orders?sort=number&raw=true"));
        let listed = walk(&rep, "sort=number", 200);
        for (row, order) in all[1..].iter().zip(&listed) {
            for (name, cell) in all[0].iter().zip(row) {
                let value = name.split('.').fold(order, |value, part| &value[part]);
                let shown = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Array(items) if name == "tags" => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join("; "),
                    other => other.to_string(),
                };
                assert!(*cell == shown || value.is_array() && serde_json::from_str::<Value>(cell).unwrap() == *value, "{name} {cell} {shown}");
            }
        }
        let lines = |answer: &Answer| answer.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>();
        let ndjson = table(&rep, NDJSON, "/api/v1/orders?sort=number");
        assert_eq!((lines(&ndjson), ndjson.header("content-type")), (listed, NDJSON));
        assert_eq!(lines(&table(&rep, NDJSON, "/api/v1/orders?sort=number&columns=customer.name,amount"))[0], json!({"customer.name": "上海华为技术有限公司", "amount": "11.00"}));
        let xlsx = table(&rep, XLSX, path);
        assert_eq!((xlsx.header("content-type"), xlsx.header("content-disposition")), (XLSX, "attachment; filename=\"orders-2026-11-23.xlsx\""));
        assert_eq!(xlsx.header("content-length"), xlsx.bytes.len().to_string());
        let text = sheet(&xlsx.bytes);
        // Formulas are texts there, numbers numbers.
        assert!(text.contains("=1+1") && !text.contains("<f>") && text.contains("<v>11</v>") && text.contains("上海华为技术有限公司"), "{text}");
        // A table without rows has its header.
        assert_eq!(table(&rep, CSV, "/api/v1/orders?status=won&columns=number,title").text, "number,title\n");
        assert_eq!(table(&rep, NDJSON, "/api/v1/orders?status=won").text, "");
    }

    fn a_table_of_an_analysis_has_a_column_for_each_group_and_measure(app: &TestApp) {
        stock(app);
        for (status, source) in [("won", "web"), ("lost", "web"), ("won", "referral")] {
            imported(app, &app.cast.rep, status, json!({"closed_on": "2026-03-31", "source": source}));
        }
        let rep = app.as_(&app.cast.rep);
        let rows = csv_rows(&table(&rep, CSV, "/api/v1/analytics/conversion?group_by=source,month&columns=source.key,source.label,month.key,orders,won,win_rate,drilldown"));
        assert_eq!(rows[0], ["source.key", "source.label", "month.key", "orders", "won", "win_rate", "drilldown"]);
        assert_eq!((&rows[1][..6], &rows[2][..6]), (&["web", "Web", "2026-03", "2", "1", "0.5"].map(str::to_owned)[..], &["referral", "Referral", "2026-03", "1", "1", "1"].map(str::to_owned)[..]));
        let listed = csv_rows(&table(&rep, CSV, &format!("{}&columns=status", rows[1][6])));
        assert_eq!(listed.len(), 3, "what a row counts can be fetched as it stands");
        let all = csv_rows(&table(&rep, CSV, "/api/v1/analytics/revenue?group_by=product"));
        assert_eq!(all[0], ["product.key", "product.label", "currency", "won_amount", "orders", "average_amount", "share", "unconverted", "drilldown"]);
        assert_eq!(all[1][1..5], ["GTX Pro", "CNY", "200.00", "2"]);
        let answer = table(&rep, NDJSON, "/api/v1/analytics/revenue?columns=won_amount,currency");
        assert_eq!((answer.text.as_str(), answer.header("content-disposition")), ("{\"currency\":\"CNY\",\"won_amount\":\"200.00\"}\n", "attachment; filename=\"revenue-2026-11-23.ndjson\""));
        assert!(sheet(&table(&rep, XLSX, "/api/v1/analytics/conversion?group_by=source").bytes).contains("Referral"));
        let chinese = rep.with("accept-language", "zh-CN");
        assert_eq!(csv_rows(&table(&chinese, CSV, "/api/v1/analytics/conversion?group_by=source&columns=source.label"))[1..], [["网站"], ["转介绍"]]);
        rep.with("accept", CSV).get("/api/v1/analytics/revenue?columns=won").problem(400, "bad_parameter");
    }

    fn the_form_is_negotiated(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        for path in ["/api/v1/orders", "/api/v1/customers", "/api/v1/products", "/api/v1/views", "/api/v1/analytics/conversion", "/api/v1/analytics/revenue"] {
            for (accept, kind) in [
                ("*/*", "application/json"), ("application/json", "application/json"), ("text/csv;q=0.5, application/json", "application/json"), ("application/json, text/csv", "application/json"), ("application/*", "application/json"),
                ("text/csv", "text/csv; charset=utf-8"), ("text/csv, application/json;q=0.9", "text/csv; charset=utf-8"), ("text/*", "text/csv; charset=utf-8"), (NDJSON, NDJSON), (XLSX, XLSX), ("text/html, application/x-ndjson;q=0.2", NDJSON),
            ] {
                let answer = rep.with("accept", accept).get(path).expect(200);
                assert_eq!(answer.header("content-type"), kind, "{path} {accept}");
                assert_eq!(answer.header("content-disposition").is_empty(), kind == "application/json", "{path} {accept}");
                assert!(answer.header("vary").to_lowercase().contains("accept"), "{answer}");
            }
            for accept in ["text/html", "image/png", "text/csv;q=0, application/json;q=0"] {
                rep.with("accept", accept).get(path).problem(406, "not_acceptable");
            }
            for asked in ["columns=id", "raw=true", "bom=true"] {
                rep.get(&format!("{path}?{asked}")).problem(400, "bad_parameter");
            }
            for wrong in ["columns=nothing", "columns=", "raw=yes", "bom=1"] {
                rep.with("accept", CSV).get(&format!("{path}?{wrong}")).problem(400, "bad_parameter");
            }
        }
        for wrong in ["limit=5", "include_total=true", "cursor=x"] {
            rep.with("accept", CSV).get(&format!("/api/v1/orders?{wrong}")).problem(400, "bad_parameter");
        }
        rep.with("accept", CSV).get("/api/v1/orders?status=win").problem(400, "bad_parameter");
        // What is nobody's to see is in no table either.
        imported(app, &app.cast.rep, "pending", json!({}));
        assert_eq!(table(&app.as_(&app.cast.stranger), CSV, "/api/v1/orders?columns=number").text, "number\n");
        let masked = csv_rows(&table(&app.as_(&app.cast.stranger), CSV, "/api/v1/customers?columns=name,contacts,note,masked"));
        assert_eq!(masked[1], ["上海华为技术有限公司", "", "", "true"]);
        app.nobody().with("accept", CSV).get("/api/v1/orders").problem(401, "missing_token");
    }

    fn more_rows_than_are_read_at_once_come_whole_and_in_order(app: &TestApp) {
        many(app, 1_203);
        let rep = app.as_(&app.cast.rep);
        for sort in ["title", "-title", "-amount", "created_at", "-number"] {
            let listed: Vec<String> = walk(&rep, &format!("sort={sort}"), 200).iter().map(|order| order["number"].as_str().unwrap().to_owned()).collect();
            assert_eq!(listed.len(), 1_203);
            let rows = csv_rows(&table(&rep, CSV, &format!("/api/v1/orders?sort={sort}&columns=number")));
            assert!(rows[1..].iter().map(|row| &row[0]).eq(&listed), "{sort}");
        }
        let answer = table(&rep, NDJSON, "/api/v1/orders");
        assert_eq!((answer.text.lines().count(), answer.header("content-length")), (1_203, ""), "few rows are sent as they are read");
        for coding in ["gzip", "zstd", "br"] {
            let coded = rep.with("accept", CSV).with("accept-encoding", coding).get("/api/v1/orders?columns=number").expect(200);
            assert_eq!(coded.header("content-encoding"), coding);
        }
    }

    fn a_table_that_cannot_be_read_to_its_end_breaks_off(app: &TestApp) {
        many(app, 1_203);
        // A day that no program can show, far behind what is sent first.
        let broken = move |tx: &mut AnyConnection| {
            let day = if matches!(tx, AnyConnection::Postgres(_)) { "infinity" } else { "never" };
            told(diesel::sql_query(format!("update orders set closed_on = '{day}' where number = 1001100")).execute(tx), tx)
        };
        assert_eq!(app.state.db.write_here(broken).unwrap(), 1);
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        let token = app.token(&app.cast.rep);
        let asked = |accept: &str, coding: &str, query: &str| {
            let request = http.get(format!("http://{}/api/v1/orders?{query}", app.address())).bearer_auth(&token).header("accept", accept).header("accept-encoding", coding);
            request.send().unwrap()
        };
        for (accept, coding) in [(CSV, "identity"), (NDJSON, "identity"), (CSV, "gzip"), (NDJSON, "zstd"), (CSV, "br")] {
            let mut answer = asked(accept, coding, "sort=number");
            assert_eq!(answer.status(), 200, "{accept} {coding}");
            let mut begun = Vec::new();
            let ended = answer.read_to_end(&mut begun);
            assert!(ended.is_err(), "{accept} {coding}: a broken transfer ended cleanly after {} bytes", begun.len());
            assert!(!begun.is_empty(), "{accept} {coding}: it had begun");
            // Up to the bad row, and without it, all is well.
            let mut whole = asked(accept, coding, "sort=number&closed_on[null]=true");
            assert_eq!(whole.read_to_end(&mut Vec::new()).map(|length| length > 0).ok(), Some(true), "{accept} {coding}");
        }
        // A sheet is written before it is sent: there it is known in time.
        let answer = asked(XLSX, "identity", "sort=number");
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (500, "application/problem+json"));
        // Nothing is held by what broke: the program answers as before.
        for _ in 0..8 {
            app.as_(&app.cast.rep).get("/api/v1/orders?limit=1").expect(200);
        }
    }

    fn a_long_table_is_written_first_and_has_a_length(app: &TestApp) {
        many(app, 10_000);
        let rep = app.as_(&app.cast.rep);
        assert_eq!(table(&rep, CSV, "/api/v1/orders?columns=number").header("content-length"), "", "ten thousand are streamed");
        stock(app);
        imported(app, &app.cast.rep, "pending", json!({}));
        let path = "/api/v1/orders?columns=number,title&sort=created_at";
        let answer = table(&rep, CSV, path);
        assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
        let rows = csv_rows(&answer);
        assert_eq!((rows.len(), rows[1][1].as_str()), (10_002, "An order that is pending"));
        let lines = table(&rep, NDJSON, path);
        assert_eq!((lines.text.lines().count(), lines.header("content-length")), (10_001, lines.bytes.len().to_string().as_str()));
        assert!(sheet(&table(&rep, XLSX, path).bytes).contains("r=\"A10002\""));
        // Several at once take turns.
        std::thread::scope(|scope| {
            let asked: Vec<_> = (0..4).map(|_| scope.spawn(|| table(&app.as_(&app.cast.rep), CSV, path).bytes)).collect();
            asked.into_iter().for_each(|one| assert!(one.join().unwrap() == answer.bytes));
        });
    }
}
