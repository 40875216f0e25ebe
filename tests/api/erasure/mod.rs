//! Erasing a contact: what is left, who may, and that nothing else of the person is.
mod anything;
mod imports;

use serde_json::{Value, json};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use intent_orders::platform::search;

use crate::events::{types, walk};
use crate::harness::{Answer, Kind, TestApp};
use crate::orders::{act, entered, stock};

const NAME: &str = "Li Na";

fn with_contacts(app: &TestApp) -> Answer {
    let contacts = json!([{"name": NAME, "phone": "+86 21 5555 0100", "email": "li.na@example.com", "title": "Buyer", "channel": "phone"}, {"name": "Wu Li"}]);
    let body = json!({"name": "Acme", "contacts": contacts, "note": "Ask LI NA first.", "preferences": {"text": "mornings"}});
    app.as_(&app.cast.rep).post("/api/v1/customers", body).expect(201)
}

pub fn erase(app: &TestApp, customer: &str, contact: &str, etag: Option<&str>) -> Answer {
    app.as_(&app.cast.admin).action(&format!("/api/v1/customers/{customer}/contacts/{contact}/erase"), Value::Null, etag)
}

/// Record type, number and field of each text that is listed, ids left out.
pub fn listed(answer: &Answer) -> Vec<String> {
    let texts = answer.body["free_text"].as_array().unwrap().iter();
    let mut texts: Vec<_> = texts
        .map(|text| {
            let field: Vec<_> = text["field"].as_str().unwrap().split('/').filter(|part| intent_orders::platform::db::Id::parse(part).is_none()).collect();
            format!("{} {}", text["record"]["type"].as_str().unwrap(), field.join("/"))
        })
        .collect();
    texts.sort_unstable();
    texts
}

both! {
    fn it_leaves_the_id_and_tells_which_texts_to_edit(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        let customer = with_contacts(app);
        let (path, contact) = (format!("/api/v1/customers/{}", customer.id()), customer.body["contacts"][0]["id"].as_str().unwrap());
        let order = entered(app, customer.id());
        let order_path = format!("/api/v1/orders/{}", order.id());
        rep.patch(&order_path, json!({"title": "Refit for Li Na", "note": "no", "lines": [{"product": "MG", "quantity": 1, "description": "as li.na@example.com wished"}]}), "*").expect(200);
        rep.patch(&order_path, json!({"title": "Refit for Wu"}), "*").expect(200);
        rep.post(&format!("{order_path}/follow-ups"), json!({"at": "2026-11-23T07:00:00Z", "channel": "phone", "content": "rang 021-55550100", "result": "fine"})).expect(201);
        act(app, &app.cast.rep, order.id(), "submit", json!({"note": "Li Na waits"})).expect(200);
        act(app, &app.cast.reviewer, order.id(), "return", json!({"remarks": [{"pointer": "/title", "message": "Who is Li Na?"}]})).expect(200);
        entered(app, &stock_other(app));

        let erased = erase(app, customer.id(), contact, Some(customer.etag())).expect(200);
        assert_eq!((erased.id(), &erased.body["customer_id"], erased.body["erased_at"].as_str()), (contact, &customer.body["id"], Some("2026-11-23T08:00:00.000000Z")));
        assert_eq!(listed(&erased), ["customer note", "order follow_ups/content", "order history/note", "order lines/description", "order remarks/message"]);
        assert_eq!(erased.body["free_text"][1]["record"], json!({"type": "order", "id": order.id(), "number": order.body["number"]}));
        assert!(erased.etag().starts_with("\"2-"));

        let after = rep.get(&path).expect(200);
        assert_eq!(after.body["contacts"], json!([customer.body["contacts"][1]]));
        assert_eq!(after.body["erased_contacts"], json!([{"id": contact, "erased_at": "2026-11-23T08:00:00.000000Z"}]));
        assert_eq!((&after.body["version"], &after.body["note"]), (&json!(2), &json!("Ask LI NA first.")));
        assert_eq!(app.as_(&app.cast.stranger).get(&path).expect(200).body["erased_contacts"], Value::Null);
        // The log keeps what happened and not to whom.
        let (events, _) = walk(&app.as_(&app.cast.admin), &format!("record={}", customer.id()), None);
        assert_eq!(types(&events), ["customer.created", "customer.contact_erased"]);
        assert_eq!(events[1]["changes"], json!({"contact_id": contact}));
        let (events, _) = walk(&app.as_(&app.cast.admin), &format!("record={}", order.id()), None);
        assert_eq!(events[1]["changes"]["title"], json!(["Spring refit", "Refit for [erased]"]));
        assert!(!format!("{events:?}").contains(NAME) && format!("{events:?}").contains("[erased]"));
    }

    fn a_second_time_answers_the_same(app: &TestApp) {
        let customer = with_contacts(app);
        let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
        let first = erase(app, customer.id(), contact, Some(customer.etag())).expect(200);
        app.advance(60);
        let again = erase(app, customer.id(), contact, Some(customer.etag())).expect(200);
        assert_eq!((&first.text, first.etag()), (&again.text, again.etag()));
        assert_eq!(listed(&again), ["customer note"]);
        erase(app, customer.id(), contact, None).problem(428, "if_match_required");
        assert_eq!(app.as_(&app.cast.rep).get(&format!("/api/v1/customers/{}", customer.id())).expect(200).body["version"], 2);
    }

    fn what_is_left_stays_when_contacts_are_replaced(app: &TestApp) {
        let customer = with_contacts(app);
        let (path, contact) = (format!("/api/v1/customers/{}", customer.id()), &customer.body["contacts"][0]["id"]);
        erase(app, customer.id(), contact.as_str().unwrap(), Some("*")).expect(200);
        let rep = app.as_(&app.cast.rep);
        let again = json!({"contacts": [{"id": contact, "name": "Li Na"}]});
        assert_eq!(rep.patch(&path, again, "*").problem(422, "invalid").faults(), [("/contacts/0/id", "unknown_reference")]);
        assert_eq!(rep.patch(&path, json!({"erased_contacts": []}), "*").problem(422, "invalid").faults(), [("/erased_contacts", "read_only")]);
        let changed = rep.patch(&path, json!({"contacts": null}), "*").expect(200);
        assert_eq!((&changed.body["contacts"], &changed.body["erased_contacts"][0]["id"], &changed.body["version"]), (&json!([]), contact, &json!(3)));
        let told = rep.get(&format!("{path}/events")).expect(200).body["data"][2]["changes"].clone();
        assert_eq!(told, json!({"contacts": "changed"}));
    }

    fn it_is_for_administrators_and_for_what_is_there(app: &TestApp) {
        let customer = with_contacts(app);
        let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/customers/{}/contacts/{contact}/erase", customer.id());
        for user in [&app.cast.rep, &app.cast.lead, &app.cast.reviewer, &app.cast.stranger] {
            app.as_(user).action(&path, Value::Null, "*").problem(403, "role");
        }
        erase(app, customer.id(), contact, None).problem(428, "if_match_required");
        erase(app, customer.id(), contact, Some("\"7\"")).problem(412, "stale");
        for (customer, contact) in [(customer.id(), customer.id()), (contact, contact), (customer.id(), "x"), ("x", contact)] {
            erase(app, customer, contact, None).problem(404, "not_found");
        }
        // Whoever asks for it may ask of a customer that was put away, too.
        app.as_(&app.cast.admin).delete(&format!("/api/v1/customers/{}", customer.id()), "*").expect(204);
        erase(app, customer.id(), contact, Some("\"2\"")).expect(200);
    }

    fn of_two_at_once_both_get_the_same_answer(app: &TestApp) {
        let customer = with_contacts(app);
        let contact = customer.body["contacts"][0]["id"].as_str().unwrap();
        let answers: Vec<String> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..6).map(|_| scope.spawn(|| erase(app, customer.id(), contact, Some("*")))).collect();
            asked.into_iter().map(|answer| answer.join().unwrap()).filter(|answer| answer.status != 412).map(|answer| answer.expect(200).text).collect()
        });
        assert!(!answers.is_empty() && answers.iter().all(|text| *text == answers[0]), "{answers:?}");
        assert_eq!(app.as_(&app.cast.rep).get(&format!("/api/v1/customers/{}", customer.id())).expect(200).body["version"], 2);
    }
}

/// Another customer, of whom nothing is to change.
fn stock_other(app: &TestApp) -> String {
    app.as_(&app.cast.rep).post("/api/v1/customers", json!({"name": "Other", "contacts": [{"name": NAME}]})).expect(201).id().to_owned()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// In how many pieces of SQLite's index a word stands, also where it is marked as removed. It begins like no other, for of such the beginning is not kept.
fn in_files(app: &TestApp, word: &str) -> i64 {
    let count = format!("select count(*) as count from search_index_data where instr(block, cast('{word}' as blob)) > 0");
    app.state.db.read_here(move |c| Ok(diesel::sql_query(&count).get_result::<Count>(c)?.count)).unwrap()
}

#[test]
fn removed_words_leave_the_files_of_the_index() {
    TestApp::with(Kind::Sqlite, |app| {
        let rep = app.as_(&app.cast.rep);
        let customer = rep.post("/api/v1/customers", json!({"name": "Acme", "contacts": [{"name": "Xyzzy Zwolle"}]})).expect(201);
        let (path, contact) = (format!("/api/v1/customers/{}", customer.id()), customer.body["contacts"][0]["id"].clone());
        rep.patch(&path, json!({"contacts": [{"id": contact, "name": "Qwerty"}]}), "*").expect(200);
        assert!(in_files(app, "xyzzy") > 0, "it is marked only");
        erase(app, customer.id(), contact.as_str().unwrap(), Some("*")).expect(200);
        assert_eq!((in_files(app, "xyzzy"), in_files(app, "qwerty")), (0, 0));

        rep.patch(&path, json!({"name": "Zzyzx"}), "*").expect(200);
        rep.patch(&path, json!({"name": "Acme"}), "*").expect(200);
        assert!(in_files(app, "zzyzx") > 0, "it is marked only");
        (search::CHORE.run)(&app.state).unwrap();
        assert_eq!(in_files(app, "zzyzx"), 0);
        assert_eq!(rep.get("/api/v1/customers?q=acme").expect(200).body["data"][0]["id"], json!(customer.id()));
    });
}
