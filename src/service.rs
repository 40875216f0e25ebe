//! The addresses at the root: alive, ready, version, and where each kind of problem is described.
use std::sync::atomic::Ordering;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, Responder, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::platform::db::{migrate, work};
use crate::platform::problem::{Code, Problem};
use crate::platform::state::State;
use crate::platform::web::{Language, reply};

/// A word on how the service is.
#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(max_length = 20, example = "ok")]
    status: &'static str,
}

/// Which program answers.
#[derive(Serialize, ToSchema)]
struct Version {
    #[schema(max_length = 60, example = "intent-orders")]
    name: &'static str,
    #[schema(max_length = 60, example = "0.1.0")]
    version: &'static str,
}

/// Whether the process answers at all.
#[utoipa::path(operation_id = "service_live", tag = "service", extensions(("x-permission" = json!("public"))), responses((status = 200, description = "It does.", body = Health)))]
#[get("/livez")]
pub async fn live() -> impl Responder {
    reply::json(StatusCode::OK, &Health { status: "ok" })
}

/// Whether it takes work: the database accepts writes and has all its tables, and the service is not shutting down.
#[utoipa::path(operation_id = "service_ready", tag = "service", extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "It does.", body = Health), (status = 503, description = "Not now.", body = crate::platform::problem::ProblemView, content_type = "application/problem+json")))]
#[get("/readyz")]
pub async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if state.draining.load(Ordering::Relaxed) {
        return Err(Problem::new(Code::Draining));
    }
    // In a write, for looking at migrations may make their table.
    let current = state.db.write(|tx| work::probe(tx).map(|()| migrate::is_current(tx))).await;
    // Nobody wants to know what became of the probe itself.
    let current = current.map_err(|fault| if fault.code() == Code::OutcomeUnknown { Problem::new(Code::Unavailable) } else { fault })?;
    if !current {
        return Err(Problem::new(Code::Unavailable));
    }
    reply::json(StatusCode::OK, &Health { status: "ok" })
}

/// Which version runs.
#[utoipa::path(operation_id = "service_version", tag = "service", extensions(("x-permission" = json!("public"))), responses((status = 200, description = "Name and version.", body = Version)))]
#[get("/version")]
pub async fn version() -> impl Responder {
    reply::json(StatusCode::OK, &Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })
}

/// Describes a kind of problem: where the `type` of a problem document leads.
#[utoipa::path(operation_id = "service_problem", tag = "service", extensions(("x-permission" = json!("public"))),
    params(("code" = String, Path, description = "The problem's code.", max_length = 60)), responses((status = 200, description = "What it means.", body = ProblemKind)))]
#[get("/problems/{code}")]
pub async fn problem(code: web::Path<String>, language: Language) -> Result<HttpResponse, Problem> {
    let code = Code::ALL.iter().find(|c| c.as_str() == code.as_str()).ok_or_else(Problem::not_found)?;
    let (title, detail) = code.texts(language.0);
    reply::json(StatusCode::OK, &ProblemKind { code: code.as_str(), status: code.status().as_u16(), title, detail })
}

/// A kind of problem.
#[derive(Serialize, ToSchema)]
struct ProblemKind {
    #[schema(max_length = 60, example = "stale")]
    code: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    #[schema(max_length = 200)]
    title: &'static str,
    /// Names in braces stand for the particulars of a case.
    #[schema(max_length = 2000)]
    detail: &'static str,
}
