//! The numbers of this process as a monitoring system collects them, and who may.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};

use super::days::VERSION;
use crate::platform::config::Config;
use crate::platform::db::{UtcTime, dialect};
use crate::platform::jobs;
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::watch::metrics::CLASSES;
use crate::platform::watch::process;
use crate::platform::watch::text::{self, Exposition};
use crate::platform::web::operations::Operations;
use crate::platform::web::origin;
use crate::upkeep::backup::service as backup;

/// Microseconds that make a second.
const MICROS: u32 = 1_000_000;

/// Read the numbers of this instance for a monitoring system, in the text format of Prometheus.
#[utoipa::path(operation_id = "service_metrics", tag = "service", extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "The numbers.", body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub async fn read(req: HttpRequest, state: web::Data<State>, operations: web::Data<Operations>) -> Result<HttpResponse, Problem> {
    admit(&req, &state.config)?;
    let now = state.clock.now();
    // What the database does not tell now is left out; the rest is wanted all the more.
    let config = state.config.clone();
    let asked = state.db.read(move |c| Ok(Asked { size: dialect::size(c)?, jobs: jobs::waiting(c, now)?, last_backup: backup::last(&config) })).await.ok();
    Ok(HttpResponse::Ok().content_type(text::MEDIA_TYPE).body(told(&state, &operations, now, asked)))
}

/// Who has the token, where there is one. Without one, who asks from this machine itself, and not by way of a proxy: for where the service is known
/// under another address, or a field tells of one who passed the request on, everybody seems to ask from here.
fn admit(req: &HttpRequest, config: &Config) -> Result<(), Problem> {
    if let Some(token) = &config.metrics_token {
        let sent = req.headers().get(header::AUTHORIZATION).ok_or_else(|| Problem::new(Code::MissingToken))?;
        let sent = sent.to_str().ok().and_then(|v| v.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let same = sent.is_some_and(|(_, sent)| secrets::are_same(sent.trim(), token));
        return if same { Ok(()) } else { Err(Problem::new(Code::InvalidToken)) };
    }
    let near = req.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    if near && config.local_metrics && !origin::was_passed_on(req.headers()) { Ok(()) } else { Err(Problem::not_found()) }
}

/// What is asked when the numbers are read.
struct Asked {
    size: i64,
    jobs: (i64, Option<UtcTime>),
    last_backup: Option<UtcTime>,
}

fn told(state: &State, operations: &Operations, now: UtcTime, asked: Option<Asked>) -> String {
    let (metrics, load) = (&state.metrics, state.db.load());
    let mut out = Exposition::default();
    out.metric("intent_orders_info", "gauge", "The version of this instance.");
    out.sample("intent_orders_info", &format!("version=\"{VERSION}\",instance=\"{}\"", metrics.instance), 1);
    out.single("process_start_time_seconds", "gauge", "When it started, in seconds since 1970.", metrics.started_at.0 as f64 / f64::from(MICROS));
    out.single("intent_orders_uptime_seconds", "gauge", "For how long it has run.", metrics.uptime(state.clock.ticks()).as_secs_f64());
    if let Some(bytes) = process::memory() {
        out.single("process_resident_memory_bytes", "gauge", "Memory in use.", bytes);
    }
    requests(&mut out, state, operations);
    out.single("intent_orders_requests_in_flight", "gauge", "Requests that are being answered.", metrics.in_flight());
    let pool = "intent_orders_database_connections";
    out.metric(pool, "gauge", "Connections to the database: open, idle, and as many as there may be.");
    for (state, count) in [("open", load.connections), ("idle", load.idle), ("most", load.most)] {
        out.sample(pool, &format!("state=\"{state}\""), count);
    }
    let mut times = |name: &str, about: &str, seen| {
        out.metric(name, "histogram", about);
        out.histogram(name, "", seen, MICROS);
    };
    times("intent_orders_database_wait_seconds", "From asking for a connection to having it.", &load.waits);
    times("intent_orders_database_commit_seconds", "How long commits took.", &load.commits);
    if let Some(writer) = &load.writer {
        out.single("intent_orders_writer_queue", "gauge", "Units of work that the one writer has before it or in hand.", writer.queued);
        out.metric("intent_orders_writer_units", "histogram", "Units of work that one commit joined.");
        out.histogram("intent_orders_writer_units", "", &writer.units, 1);
    }
    if let Some(Asked { size, jobs: (waiting, since), last_backup }) = asked {
        out.single("intent_orders_database_size_bytes", "gauge", "Size of the database.", size);
        out.single("intent_orders_jobs_waiting", "gauge", "Jobs that wait to be done.", waiting);
        out.single("intent_orders_jobs_lag_seconds", "gauge", "How long the oldest of them has waited.", jobs::lag_seconds(since, now));
        if let Some(at) = last_backup {
            out.single("intent_orders_last_backup_timestamp_seconds", "gauge", "When the last good backup was made, in seconds since 1970.", at.0 / 1_000_000);
        }
    }
    out.finish()
}

/// Requests by operation; those that nobody asked for have no lines.
fn requests(out: &mut Exposition, state: &State, operations: &Operations) {
    let all = std::iter::once((0, "none")).chain(operations.iter().map(|operation| (operation.number, operation.id.as_str())));
    let seen: Vec<_> = all.map(|(number, id)| (text::label(id), state.metrics.of(number))).filter(|(_, counted)| counted.total() > 0).collect();
    out.metric("intent_orders_requests_total", "counter", "Requests by operation and class of status.");
    for (id, counted) in &seen {
        for (class, count) in CLASSES.iter().zip(counted.classes).filter(|(_, count)| *count > 0) {
            out.sample("intent_orders_requests_total", &format!("operation=\"{id}\",status=\"{class}\""), count);
        }
    }
    out.metric("intent_orders_request_seconds", "histogram", "How long requests took, to the head of the answer.");
    for (id, counted) in &seen {
        out.histogram("intent_orders_request_seconds", &format!("operation=\"{id}\""), &counted.times, MICROS);
    }
    out.metric("intent_orders_statements_total", "counter", "Statements that requests ran on the database.");
    for (id, counted) in &seen {
        out.sample("intent_orders_statements_total", &format!("operation=\"{id}\""), counted.statements);
    }
}
