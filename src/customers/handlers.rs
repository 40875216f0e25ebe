//! Customers, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Customer, CustomerFilters, CustomerInput, CustomerPage, CustomerPatch, Transfer};
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
    config.service(list).service(create).service(get).service(update).service(archive).service(restore).service(events).service(transfer);
}

fn id_of(path: &web::Path<String>) -> Result<Id, Problem> {
    Id::parse(path).ok_or_else(Problem::not_found)
}

/// List customers: sort by created_at (default, newest first) or name. Those that are not the caller's are masked.
#[utoipa::path(operation_id = "customers_list", tag = "customers", extensions(("x-permission" = json!("customers.read"))), params(ListParameters, CustomerFilters), responses((status = 200, description = "A page of customers.", body = CustomerPage)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let question = Question::parse(query, &store::LIST, ctx.user(), &ctx.state.cursor_keys)?;
    let (act, asked, keys) = (ctx.act.clone(), question.clone(), ctx.state.cursor_keys.clone());
    let page = ctx.state.db.read(move |c| service::list(c, &act, &asked, &keys)).await?;
    let link = question.next_link(&ctx.state.config.public_url, &page.page);
    reply::list(&page, link)
}

/// Enter a customer; the caller owns it.
#[utoipa::path(operation_id = "customers_create", tag = "customers", extensions(("x-permission" = json!("customers.create"))), request_body = CustomerInput, responses((status = 201, description = "The customer.", body = Customer)))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<CustomerInput>) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let customer = ctx.state.db.write(move |tx| service::create(tx, &act, body.0.clone())).await?;
    reply::created(&format!("/api/v1/customers/{}", customer.id), customer.version, &customer)
}

/// Read a customer; contacts, preferences and note are null where it is neither the caller's nor the team's and the caller has no order with it.
#[utoipa::path(operation_id = "customers_get", tag = "customers", extensions(("x-permission" = json!("customers.read"))), params(("id" = Id, Path, description = "The customer."), ("include_archived" = Option<bool>, Query, description = "Whether an archived one is meant, too.")), responses((status = 200, description = "The customer.", body = Customer)))]
#[get("/{id}")]
pub async fn get(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (act, id, archived) = (ctx.act.clone(), id_of(&path)?, query.flag("include_archived")?);
    let customer = ctx.state.db.read(move |c| service::read(c, &act, id, archived)).await?;
    reply::record(&req, StatusCode::OK, customer.version, &customer)
}

/// Change a customer: its owner, the lead of the owner's team, an administrator.
#[utoipa::path(operation_id = "customers_update", tag = "customers", extensions(("x-permission" = json!("customers.edit"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body(content((CustomerPatch = "application/merge-patch+json"), (CustomerPatch = "application/json"))), responses((status = 200, description = "The customer.", body = Customer)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<CustomerPatch>) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    let customer = ctx.state.db.write(move |tx| service::update(tx, &act, id, &if_match, body.0.clone())).await?;
    reply::record(&req, StatusCode::OK, customer.version, &customer)
}

/// Archive a customer; its orders keep it.
#[utoipa::path(operation_id = "customers_archive", tag = "customers", extensions(("x-permission" = json!("customers.archive"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    ctx.state.db.write(move |tx| service::archive(tx, &act, id, &if_match)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Restore an archived customer, if nobody has taken its external reference in the meantime.
#[utoipa::path(operation_id = "customers_restore", tag = "customers", extensions(("x-permission" = json!("customers.restore"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 200, description = "The customer.", body = Customer)))]
#[post("/{id}/restore")]
pub async fn restore(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    let customer = ctx.state.db.write(move |tx| service::restore(tx, &act, id, &if_match)).await?;
    reply::record(&req, StatusCode::OK, customer.version, &customer)
}

/// Hand a customer to another owner: its owner to a team mate, a lead within the led team, an administrator to any active user.
#[utoipa::path(operation_id = "customers_transfer", tag = "customers", extensions(("x-permission" = json!("customers.transfer"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body = Transfer, responses((status = 200, description = "The customer.", body = Customer)))]
#[post("/{id}/transfer")]
pub async fn transfer(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<Transfer>) -> Result<HttpResponse, Problem> {
    let (act, id) = (ctx.act.clone(), id_of(&path)?);
    let customer = ctx.state.db.write(move |tx| service::transfer(tx, &act, id, &if_match, body.0.clone())).await?;
    reply::record(&req, StatusCode::OK, customer.version, &customer)
}

/// Read all that happened to a customer, oldest first: who changed what and when.
#[utoipa::path(operation_id = "customers_events", tag = "customers", extensions(("x-permission" = json!("customers.read"))), params(("id" = Id, Path, description = "The customer."), TrailParameters), responses((status = 200, description = "A page of events.", body = EventList)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    trail(ctx, query, move |c, act| Ok(service::read(c, act, id, true)?.id)).await
}
