//! Saved views, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{View, ViewInput, ViewPatch};
use super::list::{Usable, ViewParameters};
use super::service::{self, Entities};
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, Effect, IfMatch, Query, reply};

/// The addresses under `/views`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(delete_view);
}

fn id_of(path: &str) -> Result<Id, Problem> {
    Id::parse(path).ok_or_else(Problem::not_found)
}

/// List the views that you may use, by name: your own, your team's and everybody's.
#[utoipa::path(operation_id = "views_list", tag = "views", extensions(("x-permission" = json!("views.read"))), params(ViewParameters),
    responses((status = 200, description = "A page of views.", body = Paged<View>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Usable { user: ctx.user() }).await
}

/// Save a view of a list: a condition, a sort, columns. It is yours.
#[utoipa::path(operation_id = "views_create", tag = "views", extensions(("x-permission" = json!("views.edit"))), request_body = ViewInput,
    responses((status = 201, description = "The view.", body = View)))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, entities: web::Data<Entities>, body: Body<ViewInput>) -> Result<HttpResponse, Problem> {
    let entities = **entities;
    ctx.perform(&req, move |tx, act| {
        let view = service::create(tx, act, entities, body.0.clone())?;
        Effect::created(format!("/api/v1/views/{}", view.id), view.version, &view)
    })
    .await
}

/// Read a view.
#[utoipa::path(operation_id = "views_read", tag = "views", extensions(("x-permission" = json!("views.read"))),
    params(("id" = Id, Path, description = "The view.")), responses((status = 200, description = "The view.", body = View)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&id)?);
    let view = ctx.state.db.read(move |c| service::read(c, &act, id)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Change a view: its owner, and an administrator where it is shared.
#[utoipa::path(operation_id = "views_update", tag = "views", extensions(("x-permission" = json!("views.edit"))),
    params(("id" = Id, Path, description = "The view."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)),
    request_body(content((ViewPatch = "application/merge-patch+json"), (ViewPatch = "application/json"))),
    responses((status = 200, description = "The view.", body = View)))]
#[patch("/{id}")]
pub async fn update(
    ctx: Ctx,
    req: HttpRequest,
    entities: web::Data<Entities>,
    id: web::Path<String>,
    if_match: IfMatch,
    body: Body<ViewPatch>,
) -> Result<HttpResponse, Problem> {
    let (entities, id) = (**entities, id_of(&id)?);
    ctx.perform(&req, move |tx, act| {
        let view = service::update(tx, act, entities, id, &if_match, body.0.clone())?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Delete a view, for good.
#[utoipa::path(operation_id = "views_delete", tag = "views", extensions(("x-permission" = json!("views.edit"))),
    params(("id" = Id, Path, description = "The view."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)),
    responses((status = 204, description = "Gone.")))]
#[delete("/{id}")]
pub async fn delete_view(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    ctx.perform(&req, move |tx, act| service::delete(tx, act, id, &if_match).map(|()| Effect::done())).await
}
