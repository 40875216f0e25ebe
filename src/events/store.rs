//! The rows of the event log.
use diesel::prelude::*;

use crate::platform::db::schema::events;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};

/// A fact as it is kept.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub struct Row {
    pub id: Id,
    pub kind: &'static str,
    pub record_type: &'static str,
    pub record_id: Id,
    pub record_version: i64,
    pub actor_id: Option<Id>,
    pub changes: Json,
    pub request_id: Option<String>,
    pub occurred_at: UtcTime,
    pub recorded_at: UtcTime,
}

/// Keeps a fact.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> QueryResult<()> {
    diesel::insert_into(events::table).values(row).execute(tx).map(drop)
}
