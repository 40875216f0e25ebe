//! The demo: a small company's data, so that a newcomer sees something at once. `serve` never seeds; the command `demo` does.
pub mod customers;
pub mod data;
pub mod load;
pub mod orders;
pub mod phrases;
