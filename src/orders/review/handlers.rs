//! Reviews over HTTP: decode, call, encode.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{ReviewInput, ReviewSettings};
use super::settings;
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::{Body, Effect, IfMatch, reply};

/// The operations under `/settings`.
pub fn setting_routes(config: &mut ServiceConfig<'_>) {
    config.service(get_settings).service(put_settings);
}

/// Read when an approved order must be reviewed again, and who reviews what.
#[utoipa::path(operation_id = "settings_get_review", tag = "settings", extensions(("x-permission" = json!("settings.read"))),
    responses((status = 200, description = "The setting.", body = ReviewSettings)))]
#[get("/review")]
pub async fn get_settings(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let found = ctx.state.db.read(settings::read).await?;
    reply::record(&req, StatusCode::OK, found.version, &found)
}

/// Replace the tolerance and the review policies. Reviews under way keep the steps they began with.
#[utoipa::path(operation_id = "settings_put_review", tag = "settings", extensions(("x-permission" = json!("settings.edit"))),
    params(("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 200)),
    request_body = ReviewInput, responses((status = 200, description = "The setting as it is now.", body = ReviewSettings)))]
#[put("/review")]
pub async fn put_settings(ctx: Ctx, req: HttpRequest, if_match: IfMatch, body: Body<ReviewInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| {
        let stored = settings::replace(tx, act, body.0.clone(), &if_match)?;
        Effect::record(stored.version, &stored)
    })
    .await
}
