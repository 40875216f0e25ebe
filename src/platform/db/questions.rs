//! Connections for questions that read a large part of a file: these read it where the system has it in memory. Of all others each would hold as much of it
//! for its own as it ever met, for reads that look at little; so these are apart, and as few as there are questions at once.
use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;

use super::{AnyConnection, DatabaseUrl, connection};
use crate::platform::problem::{Code, Problem};

/// As much of the file as SQLite maps at most.
const MAPPED: &str = "pragma mmap_size = 2147418112";

/// The connections that wait for a question.
pub(super) struct Questions {
    url: DatabaseUrl,
    idle: Mutex<Vec<AnyConnection>>,
}

impl Questions {
    pub(super) fn of(url: &DatabaseUrl) -> Self {
        Self { url: url.clone(), idle: Mutex::default() }
    }

    /// Asks on one of them, or on a new one where all are at work.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&mut AnyConnection) -> Result<T, Problem>) -> Result<T, Problem> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = waiting.map_or_else(|| self.open(), Ok)?;
        let answer = question(&mut conn);
        if !answer.as_ref().is_err_and(Problem::lost_connection) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
        answer
    }

    fn open(&self) -> Result<AnyConnection, Problem> {
        let mut conn = connection::open(&self.url).map_err(|e| {
            log::warn!("no connection: {e}");
            Problem::new(Code::Unavailable)
        })?;
        conn.batch_execute(MAPPED)?;
        Ok(conn)
    }
}
