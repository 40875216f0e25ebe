//! The one way to answer a write: in one transaction with its stored answer, where it came with an Idempotency-Key; rehearsed and undone, where only its
//! answer is wanted. A handler says what is to be done; that it is safe is seen to here.
mod batch;
mod effect;
pub mod store;

use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::query::Query;
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect, work};
use crate::platform::problem::{Code, FaultCode, Problem};
use crate::platform::secrets;
use crate::platform::state::State;

pub use batch::{BatchResult, Item, Items, MOST_ITEMS, batch};
pub use effect::Effect;

/// How long a stored answer is given again: a day.
pub const KEPT_SECONDS: i64 = 24 * 3600;
/// Most characters of an Idempotency-Key.
const MOST_KEY: usize = 255;

/// What tells one body from another; set by whoever read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// That of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(secrets::fingerprint(bytes, 32))
    }
}

/// Whether a request wants only the answer: `validate_only=true`.
pub fn is_rehearsal(req: &HttpRequest) -> Result<bool, Problem> {
    Query::parse(req.path(), req.query_string())?.flag("validate_only")
}

/// Runs a use case for a user and answers what it came to.
pub async fn perform<W>(state: &State, user: Id, req: &HttpRequest, mut work: W) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut AnyConnection) -> Result<Effect, Problem> + Send + 'static,
{
    if is_rehearsal(req)? {
        // A rehearsal keeps no answer; a key that is none is told all the same.
        Request::of(req, user, state.clock.now())?;
        return Ok(state.db.write(move |tx| work::rehearse(tx, &mut work)).await?.preview()?.respond(false));
    }
    commit(state, user, req, work).await
}

/// The same for a use case whose rehearsal is something of its own.
pub async fn commit<W>(state: &State, user: Id, req: &HttpRequest, mut work: W) -> Result<HttpResponse, Problem>
where
    W: FnMut(&mut AnyConnection) -> Result<Effect, Problem> + Send + 'static,
{
    let Some(request) = Request::of(req, user, state.clock.now())? else {
        return Ok(state.db.write(work).await?.respond(false));
    };
    let (effect, replayed) = state.db.write(move |tx| once(tx, &request, &mut work)).await?;
    Ok(effect.respond(replayed))
}

/// A request that is to act once, however often it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub user: Id,
    /// Method and path.
    pub scope: String,
    pub key: String,
    pub fingerprint: String,
    pub now: UtcTime,
}

impl Request {
    fn of(req: &HttpRequest, user: Id, now: UtcTime) -> Result<Option<Self>, Problem> {
        let Some(key) = req.headers().get("idempotency-key").filter(|_| req.method() == Method::POST) else { return Ok(None) };
        let sound = |key: &&str| (1..=MOST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        let key = key.to_str().ok().filter(sound).ok_or_else(|| Problem::malformed(FaultCode::NotAnIdempotencyKey))?;
        let Fingerprint(body) = req.extensions().get::<Fingerprint>().cloned().unwrap_or_default();
        let fingerprint = secrets::fingerprint(format!("{}|{body}", req.query_string()).as_bytes(), 32);
        Ok(Some(Self { user, scope: format!("{} {}", req.method(), req.path()), key: key.to_owned(), fingerprint, now }))
    }
}

/// Does the work unless it was done before; of two at once the second waits for the first.
fn once(tx: &mut AnyConnection, request: &Request, work: &mut impl FnMut(&mut AnyConnection) -> Result<Effect, Problem>) -> Result<(Effect, bool), Problem> {
    let Request { user, scope, key, .. } = request;
    let in_progress = |problem: Problem| {
        if problem.may_pass_when_repeated() { Problem::new(Code::RequestInProgress).header(header::RETRY_AFTER.as_str(), 2) } else { problem }
    };
    dialect::lock(tx, "idempotency", &format!("{user} {scope} {key}")).map_err(|e| in_progress(e.into()))?;
    match store::find(tx, request)? {
        Some(stored) if stored.fingerprint != request.fingerprint => Err(Problem::key_reused()),
        Some(stored) => Ok((stored.effect, true)),
        None => {
            let effect = work(tx)?;
            store::put(tx, request, &effect)?;
            Ok((effect, false))
        }
    }
}
