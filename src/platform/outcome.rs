//! What became of a row that was brought in, the same for every kind of record.
use super::db::Id;

/// What an import did with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Created(Id),
    Updated(Id),
    /// The very same row was brought in before, or it says nothing new.
    Unchanged(Id),
}
