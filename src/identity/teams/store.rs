//! The rows of teams.
use std::collections::HashMap;

use diesel::prelude::*;

use crate::platform::db::kept;
use crate::platform::db::schema::teams;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::web::etag;

/// A team's row.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = teams, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub name: String,
    pub name_key: String,
    pub lead_id: Option<Id>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// A team by its id.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(teams::table.find(id).select(Row::as_select()).first(c).optional()?)
}

/// The team of a folded name.
pub fn by_name(c: &mut AnyConnection, name_key: &str) -> Result<Option<Id>, Problem> {
    Ok(teams::table.filter(teams::name_key.eq(name_key)).select(teams::id).first(c).optional()?)
}

/// The teams that a user leads, by name.
pub fn led_by(c: &mut AnyConnection, user: Id) -> Result<Vec<Row>, Problem> {
    Ok(teams::table.filter(teams::lead_id.eq(user)).order((teams::name_key, teams::id)).select(Row::as_select()).load(c)?)
}

/// Who leads a team.
pub fn leads(c: &mut AnyConnection) -> Result<Vec<Id>, Problem> {
    let leads: Vec<Option<Id>> = teams::table.filter(teams::lead_id.is_not_null()).order(teams::lead_id).select(teams::lead_id).distinct().load(c)?;
    Ok(leads.into_iter().flatten().collect())
}

/// The names of teams; an id that is none is left out.
pub fn names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(teams::table.filter(teams::id.eq_any(ids)).select((teams::id, teams::name)).load::<(Id, String)>(c)?.into_iter().collect())
}

/// Teams that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
    Ok(teams::table.filter(filter).order(order).limit(limit).select(Row::as_select()).load(c)?)
}

/// How many there are.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(teams::table.filter(filter).count().get_result(c)?)
}

/// Adds a team.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::insert_into(teams::table).values(row).execute(tx)?;
    Ok(())
}

/// Replaces a team's row if it still has the version that was read.
pub fn save(tx: &mut AnyConnection, read_version: i64, row: &Row) -> Result<(), Problem> {
    kept::pass_over();
    let still = teams::table.filter(teams::id.eq(row.id)).filter(teams::version.eq(read_version));
    if diesel::update(still).set(row).execute(tx)? == 1 { Ok(()) } else { Err(etag::stale(read_version)) }
}
