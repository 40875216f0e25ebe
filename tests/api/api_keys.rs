//! API keys: made, shown once, narrowed, used, revoked; and that no end of rights waits for anything.
use diesel::prelude::*;
use intent_orders::identity::{Permission, Role};
use intent_orders::platform::db::Json;
use intent_orders::platform::db::schema::{api_keys, events};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, PASSWORD, TestApp, User};
use crate::orders;

const KEYS: &str = "/api/v1/api-keys";
const ME: &str = "/api/v1/me";

/// Makes a key with scopes.
fn make(app: &TestApp, user: &User, scopes: &[&str]) -> Answer {
    app.as_(user).post(KEYS, json!({"name": "Web shop", "scopes": scopes})).expect(201)
}

fn with<'a>(app: &'a TestApp, made: &Answer) -> Client<'a> {
    app.with_token(made.body["key"].as_str().unwrap())
}

fn ids(list: &Answer) -> Vec<&str> {
    list.body["data"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect()
}

both! {
    fn a_key_is_shown_once_and_kept_as_a_hash(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let made = rep.post(KEYS, json!({"name": " Web shop ", "scopes": ["orders.edit", "orders.read", "orders.edit"], "expires_at": "2026-11-24T08:00:00Z"})).expect(201);
        let key = made.body["key"].as_str().unwrap();
        assert!(key.starts_with("io_") && key.len() == 46, "{key}");
        assert_eq!((made.header("location"), made.header("cache-control")), (format!("{KEYS}/{}", made.id()).as_str(), "no-store"));
        let read = rep.get(&format!("{KEYS}/{}", made.id())).expect(200);
        assert_eq!(read.body, json!({
            "id": made.id(), "name": "Web shop", "owner": {"id": app.cast.rep.id.to_string(), "name": "rep"}, "prefix": &key[..11],
            "scopes": ["orders.read", "orders.edit"], "expires_at": "2026-11-24T08:00:00.000000Z", "last_used_at": null, "revoked_at": null,
            "version": 1, "created_at": "2026-11-23T08:00:00.000000Z",
        }));
        let list = rep.get(KEYS).expect(200);
        assert!(!read.text.contains(&key[12..]) && !list.text.contains(&key[12..]));
        let hash = app.state.db.read_here(|c| Ok(api_keys::table.select(api_keys::key_hash).first::<String>(c)?)).unwrap();
        assert_eq!(hash, intent_orders::platform::secrets::fingerprint(key.as_bytes(), 32));
        // The log tells that it was made, and nothing of the key.
        let told = app.state.db.read_here(|c| Ok(events::table.filter(events::record_type.eq("api_key")).select((events::kind, events::changes)).load::<(String, Json)>(c)?)).unwrap();
        assert_eq!(told.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["api_key.created"]);
        let changes = told[0].1.0.to_string();
        assert!(changes.contains("orders.edit") && !changes.contains(&key[3..11]) && !changes.contains(&hash[..16]), "{changes}");
    }

    fn what_is_wrong_with_a_key_is_told_at_once(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let refused = rep.post(KEYS, json!({"scopes": ["orders.raed", 5], "expires_at": "x", "key": "io_mine", "extra": 1})).problem(422, "invalid");
        assert_eq!(refused.faults(), [
            ("/expires_at", "not_a_time"), ("/extra", "unknown_field"), ("/key", "read_only"), ("/name", "required"), ("/scopes/0", "not_one_of"), ("/scopes/1", "wrong_type"),
        ]);
        let fault = refused.body["errors"].as_array().unwrap().iter().find(|fault| fault["pointer"] == "/scopes/0").unwrap();
        assert_eq!(fault["suggestion"], "orders.read");
        let refused = rep.post(KEYS, json!({"name": "x", "scopes": [], "expires_at": "2026-11-23T08:00:00Z"})).problem(422, "invalid");
        assert_eq!(refused.faults(), [("/expires_at", "time_passed"), ("/scopes", "too_few")]);
        // A key that makes keys would have no bounds.
        assert_eq!(rep.post(KEYS, json!({"name": "x", "scopes": ["api_keys.edit"]})).problem(422, "invalid").faults(), [("/scopes/0", "not_one_of")]);
        assert_eq!(rep.get(KEYS).expect(200).body["data"], json!([]));
    }

    fn a_key_acts_as_its_maker_within_its_scopes(app: &TestApp) {
        let customer = orders::stock(app);
        let all: Vec<_> = Permission::ALL.iter().filter(|p| p.is_scope()).map(|p| p.as_str()).collect();
        let wide = make(app, &app.cast.rep, &all);
        let wide = with(app, &wide);
        let order = wide.post("/api/v1/orders", orders::sound(&customer)).expect(201);
        assert_eq!(order.body["owner"]["name"], "rep");
        // What the maker lacks, the key lacks: told as the role's, whatever the scopes.
        wide.post("/api/v1/teams", json!({"name": "x"})).problem(403, "role");
        let read = make(app, &app.cast.rep, &["orders.read"]);
        let (read, path) = (with(app, &read), format!("/api/v1/orders/{}", order.id()));
        read.get(&path).expect(200);
        read.get("/api/v1/orders").expect(200);
        let refused = read.patch(&path, json!({"note": "x"}), "*").problem(403, "scope");
        assert!(refused.body["detail"].as_str().unwrap().contains("orders.edit"));
        read.with("accept-language", "zh-CN").patch(&path, json!({"note": "x"}), "*").problem(403, "scope");
        with(app, &make(app, &app.cast.rep, &["orders.read"])).get("/api/v1/customers").problem(403, "scope");
        // What an order allows is told for the key, too.
        let actions = with(app, &make(app, &app.cast.rep, &["orders.read", "orders.submit"])).get(&format!("{path}/actions")).expect(200).body;
        let told = |action: &str| actions["data"].as_array().unwrap().iter().find(|item| item["action"] == action).unwrap().clone();
        assert_eq!((&told("submit")["allowed"], &told("cancel")["because"]["code"], &told("approve")["because"]["code"]), (&json!(true), &json!("scope"), &json!("role")));
        // Others' records stay as they are to the maker.
        with(app, &make(app, &app.cast.stranger, &["orders.read"])).get(&path).problem(404, "not_found");
    }

    fn a_key_manages_no_credentials_and_tells_who_it_is(app: &TestApp) {
        let made = make(app, &app.cast.admin, &["orders.read", "settings.edit"]);
        let key = with(app, &made);
        let me = key.get(ME).expect(200).body;
        assert_eq!((&me["email"], &me["permissions"]), (&json!("admin@example.com"), &json!(["orders.read", "settings.edit"])));
        assert_eq!(with(app, &make(app, &app.cast.rep, &["orders.read", "settings.edit"])).get(ME).expect(200).body["permissions"], json!(["orders.read"]));
        key.head(ME).expect(200);
        key.post("/api/v1/auth/password", json!({"current_password": PASSWORD, "new_password": "another long password"})).problem(403, "scope");
        key.raw("POST", "/api/v1/auth/logout-all", "", "").problem(403, "scope");
        key.patch(ME, json!({"locale": "en"}), "*").problem(403, "scope");
        key.get(KEYS).problem(403, "scope");
        key.post(KEYS, json!({"name": "x", "scopes": ["orders.read"]})).problem(403, "scope");
        key.get(&format!("{KEYS}/{}", made.id())).problem(403, "scope");
        key.delete(&format!("{KEYS}/{}", made.id()), "*").problem(403, "scope");
    }

    fn keys_are_their_makers_to_see_and_an_administrators(app: &TestApp) {
        let cast = app.cast;
        let (of_rep, of_mate) = (make(app, &cast.rep, &["orders.read"]), make(app, &cast.mate, &["orders.read"]));
        let (rep, lead, admin) = (app.as_(&cast.rep), app.as_(&cast.lead), app.as_(&cast.admin));
        let owned_by = |user: &User| format!("{KEYS}?owner={}", user.id);
        assert_eq!(ids(&rep.get(KEYS).expect(200)), [of_rep.id()]);
        assert_eq!(ids(&rep.get(&owned_by(&cast.mate)).expect(200)), [""; 0]);
        assert_eq!(ids(&lead.get(&owned_by(&cast.rep)).expect(200)), [""; 0]);
        assert_eq!(ids(&admin.get(KEYS).expect(200)), [""; 0]);
        assert_eq!(ids(&admin.get(&owned_by(&cast.mate)).expect(200)), [of_mate.id()]);
        let both = format!("{KEYS}?owner={},{}&sort=created_at&include_total=true", cast.rep.id, cast.mate.id);
        let first = admin.get(&format!("{both}&limit=1")).expect(200);
        assert_eq!((ids(&first), &first.body["page"]["total"]), (vec![of_rep.id()], &json!(2)));
        let next = admin.get(&format!("{both}&cursor={}", first.body["page"]["next_cursor"].as_str().unwrap())).expect(200);
        assert_eq!(ids(&next), [of_mate.id()]);
        let path = format!("{KEYS}/{}", of_mate.id());
        rep.get(&path).problem(404, "not_found");
        rep.delete(&path, "*").problem(404, "not_found");
        admin.get(&path).expect(200);
        app.as_(&cast.reviewer).get("/api/v1/api-keys/junk").problem(404, "not_found");
    }

    fn a_revoked_key_is_no_longer_taken(app: &TestApp) {
        let cast = app.cast;
        let other = app.instance(&[]);
        let (first, second) = (make(app, &cast.rep, &["orders.read"]), make(app, &cast.rep, &["orders.read"]));
        let path = format!("{KEYS}/{}", first.id());
        let rep = app.as_(&cast.rep);
        with(&other, &first).get(ME).expect(200);
        rep.delete(&path, None).problem(428, "if_match_required");
        rep.delete(&path, "\"2\"").problem(412, "stale");
        rep.delete(&path, rep.get(&path).expect(200).etag()).expect(204);
        for at in [app, &other] {
            with(at, &first).get(ME).problem(401, "invalid_token");
            with(at, &second).get(ME).expect(200);
        }
        // Gone, unless one asks for what is gone.
        rep.get(&path).problem(404, "not_found");
        rep.delete(&path, "*").problem(404, "not_found");
        let revoked = rep.get(&format!("{path}?include_archived=true")).expect(200).body;
        assert_eq!((&revoked["revoked_at"], &revoked["version"]), (&json!("2026-11-23T08:00:00.000000Z"), &json!(2)));
        assert_eq!(ids(&rep.get(KEYS).expect(200)), [second.id()]);
        assert_eq!(ids(&rep.get(&format!("{KEYS}?include_archived=true")).expect(200)).len(), 2);
        app.as_(&cast.admin).delete(&format!("{KEYS}/{}", second.id()), "*").expect(204);
        with(app, &second).get(ME).problem(401, "invalid_token");
        let told = app.state.db.read_here(|c| Ok(events::table.filter(events::kind.eq("api_key.revoked")).select((events::actor_id, events::changes)).order(events::id).load::<(Option<intent_orders::platform::db::Id>, Json)>(c)?)).unwrap();
        assert_eq!(told.iter().map(|(actor, _)| *actor).collect::<Vec<_>>(), [Some(cast.rep.id), Some(cast.admin.id)]);
        assert_eq!(told[0].1.0, json!({"revoked_at": [null, "2026-11-23T08:00:00.000000Z"]}));
    }

    fn a_key_expires(app: &TestApp) {
        let made = app.as_(&app.cast.rep).post(KEYS, json!({"name": "x", "scopes": ["orders.read"], "expires_at": "2026-11-23T09:00:00+00:30"})).expect(201);
        app.advance(1799);
        with(app, &made).get(ME).expect(200);
        app.advance(1);
        with(app, &made).get(ME).problem(401, "invalid_token");
        for junk in ["io_", "io_junk", &"io_x".repeat(1000)] {
            app.with_token(junk).get(ME).problem(401, "invalid_token");
        }
    }

    fn when_a_key_was_used_is_noted_once_a_minute(app: &TestApp) {
        let made = make(app, &app.cast.rep, &["orders.read"]);
        let id = intent_orders::platform::db::Id::parse(made.id()).unwrap();
        let noted = || app.state.db.read_here(|c| Ok(api_keys::table.find(id).select(api_keys::last_used_at).first::<Option<intent_orders::platform::db::UtcTime>>(c)?)).unwrap();
        // It is written beside the request: a moment later.
        let becomes = |expected| (0..200).any(|_| { std::thread::sleep(std::time::Duration::from_millis(10)); noted() == Some(expected) });
        let first = app.state.clock.now();
        with(app, &made).get(ME).expect(200);
        assert!(becomes(first));
        app.advance(59);
        with(app, &made).get(ME).expect(200);
        app.advance(1);
        let third = app.state.clock.now();
        with(app, &made).get(ME).expect(200);
        assert!(becomes(third));
        let read = app.as_(&app.cast.rep).get(&format!("{KEYS}/{}", made.id())).expect(200).body;
        assert_eq!((&read["last_used_at"], &read["version"]), (&json!(third.to_string()), &json!(1)));
    }

    fn deactivation_bites_at_once_whatever_one_came_with(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Reviewer, true);
        let other = app.instance(&[]);
        let login = || app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body;
        let sessions = [login(), login()];
        let key = make(app, &user, &["orders.read"]);
        let all = |check: &dyn Fn(Answer)| {
            for at in [app, &other] {
                sessions.iter().for_each(|session| check(at.with_token(session["access_token"].as_str().unwrap()).get(ME)));
                check(with(at, &key).get(ME));
            }
        };
        all(&|answer| drop(answer.expect(200)));
        let path = format!("/api/v1/users/{}", user.id);
        let admin = app.as_(&app.cast.admin);
        admin.action(&format!("{path}/deactivate"), Value::Null, "*").expect(200);
        all(&|answer| drop(answer.problem(401, "invalid_token")));
        for session in &sessions {
            app.nobody().post("/api/v1/auth/refresh", json!({"refresh_token": session["refresh_token"]})).problem(401, "invalid_token");
        }
        // Let in again: the sessions are over, the key was never revoked.
        admin.action(&format!("{path}/activate"), Value::Null, "*").expect(200);
        app.with_token(sessions[0]["access_token"].as_str().unwrap()).get(ME).problem(401, "invalid_token");
        with(app, &key).get(ME).expect(200);
    }

    fn demotion_bites_at_once_whatever_one_came_with(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Admin, true);
        app.user_with_password("another.admin", Role::Admin, true);
        let other = app.instance(&[]);
        let login = || app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body;
        let sessions = [login(), login()];
        let key = make(app, &user, &["users.edit", "orders.read"]);
        // Refused for the content where the right is there, before it where not.
        let all = |status, code| {
            for at in [app, &other] {
                for session in &sessions {
                    at.with_token(session["access_token"].as_str().unwrap()).post("/api/v1/users", json!({})).problem(status, code);
                }
                with(at, &key).post("/api/v1/users", json!({})).problem(status, code);
            }
        };
        all(422, "invalid");
        app.as_(&app.cast.admin).patch(&format!("/api/v1/users/{}", user.id), json!({"role": "rep"}), "*").expect(200);
        all(403, "role");
        assert_eq!(with(app, &key).get(ME).expect(200).body["permissions"], json!(["orders.read"]));
    }
}
