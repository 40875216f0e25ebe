//! The catalogue, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Product, ProductFilters, ProductInput, ProductPage, ProductPatch};
use super::{service, store};
use crate::events::dto::{EventList, TrailParameters};
use crate::events::handlers::trail;
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::{ListParameters, Question};
use crate::platform::web::{Body, IfMatch, Query, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(get).service(update).service(archive).service(restore).service(events);
}

fn id_of(path: &web::Path<String>) -> Result<Id, Problem> {
    Id::parse(path).ok_or_else(Problem::not_found)
}

/// List the catalogue: sort by name (default) or created_at.
#[utoipa::path(operation_id = "products_list", tag = "products", extensions(("x-permission" = json!("products.read"))), params(ListParameters, ProductFilters), responses((status = 200, description = "A page of products.", body = ProductPage)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query, &store::LIST, ctx.user(), &ctx.state.cursor_keys)?;
    let (asked, keys) = (question.clone(), ctx.state.cursor_keys.clone());
    let page = ctx.state.db.read(move |c| service::list(c, &asked, &keys)).await?;
    let link = question.next_link(&ctx.state.config.public_url, &page.page);
    reply::list(&page, link)
}

/// Add a product; no other may have its sku, its name or one of its aliases.
#[utoipa::path(operation_id = "products_create", tag = "products", extensions(("x-permission" = json!("products.edit"))), request_body = ProductInput, responses((status = 201, description = "The product.", body = Product)))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<ProductInput>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let product = ctx.state.db.write(move |tx| service::create(tx, &act, body.0.clone())).await?;
    reply::created(&format!("/api/v1/products/{}", product.id), product.version, &product)
}

/// Read a product.
#[utoipa::path(operation_id = "products_get", tag = "products", extensions(("x-permission" = json!("products.read"))), params(("id" = Id, Path, description = "The product."), ("include_archived" = Option<bool>, Query, description = "Whether an archived one is meant, too.")), responses((status = 200, description = "The product.", body = Product)))]
#[get("/{id}")]
pub async fn get(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (id, archived) = (id_of(&path)?, query.flag("include_archived")?);
    let product = ctx.state.db.read(move |c| service::read(c, id, archived)).await?;
    reply::record(&req, StatusCode::OK, product.version, &product)
}

/// Change a product; a new name shows everywhere, for orders keep the product and not its name.
#[utoipa::path(operation_id = "products_update", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body(content((ProductPatch = "application/merge-patch+json"), (ProductPatch = "application/json"))), responses((status = 200, description = "The product.", body = Product)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<ProductPatch>) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    let product = ctx.state.db.write(move |tx| service::update(tx, &act, id, &if_match, body.0.clone())).await?;
    reply::record(&req, StatusCode::OK, product.version, &product)
}

/// Archive a product: it can no longer be ordered, and its names are free.
#[utoipa::path(operation_id = "products_archive", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    ctx.state.db.write(move |tx| service::archive(tx, &act, id, &if_match)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Restore an archived product, if nobody has taken its names in the meantime.
#[utoipa::path(operation_id = "products_restore", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 200, description = "The product.", body = Product)))]
#[post("/{id}/restore")]
pub async fn restore(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    let product = ctx.state.db.write(move |tx| service::restore(tx, &act, id, &if_match)).await?;
    reply::record(&req, StatusCode::OK, product.version, &product)
}

/// Read all that happened to a product, oldest first: who changed what and when.
#[utoipa::path(operation_id = "products_events", tag = "products", extensions(("x-permission" = json!("products.read"))), params(("id" = Id, Path, description = "The product."), TrailParameters), responses((status = 200, description = "A page of events.", body = EventList)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    trail(ctx, query, move |c, _| Ok(service::read(c, id, true)?.id)).await
}
