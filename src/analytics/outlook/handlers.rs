//! Trend, forecast and its accuracy, over HTTP.
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::dto::{Accuracies, Trend};
use super::snapshots::accuracies;
use crate::analytics::dto::TableShape;
use crate::analytics::handlers::{AmountParameters, Shown, answer};
use crate::analytics::pictures::Look;
use crate::identity::Ctx;
use crate::orders::list::ORDERS;
use crate::platform::chart;
use crate::platform::db::AnyConnection;
use crate::platform::problem::Problem;
use crate::platform::web::table::{self, Form, Options, Table};
use crate::platform::web::{Query, list, representation};

/// How far is looked, back and ahead.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Looked {
    /// How long a period is: `month` (default), or `week`, which begins on Monday.
    #[param(max_length = 10, example = "month")]
    pub length: Option<String>,
    /// How many periods ahead, the running one the first: 1 to 12; without it 3.
    #[param(minimum = 1, maximum = 12, example = 3)]
    pub horizon: Option<u32>,
    /// A day in the first period of the history, or one seen from today such as `-365d`; without it 24 months or 52 weeks ago. Series learn from this history.
    #[param(max_length = 40, example = "2025-01-01")]
    pub from: Option<String>,
    /// Only `product`: each product for itself, in units and in money.
    #[param(max_length = 120, example = "product")]
    pub group_by: Option<String>,
    /// The IANA time zone whose day is today; without it the user's, else the organisation's.
    #[param(max_length = 60, example = "Asia/Shanghai")]
    pub tz: Option<String>,
}

/// The parameters of trend and forecast: their own, how amounts are converted, and every filter of the order list.
pub struct TrendParameters;
impl IntoParams for TrendParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = Looked::into_params(&place);
        let others = AmountParameters::into_params(&place);
        let more: Vec<_> = others.into_iter().filter(|p| !["basis", "to"].contains(&p.name.as_str()) && all.iter().all(|own| own.name != p.name)).collect();
        all.extend(more);
        all
    }
}

/// Which forecasts are compared.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Compared {
    /// A day in the first month that is compared, or one seen from today such as `-365d`; without it a year before `to`.
    #[param(max_length = 40, example = "2026-01-01")]
    pub from: Option<String>,
    /// A day in the first month that is no longer compared; without it, and at the latest, the running one.
    #[param(max_length = 40, example = "2026-11-01")]
    pub to: Option<String>,
    /// The forecasts of a team; without it those of all orders, or for a rep those of the own team.
    #[param(max_length = 36, example = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e")]
    pub team: Option<String>,
    /// The IANA time zone in which `-365d` is meant; without it the user's, else the organisation's.
    #[param(max_length = 60, example = "Asia/Shanghai")]
    pub tz: Option<String>,
}

/// See what was won month by month or week by week, and what is expected ahead: by open orders, weighted two ways, and by the series with its bands.
#[utoipa::path(operation_id = "analytics_trend", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(TrendParameters), responses((status = 200, description = "One row a period, group and currency, at most 10,000, in the order of time; open orders in no period ahead behind them.", body = Trend)))]
#[get("/trend")]
pub async fn trend(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "trend", super::trend::trend).await
}

/// See how far the forecasts that were kept each night were from what came, by method and by how many months ahead they were made.
#[utoipa::path(operation_id = "analytics_accuracy", tag = "analytics", extensions(("x-permission" = json!("analytics.read"))), params(Compared), responses((status = 200, description = "One row a currency, method and lead.", body = Accuracies)))]
#[get("/accuracy")]
pub async fn accuracy(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let (asker, desk, act) = (ctx.asker(), ctx.state.desk.clone(), ctx.act.clone());
    let compare = move |c: &mut AnyConnection, query: &Query| {
        let (surroundings, _) = list::consulted(c, &*desk, &asker, query, ORDERS.entity)?;
        accuracies(c, &act, query, surroundings)
    };
    let offers = [Form::Csv.media_type(), Form::Ndjson.media_type(), Form::Xlsx.media_type(), chart::MEDIA_TYPE];
    let wanted = representation::wanted(&req, &offers);
    let Some(form) = wanted.and_then(Form::named) else {
        table::refuse_options(&query)?;
        let (locale, drawn) = (ctx.locale, wanted.is_some());
        let look = Look { group_by: &[], custom: &[], locale };
        let done = ctx.state.db.question(move |c| Shown::of(&compare(c, &query)?, drawn.then_some(look)));
        return Ok(done.await?.reply(locale));
    };
    let options = Options::parse(&query, form)?;
    let prepare = move |c: &mut AnyConnection| {
        let named: Option<Vec<String>> = query.get("columns").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        let columns = table::chosen(&Accuracies::columns(&[]), named.as_deref())?;
        let mut rows: Vec<table::Row> = compare(c, &query)?.rows().into_iter().map(table::Row::Value).collect();
        Ok(Table { columns, rows: rows.len() as i64, next: Box::new(move |_| Ok(std::mem::take(&mut rows))) })
    };
    table::send(&ctx.state, "accuracy", options, prepare).await
}
