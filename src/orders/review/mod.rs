//! Review: policies say who reviews what, rounds say who has it now and what was decided. Approving and returning themselves are actions of an order;
//! this noun decides whether the caller may, and keeps what came of it.
mod chore;
pub mod claims;
pub mod dto;
pub mod handlers;
pub mod list;
pub mod policy;
pub mod remarks;
pub mod report;
pub mod rounds;
pub mod settings;
pub(crate) mod store;
pub mod who;

use crate::platform::jobs::Chore;

/// Hands overdue reviews on, and keeps the lists of reviewers up to date.
pub const CHORE: Chore = Chore { name: "reviews", every: chore::EVERY, run: chore::tend };
