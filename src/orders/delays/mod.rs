//! Why orders slip: delays as people tell them, and each time that an expected close date went to a later day. What a standard makes of a date that
//! was pushed without a word is the standard's business; figures of delays are those of the analysis.
pub mod dto;
pub mod handlers;
pub mod rules;
pub mod service;
pub mod store;
