//! What an organisation decides for itself: stages, reasons, sources, its currency and zone, its working hours. One JSON document a setting.
//! It must not know what orders do with it; the only question it asks of them is whether an item is in use.
pub mod calendar;
mod dto;
pub mod handlers;
pub mod rules;
pub mod service;
mod store;

pub use rules::{Item, Items, Name};
