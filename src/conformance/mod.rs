//! What the standards come to: entries that are only tried, how the open records stand to a version, publishing one. It asks every room that has a
//! standard, and keeps nothing of its own.
pub mod dto;
mod figures;
pub mod form;
pub mod handlers;
pub mod service;
