//! What lists may do besides reading by an index, and why. An exception that is no longer needed fails the test.
use super::On::{self, Analysed, Bare, Postgres};
use super::explain::Fault::{self, Scan, Sort};

/// What may have a fault.
#[derive(Debug)]
pub struct Exception {
    /// The operation.
    pub list: &'static str,
    /// Filters, with `[null]` where a missing value is asked for, or a sort.
    pub asked: &'static [&'static str],
    pub who: &'static [&'static str],
    pub on: &'static [On],
    pub fault: Fault,
    #[allow(dead_code)] // For who reads the table, and the message that shows it.
    pub because: &'static str,
}

const SQLITE: &[On] = &[Bare, Analysed];
const ALL: &[&str] = &["admin", "rep"];
const ADMIN: &[&str] = &["admin"];
const REP: &[&str] = &["rep"];

pub const EXCEPTIONS: &[Exception] = &[
];
