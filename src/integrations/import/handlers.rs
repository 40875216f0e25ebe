//! Imports, over HTTP.
use actix_multipart::Multipart;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post, web};
use futures_util::stream;
use utoipa_actix_web::service_config::ServiceConfig;

use super::dto::{Import, ImportForm};
use super::{report, service, upload};
use crate::identity::Ctx;
use crate::integrations::jobs::{Job, id_of};
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::{Effect, Query, reply, write};

/// The addresses under `/imports`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create).service(read).service(errors);
}

/// Import a CSV file of products, customers, users or orders; a job does it, row by row, under the same rules as single requests.
#[utoipa::path(operation_id = "imports_create", tag = "imports", extensions(("x-permission" = json!("imports.create"))),
    params(("validate_only" = Option<bool>, Query, description = "Only tell what would be refused; nothing is stored.")),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 202, description = "Taken; the job does it.", body = Job, headers(("Location" = String, description = "Where the job is.")))))]
#[post("")]
pub async fn create(ctx: Ctx, req: HttpRequest, query: Query, form: Multipart) -> Result<HttpResponse, Problem> {
    let (upload, act) = (upload::read(form, ctx.state.config.deadlines).await?, ctx.act.clone());
    let mapping = upload.mapping.clone();
    let custom = ctx.state.db.read(move |c| service::custom(c, &act.caller, mapping.as_ref())).await?;
    let plan = service::plan(upload, &custom, query.flag("validate_only")?)?;
    // The boundary of a form differs from one sending to the next, its parts do not.
    req.extensions_mut().insert(plan.fingerprint());
    let (mut plan, act, locale) = (Some(plan), ctx.act.clone(), ctx.locale);
    let done = write::commit(&ctx.state, ctx.user(), &req, move |tx| {
        let id = service::id();
        let (_, job) = service::create(tx, &act, &mut plan, id, false)?;
        Effect::accepted(format!("/api/v1/jobs/{id}"), &Job::of(job, locale))
    });
    let done = done.await;
    ctx.state.jobs.ring();
    done
}

/// Read how far an import is and what its rows came to.
#[utoipa::path(operation_id = "imports_read", tag = "imports", extensions(("x-permission" = json!("imports.read"))),
    params(("id" = Id, Path, description = "The import's id, which is its job's.")), responses((status = 200, description = "The import.", body = Import)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let found = ctx.state.db.read(move |c| service::find(c, id)).await?;
    let import = Import::of(found, ctx.locale);
    reply::record(&req, StatusCode::OK, import.updated_at.0, &import)
}

/// Get the refused rows as CSV, with what is wrong behind each; corrected, the file can be sent again as it is.
#[utoipa::path(operation_id = "imports_errors", tag = "imports", extensions(("x-permission" = json!("imports.read"))),
    params(("id" = Id, Path, description = "The import's id, which is its job's.")),
    responses((status = 200, description = "The refused rows.", body = String, content_type = "text/csv")))]
#[get("/{id}/errors")]
pub async fn errors(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let (db, locale) = (ctx.state.db.clone(), ctx.locale);
    let beginning = db.read(move |c| report::beginning(c, id)).await?;
    // In parts, so that any number of rows takes little memory; a failure mid-way breaks the transfer off.
    let parts = stream::unfold(Some(0), move |after| {
        let db = db.clone();
        async move {
            let after = after?;
            let part = db.read(move |c| report::part(c, id, after, locale)).await;
            let next = part.as_ref().ok().and_then(|part| part.after);
            Some((part.map(|part| Bytes::from(part.bytes)), next))
        }
    });
    let first = stream::once(std::future::ready(Ok(Bytes::from(beginning))));
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_LANGUAGE, ctx.locale.as_str()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"import-{id}-errors.csv\"")))
        .streaming(futures_util::StreamExt::chain(first, parts)))
}
