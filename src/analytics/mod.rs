//! What converts and what earns. It counts orders and never changes one; every row of an answer tells where exactly the orders behind it are listed.
mod buckets;
mod conversion;
mod drilldown;
mod dto;
pub mod handlers;
mod pictures;
mod plan;
mod question;
pub mod report;
mod revenue;
mod review;
mod rules;
mod store;
pub mod summary;
#[cfg(test)]
mod tests;
