//! What there is to prove, and what an operation of a kind owes.
use super::table::{Op, Resource};

/// What an address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One record, by its id, its number or its reference.
    Record,
    /// Many records: listed, entered.
    Collection,
    /// What there is one of: a setting, the caller, a view of one record.
    Singleton,
    /// What grows at its end and is followed.
    Feed,
    /// Something to be done.
    Action,
    /// An address at the root, for those who run the program.
    Service,
}

impl Kind {
    pub const ALL: &'static [Self] = &[Self::Record, Self::Collection, Self::Singleton, Self::Feed, Self::Action, Self::Service];
}

macro_rules! proofs {
    ($($(#[$meta:meta])* $name:ident)*) => {
        /// A convention, as it is proved of one operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Proof { $($(#[$meta])* $name),* }
        impl Proof {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

proofs! {
    /// 401, without a token and with one that is none.
    Unauthenticated
    /// 403, alike whether the record is there or not.
    Role
    /// 404, before version and content are looked at.
    NotFound
    /// 405 with `Allow`, and OPTIONS.
    Method
    /// 406.
    NotAcceptable
    /// 400 naming the known.
    UnknownParameter
    /// 415.
    MediaType
    /// 413.
    TooLarge
    /// 400 for what is no JSON, or names a field twice.
    Malformed
    /// 422 with the name that was meant.
    UnknownField
    /// 422 with every fault.
    Faults
    /// 428, before the content is looked at.
    IfMatch
    /// 412, before the content is looked at; tags in every form that a proxy makes of them are taken.
    Stale
    /// 304, by every form of the tag.
    NotModified
    /// What is answered to a create is what is read later.
    ReadBack
    /// `validate_only` stores nothing.
    DryRun
    /// The same answer, one effect; each caller for itself, refusals not kept, for a day.
    Replay
    /// 422 for a key with another body, 400 for one that is none.
    KeyReused
    /// Every row once, under every sort, either way round.
    Walk
    /// 400 for a cursor tampered with, or of another caller, sort or filter.
    Cursor
    /// Every documented filter is read, and refused where it cannot be.
    Filters
    /// CSV, NDJSON and XLSX hold the same rows.
    Files
    /// No cell of CSV is a formula.
    Formula
    /// Gone from reads and lists, and found where archived ones are asked for.
    Archive
    /// Its unique values are free while it is away; it comes back as it was, unless they are taken.
    Restore
}

/// What an operation owes by its kind and method.
pub fn owed(resource: &Resource, op: &Op) -> Vec<Proof> {
    use Proof::*;
    let (kind, method) = (resource.kind, op.method);
    let sends = matches!(method, "POST" | "PUT" | "PATCH");
    let named = resource.path.contains('{');
    let versioned = method != "GET" && (matches!(kind, Kind::Record | Kind::Singleton) || kind == Kind::Action && named);
    let reads = method == "GET";
    let groups: [(bool, &[Proof]); 11] = [
        (true, &[Method, NotAcceptable, UnknownParameter]),
        (!op.public, &[Unauthenticated, Role]),
        (named, &[NotFound]),
        (sends, &[MediaType, TooLarge, Malformed, UnknownField, Faults, DryRun]),
        (versioned, &[IfMatch, Stale]),
        (method == "POST", &[Replay, KeyReused]),
        (method == "POST" && kind == Kind::Collection, &[ReadBack]),
        (reads && matches!(kind, Kind::Record | Kind::Singleton), &[NotModified]),
        (reads && matches!(kind, Kind::Collection | Kind::Feed), &[Walk, Cursor, Filters]),
        (reads && kind == Kind::Collection, &[Files, Formula]),
        (method == "DELETE", &[Archive, Restore]),
    ];
    groups.into_iter().filter(|(owes, _)| *owes).flat_map(|(_, proofs)| proofs.iter().copied()).collect()
}
