//! Long work: claimed once, taken over when its holder is gone, and continued where it stood.
use std::time::{Duration, Instant};

use diesel::prelude::*;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::imports;
use intent_orders::platform::db::{AnyConnection, Id, Json};
use intent_orders::platform::jobs::{self, JobState, LEASE_SECONDS, NewJob};
use intent_orders::platform::problem::Problem;
use serde_json::json;

use crate::harness::TestApp;

/// Runs a unit of work.
pub fn write<T: Send + 'static>(app: &TestApp, work: impl FnMut(&mut AnyConnection) -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    app.state.db.write_here(work)
}

/// Puts down a job that nobody here works on.
pub fn job(app: &TestApp, kind: &'static str) -> Id {
    let (id, now) = (new_id(), app.state.clock.now());
    write(app, move |tx| jobs::insert(tx, &NewJob { id, kind, total: None, created_by: None, now }, false)).unwrap();
    id
}

both! {
    fn a_job_has_one_holder(app: &TestApp) {
        let (id, now) = (job(app, "test"), app.state.clock.now());
        let claim = |app: &TestApp| { let now = app.state.clock.now(); write(app, move |tx| jobs::claim(tx, &["test"], now)).unwrap() };
        let (first, kind) = claim(app).unwrap();
        assert_eq!((first.job, kind.as_str()), (id, "test"));
        assert!(claim(app).is_none(), "it is somebody's");
        app.advance(LEASE_SECONDS + 1);
        let (second, _) = claim(app).expect("the lease has ended");
        // Who was thought gone and comes back changes nothing.
        let stale = first.clone();
        assert_eq!(write(app, move |tx| jobs::heartbeat(tx, &stale, 5, None, now)).unwrap_err().code().as_str(), "lease_lost");
        assert_eq!(write(app, move |tx| jobs::finish(tx, &first, JobState::Done, None, None, now)).unwrap_err().code().as_str(), "lease_lost");
        let held = write(app, move |tx| jobs::heartbeat(tx, &second, 5, Some(9), now)).unwrap();
        assert_eq!(app.as_(&app.cast.admin).get(&format!("/api/v1/jobs/{id}")).expect(200).body["done"], 5);
        write(app, move |tx| jobs::release(tx, &held)).unwrap();
        let (third, _) = claim(app).expect("it was given back");
        write(app, move |tx| jobs::finish(tx, &third, JobState::Failed, None, Some("busy"), now)).unwrap();
        let ended = app.as_(&app.cast.admin).with("accept-language", "zh-CN").get(&format!("/api/v1/jobs/{id}")).expect(200).body;
        assert_eq!((&ended["state"], &ended["error"]), (&json!("failed"), &json!({"code": "busy", "detail": "系统繁忙"})));
        assert!(claim(app).is_none());
    }

    fn a_job_that_waits_is_cancelled_at_once(app: &TestApp) {
        let id = job(app, "test");
        app.as_(&app.cast.admin).delete(&format!("/api/v1/jobs/{id}"), None).expect(204);
        assert_eq!(app.as_(&app.cast.admin).get(&format!("/api/v1/jobs/{id}")).expect(200).body["state"], "cancelled");
        app.as_(&app.cast.admin).delete(&format!("/api/v1/jobs/{}", new_id()), None).problem(404, "not_found");
    }

    fn an_import_whose_process_was_killed_goes_on_where_it_stood(app: &TestApp) {
        let (id, now, admin) = (new_id(), app.state.clock.now(), app.cast.admin.id);
        let new = NewJob { id, kind: "import", total: Some(3), created_by: Some(admin), now };
        let row = (
            imports::id.eq(id),
            imports::entity.eq("products"),
            imports::mapping.eq(Json(json!({"entity": "products"}))),
            imports::file.eq(b"sku,name\nA,Anvil\nB,Bolt\nC,Cable\n".to_vec()),
            imports::validate_only.eq(false),
            // The first row was done and committed.
            (imports::next_row.eq(1_i64), imports::created.eq(1_i64), imports::updated.eq(0_i64), imports::unchanged.eq(0_i64), imports::refused.eq(0_i64)),
        );
        write(app, move |tx| {
            jobs::insert(tx, &new, true)?;
            diesel::insert_into(imports::table).values(row.clone()).execute(tx)?;
            Ok(())
        })
        .unwrap();
        app.advance(LEASE_SECONDS + 1);
        app.state.jobs.ring();
        let began = Instant::now();
        let import = loop {
            let import = app.as_(&app.cast.admin).get(&format!("/api/v1/imports/{id}")).expect(200);
            if import.body["state"] == "done" {
                break import.body;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{import}");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!((&import["created"], &import["done"], &import["total"]), (&json!(3), &json!(3), &json!(3)));
        let names = app.as_(&app.cast.admin).get("/api/v1/products").expect(200).text;
        assert!(!names.contains("Anvil") && names.contains("Bolt") && names.contains("Cable"), "only what was left is done: {names}");
    }
}
