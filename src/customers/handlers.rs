//! Customers, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Customer, CustomerBatch, CustomerInput, CustomerPatch, Transfer};
use super::list::{CustomerParameters, Customers};
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
        .service(transfer)
        .service(events);
}

fn id_of(path: &web::Path<String>) -> Result<Id, Problem> {
    Id::parse(path).ok_or_else(Problem::not_found)
}

/// List customers, newest first. Those that are not the caller's are masked.
#[utoipa::path(operation_id = "customers_list", tag = "customers", extensions(("x-permission" = json!("customers.read")), ("x-custom-filters" = json!(true))), params(CustomerParameters), responses((status = 200, description = "A page of customers.", body = Paged<Customer>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Customers { act: ctx.act.clone() }).await
}

/// Enter a customer; the caller owns it.
#[utoipa::path(operation_id = "customers_create", tag = "customers", extensions(("x-permission" = json!("customers.create"))), request_body = CustomerInput, responses((status = 201, description = "The customer.", body = Customer)))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, body: Body<CustomerInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| entered(&service::create(tx, act, body.0.clone())?)).await
}

fn entered(customer: &Customer) -> Result<Effect, Problem> {
    Effect::created(format!("/api/v1/customers/{}", customer.id), customer.version, customer)
}

/// Enter up to 500 customers: all or none, or with `atomic=false` each for itself, with a status of its own.
#[utoipa::path(operation_id = "customers_create_batch", tag = "customers", extensions(("x-permission" = json!("customers.create")), ("x-record" = json!("Customer"))),
    params(("atomic" = Option<bool>, Query, description = "All or none (default), or each for itself.")), request_body = CustomerBatch,
    responses((status = 201, description = "All are entered.", body = BatchResult), (status = 207, description = "Each has its status.", body = BatchResult)))]
#[post("/batch")]
pub async fn create_batch(ctx: Ctx, req: HttpRequest, query: Query, body: Body<CustomerBatch>) -> Result<HttpResponse, Problem> {
    let (tell, atomic) = (ctx.teller(), query.get("atomic").is_none() || query.flag("atomic")?);
    ctx.perform(&req, move |tx, act| batch(tx, (&body.0.value.items, &body.0.faults), atomic, &tell, |tx, input| entered(&service::create(tx, act, input)?)))
        .await
}

/// Put the customer that another system knows by an id: entered where there is none, else replaced whole.
#[utoipa::path(operation_id = "customers_put_by_reference", tag = "customers", extensions(("x-permission" = json!("customers.create"))),
    params(("system" = String, Path, description = "The other system.", max_length = 200, example = "shop"), ("id" = String, Path, description = "The id there.", max_length = 200, example = "4711"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, if only that version is to be replaced.", max_length = 200)),
    request_body = CustomerInput,
    responses((status = 200, description = "The customer was there and is replaced.", body = Customer), (status = 201, description = "It is entered.", body = Customer)))]
#[put("/by-external-ref/{system}/{id}")]
pub async fn put_by_reference(
    ctx: Ctx,
    req: HttpRequest,
    path: web::Path<(String, String)>,
    if_match: IfMatch,
    body: Body<CustomerInput>,
) -> Result<HttpResponse, Problem> {
    let reference = ExternalRef::of_path(path.into_inner())?;
    ctx.perform(&req, move |tx, act| {
        let (customer, is_new) = service::put(tx, act, &reference, &if_match, body.0.clone())?;
        if is_new { entered(&customer) } else { Effect::record(customer.version, &customer) }
    })
    .await
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
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| {
        let customer = service::update(tx, act, id, &if_match, body.0.clone())?;
        Effect::record(customer.version, &customer)
    })
    .await
}

/// Archive a customer; its orders keep it.
#[utoipa::path(operation_id = "customers_archive", tag = "customers", extensions(("x-permission" = json!("customers.archive"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), responses((status = 204, description = "Archived.")))]
#[delete("/{id}")]
pub async fn archive(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| service::archive(tx, act, id, &if_match).map(|()| Effect::done())).await
}

/// Restore an archived customer, if nobody has taken its external reference in the meantime.
#[utoipa::path(operation_id = "customers_restore", tag = "customers", extensions(("x-permission" = json!("customers.restore"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body = Nothing, responses((status = 200, description = "The customer.", body = Customer)))]
#[post("/{id}/restore")]
pub async fn restore(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<Nothing>) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| {
        let customer = service::restore(tx, act, id, &if_match, &body.0)?;
        Effect::record(customer.version, &customer)
    })
    .await
}

/// Hand a customer to another owner: its owner to a team mate, a lead within the led team, an administrator to any active user.
#[utoipa::path(operation_id = "customers_transfer", tag = "customers", extensions(("x-permission" = json!("customers.transfer"))), params(("id" = Id, Path, description = "The customer."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read; required.", max_length = 200)), request_body = Transfer, responses((status = 200, description = "The customer.", body = Customer)))]
#[post("/{id}/transfer")]
pub async fn transfer(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<Transfer>) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    ctx.perform(&req, move |tx, act| {
        let customer = service::transfer(tx, act, id, &if_match, body.0.clone())?;
        Effect::record(customer.version, &customer)
    })
    .await
}

/// Read all that happened to a customer, oldest first: who changed what and when.
#[utoipa::path(operation_id = "customers_events", tag = "customers", extensions(("x-permission" = json!("customers.read"))), params(("id" = Id, Path, description = "The customer."), TrailParameters), responses((status = 200, description = "A page of events.", body = Paged<EventView>)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, req: HttpRequest, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = id_of(&path)?;
    trail(ctx, &req, query, move |c, act| Ok(service::read(c, act, id, true)?.id)).await
}
