//! What the standards come to, over HTTP.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Compliance, Form, Published, RecordView, TrialInput, Trials};
use super::{figures, service};
use crate::identity::Ctx;
use crate::platform::problem::Problem;
use crate::platform::web::list::Paged;
use crate::platform::web::{Body, Effect, IfMatch, Query, reply, write};
use crate::standards::definition::StandardInput;
use crate::standards::entity::Entity;
use crate::standards::handlers::entity_of;
use crate::standards::service::{current, publish};

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(put_one).service(validate).service(compliance).service(compliance_records).service(form);
}

/// Publish a standard as the next version; what cannot hold is refused, all at once, and records that are there are never blocked by it.
#[utoipa::path(operation_id = "standards_put", tag = "standards", extensions(("x-permission" = json!("standards.edit"))),
    params(("entity" = inline(Entity), Path, description = "What it is for."), ("If-Match" = Option<String>, Header, description = "The ETag that was last read, or `*`.", max_length = 200)),
    request_body = StandardInput,
    responses((status = 200, description = "The standard in its new version; with `validate_only` also how today's open records would stand to it.", body = Published,
        headers(("ETag" = String, description = "Its version.")))))]
#[put("/{entity}")]
pub async fn put_one(ctx: Ctx, req: HttpRequest, path: web::Path<String>, if_match: IfMatch, body: Body<StandardInput>) -> Result<HttpResponse, Problem> {
    let entity = entity_of(&path)?;
    if write::is_rehearsal(&req)? {
        let standard = service::rehearse(&ctx.state, &ctx.act, entity, if_match, body.0).await?;
        let figures = figures::measure(&ctx.state, &ctx.act, entity, standard.clone(), false, ctx.locale).await?;
        return reply::json(StatusCode::OK, &Published { standard, compliance: Some(figures) });
    }
    ctx.perform(&req, move |tx, act| {
        let standard = publish(tx, act, entity, &if_match, body.0.clone())?;
        Effect::record(standard.version.into(), &Published { standard, compliance: None })
    })
    .await
}

/// Try up to 500 entries without storing any: what each breaks and which calls would refuse it, what would be filled in, what is still missing.
#[utoipa::path(operation_id = "standards_validate", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What they are.")), request_body = TrialInput,
    responses((status = 200, description = "What would become of each.", body = Trials)))]
#[post("/{entity}/validate")]
pub async fn validate(ctx: Ctx, path: web::Path<String>, body: Body<TrialInput>) -> Result<HttpResponse, Problem> {
    let entity = entity_of(&path)?;
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    reply::json(StatusCode::OK, &ctx.state.db.read(move |c| service::validate(c, &act, entity, &body.0, locale)).await?)
}

/// Read how many open records meet the standard in force, by rule, owner and team, each figure with the lists behind it.
#[utoipa::path(operation_id = "standards_compliance", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What they are.")),
    responses((status = 200, description = "The figures, as far as the caller sees the records.", body = Compliance)))]
#[get("/{entity}/compliance")]
pub async fn compliance(ctx: Ctx, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let entity = entity_of(&path)?;
    let standard = ctx.state.db.read(move |c| current(c, entity.as_str())).await?;
    reply::json(StatusCode::OK, &figures::measure(&ctx.state, &ctx.act, entity, (*standard).clone(), true, ctx.locale).await?)
}

/// List open records and which rules of the standard in force each breaks, the oldest first; a page may hold fewer than `limit` and go on all the same.
#[utoipa::path(operation_id = "standards_compliance_records", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What they are."),
        ("rule" = Option<String>, Query, description = "Only those that break the rule of this id.", max_length = 100, example = "title_length"),
        ("meets" = Option<bool>, Query, description = "Only those that meet the standard, or only those that do not."),
        ("owner" = Option<String>, Query, description = "Only those of any of these users; also `owner[ne]`. Products have no owner.", max_length = 4000),
        ("team" = Option<String>, Query, description = "Only those of any of these teams; also `team[ne]`, `team[null]`.", max_length = 4000),
        ("limit" = Option<usize>, Query, description = "How many to answer at most.", minimum = 1, maximum = 200),
        ("cursor" = Option<String>, Query, description = "Where to go on: `page.next_cursor` of the page before.", max_length = 4000)),
    responses((status = 200, description = "A page of records.", body = Paged<RecordView>)))]
#[get("/{entity}/compliance/records")]
pub async fn compliance_records(ctx: Ctx, path: web::Path<String>, query: Query) -> Result<HttpResponse, Problem> {
    let (page, next) = figures::records(&ctx.state, &ctx.act, entity_of(&path)?, &query).await?;
    Ok(reply::list(reply::text(&page, page.data.len())?, next))
}

/// Read a form to enter a record by, as JSON Schema with hints: fields in order, labels, limits, choices and help in your language.
#[utoipa::path(operation_id = "standards_form", tag = "standards", extensions(("x-permission" = json!("standards.read"))),
    params(("entity" = inline(Entity), Path, description = "What is to be entered.")),
    responses((status = 200, description = "The form.", body = Form)))]
#[get("/{entity}/form")]
pub async fn form(ctx: Ctx, req: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let entity = entity_of(&path)?;
    let (act, locale) = (ctx.act.clone(), ctx.locale);
    let form = ctx.state.db.read(move |c| service::form(c, &act, entity, locale)).await?;
    reply::record(&req, StatusCode::OK, form.standard_version.into(), &form)
}
