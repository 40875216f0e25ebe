//! Long work over HTTP: how far it is, and stopping it. What is worked on tells more at its own address.
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::identity::Ctx;
use crate::integrations::import;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::jobs::{self, JobRow, JobState};
use crate::platform::problem::{Code, Locale, Problem};
use crate::platform::web::reply;

/// A piece of long work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    pub id: Id,
    /// What kind of work; the record it works on has the job's id.
    #[schema(max_length = 50, example = "import")]
    pub kind: String,
    /// queued, running, done, failed or cancelled.
    #[schema(max_length = 20, example = "running")]
    pub state: String,
    /// How much is done.
    #[schema(minimum = 0)]
    pub done: i64,
    /// How much there is to do; null until it is known.
    #[schema(minimum = 0)]
    pub total: Option<i64>,
    /// What came of it, once it has ended.
    #[schema(value_type = Option<Object>)]
    pub result: Option<serde_json::Value>,
    /// Why it failed, if it did.
    pub error: Option<JobError>,
    /// Whether somebody has asked it to stop.
    pub cancel: bool,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// Why a job failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobError {
    /// Stable code, as in problems.
    #[schema(max_length = 60, example = "internal")]
    pub code: String,
    #[schema(max_length = 2000)]
    pub detail: String,
}

impl JobError {
    /// The words for a stored code.
    #[must_use]
    pub fn of(code: &str, locale: Locale) -> Self {
        let title = Code::ALL.iter().find(|c| c.as_str() == code).map(|c| c.texts(locale).0);
        Self { code: code.to_owned(), detail: title.unwrap_or_default().to_owned() }
    }
}

impl Job {
    /// A job as it is shown in a language.
    #[must_use]
    pub fn of(row: JobRow, locale: Locale) -> Self {
        let JobRow { id, kind, state, done, total, result, error, cancel: cancelled, created_at, updated_at, .. } = row;
        let error = error.map(|code| JobError::of(&code, locale));
        Self { id, kind, state, done, total, result: result.map(|json| json.0), error, cancel: cancelled, created_at, updated_at }
    }
}

/// The id of an address; what is none names nothing.
pub fn id_of(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(Problem::not_found)
}

/// The addresses under `/jobs`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read).service(cancel);
}

/// Read how far a job is.
#[utoipa::path(operation_id = "jobs_read", tag = "jobs", extensions(("x-permission" = json!("jobs.read"))),
    params(("id" = Id, Path, description = "The job's id.")), responses((status = 200, description = "The job.", body = Job)))]
#[get("/{id}")]
pub async fn read(ctx: Ctx, req: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let row = ctx.state.db.read(move |c| jobs::find(c, id)).await?;
    // It has no version that a write could ask for: the time of its last step stands in the tag.
    reply::record(&req, StatusCode::OK, row.updated_at.0, &Job::of(row, ctx.locale))
}

/// Cancel a job: one that waits ends at once, one that runs ends after the rows in hand; what is stored by then stays.
#[utoipa::path(operation_id = "jobs_cancel", tag = "jobs", extensions(("x-permission" = json!("imports.create"))),
    params(("id" = Id, Path, description = "The job's id.")),
    responses((status = 204, description = "It has ended, or will at once."),
        (status = 409, description = "It had ended before.", body = crate::platform::problem::ProblemView, content_type = "application/problem+json")))]
#[delete("/{id}")]
pub async fn cancel(ctx: Ctx, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (id, now) = (id_of(&id)?, ctx.act.now);
    let cancel = move |tx: &mut AnyConnection| {
        jobs::cancel(tx, id, now)?;
        // One that waited has ended, and nobody else will clear up behind it.
        if jobs::find(tx, id)?.state == JobState::Cancelled.as_str() { import::drop_file(tx, id) } else { Ok(()) }
    };
    ctx.state.db.write(cancel).await?;
    Ok(HttpResponse::NoContent().finish())
}
