//! The rows of the event log.
use diesel::prelude::*;

use crate::platform::db::schema::{events, users};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, feed};

/// A fact as it is kept, but for its number.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub struct NewRow {
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

/// Keeps a fact; its number is taken in the same statement.
pub fn insert(tx: &mut AnyConnection, row: &NewRow) -> QueryResult<()> {
    let number = events::number.eq(feed::next_number(tx));
    diesel::insert_into(events::table).values((row, number)).execute(tx).map(drop)
}

/// The statement that does so.
pub fn inserting(row: NewRow) -> Sql {
    let NewRow { id, kind, record_type, record_id, record_version, actor_id, changes, request_id, occurred_at, recorded_at } = row;
    let columns = "id, type, record_type, record_id, record_version, actor_id, changes, request_id, occurred_at, recorded_at, number";
    let values = [
        Some(Value::Id(id)),
        Some(Value::Text(kind.to_owned())),
        Some(Value::Text(record_type.to_owned())),
        Some(Value::Id(record_id)),
        Some(Value::Number(record_version)),
        actor_id.map(Value::Id),
        Some(Value::Json(changes)),
        request_id.map(Value::Text),
        Some(Value::Time(occurred_at)),
        Some(Value::Time(recorded_at)),
    ];
    Sql::insert("events", columns, values).text(", ").then(feed::next_number_sql()).text(")")
}

/// A fact as it is read.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Row {
    pub id: Id,
    pub number: i64,
    pub kind: String,
    pub record_type: String,
    pub record_id: Id,
    pub record_version: i64,
    pub actor_id: Option<Id>,
    pub changes: Json,
    pub request_id: Option<String>,
    pub occurred_at: UtcTime,
    pub recorded_at: UtcTime,
}

/// How many facts meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> QueryResult<i64> {
    events::table.filter(filter).count().get_result(c)
}

/// Facts that meet a condition, in an order, with the actors' names.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> QueryResult<Vec<(Row, Option<String>)>> {
    events::table
        .left_join(users::table.on(events::actor_id.eq(users::id.nullable())))
        .filter(filter)
        .order(order)
        .limit(limit)
        .select((Row::as_select(), users::name.nullable()))
        .load(c)
}

/// What changed in the events of some records.
pub fn changes_of(c: &mut AnyConnection, records: &[Id]) -> QueryResult<Vec<(Id, Json)>> {
    events::table.filter(events::record_id.eq_any(records)).select((events::id, events::changes)).load(c)
}

/// What changed of a record behind a version up to another, in its order.
pub fn changes_between(c: &mut AnyConnection, record: Id, after: i64, to: i64) -> QueryResult<Vec<(i64, Json)>> {
    let own = events::table.filter(events::record_id.eq(record)).filter(events::record_version.gt(after)).filter(events::record_version.le(to));
    own.order(events::number).select((events::record_version, events::changes)).load(c)
}

/// Replaces what an event says of a change.
pub fn replace_changes(tx: &mut AnyConnection, id: Id, changes: &Json) -> QueryResult<()> {
    diesel::update(events::table.find(id)).set(events::changes.eq(changes)).execute(tx).map(drop)
}
