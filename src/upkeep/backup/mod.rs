//! Backups of a SQLite database: made while it is served, by hand or by the clock, and put back. PostgreSQL has tools of its own for this; README says how.
mod chore;
pub mod rules;
pub mod service;
mod store;

pub use chore::CHORE;
