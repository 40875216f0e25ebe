//! People and their roles.
pub mod absence;
pub mod dto;
pub mod handlers;
mod import;
pub mod list;
pub mod service;
pub mod store;
