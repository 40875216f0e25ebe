//! The rows of standards and of the entries that they refused.
use diesel::prelude::*;

use super::definition::Standard;
use crate::platform::clock::new_id;
use crate::platform::db::schema::{entry_refusals, standards, users};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, kept};
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
#[derive(Clone, Debug, Queryable)]
pub struct Published {
    pub id: Id,
    pub version: i32,
    pub document: Json,
    pub published_at: UtcTime,
    pub published_by: Option<Id>,
    /// The name of who published it.
    pub by_name: Option<String>,
}

/// Published versions that meet a condition, in an order.
pub fn versions(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Published>, Problem> {
    Ok(standards::table
        .left_join(users::table.on(standards::published_by.eq(users::id.nullable())))
        .filter(filter)
        .order(order)
        .limit(limit)
        .select((standards::id, standards::version, standards::document, standards::published_at, standards::published_by, users::name.nullable()))
        .load(c)?)
}

/// How many versions meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(standards::table.filter(filter).count().get_result(c)?)
}

pub fn insert(tx: &mut AnyConnection, standard: &Standard, now: UtcTime, by: Option<Id>) -> Result<(), Problem> {
    kept::pass_over();
    let row = (
        standards::entity.eq(&standard.entity),
        standards::version.eq(standard.version),
        standards::document.eq(Json::of(standard)),
        standards::published_at.eq(now),
        standards::published_by.eq(by),
        standards::id.eq(new_id()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standards::entity::Entity;

    #[test]
    fn the_stamp_knows_every_standard() {
        assert!(Entity::ALL.iter().all(|entity| kept::STAMP.contains(&format!("entity = '{}'", entity.as_str()))));
    }
}
