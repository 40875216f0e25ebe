//! Entering, reading, changing and putting away orders.
use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, patch, post, put, web};

use super::{act_on, enter, entered};
use crate::events::dto::EventView;
use crate::events::handlers::{TrailParameters, trail};
use crate::identity::Ctx;
use crate::orders::dto::input::{NoteInput, OrderBatch, OrderInput};
use crate::orders::dto::view::{Actions, History, OrderView, OrderViolations};
use crate::orders::list::{OrderParameters, Orders};
use crate::orders::service;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::values::ExternalRef;
use crate::platform::web::write::{BatchResult, batch};
use crate::platform::web::{Body, Effect, IfMatch, Query, reply};

/// List the orders that you may see, newest first.
#[utoipa::path(operation_id = "orders_list", tag = "orders", extensions(("x-permission" = json!("orders.read")), ("x-custom-filters" = json!(true))), params(OrderParameters),
    responses((status = 200, description = "A page of orders.", body = Paged<OrderView>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Orders { act: ctx.act.clone(), locale: ctx.locale }).await
}

/// Enter an intent order as a draft of your own. It is held against the field standard; all that it breaks is answered at once, and nothing is stored then.
#[utoipa::path(operation_id = "orders_create", tag = "orders", extensions(("x-permission" = json!("orders.create"))), request_body = OrderInput,
    responses((status = 201, description = "The draft.", body = OrderView, headers(("Location" = String, description = "Its address.")))))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, body: Body<OrderInput>) -> Result<HttpResponse, Problem> {
    let locale = ctx.locale;
    enter(&ctx, &req, move |tx, act| {
        let row = service::create(tx, act, body.0.clone())?;
        entered(tx, act, &row, locale)
    })
    .await
}

/// Enter up to 500 orders: all or none, or with `atomic=false` each for itself, with a status of its own.
#[utoipa::path(operation_id = "orders_create_batch", tag = "orders", extensions(("x-permission" = json!("orders.create")), ("x-record" = json!("Order"))),
    params(("atomic" = Option<bool>, Query, description = "All or none (default), or each for itself.")), request_body = OrderBatch,
    responses((status = 201, description = "All are entered.", body = BatchResult), (status = 207, description = "Each has its status.", body = BatchResult)))]
#[post("/batch")]
pub async fn create_batch(ctx: Ctx, req: HttpRequest, query: Query, body: Body<OrderBatch>) -> Result<HttpResponse, Problem> {
    let (locale, tell, atomic) = (ctx.locale, ctx.teller(), query.get("atomic").is_none() || query.flag("atomic")?);
    enter(&ctx, &req, move |tx, act| {
        batch(tx, (&body.0.value.items, &body.0.faults), atomic, &tell, |tx, input| {
            let row = service::create(tx, act, input)?;
            entered(tx, act, &row, locale)
        })
    })
    .await
}

/// Put the order that another system knows by an id: entered where there is none, else replaced whole, as far as its status lets it change.
#[utoipa::path(operation_id = "orders_put_by_reference", tag = "orders", extensions(("x-permission" = json!("orders.create"))),
    params(("system" = String, Path, description = "The other system.", max_length = 200, example = "shop"), ("id" = String, Path, description = "The id there.", max_length = 200, example = "4711"),
        ("If-Match" = Option<String>, Header, description = "The ETag that you last read, if only that version is to be replaced.", max_length = 200)),
    request_body = OrderInput,
    responses((status = 200, description = "The order was there and is replaced.", body = OrderView),
        (status = 201, description = "It is entered, as a draft.", body = OrderView, headers(("Location" = String, description = "Its address.")))))]
#[put("/by-external-ref/{system}/{id}")]
pub async fn put_by_reference(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<OrderInput>,
) -> Result<HttpResponse, Problem> {
    let (locale, reference) = (ctx.locale, ExternalRef::of_path(path.into_inner())?);
    enter(&ctx, &req, move |tx, act| {
        let (row, is_new) = service::put(tx, act, &reference, &if_match, body.0.clone())?;
        if is_new {
            return entered(tx, act, &row, locale);
        }
        let view = service::view(tx, act, row.id, locale)?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Read an order by its id or its number.
#[utoipa::path(operation_id = "orders_get", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("include_archived" = Option<bool>, Query, description = "Find it even if it is archived.")),
    responses((status = 200, description = "The order.", body = OrderView)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, locale, archived) = (ctx.act.clone(), ctx.locale, query.flag("include_archived")?);
    let view = ctx.state.db.peek(move |c| service::read(c, &act, &id, archived, locale)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Change an order by a merge patch: what is absent stays, null clears, arrays are replaced whole. A critical change to an order under way sends it to review again.
#[utoipa::path(operation_id = "orders_update", tag = "orders", extensions(("x-permission" = json!("orders.edit"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body(content((OrderInput = "application/merge-patch+json"), (OrderInput = "application/json"))),
    responses((status = 200, description = "The order.", body = OrderView)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<OrderInput>) -> Result<HttpResponse, Problem> {
    act_on(ctx, &req, id.into_inner(), if_match, body.0, service::update).await
}

/// Archive an order: it counts nowhere from then on. Reps archive own drafts, returned and cancelled ones.
#[utoipa::path(operation_id = "orders_archive", tag = "orders", extensions(("x-permission" = json!("orders.archive"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| service::archive(tx, act, &id, &if_match).map(|_| Effect::done())).await
}

/// Take an archived order back.
#[utoipa::path(operation_id = "orders_restore", tag = "orders", extensions(("x-permission" = json!("orders.restore"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = NoteInput, responses((status = 200, description = "The order.", body = OrderView)))]
#[post("/{id}/restore")]
pub async fn restore(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<NoteInput>) -> Result<HttpResponse, Problem> {
    act_on(ctx, &req, id.into_inner(), if_match, body.0, service::restore).await
}

/// Read what an order went through, oldest first, and how long it was in each status.
#[utoipa::path(operation_id = "orders_history", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), responses((status = 200, description = "Its life so far.", body = History)))]
#[get("/{id}/history")]
pub async fn history(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| service::history(c, &act, &id)).await?)
}

/// Read which actions you may take on an order now and, for the others, why not.
#[utoipa::path(operation_id = "orders_actions", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("include_archived" = Option<bool>, Query, description = "Find it even if it is archived.")), responses((status = 200, description = "The actions.", body = Actions)))]
#[get("/{id}/actions")]
pub async fn actions(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, locale, archived) = (ctx.act.clone(), ctx.locale, query.flag("include_archived")?);
    let data = ctx.state.db.read(move |c| service::allowed_actions(c, &act, &id, archived, locale)).await?;
    reply::json(StatusCode::OK, &Actions { data })
}

/// Read which rules of the standard in force an order breaks, and what each would stand in the way of: an edit, the submit, a move, the win.
#[utoipa::path(operation_id = "orders_violations", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("include_archived" = Option<bool>, Query, description = "Find it even if it is archived.")), responses((status = 200, description = "What it breaks.", body = OrderViolations)))]
#[get("/{id}/violations")]
pub async fn violations(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, locale, archived) = (ctx.act.clone(), ctx.locale, query.flag("include_archived")?);
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| service::broken(c, &act, &id, archived, locale)).await?)
}

/// Read all that happened to an order, oldest first: who changed what and when.
#[utoipa::path(operation_id = "orders_events", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), TrailParameters),
    responses((status = 200, description = "A page of events.", body = Paged<EventView>)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    trail(ctx, &req, query, move |c, act| service::locate(c, act, &id)).await
}
