//! Teams, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{NewTeam, TeamPatch, TeamView};
use super::list::{TeamParameters, Teams};
use super::service;
use crate::events::dto::EventView;
use crate::events::handlers::{TrailParameters, trail};
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, Effect, IfMatch, Query, reply};

/// The addresses under `/teams`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(events);
}

/// List teams, by name.
#[utoipa::path(operation_id = "teams_list", tag = "teams", extensions(("x-permission" = json!("teams.read"))), params(TeamParameters),
    responses((status = 200, description = "A page of teams.", body = Paged<TeamView>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Teams).await
}

/// Make a team; its members are put into it by changing the users.
#[utoipa::path(operation_id = "teams_create", tag = "teams", extensions(("x-permission" = json!("teams.edit"))), request_body = NewTeam,
    responses((status = 201, description = "The new team.", body = TeamView)))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, body: Body<NewTeam>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| {
        let view = service::create(tx, act, &body.0)?;
        Effect::created(format!("/api/v1/teams/{}", view.id), view.version, &view)
    })
    .await
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
    ctx.perform(&req, move |tx, act| {
        let view = service::update(tx, act, id, &body.0, &if_match)?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Read all that happened to a team, oldest first: who changed what and when.
#[utoipa::path(operation_id = "teams_events", tag = "teams", extensions(("x-permission" = json!("teams.read"))),
    params(("id" = inline(Id), Path, description = "The team's id."), TrailParameters),
    responses((status = 200, description = "A page of events.", body = Paged<EventView>)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    trail(ctx, &req, query, move |c, _| Ok(service::read(c, id)?.id)).await
}
