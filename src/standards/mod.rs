//! Field standards: what an entry must meet, as versioned data.
mod changes;
pub mod check;
pub mod compliance;
pub mod custom;
pub mod definition;
pub mod dto;
pub mod entity;
pub mod entry;
mod find;
pub mod handlers;
pub mod list;
mod pattern;
pub mod publish;
pub mod ready;
pub mod service;
mod store;
pub mod trial;
pub mod unique;
