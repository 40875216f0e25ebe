//! What customers need to know of users: who may own one, and in which team the owner is at present.
use std::collections::HashMap;

use diesel::prelude::*;

use crate::identity::Role;
use crate::platform::db::schema::users;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// A user who owns customers, or is to.
#[derive(Clone, Debug, Queryable)]
pub struct OwnerRow {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub email_key: String,
    pub team: Option<Id>,
    pub active: bool,
}

type Columns = (users::id, users::name, users::email, users::email_key, users::team_id, users::active);
const COLUMNS: Columns = (users::id, users::name, users::email, users::email_key, users::team_id, users::active);

/// The users of these ids.
pub fn of(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, OwnerRow>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = users::table.filter(users::id.eq_any(ids.iter().copied())).select(COLUMNS).load::<OwnerRow>(c)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The user of an id.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<OwnerRow>, Problem> {
    Ok(users::table.find(id).select(COLUMNS).first::<OwnerRow>(c).optional()?)
}

/// The active user of an e-mail address.
pub fn by_email(c: &mut AnyConnection, email: &str) -> Result<Option<OwnerRow>, Problem> {
    let found = users::table.filter(users::email_key.eq(email.to_lowercase())).filter(users::active.eq(true));
    Ok(found.select(COLUMNS).first::<OwnerRow>(c).optional()?)
}

/// The first active administrator: owns what the program itself brings in and names nobody for.
pub fn first_admin(c: &mut AnyConnection) -> Result<Option<OwnerRow>, Problem> {
    let admins = users::table.filter(users::role.eq(Role::Admin.as_str())).filter(users::active.eq(true));
    Ok(admins.order((users::created_at, users::id)).select(COLUMNS).first::<OwnerRow>(c).optional()?)
}
