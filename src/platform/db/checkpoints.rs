//! Brings home what stands in SQLite's log beside the writer, for whose answers people wait. Where it cannot keep up, the writer does the rest itself.
use std::sync::mpsc::{SyncSender, sync_channel};

use diesel::connection::SimpleConnection as _;

use super::{AnyConnection, DatabaseUrl, connection};

/// After how many units of work the log is brought home: about fifteen hundred pages. Pages that were written again and again meanwhile go home once.
const EVERY: usize = 96;
/// From how many pages on the writer does it itself: of those that are not at home yet.
const OWN: &str = "pragma wal_autocheckpoint = 5000";

/// Opens the writer's connection.
pub(super) fn writer(url: &DatabaseUrl) -> diesel::ConnectionResult<AnyConnection> {
    let mut conn = connection::open(url)?;
    conn.batch_execute(OWN).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Those who bring the log home; the thread ends when this is gone.
pub(super) struct Checkpoints {
    bell: SyncSender<()>,
    units: usize,
}

impl Checkpoints {
    pub(super) fn start(url: &DatabaseUrl) -> Result<Self, String> {
        // One call waits at most: more of them would find nothing new.
        let (bell, calls) = sync_channel(1);
        let mut conn = connection::open(url).map_err(|e| e.to_string())?;
        let bring_home = move || {
            while calls.recv().is_ok() {
                // No reader or writer is waited for, and none waits.
                if let Err(e) = conn.batch_execute("pragma wal_checkpoint(passive)") {
                    log::warn!("the log could not be brought home: {e}");
                }
            }
        };
        std::thread::Builder::new().name("checkpoints".into()).spawn(bring_home).map_err(|e| e.to_string())?;
        Ok(Self { bell, units: 0 })
    }

    /// Notes that so many units were committed.
    pub(super) fn committed(&mut self, units: usize) {
        self.units += units;
        if self.units >= EVERY {
            self.units = 0;
            // A call that waits already is enough.
            let _ = self.bell.try_send(());
        }
    }
}
