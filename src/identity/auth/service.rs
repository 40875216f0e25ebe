//! One function a use case of logging in.
use super::handlers::{Login, OwnPassword, Session, SessionUser};
use super::rules::{self, Use};
use super::store;
use crate::identity::{Act, passwords, tokens, users};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::web::Decoded;

/// How long a refresh token lives: 30 days.
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// Checks e-mail and password and opens a session. An unknown user, a wrong password and an inactive user are refused alike, in the same time.
pub async fn login(state: &State, login: Login) -> Result<Session, Problem> {
    let email = login.email.0.to_lowercase();
    let key = email.clone();
    let user = state.db.read(move |c| users::store::credentials(c, &key)).await?;
    let hash = user.as_ref().and_then(|u| u.password_hash.clone());
    let known = hash.clone();
    let checks = state.password_checks.clone();
    let sound = passwords::off_thread(move || passwords::verify(&login.password.0, hash.as_deref(), &checks)).await?;
    let Some(user) = user.filter(|user| sound && user.active) else { return Err(Problem::new(Code::BadCredentials)) };
    let fresh = Fresh::new(user.id, None, state.clock.now())?;
    let session = fresh.session.clone();
    let user = state
        .db
        .write(move |tx| {
            store::turn(tx, session.user_id)?;
            // The password took its time to check: it may be another by now, and the user shut out.
            let user = users::store::credentials(tx, &email)?.filter(|user| user.active && user.password_hash == known);
            let user = user.ok_or_else(|| Problem::new(Code::BadCredentials))?;
            store::forget_expired(tx, user.id, session.created_at)?;
            store::insert(tx, &session)?;
            Ok(SessionUser { id: user.id, name: user.name, role: user.role })
        })
        .await?;
    fresh.open(state, user)
}

/// Rotates a refresh token and opens the next session of its family, both or neither; a token that two hold ends the family.
pub async fn refresh(state: &State, token: &str) -> Result<Session, Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    // That a family has ended must last, so it is no failure of the transaction.
    match state.db.write(move |tx| rotate(tx, &hash, now)).await? {
        Rotated::Opened(user, next) => next.open(state, user),
        Rotated::Refused => Err(Problem::new(Code::InvalidToken)),
        Rotated::Stolen(user) => {
            log::warn!(user = user.to_string().as_str(); "a refresh token was used by two; its sessions have ended");
            Err(Problem::new(Code::InvalidToken))
        }
    }
}

/// What came of a refresh token.
enum Rotated {
    Opened(SessionUser, Fresh),
    Refused,
    /// The family of this user has just been ended for it.
    Stolen(Id),
}

fn rotate(tx: &mut AnyConnection, hash: &str, now: UtcTime) -> Result<Rotated, Problem> {
    let Some(used) = store::by_token(tx, hash)? else { return Ok(Rotated::Refused) };
    let successor = used.successor_id.map(|id| store::find(tx, id)).transpose()?.flatten();
    match rules::decide(used.step(), successor.map(|successor| successor.step()), now) {
        Use::Expired => return Ok(Rotated::Refused),
        Use::Theft => {
            let ended = store::end_family(tx, used.family_id, now)? > 0;
            return Ok(if ended { Rotated::Stolen(used.user_id) } else { Rotated::Refused });
        }
        Use::Replace => successor.map_or(Ok(()), |unused| store::end(tx, unused.id, now))?,
        Use::Rotate => {}
    }
    let Some(caller) = users::store::caller(tx, used.user_id)? else { return Ok(Rotated::Refused) };
    let next = Fresh::new(used.user_id, Some(used.family_id), now)?;
    store::insert(tx, &next.session)?;
    // The grace runs from the first use.
    store::rotate(tx, used.id, used.rotated_at.unwrap_or(now), next.session.id)?;
    Ok(Rotated::Opened(SessionUser { id: used.user_id, name: caller.name, role: caller.role }, next))
}

/// Sets the caller's own password, who must know the one before, and ends the caller's other families.
pub async fn change_password(state: &State, act: Act, own: Id, body: Decoded<OwnPassword>) -> Result<(), Problem> {
    let user = act.caller.user.ok_or_else(Problem::not_found)?;
    let Decoded { value: OwnPassword { current_password, new_password }, mut faults } = body;
    let known = state.db.read(move |c| users::store::password_hash(c, user)).await?;
    let hash = known.clone();
    let checks = state.password_checks.clone();
    let sound = passwords::off_thread(move || passwords::verify(&current_password.0, hash.as_deref(), &checks)).await?;
    let wrong = || Fault::new("/current_password", FaultCode::WrongPassword);
    faults.extend((!sound).then(wrong));
    faults.extend(passwords::weak(&new_password.0, "/new_password"));
    faults.check()?;
    let hash = passwords::off_thread(move || passwords::hash(&new_password.0)).await?;
    state
        .db
        .write(move |tx| {
            store::end_all(tx, user, Some(own), act.now)?;
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

/// Ends the family of a refresh token, whichever of its tokens it is.
pub async fn logout(state: &State, token: &str) -> Result<(), Problem> {
    let (hash, now) = (hash_of(token), state.clock.now());
    state
        .db
        .write(move |tx| match store::by_token(tx, &hash)? {
            Some(session) => store::end_family(tx, session.family_id, now).map(drop),
            None => Ok(()),
        })
        .await
}

/// Ends all families of the caller.
pub fn logout_all(tx: &mut AnyConnection, act: &Act) -> Result<(), Problem> {
    store::end_all(tx, act.caller.user.ok_or_else(Problem::not_found)?, None, act.now)
}

/// A session in the making, with the one token that opens the next.
struct Fresh {
    session: store::NewSession,
    refresh_token: String,
}

impl Fresh {
    /// The next session of a family, or the first of a new one.
    fn new(user_id: Id, family: Option<Id>, now: UtcTime) -> Result<Self, Problem> {
        let refresh_token = secrets::random_token().map_err(Problem::internal)?;
        let (id, token_hash, expires_at) = (new_id(), hash_of(&refresh_token), now.plus_seconds(REFRESH_SECONDS));
        let session = store::NewSession { id, user_id, family_id: family.unwrap_or(id), token_hash, created_at: now, expires_at };
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
