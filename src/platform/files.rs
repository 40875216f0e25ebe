//! Files and connections that the system lets the program have open.

/// Left for the database, the log and what else is no client: connections to PostgreSQL alone may be 500.
const OTHERS: u64 = 1_000;
/// What is used of a limit that leaves no room for that.
const LEAST_SHARE: u64 = 2;
/// More than that, in all, would cost more memory than one process should.
const MOST: u64 = 25_000;

/// Connections that wait until somebody takes them: the standard library asks for 128, and whoever comes beyond waits a second for another try.
#[cfg(unix)]
const MOST_WAITING: i32 = 4_096;

/// Lets more connections wait for a moment in which many come.
pub fn widen(listener: &std::net::TcpListener) {
    #[cfg(unix)]
    if let Err(e) = rustix::net::listen(listener, MOST_WAITING) {
        log::debug!("few connections can wait: {e}");
    }
}

/// Asks for as many open files as the program may have, and says how many of them may be clients' connections.
#[must_use]
pub fn connections() -> usize {
    bounded(allowed())
}

fn bounded(files: Option<u64>) -> usize {
    let connections = files.map_or(MOST, |files| files.saturating_sub(OTHERS).max(files / LEAST_SHARE).clamp(1, MOST));
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// How many files may be open; none where that is not limited or not known.
#[cfg(unix)]
fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    // A shell gives few, for programs that cannot take more.
    let wanted = rustix::process::Rlimit { current: limit.maximum, ..limit };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.current = limit.maximum,
        Err(e) => log::debug!("the limit of open files stays as it is: {e}"),
    }
    limit.current
}
#[cfg(not(unix))]
fn allowed() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_left_for_others() {
        for (files, connections) in [(Some(20_000), 19_000), (Some(1_024), 512), (Some(1_000_000), 25_000), (Some(1), 1), (None, 25_000)] {
            assert_eq!(bounded(files), connections, "{files:?}");
        }
    }
}
