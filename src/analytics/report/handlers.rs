//! The report, over HTTP.
use actix_web::http::header;
use actix_web::{HttpResponse, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{html, report as composed};
use crate::analytics::handlers::asked;
use crate::analytics::summary::Period;
use crate::analytics::summary::handlers::{SummaryParameters, which};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::Query;

/// See a page for a team's meeting, ready to print: the summary of the period, five charts and the orders to talk about.
#[utoipa::path(operation_id = "analytics_report", tag = "analytics", extensions(("x-permission" = json!("analytics.read")), ("x-custom-filters" = json!(true))), params(SummaryParameters), responses((status = 200, description = "An HTML page without script, in the caller's language.", body = String, content_type = "text/html")))]
#[get("/report")]
pub async fn report(ctx: Ctx, query: Query) -> Result<HttpResponse, Problem> {
    let (which, rest) = which(&query, Period::Week)?;
    let (desk, asker, act, locale) = (ctx.state.desk.clone(), ctx.asker(), ctx.act.clone(), ctx.locale);
    let done = ctx.state.db.question(move |c| {
        let (ask, _) = asked(c, &*desk, &asker, &act, &rest)?;
        composed(c, &act, &ask, which, locale)
    });
    let page = html::page(&done.await?, locale);
    let policy = format!("default-src 'none'; style-src 'sha256-{}'; frame-ancestors 'none'", STANDARD.encode(Sha256::digest(html::STYLE)));
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(page))
}
