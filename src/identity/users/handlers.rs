//! Users, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::absence::{self, Absence, AbsenceInput};
use super::dto::{Me, MePatch, NewPassword, NewUser, UserPatch, UserView};
use super::list::{UserParameters, Users};
use super::service;
use crate::events::dto::EventView;
use crate::events::handlers::{TrailParameters, trail};
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::body::Nothing;
use crate::platform::web::list::{Paged, answer};
use crate::platform::web::{Body, Effect, IfMatch, Query, reply};

/// The addresses under `/users`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(read)
        .service(update)
        .service(set_password)
        .service(read_absence)
        .service(set_absence)
        .service(activate)
        .service(events);
}

/// Who the caller is, and what the caller may ever do.
#[utoipa::path(operation_id = "users_me", tag = "users", extensions(("x-permission" = json!("authenticated"))),
    responses((status = 200, description = "The caller.", body = Me)))]
#[get("/me")]
pub async fn me(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let (act, desk) = (ctx.act.clone(), ctx.state.desk.clone());
    let (version, me) = ctx.state.db.read(move |c| service::me(c, &act, &*desk)).await?;
    reply::record(&req, StatusCode::OK, version, &me)
}

/// Change your own language and zone; the rest is an administrator's to change.
#[utoipa::path(operation_id = "users_update_me", tag = "users", extensions(("x-permission" = json!("authenticated"))),
    params(("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000)),
    request_body(content((MePatch = "application/merge-patch+json"), (MePatch = "application/json"))),
    responses((status = 200, description = "The caller as it is now.", body = Me)))]
#[patch("/me")]
pub async fn update_me(ctx: Ctx, req: HttpRequest, if_match: IfMatch, body: Body<MePatch>) -> Result<HttpResponse, Problem> {
    let desk = ctx.state.desk.clone();
    ctx.perform(&req, move |tx, act| {
        let (version, view) = service::update_me(tx, act, &*desk, &body.0, &if_match)?;
        Effect::record(version, &view)
    })
    .await
}

/// Read when you are away, and who reviews in your place.
#[utoipa::path(operation_id = "users_read_my_absence", tag = "users", extensions(("x-permission" = json!("authenticated"))),
    responses((status = 200, description = "The absence.", body = Absence)))]
#[get("/me/absence")]
pub async fn my_absence(ctx: Ctx) -> Result<HttpResponse, Problem> {
    let user = ctx.user();
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| absence::read(c, user)).await?)
}

/// Set when you are away, and who reviews in your place; without any day the absence is over.
#[utoipa::path(operation_id = "users_set_my_absence", tag = "users", extensions(("x-permission" = json!("authenticated"))), request_body = AbsenceInput,
    responses((status = 200, description = "The absence as it is now.", body = Absence)))]
#[put("/me/absence")]
pub async fn set_my_absence(ctx: Ctx, req: HttpRequest, body: Body<AbsenceInput>) -> Result<HttpResponse, Problem> {
    let user = ctx.user();
    put_absence(ctx, &req, user, body).await
}

async fn put_absence(ctx: Ctx, req: &HttpRequest, user: Id, body: Body<AbsenceInput>) -> Result<HttpResponse, Problem> {
    let desk = ctx.state.desk.clone();
    ctx.perform(req, move |tx, act| Effect::json(StatusCode::OK, &absence::replace(tx, act, &*desk, user, body.0.clone())?)).await
}

/// List users, by name.
#[utoipa::path(operation_id = "users_list", tag = "users", extensions(("x-permission" = json!("users.read"))), params(UserParameters),
    responses((status = 200, description = "A page of users.", body = Paged<UserView>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Users).await
}

/// Make a user. Without a password there is no logging in until one is set.
#[utoipa::path(operation_id = "users_create", tag = "users", extensions(("x-permission" = json!("users.edit"))), request_body = NewUser,
    responses((status = 201, description = "The new user.", body = UserView)))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, body: Body<NewUser>) -> Result<HttpResponse, Problem> {
    let hash = service::hash(body.0.value.password.as_ref()).await?;
    ctx.perform(&req, move |tx, act| {
        let view = service::create(tx, act, &body.0, hash.as_deref())?;
        Effect::created(format!("/api/v1/users/{}", view.id), view.version, &view)
    })
    .await
}

/// Read a user.
#[utoipa::path(operation_id = "users_read", tag = "users", extensions(("x-permission" = json!("users.read"))),
    params(("id" = inline(Id), Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = UserView)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let view = ctx.state.db.read(move |c| service::read(c, id)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Change a user. A new role holds from the next request on; open orders go along to a new team.
#[utoipa::path(operation_id = "users_update", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(
        ("id" = inline(Id), Path, description = "The user's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000),
    ),
    request_body(content((UserPatch = "application/merge-patch+json"), (UserPatch = "application/json"))),
    responses((status = 200, description = "The user as it is now.", body = UserView)))]
#[patch("/{id}")]
pub async fn update(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<UserPatch>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    ctx.perform(&req, move |tx, act| {
        let view = service::update(tx, act, id, &body.0, &if_match)?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Set a user's password, for whom forgot it or never had one; all sessions of the user end.
#[utoipa::path(operation_id = "users_set_password", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(("id" = inline(Id), Path, description = "The user's id.")), request_body = NewPassword,
    responses((status = 204, description = "The password is set.")))]
#[put("/{id}/password")]
pub async fn set_password(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<NewPassword>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let hash = service::hash(body.0.value.password.get()).await?;
    ctx.perform(&req, move |tx, act| service::set_password(tx, act, id, &body.0, hash.as_deref()).map(|()| Effect::done())).await
}

/// Read when a user is away, and who reviews in their place.
#[utoipa::path(operation_id = "users_read_absence", tag = "users", extensions(("x-permission" = json!("users.read"))),
    params(("id" = inline(Id), Path, description = "The user's id.")),
    responses((status = 200, description = "The absence.", body = Absence)))]
#[get("/{id}/absence")]
pub async fn read_absence(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| absence::read(c, id)).await?)
}

/// Set when a user is away, and who reviews in their place; without any day the absence is over.
#[utoipa::path(operation_id = "users_set_absence", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(("id" = inline(Id), Path, description = "The user's id.")), request_body = AbsenceInput,
    responses((status = 200, description = "The absence as it is now.", body = Absence)))]
#[put("/{id}/absence")]
pub async fn set_absence(ctx: Ctx, req: HttpRequest, id: web::Path<String>, body: Body<AbsenceInput>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    put_absence(ctx, &req, id, body).await
}

/// Let a deactivated user in again.
#[utoipa::path(operation_id = "users_activate", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(
        ("id" = inline(Id), Path, description = "The user's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000),
    ),
    request_body = Nothing,
    responses((status = 200, description = "The user as it is now.", body = UserView)))]
#[post("/{id}/activate")]
pub async fn activate(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch, body: Body<Nothing>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    ctx.perform(&req, move |tx, act| {
        let view = service::activate(tx, act, id, &if_match, &body.0)?;
        Effect::record(view.version, &view)
    })
    .await
}

/// Read all that happened to a user, oldest first: who changed what and when.
#[utoipa::path(operation_id = "users_events", tag = "users", extensions(("x-permission" = json!("users.read"))),
    params(("id" = inline(Id), Path, description = "The user's id."), TrailParameters),
    responses((status = 200, description = "A page of events.", body = Paged<EventView>)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, req: HttpRequest, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    trail(ctx, &req, query, move |c, _| Ok(service::read(c, id)?.id)).await
}
