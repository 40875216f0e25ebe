//! Brings in what people already have: a CSV file and a mapping go in, rows go through the same service functions as requests, and what was refused
//! comes back as a file with the reasons. Must not write a record of any other room by itself.
pub mod command;
mod dto;
mod erasure;
pub mod handlers;
pub mod mapping;
mod report;
mod row;
mod service;
mod source;
mod store;
mod told;
mod upload;
mod work;

pub use erasure::{drop_file, forget};
pub use work::Imports;
