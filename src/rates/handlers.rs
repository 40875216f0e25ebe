//! Exchange rates over HTTP. They are put where orders are, which they change.
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::RateView;
use super::list::{RateParameters, Rates};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::Query;
use crate::platform::web::list::{Paged, answer};

/// List the exchange rates, the latest day first; each counts from its day until the next of its currency.
#[utoipa::path(operation_id = "settings_list_exchange_rates", tag = "settings", extensions(("x-permission" = json!("settings.read"))), params(RateParameters),
    responses((status = 200, description = "A page of rates.", body = Paged<RateView>)))]
#[get("")]
pub async fn list(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(&ctx.state, ctx.asker(), &req, query, Rates).await
}
