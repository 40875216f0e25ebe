//! The questions of why, how long and where, over HTTP.
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_actix_web::service_config::ServiceConfig;

use super::customers::whole;
use super::{AmountParameters, Parameters, answer};
use crate::analytics::dto::reasons::{DelayFigures, Reasons};
use crate::analytics::dto::time::{StuckOrders, Times};
use crate::analytics::stuck::Bounds;
use crate::analytics::{delays, reasons, stuck, time};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::Query;

/// The operations of this file.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(why).service(delayed).service(how_long).service(stuck_orders);
}

/// What is timed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct Measured {
    /// What is timed: stage, status, review, entry_to_won, with commas between them; all of them without it.
    #[param(max_length = 60, example = "stage,entry_to_won")]
    pub measure: Option<String>,
}

/// The parameters of an analysis, and what is timed.
pub struct TimeParameters;
impl IntoParams for TimeParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Measured::into_params(&place).into_iter().chain(Parameters::into_params(&place)).collect()
    }
}

/// How far beyond the usual, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct Beyond {
    /// How many times as long as usual it must be: a decimal number from 1 to 1000, 2 without it.
    #[param(max_length = 20, example = "2")]
    pub factor: Option<String>,
    /// How many are shown: 50, and 200 at most.
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<i64>,
}

/// The filters of an analysis without groups and window, and how far beyond the usual.
pub struct StuckParameters;
impl IntoParams for StuckParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let without = |parameter: &Parameter| !NOT_OF_STUCK.contains(&parameter.name.as_str());
        Beyond::into_params(&place).into_iter().chain(AmountParameters::into_params(&place).into_iter().filter(without)).collect()
    }
}
const NOT_OF_STUCK: [&str; 4] = ["group_by", "from", "to", "basis"];

/// See why orders were lost and cancelled: by reason, with what they were worth.
#[utoipa::path(operation_id = "analytics_reasons", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(AmountParameters), responses((status = 200, description = "One row a group, reason and currency, at most 10,000; each tells where its orders are listed.", body = Reasons)))]
#[get("/reasons")]
pub async fn why(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "reasons", reasons::reasons).await
}

/// See why orders slipped: recorded delays by side and reason, days, and how often expected close dates were pushed.
#[utoipa::path(operation_id = "analytics_delays", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(Parameters), responses((status = 200, description = "One row a group, side and reason, at most 10,000; each tells where its orders are listed.", body = DelayFigures)))]
#[get("/delays")]
pub async fn delayed(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "delays", delays::delays).await
}

/// See how long orders took: in stages, in statuses, in review, from entry to won, in all or by dimension.
#[utoipa::path(operation_id = "analytics_time", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(TimeParameters), responses((status = 200, description = "One row a group, measure and state, at most 10,000; each tells where the orders of its group are listed.", body = Times)))]
#[get("/time")]
pub async fn how_long(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let measures = time::measures(&query)?;
    answer(ctx, &req, query.only(|name| name != "measure"), "time", move |c, act, ask, locale| time::time(c, act, ask, &measures, locale)).await
}

/// See which open orders are stuck: far longer in their stage than is usual, worst first, with what happened to them last.
#[utoipa::path(operation_id = "analytics_stuck", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(StuckParameters), responses((status = 200, description = "The orders, at most 200, and what is usual.", body = StuckOrders)))]
#[get("/stuck")]
pub async fn stuck_orders(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let bounds = Bounds::parse(&query)?;
    let query = query.only(|name| !matches!(name, "factor" | "limit"));
    whole(ctx, &req, query, move |c, act, ask, locale| stuck::stuck(c, act, ask, bounds, locale)).await
}
