//! Field standards over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get};

use super::definition::Standard;
use super::service;
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::reply;

/// Read the standard in force for orders: what an entry must meet when it is saved and when it is submitted, with the words of each rule in both languages.
#[utoipa::path(operation_id = "standards_get_orders", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    responses((status = 200, description = "The standard.", body = Standard)))]
#[get("/orders")]
pub async fn get_orders(ctx: Ctx, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let standard = ctx.state.db.read(|c| service::current(c, "orders")).await?;
    reply::record(&req, StatusCode::OK, standard.version.into(), &standard)
}
