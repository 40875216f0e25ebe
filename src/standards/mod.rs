//! Field standards: what an entry must meet, as versioned data.
mod changes;
pub mod check;
pub mod custom;
pub mod definition;
pub mod dto;
pub mod entity;
pub mod entry;
mod find;
pub mod handlers;
mod pattern;
pub mod publish;
pub mod service;
mod store;
pub mod unique;
