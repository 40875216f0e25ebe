//! What the wire says of imports.
use serde::Serialize;
use utoipa::ToSchema;

use super::store::ImportRow;
use crate::integrations::jobs::JobError;
use crate::platform::db::{Id, UtcTime};
use crate::platform::jobs::JobRow;
use crate::platform::problem::Locale;

/// What is sent: a file, and how its columns become fields.
#[derive(ToSchema)]
#[allow(dead_code)] // The parts are read one by one as they come; this is for the document.
pub struct ImportForm {
    /// CSV in UTF-8 with a header, at most 64 MiB.
    #[schema(value_type = String, format = Binary, max_length = 67108864)]
    file: Vec<u8>,
    /// JSON: the `entity` (products, customers, users or orders) and the `fields` to fill; without `fields` the header names them.
    mapping: ImportMapping,
}

/// How columns become fields.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ImportMapping {
    #[schema(max_length = 20, example = "orders")]
    entity: String,
    /// Field (such as `title`, `lines[0].product` or `custom.budget`) → where its value comes from.
    #[schema(value_type = Option<Object>, example = json!({
        "title": {"template": "{{ product }} for {{ account }}"}, "lines[0].product": {"column": "product"},
        "created_at": {"column": "engage_date", "fallback": ["close_date"], "date_format": "%Y-%m-%d"},
        "status": {"column": "deal_stage", "values": {"Won": "won", "Lost": "lost"}, "otherwise": "pending"}, "currency": {"constant": "USD"}}))]
    fields: Option<serde_json::Value>,
}

/// An import, and how far it is.
#[derive(Serialize, ToSchema)]
pub struct Import {
    /// The id of its job, too.
    pub id: Id,
    #[schema(max_length = 20, example = "orders")]
    pub entity: String,
    #[schema(max_length = 200, example = "sales_pipeline.csv")]
    pub file_name: Option<String>,
    /// Whether nothing is stored but what would be refused.
    pub validate_only: bool,
    /// queued, running, done, failed or cancelled.
    #[schema(max_length = 20, example = "done")]
    pub state: String,
    /// How many rows have been looked at.
    #[schema(minimum = 0)]
    pub done: i64,
    /// How many rows the file has; null until they are counted.
    #[schema(minimum = 0)]
    pub total: Option<i64>,
    #[schema(minimum = 0)]
    pub created: i64,
    #[schema(minimum = 0)]
    pub updated: i64,
    /// The same as last time.
    #[schema(minimum = 0)]
    pub unchanged: i64,
    #[schema(minimum = 0)]
    pub refused: i64,
    /// Where the refused rows are, with their reasons.
    #[schema(max_length = 200)]
    pub errors: String,
    /// Why it failed, if it did.
    pub error: Option<JobError>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

impl Import {
    pub(super) fn of((import, job): (ImportRow, JobRow), locale: Locale) -> Self {
        Self {
            id: import.id,
            entity: import.entity,
            file_name: import.file_name,
            validate_only: import.validate_only,
            state: job.state,
            done: import.next_row,
            total: job.total,
            created: import.created,
            updated: import.updated,
            unchanged: import.unchanged,
            refused: import.refused,
            errors: format!("/api/v1/imports/{}/errors", import.id),
            error: job.error.map(|code| JobError::of(&code, locale)),
            created_at: job.created_at,
            updated_at: job.updated_at,
        }
    }
}
