//! The service itself, looked at: numbers for a monitoring system, and what became of its requests since it began and day by day. It reads what the
//! platform counts and keeps the days; it must not count requests by itself, nor decide anything by what it reads.
mod days;
mod dto;
pub mod handlers;
pub mod metrics;
mod rules;
mod store;

pub use days::{CHORE, leave};
