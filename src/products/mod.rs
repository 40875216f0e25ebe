//! The catalogue: what is sold, under which standard name, what else people call it, and for which list price. It knows nothing of orders.
pub mod compliance;
pub mod dto;
pub mod handlers;
pub mod list;
mod rules;
pub mod service;
pub mod store;
pub mod trial;
