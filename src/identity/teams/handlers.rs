//! Teams, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{NewTeam, TeamList, TeamPatch, TeamView};
use super::service;
use crate::events::dto::{EventList, TrailParameters};
use crate::events::handlers::trail;
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::Question;
use crate::platform::web::{Body, IfMatch, Query, reply};

/// The addresses under `/teams`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(events);
}

/// List teams, by name unless sorted otherwise.
#[utoipa::path(operation_id = "teams_list", tag = "teams", extensions(("x-permission" = json!("teams.read"))),
    params(
        ("lead" = Option<String>, Query, description = "Teams that these users lead; `lead[null]=true` for those without a lead.", max_length = 4000),
        ("sort" = Option<String>, Query, description = "`name` or `created_at`; `-` in front for descending.", max_length = 50),
        ("limit" = Option<i64>, Query, description = "Most teams of a page; 50 unless given.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where to go on: `page.next_cursor` of the page before.", max_length = 4000),
        ("include_total" = Option<bool>, Query, description = "Count them all, as `page.total`."),
    ),
    responses((status = 200, description = "A page of teams.", body = TeamList)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let keys = ctx.state.cursor_keys.clone();
    let caller = ctx.caller.user.ok_or_else(|| Problem::internal("a list without a user"))?;
    let question = Question::parse(query, &service::LIST, caller, &keys)?;
    let asked = question.clone();
    let list = ctx.state.db.read(move |c| service::list(c, &asked, &keys)).await?;
    let link = question.next_link(&ctx.state.config.public_url, &list.page);
    reply::list(&list, link)
}

/// Make a team; its members are put into it by changing the users.
#[utoipa::path(operation_id = "teams_create", tag = "teams", extensions(("x-permission" = json!("teams.edit"))), request_body = NewTeam,
    responses((status = 201, description = "The new team.", body = TeamView)))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<NewTeam>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::create(tx, &act, &body.0)).await?;
    reply::created(&format!("/api/v1/teams/{}", view.id), view.version, &view)
}

/// Read a team.
#[utoipa::path(operation_id = "teams_read", tag = "teams", extensions(("x-permission" = json!("teams.read"))),
    params(("id" = inline(Id), Path, description = "The team's id.")),
    responses((status = 200, description = "The team.", body = TeamView)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let view = ctx.state.db.read(move |c| service::read(c, id)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Change a team's name or lead. The lead gets the lead's rights on the team's orders at once.
#[utoipa::path(operation_id = "teams_update", tag = "teams", extensions(("x-permission" = json!("teams.edit"))),
    params(
        ("id" = inline(Id), Path, description = "The team's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000),
    ),
    request_body(content((TeamPatch = "application/merge-patch+json"), (TeamPatch = "application/json"))),
    responses((status = 200, description = "The team as it is now.", body = TeamView)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<TeamPatch>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::update(tx, &act, id, &body.0, &if_match)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Read all that happened to a team, oldest first: who changed what and when.
#[utoipa::path(operation_id = "teams_events", tag = "teams", extensions(("x-permission" = json!("teams.read"))),
    params(("id" = inline(Id), Path, description = "The team's id."), TrailParameters),
    responses((status = 200, description = "A page of events.", body = EventList)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    trail(ctx, query, move |c, _| Ok(service::read(c, id)?.id)).await
}
