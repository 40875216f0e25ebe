//! The analysis, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Conversion, Revenue};
use super::question::Ask;
use super::service::{self, Settings};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::{Query, reply};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(conversion).service(revenue);
}

/// What can be asked; each question documents itself by this.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// One dimension or two with a comma between them: product, category, industry, region, source, intent_level, value_tier, owner, team, month, quarter, year. Without it one total.
    #[param(max_length = 40, example = "product,quarter")]
    pub group_by: Option<String>,
    /// The first day that counts. Without a window, all time.
    #[param(max_length = 10, format = Date, example = "2017-01-01")]
    pub from: Option<String>,
    /// The first day that no longer counts.
    #[param(max_length = 10, format = Date, example = "2018-01-01")]
    pub to: Option<String>,
    /// The IANA time zone whose days are meant; without it the user's, else the organisation's. It never shifts a day of closing.
    #[param(max_length = 60, example = "Asia/Shanghai")]
    pub tz: Option<String>,
    /// `closed` (default): orders closed in the window, by `closed_on`. `created`: orders first submitted in the window.
    #[param(max_length = 10, example = "closed")]
    pub basis: Option<String>,
    /// Only orders in any of these statuses; also `status[ne]`.
    #[param(max_length = 200, example = "won,lost")]
    pub status: Option<String>,
    /// Only orders that count for any of these users: closed ones for the owner of their closing. Also `owner[ne]`. A rep names only themself.
    #[param(max_length = 4000, example = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e")]
    pub owner: Option<String>,
    /// Only orders that count for any of these teams; also `team[ne]`, `team[null]`.
    #[param(max_length = 4000, example = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e")]
    pub team: Option<String>,
    /// Only orders of any of these customers; also `customer[ne]`, `customer[null]`.
    #[param(max_length = 4000, example = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e")]
    pub customer: Option<String>,
    /// Only orders with a line of any of these products and, by product or category, only these lines; also `product[ne]`, `product[null]`.
    #[param(max_length = 4000, example = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e")]
    pub product: Option<String>,
}

/// See what became of orders: how many were won, lost, cancelled or expired, and the rates, in all or by dimension.
#[utoipa::path(operation_id = "analytics_conversion", tag = "analytics", extensions(("x-permission" = json!("analytics.read"))), params(Asked), responses((status = 200, description = "One row a group, at most 10,000; each tells where its orders are listed.", body = Conversion)))]
#[get("/conversion")]
pub async fn conversion(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let (ask, settings) = (Ask::parse(&query)?, settings(&ctx));
    let answer = ctx.state.db.read(move |c| service::conversion(c, &ctx.act, &ask, settings)).await?;
    reply::json(StatusCode::OK, &answer)
}

/// See what won orders are worth, in all or by dimension, each currency for itself.
#[utoipa::path(operation_id = "analytics_revenue", tag = "analytics", extensions(("x-permission" = json!("analytics.read"))), params(Asked), responses((status = 200, description = "One row a group and currency, at most 10,000; each tells where its orders are listed.", body = Revenue)))]
#[get("/revenue")]
pub async fn revenue(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let (ask, settings) = (Ask::parse(&query)?, settings(&ctx));
    let answer = ctx.state.db.read(move |c| service::revenue(c, &ctx.act, &ask, settings)).await?;
    reply::json(StatusCode::OK, &answer)
}

fn settings(ctx: &Ctx) -> Settings {
    Settings { locale: ctx.locale, zone: ctx.state.config.time_zone }
}
