//! The rows of API keys.
use diesel::prelude::*;
use diesel::sql_types::Nullable;

use crate::identity::users::store::{CallerOfTeam, CallerRow};
use crate::platform::db::schema::api_keys;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::web::etag;

/// A key's row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
pub struct Row {
    pub id: Id,
    pub user_id: Id,
    pub name: String,
    pub prefix: String,
    pub key_hash: String,
    pub scopes: Json,
    pub expires_at: Option<UtcTime>,
    pub last_used_at: Option<UtcTime>,
    pub revoked_at: Option<UtcTime>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// What a key that is used tells.
#[derive(Debug)]
pub struct Used {
    pub id: Id,
    pub scopes: Json,
    pub last_used_at: Option<UtcTime>,
    pub caller: CallerRow,
    /// The stamp of settings and standards.
    pub stamp: i64,
}

/// A caller by a key.
#[derive(QueryableByName)]
struct ByKey {
    #[diesel(embed)]
    caller: CallerOfTeam,
    #[diesel(sql_type = SqlId)]
    key_id: Id,
    #[diesel(sql_type = SqlJson)]
    scopes: Json,
    #[diesel(sql_type = Nullable<SqlTime>)]
    last_used_at: Option<UtcTime>,
}

/// The live key of a hash, and the active user whom it acts for.
pub fn used(c: &mut AnyConnection, key_hash: &str, now: UtcTime) -> Result<Option<Used>, Problem> {
    let columns = CallerOfTeam::columns();
    let select = format!("select {columns}, a.id as key_id, a.scopes, a.last_used_at from api_keys a {} where a.key_hash = ", CallerOfTeam::JOIN);
    let live = Sql::new(select).bind(Value::Text(key_hash.to_owned())).text(" and a.revoked_at is null and u.active");
    let live = live.text(" and (a.expires_at is null or a.expires_at > ").bind(Value::Time(now)).text(")");
    let rows: Vec<ByKey> = live.of_few().load(c)?;
    let Some((id, scopes, last_used_at)) = rows.first().map(|row| (row.key_id, row.scopes.clone(), row.last_used_at)) else { return Ok(None) };
    let caller = CallerOfTeam::together(rows.into_iter().map(|row| row.caller));
    Ok(caller.map(|(caller, stamp)| Used { id, scopes, last_used_at, caller, stamp }))
}

/// Notes when a key was used, unless somebody has done so since `before`: nothing that anybody decides by, so no version. What was noted by a clock
/// that was ahead is no use of a key.
pub fn set_last_used(tx: &mut AnyConnection, id: Id, before: UtcTime, now: UtcTime) -> Result<(), Problem> {
    let stale = api_keys::table
        .filter(api_keys::id.eq(id))
        .filter(api_keys::last_used_at.is_null().or(api_keys::last_used_at.le(before)).or(api_keys::last_used_at.gt(now)));
    diesel::update(stale).set(api_keys::last_used_at.eq(Some(now))).execute(tx)?;
    Ok(())
}

/// A key by its id.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(api_keys::table.find(id).select(Row::as_select()).first(c).optional()?)
}

/// Keys that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
    Ok(api_keys::table.filter(filter).order(order).limit(limit).select(Row::as_select()).load(c)?)
}

/// How many keys meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(api_keys::table.filter(filter).count().get_result(c)?)
}

/// Adds a key.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::insert_into(api_keys::table).values(row).execute(tx)?;
    Ok(())
}

/// Revokes a key if it still has the version that was read.
pub fn revoke(tx: &mut AnyConnection, read: &Row, now: UtcTime) -> Result<(), Problem> {
    let still = api_keys::table.filter(api_keys::id.eq(read.id)).filter(api_keys::version.eq(read.version));
    let revoked = (api_keys::revoked_at.eq(Some(now)), api_keys::version.eq(read.version + 1), api_keys::updated_at.eq(now.max(read.updated_at)));
    if diesel::update(still).set(revoked).execute(tx)? == 1 { Ok(()) } else { Err(etag::stale(read.version)) }
}
