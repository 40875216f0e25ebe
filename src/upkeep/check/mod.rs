//! Whether a database keeps what the program promises of it, looked at in one snapshot, a bounded number of rows at a time, while others go on writing.
mod orders;
mod records;
mod report;
mod rows;
mod rules;
mod store;

pub use report::Report;

use report::Kind;

use crate::platform::db::{AnyConnection, DatabaseUrl, whole};
use crate::platform::problem::Problem;

/// One look at the database, and what it is about where it cannot be had.
type Look = (Kind, fn(&mut AnyConnection, &mut Report) -> Result<(), Problem>);

const LOOKS: &[Look] = &[
    (Kind::Database, rows::database),
    (Kind::History, orders::check),
    (Kind::SideTables, records::customers),
    (Kind::SideTables, records::products),
    (Kind::Events, records::others),
    (Kind::Facts, rows::facts),
    (Kind::Orphans, rows::orphans),
    (Kind::StoredAnswers, rows::answers),
    (Kind::Jobs, rows::jobs),
];

/// Checks a database, which is opened as it is; fails where it cannot be opened, or is not of this program and this version.
pub fn run(url: &DatabaseUrl) -> Result<Report, String> {
    whole::look(url, |c| {
        let mut report = Report::default();
        for (kind, look) in LOOKS {
            // What cannot be read is a fault like any other.
            if let Err(problem) = look(c, &mut report) {
                report.fault(*kind, format!("could not be looked at: {problem}"));
            }
        }
        Ok(report)
    })
}
