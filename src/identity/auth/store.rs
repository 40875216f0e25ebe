//! The rows of sessions.
use diesel::prelude::*;

use super::rules::Step;
use crate::identity::users::store::{CallerOfTeam, CallerRow};
use crate::platform::db::schema::sessions;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// A session to open.
#[derive(Clone, Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession {
    pub id: Id,
    pub user_id: Id,
    /// The id of the session that the login opened.
    pub family_id: Id,
    pub token_hash: String,
    pub created_at: UtcTime,
    pub expires_at: UtcTime,
}

/// A session.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Row {
    pub id: Id,
    pub user_id: Id,
    pub family_id: Id,
    pub expires_at: UtcTime,
    pub rotated_at: Option<UtcTime>,
    pub ended_at: Option<UtcTime>,
    /// The session that the last use of its refresh token opened.
    pub successor_id: Option<Id>,
}

impl Row {
    /// What is decided by.
    #[must_use]
    pub const fn step(&self) -> Step {
        Step { expires_at: self.expires_at, rotated_at: self.rotated_at, ended_at: self.ended_at }
    }
}

/// A caller by a session.
#[derive(QueryableByName)]
struct BySession {
    #[diesel(embed)]
    caller: CallerOfTeam,
    #[diesel(sql_type = SqlId)]
    family_id: Id,
}

/// Whom an access token speaks for, an active user whose session has not ended; the family of the session, and the stamp of settings and standards.
pub fn caller(c: &mut AnyConnection, user: Id, session: Id) -> Result<Option<(CallerRow, Id, i64)>, Problem> {
    let select = format!("select {}, a.family_id from sessions a {} where a.id = ", CallerOfTeam::columns(), CallerOfTeam::JOIN);
    let open = Sql::new(select).bind(Value::Id(session)).text(" and a.user_id = ").bind(Value::Id(user));
    let rows: Vec<BySession> = open.text(" and a.ended_at is null and u.active").of_few().load(c)?;
    let Some(family) = rows.first().map(|row| row.family_id) else { return Ok(None) };
    Ok(CallerOfTeam::together(rows.into_iter().map(|row| row.caller)).map(|(row, stamp)| (row, family, stamp)))
}

/// Makes those who open and end sessions of one user take turns, so that none opens unseen while all are ended.
pub fn turn(tx: &mut AnyConnection, user: Id) -> Result<(), Problem> {
    Ok(dialect::lock(tx, "sessions", &user.to_string())?)
}

/// The session of a refresh token; its user's sessions stay as they are until the transaction ends.
pub fn by_token(tx: &mut AnyConnection, token_hash: &str) -> Result<Option<Row>, Problem> {
    let of_token = || sessions::table.filter(sessions::token_hash.eq(token_hash));
    let Some(user) = of_token().select(sessions::user_id).first::<Id>(tx).optional()? else { return Ok(None) };
    turn(tx, user)?;
    // Only now: another may have used the token while this one waited for its turn.
    Ok(of_token().select(Row::as_select()).first(tx).optional()?)
}

/// A session by its id.
pub fn find(tx: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(sessions::table.find(id).select(Row::as_select()).first(tx).optional()?)
}

/// Opens a session.
pub fn insert(tx: &mut AnyConnection, session: &NewSession) -> Result<(), Problem> {
    diesel::insert_into(sessions::table).values(session).execute(tx)?;
    Ok(())
}

/// Notes that a session's refresh token was used, first at a moment, and what came of it.
pub fn rotate(tx: &mut AnyConnection, id: Id, first_used: UtcTime, successor: Id) -> Result<(), Problem> {
    let used = (sessions::rotated_at.eq(Some(first_used)), sessions::successor_id.eq(Some(successor)));
    diesel::update(sessions::table.find(id)).set(used).execute(tx)?;
    Ok(())
}

/// Revokes one session.
pub fn end(tx: &mut AnyConnection, id: Id, now: UtcTime) -> Result<(), Problem> {
    diesel::update(sessions::table.find(id)).set(sessions::ended_at.eq(Some(now))).execute(tx)?;
    Ok(())
}

/// Ends all sessions of a family; answers how many had not ended before.
pub fn end_family(tx: &mut AnyConnection, family: Id, now: UtcTime) -> Result<usize, Problem> {
    let open = sessions::table.filter(sessions::family_id.eq(family)).filter(sessions::ended_at.is_null());
    Ok(diesel::update(open).set(sessions::ended_at.eq(Some(now))).execute(tx)?)
}

/// Ends all families of a user, or all but one.
pub fn end_all(tx: &mut AnyConnection, user: Id, but: Option<Id>, now: UtcTime) -> Result<(), Problem> {
    turn(tx, user)?;
    let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::ended_at.is_null());
    // No family has the nil id.
    let others = open.filter(sessions::family_id.ne(but.unwrap_or(Id(uuid::Uuid::nil()))));
    diesel::update(others).set(sessions::ended_at.eq(Some(now))).execute(tx)?;
    Ok(())
}

/// Forgets a user's sessions whose refresh tokens have expired: nothing can be told by them any more.
pub fn forget_expired(tx: &mut AnyConnection, user: Id, now: UtcTime) -> Result<(), Problem> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::expires_at.lt(now))).execute(tx)?;
    Ok(())
}
