//! What people and teams are to win in a month. What came of it is told by the analysis.
pub mod dto;
pub mod handlers;
pub mod rules;
pub mod service;
pub(crate) mod store;
