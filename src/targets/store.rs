//! The rows of targets. SQL only.
use chrono::NaiveDate;
use diesel::prelude::*;

use crate::platform::db::schema::targets;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;

/// A target as it is kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = targets, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub kind: String,
    pub holder: Id,
    pub month: NaiveDate,
    pub currency: String,
    pub amount: Decimal,
    pub orders: Option<i64>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// The target of a holder in a month.
pub fn find(c: &mut AnyConnection, kind: &str, holder: Id, month: NaiveDate) -> Result<Option<Row>, Problem> {
    let own = targets::table.filter(targets::kind.eq(kind)).filter(targets::holder.eq(holder)).filter(targets::month.eq(month));
    Ok(own.select(Row::as_select()).first(c).optional()?)
}

/// Keeps a new target.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::insert_into(targets::table).values(row).execute(tx)?;
    Ok(())
}

/// Keeps a changed target; false where it is no longer of the version that was read.
pub fn update(tx: &mut AnyConnection, row: &Row, read_version: i64) -> Result<bool, Problem> {
    Ok(diesel::update(targets::table.find(row.id)).filter(targets::version.eq(read_version)).set(row).execute(tx)? == 1)
}
