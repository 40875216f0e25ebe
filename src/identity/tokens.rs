//! Access tokens: JWT of 15 minutes, HS256, with every claim required. They say who somebody is; what they may is asked of the database each time.
use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets::Keys;

/// How long an access token lives, in seconds.
pub const LIFETIME: i64 = 15 * 60;
const LEEWAY: i64 = 30;
const ISSUER: &str = "intent-orders";
const AUDIENCE: &str = "intent-orders-api";
const TYPE: &str = "at+jwt";
/// Longer than any token of ours.
const MOST_LENGTH: usize = 2000;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    iat: i64,
    jti: String,
}

/// Who a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub user: Id,
    /// The session that the token was issued with: each has one token, so its id is the token's.
    pub session: Id,
}

/// What is asked of every token. Times are held against our own clock, so that tests can hold it still.
static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation
});

/// Makes a token for a user's session.
pub fn issue(keys: &Keys, user: Id, session: Id, now: UtcTime) -> Result<String, Problem> {
    let key = keys.current();
    let iat = now.0 / 1_000_000;
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(TYPE.into());
    header.kid = Some(key.id.clone());
    let claims = Claims { iss: ISSUER.into(), aud: AUDIENCE.into(), sub: user.to_string(), exp: iat + LIFETIME, iat, jti: session.to_string() };
    encode(&header, &claims, &EncodingKey::from_secret(&key.bytes)).map_err(Problem::internal)
}

/// Reads a token and answers whose it is; everything that is wrong with one is refused alike.
pub fn verify(keys: &Keys, token: &str, now: UtcTime) -> Result<Bearer, Problem> {
    read(keys, token, now).ok_or_else(|| Problem::new(Code::InvalidToken))
}

fn read(keys: &Keys, token: &str, now: UtcTime) -> Option<Bearer> {
    if token.len() > MOST_LENGTH {
        return None;
    }
    let header = decode_header(token).ok()?;
    if header.alg != Algorithm::HS256 || header.typ.as_deref() != Some(TYPE) {
        return None;
    }
    let key = keys.find(&header.kid?)?;
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(&key.bytes), &VALIDATION).ok()?.claims;
    let now = now.0 / 1_000_000;
    // A time may be any number of 64 bits.
    let lives = claims.iat <= now + LEEWAY && claims.exp > now - LEEWAY && claims.exp.checked_sub(claims.iat).is_some_and(|length| length <= LIFETIME);
    let user = Id::parse(&claims.sub).filter(|_| lives)?;
    Some(Bearer { user, session: Id::parse(&claims.jti)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::clock::new_id;

    fn forge(keys: &Keys, header: &Header, claims: &serde_json::Value) -> String {
        encode(header, claims, &EncodingKey::from_secret(&keys.current().bytes)).unwrap()
    }

    #[test]
    fn a_token_names_its_user_until_it_ends() {
        let keys = Keys::derive("access-token", "s", None);
        let (user, session, now) = (new_id(), new_id(), UtcTime(1_800_000_000_000_000));
        let token = issue(&keys, user, session, now).unwrap();
        assert_eq!(verify(&keys, &token, now).ok(), Some(Bearer { user, session }));
        assert!(verify(&keys, &token, now.plus_seconds(LIFETIME + LEEWAY - 1)).is_ok());
        assert!(verify(&keys, &token, now.plus_seconds(LIFETIME + LEEWAY)).is_err());
        assert!(verify(&Keys::derive("access-token", "t", Some("s")), &token, now).is_ok(), "the previous secret verifies");
        assert!(verify(&Keys::derive("access-token", "t", None), &token, now).is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        let keys = Keys::derive("access-token", "s", None);
        let now = UtcTime(1_800_000_000_000_000);
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.into());
        header.kid = Some(keys.current().id.clone());
        let iat = now.0 / 1_000_000;
        let good = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": new_id().to_string(), "exp": iat + 60, "iat": iat, "jti": new_id().to_string()});
        assert!(verify(&keys, &forge(&keys, &header, &good), now).is_ok());
        for (name, value) in [
            ("iss", json!("other")),
            ("aud", json!("other")),
            ("sub", json!("x")),
            ("sub", json!(5)),
            ("exp", json!("1900000000")),
            ("exp", json!(1.9e9)),
            ("exp", json!(-1)),
            ("exp", json!(99_999_999_999_i64)),
            ("iat", json!(iat + 3600)),
            ("iss", json!(null)),
            ("jti", json!(null)),
            ("jti", json!("x")),
            ("extra", json!(1)),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            assert!(verify(&keys, &forge(&keys, &header, &claims), now).is_err(), "{name} {value}");
        }
        for alter in [
            |h: &mut Header| h.typ = Some("JWT".into()),
            |h: &mut Header| h.typ = None,
            |h: &mut Header| h.kid = None,
            |h: &mut Header| h.kid = Some("../../etc".into()),
            |h: &mut Header| h.alg = Algorithm::HS512,
        ] {
            let mut altered = header.clone();
            alter(&mut altered);
            assert!(verify(&keys, &forge(&keys, &altered, &good), now).is_err());
        }
        for junk in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", &"x".repeat(100_000)] {
            assert!(verify(&keys, junk, now).is_err());
        }
    }
}
