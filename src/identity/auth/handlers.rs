//! Logging in, over HTTP.
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::service;
use crate::body;
use crate::identity::Ctx;
use crate::identity::guard::OwnFamily;
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::state::State;
use crate::platform::web::values::{Email, PasswordText, TokenText};
use crate::platform::web::{Body, reply};

/// The addresses under `/auth`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(login).service(refresh).service(logout).service(logout_all).service(change_password);
}

body! {
    /// Who wants in.
    Login;
    need {
        email: Email,
        password: PasswordText,
    }
    may {}
}

body! {
    /// A refresh token.
    Refresh;
    need { refresh_token: TokenText }
    may {}
}

body! {
    /// The caller's own password and the one to set.
    OwnPassword;
    need {
        current_password: PasswordText,
        /// From 10 to 200 characters.
        new_password: PasswordText,
    }
    may {}
}

/// An open session.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// Send it as `Authorization: Bearer …`; it lives 15 minutes.
    #[schema(max_length = 2000)]
    pub access_token: String,
    /// Gets the next access token, once.
    #[schema(max_length = 200)]
    pub refresh_token: String,
    #[schema(max_length = 10, example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(minimum = 1, maximum = 86400, example = 900)]
    pub expires_in: i64,
    pub user: SessionUser,
}

/// Who has logged in.
#[derive(Serialize, ToSchema)]
pub struct SessionUser {
    pub id: Id,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 50, example = "rep")]
    pub role: String,
}

/// An answer that holds a secret: nobody on the way keeps it, nor the browser.
pub fn unkept(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Log in with e-mail and password.
#[utoipa::path(operation_id = "auth_login", tag = "auth", extensions(("x-permission" = json!("public")), ("x-rate-limit" = json!("address"))), request_body = Login, responses((status = 200, description = "The session.", body = Session)))]
#[post("/login")]
pub async fn login(state: web::Data<State>, body: Body<Login>) -> Result<HttpResponse, Problem> {
    body.0.faults.check()?;
    reply::json(StatusCode::OK, &service::login(&state, body.0.value).await?).map(unkept)
}

/// Get the next access token; another refresh token comes with it. If the answer was lost, the old one may be sent again within 30 s; later it ends the session.
#[utoipa::path(operation_id = "auth_refresh", tag = "auth", extensions(("x-permission" = json!("public")), ("x-rate-limit" = json!("address"))), request_body = Refresh, responses((status = 200, description = "The session goes on.", body = Session)))]
#[post("/refresh")]
pub async fn refresh(state: web::Data<State>, body: Body<Refresh>) -> Result<HttpResponse, Problem> {
    body.0.faults.check()?;
    reply::json(StatusCode::OK, &service::refresh(&state, &body.0.value.refresh_token.0).await?).map(unkept)
}

/// End a session: neither its refresh token nor its access tokens are taken any more.
#[utoipa::path(operation_id = "auth_logout", tag = "auth", extensions(("x-permission" = json!("public"))), request_body = Refresh, responses((status = 204, description = "Ended, or none was open.")))]
#[post("/logout")]
pub async fn logout(state: web::Data<State>, body: Body<Refresh>) -> Result<HttpResponse, Problem> {
    body.0.faults.check()?;
    service::logout(&state, &body.0.value.refresh_token.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all sessions of the caller, on every device; API keys stay.
#[utoipa::path(operation_id = "auth_logout_all", tag = "auth", extensions(("x-permission" = json!("authenticated"))), responses((status = 204, description = "Ended, the one that asked included.")))]
#[post("/logout-all")]
pub async fn logout_all(ctx: Ctx) -> Result<HttpResponse, Problem> {
    let act = ctx.act.clone();
    ctx.state.db.write(move |tx| service::logout_all(tx, &act)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Set your own password; it takes the current one, and your other sessions end.
#[utoipa::path(operation_id = "auth_password", tag = "auth", extensions(("x-permission" = json!("authenticated")), ("x-rate-limit" = json!("address"))), request_body = OwnPassword, responses((status = 204, description = "The password is set.")))]
#[post("/password")]
pub async fn change_password(ctx: Ctx, own: OwnFamily, body: Body<OwnPassword>) -> Result<HttpResponse, Problem> {
    service::change_password(&ctx.state, ctx.act.clone(), own.0, body.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
