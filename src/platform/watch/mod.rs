//! Watching the program: how many requests there were and how long they took, how the database kept up, which statements a request ran, and the lines
//! that are written of it. It counts and tells; it decides nothing, and no value that a person entered comes here.
pub mod access;
pub mod histogram;
pub mod metrics;
pub mod process;
pub mod statements;
pub mod text;

pub use metrics::Metrics;
