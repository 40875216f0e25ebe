//! Pools of connections: readers on SQLite, everything on PostgreSQL.
use std::time::Duration;

use diesel::r2d2::{self, R2D2Connection};

use super::{AnyConnection, DatabaseUrl, connection};

/// Opens connections for the pool by the scheme of the address.
#[derive(Debug)]
pub struct Manager(pub DatabaseUrl);

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<AnyConnection, r2d2::Error> {
        connection::open(&self.0).map_err(r2d2::Error::ConnectionError)
    }
    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), r2d2::Error> {
        conn.ping().map_err(r2d2::Error::QueryError)
    }
    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

pub type Pool = r2d2::Pool<Manager>;
pub type Pooled = r2d2::PooledConnection<Manager>;

/// How long a request waits for a connection before it is told to come back: 2 s.
pub const MOST_WAIT: Duration = Duration::from_secs(2);

/// Builds a pool of at most `size` connections, opened on demand, so that a start does not wait for them.
pub fn build(url: &DatabaseUrl, size: u32) -> Result<Pool, String> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        // A ping at each checkout would double the round trips of a read; a dead connection is found by its error instead.
        .test_on_check_out(false)
        .connection_timeout(MOST_WAIT)
        .build(Manager(url.clone()))
        .map_err(|e| e.to_string())
}
