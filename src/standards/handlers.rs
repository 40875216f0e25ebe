//! Field standards over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::definition::Standard;
use super::dto::{Changes, Version};
use super::entity::Entity;
use super::list::{VersionParameters, Versions};
use super::service;
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Query, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_one).service(versions).service(version).service(changes);
}

/// The entity that an address names; 404 where it is none.
pub fn entity_of(word: &str) -> Result<Entity, Problem> {
    Entity::parse(word).ok_or_else(Problem::not_found)
}

fn number_of(word: &str) -> Result<i32, Problem> {
    word.parse().map_err(|_| Problem::not_found())
}

/// Read the standard in force: what an entry must meet when it is saved, submitted, moved and won, with the words of each rule in both languages.
#[utoipa::path(operation_id = "standards_get", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What it is for.")), responses((status = 200, description = "The standard.", body = Standard)))]
#[get("/{entity}")]
pub async fn get_one(ctx: Ctx, req: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let entity = entity_of(&path)?;
    let act = ctx.act.clone();
    let standard = ctx.state.db.read(move |c| service::read_current(c, &act, entity)).await?;
    reply::record(&req, StatusCode::OK, standard.version.into(), &standard)
}

/// List the versions that were published, the newest first.
#[utoipa::path(operation_id = "standards_versions", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What it is for."), VersionParameters),
    responses((status = 200, description = "A page of versions.", body = Paged<Version>)))]
#[get("/{entity}/versions")]
pub async fn versions(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Versions { entity: entity_of(&path)? }).await
}

/// Read a version that was published.
#[utoipa::path(operation_id = "standards_version", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What it is for."), ("version" = i32, Path, description = "The version.", minimum = 1)),
    responses((status = 200, description = "The standard as it was.", body = Standard)))]
#[get("/{entity}/versions/{version}")]
pub async fn version(ctx: Ctx, req: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (entity, number) = (entity_of(&path.0)?, number_of(&path.1)?);
    let act = ctx.act.clone();
    let standard = ctx.state.db.read(move |c| service::read_version(c, &act, entity, number)).await?;
    reply::record(&req, StatusCode::OK, standard.version.into(), &standard)
}

/// Read in what a version differs from another: the rules that were added, removed and changed.
#[utoipa::path(operation_id = "standards_changes", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What it is for."), ("version" = i32, Path, description = "The version.", minimum = 1),
        ("from" = Option<i32>, Query, description = "The other version; without it the one before.", minimum = 1)),
    responses((status = 200, description = "The differences.", body = Changes)))]
#[get("/{entity}/versions/{version}/changes")]
pub async fn changes(ctx: Ctx, path: web::Path<(String, String)>, query: Query) -> Result<HttpResponse, Problem> {
    let (entity, to) = (entity_of(&path.0)?, number_of(&path.1)?);
    let before = usize::try_from(to.saturating_sub(1)).unwrap_or(1).max(1);
    let from = i32::try_from(query.number("from", before, i32::MAX as usize)?).unwrap_or(i32::MAX);
    let act = ctx.act.clone();
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| service::changes(c, &act, entity, from, to)).await?)
}
