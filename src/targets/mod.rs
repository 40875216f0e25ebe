//! What people and teams are to win in a month. What came of it is told by the analysis.
mod dto;
pub mod handlers;
mod rules;
mod service;
mod store;
