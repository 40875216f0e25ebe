//! The middleware that holds each request against what the document says of its operation: who calls, whether the role may, parameters and media types. Deny by default.
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::caller::Caller;
use super::rights::Permission;
use super::tokens::Bearer;
use super::{tokens, users};
use crate::platform::db::Id;
use crate::platform::problem::{Code, Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::Query;
use crate::platform::web::envelope::{UserLocale, Who};
use crate::platform::web::operations::{Operation, Operations};

/// The session that the caller's access token was issued with; set beside the caller.
#[derive(Clone, Copy, Debug)]
pub struct OwnSession(pub Option<Id>);

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
    let Some(operation) = req.match_pattern().and_then(|pattern| operations.find(&pattern, req.method().as_str())) else {
        // Not of the API: the docs page, or nothing at all.
        return Ok(());
    };
    let operation = operation?;
    match needs(operation).ok_or_else(|| Problem::internal("unknown permission"))? {
        Needs::Nothing => {}
        needs => {
            let (caller, locale, session) = authenticate(req).await?;
            req.extensions_mut().insert(Who(caller.user.map(|id| id.to_string()).unwrap_or_default()));
            if let Some(locale) = locale {
                req.extensions_mut().insert(UserLocale(locale));
            }
            if let Needs::Right(permission) = needs
                && !caller.holds(permission)
            {
                return Err(Problem::new(Code::Role).param("permission", permission.as_str()));
            }
            req.extensions_mut().insert(caller);
            req.extensions_mut().insert(OwnSession(session));
        }
    }
    let query = Query::parse(req.path(), req.query_string())?;
    operation.check_parameters(query.pairs().map(|(name, _)| name))?;
    operation.check_accept(req.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()))?;
    operation.check_content_type(req.content_type())
}

async fn authenticate(req: &ServiceRequest) -> Result<(Caller, Option<Locale>, Option<Id>), Problem> {
    let state = req.app_data::<web::Data<State>>().cloned().ok_or_else(|| Problem::internal("no state"))?;
    let header = req.headers().get(header::AUTHORIZATION).ok_or_else(|| Problem::new(Code::MissingToken))?;
    let token = header.to_str().ok().and_then(|v| v.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let Bearer { user, session } = tokens::verify(&state.token_keys, token.ok_or_else(|| Problem::new(Code::InvalidToken))?, state.clock.now())?;
    let row = state.db.read(move |c| users::store::caller(c, user)).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let locale = row.locale.as_deref().and_then(Locale::of_tag);
    let caller = Caller::of(user, row).ok_or_else(|| Problem::internal("unknown role"))?;
    Ok((caller, locale, session))
}
