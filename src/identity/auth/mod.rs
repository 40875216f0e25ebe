//! Logging in and staying logged in.
pub mod handlers;
mod service;
pub mod store;
