//! Erasing a person who asks for it: a contact of a customer, out of every room that keeps something of the person. What people wrote is not rewritten
//! but listed for them. It owns no table; a room that keeps copies of records adds its own function to [`service::erase_contact`].
mod dto;
pub mod handlers;
mod service;
