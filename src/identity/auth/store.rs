//! The rows of sessions.
use diesel::prelude::*;

use crate::platform::db::schema::sessions;
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// A session to open.
#[derive(Clone, Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession {
    pub id: Id,
    pub user_id: Id,
    pub token_hash: String,
    pub created_at: UtcTime,
    pub expires_at: UtcTime,
}

/// Makes those who open and end sessions of one user take turns, so that none opens unseen while all are ended.
pub fn turn(tx: &mut AnyConnection, user: Id) -> Result<(), Problem> {
    Ok(dialect::lock(tx, "sessions", &user.to_string())?)
}

/// Opens a session.
pub fn insert(tx: &mut AnyConnection, session: &NewSession) -> Result<(), Problem> {
    diesel::insert_into(sessions::table).values(session).execute(tx)?;
    Ok(())
}

/// Ends the session of a token, if it is open, and answers whose it was: of two that use one token at once, one wins.
pub fn end(tx: &mut AnyConnection, token_hash: &str, now: UtcTime) -> Result<Option<Id>, Problem> {
    let open = sessions::table.filter(sessions::token_hash.eq(token_hash)).filter(sessions::ended_at.is_null()).filter(sessions::expires_at.gt(now));
    let Some((id, user)) = open.select((sessions::id, sessions::user_id)).first::<(Id, Id)>(tx).optional()? else { return Ok(None) };
    turn(tx, user)?;
    let ended = diesel::update(sessions::table.find(id)).filter(sessions::ended_at.is_null()).set(sessions::ended_at.eq(Some(now))).execute(tx)?;
    Ok((ended == 1).then_some(user))
}

/// Ends all open sessions of a user, or all but one.
pub fn end_all(tx: &mut AnyConnection, user: Id, but: Option<Id>, now: UtcTime) -> Result<(), Problem> {
    turn(tx, user)?;
    let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::ended_at.is_null());
    // No session has the nil id.
    let others = open.filter(sessions::id.ne(but.unwrap_or(Id(uuid::Uuid::nil()))));
    diesel::update(others).set(sessions::ended_at.eq(Some(now))).execute(tx)?;
    Ok(())
}
