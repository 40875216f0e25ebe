//! How the service has done, over HTTP.
use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use chrono_tz::UTC;
use utoipa_actix_web::service_config::ServiceConfig;

use super::days::{ALIVE_SECONDS, KEPT_DAYS, VERSION};
use super::dto::{Answers, Database, Day, Instance, Jobs, Performance};
use super::rules;
use super::store::{self, DayRow, InstanceRow};
use crate::identity::Ctx;
use crate::platform::clock::date_in;
use crate::platform::config::Config;
use crate::platform::db::{AnyConnection, UtcTime, dialect};
use crate::platform::jobs;
use crate::platform::problem::Problem;
use crate::platform::state::State;
use crate::platform::watch::histogram::Seen;
use crate::platform::watch::metrics::Counted;
use crate::platform::web::reply;
use crate::upkeep::backup::service as backup;

/// Most instances that are told.
const MOST_INSTANCES: i64 = 999;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(performance);
}

/// Read how the service has done: availability, speed and faults since the start and by day, the database, jobs, instances.
#[utoipa::path(operation_id = "system_performance", tag = "system", extensions(("x-permission" = json!("system.read"))),
    responses((status = 200, description = "How it has done.", body = Performance)))]
#[get("/performance")]
pub async fn performance(ctx: Ctx) -> Result<HttpResponse, Problem> {
    let (now, config) = (ctx.now, ctx.state.config.clone());
    let kept = ctx.state.db.read(move |c| read(c, &config, now)).await?;
    reply::json(StatusCode::OK, &told(&ctx.state, now, kept))
}

/// What the database knows, and the folder of its backups.
struct Kept {
    days: Vec<DayRow>,
    times: Vec<(NaiveDate, i64, i64)>,
    instances: Vec<InstanceRow>,
    size: i64,
    jobs: (i64, Option<UtcTime>),
    last_backup: Option<UtcTime>,
}

fn read(c: &mut AnyConnection, config: &Config, now: UtcTime) -> Result<Kept, Problem> {
    let today = date_in(UTC, now);
    let from = today.checked_sub_days(chrono::Days::new(KEPT_DAYS - 1)).unwrap_or(today);
    Ok(Kept {
        days: store::days(c, from)?,
        times: store::times(c, from)?,
        instances: store::instances(c, now.plus_seconds(-ALIVE_SECONDS), MOST_INSTANCES)?,
        size: dialect::size(c)?,
        jobs: jobs::waiting(c, now)?,
        last_backup: backup::last(config),
    })
}

fn told(state: &State, now: UtcTime, kept: Kept) -> Performance {
    let metrics = &state.metrics;
    let mut times: HashMap<NaiveDate, Vec<(i64, i64)>> = HashMap::new();
    for (day, up_to, requests) in kept.times {
        times.entry(day).or_default().push((up_to, requests));
    }
    let day = |row: DayRow| {
        let classes = [row.successes, row.redirections, row.client_errors, row.server_errors].map(|count| u64::try_from(count).unwrap_or_default());
        let times = rules::times(times.remove(&row.day).unwrap_or_default().into_iter());
        Day { date: row.day, up_seconds: row.up_seconds, answers: Answers::of(&Counted { classes, times, statements: 0 }) }
    };
    let own = InstanceRow { id: metrics.instance, version: VERSION.into(), started_at: metrics.started_at, seen_at: now };
    let mut instances = kept.instances;
    instances.retain(|row| row.id != own.id);
    instances.push(own);
    instances.sort_by_key(|row| (row.started_at, row.id));
    let load = state.db.load();
    let p99 = |seen: &Seen| rules::quantile(seen, 0.99);
    let (waiting, since) = kept.jobs;
    Performance {
        version: VERSION,
        instance: metrics.instance,
        started_at: metrics.started_at,
        up_seconds: i64::try_from(metrics.uptime(state.clock.ticks()).as_secs()).unwrap_or_default(),
        since_start: Answers::of(&metrics.total()),
        days: kept.days.into_iter().map(day).collect(),
        database: Database { size_bytes: kept.size, wait_p99_ms: p99(&load.waits), commit_p99_ms: p99(&load.commits) },
        jobs: Jobs { waiting, lag_seconds: jobs::lag_seconds(since, now) },
        last_backup_at: kept.last_backup,
        instances: instances.into_iter().map(|InstanceRow { id, version, started_at, seen_at }| Instance { id, version, started_at, seen_at }).collect(),
    }
}
