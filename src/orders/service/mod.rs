//! One function a use case of orders; each runs inside one transaction that its caller opens. Every channel writes through here.
mod actions;
mod closing;
pub(super) mod common;
pub mod compliance;
mod draft;
pub(super) mod entry;
mod erasure;
mod follow_ups;
mod handover;
mod import;
mod reads;
mod review;
mod standard;
mod trial;
mod worth;

pub use actions::{archive, move_to, process, restore, transfer};
pub use closing::{cancel, expire, lose, reopen, win};
pub use entry::{create, put, update};
pub use erasure::{OrderTexts, forget, texts_of_customer};
pub use follow_ups::{FollowUpParameters, FollowUps, follow_up};
pub use handover::deactivate;
pub use import::import;
pub use reads::{allowed_actions, history, locate, present, read, view};
pub use review::{approve, note_broken_rules, return_to_owner, submit, withdraw};
pub use standard::broken;
pub use trial::try_entries;
pub use worth::put_rates;
