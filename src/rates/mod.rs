//! Exchange rates: what one unit of a currency is worth in the organisation's base currency, from a day on. It knows what was known when, so that what
//! was closed keeps its rates; it must not know what orders do with them.
mod dto;
pub mod handlers;
mod list;
pub mod rules;
pub mod service;
pub mod store;

pub use dto::{PutRates, RatesInput};
