//! What the wire says of events.
use serde::Serialize;
use utoipa::ToSchema;

use super::store::Row;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::Reference;

/// A fact: who did what to which record, and what changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    pub id: Id,
    /// What happened.
    #[schema(max_length = 60, example = "order.approved")]
    pub r#type: String,
    pub record: RecordRef,
    /// The version of the record after it.
    #[schema(minimum = 1)]
    pub record_version: i64,
    /// Null for the program itself.
    pub actor: Option<Reference>,
    /// Field → before and after, or "changed" where what is personal is left out.
    #[schema(value_type = Object, example = json!({"status": ["in_review", "pending"]}))]
    pub changes: serde_json::Value,
    /// The request that did it.
    #[schema(max_length = 64)]
    pub request_id: Option<String>,
    /// When it happened.
    pub occurred_at: UtcTime,
    /// When it was recorded.
    pub recorded_at: UtcTime,
}

/// The record that an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordRef {
    #[schema(max_length = 30, example = "order")]
    pub r#type: String,
    pub id: Id,
}

impl EventView {
    /// A stored event, with its actor's name.
    #[must_use]
    pub fn of((row, name): (Row, Option<String>)) -> Self {
        let Row { id, kind, record_type, record_id, record_version, actor_id, changes, request_id, occurred_at, recorded_at, .. } = row;
        let actor = actor_id.map(|id| Reference { id, name: name.unwrap_or_default() });
        let record = RecordRef { r#type: record_type, id: record_id };
        Self { id, r#type: kind, record, record_version, actor, changes: changes.0, request_id, occurred_at, recorded_at }
    }
}

/// A stretch of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventFeed {
    /// May be short or empty while there is more: a call looks at a bounded stretch.
    #[schema(max_items = 200)]
    pub data: Vec<EventView>,
    pub page: FeedPlace,
}

/// Where a feed goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedPlace {
    /// Give it as `after` to go on; at the end, too, where more will come.
    #[schema(max_length = 4000)]
    pub next_cursor: String,
    /// Whether to go on at once.
    pub has_more: bool,
}
