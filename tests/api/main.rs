//! The tests over HTTP: one binary, one module for each part of the API, each test on SQLite and on PostgreSQL with the same expectations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test that cannot go on should say so and stop.

#[macro_use]
#[allow(dead_code)] // What some tests need and others not yet.
mod harness;

mod api_keys;
mod auth;
mod command;
mod conventions;
mod crm;
mod custom;
mod customers;
mod database;
mod document;
mod erasure;
mod events;
mod exports;
mod facts;
mod faults;
mod hostile;
mod imports;
mod jobs;
mod keep;
mod limits;
mod lists;
mod me;
mod orders;
mod outlook;
mod pictures;
mod plans;
mod products;
mod races;
mod rates;
mod reviews;
mod rights;
mod search;
mod service;
mod sessions;
mod settings;
mod standards;
mod summary;
mod tables;
mod tabulated;
mod targets;
mod told;
mod transport;
mod trips;
mod views;
mod watch;
