//! Teams and their leads. A team is never deleted: closed orders belong to it for ever.
pub mod dto;
pub mod handlers;
pub mod list;
pub mod service;
pub mod store;
