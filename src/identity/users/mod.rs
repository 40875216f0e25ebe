//! People and their roles.
pub mod store;
