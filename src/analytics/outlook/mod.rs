//! What has been and what will come: trend, forecast, a snapshot of it each night, and how far past ones were off. What is counted here is handed to the
//! methods of `forecast`; it changes no order.
pub mod dto;
pub mod handlers;
mod kept;
mod snapshots;
mod store;
pub mod trend;

pub use snapshots::CHORE;
