//! How the database layer keeps up: waits for connections, the queue of the one writer of SQLite, what it joins, how long its commits take.
use std::sync::atomic::{AtomicI64, Ordering};

use crate::platform::watch::histogram::{Histogram, Seen};

/// What is counted while it works.
#[derive(Debug)]
pub(super) struct Load {
    /// From asking for a connection to having it.
    pub waits: Histogram,
    queued: AtomicI64,
    /// Units of work a commit.
    pub units: Histogram,
    /// How long commits took.
    pub commits: Histogram,
}

impl Load {
    pub fn new() -> Self {
        Self { waits: Histogram::of_times(), queued: AtomicI64::new(0), units: Histogram::of_sizes(), commits: Histogram::of_times() }
    }
    /// Units that came to wait for the writer, or left the queue.
    pub fn queued(&self, more: i64) {
        self.queued.fetch_add(more, Ordering::Relaxed);
    }
    pub fn seen(&self, (connections, idle, most): (u32, u32, u32), has_writer: bool) -> LoadSeen {
        let writer = has_writer.then(|| WriterSeen { queued: self.queued.load(Ordering::Relaxed).max(0), units: self.units.seen() });
        LoadSeen { connections, idle, most, waits: self.waits.seen(), commits: self.commits.seen(), writer }
    }
}

/// How it was at a moment.
#[derive(Clone, Copy, Debug)]
pub struct LoadSeen {
    /// Connections that are open.
    pub connections: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// As many as there may be.
    pub most: u32,
    pub waits: Seen,
    pub commits: Seen,
    /// None where there is no one writer.
    pub writer: Option<WriterSeen>,
}

/// How the one writer was.
#[derive(Clone, Copy, Debug)]
pub struct WriterSeen {
    pub queued: i64,
    pub units: Seen,
}
