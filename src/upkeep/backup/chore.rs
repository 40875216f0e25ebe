//! Backups by the clock: looked at each minute, made on a thread of its own when one is due, so that neither jobs nor a stop wait for it.
use super::service;
use crate::platform::jobs::Chore;
use crate::platform::problem::Problem;
use crate::platform::state::State;

/// Makes the backups that the settings ask for.
pub const CHORE: Chore = Chore { name: "backups", every: 60, run: tend };

fn tend(state: &State) -> Result<(), Problem> {
    let (config, now) = (state.config.clone(), state.clock.now());
    if !config.backups.as_ref().is_some_and(|backups| service::is_due(backups, now).unwrap_or(true)) {
        return Ok(());
    }
    let make = move || {
        let Some(backups) = &config.backups else { return };
        match service::tend(&config.database_url, backups, now) {
            Ok(Some(made)) => log::info!(bytes = made.size; "made the backup {}", made.file.display()),
            Ok(None) => {}
            Err(reason) => log::error!("no backup could be made: {reason}"),
        }
    };
    std::thread::Builder::new().name("backup".into()).spawn(make).map(drop).map_err(Problem::internal)
}
