//! The rows of imports and of what they refused.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool};

use super::source::MOST_HEADER;
use crate::insert_rows;
use crate::platform::db::schema::{import_errors, imports, jobs};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::{Code, Problem};

/// An import to put down.
#[derive(Insertable)]
#[diesel(table_name = imports)]
pub struct NewImport {
    pub id: Id,
    pub entity: &'static str,
    pub file_name: Option<String>,
    pub mapping: Json,
    pub file: Vec<u8>,
    pub validate_only: bool,
    pub next_row: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub refused: i64,
}

pub fn insert(tx: &mut AnyConnection, import: &NewImport) -> Result<(), Problem> {
    diesel::insert_into(imports::table).values(import).execute(tx)?;
    Ok(())
}

/// An import without its file.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = imports)]
pub struct ImportRow {
    pub id: Id,
    pub entity: String,
    pub file_name: Option<String>,
    pub mapping: Json,
    pub validate_only: bool,
    pub next_row: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub refused: i64,
}

pub fn find(c: &mut AnyConnection, id: Id) -> Result<ImportRow, Problem> {
    imports::table.find(id).select(ImportRow::as_select()).first(c).optional()?.ok_or_else(Problem::not_found)
}

/// The whole file.
pub fn file(c: &mut AnyConnection, id: Id) -> Result<Vec<u8>, Problem> {
    Ok(imports::table.find(id).select(imports::file).first(c)?)
}

/// The beginning of the file, with all of its header.
pub fn beginning(c: &mut AnyConnection, id: Id) -> Result<Vec<u8>, Problem> {
    let part = sql::<Binary>(&format!("coalesce(header, substr(file, 1, {MOST_HEADER}))"));
    imports::table.find(id).select(part).first(c).optional()?.ok_or_else(Problem::not_found)
}

/// Whether there is such an import and its file was not dropped.
pub fn has_file(c: &mut AnyConnection, id: Id) -> Result<bool, Problem> {
    Ok(imports::table.find(id).select(sql::<Bool>("header is null")).first(c).optional()?.unwrap_or(false))
}

/// Leaves the header of a file alone.
pub fn drop_file(tx: &mut AnyConnection, id: Id, header: &[u8]) -> Result<(), Problem> {
    diesel::update(imports::table.find(id)).set((imports::header.eq(Some(header)), imports::file.eq(b"".as_slice()))).execute(tx)?;
    Ok(())
}

/// Replaces a file.
pub fn replace_file(tx: &mut AnyConnection, id: Id, file: &[u8]) -> Result<(), Problem> {
    diesel::update(imports::table.find(id)).set(imports::file.eq(file)).execute(tx)?;
    Ok(())
}

/// What is kept of an import for good, and where its job stands.
#[derive(Clone, Debug, Queryable)]
pub struct Kept {
    pub id: Id,
    pub entity: String,
    pub file_name: Option<String>,
    pub mapping: Json,
    pub state: String,
}

/// All imports.
pub fn kept(c: &mut AnyConnection) -> Result<Vec<Kept>, Problem> {
    let all = imports::table.inner_join(jobs::table.on(jobs::id.eq(imports::id))).order(imports::id);
    Ok(all.select((imports::id, imports::entity, imports::file_name, imports::mapping, jobs::state)).load(c)?)
}

/// Replaces an import's mapping and the name of its file.
pub fn rename(tx: &mut AnyConnection, id: Id, mapping: &Json, file_name: Option<&str>) -> Result<(), Problem> {
    diesel::update(imports::table.find(id)).set((imports::mapping.eq(mapping), imports::file_name.eq(file_name))).execute(tx)?;
    Ok(())
}

/// What some rows came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub refused: i64,
}

impl Counts {
    /// How many rows that is.
    #[must_use]
    pub const fn rows(&self) -> i64 {
        self.created + self.updated + self.unchanged + self.refused
    }
}

/// Counts rows that were brought in from where the import stood: who read another place works on rows that somebody else has done since, and is told so by
/// 409. A lease alone does not tell, for of two claims whose clocks were set both may end at one moment.
pub fn advance(tx: &mut AnyConnection, id: Id, at: i64, counts: Counts) -> Result<(), Problem> {
    let moved = (
        imports::next_row.eq(at + counts.rows()),
        imports::created.eq(imports::created + counts.created),
        imports::updated.eq(imports::updated + counts.updated),
        imports::unchanged.eq(imports::unchanged + counts.unchanged),
        imports::refused.eq(imports::refused + counts.refused),
    );
    let here = diesel::update(imports::table.find(id)).filter(imports::next_row.eq(at)).set(moved).execute(tx)?;
    if here == 1 { Ok(()) } else { Err(Problem::new(Code::LeaseLost)) }
}

/// A refused row: its cells as they were sent, and what is wrong with them.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = import_errors)]
pub struct ErrorRow {
    pub import_id: Id,
    /// The place in the file, counted from 1 without the header.
    pub row_number: i64,
    pub record: Json,
    pub faults: Json,
}

pub fn insert_errors(tx: &mut AnyConnection, rows: &[ErrorRow]) -> Result<(), Problem> {
    Ok(insert_rows!(tx, import_errors::table, rows)?)
}

/// Some refused rows, from a place on.
pub fn errors(c: &mut AnyConnection, id: Id, after: i64, most: i64) -> Result<Vec<ErrorRow>, Problem> {
    let rows = import_errors::table.filter(import_errors::import_id.eq(id)).filter(import_errors::row_number.gt(after));
    Ok(rows.order(import_errors::row_number).limit(most).select(ErrorRow::as_select()).load(c)?)
}

/// Refused rows of all imports, behind one of them.
pub fn errors_of_all(c: &mut AnyConnection, after: Option<(Id, i64)>, most: i64) -> Result<Vec<ErrorRow>, Problem> {
    let rows = import_errors::table.order((import_errors::import_id, import_errors::row_number)).limit(most).select(ErrorRow::as_select());
    let Some((import, number)) = after else { return Ok(rows.load(c)?) };
    let behind = import_errors::import_id.gt(import).or(import_errors::import_id.eq(import).and(import_errors::row_number.gt(number)));
    Ok(rows.filter(behind).load(c)?)
}

/// Replaces what is kept of a refused row.
pub fn replace_error(tx: &mut AnyConnection, row: &ErrorRow) -> Result<(), Problem> {
    let place = import_errors::table.find((row.import_id, row.row_number));
    diesel::update(place).set((import_errors::record.eq(&row.record), import_errors::faults.eq(&row.faults))).execute(tx)?;
    Ok(())
}
