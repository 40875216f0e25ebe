//! Entering, reading, changing and putting away orders.
use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, patch, post, web};

use super::act_on;
use crate::events::dto::{EventList, TrailParameters};
use crate::events::handlers::trail;
use crate::identity::Ctx;
use crate::orders::dto::input::{NoteInput, OrderInput};
use crate::orders::dto::view::{Actions, History, OrderList, OrderView};
use crate::orders::list::{ORDERS, place};
use crate::orders::service;
use crate::platform::problem::Problem;
use crate::platform::web::list::{ListParameters, Question};
use crate::platform::web::{Body, IfMatch, Query, reply};
use crate::standards::service::note_refusal;

/// List the orders that you may see, newest first. Every filter takes several values with commas between them; amounts, dates and times also `[gt]`, `[gte]`, `[lt]`, `[lte]`, `[between]`; `[ne]` excludes; `[null]=true` asks for a missing value. Sort by created_at, updated_at, amount, expected_close_date, number or title; missing values come last.
#[utoipa::path(operation_id = "orders_list", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(
        ("status" = Option<String>, Query, description = "Status, such as `pending,processed`.", max_length = 2000),
        ("stage" = Option<String>, Query, description = "Code of a stage.", max_length = 2000),
        ("owner" = Option<String>, Query, description = "Id of the owner.", max_length = 5000),
        ("team" = Option<String>, Query, description = "Id of the team.", max_length = 5000),
        ("customer" = Option<String>, Query, description = "Id of the customer.", max_length = 5000),
        ("product" = Option<String>, Query, description = "Id of a product in one of the lines.", max_length = 5000),
        ("category" = Option<String>, Query, description = "Category of a product in one of the lines.", max_length = 5000),
        ("intent_level" = Option<String>, Query, description = "Intent level.", max_length = 200),
        ("source" = Option<String>, Query, description = "Code of the source.", max_length = 2000),
        ("tags" = Option<String>, Query, description = "A tag.", max_length = 5000),
        ("currency" = Option<String>, Query, description = "Currency code.", max_length = 500),
        ("amount" = Option<String>, Query, description = "Amount.", max_length = 500),
        ("expected_close_date" = Option<String>, Query, description = "Expected close date.", max_length = 500),
        ("created_at" = Option<String>, Query, description = "Time of entry.", max_length = 500),
        ("updated_at" = Option<String>, Query, description = "Time of the last change.", max_length = 500),
        ("first_submitted_at" = Option<String>, Query, description = "Time of the first submit.", max_length = 500),
        ("submitted_at" = Option<String>, Query, description = "Time of the latest submit.", max_length = 500),
        ("closed_on" = Option<String>, Query, description = "Day of closing.", max_length = 500),
        ("closed_at" = Option<String>, Query, description = "Time of closing.", max_length = 500),
        ("closed_owner" = Option<String>, Query, description = "Id of the owner at closing.", max_length = 5000),
        ("closed_team" = Option<String>, Query, description = "Id of the team at closing.", max_length = 5000),
        ("reason" = Option<String>, Query, description = "Code of the reason.", max_length = 2000),
        ("customer.industry" = Option<String>, Query, description = "The customer's industry.", max_length = 5000),
        ("customer.region" = Option<String>, Query, description = "The customer's region.", max_length = 5000),
        ("customer.value_tier" = Option<String>, Query, description = "The customer's value tier.", max_length = 200),
        ListParameters,
    ),
    responses((status = 200, description = "A page of orders.", body = OrderList)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query, &ORDERS, ctx.user(), &ctx.state.cursor_keys)?;
    let (act, asked) = (ctx.act.clone(), question.clone());
    let (mut rows, stages, total) = ctx.state.db.read(move |c| service::list(c, &act, &asked)).await?;
    let page = question.page(&mut rows, &ctx.state.cursor_keys, total, |order| place(order, question.sort.name));
    let link = question.next_link(&ctx.state.config.public_url, &page);
    reply::list(&OrderList { data: rows.iter().map(|order| OrderView::of(order, &stages, ctx.locale)).collect(), page }, link)
}

/// Enter an intent order as a draft of your own. It is held against the field standard; all that it breaks is answered at once, and nothing is stored then.
#[utoipa::path(operation_id = "orders_create", tag = "orders", extensions(("x-permission" = json!("orders.create"))), request_body = OrderInput,
    responses((status = 201, description = "The draft.", body = OrderView, headers(("Location" = String, description = "Its address."), ("ETag" = String, description = "Its version.")))))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<OrderInput>) -> Result<HttpResponse, Problem> {
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    let done = ctx.state.db.write(move |tx| {
        let row = service::create(tx, &act, body.0.clone())?;
        service::view(tx, row.id, locale)
    });
    match done.await {
        Ok(view) => reply::created(&format!("/api/v1/orders/{}", view.id), view.version, &view),
        Err(problem) => {
            note_refusal(&ctx.state, &ctx.act, "orders", &problem).await;
            Err(problem)
        }
    }
}

/// Read an order by its id or its number.
#[utoipa::path(operation_id = "orders_get", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("include_archived" = Option<bool>, Query, description = "Find it even if it is archived."),
        ("If-None-Match" = Option<String>, Header, description = "An ETag: 304 while nothing has changed.", max_length = 200)),
    responses((status = 200, description = "The order.", body = OrderView, headers(("ETag" = String, description = "Its version."))), (status = 304, description = "Nothing has changed.")))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, locale, archived) = (ctx.act.clone(), ctx.locale, query.flag("include_archived")?);
    let view = ctx.state.db.read(move |c| service::read(c, &act, &id, archived, locale)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Change an order by a merge patch: what is absent stays, null clears, arrays are replaced whole. A critical change to an order under way sends it to review again.
#[utoipa::path(operation_id = "orders_update", tag = "orders", extensions(("x-permission" = json!("orders.edit"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body(content((OrderInput = "application/merge-patch+json"), (OrderInput = "application/json"))),
    responses((status = 200, description = "The order.", body = OrderView, headers(("ETag" = String, description = "Its version.")))))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<OrderInput>) -> Result<HttpResponse, Problem> {
    act_on(ctx, &req, id.into_inner(), if_match, body.0, service::update).await
}

/// Archive an order: it counts nowhere from then on. Reps archive own drafts, returned and cancelled ones.
#[utoipa::path(operation_id = "orders_archive", tag = "orders", extensions(("x-permission" = json!("orders.archive"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, id: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    ctx.state.db.write(move |tx| service::archive(tx, &act, &id, &if_match)).await?;
    Ok(HttpResponse::NoContent().finish())
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
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), responses((status = 200, description = "The actions.", body = Actions)))]
#[get("/{id}/actions")]
pub async fn actions(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    let data = ctx.state.db.read(move |c| service::allowed_actions(c, &act, &id, locale)).await?;
    reply::json(StatusCode::OK, &Actions { data })
}

/// Read all that happened to an order, oldest first: who changed what and when.
#[utoipa::path(operation_id = "orders_events", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), TrailParameters),
    responses((status = 200, description = "A page of events.", body = EventList)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    trail(ctx, query, move |c, act| service::locate(c, act, &id)).await
}
