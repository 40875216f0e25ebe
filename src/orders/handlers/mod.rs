//! Orders over HTTP: decode, call, encode.
pub mod actions;
pub mod follow_ups;
pub mod rates;
pub mod records;

use actix_web::{HttpRequest, HttpResponse};
use utoipa_actix_web::service_config::ServiceConfig;

use super::delays::handlers as delays;
use super::review::handlers as reviews;
use super::service;
use super::store::OrderRow;
use crate::identity::{Act, Ctx};
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::{Decoded, Effect, IfMatch, write};
use crate::standards::service::note_refusal;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(records::list)
        .service(records::create)
        .service(records::create_batch)
        .service(records::put_by_reference)
        .service(records::read)
        .service(records::update)
        .service(records::archive)
        .service(records::restore)
        .service(records::history)
        .service(records::actions)
        .service(records::violations)
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
        .service(reviews::claim)
        .service(reviews::release)
        .service(reviews::read)
        .service(reviews::resolve_remark)
        .service(reviews::answer_remark)
        .service(follow_ups::create)
        .service(follow_ups::list)
        .service(delays::create)
        .service(delays::list);
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
    let locale = ctx.locale;
    enter(&ctx, req, move |tx, act| {
        let row = use_case(tx, act, &id, &if_match, body.clone())?;
        let view = service::view(tx, act, row.id, locale)?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Performs a write that the standard may refuse, and notes it if it does.
async fn enter(
    ctx: &Ctx,
    req: &HttpRequest,
    work: impl FnMut(&mut AnyConnection, &Act) -> Result<Effect, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let done = ctx.perform(req, work).await;
    if let Err(problem) = &done
        && !write::is_rehearsal(req)?
    {
        note_refusal(&ctx.state, &ctx.act, "orders", problem).await;
    }
    done
}

/// The answer for an order that has just been entered.
fn entered(tx: &mut AnyConnection, act: &Act, order: &OrderRow, locale: Locale) -> Result<Effect, Problem> {
    let view = service::view(tx, act, order.id, locale)?;
    Effect::created(format!("/api/v1/orders/{}", view.id), view.version, &view)
}
