//! The rows of standards and of the entries that they refused.
use diesel::prelude::*;

use super::definition::Standard;
use crate::platform::db::schema::{entry_refusals, standards};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;

/// The newest version of a standard, as stored.
pub fn latest(c: &mut AnyConnection, entity: &str) -> Result<Option<Json>, Problem> {
    let newest = standards::table.filter(standards::entity.eq(entity)).order(standards::version.desc()).limit(1);
    Ok(newest.select(standards::document).first(c).optional()?)
}

pub fn insert(tx: &mut AnyConnection, standard: &Standard, now: UtcTime, by: Option<Id>) -> Result<(), Problem> {
    let row = (
        standards::entity.eq(&standard.entity),
        standards::version.eq(standard.version),
        standards::document.eq(Json::of(standard)),
        standards::published_at.eq(now),
        standards::published_by.eq(by),
    );
    diesel::insert_into(standards::table).values(row).execute(tx)?;
    Ok(())
}

/// An entry that was refused: who, when, which rules; never what was entered.
#[derive(Clone, Insertable)]
#[diesel(table_name = entry_refusals)]
pub struct Refusal {
    pub id: Id,
    pub entity: &'static str,
    pub user_id: Option<Id>,
    pub rules: Json,
    pub at: UtcTime,
}

pub fn insert_refusal(tx: &mut AnyConnection, refusal: &Refusal) -> Result<(), Problem> {
    diesel::insert_into(entry_refusals::table).values(refusal).execute(tx)?;
    Ok(())
}
