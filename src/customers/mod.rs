//! Customers: who orders, how to reach them and what they like. Name, industry and region are for everyone, the rest for those whose customer it is.
//! Of orders it knows only whether a caller has one.
pub mod compliance;
pub mod dto;
pub mod erasure;
pub mod handlers;
pub mod list;
mod owners;
mod rules;
pub mod service;
pub mod store;
pub mod trial;
mod view;
