//! The queue of reviewers.
use actix_web::{HttpRequest, HttpResponse, get};

use crate::identity::Ctx;
use crate::orders::dto::view::ReviewItem;
use crate::orders::list::{ReviewParameters, Reviews};
use crate::platform::problem::Problem;
use crate::platform::web::Query;
use crate::platform::web::list::{Paged, answer};

/// List the orders that wait for a review, the longest waiting first.
#[utoipa::path(operation_id = "reviews_list", tag = "reviews", extensions(("x-permission" = json!("reviews.read"))), params(ReviewParameters),
    responses((status = 200, description = "A page of the queue.", body = Paged<ReviewItem>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Reviews { act: ctx.act.clone() }).await
}
