//! Tokens that are none: whatever is wrong with one, the answer is the same.
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use intent_orders::platform::secrets::Keys;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::harness::{Answer, PASSWORD, TestApp};
use intent_orders::identity::Role;

const ME: &str = "/api/v1/me";

/// A token made by hand: a header and claims as text, signed by a key with SHA-256.
fn signed(header: &str, claims: &str, key: &[u8]) -> String {
    let content = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(content.as_bytes());
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// What a sound token of the administrator says.
struct Sound {
    header: Value,
    claims: Value,
    key: [u8; 32],
}

impl Sound {
    fn new(app: &TestApp) -> Self {
        let key = app.state.token_keys.current();
        let token = app.token(&app.cast.admin);
        let part = |n: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap();
        Self { header: part(0), claims: part(1), key: key.bytes }
    }
    fn with_header(&self, name: &str, value: Option<Value>) -> String {
        signed(&set(&self.header, name, value).to_string(), &self.claims.to_string(), &self.key)
    }
    fn with_claim(&self, name: &str, value: Option<Value>) -> String {
        signed(&self.header.to_string(), &set(&self.claims, name, value).to_string(), &self.key)
    }
    fn by(&self, key: &[u8]) -> String {
        signed(&self.header.to_string(), &self.claims.to_string(), key)
    }
}

fn set(object: &Value, name: &str, value: Option<Value>) -> Value {
    let mut object = object.clone();
    let fields = object.as_object_mut().unwrap();
    match value {
        Some(value) => fields.insert(name.to_owned(), value),
        None => fields.remove(name),
    };
    object
}

/// What an answer says, but for what differs at each request.
fn said(answer: Answer) -> (Value, String) {
    let mut body = answer.problem(401, "invalid_token");
    let challenge = body.header("www-authenticate").to_owned();
    body.body["request_id"].take();
    (body.body, challenge)
}

/// Every way to be none, by name.
fn forged(app: &TestApp) -> Vec<(String, String)> {
    let sound = Sound::new(app);
    let now = app.state.clock.now().0 / 1_000_000;
    let (header, claims) = (sound.header.to_string(), sound.claims.to_string());
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, token: String| all.push((name.to_owned(), token));
    for none in ["none", "None", "NONE", "nOnE"] {
        let unsigned = set(&sound.header, "alg", Some(json!(none))).to_string();
        let bare = signed(&unsigned, &claims, b"");
        let bare = bare.rsplit_once('.').unwrap().0;
        for (name, token) in [("no signature", format!("{bare}.")), ("two parts", bare.to_owned()), ("signed", signed(&unsigned, &claims, &sound.key))] {
            add(&format!("alg {none}, {name}"), token);
        }
    }
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS384", "HS512", "hs256", "", "HS256 "] {
        add(&format!("alg {alg}"), sound.with_header("alg", Some(json!(alg))));
    }
    let longer = {
        let header = set(&sound.header, "alg", Some(json!("HS512"))).to_string();
        let content = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(&claims));
        let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(&sound.key).unwrap();
        mac.update(content.as_bytes());
        format!("{content}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    add("truly HS512", longer);
    let kid = sound.header["kid"].as_str().unwrap_or_default().to_owned();
    let other = Keys::derive("access-token", "another secret", None);
    for (name, key) in [("the key id", kid.as_bytes()), ("an empty key", b"".as_slice()), ("zeros", &[0; 32]), ("the secret itself", "s".repeat(32).as_bytes())]
    {
        add(&format!("signed by {name}"), sound.by(key));
    }
    add("signed by another secret", sound.by(&other.current().bytes));
    for label in ["cursor", "cursors", "refresh-token", ""] {
        add(&format!("signed for {label}"), sound.by(&Keys::derive(label, &"s".repeat(32), None).current().bytes));
    }
    add("another secret with its key id", {
        let header = set(&sound.header, "kid", Some(json!(other.current().id))).to_string();
        signed(&header, &claims, &other.current().bytes)
    });
    let kids = [
        json!(""),
        json!("../../../../dev/null"),
        json!("' OR 1=1 --"),
        json!("a\u{0}b"),
        json!("http://127.0.0.1/k"),
        json!(5),
        json!(null),
        json!([kid]),
        json!("k".repeat(1000)),
    ];
    for value in kids {
        add(&format!("kid {value}"), sound.with_header("kid", Some(value)));
    }
    for name in ["kid", "typ", "alg"] {
        add(&format!("no {name}"), sound.with_header(name, None));
    }
    for value in [json!("JWT"), json!("AT+JWT"), json!("rt+jwt"), json!(null), json!(5)] {
        add(&format!("typ {value}"), sound.with_header("typ", Some(value)));
    }
    for name in ["iss", "aud", "sub", "exp", "iat", "jti"] {
        add(&format!("no {name}"), sound.with_claim(name, None));
        for value in [json!(null), json!("other"), json!(""), json!(true), json!([]), json!({}), json!(-1), json!(1.5)] {
            add(&format!("{name} {value}"), sound.with_claim(name, Some(value)));
        }
    }
    for name in ["exp", "iat"] {
        let far = [i64::MAX, i64::MIN, 99_999_999_999, now + 24 * 3600];
        for value in far.into_iter().map(|n| json!(n)).chain([json!(now.to_string()), json!(now as f64 + 0.5), json!(u64::MAX)]) {
            add(&format!("{name} {value}"), sound.with_claim(name, Some(value)));
        }
        for written in ["1e400", "1e10", "9223372036854775808", "-9223372036854775809"] {
            let text = claims.replace(&format!("\"{name}\":{}", sound.claims[name]), &format!("\"{name}\":{written}"));
            assert_ne!(text, claims, "{name}");
            add(&format!("{name} {written}"), signed(&header, &text, &sound.key));
        }
    }
    add("aud among others", sound.with_claim("aud", Some(json!(["intent-orders-api", "other"]))));
    add("one claim more", sound.with_claim("role", Some(json!("admin"))));
    add("claims twice", signed(&header, &claims.replacen('{', "{\"sub\":\"x\",", 1), &sound.key));
    let token = app.token(&app.cast.admin);
    add("one letter less", token[..token.len() - 1].to_owned());
    add("a part more", format!("{token}.{}", URL_SAFE_NO_PAD.encode("x")));
    add("padded", format!("{token}="));
    add("coded otherwise", {
        let (content, _) = token.rsplit_once('.').unwrap();
        format!("{content}.{}", STANDARD.encode([255; 32]))
    });
    add("only dots", "..".to_owned());
    add("two thousand bytes", "x".repeat(2001));
    // As much as all header fields together may have.
    add("thirty thousand bytes", format!("{}.{}.x", URL_SAFE_NO_PAD.encode(&header), "A".repeat(30_000)));
    all
}

both! {
    fn whatever_is_wrong_with_a_token_is_told_alike(app: &TestApp) {
        // By hand a sound token is one: what is refused below is refused for its one fault.
        let sound = Sound::new(app);
        app.with_token(&sound.by(&sound.key)).get(ME).expect(200);
        let expected = said(app.with_token("junk").get(ME));
        let user = app.user_with_password("li.na", Role::Rep, true);
        let session = app.nobody().post("/api/v1/auth/login", json!({"email": user.email(), "password": PASSWORD})).expect(200).body;
        app.with_token(session["access_token"].as_str().unwrap()).get(ME).expect(200);
        let mut all = forged(app);
        all.push(("a refresh token".into(), session["refresh_token"].as_str().unwrap().to_owned()));
        all.push(("a key that nobody has".into(), format!("io_{}", "A".repeat(43))));
        let mut faults = Vec::new();
        for (name, token) in &all {
            let answer = app.with_token(token).get(ME);
            if answer.status != 401 || said(answer) != expected {
                faults.push(name.clone());
            }
        }
        assert!(all.len() > 100 && faults.is_empty(), "of {} not refused alike: {faults:#?}", all.len());
        // A key that was revoked, a user who is gone: the same words.
        let gone = app.user_with_password("gone", Role::Admin, false);
        assert_eq!(said(app.as_(&gone).get(ME)), expected);
    }

    fn a_token_counts_in_its_header_alone(app: &TestApp) {
        let token = app.token(&app.cast.admin);
        for name in ["access_token", "token", "authorization", "jwt"] {
            app.nobody().get(&format!("{ME}?{name}={token}")).problem(401, "missing_token");
        }
        app.nobody().with("cookie", &format!("access_token={token}")).get(ME).problem(401, "missing_token");
        app.nobody().with("x-api-key", &token).get(ME).problem(401, "missing_token");
        // A hundred thousand bytes are too much for any header, and no fault of the server.
        let long = app.with_token(&"A".repeat(100_000)).get(ME);
        assert!([401, 431].contains(&long.status), "{long}");
        app.with_token(&token).get(ME).expect(200);
    }
}
