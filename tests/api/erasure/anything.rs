//! Random people in random texts: after an erasure no stored text holds the person, but for those that are listed.
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use intent_orders::platform::db::{AnyConnection, DatabaseUrl};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::imports::parked;
use super::{erase, listed};
use crate::harness::TestApp;
use crate::imports::import;
use crate::orders::{act, entered, stock};
use crate::standards::{define, field};

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

fn load(c: &mut AnyConnection, sql: &str) -> Vec<String> {
    diesel::sql_query(sql).load::<Row>(c).unwrap().into_iter().map(|row| row.value).collect()
}

/// Every value of every column of every table, as text, by `table.column`.
fn dump(app: &TestApp) -> Vec<(String, String)> {
    let columns = match app.state.config.database_url {
        DatabaseUrl::Sqlite(_) => {
            "select m.name || '.' || c.name || '.' || lower(c.type) as value from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'"
        }
        DatabaseUrl::Postgres(_) => {
            "select table_name || '.' || column_name || '.' || udt_name as value from information_schema.columns where table_schema = 'public'"
        }
    };
    let read = |c: &mut AnyConnection| {
        let mut all = Vec::new();
        for column in load(c, columns) {
            let [table, name, kind] = column.split('.').collect::<Vec<_>>().try_into().unwrap();
            let text = match kind {
                // What is no file: ids, and numbers of what stands elsewhere.
                "bytea" if !["file", "header"].contains(&name) => format!("encode(\"{name}\", 'hex')"),
                "bytea" => format!("convert_from(\"{name}\", 'UTF8')"),
                "blob" if !["file", "header"].contains(&name) => format!("hex(\"{name}\")"),
                _ => format!("cast(\"{name}\" as text)"),
            };
            let values = load(c, &format!("select {text} as value from \"{table}\" where \"{name}\" is not null"));
            all.extend(values.into_iter().map(|value| (format!("{table}.{name}"), value)));
        }
        Ok(all)
    };
    app.state.db.read_here(read).unwrap()
}

/// Who is to be erased.
#[derive(Clone, Debug)]
struct Person {
    name: String,
    digits: String,
    email: String,
}

impl Person {
    /// Said plainly, so that it is not the program's own way to look.
    fn stands_in(&self, text: &str) -> bool {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let text = text.to_lowercase();
        text.contains(&self.name.to_lowercase()) || text.contains(&self.email.to_lowercase()) || digits.contains(&self.digits)
    }
    fn phone(&self) -> String {
        format!("+86 {} {}", &self.digits[..3], &self.digits[3..])
    }
    /// One of the ways in which somebody may write of a person.
    fn told(&self, how: usize) -> String {
        let Self { name, digits, email } = self;
        match how % 6 {
            0 => "nobody".into(),
            1 => name.to_uppercase(),
            2 => format!("{}-{}", &digits[..4], &digits[4..]),
            3 => email.to_uppercase(),
            4 => self.phone(),
            _ => name.clone(),
        }
    }
}

fn person() -> impl Strategy<Value = Person> {
    let latin = "[A-Z][a-z]{3,8} [A-Z][a-z]{3,8}(-[A-Z][a-z]{3,8})?";
    let name = prop_oneof![latin, "[王李张刘陈][\u{6600}-\u{66ff}]{2}"];
    (name, "1[3-9][0-9]{9}", "[a-z]{4,9}\\.[a-z]{4,9}@(mail|example)\\.(com|cn)").prop_map(|(name, digits, email)| Person { name, digits, email })
}

/// Where what was put may be found again, and in which words the answer lists it.
const FREE: &[(&str, &str)] = &[
    ("customers.note", "customer note"),
    ("customers.preferences", "customer preferences/text"),
    ("customers.tags", "customer tags"),
    ("customers.custom", "customer custom/hint"),
    ("orders.custom", "order custom/hint"),
    ("orders.title", "order title"),
    ("orders.note", "order note"),
    ("orders.lines", "order lines/description"),
    ("order_follow_ups.content", "order follow_ups/content"),
    ("order_follow_ups.result", "order follow_ups/result"),
    ("order_delays.note", "order delays/note"),
    ("order_delays.remedy", "order delays/remedy"),
    ("order_remarks.message", "order remarks/message"),
    ("order_transitions.note", "order history/note"),
];
/// Follows from a text that is listed and changes with it.
const DERIVED: &[&str] = &["customer_tags.tag", "custom_values.text", "order_lines.description"];

fn one(app: &TestApp, person: &Person, how: &[usize], words: &[String]) -> Result<(), TestCaseError> {
    let text = |at: usize| format!("{} {}, {}", words[at % words.len()], person.told(how[at % how.len()]), words[(at + 1) % words.len()]);
    let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
    let contact = json!({"name": person.name, "phone": person.phone(), "email": person.email, "title": "Buyer"});
    let body = json!({"name": "Acme", "contacts": [contact, {"name": "Wu"}], "note": text(0), "preferences": {"text": text(1)}, "tags": [person.told(how[2])], "custom": {"hint": text(2)}});
    let customer = rep.post("/api/v1/customers", body).expect(201);
    let order = entered(app, customer.id());
    let path = format!("/api/v1/orders/{}", order.id());
    for at in [3, 4] {
        let lines = json!([{"product": "MG", "quantity": 1, "description": text(at + 2)}, {"product": "GTX Pro", "quantity": 1, "unit_price": "5000"}]);
        rep.patch(&path, json!({"title": text(at), "note": text(at + 1), "lines": lines, "custom": {"hint": text(at + 3)}}), "*").expect(200);
    }
    // A tag that the order once had.
    app.advance(1);
    rep.patch(&path, json!({"tags": [person.told(how[1])]}), "*").expect(200);
    app.advance(1);
    rep.patch(&path, json!({"tags": []}), "*").expect(200);
    rep.post(&format!("{path}/follow-ups"), json!({"at": "2026-11-23T07:00:00Z", "channel": "phone", "content": text(7), "result": text(8)})).expect(201);
    rep.post(&format!("{path}/delays"), json!({"side": "supply", "reason": "other", "note": text(8), "remedy": text(9)})).expect(201);
    act(app, &app.cast.rep, order.id(), "submit", json!({"note": text(9)})).expect(200);
    act(app, &app.cast.reviewer, order.id(), "return", json!({"remarks": [{"pointer": "/title", "message": text(10)}], "note": text(11)})).expect(200);
    let cells = |phone: &str| {
        format!(
            "name,contacts[0].name,contacts[0].phone,contacts[0].email,preferences.text,source\nX,{},{phone},{},\"{}\",{}\n",
            person.name,
            person.email,
            text(12),
            person.told(how[0])
        )
    };
    import(app, "", cells(&person.phone()), &json!({"entity": "customers"}));
    parked(app, &cells(&person.digits));
    prop_assert!(dump(app).iter().any(|(column, value)| column == "import_errors.record" && person.stands_in(value)));

    let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
    let erased = erase(app, customer.id(), contact, Some("*")).expect(200);
    let (mut left, mut told) = (BTreeMap::<&str, usize>::new(), BTreeMap::<String, usize>::new());
    for (column, value) in dump(app).into_iter().filter(|(column, value)| person.stands_in(value) && !DERIVED.contains(&column.as_str())) {
        let Some((_, field)) = FREE.iter().find(|(free, _)| *free == column) else {
            return Err(TestCaseError::fail(format!("{column} holds {value}")));
        };
        *left.entry(field).or_default() += 1;
    }
    listed(&erased).into_iter().for_each(|field| *told.entry(field).or_default() += 1);
    prop_assert_eq!(left.into_iter().map(|(field, count)| (field.to_owned(), count)).collect::<BTreeMap<_, _>>(), told);
    let events = admin.get(&format!("{path}/events")).expect(200);
    let in_events = events.body["data"].as_array().unwrap().iter().any(|event| person.stands_in(&event["changes"]["title"].to_string()));
    prop_assert!(!in_events);
    Ok(())
}

both! {
    fn nothing_is_left_of_anybody(app: &TestApp) {
        stock(app);
        for entity in ["customers", "orders"] {
            define(app, entity, json!([field("hint", json!({"type": "text"}))]));
        }
        let people = (person(), prop::collection::vec(0_usize..6, 13), prop::collection::vec("[a-z]{1,7}|父母|好的", 5));
        let mut runner = TestRunner::new(Config { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..Config::default() });
        runner.run(&people, |(person, how, words)| one(app, &person, &how, &words)).unwrap();
    }
}
