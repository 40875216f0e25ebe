//! What handlers get: the database, the clock, the keys and the settings, shared by all workers.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use tokio::sync::Semaphore;

use super::clock::{Clock, new_id};
use super::config::Config;
use super::db::Db;
use super::jobs::Bell;
use super::secrets::Keys;
use super::watch::Metrics;
use super::web::limits::Limits;
use super::web::list::{Desk, NoDesk};

/// The state of the program.
#[derive(Clone)]
pub struct State {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    /// Signs access tokens.
    pub token_keys: Keys,
    /// Signs cursors.
    pub cursor_keys: Keys,
    /// Counts what callers ask for.
    pub limits: Arc<Limits>,
    /// The numbers of this process.
    pub metrics: Arc<Metrics>,
    /// Wakes the runner of jobs.
    pub jobs: Bell,
    /// What lists ask of rooms that the platform does not know.
    pub desk: Arc<dyn Desk>,
    /// Turns with long tables: two at a time.
    pub exports: Arc<Semaphore>,
    /// How many passwords were held against a hash since the start, whoever's they were.
    pub password_checks: Arc<AtomicU64>,
    /// Set while the program finishes what runs and takes nothing new.
    pub draining: Arc<AtomicBool>,
}

impl State {
    /// Opens the database that the settings name and derives the keys; answers the migrations that were run, too.
    pub fn open(config: Config, clock: Clock) -> Result<(Self, Vec<String>), String> {
        let (db, migrations) = Db::open(&config.database_url, config.pool)?;
        let secret = config.secret()?;
        let derive = |label| Keys::derive(label, &secret, config.secret_previous.as_deref());
        let (token_keys, cursor_keys) = (derive("access-token"), derive("cursor"));
        let limits = Arc::new(Limits::new(&config, &clock));
        let metrics = Arc::new(Metrics::new(new_id(), clock.now(), clock.ticks()));
        let (desk, exports) = (Arc::new(NoDesk), Arc::new(Semaphore::new(2)));
        let (jobs, password_checks, draining) = (Bell::default(), Arc::default(), Arc::default());
        let state = Self { db, clock, config: Arc::new(config), token_keys, cursor_keys, limits, metrics, jobs, desk, exports, password_checks, draining };
        Ok((state, migrations))
    }
}
