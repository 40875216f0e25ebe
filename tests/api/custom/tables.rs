//! Custom fields in files, either way, and in figures.
use serde_json::json;

use super::{enter, every_type, fields};
use crate::imports::{counts, errors, import};
use crate::lists::{csv_rows, total};
use crate::orders::{act, imported, stock};
use crate::standards::define;

both! {
    fn tables_have_a_column_for_each(app: &TestApp) {
        let customer = stock(app);
        every_type(app);
        enter(app, &app.cast.rep, &customer, json!({"site": "=A1", "seats": 5, "budget": "100.50", "approved": true, "channels": ["web", "fair"], "sponsor": app.cast.mate.id}));
        let csv = app.as_(&app.cast.rep).with("accept", "text/csv");
        let columns = "number,custom.site,custom.seats,custom.budget,custom.approved,custom.tier,custom.channels,custom.sponsor.name,custom.needed_by";
        let table = csv_rows(&csv.get(&format!("/api/v1/orders?custom.seats[gt]=1&columns={columns}")).expect(200));
        assert_eq!(table[0].join(","), columns);
        assert_eq!(table[1], ["IO-000001", "'=A1", "5", "100.5", "true", "silver", "web; fair", "mate", ""]);
        let all = csv_rows(&csv.get("/api/v1/orders").expect(200));
        assert!(all[0].contains(&"custom.sponsor.id".to_owned()) && !all[0].contains(&"custom".to_owned()), "{:?}", all[0]);
        csv.get("/api/v1/orders?columns=custom.sight").problem(400, "bad_parameter");
        let whole = app.as_(&app.cast.rep).with("accept", "application/x-ndjson").get("/api/v1/orders").expect(200);
        assert!(whole.text.contains(r#""sponsor":{"id":"#), "{}", whole.text);
    }

    fn files_fill_them(app: &TestApp) {
        stock(app);
        every_type(app);
        let mapping = json!({"entity": "orders", "fields": {
            "title": {"column": "Title"}, "customer_name": {"constant": "上海华为技术有限公司"}, "external_ref.system": {"constant": "erp"}, "external_ref.id": {"column": "Id"},
            "lines[0].product": {"constant": "GTX Pro"}, "lines[0].quantity": {"constant": "1"},
            "custom.seats": {"column": "Seats"}, "custom.approved": {"column": "OK"}, "custom.channels[0]": {"column": "Ch1"}, "custom.channels[1]": {"column": "Ch2"},
            "custom.sponsor": {"column": "Who"}, "custom.budget": {"column": "Budget", "number": {"thousands": ",", "decimal": "."}}}});
        let file = format!("Id,Title,Seats,OK,Ch1,Ch2,Who,Budget\n1,A,5,true,web,fair,{},\"1,000.5\"\n2,B,,false,,,,\n3,C,0,maybe,tv,,nobody@example.com,\n", app.cast.mate.email());
        let sent = import(app, "", file.clone(), &mapping);
        assert_eq!(counts(&sent), [2, 0, 0, 1], "{:?}", errors(app, &sent));
        let told = errors(app, &sent)[1][8..10].to_vec();
        assert_eq!(told[0], "wrong_type | not_one_of | below_minimum | unknown_reference");
        assert_eq!(told[1], "/custom/approved | /custom/channels/0 | /custom/seats | /custom/sponsor");
        let admin = app.as_(&app.cast.admin);
        let order = admin.get("/api/v1/orders?custom.seats=5").expect(200).body["data"][0].clone();
        assert_eq!(order["custom"], json!({"seats": 5, "approved": true, "channels": ["web", "fair"], "tier": "silver", "budget": "1000.5", "sponsor": {"id": app.cast.mate.id, "name": "mate"}}));
        assert_eq!(counts(&import(app, "", file.clone(), &mapping)), [0, 0, 2, 1]);
        assert_eq!(counts(&import(app, "", file.replace("1,A,5", "1,A,6"), &mapping)), [0, 1, 1, 1]);
        // A target that no standard defines is told before a row is read; so is one that is retired.
        let refused = |target: &str| {
            let mut mapping = mapping.clone();
            mapping["fields"][target] = json!({"column": "Seats"});
            let form = reqwest::blocking::multipart::Form::new()
                .part("file", reqwest::blocking::multipart::Part::bytes(file.clone().into_bytes()).file_name("a.csv"))
                .text("mapping", mapping.to_string());
            admin.upload("/api/v1/imports", form)
        };
        let unknown = refused("custom.seets").problem(422, "invalid");
        assert_eq!((unknown.faults(), unknown.body["errors"][0]["suggestion"].as_str()), (vec![("/mapping/fields/custom.seets", "unknown_target")], Some("custom.seats")));
        let mut after = fields();
        after[0]["retired"] = json!(true);
        define(app, "orders", after);
        assert_eq!(refused("custom.site").problem(422, "invalid").faults(), [("/mapping/fields/custom.site", "unknown_target")]);
        // By the names of the columns alone.
        let by_name = import(app, "", "title,customer_name,lines[0].product,lines[0].quantity,custom.approved\nD,上海华为技术有限公司,GTX Pro,1,true\n", &json!({"entity": "orders"}));
        assert_eq!(counts(&by_name), [1, 0, 0, 0], "{:?}", errors(app, &by_name));
        assert_eq!(total(&admin, "/api/v1/orders?custom.approved=true"), 2);
    }

    fn figures_are_grouped_by_them(app: &TestApp) {
        stock(app);
        every_type(app);
        let cast = app.cast;
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-11-01", "custom": {"tier": "gold", "approved": true}}));
        imported(app, &cast.rep, "lost", json!({"closed_on": "2026-11-01", "custom": {"tier": "gold", "approved": false}}));
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-11-01", "custom": {"tier": null}}));
        let admin = app.as_(&cast.admin);
        let rows = |query: &str| {
            let rows = admin.get(&format!("/api/v1/analytics/{query}")).expect(200).body["data"].as_array().unwrap().clone();
            for row in &rows {
                assert_eq!(total(&admin, row["drilldown"].as_str().unwrap()), row["orders"].as_i64().unwrap(), "{row}");
            }
            rows.iter().map(|row| (row["group"].clone(), row["orders"].as_i64().unwrap())).collect::<Vec<_>>()
        };
        let group = |key: &str, value: Option<&str>, label: Option<&str>| json!({key: {"key": value, "label": label}});
        assert_eq!(rows("conversion?group_by=custom.tier"), [(group("custom.tier", Some("gold"), Some("gold")), 2), (group("custom.tier", None, None), 1)]);
        assert_eq!(rows("conversion?group_by=custom.approved&custom.approved[null]=false"), [(group("custom.approved", Some("false"), Some("No")), 1), (group("custom.approved", Some("true"), Some("Yes")), 1)]);
        assert_eq!(rows("revenue?group_by=product,custom.tier").len(), 2);
        assert_eq!(rows("conversion?custom.tier=gold"), [(json!({}), 2)]);
        let chinese = admin.with("accept-language", "zh-CN").get("/api/v1/analytics/conversion?group_by=custom.tier").expect(200);
        assert_eq!(chinese.body["data"][0]["group"]["custom.tier"]["label"], "选项 gold");
        let table = csv_rows(&admin.with("accept", "text/csv").get("/api/v1/analytics/conversion?group_by=custom.tier&columns=custom.tier.key,orders").expect(200));
        assert_eq!(table, [["custom.tier.key", "orders"], ["gold", "2"], ["", "1"]]);
        for (query, code) in [("group_by=custom.site", "bad_parameter"), ("group_by=custom.tiers", "bad_parameter"), ("custom.tiers=gold", "unknown_parameter")] {
            admin.get(&format!("/api/v1/analytics/conversion?{query}")).problem(400, code);
        }
        // A winner keeps its values; closing and reviewing do not touch them.
        let id = enter(app, &cast.rep, admin.get("/api/v1/customers").expect(200).body["data"][0]["id"].as_str().unwrap(), json!({"tier": "gold"})).id().to_owned();
        act(app, &cast.rep, &id, "submit", json!({})).expect(200);
        assert_eq!(act(app, &cast.reviewer, &id, "approve", json!({})).expect(200).body["custom"], json!({"tier": "gold"}));
        assert_eq!(act(app, &cast.rep, &id, "win", json!({})).expect(200).body["custom"], json!({"tier": "gold"}));
        assert_eq!(app.as_(&cast.rep).patch(&format!("/api/v1/orders/{id}"), json!({"custom": {"tier": "silver"}}), "*").problem(409, "not_editable").faults(), [("/custom", "not_editable")]);
    }
}
