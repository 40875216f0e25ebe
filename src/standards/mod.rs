//! Field standards: what an entry must meet, as versioned data.
pub mod check;
pub mod definition;
pub mod handlers;
pub mod service;
mod store;
