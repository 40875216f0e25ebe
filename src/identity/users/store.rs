//! The rows of users.
use diesel::prelude::*;

use crate::platform::db::schema::{teams, users};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// What the guard needs of a user.
#[derive(Debug)]
pub struct CallerRow {
    pub name: String,
    pub role: String,
    pub team_id: Option<Id>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub leads: Vec<Id>,
}

/// An active user with the teams led.
pub fn caller(c: &mut AnyConnection, id: Id) -> Result<Option<CallerRow>, Problem> {
    type Row = (String, String, Option<Id>, Option<String>, Option<String>);
    let columns = (users::name, users::role, users::team_id, users::locale, users::time_zone);
    let Some((name, role, team_id, locale, time_zone)) = users::table.find(id).filter(users::active.eq(true)).select(columns).first::<Row>(c).optional()?
    else {
        return Ok(None);
    };
    let leads = teams::table.filter(teams::lead_id.eq(id)).select(teams::id).load(c)?;
    Ok(Some(CallerRow { name, role, team_id, locale, time_zone, leads }))
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
