//! Targets over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{TargetInput, TargetView};
use super::rules::{Holder, parse_month};
use super::service;
use crate::identity::Ctx;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::{Body, Effect, IfMatch, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read_of_user).service(put_of_user).service(read_of_team).service(put_of_team);
}

/// Finds whose target is meant.
type Find = fn(&mut AnyConnection, Id) -> Result<(Holder, String), Problem>;

async fn read(ctx: Ctx, req: &HttpRequest, (id, month): (String, String), find: Find) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), Id::parse(&id).ok_or_else(Problem::not_found)?);
    let month = parse_month(&month).ok_or_else(Problem::not_found)?;
    let found = ctx.state.db.read(move |c| find(c, id).and_then(|holder| service::read(c, &act, holder, month))).await?;
    reply::record(req, StatusCode::OK, found.version, &found)
}

async fn put(
    ctx: Ctx,
    req: &HttpRequest,
    (id, month): (String, String),
    if_match: IfMatch,
    body: Body<TargetInput>,
    find: Find,
) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let month = parse_month(&month).ok_or_else(Problem::not_found)?;
    ctx.perform(req, move |tx, act| {
        let holder = find(tx, id)?;
        let set = service::put(tx, act, holder, month, &if_match, body.0.clone())?;
        Effect::record(set.version, &set)
    })
    .await
}

/// Read what a user is to win in a month.
#[utoipa::path(operation_id = "targets_get_of_user", tag = "targets", extensions(("x-permission" = json!("targets.read"))),
    params(("id" = String, Path, description = "Id of the user.", max_length = 36), ("month" = String, Path, description = "The month.", max_length = 7, example = "2027-03")),
    responses((status = 200, description = "The target.", body = TargetView)))]
#[get("/users/{id}/{month}")]
pub async fn read_of_user(ctx: Ctx, req: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    read(ctx, &req, path.into_inner(), service::user).await
}

/// Set what a user is to win in a month. The first one needs no If-Match.
#[utoipa::path(operation_id = "targets_put_of_user", tag = "targets", extensions(("x-permission" = json!("targets.edit"))),
    params(("id" = String, Path, description = "Id of the user.", max_length = 36), ("month" = String, Path, description = "The month.", max_length = 7, example = "2027-03"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = TargetInput, responses((status = 200, description = "The target as it is now.", body = TargetView)))]
#[put("/users/{id}/{month}")]
pub async fn put_of_user(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<TargetInput>,
) -> Result<HttpResponse, Problem> {
    put(ctx, &req, path.into_inner(), if_match, body, service::user).await
}

/// Read what a team is to win in a month.
#[utoipa::path(operation_id = "targets_get_of_team", tag = "targets", extensions(("x-permission" = json!("targets.read"))),
    params(("id" = String, Path, description = "Id of the team.", max_length = 36), ("month" = String, Path, description = "The month.", max_length = 7, example = "2027-03")),
    responses((status = 200, description = "The target.", body = TargetView)))]
#[get("/teams/{id}/{month}")]
pub async fn read_of_team(ctx: Ctx, req: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    read(ctx, &req, path.into_inner(), service::team).await
}

/// Set what a team is to win in a month. The first one needs no If-Match.
#[utoipa::path(operation_id = "targets_put_of_team", tag = "targets", extensions(("x-permission" = json!("targets.edit"))),
    params(("id" = String, Path, description = "Id of the team.", max_length = 36), ("month" = String, Path, description = "The month.", max_length = 7, example = "2027-03"), ("If-Match" = Option<String>, Header, description = "The ETag that you last read, or *.", max_length = 200)),
    request_body = TargetInput, responses((status = 200, description = "The target as it is now.", body = TargetView)))]
#[put("/teams/{id}/{month}")]
pub async fn put_of_team(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<TargetInput>,
) -> Result<HttpResponse, Problem> {
    put(ctx, &req, path.into_inner(), if_match, body, service::team).await
}
