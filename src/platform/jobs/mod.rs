//! Long work: a row in `jobs` a piece, written with what it works on, claimed by lease and done unit by unit on a thread of its own. A killed process
//! leaves a lease that ends by itself; whoever claims the job then goes on where the last committed unit stood. It knows nothing of what a job does.
mod runner;
mod store;

pub use runner::{Afterwards, Bell, Chore, Ended, Runner, Work, conclude};
pub use store::{JobRow, Lease, NewJob, cancel, claim, find, finish, forget, heartbeat, insert, is_cancelled, lag_seconds, release, take_back, waiting};

/// How long a job is somebody's without a sign of life, in seconds: much longer than a unit takes, short enough to wait for after a crash.
pub const LEASE_SECONDS: i64 = 15;

crate::word_type! {
    /// Where a job stands.
    JobState { Queued "queued", Running "running", Done "done", Failed "failed", Cancelled "cancelled" }
}

impl JobState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
