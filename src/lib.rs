//! Intent Orders: the orders that customers intend to place, from entry against a field standard to a signed contract. The rooms are told in README.
pub mod analytics;
pub mod app;
pub mod cli;
pub mod customers;
pub mod demo;
pub mod erasure;
pub mod events;
pub mod identity;
pub mod integrations;
pub mod openapi;
pub mod orders;
pub mod platform;
pub mod products;
pub mod routes;
pub mod service;
pub mod settings;
pub mod standards;
