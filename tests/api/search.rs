//! Full text: orders, customers and products are found as people type, by those who may read what was found, and no text does harm.
use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use intent_orders::platform::db::schema::search_entries;
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, Id, connection};
use intent_orders::platform::watch::statements::{self, Trace};
use intent_orders::{customers, orders, products};
use serde_json::{Value, json};

use crate::harness::{Client, Kind, TestApp};
use crate::lists::encoded;

/// What a search finds, by a field.
fn found(client: &Client<'_>, of: &str, q: &str, field: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/v1/{of}?limit=200&q={}", encoded(q))).expect(200);
    let mut all: Vec<String> = answer.body["data"].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

/// Two customers, two products, and an order of each customer, all of the rep's.
fn filled(app: &TestApp) -> (Value, Value) {
    let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
    admin.post("/api/v1/products", json!({"sku": "GTX-PRO", "name": "GTX Pro", "aliases": ["智能电表（三相）"], "category": "Übergabe"})).expect(201);
    admin.post("/api/v1/products", json!({"sku": "MG", "name": "MG 特别版"})).expect(201);
    let huawei = json!({"name": "上海华为技术有限公司", "industry": "telecom", "region": "华东", "tags": ["大客户"], "note": "Prefers mornings", "preferences": {"text": "请电话联系", "categories": ["GTX"]},
        "contacts": [{"name": "Zoë O'Neil", "phone": "+86 21 5555-0100", "email": "zoe@example.com", "title": "Buyer"}]});
    let huawei = rep.post("/api/v1/customers", huawei).expect(201).body;
    let other =
        rep.post("/api/v1/customers", json!({"name": "Lakeside Précision", "contacts": [{"name": "李娜", "phone": "(021) 138 0013 8000"}]})).expect(201).body;
    let order = |customer: &Value, more: Value| {
        let mut body = json!({"customer_id": customer["id"], "currency": "CNY", "lines": [{"product": "MG", "quantity": 1, "unit_price": 5}]});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        rep.post("/api/v1/orders", body).expect(201).body
    };
    let one = order(
        &huawei,
        json!({"title": "园区 网络改造", "note": "含税价\n第二行 second line", "tags": ["春季"], "external_ref": {"system": "shop", "id": "WEB-2042"}}),
    );
    let two =
        order(&other, json!({"title": "Spring refit ＡＢＣ", "lines": [{"product": "MG", "quantity": 1, "unit_price": 5, "description": "Façade élévator"}]}));
    (one, two)
}

/// Texts that are nobody's words.
const HOSTILE: [&str; 34] = [
    "\"",
    "''",
    "' OR 1=1 --",
    "\\",
    "\\'",
    "*",
    "gtx*",
    "NEAR",
    "NEAR(a b)",
    "a NEAR/2 b",
    "AND",
    "OR OR",
    "NOT",
    "a AND NOT b",
    "terms:x",
    "title : x",
    "^gtx",
    "-gtx",
    "+gtx",
    "{a b}",
    "(",
    "a:*",
    "a & b | !c",
    "a <-> b",
    "🙂",
    "🙂 gtx 🙂",
    "👨‍👩‍👧",
    "\u{202e}gtx",
    "\u{feff}",
    "\u{e000}",
    "％",
    "；",
    "𠀀",
    "ﷺ",
];

both! {
    fn chinese_is_found_by_any_part_and_others_by_their_beginning(app: &TestApp) {
        let (one, two) = filled(app);
        let rep = app.as_(&app.cast.rep);
        let (one, two) = (one["number"].as_str().unwrap(), two["number"].as_str().unwrap());
        for (q, expected) in [
            // Two characters, one, a long phrase, across a blank never, several words in any order.
            ("网络", vec![one]), ("改", vec![one]), ("网络改造", vec![one]), ("园区网络", vec![]), ("造改", vec![]), ("改造 园区", vec![one]), ("网造", vec![]),
            // By beginning, whatever the case, the width, the accents.
            ("spring", vec![two]), ("SPR", vec![two]), ("ring", vec![]), ("ref spr", vec![two]), ("abc", vec![two]), ("ａｂ", vec![two]), ("facade", vec![two]), ("FAÇADE ELE", vec![two]), ("elevators", vec![]),
            // Note with its second line, tags, references, descriptions.
            ("含税", vec![one]), ("second", vec![one]), ("春季", vec![one]), ("WEB-2042", vec![one]), ("2042", vec![one]), ("web 2042", vec![one]),
            // Numbers of orders, and names of customers.
            (one, vec![one]), (&one.to_lowercase(), vec![one]), (one.trim_start_matches("IO-"), vec![one]), ("io", vec![one, two]), ("华为", vec![one]), ("为", vec![one]), ("上海华为技术有限公司", vec![one]), ("lakeside", vec![two]), ("precision spring", vec![two]),
            // What is in the contacts is no order's.
            ("zoe", vec![]), ("5555", vec![]),
        ] {
            assert_eq!(found(&rep, "orders", q, "number"), expected, "{q}");
        }
        for (q, expected) in [("gtx", vec!["GTX-PRO"]), ("pro", vec!["GTX-PRO"]), ("gtx-pro", vec!["GTX-PRO"]), ("电表", vec!["GTX-PRO"]), ("三相", vec!["GTX-PRO"]), ("表三", vec![]), ("ubergabe", vec!["GTX-PRO"]), ("特别", vec!["MG"]), ("mg特别版", vec!["MG"])] {
            assert_eq!(found(&rep, "products", q, "sku"), expected, "{q}");
        }
        for (q, expected) in [("telecom", 1), ("华东", 1), ("大客户", 1), ("precis", 1), ("mornings", 1), ("电话", 1), ("zoe", 1), ("O'Neil", 1), ("neil zoe", 1), ("zoe@example.com", 1), ("buyer", 1), ("李", 1), ("nobody", 0)] {
            assert_eq!(found(&rep, "customers", q, "name").len(), expected, "{q}");
        }
    }

    fn phone_numbers_are_found_however_they_are_written(app: &TestApp) {
        filled(app);
        let rep = app.as_(&app.cast.rep);
        for q in ["+86 21 5555-0100", "5555 0100", "55550100", "0100", "(86)21-5555.0100", "86 2155 550100", "＋８６ ２１ ５５５５", "215555"] {
            assert_eq!(found(&rep, "customers", q, "name"), ["上海华为技术有限公司"], "{q}");
        }
        for q in ["13800138000", "138-0013-8000", "138 00138000", "021 138", "8000"] {
            assert_eq!(found(&rep, "customers", q, "name"), ["Lakeside Précision"], "{q}");
        }
        assert_eq!(found(&rep, "customers", "555501009", "name"), [""; 0]);
    }

    fn the_index_follows_every_change(app: &TestApp) {
        let (one, two) = filled(app);
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let number = one["number"].as_str().unwrap();
        let path = format!("/api/v1/orders/{}", one["id"].as_str().unwrap());
        rep.patch(&path, json!({"title": "Winter", "tags": [], "external_ref": null, "lines": [{"product": "MG", "quantity": 1, "unit_price": 5, "description": "吊装"}]}), "*").expect(200);
        for (q, there) in [("改造", false), ("春季", false), ("2042", false), ("winter", true), ("吊装", true), ("含税", true)] {
            assert_eq!(found(&rep, "orders", q, "number"), if there { vec![number] } else { vec![] }, "{q}");
        }
        // The customer's new name is its orders', at once.
        let customer = format!("/api/v1/customers/{}", one["customer"]["id"].as_str().unwrap());
        rep.patch(&customer, json!({"name": "深圳某某集团", "contacts": [{"name": "Ann", "phone": "777 88 99"}], "note": null}), "*").expect(200);
        for (q, orders, customers) in [("华为", 0, 0), ("某某", 1, 1), ("5555", 0, 0), ("7778899", 0, 1), ("mornings", 0, 0)] {
            assert_eq!((found(&rep, "orders", q, "number").len(), found(&rep, "customers", q, "name").len()), (orders, customers), "{q}");
        }
        let product = admin.get("/api/v1/products?q=gtx").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/products/{product}"), json!({"aliases": ["Smartmeter"]}), "*").expect(200);
        assert_eq!((found(&rep, "products", "电表", "sku").len(), found(&rep, "products", "smartm", "sku").len()), (0, 1));
        // What is put away is found with what is put away, and again once it is back.
        let two_path = format!("/api/v1/orders/{}", two["id"].as_str().unwrap());
        rep.delete(&two_path, "*").expect(204);
        assert_eq!(found(&rep, "orders", "refit", "number"), [""; 0]);
        assert_eq!(rep.get("/api/v1/orders?include_archived=true&q=refit").expect(200).body["data"].as_array().unwrap().len(), 1);
        rep.action(&format!("{two_path}/restore"), Value::Null, "*").expect(200);
        assert_eq!(found(&rep, "orders", "refit", "number").len(), 1);
    }

    // As when a program starts on a database of a time before there was full text.
    fn an_index_that_is_made_anew_is_as_it_was(app: &TestApp) {
        filled(app);
        let rep = app.as_(&app.cast.rep);
        let entries = |c: &mut AnyConnection| {
            let columns = (search_entries::record_type, search_entries::record_id, search_entries::part, search_entries::terms);
            Ok(search_entries::table.select(columns).load::<(String, Id, String, String)>(c)?.into_iter().collect::<BTreeSet<_>>())
        };
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        let mut made_anew = || {
            let before = app.state.db.read_here(entries).unwrap();
            diesel::delete(search_entries::table).execute(&mut conn).unwrap();
            let trace = Trace::new(Duration::from_secs(3_600), None);
            statements::within(Some(&trace), || {
                [products::list::index_all, customers::list::index_all, orders::list::index_all].iter().try_for_each(|index_all| index_all(&mut conn))
            })
            .unwrap();
            assert_eq!(app.state.db.read_here(entries).unwrap(), before);
            (before.len(), trace.statements() as usize)
        };
        let few = made_anew();
        // These have no words that are for some alone.
        for i in 0..20 {
            rep.post("/api/v1/customers", json!({"name": format!("Riverside {i}")})).expect(201);
        }
        let many = made_anew();
        println!("entries and statements: {few:?}, {many:?}");
        // What is in the index is not looked for; where no way is between, an entry is written by a statement that is kept prepared.
        let written = if matches!(app.state.config.database_url, DatabaseUrl::Sqlite(_)) { 20 } else { 0 };
        assert_eq!(many, (few.0 + 20, few.1 + written));
        assert_eq!((found(&rep, "customers", "zoe", "name"), found(&rep, "orders", "ABC", "title").len()), (vec!["上海华为技术有限公司".into()], 1));
    }

    fn what_is_masked_is_found_by_nobody_else(app: &TestApp) {
        filled(app);
        let cast = app.cast;
        let private = ["zoe", "5555 0100", "mornings", "请电话", "zoe@example", "buyer", "gtx"];
        for (user, reads) in [
            (&cast.rep, true), (&cast.mate, true), (&cast.lead, true), (&cast.admin, true), (&cast.reviewer, true), (&cast.second_reviewer, true), (&cast.reviewing_lead, true), (&cast.stranger, false),
        ] {
            let client = app.as_(user);
            for q in private {
                assert_eq!(found(&client, "customers", q, "name").len(), usize::from(reads), "{} {q}", user.name);
            }
            // Of several words each is looked for where the reader may look.
            assert_eq!(found(&client, "customers", "华为 zoe", "name").len(), usize::from(reads), "{}", user.name);
            for q in ["华为", "telecom", "大客户"] {
                assert_eq!(found(&client, "customers", q, "name").len(), 1, "{} {q}", user.name);
            }
            let json = encoded(&json!({"not": {"field": "q", "op": "eq", "value": "zoe"}}).to_string());
            let without = client.get(&format!("/api/v1/customers?filter={json}")).expect(200).body["data"].as_array().unwrap().len();
            assert_eq!(without, 2 - usize::from(reads), "{}", user.name);
        }
        // With an order of their own they read it, and find it.
        let stranger = app.as_(&cast.stranger);
        let customer = stranger.get("/api/v1/customers?q=telecom").expect(200).body["data"][0]["id"].clone();
        stranger.post("/api/v1/orders", json!({"title": "Mine", "customer_id": customer, "currency": "CNY", "lines": [{"product": "MG", "quantity": 1, "unit_price": 5}]})).expect(201);
        for q in private {
            assert_eq!(found(&stranger, "customers", q, "name").len(), 1, "{q}");
        }
        assert_eq!(found(&stranger, "orders", "华为", "title"), ["Mine"]);
    }

    fn a_question_without_a_word_is_refused(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        for of in ["orders", "customers", "products"] {
            for q in ["", " ", "?!", "，。", "\"*\"", "🙂", "--", &"a ".repeat(21), &"长".repeat(201), &"x".repeat(201)] {
                rep.get(&format!("/api/v1/{of}?q={}", encoded(q))).problem(400, "bad_parameter");
            }
            for q in ["%00", "a%00b", "a%0Ab", "%E2%80%A8%00"] {
                rep.get(&format!("/api/v1/{of}?q={q}")).problem(400, "bad_parameter");
            }
            for q in [&"长".repeat(200), &"x".repeat(200), &"a ".repeat(20)] {
                rep.get(&format!("/api/v1/{of}?q={}", encoded(q))).expect(200);
            }
        }
    }
}

/// What a database answers to hostile texts, asked and kept: statuses and what was found.
fn answers(app: &TestApp) -> Vec<(u16, BTreeSet<String>)> {
    filled(app);
    let rep = app.as_(&app.cast.rep);
    let customer = rep.get("/api/v1/customers?q=lakeside").expect(200).body["data"][0]["id"].clone();
    for (n, text) in HOSTILE.iter().enumerate() {
        let body = json!({"title": format!("h{n} {text}"), "note": text, "customer_id": customer, "currency": "CNY", "lines": [{"product": "MG", "quantity": 1, "unit_price": 5}]});
        let status = rep.post("/api/v1/orders", body).status;
        assert!([201, 422].contains(&status), "{text:?} {status}");
    }
    let long = ["长".repeat(199) + "x", "\"'".repeat(150), "\\".repeat(300), "é".repeat(180)];
    let ask = |text: &str| {
        let answer = rep.get(&format!("/api/v1/orders?limit=200&q={}", encoded(text)));
        assert!([200, 400].contains(&answer.status), "{text:?} {answer}");
        let titles = answer.body["data"].as_array().into_iter().flatten().map(|o| o["title"].as_str().unwrap().to_owned());
        (answer.status, titles.collect())
    };
    HOSTILE.iter().copied().chain(long.iter().map(String::as_str)).chain(["h1", "h2", "or", "near", "not 1", "a b", "b a"]).map(ask).collect()
}

#[test]
fn hostile_texts_do_no_harm_and_get_the_same_answer_everywhere() {
    let answers: Vec<_> = [Kind::Sqlite, Kind::Postgres].into_iter().filter_map(TestApp::on).map(|app| answers(&app)).collect();
    if let [one, other] = &answers[..] {
        assert_eq!(one, other);
    }
    assert!(answers[0].iter().filter(|(status, titles)| *status == 200 && !titles.is_empty()).count() > 10, "{answers:?}");
}
