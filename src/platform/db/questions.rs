//! Connections for questions that read a large part of a file: these read it where the system has it in memory. Of all others each would hold as much of it
//! for its own as it ever met, for reads that look at little; so these are apart, and as few as there are questions at once.
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use tokio::sync::Semaphore;

use super::work::{begin_snapshot, end};
use super::{AnyConnection, DatabaseUrl, company, connection};
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

    /// Asks within a snapshot on one of them, or on a new one where all are at work; where a turn is left for another, on a second one besides, if both
    /// can be brought to see the same.
    pub(super) fn ask<T>(&self, turns: &Arc<Semaphore>, question: impl FnOnce(&mut AnyConnection) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut conn = self.take()?;
        let mut other = if turns.available_permits() > 0 { self.take().ok() } else { None };
        let alike = match &mut other {
            Some(other) => company::begin_alike(&mut conn, other)?,
            None => begin_snapshot(&mut conn).map(|()| false)?,
        };
        if !alike {
            other.take().into_iter().for_each(|other| self.give_back(other));
        }
        let (answer, other) = company::within(other.map(|other| (other, turns.clone())), || question(&mut conn));
        let ended = end(&mut conn, answer.is_ok());
        // What cannot end its transaction is closed.
        if !answer.as_ref().is_err_and(Problem::lost_connection) && ended.is_ok() {
            self.give_back(conn);
            other.into_iter().filter_map(|mut other| end(&mut other, true).is_ok().then_some(other)).for_each(|other| self.give_back(other));
        }
        let value = answer?;
        ended?;
        Ok(value)
    }

    fn take(&self) -> Result<AnyConnection, Problem> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        waiting.map_or_else(|| self.open(), Ok)
    }

    fn give_back(&self, conn: AnyConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
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
