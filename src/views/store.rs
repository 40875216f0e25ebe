//! The rows of views.
use diesel::prelude::*;

use crate::platform::db::schema::{teams, users, views};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::web::etag;

/// A view as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = views, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub entity: String,
    pub name: String,
    pub sharing: String,
    pub owner_id: Id,
    pub team_id: Option<Id>,
    pub condition: Option<Json>,
    pub sort: Option<String>,
    /// The columns of a table.
    pub shown: Option<Json>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// A view with the names of its owner and its team.
pub type Named = (Row, String, Option<String>);

/// The condition under which a user may use a view: an own one, one of the user's team or of a team led, one for everybody.
#[must_use]
pub fn usable(user: Id) -> Sql {
    let teams = Sql::new("(views.sharing = 'team' and views.team_id in (select u.team_id from users u where u.id = ")
        .bind(Value::Id(user))
        .text(" union select t.id from teams t where t.lead_id = ")
        .bind(Value::Id(user))
        .text("))");
    Sql::any([Sql::new("views.owner_id = ").bind(Value::Id(user)), Sql::new("views.sharing = 'organisation'"), teams])
}

/// Views that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Named>, Problem> {
    Ok(views::table
        .inner_join(users::table.on(views::owner_id.eq(users::id)))
        .left_join(teams::table.on(views::team_id.eq(teams::id.nullable())))
        .filter(filter)
        .order(order)
        .limit(limit)
        .select((Row::as_select(), users::name, teams::name.nullable()))
        .load(c)?)
}

/// How many views meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(views::table.filter(filter).count().get_result(c)?)
}

/// A view that a user may use.
pub fn find(c: &mut AnyConnection, user: Id, id: Id) -> Result<Option<Named>, Problem> {
    let own = Sql::all([Sql::new("views.id = ").bind(Value::Id(id)), usable(user)]);
    Ok(list(c, own, Sql::new("views.id"), 1)?.pop())
}

/// Keeps a new view.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::insert_into(views::table).values(row).execute(tx)?;
    Ok(())
}

/// Keeps a view over the version that was read.
pub fn update(tx: &mut AnyConnection, row: &Row, read_version: i64) -> Result<(), Problem> {
    let still = views::table.filter(views::id.eq(row.id)).filter(views::version.eq(read_version));
    if diesel::update(still).set(row).execute(tx)? == 1 { Ok(()) } else { Err(etag::stale(read_version)) }
}

/// Takes a view away, if it still has the version that was read.
pub fn delete(tx: &mut AnyConnection, id: Id, read_version: i64) -> Result<(), Problem> {
    let still = views::table.filter(views::id.eq(id)).filter(views::version.eq(read_version));
    if diesel::delete(still).execute(tx)? == 1 { Ok(()) } else { Err(etag::stale(read_version)) }
}
