//! Reviews over HTTP: decode, call, encode.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Decision, ReviewBatchInput, ReviewDecision, ReviewInput, ReviewItem, ReviewSettings, ReviewView};
use super::list::{self, ReviewParameters, Reviews};
use super::{claims, remarks, report, settings};
use crate::identity::{Act, Ctx};
use crate::orders::dto::input::{ApproveInput, NoteInput, ReturnInput};
use crate::orders::dto::view::OrderView;
use crate::orders::service;
use crate::orders::store::OrderRow;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::body::Nothing;
use crate::platform::web::decode::{Decoded, Needed};
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::write::{BatchResult, batch};
use crate::platform::web::{Body, Effect, IfMatch, List, Query, reply};

/// The operations under `/settings`.
pub fn setting_routes(config: &mut ServiceConfig<'_>) {
    config.service(get_settings).service(put_settings);
}

/// Read when an approved order must be reviewed again, and who reviews what.
#[utoipa::path(operation_id = "settings_get_review", tag = "settings", extensions(("x-permission" = json!("settings.read"))),
    responses((status = 200, description = "The setting.", body = ReviewSettings)))]
#[get("/review")]
pub async fn get_settings(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let found = ctx.state.db.read(settings::read).await?;
    reply::record(&req, StatusCode::OK, found.version, &found)
}

/// Replace the tolerance and the review policies. Reviews under way keep the steps they began with.
#[utoipa::path(operation_id = "settings_put_review", tag = "settings", extensions(("x-permission" = json!("settings.edit"))),
    params(("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 200)),
    request_body = ReviewInput, responses((status = 200, description = "The setting as it is now.", body = ReviewSettings)))]
#[put("/review")]
pub async fn put_settings(ctx: Ctx, req: HttpRequest, if_match: IfMatch, body: Body<ReviewInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| {
        let stored = settings::replace(tx, act, body.0.clone(), &if_match)?;
        Effect::record(stored.version, &stored)
    })
    .await
}

/// The operations under `/reviews`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(queue).service(decide_batch);
}

/// List the orders that wait for your review, what is due first coming first; with `scope=all` every review that you may see.
#[utoipa::path(operation_id = "reviews_list", tag = "reviews", extensions(("x-permission" = json!("reviews.read"))), params(ReviewParameters),
    responses((status = 200, description = "A page of the queue.", body = Paged<ReviewItem>)))]
#[get("")]
pub async fn queue(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let all = query.get("scope") == Some("all");
    answer(&ctx.state, ctx.asker(), &req, query, Reviews { act: ctx.act.clone(), all }).await
}

/// Decide up to 200 reviews, each for itself, with an answer each in their order.
#[utoipa::path(operation_id = "reviews_decide_batch", tag = "reviews", extensions(("x-permission" = json!("orders.approve")), ("x-record" = json!("Order"))), request_body = ReviewBatchInput,
    responses((status = 207, description = "Each has its status.", body = BatchResult)))]
#[post("/batch")]
pub async fn decide_batch(ctx: Ctx, req: HttpRequest, body: Body<ReviewBatchInput>) -> Result<HttpResponse, Problem> {
    let (locale, tell) = (ctx.locale, ctx.teller());
    let Decoded { value, faults } = body.0;
    ctx.perform(&req, move |tx, act| {
        batch(tx, (&value.items, &faults), false, &tell, |tx, item: Decoded<ReviewDecision>| {
            let id = decide(tx, act, item)?;
            let view = service::view(tx, act, id, locale)?;
            Effect::record(view.version, &view)
        })
    })
    .await
}

/// One decision, by the same function as the single action.
fn decide(tx: &mut AnyConnection, act: &Act, item: Decoded<ReviewDecision>) -> Result<Id, Problem> {
    let Decoded { value: ReviewDecision { order, decision, version, note, waive, remarks }, faults } = item;
    let if_match = version.as_ref().map_or(IfMatch::Any, |version| IfMatch::Versions(vec![version.0]));
    let row = match decision {
        Decision::Approve => service::approve(tx, act, &order.0, &if_match, Decoded { value: ApproveInput { note, waive }, faults })?,
        Decision::Return => {
            let remarks = Needed(Some(remarks.value().unwrap_or(List(Vec::new()))));
            service::return_to_owner(tx, act, &order.0, &if_match, Decoded { value: ReturnInput { remarks, note }, faults })?
        }
    };
    Ok(row.id)
}

/// Claim the review of an order, so that no other reviewer works on it; for four hours, or until you give it back.
#[utoipa::path(operation_id = "orders_claim", tag = "orders", extensions(("x-permission" = json!("orders.approve"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), request_body = Nothing,
    responses((status = 200, description = "The review.", body = ReviewItem)))]
#[post("/{id}/claim")]
pub async fn claim(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<Nothing>) -> Result<HttpResponse, Problem> {
    on_claim(ctx, &req, id.into_inner(), body, claims::claim).await
}

/// Give the review of an order back.
#[utoipa::path(operation_id = "orders_release", tag = "orders", extensions(("x-permission" = json!("orders.approve"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), request_body = Nothing,
    responses((status = 200, description = "The review.", body = ReviewItem)))]
#[post("/{id}/release")]
pub async fn release(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<Nothing>) -> Result<HttpResponse, Problem> {
    on_claim(ctx, &req, id.into_inner(), body, claims::release).await
}

type OnClaim = fn(&mut AnyConnection, &Act, &str) -> Result<Id, Problem>;

async fn on_claim(ctx: Ctx, req: &HttpRequest, id: String, body: Body<Nothing>, use_case: OnClaim) -> Result<HttpResponse, Problem> {
    ctx.perform(req, move |tx, act| {
        let order = use_case(tx, act, &id)?;
        body.0.faults.clone().check()?;
        Effect::json(StatusCode::OK, &list::item(tx, act, order)?)
    })
    .await
}

/// Read the review of an order: its rounds, who decided what, the remarks, and what has changed since the round before.
#[utoipa::path(operation_id = "orders_review", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
#[get("/{id}/review")]
pub async fn read(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| report::read(c, &act, &id)).await?)
}

/// Say that what a remark asks for is done; the note may say how.
#[utoipa::path(operation_id = "orders_resolve_remark", tag = "orders", extensions(("x-permission" = json!("orders.edit"))),
    params(("id" = String, Path, description = "Id or number of the order.", max_length = 36, example = "IO-000123"), ("remark_id" = Id, Path, description = "Id of the remark."),
        ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = NoteInput, responses((status = 200, description = "The whole order.", body = OrderView, headers(("ETag" = String, description = "Its version.")))))]
#[post("/{id}/remarks/{remark_id}/resolve")]
pub async fn resolve_remark(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<NoteInput>,
) -> Result<HttpResponse, Problem> {
    on_remark(ctx, &req, path.into_inner(), if_match, body, remarks::resolve).await
}

/// Answer a remark in words; what must be fixed is not fixed by that.
#[utoipa::path(operation_id = "orders_answer_remark", tag = "orders", extensions(("x-permission" = json!("orders.edit"))),
    params(("id" = String, Path, description = "Id or number of the order.", max_length = 36, example = "IO-000123"), ("remark_id" = Id, Path, description = "Id of the remark."),
        ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = NoteInput, responses((status = 200, description = "The whole order.", body = OrderView, headers(("ETag" = String, description = "Its version.")))))]
#[post("/{id}/remarks/{remark_id}/answer")]
pub async fn answer_remark(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<NoteInput>,
) -> Result<HttpResponse, Problem> {
    on_remark(ctx, &req, path.into_inner(), if_match, body, remarks::answer).await
}

type OnRemark = fn(&mut AnyConnection, &Act, &str, &str, &IfMatch, Decoded<NoteInput>) -> Result<OrderRow, Problem>;

async fn on_remark(
    ctx: Ctx,
    req: &HttpRequest,
    (id, remark): (String, String),
    if_match: IfMatch,
    body: Body<NoteInput>,
    use_case: OnRemark,
) -> Result<HttpResponse, Problem> {
    let locale = ctx.locale;
    ctx.perform(req, move |tx, act| {
        let row = use_case(tx, act, &id, &remark, &if_match, body.0.clone())?;
        let view = service::view(tx, act, row.id, locale)?;
        Effect::record(view.version, &view)
    })
    .await
}
