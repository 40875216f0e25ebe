//! Logging in and staying logged in.
pub mod handlers;
mod service;
mod store;
