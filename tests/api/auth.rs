//! Logging in, staying logged in, and what a token opens.
use intent_orders::identity::Role;
use serde_json::json;

use crate::harness::PASSWORD;

/// An operation that only an administrator may use, on a record that is not there.
const GUARDED: &str = "/api/v1/jobs/019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e";

both! {
    fn a_session_opens_with_e_mail_and_password(app: &TestApp) {
        let user = app.user_with_password("li.na", Role::Rep, true);
        let login = |email: &str, password: &str| app.nobody().post("/api/v1/auth/login", json!({"email": email, "password": password}));
        let session = login("Li.Na@Example.com", PASSWORD).expect(200);
        assert_eq!(session.header("cache-control"), "no-store");
        let session = session.body;
        assert_eq!((session["token_type"].as_str(), session["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
        assert_eq!(session["user"], json!({"id": user.id.to_string(), "name": "li.na", "role": "rep"}));
        app.with_token(session["access_token"].as_str().unwrap()).get(GUARDED).problem(403, "role");
        // A wrong password, an unknown and an inactive user, and one who never got a password are told the same.
        app.user_with_password("gone", Role::Rep, false);
        let details: Vec<_> = [(user.email().as_str(), "wrong password"), ("nobody@example.com", PASSWORD), ("gone@example.com", PASSWORD), ("admin@example.com", PASSWORD)]
            .map(|(email, password)| login(email, password).problem(401, "bad_credentials").body["detail"].clone())
            .into();
        assert!(details.windows(2).all(|pair| pair[0] == pair[1]), "{details:?}");
    }

    fn what_is_wrong_with_a_login_is_told_at_once(app: &TestApp) {
        let login = |body| app.nobody().post("/api/v1/auth/login", body);
        assert_eq!(login(json!({"email": "x", "pass": 1})).problem(422, "invalid").faults(), [("/email", "not_an_email"), ("/pass", "unknown_field"), ("/password", "required")]);
        assert_eq!(login(json!([])).problem(422, "invalid").faults(), [("", "wrong_type")]);
        assert_eq!(login(json!({"email": "a@example.com", "password": "a\u{0}"})).problem(422, "invalid").faults(), [("/password", "control_character")]);
    }

    fn a_token_opens_until_it_ends(app: &TestApp) {
        let token = app.token(&app.cast.admin);
        app.nobody().get(GUARDED).problem(401, "missing_token");
        for junk in ["", "junk", "a.b.c", &token[..token.len() - 4]] {
            app.with_token(junk).get(GUARDED).problem(401, "invalid_token");
        }
        app.nobody().with("authorization", &format!("Basic {token}")).get(GUARDED).problem(401, "invalid_token");
        app.nobody().with("authorization", &format!("bearer {token}")).get(GUARDED).problem(404, "not_found");
        app.with_token(&token).get(GUARDED).problem(404, "not_found");
        app.advance(15 * 60 + 29);
        app.with_token(&token).get(GUARDED).problem(404, "not_found");
        app.advance(1);
        app.with_token(&token).get(GUARDED).problem(401, "invalid_token");
    }

    fn a_role_is_looked_at_before_anything_else(app: &TestApp) {
        for user in app.cast.all().into_iter().filter(|user| user.role != Role::Admin) {
            app.as_(user).get(GUARDED).problem(403, "role");
            app.as_(user).get(&format!("{GUARDED}?unknown=1")).problem(403, "role");
        }
    }
}
