//! The summary, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::Period;
use super::dto::Summary;
use crate::analytics::handlers::{AmountParameters, asked};
use crate::analytics::question::Ask;
use crate::identity::Ctx;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::query::bad;
use crate::platform::web::values::parse_date;
use crate::platform::web::{Query, reply};

/// Which period is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// week (from Monday; meant where nothing is said of the report), month (meant where nothing is said of the summary), quarter or year: from its first day to the day, beside as many days of the one before.
    #[param(max_length = 10, example = "month")]
    pub period: Option<String>,
    /// The last day that counts; today without it.
    #[param(max_length = 10, example = "2026-11-25")]
    pub day: Option<String>,
}

/// The parameters of the summary: which period, and every filter of the order list.
pub struct SummaryParameters;
impl IntoParams for SummaryParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let others = AmountParameters::into_params(&place).into_iter().filter(|p| !["group_by", "from", "to", "basis"].contains(&p.name.as_str()));
        Which::into_params(&place).into_iter().chain(others).collect()
    }
}

/// Reads which period is meant, and what remains of the question.
pub fn which(query: &Query, default: Period) -> Result<((Period, Option<NaiveDate>), Query), Problem> {
    let known = || bad("period", Fault::from(FaultCode::NotOneOf).param("allowed", Period::WORDS.join(", ")));
    let period = query.get("period").map_or(Some(default), Period::parse).ok_or_else(known)?;
    let day = query.get("day").map(|text| parse_date(text).ok_or_else(|| bad("day", FaultCode::NotADay))).transpose()?;
    Ok(((period, day), query.only(|name| !["period", "day"].contains(&name))))
}

/// See the figures of a home screen: what came of the period beside the one before, what is open, and which orders need somebody.
#[utoipa::path(operation_id = "analytics_summary", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(SummaryParameters), responses((status = 200, description = "Figures of the orders that the caller sees, each with its list.", body = Summary)))]
#[get("/summary")]
pub async fn summary(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let (which, rest) = which(&query, Period::Month)?;
    let (desk, asker, act, locale) = (ctx.state.desk.clone(), ctx.asker(), ctx.act.clone(), ctx.locale);
    let done = ctx.state.db.question(move |c| {
        let (ask, _): (Ask, _) = asked(c, &*desk, &asker, &act, &rest)?;
        super::summary(c, &act, &ask, which, locale)
    });
    reply::json(StatusCode::OK, &done.await?)
}
