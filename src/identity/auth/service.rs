//! One function a use case of logging in.
use std::num::NonZeroU32;
use std::sync::OnceLock;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::handlers::{Login, OwnPassword, Session, SessionUser};
use super::store;
use crate::identity::{Act, passwords, tokens, users};
use crate::platform::clock::new_id;
use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::web::Decoded;

/// How long a refresh token lives: 30 days.
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// Checks e-mail and password and opens a session. An unknown user, a wrong password and an inactive user are refused alike, in the same time.
pub async fn login(state: &State, address: &str, login: Login) -> Result<Session, Problem> {
    limit(state, address)?;
    let email = login.email.0.to_lowercase();
    let key = email.clone();
    let user = state.db.read(move |c| users::store::credentials(c, &key)).await?;
    let hash = user.as_ref().and_then(|u| u.password_hash.clone());
    let known = hash.clone();
    let sound = passwords::off_thread(move || passwords::verify(&login.password.0, hash.as_deref())).await?;
    let Some(user) = user.filter(|user| sound && user.active) else { return Err(Problem::new(Code::BadCredentials)) };
    let fresh = Fresh::new(user.id, state.clock.now())?;
    let session = fresh.session.clone();
    let user = state
        .db
        .write(move |tx| {
            store::turn(tx, session.user_id)?;
            // The password took its time to check: it may be another by now, and the user shut out.
            let user = users::store::credentials(tx, &email)?.filter(|user| user.active && user.password_hash == known);
            let user = user.ok_or_else(|| Problem::new(Code::BadCredentials))?;
            store::insert(tx, &session)?;
            Ok(SessionUser { id: user.id, name: user.name, role: user.role })
        })
        .await?;
    fresh.open(state, user)
}

/// Uses up a refresh token and opens the session anew, both or neither.
pub async fn refresh(state: &State, token: &str) -> Result<Session, Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    let (user, next) = state
        .db
        .write(move |tx| {
            let invalid = || Problem::new(Code::InvalidToken);
            let id = store::end(tx, &hash, now)?.ok_or_else(invalid)?;
            let caller = users::store::caller(tx, id)?.ok_or_else(invalid)?;
            let next = Fresh::new(id, now)?;
            store::insert(tx, &next.session)?;
            Ok((SessionUser { id, name: caller.name, role: caller.role }, next))
        })
        .await?;
    next.open(state, user)
}

/// Sets the caller's own password, who must know the one before, and ends the caller's other sessions.
pub async fn change_password(state: &State, address: &str, act: Act, own: Option<Id>, body: Decoded<OwnPassword>) -> Result<(), Problem> {
    limit(state, address)?;
    let user = act.caller.user.ok_or_else(Problem::not_found)?;
    let Decoded { value: OwnPassword { current_password, new_password }, mut faults } = body;
    let known = state.db.read(move |c| users::store::password_hash(c, user)).await?;
    let hash = known.clone();
    let sound = passwords::off_thread(move || passwords::verify(&current_password.0, hash.as_deref())).await?;
    let wrong = || Fault::new("/current_password", FaultCode::WrongPassword);
    faults.extend((!sound).then(wrong));
    faults.extend(passwords::weak(&new_password.0, "/new_password"));
    faults.check()?;
    let hash = passwords::off_thread(move || passwords::hash(&new_password.0)).await?;
    state
        .db
        .write(move |tx| {
            store::end_all(tx, user, own, act.now)?;
            // Meanwhile another may have been set: then the one that was given is no longer the current one.
            if users::store::password_hash(tx, user)? != known {
                return Err(Problem::invalid(vec![wrong()]));
            }
            users::store::set_password(tx, user, &hash)?;
            let row = users::store::find(tx, user)?.ok_or_else(Problem::not_found)?;
            users::service::password_was_set(tx, &act, &row)
        })
        .await
}

/// Ends a session.
pub async fn logout(state: &State, token: &str) -> Result<(), Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    state.db.write(move |tx| store::end(tx, &hash, now)).await.map(drop)
}

/// A session in the making, with the one token that opens it again.
struct Fresh {
    session: store::NewSession,
    refresh_token: String,
}

impl Fresh {
    fn new(user_id: Id, now: UtcTime) -> Result<Self, Problem> {
        let refresh_token = secrets::random_token().map_err(Problem::internal)?;
        let session =
            store::NewSession { id: new_id(), user_id, token_hash: hash_of(&refresh_token), created_at: now, expires_at: now.plus_seconds(REFRESH_SECONDS) };
        Ok(Self { session, refresh_token })
    }
    /// What the user is told once the session is stored.
    fn open(self, state: &State, user: SessionUser) -> Result<Session, Problem> {
        let access_token = tokens::issue(&state.token_keys, user.id, self.session.id, self.session.created_at)?;
        Ok(Session { access_token, refresh_token: self.refresh_token, token_type: "Bearer", expires_in: tokens::LIFETIME, user })
    }
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
