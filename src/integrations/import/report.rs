//! The refused rows as a file: as they were sent, with code, pointer and reason behind them, safe to open in a spreadsheet.
use serde_json::Value;

use super::mapping::ERROR_COLUMNS;
use super::source::{header, own_columns};
use super::store::{self, ErrorRow};
use super::told;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Locale, Problem, Told, tell};
use crate::platform::web::table::guard;

/// Rows read at a time.
const PAGE: i64 = 500;

/// The next part of the file.
pub struct Part {
    pub bytes: Vec<u8>,
    /// The row it ends with; none where it is the last part.
    pub after: Option<i64>,
}

/// The header line.
pub fn beginning(c: &mut AnyConnection, id: Id) -> Result<Vec<u8>, Problem> {
    let bytes = store::beginning(c, id)?;
    let columns = own_columns(&header(&bytes).map_err(|fault| Problem::invalid(vec![fault]))?);
    lines([columns.iter().map(|name| guard(name)).chain(ERROR_COLUMNS.map(str::to_owned)).collect::<Vec<_>>()])
}

/// The rows after a place, in a language.
pub fn part(c: &mut AnyConnection, id: Id, after: i64, locale: Locale) -> Result<Part, Problem> {
    let rows = store::errors(c, id, after, PAGE)?;
    let last = rows.last().map(|row| row.row_number).filter(|_| rows.len() as i64 == PAGE);
    Ok(Part { bytes: lines(rows.iter().map(|row| cells(row, locale)))?, after: last })
}

/// What is wrong with a row, in a language.
#[must_use]
pub fn faults(row: &ErrorRow, locale: Locale) -> Vec<Told> {
    row.faults.0.as_array().into_iter().flatten().map(|fault| tell(fault, locale)).collect()
}

fn cells(row: &ErrorRow, locale: Locale) -> Vec<String> {
    let told = faults(row, locale);
    let joined = |part: &dyn Fn(&Told) -> String| guard(&told.iter().map(part).collect::<Vec<_>>().join(" | "));
    let record = row.record.0.as_array().into_iter().flatten().map(|cell| guard(cell.as_str().unwrap_or_default()));
    let reasons = [joined(&|t| t.code.clone()), joined(&|t| t.pointer.clone()), joined(&|t| told::reason(t, locale))];
    record.chain(reasons).collect()
}

fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|e| Problem::internal(e.error()))
}

/// The number of a row and all its reasons in one line, for a terminal.
#[must_use]
pub fn line(row: &ErrorRow, locale: Locale) -> String {
    let told: Vec<_> = faults(row, locale).iter().map(|t| format!("{} {}: {}", t.pointer, t.code, told::reason(t, locale)).trim_start().to_owned()).collect();
    let cells: Vec<_> = row.record.0.as_array().into_iter().flatten().filter_map(Value::as_str).take(3).collect();
    format!("row {} ({}): {}", row.row_number, cells.join(", "), told.join("; "))
}
