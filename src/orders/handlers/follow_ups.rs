//! Contacts with the customer.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::identity::Ctx;
use crate::orders::dto::input::FollowUpInput;
use crate::orders::dto::view::FollowUpView;
use crate::orders::service::{self, FollowUpParameters, FollowUps};
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, Effect, Query};

/// Record a contact with the customer. It needs no If-Match; the first one on a pending order processes it.
#[utoipa::path(operation_id = "orders_follow_up", tag = "orders", extensions(("x-permission" = json!("orders.follow_up"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), request_body = FollowUpInput,
    responses((status = 201, description = "The contact.", body = FollowUpView)))]
#[post("/{id}/follow-ups")]
pub async fn create(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<FollowUpInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| {
        let row = service::follow_up(tx, act, &id, body.0.clone())?;
        Effect::json(StatusCode::CREATED, &FollowUpView::of(row))
    })
    .await
}

/// List the contacts of an order, newest first.
#[utoipa::path(operation_id = "orders_follow_ups", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"), FollowUpParameters),
    responses((status = 200, description = "A page of contacts.", body = Paged<FollowUpView>)))]
#[get("/{id}/follow-ups")]
pub async fn list(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, FollowUps { act: ctx.act.clone(), order: id.into_inner() }).await
}
