//! Records that another system keeps: put by its reference, entered once, replaced whole. Every such address of the document.
use serde_json::{Value, json};

use super::table::{self, Op, Resource};
use super::world::{World, document};
use crate::harness::TestApp;
use crate::orders::sound;

fn each(app: &TestApp, test: fn(&World<'_>, &str, &Op)) {
    let world = World::new(app);
    let resources = table::all();
    let references: Vec<&Resource> = resources.iter().filter(|r| r.path.contains("/by-external-ref/")).collect();
    assert_eq!(references.len(), document()["paths"].as_object().unwrap().keys().filter(|path| path.contains("/by-external-ref/")).count());
    for reference in references {
        let path = reference.path.replace("{system}", "shop").replace("{id}", &format!("A-{}", world.next()));
        test(&world, &path, reference.ops.iter().find(|op| op.method == "PUT").expect("a PUT"));
    }
}

/// A field of the body that may be left out.
fn optional(body: &Value) -> &'static str {
    ["note", "category"].into_iter().find(|name| body.get(*name).is_some()).expect("a field that may be left out")
}

both! {
    fn it_is_entered_once_then_replaced_whole(app: &TestApp) {
        each(app, |w, path, op| {
            let body = op.body.unwrap()(w);
            let entered = w.by(op).put(path, body.clone(), None).expect(201);
            let own = entered.header("location").to_owned();
            assert_eq!(own, format!("{}/{}", path.split("/by-external-ref").next().unwrap(), entered.id()));
            let id = path.rsplit('/').next().unwrap();
            assert_eq!(entered.body["external_ref"], json!({"system": "shop", "id": id}));
            let read = w.by(op).get(&own).expect(200);
            assert_eq!((&read.text, read.etag()), (&entered.text, entered.etag()));
            // The same again is the same: no version, no event.
            let before = w.stored();
            let again = w.by(op).put(path, body.clone(), None).expect(200);
            assert_eq!((&again.text, again.etag(), again.header("location")), (&entered.text, entered.etag(), ""));
            assert_eq!(w.stored(), before);
            // What is left out is cleared.
            let (field, mut less) = (optional(&body), body.clone());
            less.as_object_mut().unwrap().remove(field);
            let replaced = w.by(op).put(path, less, entered.etag()).expect(200);
            assert!(replaced.body[field].is_null() && replaced.id() == entered.id() && replaced.body["version"] == 2, "{replaced}");
            assert_eq!(w.by(op).get(&own).expect(200).text, replaced.text);
        });
    }

    fn the_address_decides_which_reference_it_has(app: &TestApp) {
        each(app, |w, path, op| {
            let id = path.rsplit('/').next().unwrap();
            let mut body = op.body.unwrap()(w);
            for other in [json!({"system": "shop", "id": "another"}), json!({"system": "till", "id": id})] {
                body["external_ref"] = other;
                assert_eq!(w.by(op).put(path, body.clone(), None).problem(422, "invalid").faults(), [("/external_ref", "inconsistent")]);
            }
            body["external_ref"] = json!({"system": "shop", "id": id});
            w.by(op).put(path, body, None).expect(201);
            let long = format!("{}/{}", path.rsplit_once('/').unwrap().0, "x".repeat(300));
            w.by(op).put(&long, op.body.unwrap()(w), None).problem(404, "not_found");
        });
    }

    fn a_version_may_be_asked_for(app: &TestApp) {
        each(app, |w, path, op| {
            let body = op.body.unwrap()(w);
            for tag in ["\"1-x\"", "*"] {
                w.by(op).put(path, body.clone(), tag).problem(412, "nothing_to_match");
            }
            let entered = w.by(op).put(path, body.clone(), None).expect(201);
            w.by(op).put(path, body.clone(), "\"2\"").problem(412, "stale");
            for tag in [entered.etag(), "*", "\"1\"", "W/\"1-x-gzip\""] {
                w.by(op).put(path, body.clone(), tag).expect(200);
            }
        });
    }

    fn what_is_archived_holds_no_reference(app: &TestApp) {
        each(app, |w, path, op| {
            let first = w.by(op).put(path, op.body.unwrap()(w), None).expect(201);
            w.admin().delete(first.header("location"), "*").expect(204);
            let second = w.by(op).put(path, op.body.unwrap()(w), None).expect(201);
            assert_ne!(first.id(), second.id());
        });
    }

    fn a_record_that_the_caller_may_not_see_stands_in_the_way(app: &TestApp) {
        let w = World::new(app);
        let path = "/api/v1/orders/by-external-ref/shop/hidden";
        let entry = sound(&w.customer);
        app.as_(&app.cast.stranger).put(path, entry.clone(), None).expect(201);
        assert_eq!(w.rep().put(path, entry.clone(), None).problem(409, "duplicate").faults(), [("/external_ref", "taken")]);
        // A team mate's is seen, and is not the caller's to replace.
        let path = "/api/v1/orders/by-external-ref/shop/mate";
        app.as_(&app.cast.mate).put(path, entry.clone(), None).expect(201);
        w.rep().put(path, entry, None).problem(403, "not_owner");
    }
}
