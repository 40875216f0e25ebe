//! The analysis, over HTTP.
mod customers;
mod measures;
mod people;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::TableShape;
use super::dto::{Conversion, Funnel, Revenue, Review};
use super::outlook::handlers as outlook;
use super::pictures::{Look, Pictured};
use super::question::Ask;
use super::{report, summary};
use crate::identity::{Act, Ctx};
use crate::orders::list::ORDERS;
use crate::platform::chart;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::list::{Asker, Desk};
use crate::platform::web::table::{self, Form, Options, Table};
use crate::platform::web::{Query, list, reply, representation};
use crate::standards::custom::defined::visible;
use crate::standards::definition::CustomField;
use crate::standards::entity::Entity;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(summary::handlers::summary)
        .service(report::handlers::report)
        .service(conversion)
        .service(revenue)
        .service(review)
        .service(funnel)
        .service(outlook::trend)
        .service(outlook::accuracy)
        .configure(measures::routes)
        .configure(customers::routes)
        .configure(people::routes);
}

/// What can be asked; each question documents itself by this.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// One dimension or two with a comma between them: product, category, industry, region, source, intent_level, value_tier, owner, team, month, quarter, year, weekday, stage, status, customer, tag (an order counts once for each that it has), reason, broken_rule, or `custom.<key>` of a field of the standard that is of one choice or of yes and no. Without it one total.
    #[param(max_length = 120, example = "product,quarter")]
    pub group_by: Option<String>,
    /// The first day that counts, or one seen from today such as `-30d`, `this_year`. Without a window, all time.
    #[param(max_length = 40, example = "2017-01-01")]
    pub from: Option<String>,
    /// The first day that no longer counts.
    #[param(max_length = 40, example = "2018-01-01")]
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

/// The parameters of an analysis: its own, and every filter of the order list.
pub struct Parameters;
impl IntoParams for Parameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = Asked::into_params(place);
        let filters = |name: &str| ["filter", "view"].contains(&name) || ORDERS.fields.iter().any(|field| field.name == name);
        let more: Vec<_> = list::parameters(&ORDERS).into_iter().filter(|p| filters(&p.name) && all.iter().all(|own| own.name != p.name)).collect();
        all.extend(more);
        all
    }
}

/// How amounts of several currencies are told in one.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Converted {
    /// Tells all amounts in one currency, converted exactly and rounded half away from zero once an order (by product and category once an order and group): `order` at the rate of the day of entry; `close` at that of the day of closing, and while it is open at that of the entry; `today` at the last one. For closed orders `order` and `close` know only rates that were recorded before they closed, or the first ones where there were none, so that a new rate changes no past month.
    #[param(max_length = 10, example = "close")]
    pub rate_basis: Option<String>,
    /// With `rate_basis`: the currency to tell amounts in; without it the base currency of the organisation. It then chooses among no orders. Without `rate_basis`: only orders of any of these currencies, and each currency stays apart.
    #[param(max_length = 5000, example = "CNY")]
    pub currency: Option<String>,
}

/// The parameters of an analysis of amounts.
pub struct AmountParameters;
impl IntoParams for AmountParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let own = Converted::into_params(&place);
        let others = Parameters::into_params(&place).into_iter().filter(|parameter| own.iter().all(|one| one.name != parameter.name));
        others.chain(Converted::into_params(&place)).collect()
    }
}

/// The parameters of the revenue: of amounts, as facts have them.
pub struct RevenueParameters;
impl IntoParams for RevenueParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = AmountParameters::into_params(&place);
        all.extend(Recorded::into_params(&place));
        all.extend(Compared::into_params(&place));
        all
    }
}

/// What can be asked besides where facts are counted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Recorded {
    /// As the orders stood at a moment, or at the end of a day or period: `2026-06-30T18:00:00Z`, `2026-06-30`, `-7d`, `last_month`. What was recorded later, exchange rates included, does not count; rights and labels are today's, and no row tells where its orders are listed. Filters and dimensions of which the past is not kept are refused.
    #[param(max_length = 60, example = "2026-06-30")]
    pub as_of: Option<String>,
}

/// What can be asked besides of groups in a window.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Compared {
    /// Holds each row against the window before (`previous`: as long, in months where it is one of whole months) or a year before (`last_year`). The nth month, quarter or year of the one is held against the nth of the other. Needs `from` and `to`.
    #[param(max_length = 10, example = "previous")]
    pub compare: Option<String>,
    /// So many groups of the first dimension stand for themselves, those with most orders or, in each currency (with `rate_basis` in the one that is told), most revenue; all others are one with the key `rest`, in which each order counts once.
    #[param(minimum = 1, maximum = 1000, example = 10)]
    pub top: Option<u32>,
}

/// The parameters of a question that facts answer.
pub struct CountedParameters;
impl IntoParams for CountedParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = Parameters::into_params(&place);
        all.extend(Recorded::into_params(&place));
        all.extend(Compared::into_params(&place));
        all
    }
}

/// The same, where the day of the first submission alone decides.
pub struct ReviewParameters;
impl IntoParams for ReviewParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Parameters::into_params(place).into_iter().filter(|parameter| parameter.name != "basis").collect()
    }
}

/// What can be asked of the funnel alone.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Followed {
    /// One dimension: product, category, industry, region, source, intent_level, value_tier, owner, team, stage, status, customer, tag, reason, broken_rule, or `custom.<key>` of a field of the standard that is of one choice or of yes and no, as the orders have it. Without it one funnel.
    #[param(max_length = 120, example = "source")]
    pub group_by: Option<String>,
    /// `cohort` (default): the orders that were entered in the window, whenever they came to the other steps. `period`: of each step those that entered it in the window.
    #[param(max_length = 10, example = "cohort")]
    pub mode: Option<String>,
}

/// The parameters of the funnel: one dimension, and no basis, for each step has a time of its own.
pub struct FunnelParameters;
impl IntoParams for FunnelParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all: Vec<_> = ReviewParameters::into_params(&place).into_iter().filter(|parameter| parameter.name != "group_by").collect();
        all.extend(Recorded::into_params(&place));
        all.extend(Followed::into_params(&place));
        all
    }
}

/// See what became of orders: how many were won, lost, cancelled or expired, and the rates, in all or by dimension.
#[utoipa::path(operation_id = "analytics_conversion", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(CountedParameters), responses((status = 200, description = "One row a group, at most 10,000; each tells where its orders are listed.", body = Conversion)))]
#[get("/conversion")]
pub async fn conversion(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "conversion", super::conversion::conversion).await
}

/// See what won orders are worth, in all or by dimension, each currency for itself or all told in one.
#[utoipa::path(operation_id = "analytics_revenue", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(RevenueParameters), responses((status = 200, description = "One row a group and currency, at most 10,000; each tells where its orders are listed.", body = Revenue)))]
#[get("/revenue")]
pub async fn revenue(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "revenue", super::revenue::revenue).await
}

/// See how reviews went: rounds, decisions, first-pass rate, waiting times and what was overdue, of the orders first submitted in the window.
#[utoipa::path(operation_id = "analytics_review", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(ReviewParameters), responses((status = 200, description = "One row a group, at most 10,000; each tells where its orders are listed.", body = Review)))]
#[get("/review")]
pub async fn review(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "review", super::review::review).await
}

/// See how far orders get: of those that entered each step how many moved on, fell out or are still there, from entry over review and stages to won.
#[utoipa::path(operation_id = "analytics_funnel", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(FunnelParameters), responses((status = 200, description = "One row a group and step, at most 10,000.", body = Funnel)))]
#[get("/funnel")]
pub async fn funnel(ctx: Ctx, req: HttpRequest, query: Query) -> Result<HttpResponse, Problem> {
    answer(ctx, &req, query, "funnel", super::funnel::funnel).await
}

/// The fields that the company defines, where a question may speak of one.
fn custom(c: &mut AnyConnection, act: &Act, query: &Query) -> Result<Vec<CustomField>, Problem> {
    let grouped = query.get("group_by").is_some_and(|names| names.contains(list::DEFINED));
    if grouped || list::speaks_of_defined(query) { visible(c, &act.caller, Entity::Orders) } else { Ok(Vec::new()) }
}

/// Reads a question, as far as the caller may ask it, with the fields that the company defines.
pub fn asked(c: &mut AnyConnection, desk: &dyn Desk, asker: &Asker, act: &Act, query: &Query) -> Result<(Ask, Vec<CustomField>), Problem> {
    let (surroundings, view) = list::consulted(c, desk, asker, query, ORDERS.entity)?;
    let custom = custom(c, act, query)?;
    Ok((Ask::parse(query, surroundings, view, &custom)?, custom))
}

/// The text of an answer: as it is, or as a picture. It is made where the question is asked, for others wait where it is sent.
pub enum Shown {
    Whole(Vec<u8>),
    Picture(String),
}

impl Shown {
    /// As a picture where it is looked at.
    pub fn of(found: &(impl Serialize + Pictured), look: Option<Look<'_>>) -> Result<Self, Problem> {
        Ok(match look {
            Some(look) => Self::Picture(found.picture(look).svg()),
            None => Self::Whole(reply::text(found, 0)?),
        })
    }

    /// Sends it.
    pub fn reply(self, locale: Locale) -> HttpResponse {
        match self {
            Self::Whole(text) => reply::ready(StatusCode::OK, text),
            Self::Picture(svg) => HttpResponse::Ok().content_type(chart::MEDIA_TYPE).insert_header((header::CONTENT_LANGUAGE, locale.as_str())).body(svg),
        }
    }
}

/// Whether a caller takes a picture of what is no table.
pub fn is_drawn(req: &HttpRequest) -> bool {
    representation::wanted(req, &[chart::MEDIA_TYPE]).is_some()
}

/// Answers an analysis in the representation that the caller takes.
pub(super) async fn answer<T: Serialize + TableShape + Pictured + Send + 'static>(
    ctx: Ctx,
    req: &HttpRequest,
    query: Query,
    name: &str,
    use_case: impl Fn(&mut AnyConnection, &Act, &Ask, Locale) -> Result<T, Problem> + Clone + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let (asker, desk) = (ctx.asker(), ctx.state.desk.clone());
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    let offers = [Form::Csv.media_type(), Form::Ndjson.media_type(), Form::Xlsx.media_type(), chart::MEDIA_TYPE];
    let wanted = representation::wanted(req, &offers);
    let options = wanted.and_then(Form::named).map(|form| Options::parse(&query, form)).transpose()?;
    if options.is_none() {
        table::refuse_options(&query)?;
    }
    let Some(options) = options else {
        let drawn = wanted.is_some();
        let done = ctx.state.db.question(move |c| {
            let (ask, custom) = asked(c, &*desk, &asker, &act, &query)?;
            let found = use_case(c, &act, &ask, locale)?;
            Shown::of(&found, drawn.then_some(Look { group_by: &ask.group_by, custom: &custom, locale }))
        });
        return Ok(done.await?.reply(locale));
    };
    let prepare = move |c: &mut AnyConnection| {
        let (ask, _) = asked(c, &*desk, &asker, &act, &query)?;
        let columns = table::chosen(&T::columns_of(&ask), ask.columns.as_deref())?;
        let mut rows: Vec<table::Row> = use_case(c, &act, &ask, locale)?.rows().into_iter().map(table::Row::Value).collect();
        Ok(Table { columns, rows: rows.len() as i64, next: Box::new(move |_| Ok(std::mem::take(&mut rows))) })
    };
    table::send(&ctx.state, name, options, prepare).await
}
