//! The database layer: one connection type for SQLite and PostgreSQL, and the only two ways to it, [`Db::read`] and [`Db::write`].
//! It knows nothing of orders; nothing outside it asks which database it talks to.
mod checkpoints;
pub mod claim;
pub mod company;
pub mod connection;
pub mod copy;
pub mod dialect;
pub mod feed;
pub mod fold;
pub mod kept;
pub mod load;
pub mod migrate;
pub mod others;
pub mod pool;
mod questions;
mod queue;
pub mod schema;
pub mod selection;
mod silence;
pub mod sql;
pub mod types;
pub mod url;
pub mod whole;
pub mod work;
mod writer;

pub use connection::AnyConnection;
pub use types::{Id, Json, JsonAs, UtcTime};
pub use url::DatabaseUrl;
pub use work::Db;
