//! Review: policies say who reviews what, rounds say who has it now and what was decided. Approving and returning themselves are actions of an order;
//! this noun decides whether the caller may, and keeps what came of it.
mod dto;
pub mod handlers;
pub mod policy;
pub mod settings;
pub mod who;
