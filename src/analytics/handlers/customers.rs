//! The questions about customers and sources, over HTTP.
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_actix_web::service_config::ServiceConfig;

use super::measures::StuckParameters;
use super::{AmountParameters, Shown, asked, is_drawn};
use crate::analytics::dto::customers::{Churn, Customers, Sources};
use crate::analytics::pictures::{Look, Pictured};
use crate::analytics::question::Ask;
use crate::analytics::stuck::Bounds;
use crate::analytics::{churn, customers, sources};
use crate::identity::{Act, Ctx};
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::Query;

/// The operations of this file.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(who_buys).service(by_source).service(gone_quiet);
}

/// How many of the largest customers are shown.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct Largest {
    /// How many of the largest customers are shown in each currency: 10, and 100 at most.
    #[param(minimum = 1, maximum = 100, example = 10)]
    pub top: Option<i64>,
}

fn without(names: &'static [&'static str], place: &impl Fn() -> Option<ParameterIn>) -> impl Iterator<Item = Parameter> {
    AmountParameters::into_params(place).into_iter().filter(|parameter| !names.contains(&parameter.name.as_str()))
}

/// The filters and the window of an analysis of won orders, and how many customers are shown.
pub struct CustomerParameters;
impl IntoParams for CustomerParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Largest::into_params(&place).into_iter().chain(without(&["group_by", "basis"], &place)).collect()
    }
}

/// The filters and the window of an analysis by source.
pub struct SourceParameters;
impl IntoParams for SourceParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        without(&["group_by"], &place).collect()
    }
}

/// See who the customers are, how recently, how often and for how much they bought, and how much hangs on the largest.
#[utoipa::path(operation_id = "analytics_customers", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(CustomerParameters), responses((status = 200, description = "All customers by their words, and what they bought by currency.", body = Customers)))]
#[get("/customers")]
pub async fn who_buys(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let top = query.number("top", 10, 100)?;
    whole(ctx, &req, query.only(|name| name != "top"), move |c, act, ask, locale| customers::customers(c, act, ask, top, locale)).await
}

/// See what came of the orders of each source: how many, how they ended, what they earned.
#[utoipa::path(operation_id = "analytics_sources", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(SourceParameters), responses((status = 200, description = "One row a source; each tells where its orders are listed.", body = Sources)))]
#[get("/sources")]
pub async fn by_source(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    whole(ctx, &req, query, sources::sources).await
}

/// See which customers bought again and again and have gone quiet against their own rhythm, with why their last lost order was lost.
#[utoipa::path(operation_id = "analytics_churn", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(StuckParameters), responses((status = 200, description = "The customers, at most 200.", body = Churn)))]
#[get("/churn")]
pub async fn gone_quiet(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let bounds = Bounds::parse(&query)?;
    let query = query.only(|name| !matches!(name, "factor" | "limit"));
    whole(ctx, &req, query, move |c, act, ask, locale| churn::churn(c, act, ask, bounds, locale)).await
}

/// Answers an analysis that is no table, or a picture of it.
pub(super) async fn whole<T: Serialize + Pictured + Send + 'static>(
    ctx: Ctx,
    req: &HttpRequest,
    query: Query,
    use_case: impl Fn(&mut AnyConnection, &Act, &Ask, Locale) -> Result<T, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let (asker, desk, act, locale) = (ctx.asker(), ctx.state.desk.clone(), ctx.act.clone(), ctx.locale);
    let drawn = is_drawn(req);
    let found = ctx.state.db.question(move |c| {
        let (ask, custom) = asked(c, &*desk, &asker, &act, &query)?;
        let found = use_case(c, &act, &ask, locale)?;
        Shown::of(&found, drawn.then_some(Look { group_by: &[], custom: &custom, locale }))
    });
    Ok(found.await?.reply(locale))
}
