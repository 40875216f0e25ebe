//! Users, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Me, NewPassword, NewUser, UserList, UserPatch, UserView};
use super::service;
use crate::events::dto::{EventList, TrailParameters};
use crate::events::handlers::trail;
use crate::identity::Ctx;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::list::Question;
use crate::platform::web::{Body, IfMatch, Query, reply};

/// The addresses under `/users`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read).service(update).service(set_password).service(activate).service(events);
}

/// Who the caller is, and what the caller may ever do.
#[utoipa::path(operation_id = "users_me", tag = "users", extensions(("x-permission" = json!("authenticated"))),
    responses((status = 200, description = "The caller.", body = Me)))]
#[get("/me")]
pub async fn me(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    let (version, me) = ctx.state.db.read(move |c| service::me(c, &act)).await?;
    reply::record(&req, StatusCode::OK, version, &me)
}

/// List users, by name unless sorted otherwise.
#[utoipa::path(operation_id = "users_list", tag = "users", extensions(("x-permission" = json!("users.read"))),
    params(
        ("role" = Option<String>, Query, description = "Any of these roles: rep, reviewer, admin.", max_length = 200),
        ("team" = Option<String>, Query, description = "Any of these teams, by id; `team[null]=true` for those without a team.", max_length = 4000),
        ("active" = Option<String>, Query, description = "`true` or `false`.", max_length = 20),
        ("sort" = Option<String>, Query, description = "`name` or `created_at`; `-` in front for descending.", max_length = 50),
        ("limit" = Option<i64>, Query, description = "Most users of a page; 50 unless given.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where to go on: `page.next_cursor` of the page before.", max_length = 4000),
        ("include_total" = Option<bool>, Query, description = "Count them all, as `page.total`."),
    ),
    responses((status = 200, description = "A page of users.", body = UserList)))]
#[get("")]
pub async fn list(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let keys = ctx.state.cursor_keys.clone();
    let caller = ctx.caller.user.ok_or_else(|| Problem::internal("a list without a user"))?;
    let question = Question::parse(query, &service::LIST, caller, &keys)?;
    let asked = question.clone();
    let list = ctx.state.db.read(move |c| service::list(c, &asked, &keys)).await?;
    let link = question.next_link(&ctx.state.config.public_url, &list.page);
    reply::list(&list, link)
}

/// Make a user. Without a password there is no logging in until one is set.
#[utoipa::path(operation_id = "users_create", tag = "users", extensions(("x-permission" = json!("users.edit"))), request_body = NewUser,
    responses((status = 201, description = "The new user.", body = UserView)))]
#[post("")]
pub async fn create(ctx: Ctx, body: Body<NewUser>) -> Result<HttpResponse, Problem> {
    let hash = service::hash(body.0.value.password.as_ref()).await?;
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::create(tx, &act, &body.0, hash.as_deref())).await?;
    reply::created(&format!("/api/v1/users/{}", view.id), view.version, &view)
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
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::update(tx, &act, id, &body.0, &if_match)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Set a user's password, for whom forgot it or never had one; all sessions of the user end.
#[utoipa::path(operation_id = "users_set_password", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(("id" = inline(Id), Path, description = "The user's id.")), request_body = NewPassword,
    responses((status = 204, description = "The password is set.")))]
#[put("/{id}/password")]
pub async fn set_password(ctx: Ctx, id: web::Path<String>, body: Body<NewPassword>) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let hash = service::hash(Some(&body.0.value.password)).await?;
    let act = ctx.act.clone();
    ctx.state.db.write(move |tx| service::set_password(tx, &act, id, &body.0, hash.as_deref())).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let a deactivated user in again.
#[utoipa::path(operation_id = "users_activate", tag = "users", extensions(("x-permission" = json!("users.edit"))),
    params(
        ("id" = inline(Id), Path, description = "The user's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 1000),
    ),
    responses((status = 200, description = "The user as it is now.", body = UserView)))]
#[post("/{id}/activate")]
pub async fn activate(ctx: Ctx, req: HttpRequest, id: web::Path<String>, if_match: IfMatch) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    let act = ctx.act.clone();
    let view = ctx.state.db.write(move |tx| service::activate(tx, &act, id, &if_match)).await?;
    reply::record(&req, StatusCode::OK, view.version, &view)
}

/// Read all that happened to a user, oldest first: who changed what and when.
#[utoipa::path(operation_id = "users_events", tag = "users", extensions(("x-permission" = json!("users.read"))),
    params(("id" = inline(Id), Path, description = "The user's id."), TrailParameters),
    responses((status = 200, description = "A page of events.", body = EventList)))]
#[get("/{id}/events")]
pub async fn events(ctx: Ctx, id: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let id = Id::parse(&id).ok_or_else(Problem::not_found)?;
    trail(ctx, query, move |c, _| Ok(service::read(c, id)?.id)).await
}
