//! Exchange rates, as far as they change orders.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put};

use crate::identity::Ctx;
use crate::orders::service::put_rates;
use crate::platform::problem::Problem;
use crate::platform::web::{Body, Effect};
use crate::rates::{PutRates, RatesInput};

/// Keep up to 500 exchange rates by currency and day; open orders follow, closed ones keep theirs but for those that had none.
#[utoipa::path(operation_id = "settings_put_exchange_rates", tag = "settings", extensions(("x-permission" = json!("settings.edit"))), request_body = RatesInput,
    responses((status = 200, description = "What has changed; the same again changes nothing.", body = PutRates)))]
#[put("")]
pub async fn put(ctx: Ctx, req: HttpRequest, body: Body<RatesInput>) -> Result<HttpResponse, Problem> {
    ctx.perform(&req, move |tx, act| Effect::json(StatusCode::OK, &put_rates(tx, act, body.0.clone())?)).await
}
