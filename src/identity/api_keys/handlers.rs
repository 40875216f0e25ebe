//! API keys, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{ApiKeyView, NewApiKey, NewApiKeyView};
use super::list::{ApiKeyParameters, ApiKeys};
use super::service;
use crate::identity::Ctx;
use crate::identity::auth::handlers::unkept;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, IfMatch, Query, reply};

/// The addresses under `/api-keys`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(revoke);
}

/// List API keys, newest first: the caller's own; an administrator may ask for anybody's. Revoked ones count as archived.
#[utoipa::path(operation_id = "api_keys_list", tag = "api_keys", extensions(("x-permission" = json!("api_keys.read"))), params(ApiKeyParameters),
    responses((status = 200, description = "A page of API keys.", body = Paged<ApiKeyView>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let keys = ApiKeys::asked(&ctx.act, &query)?;
    answer(&ctx.state, ctx.asker(), &req, query, keys).await
}

/// Make an API key. It acts as the caller, within its scopes, and is shown this once.
#[utoipa::path(operation_id = "api_keys_create", tag = "api_keys", extensions(("x-permission" = json!("api_keys.edit"))), request_body = NewApiKey,
    responses((status = 201, description = "The new API key, with the key itself.", body = NewApiKeyView)))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<NewApiKey>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::create(tx, &act, &body.0)).await?;
    reply::created(&format!("/api/v1/api-keys/{}", view.record.id), view.record.version, &view).map(unkept)
}

/// Read an API key, without the key itself.
#[utoipa::path(operation_id = "api_keys_read", tag = "api_keys", extensions(("x-permission" = json!("api_keys.read"))),
    params(("id" = inline(Id), Path, description = "The key's id."), ("include_archived" = Option<bool>, Query, description = "Whether a revoked one is meant, too.")),
    responses((status = 200, description = "The API key.", body = ApiKeyView)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, id, revoked) = (ctx.act.clone(), Id::parse(&id).ok_or_else(Problem::not_found)?, query.flag("include_archived")?);
    let view = ctx.state.db.read(move |c| service::read(c, &act, id, revoked)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Revoke an API key, for good: your own or, as an administrator, anybody's.
#[utoipa::path(operation_id = "api_keys_revoke", tag = "api_keys", extensions(("x-permission" = json!("api_keys.edit"))),
    params(
        ("id" = inline(Id), Path, description = "The key's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000),
    ),
    responses((status = 204, description = "Revoked.")))]
#[delete("/{id}")]
pub async fn revoke(ctx: Ctx, id: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), Id::parse(&id).ok_or_else(Problem::not_found)?);
    ctx.state.db.write(move |tx| service::revoke(tx, &act, id, &if_match)).await?;
    Ok(HttpResponse::NoContent().finish())
}
