//! The question about people and teams, over HTTP.
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Shown, is_drawn};
use crate::analytics::convert::Conversion;
use crate::analytics::dto::people::People;
use crate::analytics::people::{self, Stretch};
use crate::analytics::pictures::Look;
use crate::analytics::question::amounts;
use crate::identity::Ctx;
use crate::orders::list::ORDERS;
use crate::platform::problem::Problem;
use crate::platform::web::{Query, list};

/// The operations of this file.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(who_did_what);
}

/// The stretch of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct PeopleParameters {
    /// The first day that counts, or one seen from today such as `-30d`, `this_year`; this month without a window.
    #[param(max_length = 40, example = "2027-03-01")]
    pub from: Option<String>,
    /// The first day that no longer counts; a month behind `from` without it.
    #[param(max_length = 40, example = "2027-04-01")]
    pub to: Option<String>,
    /// The IANA time zone whose days are meant; without it the user's, else the organisation's. It never shifts a day of closing.
    #[param(max_length = 60, example = "Asia/Shanghai")]
    pub tz: Option<String>,
    /// Tells all amounts in one currency, and what was won of a target in that of the target: `order` at the rate of the day of entry; `close` at that of the day of closing, and while an order is open at that of the entry; `today` at the last one.
    #[param(max_length = 10, example = "close")]
    pub rate_basis: Option<String>,
    /// The currency to tell amounts in, where `rate_basis` says by which rates; without it the base currency of the organisation.
    #[param(max_length = 3, example = "CNY")]
    pub currency: Option<String>,
}

/// See what people and teams did, against their targets. Reps see themselves and their team's totals, leads also their members.
#[utoipa::path(operation_id = "analytics_people", tag = "analytics", extensions(("x-permission" = json!("analytics.read"))), params(PeopleParameters), responses((status = 200, description = "A row for each person and each team that you may see.", body = People)))]
#[get("/people")]
pub async fn who_did_what(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    let (asker, desk, act, locale, drawn) = (ctx.asker(), ctx.state.desk.clone(), ctx.act.clone(), ctx.locale, is_drawn(&req));
    let found = ctx.state.db.question(move |c| {
        let (surroundings, _) = list::consulted(c, &*desk, &asker, &query, ORDERS.entity)?;
        let conversion = Conversion::asked(c, amounts(&query)?.as_ref(), act.now, None)?;
        let found = people::people(c, &act, Stretch::parse(&query, &surroundings)?, conversion.as_ref())?;
        Shown::of(&found, drawn.then_some(Look { group_by: &[], custom: &[], locale }))
    });
    Ok(found.await?.reply(locale))
}
