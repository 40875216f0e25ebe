//! Intent orders: entry, lines, totals, life cycle, review, follow-ups, delays.
pub mod delays;
pub mod dto;
pub mod handlers;
pub mod lifecycle;
pub mod list;
pub mod review;
pub mod rules;
pub mod service;
pub(crate) mod store;
