//! The feed: what it tells, how it is filtered and walked, and to whom.
use intent_orders::events::{Event, append};
use intent_orders::identity::Act;
use intent_orders::platform::clock::new_id;
use serde_json::{Map, Value, json};

use super::{types, walk};
use crate::harness::TestApp;
use crate::orders::{act, entered, imported, stock};

/// Appends events of a type of record that has none yet.
fn append_of(app: &TestApp, record_type: &'static str, count: usize) {
    let (id, now) = (new_id(), app.state.clock.now());
    let append = move |tx: &mut _| {
        for version in 1..=count as i64 {
            append(tx, &Act::system(now), Event { kind: "thing.done", record_type, record_id: id, version, changes: Map::new(), occurred_at: now })?;
        }
        Ok(())
    };
    app.state.db.write_here(append).unwrap();
}

both! {
    fn it_tells_who_did_what_to_which_record(app: &TestApp) {
        let customer = stock(app);
        let order = entered(app, &customer);
        app.as_(&app.cast.rep).with("x-request-id", "the-one").patch(&format!("/api/v1/orders/{}", order.id()), json!({"title": "Refit"}), order.etag()).expect(200);
        let (events, _) = walk(&app.as_(&app.cast.admin), "limit=2", None);
        assert_eq!(types(&events), ["product.created", "product.created", "customer.created", "order.created", "order.updated"]);
        let last = events.last().unwrap();
        assert_eq!(last["record"], json!({"type": "order", "id": order.id()}));
        assert_eq!(last["actor"], json!({"id": app.cast.rep.id, "name": "rep"}));
        assert_eq!((&last["changes"], &last["record_version"], &last["request_id"]), (&json!({"title": ["Spring refit", "Refit"]}), &json!(2), &json!("the-one")));
        assert_eq!((&last["occurred_at"], &last["recorded_at"]), (&json!("2026-11-23T08:00:00.000000Z"), &json!("2026-11-23T08:00:00.000000Z")));
    }

    fn a_reader_polls_on_from_the_end(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let (none, end) = walk(&admin, "", None);
        assert!(none.is_empty());
        let customer = stock(app);
        let (latest, at_customer) = walk(&admin, "", Some("latest".into()));
        assert!(latest.is_empty());
        let order = entered(app, &customer);
        let (since, end) = walk(&admin, "", Some(end));
        assert_eq!(types(&since), ["product.created", "product.created", "customer.created", "order.created"]);
        assert_eq!(types(&walk(&admin, "", Some(at_customer)).0), ["order.created"]);
        act(app, &app.cast.rep, order.id(), "cancel", json!({"reason": "duplicate"})).expect(200);
        assert_eq!(types(&walk(&admin, "", Some(end.clone())).0), ["order.cancelled"]);
        // Again from the same place: the same again.
        assert_eq!(types(&walk(&admin, "", Some(end)).0), ["order.cancelled"]);
    }

    fn it_is_filtered_by_type_and_record(app: &TestApp) {
        let customer = stock(app);
        let (first, second) = (entered(app, &customer), entered(app, &customer));
        act(app, &app.cast.rep, second.id(), "submit", Value::Null).expect(200);
        let admin = app.as_(&app.cast.admin);
        let asked = |filter: &str| { let (events, _) = walk(&admin, filter, None); types(&events).join(" ") };
        assert_eq!(asked("type=order.submitted"), "order.submitted");
        assert_eq!(asked("type=order.*"), "order.created order.created order.submitted");
        assert_eq!(asked("type=customer.*,order.submitted&limit=1"), "customer.created order.submitted");
        assert_eq!(asked("type=orde.*"), "");
        assert_eq!(asked("record_type=customer,order&type=order.created"), "order.created order.created");
        assert_eq!(asked(&format!("record={}", second.id())), "order.created order.submitted");
        assert_eq!(asked(&format!("record={}&type=order.submitted", first.id())), "");
        for wrong in ["type=order", "type=*", "record_type=Order", "record=IO-000001", "limit=0", "limit=201", "after=x", "after="] {
            let code = if wrong.starts_with("after") { "bad_cursor" } else { "bad_parameter" };
            admin.get(&format!("/api/v1/events?{wrong}")).problem(400, code);
        }
        admin.get("/api/v1/events?cursor=x").problem(400, "unknown_parameter");
    }

    fn a_cursor_belongs_to_its_caller_and_filter(app: &TestApp) {
        stock(app);
        let (_, cursor) = walk(&app.as_(&app.cast.rep), "type=order.*", None);
        let ask = |user, filter: &str| app.as_(user).get(&format!("/api/v1/events?{filter}after={cursor}"));
        ask(&app.cast.rep, "type=order.*&limit=7&").expect(200);
        ask(&app.cast.rep, "").problem(400, "bad_cursor");
        ask(&app.cast.mate, "type=order.*&").problem(400, "bad_cursor");
        app.nobody().get("/api/v1/events").problem(401, "missing_token");
    }

    fn everybody_sees_the_events_of_what_they_see(app: &TestApp) {
        let customer = stock(app);
        let order = entered(app, &customer);
        imported(app, &app.cast.stranger, "pending", json!({}));
        append_of(app, "import", 1);
        append_of(app, "job", 1);
        append_of(app, "thing", 1);
        append_of(app, "settings", 1);
        let catalogue = ["product.created", "product.created", "customer.created"];
        for (user, own, imported, all) in [
            (&app.cast.rep, true, false, false),
            (&app.cast.mate, true, false, false),
            (&app.cast.lead, true, false, false),
            (&app.cast.stranger, false, true, false),
            (&app.cast.reviewer, true, true, false),
            (&app.cast.reviewing_lead, true, true, false),
            (&app.cast.admin, true, true, true),
        ] {
            let (events, _) = walk(&app.as_(user), "limit=1", None);
            let orders = [(own, "order.created"), (imported, "order.imported")].into_iter().filter(|(sees, _)| *sees).map(|(_, kind)| kind);
            let things = std::iter::repeat_n("thing.done", if all { 4 } else { 1 });
            assert_eq!(types(&events), catalogue.into_iter().chain(orders).chain(things).collect::<Vec<_>>(), "{}", user.name);
        }
        // Handed over, all its events go along.
        app.as_(&app.cast.admin).action(&format!("/api/v1/orders/{}/transfer", order.id()), json!({"owner_id": app.cast.stranger.id}), "*").expect(200);
        assert_eq!(types(&walk(&app.as_(&app.cast.stranger), "record_type=order", None).0), ["order.created", "order.imported", "order.transferred"]);
        assert!(walk(&app.as_(&app.cast.rep), "type=order.*", None).0.is_empty());
    }

    fn a_call_looks_at_a_bounded_stretch(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        append_of(app, "thing", 20_001);
        stock(app);
        let page = rep.get("/api/v1/events").expect(200);
        assert_eq!((&page.body["data"], &page.body["page"]["has_more"]), (&json!([]), &json!(true)));
        assert_eq!(types(&walk(&rep, "", None).0), ["product.created", "product.created", "customer.created"]);
        let (things, _) = walk(&app.as_(&app.cast.admin), "limit=200&type=thing.done", None);
        assert_eq!(things.len(), 20_001);
        assert!(things.iter().zip(1..).all(|(event, version)| event["record_version"] == version));
    }
}
