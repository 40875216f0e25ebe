//! Orders over HTTP: decode, call, encode.
pub mod actions;
pub mod follow_ups;
pub mod records;
pub mod reviews;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa_actix_web::service_config::ServiceConfig;

use super::service;
use super::store::OrderRow;
use crate::identity::{Act, Ctx};
use crate::platform::db::AnyConnection;
use crate::platform::problem::Problem;
use crate::platform::web::{Decoded, IfMatch, reply};
use crate::standards::service::note_refusal;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(records::list)
        .service(records::create)
        .service(records::read)
        .service(records::update)
        .service(records::archive)
        .service(records::restore)
        .service(records::history)
        .service(records::actions)
        .service(records::events)
        .service(actions::submit)
        .service(actions::withdraw)
        .service(actions::approve)
        .service(actions::return_to_owner)
        .service(actions::process)
        .service(actions::move_to)
        .service(actions::win)
        .service(actions::lose)
        .service(actions::cancel)
        .service(actions::expire)
        .service(actions::reopen)
        .service(actions::transfer)
        .service(follow_ups::create)
        .service(follow_ups::list);
}

/// A use case that acts on one order.
type UseCase<T> = fn(&mut AnyConnection, &Act, &str, &IfMatch, Decoded<T>) -> Result<OrderRow, Problem>;

/// Runs a use case on one order in one transaction and answers the whole order.
async fn act_on<T: Clone + Send + 'static>(
    ctx: Ctx,
    req: &HttpRequest,
    id: String,
    if_match: IfMatch,
    body: Decoded<T>,
    use_case: UseCase<T>,
) -> Result<HttpResponse, Problem> {
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    let done = ctx.state.db.write(move |tx| {
        let row = use_case(tx, &act, &id, &if_match, body.clone())?;
        service::view(tx, row.id, locale)
    });
    match done.await {
        Ok(view) => reply::record(req, StatusCode::OK, view.version, &view),
        Err(problem) => {
            note_refusal(&ctx.state, &ctx.act, "orders", &problem).await;
            Err(problem)
        }
    }
}
