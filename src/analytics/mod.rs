//! What converts and what earns, why orders end and slip, how long they take, who buys and who sells. It counts orders and never changes one; every row of an answer tells where exactly the orders behind it are listed.
mod buckets;
mod churn;
mod classes;
mod conversion;
mod convert;
mod customers;
mod delays;
mod drilldown;
mod dto;
pub mod forecast;
mod funnel;
pub mod handlers;
mod keys;
mod names;
pub mod outlook;
mod people;
mod pictures;
mod plan;
mod question;
mod reasons;
mod recorded;
pub mod report;
mod revenue;
mod review;
mod rules;
mod sources;
mod store;
mod stuck;
pub mod summary;
#[cfg(test)]
mod tests;
mod time;
mod weekdays;
mod words;
mod worth;
mod zones;

pub use outlook::CHORE as FORECASTS;
