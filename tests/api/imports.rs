//! Bringing in files: the parts of the form, the job, its counts, and the file of what was refused.
use std::time::{Duration, Instant};

use reqwest::blocking::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

const PRODUCTS: &str = "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n";

fn products() -> Value {
    serde_json::from_str(include_str!("../crm/products.json")).unwrap()
}

pub fn form(file: impl Into<Vec<u8>>, mapping: &str) -> Form {
    Form::new().part("file", Part::bytes(file.into()).file_name("products.csv")).text("mapping", mapping.to_owned())
}

/// Sends a file and waits for its job.
pub fn import(app: &TestApp, query: &str, file: impl Into<Vec<u8>>, mapping: &Value) -> Answer {
    let admin = app.as_(&app.cast.admin);
    let taken = admin.upload(&format!("/api/v1/imports{query}"), form(file, &mapping.to_string())).expect(202);
    assert_eq!(taken.header("location"), format!("/api/v1/jobs/{}", taken.id()));
    assert_eq!((taken.body["kind"].as_str(), taken.body["done"].as_i64()), (Some("import"), Some(0)));
    ended(app, taken.id());
    admin.get(&format!("/api/v1/imports/{}", taken.id())).expect(200)
}

fn ended(app: &TestApp, id: &str) -> Answer {
    let began = Instant::now();
    loop {
        let job = app.as_(&app.cast.admin).get(&format!("/api/v1/jobs/{id}")).expect(200);
        if !["queued", "running"].contains(&job.body["state"].as_str().unwrap()) {
            return job;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{job}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn counts(import: &Answer) -> [i64; 4] {
    ["created", "updated", "unchanged", "refused"].map(|name| import.body[name].as_i64().unwrap())
}

pub fn errors(app: &TestApp, import: &Answer) -> Vec<Vec<String>> {
    let answer = app.as_(&app.cast.admin).get(import.body["errors"].as_str().unwrap()).expect(200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(answer.text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

both! {
    fn a_file_is_brought_in_once(app: &TestApp) {
        let first = import(app, "", PRODUCTS, &products());
        assert_eq!((counts(&first), first.body["state"].as_str(), first.body["total"].as_i64()), ([2, 0, 0, 0], Some("done"), Some(2)), "{first}");
        assert_eq!((first.body["entity"].as_str(), first.body["file_name"].as_str()), (Some("products"), Some("products.csv")));
        let job = app.as_(&app.cast.admin).get(&format!("/api/v1/jobs/{}", first.id())).expect(200).body;
        assert_eq!((&job["result"], &job["error"]), (&json!({"created": 2, "updated": 0, "unchanged": 0, "refused": 0}), &Value::Null));
        assert_eq!(counts(&import(app, "", PRODUCTS, &products())), [0, 0, 2, 0]);
        assert_eq!(counts(&import(app, "", PRODUCTS.replace("55", "56"), &products())), [0, 1, 1, 0]);
        let list = app.as_(&app.cast.rep).get("/api/v1/products?include_total=true").expect(200).body;
        assert_eq!(list["page"]["total"], 2);
    }

    fn what_is_refused_comes_back_with_its_reasons_and_can_be_sent_again(app: &TestApp) {
        let file = "product,series,sales_price\nGTX Pro,GTX,4821\n=cmd(),GTX,lots\n,@x,1,2\nMG Special,MG,55\n";
        let sent = import(app, "", file, &products());
        assert_eq!(counts(&sent), [2, 0, 0, 2]);
        let rows = errors(app, &sent);
        assert_eq!(rows[0], ["product", "series", "sales_price", "error_code", "error_pointer", "error_reason"]);
        assert_eq!(rows[1][..5], ["'=cmd()", "GTX", "lots", "not_a_decimal", "/list_price"]);
        assert_eq!(rows[2], ["", "'@x", "1", "2", "wrong_width", "", "The row has 4 cells, the header 3."]);
        assert_eq!(rows.len(), 3);
        let path = sent.body["errors"].as_str().unwrap();
        let chinese = app.as_(&app.cast.admin).with("accept-language", "zh-CN").get(path).expect(200);
        assert!(chinese.text.contains("该行有 4 个单元格，表头有 3 个。") && chinese.header("content-language") == "zh-CN");
        // Corrected in place, columns of ours and all.
        let corrected = app.as_(&app.cast.admin).get(path).expect(200).text.lines().take(2).collect::<Vec<_>>().join("\n").replace("lots", "12");
        let again = import(app, "", corrected, &products());
        assert_eq!(counts(&again), [1, 0, 0, 0], "{:?}", errors(app, &again));
        let names = app.as_(&app.cast.rep).get("/api/v1/products").expect(200).text;
        assert!(names.contains("\"=cmd()\""), "{names}");
    }

    fn a_rehearsal_stores_nothing(app: &TestApp) {
        let file = format!("{PRODUCTS}X,Y,Z\n");
        let sent = import(app, "?validate_only=true", file, &products());
        assert_eq!((counts(&sent), sent.body["validate_only"].as_bool()), ([2, 0, 0, 1], Some(true)));
        assert_eq!(errors(app, &sent).len(), 2);
        assert_eq!(app.as_(&app.cast.rep).get("/api/v1/products?include_total=true").expect(200).body["page"]["total"], 0);
        app.as_(&app.cast.admin).upload("/api/v1/imports?validate_only=yes", form(PRODUCTS, "{}")).problem(400, "bad_parameter");
    }

    fn parts_mapping_and_header_are_checked_before_anything_is_taken(app: &TestApp) {
        let send = |form: Form| app.as_(&app.cast.admin).upload("/api/v1/imports", form);
        assert_eq!(send(Form::new().text("other", "x")).problem(422, "invalid").faults(), [("/file", "required"), ("/mapping", "required"), ("/other", "unknown_field")]);
        let mapping = json!({"entity": "products", "fields": {"nmae": {"column": "product"}, "sku": {"column": "product", "template": "x"}}});
        let faults = send(form("", &mapping.to_string())).problem(422, "invalid");
        assert_eq!(
            faults.faults(),
            [("/file", "no_header"), ("/mapping/fields/nmae", "unknown_target"), ("/mapping/fields/sku", "two_sources"), ("/mapping/fields/sku/template", "bad_template")]
        );
        let mapping = json!({"entity": "products", "fields": {"name": {"column": "prodct"}}}).to_string();
        let faults = send(form(PRODUCTS, &mapping)).problem(422, "invalid");
        assert_eq!(faults.body["errors"][0]["suggestion"], "product", "{faults}");
        assert_eq!(send(form("a,b,a\n", r#"{"entity": "products"}"#)).problem(422, "invalid").faults()[0].0, "/mapping");
        assert_eq!(send(form(b"\xff\xfe\n".as_slice(), &mapping)).problem(422, "invalid").faults(), [("/file", "not_utf8")]);
        assert_eq!(send(form(PRODUCTS, r#"{"entity": "things", "fields": {"x": {"column": "y"}}}"#)).problem(422, "invalid").faults(), [("/mapping/entity", "not_one_of")]);
        send(form(PRODUCTS, "{")).problem(400, "malformed_json");
        send(form(PRODUCTS, &" ".repeat((1 << 20) + 1))).problem(413, "too_large");
        send(form("x".repeat((64 << 20) + 1), "{}")).problem(413, "too_large");
        let raw = |content_type: &str, body: &str| app.as_(&app.cast.admin).raw("POST", "/api/v1/imports", content_type, body);
        raw("application/json", "{}").problem(415, "unsupported_media_type");
        raw("multipart/form-data", "x").problem(400, "malformed_request");
        raw("multipart/form-data; boundary=b", "--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nhalf").problem(400, "malformed_request");
    }

    fn a_header_may_name_the_fields_itself(app: &TestApp) {
        let file = "\u{feff}sku,name,aliases[0],list_price,currency\r\nG,GTX Pro,GTXPro,4821,USD\r\n";
        assert_eq!(counts(&import(app, "", file, &json!({"entity": "products"}))), [1, 0, 0, 0]);
        assert_eq!(counts(&import(app, "", "sku,name\n", &json!({"entity": "products"}))), [0, 0, 0, 0]);
    }

    fn bytes_that_are_no_text_are_refused_by_their_row(app: &TestApp) {
        let sent = import(app, "", b"sku,name\nA,\xff\xfe\nB,nul\0nul\nC,Cable\n".as_slice(), &json!({"entity": "products"}));
        assert_eq!(counts(&sent), [1, 0, 0, 2]);
        let codes: Vec<_> = errors(app, &sent)[1..].iter().map(|row| row[2].clone()).collect();
        assert_eq!(codes, ["not_utf8", "control_character"]);
    }

    fn people_come_with_their_teams(app: &TestApp) {
        let mapping = serde_json::from_str(include_str!("../crm/users.json")).unwrap();
        let file = "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\nCecily Lampkin,Dustin Brinkmann,Central\n";
        let sent = import(app, "", file, &mapping);
        assert_eq!(counts(&sent), [2, 0, 0, 0], "{:?}", errors(app, &sent));
        assert_eq!(counts(&import(app, "", file, &mapping)), [0, 0, 2, 0]);
        let users = app.as_(&app.cast.admin).get("/api/v1/users?limit=200").expect(200).text;
        assert!(users.contains("anna.snelling@example.com") && users.contains("dustin.brinkmann@example.com"), "{users}");
    }

    fn orders_come_with_their_history(app: &TestApp) {
        import(app, "", PRODUCTS, &products());
        import(app, "", "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\n", &serde_json::from_str(include_str!("../crm/users.json")).unwrap());
        import(app, "", "account,sector,office_location\nCancity,retail,United States\n", &serde_json::from_str(include_str!("../crm/customers.json")).unwrap());
        let file = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n\
            A1,Anna Snelling,GTXPro,Cancity,Won,2016-10-20,2017-03-01,1054\nA2,Anna Snelling,GTX Pr,Cancity,Lost,2016-10-25,2017-03-11,0\n\
            A3,Anna Snelling,MG Special,Cancity,Lost,2016-10-25,2017-03-11,0\nA4,Anna Snelling,MG Special,,Engaging,2016-10-25,,\n";
        let mapping = serde_json::from_str(include_str!("../crm/orders.json")).unwrap();
        let sent = import(app, "", file, &mapping);
        assert_eq!(counts(&sent), [2, 0, 0, 2], "{:?}", errors(app, &sent));
        let rows = errors(app, &sent);
        assert!(rows[1][8].contains("unknown_product") && rows[1][10].contains("GTX Pro"), "{rows:?}");
        assert_eq!(counts(&import(app, "", file, &mapping)), [0, 0, 2, 2]);
        let orders = app.as_(&app.cast.admin).get("/api/v1/orders?status=won").expect(200).body;
        assert_eq!((&orders["data"][0]["amount"], &orders["data"][0]["closed_on"]), (&json!("1054.00"), &json!("2017-03-01")), "{orders}");
    }

    fn many_rows_are_done_in_units(app: &TestApp) {
        let file: String = std::iter::once("sku,name\n".to_owned()).chain((0..1000).map(|n| format!("S{n},Name {n}\n"))).collect();
        assert_eq!(counts(&import(app, "", file, &json!({"entity": "products"}))), [1000, 0, 0, 0]);
    }

    fn a_job_is_cancelled_between_units(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let file: String = std::iter::once("sku,name\n".to_owned()).chain((0..5000).map(|n| format!("S{n},Name {n}\n"))).collect();
        let job = admin.upload("/api/v1/imports", form(file, r#"{"entity": "products"}"#)).expect(202);
        let path = format!("/api/v1/jobs/{}", job.id());
        admin.delete(&path, None).expect(204);
        assert_eq!(ended(app, job.id()).body["state"], "cancelled");
        admin.delete(&path, None).expect(204);
        let import = admin.get(&format!("/api/v1/imports/{}", job.id())).expect(200);
        let total = admin.get("/api/v1/products?include_total=true").expect(200).body["page"]["total"].as_i64();
        assert_eq!(Some(counts(&import)[0]), total, "what is counted is what is stored");
        assert!(total < Some(5000));
    }

    fn what_has_ended_is_not_cancelled(app: &TestApp) {
        let sent = import(app, "", PRODUCTS, &products());
        app.as_(&app.cast.admin).delete(&format!("/api/v1/jobs/{}", sent.id()), None).problem(409, "job_ended");
    }

    fn imports_are_for_administrators(app: &TestApp) {
        let sent = import(app, "", PRODUCTS, &products());
        for user in [&app.cast.rep, &app.cast.lead, &app.cast.reviewer] {
            for path in [format!("/api/v1/imports/{}", sent.id()), format!("/api/v1/imports/{}/errors", sent.id()), format!("/api/v1/jobs/{}", sent.id())] {
                app.as_(user).get(&path).problem(403, "role");
            }
            app.as_(user).upload("/api/v1/imports", form(PRODUCTS, "{}")).problem(403, "role");
            app.as_(user).delete(&format!("/api/v1/jobs/{}", sent.id()), None).problem(403, "role");
        }
        for path in ["/api/v1/imports/x", "/api/v1/imports/x/errors", "/api/v1/imports/019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e/errors"] {
            app.as_(&app.cast.admin).get(path).problem(404, "not_found");
        }
    }
}
