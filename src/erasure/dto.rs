//! What the wire says of an erasure.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::db::{Id, UtcTime};

/// A contact that was erased.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactErasure {
    /// The contact's id, which is all that is left.
    pub id: Id,
    pub customer_id: Id,
    pub erased_at: UtcTime,
    /// Texts that told of the person at that moment. Nobody but a person can say what they are to say instead.
    #[schema(max_items = 1000000)]
    pub free_text: Vec<FreeText>,
}

/// A text that told of the person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FreeText {
    pub record: FreeTextRecord,
    /// The field, with the ids of the parts on the way to it.
    #[schema(max_length = 300, example = "follow_ups/019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e/content")]
    pub field: String,
}

/// The record that the text belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FreeTextRecord {
    /// customer or order.
    #[schema(max_length = 30, example = "order")]
    pub r#type: String,
    #[schema(max_length = 36)]
    pub id: String,
    /// The order's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 30, example = "IO-000123")]
    pub number: Option<String>,
}
