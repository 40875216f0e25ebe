//! What the wire says of orders: what may be sent and what is answered.
pub mod input;
pub mod view;
