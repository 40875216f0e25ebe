//! The catalogue, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Product, ProductBatch, ProductInput, ProductPatch};
use super::list::{ProductParameters, Products};
use super::service;
use crate::events::dto::EventView;
use crate::events::handlers::{TrailParameters, trail};
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::body::Nothing;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::values::ExternalRef;
use crate::platform::web::write::{BatchResult, batch};
use crate::platform::web::{Body, Effect, IfMatch, Query, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(create_batch)
        .service(put_by_reference)
        .service(get)
        .service(update)
        .service(archive)
        .service(restore)
        .service(events);
}

fn id_of(path: &web::Path<String>) -> Result<Id, Problem> {
    Id::parse(path).ok_or_else(Problem::not_found)
}

/// List the catalogue, by name.
#[utoipa::path(operation_id = "products_list", tag = "products", extensions(("x-permission" = json!("products.read")), ("x-custom-filters" = json!(true))), params(ProductParameters), responses((status = 200, description = "A page of products.", body = Paged<Product>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Products { act: ctx.act.clone() }).await
}

/// Add a product; no other may have its sku, its name or one of its aliases.
#[utoipa::path(operation_id = "products_create", tag = "products", extensions(("x-permission" = json!("products.edit"))), request_body = ProductInput, responses((status = 201, description = "The product.", body = Product)))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, body: Body<ProductInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| entered(&service::create(tx, act, body.0.clone())?)).await
}

fn entered(product: &Product) -> Result<Effect, Problem> {
    Effect::created(format!("/api/v1/products/{}", product.id), product.version, product)
}

/// Enter up to 500 products: all or none, or with `atomic=false` each for itself, with a status of its own.
#[utoipa::path(operation_id = "products_create_batch", tag = "products", extensions(("x-permission" = json!("products.edit")), ("x-record" = json!("Product"))),
    params(("atomic" = Option<bool>, Query, description = "All or none (default), or each for itself.")), request_body = ProductBatch,
    responses((status = 201, description = "All are entered.", body = BatchResult), (status = 207, description = "Each has its status.", body = BatchResult)))]
#[post("/batch")]
pub async fn create_batch(ctx: Ctx, req: HttpRequest, query: Query, body: Body<ProductBatch>) -> Result<HttpResponse, Problem> {
    let (tell, atomic) = (ctx.teller(), query.get("atomic").is_none() || query.flag("atomic")?);
    ctx.perform(&req, move |tx, act| batch(tx, (&body.0.value.items, &body.0.faults), atomic, &tell, |tx, input| entered(&service::create(tx, act, input)?)))
        .await
}

/// Put the product that another system knows by an id: entered where there is none, else replaced whole.
#[utoipa::path(operation_id = "products_put_by_reference", tag = "products", extensions(("x-permission" = json!("products.edit"))),
    params(("system" = String, Path, description = "The other system.", max_length = 200, example = "shop"), ("id" = String, Path, description = "The id there.", max_length = 200, example = "4711"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, if only that version is to be replaced.", max_length = 200)),
    request_body = ProductInput,
    responses((status = 200, description = "The product was there and is replaced.", body = Product), (status = 201, description = "It is entered.", body = Product)))]
#[put("/by-external-ref/{system}/{id}")]
pub async fn put_by_reference(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<ProductInput>,
) -> Result<HttpResponse, Problem> {
    let reference = ExternalRef::of_path(path.into_inner())?;
    ctx.perform(&req, move |tx, act| {
        let (product, is_new) = service::put(tx, act, &reference, &if_match, body.0.clone())?;
        if is_new { entered(&product) } else { Effect::record(product.version, &product) }
    })
    .await
}

/// Read a product.
#[utoipa::path(operation_id = "products_get", tag = "products", extensions(("x-permission" = json!("products.read"))), params(("id" = Id, Path, description = "The product."), ("include_archived" = Option<bool>, Query, description = "Whether an archived one is meant, too.")), responses((status = 200, description = "The product.", body = Product)))]
#[get("/{id}")]
pub async fn get(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, id, archived) = (ctx.act.clone(), id_of(&path)?, query.flag("include_archived")?);
    let product = ctx.state.db.read(move |c| service::read(c, &act, id, archived)).await?;
    reply::record(&req, StatusCode::OK, product.version, &product)
}

/// Change a product; a new name shows everywhere, for orders keep the product and not its name.
#[utoipa::path(operation_id = "products_update", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body(content((ProductPatch = "application/merge-patch+json"), (ProductPatch = "application/json"))), responses((status = 200, description = "The product.", body = Product)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<ProductPatch>) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| {
        let product = service::update(tx, act, id, &if_match, body.0.clone())?;
        Effect::record(product.version, &product)
    })
    .await
}

/// Archive a product: it can no longer be ordered, and its names are free.
#[utoipa::path(operation_id = "products_archive", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| service::archive(tx, act, id, &if_match).map(|()| Effect::done())).await
}

/// Restore an archived product, if nobody has taken its names in the meantime.
#[utoipa::path(operation_id = "products_restore", tag = "products", extensions(("x-permission" = json!("products.edit"))), params(("id" = Id, Path, description = "The product."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body = Nothing, responses((status = 200, description = "The product.", body = Product)))]
#[post("/{id}/restore")]
pub async fn restore(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<Nothing>) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| {
        let product = service::restore(tx, act, id, &if_match, &body.0)?;
        Effect::record(product.version, &product)
    })
    .await
}

/// Read all that happened to a product, oldest first: who changed what and when.
#[utoipa::path(operation_id = "products_events", tag = "products", extensions(("x-permission" = json!("products.read"))), params(("id" = Id, Path, description = "The product."), TrailParameters), responses((status = 200, description = "A page of events.", body = Paged<EventView>)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    trail(ctx, &req, query, move |c, act| Ok(service::read(c, act, id, true)?.id)).await
}
