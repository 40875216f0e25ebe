//! Somebody sets the clock: thirty days ahead and back again, or an hour back. No time passes by that, so nothing may end later than it should, be done
//! twice or never again, nor look as if it had changed before it was made.
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::config::Backups;
use intent_orders::platform::db::schema::{events, imports, instances, jobs as rows};
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, Id, UtcTime};
use intent_orders::platform::jobs::{self, JobState, LEASE_SECONDS, Lease};
use intent_orders::upkeep::backup::service::tend;
use serde_json::{Value, json};

use crate::events::walk;
use crate::harness::{Answer, Kind, PASSWORD, TestApp, User, wait};
use crate::imports::form;
use crate::jobs::{job, write};
use crate::keep::{tell_of_the_cast, told};
use crate::orders::{act, entered, sound, stock};

const DAY: i64 = 24 * 3600;
const AHEAD: i64 = 30 * DAY;
const BACK: i64 = -3600;

fn login(app: &TestApp, user: &User) -> Value {
    app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body
}

fn refresh(app: &TestApp, session: &Value) -> Answer {
    app.nobody().post("/api/v1/auth/refresh", json!({"refresh_token": session["refresh_token"]}))
}

fn me(app: &TestApp, session: &Value) -> Answer {
    app.with_token(session["access_token"].as_str().unwrap()).get("/api/v1/me")
}

fn claim(app: &TestApp) -> Option<Lease> {
    let now = app.state.clock.now();
    write(app, move |tx| jobs::claim(tx, &["test"], now)).unwrap().map(|(lease, _)| lease)
}

fn heartbeat(app: &TestApp, lease: &Lease) -> Result<Lease, String> {
    let (lease, now) = (lease.clone(), app.state.clock.now());
    write(app, move |tx| jobs::heartbeat(tx, &lease, 1, None, now)).map_err(|problem| problem.code().as_str().to_owned())
}

both! {
    fn a_session_lives_no_longer_for_a_clock_that_was_ahead(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let before = login(app, &user);
        app.set_clock(AHEAD);
        me(app, &before).problem(401, "invalid_token");
        refresh(app, &before).problem(401, "invalid_token");
        let (ahead, kept) = (login(app, &user), login(app, &user));
        me(app, &ahead).expect(200);
        app.set_clock(-AHEAD);
        // A token of a time to come is none, but who has logged in is not shut out.
        me(app, &ahead).problem(401, "invalid_token");
        let next = refresh(app, &ahead).expect(200).body;
        me(app, &next).expect(200);
        app.advance(15 * 60 + 30);
        me(app, &next).problem(401, "invalid_token");
        app.advance(30 * DAY);
        refresh(app, &next).problem(401, "invalid_token");
        app.advance(30 * DAY);
        refresh(app, &kept).problem(401, "invalid_token");
    }

    fn nobody_is_shut_out_by_a_clock_that_is_put_back_and_no_token_is_good_for_longer(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let session = login(app, &user);
        app.set_clock(BACK);
        me(app, &session).problem(401, "invalid_token");
        let session = refresh(app, &session).expect(200).body;
        me(app, &session).expect(200);
        // Used a minute ago or in an hour to come: in both cases not just now.
        let next = refresh(app, &session).expect(200).body;
        app.set_clock(BACK);
        refresh(app, &session).problem(401, "invalid_token");
        refresh(app, &next).problem(401, "invalid_token");
    }

    fn a_retry_acts_once_on_either_side(app: &TestApp) {
        let customer = stock(app);
        let send = |key: &str| app.as_(&app.cast.rep).with("idempotency-key", key).post("/api/v1/orders", sound(&customer)).expect(201);
        let first = send("now");
        app.set_clock(BACK);
        assert_eq!((send("now").id(), send("now").header("idempotent-replayed")), (first.id(), "true"));
        app.set_clock(AHEAD);
        let ahead = send("ahead");
        app.set_clock(-AHEAD);
        assert_eq!((send("ahead").id(), send("ahead").header("idempotent-replayed")), (ahead.id(), "true"));
        assert_eq!(app.as_(&app.cast.rep).get("/api/v1/orders?include_total=true").expect(200).body["page"]["total"], 2);
    }

    fn a_job_is_held_no_longer_by_a_clock_that_was_ahead(app: &TestApp) {
        let id = job(app, "test");
        app.set_clock(AHEAD);
        let lost = claim(app).unwrap();
        app.set_clock(-AHEAD);
        // Its holder was killed: nobody waits for thirty days.
        let lease = claim(app).expect("a lease of thirty days is none");
        assert_eq!((lease.job, heartbeat(app, &lost).unwrap_err().as_str()), (id, "lease_lost"));
        assert!(claim(app).is_none(), "it is somebody's now");
        // A holder that goes on takes its lease back with the clock, so that others may wait for its end.
        app.set_clock(BACK);
        let lease = heartbeat(app, &lease).unwrap();
        assert_eq!(lease.until, app.state.clock.now().plus_seconds(LEASE_SECONDS));
        assert!(claim(app).is_none(), "it is still its holder's");
        app.advance(LEASE_SECONDS + 1);
        let taken = claim(app).expect("its holder is gone");
        let now = app.state.clock.now();
        assert_eq!(write(app, move |tx| jobs::finish(tx, &lease, JobState::Done, None, None, now)).unwrap_err().code().as_str(), "lease_lost");
        write(app, move |tx| jobs::finish(tx, &taken, JobState::Done, None, None, now)).unwrap();
        assert!(claim(app).is_none(), "it is done once");
        let job = app.as_(&app.cast.admin).get(&format!("/api/v1/jobs/{id}")).expect(200).body;
        assert!(job["updated_at"].as_str() >= job["created_at"].as_str(), "{job}");
    }

    // By each move of the clock a lease seems over to whoever else is there, or to be of a time to come.
    fn an_import_goes_from_hand_to_hand_while_the_clock_is_set_and_brings_in_each_row_once(app: &TestApp) {
        const ROWS: i64 = 300;
        app.leave_jobs();
        let file: String = std::iter::once("sku,name\n".to_owned()).chain((0..ROWS).map(|n| format!("S{n},Name {n}\n"))).collect();
        let sent = app.as_(&app.cast.admin).upload("/api/v1/imports", form(file, r#"{"entity": "products"}"#)).expect(202);
        let id = sent.id().parse().map(Id).unwrap();
        // Who took it first was killed, and the clock was ahead then.
        app.set_clock(AHEAD);
        let now = app.state.clock.now();
        write(app, move |tx| jobs::claim(tx, &["import"], now)).unwrap().expect("it waits for somebody");
        app.set_clock(-AHEAD);
        // Those who share a server are two programs; a file has one writer, whose turn two who share it take.
        let other = matches!(app.state.config.database_url, DatabaseUrl::Postgres(_)).then(|| app.instance(&[]));
        let both = [&app.state, other.as_ref().map_or(&app.state, |other| &other.state)];
        let _at_work = both.map(|state| intent_orders::app::start_jobs(state).unwrap());
        let look = |c: &mut AnyConnection| {
            let job: (String, Option<UtcTime>) = rows::table.find(id).select((rows::state, rows::lease_until)).first(c)?;
            let counts = (imports::next_row, imports::created, imports::updated + imports::unchanged + imports::refused);
            Ok((job, imports::table.find(id).select(counts).first::<(i64, i64, i64)>(c)?))
        };
        let (mut set, began) = ([AHEAD, BACK, -AHEAD, -BACK].into_iter().cycle(), Instant::now());
        let counts = loop {
            let ((state, lease), counts) = app.state.db.read_here(look).unwrap();
            if state == "done" {
                break counts;
            }
            assert!(state != "failed" && began.elapsed() < Duration::from_secs(120), "it is {state} at {counts:?}, leased until {lease:?}");
            app.set_clock(set.next().unwrap());
            both.iter().for_each(|state| state.jobs.ring());
            // Often: so that claims of two moments end at the same one.
            std::thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(counts, (ROWS, ROWS, 0), "each row once");
        let created = |c: &mut AnyConnection| Ok(events::table.filter(events::kind.eq("product.created")).count().get_result::<i64>(c)?);
        assert_eq!(app.state.db.read_here(created).unwrap(), ROWS);
    }

    fn chores_go_on_when_the_clock_was_put_back(app: &TestApp) {
        let seen = |c: &mut AnyConnection| Ok(instances::table.select(instances::seen_at).load::<UtcTime>(c)?);
        let done = || {
            let since = app.state.clock.now();
            // Another program, whose clock was ahead when it was killed, is not here either.
            wait("a sign of life", || {
                app.advance(120);
                app.state.jobs.ring();
                matches!(app.state.db.read_here(seen).unwrap()[..], [at] if at >= since && at <= app.state.clock.now()).then_some(())
            });
        };
        app.set_clock(AHEAD);
        done();
        let ahead = app.state.clock.now();
        app.set_clock(-AHEAD);
        write(app, move |tx| {
            let gone = (instances::id.eq(new_id()), instances::version.eq("0.1.0"), instances::started_at.eq(ahead), instances::seen_at.eq(ahead));
            Ok(diesel::insert_into(instances::table).values(gone).execute(tx)?)
        })
        .unwrap();
        // What was on its way when the clock was set may end behind that; what comes after it may not.
        for _ in 0..3 {
            done();
        }
        app.set_clock(BACK);
        done();
    }

    fn walks_go_on_where_they_were(app: &TestApp) {
        let customer = stock(app);
        let mut orders: Vec<String> = [0, AHEAD, 2 * BACK, -AHEAD, BACK, 600].map(|seconds| {
            app.set_clock(seconds);
            entered(app, &customer).id().to_owned()
        }).into();
        let (all, _) = walk(&app.as_(&app.cast.admin), "", None);
        let (mut came, mut path) = (Vec::new(), "/api/v1/orders?limit=2".to_owned());
        for seconds in [AHEAD, 2 * BACK, -AHEAD] {
            let page = app.as_(&app.cast.rep).get(&path).expect(200).body;
            came.extend(page["data"].as_array().unwrap().iter().map(|order| order["id"].as_str().unwrap().to_owned()));
            path = format!("/api/v1/orders?limit=2&cursor={}", page["page"]["next_cursor"].as_str().unwrap_or_default());
            app.set_clock(seconds);
        }
        came.sort();
        orders.sort();
        assert_eq!(came, orders, "each once");
        let (mut events, mut after) = (Vec::new(), None);
        for seconds in [AHEAD, 2 * BACK, -AHEAD, 0, 0, 0, 0, 0, 0, 0, 0] {
            let place = after.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
            let page = app.as_(&app.cast.admin).get(&format!("/api/v1/events?limit=3{place}")).expect(200).body;
            events.extend(page["data"].as_array().unwrap().iter().cloned());
            after = Some(page["page"]["next_cursor"].as_str().unwrap().to_owned());
            app.set_clock(seconds);
        }
        assert_eq!(events, all, "the feed is in the order of what happened");
    }

    fn what_is_used_up_comes_back_with_time_alone(app: &TestApp) {
        let limited = app.instance(&[("RATE_LIMIT", "20")]);
        let ask = || limited.as_(&app.cast.rep).get("/api/v1/me").status;
        let mut answers: Vec<u16> = (0..21).map(|_| ask()).collect();
        assert_eq!((answers.pop(), answers), (Some(429), vec![200; 20]));
        for seconds in [AHEAD, -AHEAD, BACK] {
            app.set_clock(seconds);
            assert_eq!(ask(), 429);
        }
        app.advance(60);
        assert_eq!(ask(), 200);
    }

    fn no_change_is_before_what_it_changes(app: &TestApp) {
        tell_of_the_cast(app);
        app.set_clock(AHEAD);
        let (customer, cast) = (stock(app), app.cast);
        let order = entered(app, &customer);
        let path = format!("/api/v1/orders/{}", order.id());
        let admin = || app.as_(&cast.admin);
        let product = admin().get("/api/v1/products?limit=1").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
        let team = admin().post("/api/v1/teams", json!({"name": "Team C"})).expect(201);
        let user = admin().post("/api/v1/users", json!({"name": "New", "email": "new@example.com", "role": "rep"})).expect(201);
        let view = app.as_(&cast.rep).post("/api/v1/views", json!({"entity": "orders", "name": "Mine"})).expect(201);
        let target = format!("/api/v1/targets/users/{}/2026-12", cast.rep.id);
        admin().put(&target, json!({"amount": "1000", "currency": "CNY"}), None).expect(200);
        app.set_clock(-AHEAD);
        let sound_times = |answer: Answer| {
            let body = answer.expect(200).body;
            assert!(body["updated_at"].as_str().unwrap() >= body["created_at"].as_str().unwrap(), "{body}");
        };
        sound_times(app.as_(&cast.rep).patch(&path, json!({"note": "changed"}), "*"));
        act(app, &cast.rep, order.id(), "submit", Value::Null).expect(200);
        app.set_clock(BACK);
        act(app, &cast.reviewer, order.id(), "approve", Value::Null).expect(200);
        sound_times(act(app, &cast.rep, order.id(), "win", json!({})));
        sound_times(app.as_(&cast.rep).patch(&format!("/api/v1/customers/{customer}"), json!({"region": "华南"}), "*"));
        sound_times(admin().patch(&format!("/api/v1/products/{product}"), json!({"unit": "box"}), "*"));
        sound_times(admin().patch(&format!("/api/v1/teams/{}", team.id()), json!({"name": "Team D"}), "*"));
        sound_times(admin().patch(&format!("/api/v1/users/{}", user.id()), json!({"name": "Newer"}), "*"));
        sound_times(app.as_(&cast.rep).patch(&format!("/api/v1/views/{}", view.id()), json!({"name": "Ours"}), "*"));
        admin().put(&target, json!({"amount": "2000", "currency": "CNY"}), "*").expect(200);
        let history = app.as_(&cast.rep).get(&format!("{path}/history")).expect(200).body;
        let steps: Vec<_> = history["data"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
        assert_eq!(steps, ["create", "edit", "submit", "approve", "process", "win"], "{history}");
        assert!(history["data"].as_array().unwrap().iter().all(|step| step["seconds_in_status"].as_i64().is_none_or(|seconds| seconds >= 0)), "{history}");
        assert_eq!(told(app), [""; 0]);
    }

    fn a_claim_holds_nobody_up_for_thirty_days(app: &TestApp) {
        let customer = stock(app);
        let order = entered(app, &customer);
        act(app, &app.cast.rep, order.id(), "submit", Value::Null).expect(200);
        let post = |user: &User| app.as_(user).post(&format!("/api/v1/orders/{}/claim", order.id()), json!({}));
        app.set_clock(AHEAD);
        post(&app.cast.reviewer).expect(200);
        post(&app.cast.second_reviewer).problem(409, "claimed");
        app.set_clock(-AHEAD);
        post(&app.cast.second_reviewer).expect(200);
        app.set_clock(BACK);
        post(&app.cast.reviewer).problem(409, "claimed");
    }

    fn the_last_use_of_a_key_is_none_to_come(app: &TestApp) {
        let key = app.as_(&app.cast.rep).post("/api/v1/api-keys", json!({"name": "Web shop", "scopes": ["orders.read"]})).expect(201);
        let secret = key.body["key"].as_str().unwrap();
        let used = |what: &str| {
            app.with_token(secret).get("/api/v1/orders").expect(200);
            let now = app.state.clock.now().to_string();
            let path = format!("/api/v1/api-keys/{}", key.id());
            wait(what, || (app.as_(&app.cast.rep).get(&path).expect(200).body["last_used_at"] == json!(now)).then_some(()));
        };
        app.set_clock(AHEAD);
        used("a use to come");
        app.set_clock(-AHEAD);
        used("a use of now");
    }
}

/// Backups by the clock, which PostgreSQL has not.
#[test]
fn backups_of_a_time_to_come_keep_no_room_from_those_of_now() {
    let app = TestApp::on(Kind::Sqlite).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let url: &DatabaseUrl = &app.state.config.database_url;
    let backups = Backups { folder: folder.path().to_owned(), every_hours: 24, keep: 2 };
    let made = |app: &TestApp| tend(url, &backups, app.state.clock.now()).unwrap();
    let is_there = |file: &Path| file.is_file();
    app.set_clock(AHEAD);
    for _ in 0..3 {
        assert!(made(&app).is_some());
        app.advance(DAY);
    }
    app.set_clock(-AHEAD - 3 * DAY);
    let first = made(&app).expect("those of a time to come are none of today");
    assert!(is_there(&first.file), "it was taken for the oldest and deleted");
    assert!(made(&app).is_none(), "one a day");
    for _ in 0..2 {
        app.advance(DAY);
        assert!(made(&app).is_some());
    }
    assert!(!is_there(&first.file), "the oldest goes");
}
