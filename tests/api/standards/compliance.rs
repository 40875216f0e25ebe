//! How the open records stand to a version: figures that a count by hand confirms, lists of exactly the records counted, the same for a draft.
use serde_json::{Value, json};

use super::{add, publish, rule};
use crate::harness::Client;
use crate::orders::{act, imported, sound, stock};

const ORDERS: &str = "/api/v1/standards/orders/compliance";

/// The ids of all records of a list, page by page.
fn walk(client: &Client<'_>, address: &str) -> Vec<String> {
    let (mut ids, mut at) = (Vec::new(), format!("{address}{}limit=1", if address.contains('?') { '&' } else { '?' }));
    loop {
        let page = client.get(&at).expect(200);
        ids.extend(page.body["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        if page.body["page"]["has_more"] == false {
            return ids;
        }
        at = page.header("link").split_once('>').unwrap().0[1..].replace("https://orders.example.com", "");
    }
}

/// Every figure has a list of as many records, all of which are as the figure says.
fn drill(client: &Client<'_>, figures: &Value) -> Vec<(String, u64, u64)> {
    let counted = |figure: &Value, name: &str| figure[name].as_u64().unwrap();
    let groups = [std::slice::from_ref(figures), figures["owners"].as_array().unwrap().as_slice(), figures["teams"].as_array().unwrap().as_slice()].concat();
    let mut told = Vec::new();
    for group in &groups {
        let (records, meet) = (counted(group, "records"), counted(group, "meet"));
        for (name, expected) in [("records", records), ("meet", meet), ("fail", records - meet)] {
            let ids = walk(client, group["drilldowns"][name].as_str().unwrap());
            assert_eq!(ids.len() as u64, expected, "{name} of {group}");
        }
        told.push((group["label"].as_str().unwrap_or("-").to_owned(), records, meet));
    }
    for rule in figures["rules"].as_array().unwrap() {
        let page = client.get(&format!("{}&limit=200", rule["drilldown"].as_str().unwrap())).expect(200);
        let rows = page.body["data"].as_array().unwrap();
        assert_eq!(rows.len() as u64, counted(rule, "records"), "{rule}");
        assert!(rows.iter().all(|row| row["rules"].as_array().unwrap().contains(&rule["rule"])), "{page}");
    }
    told
}

fn by_rule(figures: &Value, first: usize) -> Vec<(&str, u64)> {
    figures["rules"].as_array().unwrap()[first..].iter().map(|rule| (rule["rule"].as_str().unwrap(), rule["records"].as_u64().unwrap())).collect()
}

both! {
    fn figures_are_what_the_lists_hold_and_each_sees_their_own(app: &TestApp) {
        let customer = stock(app);
        let enter = |user, more: Value| {
            let mut entry = sound(&customer);
            for (name, value) in more.as_object().cloned().unwrap() {
                entry[name] = value;
            }
            app.as_(user).post("/api/v1/orders", entry).expect(201).id().to_owned()
        };
        let cast = &app.cast;
        enter(&cast.rep, json!({"note": "n", "title": "First"}));
        let submitted = enter(&cast.rep, json!({}));
        act(app, &cast.rep, &submitted, "submit", json!({})).expect(200);
        enter(&cast.mate, json!({"tags": ["a"], "title": "Twin"}));
        enter(&cast.mate, json!({"title": "Twin"}));
        enter(&cast.stranger, json!({"title": "Twin", "note": "n"}));
        // What is closed does not count, and holds no unique value.
        imported(app, &cast.rep, "won", json!({"title": "Twin"}));
        imported(app, &cast.mate, "processed", json!({"note": "n"}));
        add(app, [
            rule("note", json!({"kind": "required", "fields": ["note"], "on": "submit", "messages": {"en": "Write a note.", "zh-CN": "请写备注。"}})),
            rule("tags", json!({"kind": "count", "min": 1, "fields": ["tags"], "severity": "warning"})),
            rule("once", json!({"kind": "unique", "fields": ["title", "customer_id"], "when": {"field": "owner", "op": "ne", "value": cast.stranger.id.to_string()}})),
            rule("role", json!({"kind": "discount_limit", "max": "1", "roles": {"rep": "0.04"}, "fields": ["lines[].discount_rate"], "when": {"field": "note", "op": "null", "value": true}})),
        ]);
        let admin = app.as_(&cast.admin);
        let figures = admin.get(ORDERS).expect(200).body;
        assert_eq!((figures["version"].as_i64(), figures["entity"].as_str()), (Some(2), Some("orders")));
        let all = drill(&admin, &figures);
        let expected = [("-", 6, 3), ("mate", 3, 1), ("rep", 2, 1), ("stranger", 1, 1), ("Team A", 5, 2), ("Team B", 1, 1)].map(|(label, records, meet)| (label.to_owned(), records, meet));
        assert_eq!(all, expected);
        assert_eq!(by_rule(&figures, 12), [("note", 1), ("tags", 5), ("once", 2), ("role", 3)]);
        assert_eq!((&figures["rules"][12]["message"], &figures["rules"][13]["severity"]), (&json!("Write a note."), &json!("warning")));

        let rep = app.as_(&cast.rep);
        let own = rep.get(ORDERS).expect(200).body;
        let expected = [("-", 5, 2), ("Team", 3, 1), ("rep", 2, 1), ("Team A", 5, 2)].map(|(label, records, meet)| (label.to_owned(), records, meet));
        assert_eq!(drill(&rep, &own), expected);
        let lead = app.as_(&cast.lead).get(ORDERS).expect(200).body;
        let expected = [("-", 5, 2), ("mate", 3, 1), ("rep", 2, 1), ("Team A", 5, 2)].map(|(label, records, meet)| (label.to_owned(), records, meet));
        assert_eq!(drill(&app.as_(&cast.lead), &lead), expected);
        // A list belongs to one caller and one question.
        let first = admin.get(&format!("{ORDERS}/records?limit=2&meets=false")).expect(200);
        let next = first.body["page"]["next_cursor"].as_str().unwrap();
        rep.get(&format!("{ORDERS}/records?meets=false&cursor={next}")).problem(400, "bad_cursor");
        admin.get(&format!("{ORDERS}/records?meets=true&cursor={next}")).problem(400, "bad_cursor");
        for wrong in ["rule=nonsense", "meets=maybe", "owner=me", "limit=0", "cursor=x"] {
            assert_eq!(admin.get(&format!("{ORDERS}/records?{wrong}")).status, 400, "{wrong}");
        }
    }

    fn publishing_is_rehearsed_on_todays_open_records(app: &TestApp) {
        let customer = stock(app);
        let admin = app.as_(&app.cast.admin);
        for (user, note) in [(&app.cast.rep, json!("n")), (&app.cast.mate, json!(null)), (&app.cast.stranger, json!(null))] {
            let mut entry = sound(&customer);
            entry["note"] = note;
            app.as_(user).post("/api/v1/orders", entry).expect(201);
        }
        let before = admin.get("/api/v1/standards/orders").expect(200);
        let rules = json!([rule("note", json!({"kind": "required", "fields": ["note"]})), rule("source", json!({"kind": "required", "fields": ["source"]}))]);
        let put = |query: &str, etag: &str| admin.put(&format!("/api/v1/standards/orders{query}"), json!({"rules": rules}), etag);
        put("?validate_only=true", "\"9\"").problem(412, "stale");
        let tried = put("?validate_only=true", before.etag()).expect(200).body;
        let figures = &tried["compliance"];
        assert_eq!((&tried["version"], &tried["rules"][1]["id"], &figures["version"]), (&json!(2), &json!("source"), &json!(2)));
        assert_eq!((figures["records"].as_u64(), figures["meet"].as_u64(), by_rule(figures, 0)), (Some(3), Some(1), vec![("note", 2), ("source", 0)]));
        assert!(figures.get("drilldowns").is_none() && figures["rules"][0].get("drilldown").is_none());
        assert_eq!(admin.get("/api/v1/standards/orders").expect(200).text, before.text);
        let published = put("", before.etag()).expect(200);
        assert!(published.body.get("compliance").is_none());
        let now = admin.get(ORDERS).expect(200).body;
        assert_eq!((&now["records"], &now["meet"], by_rule(&now, 0)), (&figures["records"], &figures["meet"], by_rule(figures, 0)));
    }

    fn customers_and_products_stand_to_their_own_standards(app: &TestApp) {
        stock(app);
        for (user, body) in [
            (&app.cast.rep, json!({"name": "A", "industry": "steel"})),
            (&app.cast.stranger, json!({"name": "B", "region": "east", "contacts": [{"name": "Li"}]})),
            (&app.cast.stranger, json!({"name": "ｂ", "region": "east", "industry": "steel"})),
        ] {
            app.as_(user).post("/api/v1/customers", body).expect(201);
        }
        publish(app, "customers", json!([
            rule("industry", json!({"kind": "required", "fields": ["industry"]})),
            rule("phone", json!({"kind": "required", "fields": ["contacts[].phone"]})),
            rule("once", json!({"kind": "unique", "fields": ["name", "region"]})),
        ]));
        let at = "/api/v1/standards/customers/compliance";
        let admin = app.as_(&app.cast.admin);
        let figures = admin.get(at).expect(200).body;
        assert_eq!(by_rule(&figures, 0), [("industry", 1), ("phone", 1), ("once", 2)]);
        let expected = [("-", 4, 2), ("stranger", 2, 0), ("rep", 2, 2), ("Team B", 2, 0), ("Team A", 2, 2)].map(|(label, records, meet)| (label.to_owned(), records, meet));
        assert_eq!(drill(&admin, &figures), expected);
        let rep = app.as_(&app.cast.rep);
        assert_eq!(drill(&rep, &rep.get(at).expect(200).body)[0], ("-".to_owned(), 2, 2));

        publish(app, "products", json!([rule("unit", json!({"kind": "one_of", "values": ["box"], "fields": ["unit"]})), rule("priced", json!({"kind": "range", "min": "100", "fields": ["list_price"], "severity": "warning"}))]));
        let figures = rep.get("/api/v1/standards/products/compliance").expect(200).body;
        assert_eq!((by_rule(&figures, 0), figures["records"].as_u64(), figures["meet"].as_u64()), (vec![("unit", 2), ("priced", 1)], Some(2), Some(0)));
        assert_eq!(drill(&rep, &figures), [("-".to_owned(), 2, 0)]);
        rep.get("/api/v1/standards/products/compliance/records?owner=0192d3a4-0000-7000-8000-000000000000").problem(400, "bad_parameter");
    }
}
