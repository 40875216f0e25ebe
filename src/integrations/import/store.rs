//! The rows of imports and of what they refused.
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Binary;

use super::source::MOST_HEADER;
use crate::insert_rows;
use crate::platform::db::schema::{import_errors, imports};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;

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
    let part = sql::<Binary>(&format!("substr(file, 1, {MOST_HEADER})"));
    imports::table.find(id).select(part).first(c).optional()?.ok_or_else(Problem::not_found)
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

/// Moves an import on.
pub fn advance(tx: &mut AnyConnection, id: Id, counts: Counts) -> Result<(), Problem> {
    let moved = (
        imports::next_row.eq(imports::next_row + counts.rows()),
        imports::created.eq(imports::created + counts.created),
        imports::updated.eq(imports::updated + counts.updated),
        imports::unchanged.eq(imports::unchanged + counts.unchanged),
        imports::refused.eq(imports::refused + counts.refused),
    );
    diesel::update(imports::table.find(id)).set(moved).execute(tx)?;
    Ok(())
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
