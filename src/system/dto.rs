//! What the wire says of the service itself.
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules;
use crate::platform::db::{Id, UtcTime};
use crate::platform::watch::metrics::Counted;

/// How the service has done. Times are read off buckets, as if each were filled evenly: they are off by the width of a bucket at most (0.5, 1, 2.5, 5 ms …
/// 10 s; what took longer is told as 10 s).
#[derive(Debug, Serialize, ToSchema)]
pub struct Performance {
    #[schema(max_length = 60, example = "0.1.0")]
    pub version: &'static str,
    /// The instance that answers this.
    pub instance: Id,
    /// When it started.
    pub started_at: UtcTime,
    #[schema(minimum = 0, example = 86_400)]
    pub up_seconds: i64,
    pub since_start: Answers,
    /// The last 90 days in which anything ran, the latest first: what all instances answered. The day that runs lags by two minutes at most.
    #[schema(max_items = 90)]
    pub days: Vec<Day>,
    pub database: Database,
    pub jobs: Jobs,
    /// When the last good backup in `BACKUP_DIR` was made; null where there is none.
    pub last_backup_at: Option<UtcTime>,
    /// The instances that share the database, the oldest first, this one among them.
    #[schema(max_items = 1000)]
    pub instances: Vec<Instance>,
}

/// How requests were answered, and how soon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PerformanceAnswers)]
pub struct Answers {
    #[schema(minimum = 0, example = 125_000)]
    pub requests: u64,
    /// The share that was no fault of the service (no 5xx), to six places; null where nothing was asked.
    #[schema(minimum = 0, maximum = 1, example = 0.999_984)]
    pub availability: Option<f64>,
    /// The share that was refused (4xx).
    #[schema(minimum = 0, maximum = 1, example = 0.012)]
    pub client_error_rate: Option<f64>,
    /// The share that failed (5xx).
    #[schema(minimum = 0, maximum = 1, example = 0.000_016)]
    pub server_error_rate: Option<f64>,
    /// Milliseconds that half of the requests took at most.
    #[schema(minimum = 0, maximum = 10_000, example = 0.42)]
    pub p50_ms: Option<f64>,
    /// The same for 95 of 100.
    #[schema(minimum = 0, maximum = 10_000, example = 4.1)]
    pub p95_ms: Option<f64>,
    /// The same for 99 of 100.
    #[schema(minimum = 0, maximum = 10_000, example = 12.5)]
    pub p99_ms: Option<f64>,
}

impl Answers {
    /// From what was counted.
    #[must_use]
    pub fn of(counted: &Counted) -> Self {
        let requests = counted.total();
        let quantile = |of| rules::quantile(&counted.times, of);
        Self {
            requests,
            availability: rules::share(rules::answered_well(counted), requests),
            client_error_rate: rules::share(counted.classes[2], requests),
            server_error_rate: rules::share(counted.classes[3], requests),
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
        }
    }
}

/// A day (UTC).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PerformanceDay)]
pub struct Day {
    pub date: NaiveDate,
    /// Seconds for which instances were up, together: two at once count twice.
    #[schema(minimum = 0, example = 86_400)]
    pub up_seconds: i64,
    pub answers: Answers,
}

/// The database.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PerformanceDatabase)]
pub struct Database {
    #[schema(minimum = 0, example = 734_003_200)]
    pub size_bytes: i64,
    /// Milliseconds that 99 of 100 waited for a connection at most, since the start of this instance.
    #[schema(minimum = 0, maximum = 10_000, example = 0.4)]
    pub wait_p99_ms: Option<f64>,
    /// The same for a commit.
    #[schema(minimum = 0, maximum = 10_000, example = 3.9)]
    pub commit_p99_ms: Option<f64>,
}

/// Long work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PerformanceJobs)]
pub struct Jobs {
    /// Jobs that wait for somebody to do them.
    #[schema(minimum = 0, example = 0)]
    pub waiting: i64,
    /// Seconds that the oldest of them has waited.
    #[schema(minimum = 0, example = 0)]
    pub lag_seconds: i64,
}

/// A process that serves the database.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PerformanceInstance)]
pub struct Instance {
    pub id: Id,
    #[schema(max_length = 60, example = "0.1.0")]
    pub version: String,
    pub started_at: UtcTime,
    /// When it last gave a sign of life, which it does every two minutes.
    pub seen_at: UtcTime,
}
