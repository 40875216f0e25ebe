//! Delays over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};

use super::dto::{DelayInput, DelayView};
use super::service::{self, DelayParameters, Delays};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, Effect, Query};

/// Record why an open order slips, with or without a new expected close date. It needs no If-Match.
#[utoipa::path(operation_id = "orders_delay", tag = "orders", extensions(("x-permission" = json!("orders.delay"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")),
    request_body = DelayInput, responses((status = 201, description = "The delay.", body = DelayView)))]
#[post("/{id}/delays")]
pub async fn create(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<DelayInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| {
        let row = service::delay(tx, act, &id, body.0.clone())?;
        Effect::json(StatusCode::CREATED, &DelayView::of(row))
    })
    .await
}

/// List the delays of an order, newest first.
#[utoipa::path(operation_id = "orders_delays", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), DelayParameters),
    responses((status = 200, description = "A page of delays.", body = Paged<DelayView>)))]
#[get("/{id}/delays")]
pub async fn list(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Delays { act: ctx.act.clone(), order: id.into_inner() }).await
}
