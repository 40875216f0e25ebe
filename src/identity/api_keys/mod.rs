//! API keys: made by a user for a program, shown once, narrowed to scopes. A key acts as its maker with the maker's rights of the moment.
pub mod dto;
pub mod handlers;
mod list;
pub mod service;
mod store;
