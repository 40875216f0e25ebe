//! The rows of standards and of the entries that they refused.
use diesel::prelude::*;

use super::definition::Standard;
use crate::platform::db::schema::{entry_refusals, standards, users};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;

/// The newest version of a standard, as stored.
pub fn latest(c: &mut AnyConnection, entity: &str) -> Result<Option<Json>, Problem> {
    let newest = standards::table.filter(standards::entity.eq(entity)).order(standards::version.desc()).limit(1);
    Ok(newest.select(standards::document).first(c).optional()?)
}

/// One version of a standard, as stored.
pub fn version(c: &mut AnyConnection, entity: &str, version: i32) -> Result<Option<Json>, Problem> {
    Ok(standards::table.find((entity, version)).select(standards::document).first(c).optional()?)
}

/// A published version: when and by whom, and the standard itself.
type Published = (Json, UtcTime, Option<Id>, Option<String>);

/// The versions before one, the newest first, with the names of who published them.
pub fn versions(c: &mut AnyConnection, entity: &str, before: i32, limit: i64) -> Result<Vec<Published>, Problem> {
    Ok(standards::table
        .left_join(users::table.on(standards::published_by.eq(users::id.nullable())))
        .filter(standards::entity.eq(entity))
        .filter(standards::version.lt(before))
        .order(standards::version.desc())
        .limit(limit)
        .select((standards::document, standards::published_at, standards::published_by, users::name.nullable()))
        .load(c)?)
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
