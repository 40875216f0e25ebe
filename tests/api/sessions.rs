//! Families of sessions: how they go on, what ends them, and that an end bites at once on every instance.
use std::sync::Barrier;

use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::db::schema::sessions;
use serde_json::{Value, json};

use crate::harness::{Answer, PASSWORD, TestApp, User};

const ME: &str = "/api/v1/me";

fn login(app: &TestApp, user: &User) -> Value {
    app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body
}

fn refresh(app: &TestApp, session: &Value) -> Answer {
    app.nobody().post("/api/v1/auth/refresh", json!({"refresh_token": session["refresh_token"]}))
}

/// Asks who one is with the access token of a session.
fn me(app: &TestApp, session: &Value) -> Answer {
    app.with_token(session["access_token"].as_str().unwrap()).get(ME)
}

/// How many sessions of a user may still be refreshed, but for the one that the harness made.
fn open(app: &TestApp, user: &User) -> i64 {
    let user = user.id;
    let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id.ne(user));
    let open = open.filter(sessions::ended_at.is_null()).filter(sessions::rotated_at.is_null());
    app.state.db.read_here(|c| Ok(open.count().get_result(c)?)).unwrap()
}

both! {
    fn a_refresh_token_opens_the_next_session_and_the_last_one_runs_out(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let first = login(app, &user);
        let second = refresh(app, &first).expect(200).body;
        assert_ne!((&second["refresh_token"], &second["access_token"]), (&first["refresh_token"], &first["access_token"]));
        me(app, &second).expect(200);
        me(app, &first).expect(200);
        app.advance(15 * 60 + 30);
        me(app, &first).problem(401, "invalid_token");
        refresh(app, &second).expect(200);
        app.nobody().post("/api/v1/auth/refresh", json!({"refresh_token": "junk"})).problem(401, "invalid_token");
    }

    fn a_lost_answer_is_given_again_for_thirty_seconds(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let first = login(app, &user);
        let lost = refresh(app, &first).expect(200).body;
        app.advance(20);
        let lost_too = refresh(app, &first).expect(200).body;
        me(app, &lost).problem(401, "invalid_token");
        app.advance(10);
        let third = refresh(app, &first).expect(200).body;
        me(app, &lost_too).problem(401, "invalid_token");
        assert_eq!(open(app, &user), 1);
        me(app, &third).expect(200);
        refresh(app, &third).expect(200);
    }

    fn a_refresh_token_that_two_hold_ends_the_family_and_no_other(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let elsewhere = login(app, &user);
        let ended = |last: &Value| {
            me(app, last).problem(401, "invalid_token");
            refresh(app, last).problem(401, "invalid_token");
            me(app, &elsewhere).expect(200);
        };
        // The successor has been used.
        let first = login(app, &user);
        let second = refresh(app, &first).expect(200).body;
        let third = refresh(app, &second).expect(200).body;
        refresh(app, &first).problem(401, "invalid_token");
        ended(&third);
        me(app, &first).problem(401, "invalid_token");
        // Later than thirty seconds after the rotation.
        let first = login(app, &user);
        let second = refresh(app, &first).expect(200).body;
        app.advance(31);
        refresh(app, &first).problem(401, "invalid_token");
        ended(&second);
        // A revoked successor: it and the other one were given for the same token.
        let first = login(app, &user);
        let revoked = refresh(app, &first).expect(200).body;
        let second = refresh(app, &first).expect(200).body;
        refresh(app, &revoked).problem(401, "invalid_token");
        ended(&second);
        refresh(app, &elsewhere).expect(200);
    }

    fn of_refreshes_of_one_token_at_once_one_session_remains(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let other = app.instance(&[]);
        for _ in 0..5 {
            let first = login(app, &user);
            let together = Barrier::new(6);
            let answers: Vec<_> = std::thread::scope(|scope| {
                let ask = |at| scope.spawn({ let (together, first) = (&together, &first); move || { together.wait(); refresh(at, first) } });
                let asked: Vec<_> = [app, &other, app, &other, app, &other].map(ask).into();
                asked.into_iter().map(|asked| asked.join().unwrap().expect(200).body).collect()
            });
            let alive: Vec<_> = answers.iter().filter(|session| me(app, session).status == 200).collect();
            assert_eq!((alive.len(), open(app, &user)), (1, 1));
            let next = refresh(app, alive[0]).expect(200).body;
            app.nobody().post("/api/v1/auth/logout", json!({"refresh_token": next["refresh_token"]})).expect(204);
        }
    }

    fn no_session_opens_past_the_end_of_them_all(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let other = app.instance(&[]);
        for _ in 0..10 {
            let (first, second) = (login(app, &user), login(app, &user));
            let together = Barrier::new(2);
            let refreshed = std::thread::scope(|scope| {
                let refreshing = scope.spawn(|| { together.wait(); refresh(&other, &first) });
                together.wait();
                app.with_token(second["access_token"].as_str().unwrap()).raw("POST", "/api/v1/auth/logout-all", "", "").expect(204);
                refreshing.join().unwrap()
            });
            assert_eq!(open(app, &user), 0);
            if refreshed.status == 200 {
                me(app, &refreshed.body).problem(401, "invalid_token");
            }
        }
    }

    fn logging_out_ends_the_family_at_once_on_every_instance(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let (other, elsewhere) = (app.instance(&[]), login(app, &user));
        let first = login(app, &user);
        let second = refresh(app, &first).expect(200).body;
        // By any of its tokens, the used one included; a second time nothing is left to end.
        for _ in 0..2 {
            app.nobody().post("/api/v1/auth/logout", json!({"refresh_token": first["refresh_token"]})).expect(204);
        }
        for session in [&first, &second] {
            me(app, session).problem(401, "invalid_token");
            me(&other, session).problem(401, "invalid_token");
        }
        refresh(app, &second).problem(401, "invalid_token");
        me(&other, &elsewhere).expect(200);
        app.nobody().post("/api/v1/auth/logout", json!({"refresh_token": "junk"})).expect(204);
    }

    fn logging_out_everywhere_ends_all_families_of_the_caller_alone(app: &TestApp) {
        let (user, mate) = (app.user_with_password("li.na", Role::Rep, true), app.user_with_password("mei", Role::Rep, true));
        let (here, there, of_mate) = (login(app, &user), login(app, &user), login(app, &mate));
        app.nobody().raw("POST", "/api/v1/auth/logout-all", "", "").problem(401, "missing_token");
        app.with_token(here["access_token"].as_str().unwrap()).raw("POST", "/api/v1/auth/logout-all", "", "").expect(204);
        for session in [&here, &there] {
            me(app, session).problem(401, "invalid_token");
            refresh(app, session).problem(401, "invalid_token");
        }
        me(app, &of_mate).expect(200);
        me(app, &login(app, &user)).expect(200);
    }

    fn a_new_password_ends_the_other_families(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let (here, there) = (login(app, &user), login(app, &user));
        let here = refresh(app, &here).expect(200).body;
        let set = |current: &str| {
            let body = json!({"current_password": current, "new_password": "another long password"});
            app.with_token(here["access_token"].as_str().unwrap()).post("/api/v1/auth/password", body)
        };
        assert_eq!(set("not the password").problem(422, "invalid").faults(), [("/current_password", "wrong_password")]);
        me(app, &there).expect(200);
        set(PASSWORD).expect(204);
        me(app, &there).problem(401, "invalid_token");
        refresh(app, &there).problem(401, "invalid_token");
        me(app, &here).expect(200);
        refresh(app, &here).expect(200);
        // Set by an administrator, it ends them all.
        let path = format!("/api/v1/users/{}/password", user.id);
        app.as_(&app.cast.admin).put(&path, json!({"password": "a third long password"}), None).expect(204);
        me(app, &here).problem(401, "invalid_token");
    }

    fn an_access_token_is_good_for_its_own_session_alone(app: &TestApp) {
        let cast = app.cast;
        let now = app.state.clock.now();
        let issue = |user: &User, session| intent_orders::identity::tokens::issue(&app.state.token_keys, user.id, session, now).unwrap();
        app.with_token(&issue(&cast.rep, cast.rep.id)).get(ME).expect(200);
        app.with_token(&issue(&cast.admin, cast.rep.id)).get(ME).problem(401, "invalid_token");
        app.with_token(&issue(&cast.rep, intent_orders::platform::clock::new_id())).get(ME).problem(401, "invalid_token");
    }

    fn sessions_are_forgotten_once_they_can_no_longer_be_refreshed(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let first = login(app, &user);
        refresh(app, &first).expect(200);
        app.advance(30 * 24 * 3600);
        refresh(app, &first).problem(401, "invalid_token");
        app.advance(1);
        login(app, &user);
        let id = user.id;
        let kept = app.state.db.read_here(|c| Ok(sessions::table.filter(sessions::user_id.eq(id)).filter(sessions::id.ne(id)).count().get_result::<i64>(c)?));
        assert_eq!(kept.unwrap(), 1);
    }
}
