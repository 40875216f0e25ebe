//! Saved views: what somebody wants to see of a list again, alone, in the team or in the whole organisation. It knows lists by what their rooms state
//! of them; any list, table or analysis of that entity takes a view by its id.
mod dto;
pub mod handlers;
mod list;
pub mod service;
mod store;

pub use service::{Entities, Views};
