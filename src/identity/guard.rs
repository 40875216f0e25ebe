//! The middleware that holds each request against what the document says of its operation: who calls, how often, whether the role may, parameters and media types. Deny by default.
use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};

use super::caller::Caller;
use super::rights::Permission;
use super::tokens::Bearer;
use super::{api_keys, auth, tokens};
use crate::platform::db::Id;
use crate::platform::problem::{Code, Locale, Problem};
use crate::platform::state::State;
use crate::platform::watch::statements;
use crate::platform::web::Query;
use crate::platform::web::envelope::{UserLocale, Who};
use crate::platform::web::limits::{self, Standings};
use crate::platform::web::operations::{Operation, Operations, Pattern};
use crate::platform::web::origin::ClientAddress;

/// The family of sessions that the caller's access token belongs to.
#[derive(Clone, Copy, Debug)]
pub struct OwnFamily(pub Id);

impl FromRequest for OwnFamily {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        // The guard lets no API key change anything that only a user may.
        ready(req.extensions().get::<Self>().copied().ok_or_else(|| Problem::internal("no session behind the guard")))
    }
}

/// What an operation asks of its caller.
enum Needs {
    Nothing,
    SomeUser,
    Right(Permission),
}

fn needs(operation: &Operation) -> Option<Needs> {
    match operation.permission.as_str() {
        "public" => Some(Needs::Nothing),
        "authenticated" => Some(Needs::SomeUser),
        name => Permission::parse(name).map(Needs::Right),
    }
}

/// Stops the start where the document states a right that does not exist.
pub fn check(operations: &Operations) -> Result<(), String> {
    let unknown: Vec<_> = operations.iter().filter(|o| needs(o).is_none()).map(|o| format!("{}: no permission {}", o.id, o.permission)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown.join("; ")) }
}

/// The middleware.
pub async fn wrap(req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(&req).await {
        Ok(()) => next.call(req).await.map(ServiceResponse::map_into_boxed_body),
        Err(problem) => Ok(req.error_response(problem)),
    }
}

async fn admit(req: &ServiceRequest) -> Result<(), Problem> {
    let operations = req.app_data::<web::Data<Operations>>().ok_or_else(|| Problem::internal("no operations"))?.clone();
    let Some(operation) = Pattern::of(req.request()).and_then(|pattern| operations.find(&pattern, req.method().as_str())) else {
        // Not of the API: the docs page, or nothing at all.
        return Ok(());
    };
    let operation = operation?;
    statements::is_of(operation.number);
    let state = req.app_data::<web::Data<State>>().cloned().ok_or_else(|| Problem::internal("no state"))?;
    match needs(operation).ok_or_else(|| Problem::internal("unknown permission"))? {
        Needs::Nothing => count(req, &state, operation, None)?,
        needs => {
            let Known { caller, locale, by } = authenticate(req, &state).await?;
            req.extensions_mut().insert(Who(caller.user.map(|id| id.to_string()).unwrap_or_default()));
            if let Some(locale) = locale {
                req.extensions_mut().insert(UserLocale(locale));
            }
            match by {
                By::Session(family) => {
                    count(req, &state, operation, caller.user)?;
                    req.extensions_mut().insert(OwnFamily(family));
                }
                By::Key(key) => count(req, &state, operation, Some(key))?,
            }
            match needs {
                Needs::Right(permission) => caller.require(permission)?,
                // What no scope speaks of an API key reads at most: it cannot manage credentials nor whom it acts for.
                _ if caller.scopes.is_some() && req.method() != Method::GET => {
                    return Err(Problem::new(Code::Scope).param("permission", operation.id.as_str()));
                }
                _ => {}
            }
            req.extensions_mut().insert(caller);
        }
    }
    let query = Query::parse(req.path(), req.query_string())?;
    operation.check_parameters(query.pairs())?;
    operation.check_fields(req.headers())?;
    operation.check_accept(text(req, &header::ACCEPT))?;
    // What cannot be read as text is no coding that is known.
    let coding = req.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap_or("unreadable"));
    operation.check_content_type(req.content_type(), coding)
}

fn text<'a>(req: &'a ServiceRequest, name: &header::HeaderName) -> Option<&'a str> {
    req.headers().get(name).and_then(|v| v.to_str().ok())
}

/// Counts the request against the limits of its caller and, where the operation says so, of its address; 429 where one is used up.
fn count(req: &ServiceRequest, state: &State, operation: &Operation, caller: Option<Id>) -> Result<(), Problem> {
    let address = req.extensions().get::<ClientAddress>().map(|address| address.0).filter(|_| operation.counts_address);
    let searches = form_urlencoded::parse(req.query_string().as_bytes()).any(|(name, _)| name == "q");
    let accept = text(req, &header::ACCEPT).unwrap_or_default();
    let cost = limits::cost(req.method().as_str(), req.path(), searches, accept, req.content_type());
    let of_address = address.and_then(|address| state.limits.address(address));
    let of_caller = caller.and_then(|caller| state.limits.caller(&caller.to_string(), cost));
    let standings = Standings(of_caller.into_iter().chain(of_address).collect());
    req.extensions_mut().insert(standings.clone());
    standings.0.into_iter().try_for_each(limits::Standing::check)
}

/// Who calls, and by what.
struct Known {
    caller: Caller,
    locale: Option<Locale>,
    by: By,
}

enum By {
    /// An access token of a session of this family.
    Session(Id),
    /// This API key.
    Key(Id),
}

async fn authenticate(req: &ServiceRequest, state: &State) -> Result<Known, Problem> {
    let invalid = || Problem::new(Code::InvalidToken);
    let header = req.headers().get(header::AUTHORIZATION).ok_or_else(|| Problem::new(Code::MissingToken))?;
    let token = header.to_str().ok().and_then(|v| v.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.ok_or_else(invalid)?;
    let (row, scopes, by, stamp) = if api_keys::service::is_key(token) {
        let api_keys::service::Used { caller, scopes, id, stamp } = api_keys::service::authenticate(state, token).await?;
        (caller, Some(scopes), By::Key(id), stamp)
    } else {
        let Bearer { user, session } = tokens::verify(&state.token_keys, token, state.clock.now())?;
        let (row, family, stamp) = state.db.peek(move |c| auth::store::caller(c, user, session)).await?.ok_or_else(invalid)?;
        (row, None, By::Session(family), stamp)
    };
    statements::goes_by(stamp);
    let locale = row.locale.as_deref().and_then(Locale::of_tag);
    let caller = Caller::of(row).ok_or_else(|| Problem::internal("unknown role"))?;
    Ok(Known { caller: scopes.into_iter().fold(caller, Caller::narrowed), locale, by })
}
