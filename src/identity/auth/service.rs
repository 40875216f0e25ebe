//! One function a use case of logging in.
use std::num::NonZeroU32;
use std::sync::OnceLock;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::handlers::{Login, Session, SessionUser};
use super::store;
use crate::identity::{passwords, tokens, users};
use crate::platform::clock::new_id;
use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets;
use crate::platform::state::State;

/// How long a refresh token lives: 30 days.
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// Checks e-mail and password and opens a session. An unknown user, a wrong password and an inactive user are refused alike, in the same time.
pub async fn login(state: &State, address: &str, login: Login) -> Result<Session, Problem> {
    limit(state, address)?;
    let email = login.email.0.to_lowercase();
    let user = state.db.read(move |c| users::store::credentials(c, &email)).await?;
    let hash = user.as_ref().and_then(|u| u.password_hash.clone());
    let sound = passwords::off_thread(move || passwords::verify(&login.password.0, hash.as_deref())).await?;
    match user {
        Some(user) if sound && user.active => open(state, user.id, SessionUser { id: user.id, name: user.name, role: user.role }).await,
        _ => Err(Problem::new(Code::BadCredentials)),
    }
}

/// Uses up a refresh token and opens the session anew.
pub async fn refresh(state: &State, token: &str) -> Result<Session, Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    let user = state.db.write(move |tx| store::end(tx, &hash, now)).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let caller = state.db.read(move |c| users::store::caller(c, user)).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    open(state, user, SessionUser { id: user, name: caller.name, role: caller.role }).await
}

/// Ends a session.
pub async fn logout(state: &State, token: &str) -> Result<(), Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    state.db.write(move |tx| store::end(tx, &hash, now)).await.map(drop)
}

async fn open(state: &State, user: Id, view: SessionUser) -> Result<Session, Problem> {
    let now: UtcTime = state.clock.now();
    let refresh_token = secrets::random_token().map_err(Problem::internal)?;
    let session =
        store::NewSession { id: new_id(), user_id: user, token_hash: hash_of(&refresh_token), created_at: now, expires_at: now.plus_seconds(REFRESH_SECONDS) };
    state.db.write(move |tx| store::insert(tx, &session)).await?;
    Ok(Session { access_token: tokens::issue(&state.token_keys, user, now)?, refresh_token, token_type: "Bearer", expires_in: tokens::LIFETIME, user: view })
}

fn hash_of(token: &str) -> String {
    secrets::fingerprint(token.as_bytes(), 32)
}

/// Few tries a minute and address: guessing takes years.
fn limit(state: &State, address: &str) -> Result<(), Problem> {
    static LIMITER: OnceLock<DefaultKeyedRateLimiter<String>> = OnceLock::new();
    let Some(per_minute) = state.config.rate_limit.and_then(NonZeroU32::new) else { return Ok(()) };
    let limiter = LIMITER.get_or_init(|| RateLimiter::keyed(Quota::per_minute(per_minute)));
    if limiter.len() > 10_000 {
        limiter.retain_recent();
    }
    limiter.check_key(&address.to_owned()).map_err(|until| {
        let seconds = until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
        Problem::new(Code::TooManyRequests).param("seconds", seconds).header("retry-after", seconds)
    })
}
