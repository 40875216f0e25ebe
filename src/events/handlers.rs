//! The event log, over HTTP.
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{EventFeed, EventView, FeedPlace};
use super::service::{self, Asked, TRAIL, Trail};
use crate::identity::{Act, Ctx};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::list::answer;
use crate::platform::web::{Query, reply};

crate::list_parameters! { TrailParameters of TRAIL; }

/// Read what happened to all that you may see, in a sound order and without gaps. Go on with `next_cursor`, now or later: each event comes exactly once.
#[utoipa::path(operation_id = "events_list", tag = "events", extensions(("x-permission" = json!("events.read"))),
    params(
        ("after" = Option<String>, Query, description = "Where to go on: `next_cursor` of the call before; `latest` for the end; from the beginning where absent.", max_length = 4000),
        ("limit" = Option<i64>, Query, description = "How many to answer at most.", minimum = 1, maximum = 200),
        ("type" = Option<String>, Query, description = "Any of these types, such as `order.won,customer.*`.", max_length = 2000),
        ("record_type" = Option<String>, Query, description = "Any of these types of records, such as `order,customer`.", max_length = 500),
        ("record" = Option<String>, Query, description = "The id of one record.", max_length = 36),
    ),
    responses((status = 200, description = "A stretch of the feed.", body = EventFeed)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let keys = &ctx.state.cursor_keys;
    let asked = Asked::parse(&query, ctx.user(), keys)?;
    let (act, question) = (ctx.act.clone(), asked.clone());
    let desk = ctx.state.desk.clone();
    let read = ctx.state.db.read_feed(move |c, horizon| {
        let mut stretch = service::feed(c, &act.caller, &question, horizon)?;
        service::withheld(c, &*desk, act.caller.role, &mut stretch.rows)?;
        Ok(stretch)
    });
    let stretch = read.await?;
    let next_cursor = asked.cursor(keys, stretch.next);
    let link = stretch
        .has_more
        .then(|| format!("<{}{}?{}>; rel=\"next\"", ctx.state.config.public_url, query.path, query.rewritten(&["after"], &[("after", &next_cursor)])));
    let data: Vec<_> = stretch.rows.into_iter().map(EventView::of).collect();
    let records = data.len();
    let feed = EventFeed { data, page: FeedPlace { next_cursor, has_more: stretch.has_more } };
    Ok(reply::list(reply::text(&feed, records)?, link))
}

/// Answers the events of one record, which its room finds for the caller, archived or not.
pub async fn trail(
    ctx: Ctx,
    req: &HttpRequest,
    query: Query,
    find: impl Fn(&mut AnyConnection, &Act) -> Result<Id, Problem> + Send + Sync + 'static,
) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let (desk, role) = (ctx.state.desk.clone(), act.caller.role);
    answer(&ctx.state, ctx.asker(), req, query, Trail { find: move |c: &mut AnyConnection| find(c, &act), desk, role }).await
}
