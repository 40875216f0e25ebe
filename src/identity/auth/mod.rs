//! Logging in and staying logged in. A login opens a family of sessions; each use of a refresh token rotates one session into the next.
pub mod handlers;
mod rules;
mod service;
pub mod store;
