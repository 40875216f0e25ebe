//! The queue of reviewers.
use actix_web::{HttpResponse, get};

use crate::identity::Ctx;
use crate::orders::dto::view::ReviewList;
use crate::orders::service::{self, REVIEWS};
use crate::platform::db::sql::Value;
use crate::platform::problem::Problem;
use crate::platform::web::list::Question;
use crate::platform::web::page::Place;
use crate::platform::web::{Query, reply};

/// List the orders that wait for a review, the longest waiting first.
#[utoipa::path(operation_id = "reviews_list", tag = "reviews", extensions(("x-permission" = json!("reviews.read"))),
    params(
        ("owner" = Option<String>, Query, description = "Id of the owner.", max_length = 5000),
        ("team" = Option<String>, Query, description = "Id of the team.", max_length = 5000),
        ("customer" = Option<String>, Query, description = "Id of the customer.", max_length = 5000),
        ("sort" = Option<String>, Query, description = "submitted_at or -submitted_at.", max_length = 50),
        ("limit" = Option<usize>, Query, description = "How many at most.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "`page.next_cursor` of the page before.", max_length = 4000),
        ("include_total" = Option<bool>, Query, description = "Count them all, too."),
    ),
    responses((status = 200, description = "A page of the queue.", body = ReviewList)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query, &REVIEWS, ctx.user(), &ctx.state.cursor_keys)?;
    let (act, asked) = (ctx.act.clone(), question.clone());
    let (mut rows, total) = ctx.state.db.read(move |c| service::reviews(c, &act, &asked)).await?;
    let page = question.page(&mut rows, &ctx.state.cursor_keys, total, |(order, _)| Place { value: order.row.submitted_at.map(Value::Time), id: order.row.id });
    let link = question.next_link(&ctx.state.config.public_url, &page);
    reply::list(&ReviewList { data: rows.into_iter().map(|(_, item)| item).collect(), page }, link)
}
