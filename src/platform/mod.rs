//! What every room stands on; it knows nothing of orders.
pub mod chart;
pub mod clock;
pub mod config;
pub mod db;
pub mod decimal;
pub mod files;
pub mod jobs;
pub mod outcome;
pub mod problem;
pub mod redact;
pub mod search;
pub mod secrets;
pub mod state;
pub mod telemetry;
pub mod text;
pub mod watch;
pub mod web;
