//! How each convention is proved of one operation. A proof panics where it does not hold.
mod access;
mod addresses;
mod bodies;
mod files;
mod lists;
mod records;
mod rehearsals;
mod replays;
mod versions;

use super::proof::Proof;
use super::table::{Op, Resource};
use super::world::World;

/// The proof of a convention; the compiler sees to it that each has one.
pub fn of(proof: Proof) -> fn(&World<'_>, &Resource, &Op) {
    match proof {
        Proof::Unauthenticated => access::unauthenticated,
        Proof::Role => access::role,
        Proof::NotFound => addresses::not_found,
        Proof::Method => addresses::method,
        Proof::NotAcceptable => addresses::not_acceptable,
        Proof::UnknownParameter => addresses::unknown_parameter,
        Proof::MediaType => bodies::media_type,
        Proof::TooLarge => bodies::too_large,
        Proof::Malformed => bodies::malformed,
        Proof::UnknownField => bodies::unknown_field,
        Proof::Faults => bodies::faults,
        Proof::IfMatch => versions::if_match,
        Proof::Stale => versions::stale,
        Proof::NotModified => records::not_modified,
        Proof::ReadBack => records::read_back,
        Proof::DryRun => rehearsals::dry_run,
        Proof::Replay => replays::replay,
        Proof::KeyReused => replays::key_reused,
        Proof::Walk => lists::walk,
        Proof::Cursor => lists::cursor,
        Proof::Filters => lists::filters,
        Proof::Files => files::same_rows,
        Proof::Formula => files::no_formula,
        Proof::Archive => records::archive,
        Proof::Restore => records::restore,
    }
}

/// A body with everything wrong with it, where the operation takes one.
fn wrong(op: &Op) -> Option<serde_json::Value> {
    op.wrong.as_ref().map(|(body, _)| body())
}
