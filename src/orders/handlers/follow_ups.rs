//! Contacts with the customer.
use actix_web::{HttpResponse, get, post, web};

use crate::identity::Ctx;
use crate::orders::dto::input::FollowUpInput;
use crate::orders::dto::view::{FollowUpList, FollowUpView};
use crate::orders::service::{self, FOLLOW_UPS};
use crate::platform::db::sql::Value;
use crate::platform::problem::Problem;
use crate::platform::web::list::{ListParameters, Question};
use crate::platform::web::page::Place;
use crate::platform::web::{Body, Query, reply};

/// Record a contact with the customer. It needs no If-Match; the first one on a pending order processes it.
#[utoipa::path(operation_id = "orders_follow_up", tag = "orders", extensions(("x-permission" = json!("orders.follow_up"))),
    params(("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123")), request_body = FollowUpInput,
    responses((status = 201, description = "The contact.", body = FollowUpView)))]
#[post("/{id}/follow-ups")]
pub async fn create(ctx: Ctx, id: web::Path<String>, body: Body<FollowUpInput>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let row = ctx.state.db.write(move |tx| service::follow_up(tx, &act, &id, body.0.clone())).await?;
    reply::json(actix_web::http::StatusCode::CREATED, &FollowUpView::of(row))
}

/// List the contacts of an order, newest first.
#[utoipa::path(operation_id = "orders_follow_ups", tag = "orders", extensions(("x-permission" = json!("orders.read"))),
    params(
        ("id" = String, Path, description = "Id or number.", max_length = 36, example = "IO-000123"),
        ("at" = Option<String>, Query, description = "Time of the contact, with `[gte]`, `[lt]` and so on.", max_length = 500),
        ListParameters,
    ),
    responses((status = 200, description = "A page of contacts.", body = FollowUpList)))]
#[get("/{id}/follow-ups")]
pub async fn list(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query, &FOLLOW_UPS, ctx.user(), &ctx.state.cursor_keys)?;
    let (act, asked) = (ctx.act.clone(), question.clone());
    let (mut rows, total) = ctx.state.db.read(move |c| service::follow_ups(c, &act, &id, &asked)).await?;
    let page = question.page(&mut rows, &ctx.state.cursor_keys, total, |(row, _)| Place { value: Some(Value::Time(row.at)), id: row.id });
    let link = question.next_link(&ctx.state.config.public_url, &page);
    reply::list(&FollowUpList { data: rows.into_iter().map(FollowUpView::of).collect(), page }, link)
}
