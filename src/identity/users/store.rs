//! The rows of users.
use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::identity::rights::{Permission, Role, holds};
use crate::platform::db::kept::{self, STAMP};
use crate::platform::db::schema::{orders, teams, users};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::web::etag;

/// What the guard needs of a user.
#[derive(Debug)]
pub struct CallerRow {
    pub id: Id,
    pub name: String,
    pub role: String,
    pub team_id: Option<Id>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub leads: Vec<Id>,
}

/// A caller as one statement finds one: a row for each team led, or one.
#[derive(Debug, QueryableByName)]
pub struct CallerOfTeam {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Nullable<SqlId>)]
    team_id: Option<Id>,
    #[diesel(sql_type = Nullable<Text>)]
    locale: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    time_zone: Option<String>,
    #[diesel(sql_type = Nullable<SqlId>)]
    led: Option<Id>,
    /// How many changes of settings and standards there have been.
    #[diesel(sql_type = BigInt)]
    pub stamp: i64,
}

impl CallerOfTeam {
    /// What it selects of users `u` and teams `t`, and how the latter are joined.
    pub fn columns() -> String {
        format!("u.id, u.name, u.role, u.team_id, u.locale, u.time_zone, t.id as led, {STAMP} as stamp")
    }
    pub const JOIN: &str = "join users u on u.id = a.user_id left join teams t on t.lead_id = u.id";

    /// The caller of all rows.
    pub fn together(rows: impl Iterator<Item = Self>) -> Option<(CallerRow, i64)> {
        let mut rows = rows;
        let Self { id, name, role, team_id, locale, time_zone, led, stamp } = rows.next()?;
        let leads = led.into_iter().chain(rows.filter_map(|row| row.led)).collect();
        Some((CallerRow { id, name, role, team_id, locale, time_zone, leads }, stamp))
    }
}

/// The columns of a caller, for the statement that finds one by id.
pub const CALLER: (users::id, users::name, users::role, users::team_id, users::locale, users::time_zone) =
    (users::id, users::name, users::role, users::team_id, users::locale, users::time_zone);

/// What [`CALLER`] selects.
pub type CallerColumns = (Id, String, String, Option<Id>, Option<String>, Option<String>);

/// An active user with the teams led.
pub fn caller(c: &mut AnyConnection, id: Id) -> Result<Option<CallerRow>, Problem> {
    let row = users::table.find(id).filter(users::active.eq(true)).select(CALLER).first(c).optional()?;
    row.map(|row| with_leads(c, row)).transpose()
}

/// A user with the teams led.
pub fn with_leads(c: &mut AnyConnection, (id, name, role, team_id, locale, time_zone): CallerColumns) -> Result<CallerRow, Problem> {
    let leads = teams::table.filter(teams::lead_id.eq(id)).select(teams::id).load(c)?;
    Ok(CallerRow { id, name, role, team_id, locale, time_zone, leads })
}

/// What logging in needs of a user.
#[derive(Debug, Queryable)]
pub struct Credentials {
    pub id: Id,
    pub name: String,
    pub role: String,
    pub active: bool,
    pub password_hash: Option<String>,
}

/// The user of an e-mail address, folded to lower case.
pub fn credentials(c: &mut AnyConnection, email_key: &str) -> Result<Option<Credentials>, Problem> {
    let columns = (users::id, users::name, users::role, users::active, users::password_hash);
    Ok(users::table.filter(users::email_key.eq(email_key)).select(columns).first::<Credentials>(c).optional()?)
}

/// A user's row, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub role: String,
    pub team_id: Option<Id>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub active: bool,
    pub import_hash: Option<String>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// What other rooms decide by.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Basics {
    pub id: Id,
    pub name: String,
    pub active: bool,
    pub team_id: Option<Id>,
    pub role: String,
}

/// A user by the id.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(users::table.find(id).select(Row::as_select()).first(c).optional()?)
}

/// A user by the e-mail address, folded to lower case.
pub fn find_by_email(c: &mut AnyConnection, email_key: &str) -> Result<Option<Row>, Problem> {
    Ok(users::table.filter(users::email_key.eq(email_key)).select(Row::as_select()).first(c).optional()?)
}

/// What other rooms decide by, of one user.
pub fn basics(c: &mut AnyConnection, id: Id) -> Result<Option<Basics>, Problem> {
    Ok(users::table.find(id).select(Basics::as_select()).first(c).optional()?)
}

/// The id of the user of an e-mail address, folded to lower case.
pub fn by_email(c: &mut AnyConnection, email_key: &str) -> Result<Option<Id>, Problem> {
    Ok(users::table.filter(users::email_key.eq(email_key)).select(users::id).first(c).optional()?)
}

/// The names of users; an id that is none is left out.
pub fn names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(users::table.filter(users::id.eq_any(ids)).select((users::id, users::name)).load::<(Id, String)>(c)?.into_iter().collect())
}

/// The roles of users; one that the program does not know is left out.
pub fn roles(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, Role>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = users::table.filter(users::id.eq_any(ids.iter().copied())).select((users::id, users::role)).load::<(Id, String)>(c)?;
    Ok(rows.into_iter().filter_map(|(id, role)| Some((id, Role::parse(&role)?))).collect())
}

/// Whether an active user who may approve orders is not among these.
pub fn active_reviewers_besides(c: &mut AnyConnection, ids: &[Id]) -> Result<bool, Problem> {
    let roles: Vec<&str> = Role::ALL.iter().filter(|role| holds(**role, false, Permission::OrdersApprove)).map(|role| role.as_str()).collect();
    let others = users::table.filter(users::active.eq(true)).filter(users::role.eq_any(roles)).filter(users::id.ne_all(ids));
    Ok(others.select(users::id).first::<Id>(c).optional()?.is_some())
}

/// Whether an active administrator with a password remains besides one.
pub fn admin_besides(c: &mut AnyConnection, id: Id) -> Result<bool, Problem> {
    let admins = users::table.filter(users::active.eq(true)).filter(users::role.eq(Role::Admin.as_str())).filter(users::password_hash.is_not_null());
    Ok(admins.filter(users::id.ne(id)).select(users::id).first::<Id>(c).optional()?.is_some())
}

/// Whether there is no user at all.
pub fn is_empty(c: &mut AnyConnection) -> Result<bool, Problem> {
    Ok(users::table.select(users::id).first::<Id>(c).optional()?.is_none())
}

/// Users that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
    Ok(users::table.filter(filter).order(order).limit(limit).select(Row::as_select()).load(c)?)
}

/// How many there are.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(users::table.filter(filter).count().get_result(c)?)
}

/// Adds a user; without a password hash there is no logging in.
pub fn insert(tx: &mut AnyConnection, row: &Row, password_hash: Option<&str>) -> Result<(), Problem> {
    diesel::insert_into(users::table).values((row, users::password_hash.eq(password_hash))).execute(tx)?;
    Ok(())
}

/// Replaces a user's row, all but the password, if it still has the version that was read.
pub fn save(tx: &mut AnyConnection, read_version: i64, row: &Row) -> Result<(), Problem> {
    kept::pass_over();
    let still = users::table.filter(users::id.eq(row.id)).filter(users::version.eq(read_version));
    if diesel::update(still).set(row).execute(tx)? == 1 { Ok(()) } else { Err(etag::stale(read_version)) }
}

/// Remembers which row of a file a user was last brought in by: nothing that anybody sees, so no version.
pub fn set_import_hash(tx: &mut AnyConnection, id: Id, hash: &str) -> Result<(), Problem> {
    diesel::update(users::table.find(id)).set(users::import_hash.eq(hash)).execute(tx)?;
    Ok(())
}

/// The hash of a user's password.
pub fn password_hash(c: &mut AnyConnection, id: Id) -> Result<Option<String>, Problem> {
    Ok(users::table.find(id).select(users::password_hash).first::<Option<String>>(c).optional()?.flatten())
}

/// Sets the hash of a user's password.
pub fn set_password(tx: &mut AnyConnection, id: Id, hash: &str) -> Result<(), Problem> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(tx)?;
    Ok(())
}

/// Takes a user's open orders along to the user's team: while an order is open its team is its owner's, at closing it is frozen.
/// The tables are shared; the statuses are those that the life cycle calls open, archived orders included, since they may be restored.
pub fn move_open_orders(tx: &mut AnyConnection, user: Id, team: Option<Id>) -> Result<(), Problem> {
    let open = orders::table.filter(orders::owner_id.eq(user)).filter(orders::status.eq_any(["draft", "in_review", "returned", "pending", "processed"]));
    // A version each, so that a change read before this one is found stale instead of undoing it.
    diesel::update(open).set((orders::team_id.eq(team), orders::version.eq(orders::version + 1))).execute(tx)?;
    Ok(())
}
