//! What the wire says of delays.
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::DelayRow;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::{Day, Note, Reference, Word};
use crate::{body, word_type};

word_type! {
    /// Whose side a delay lies on.
    Side { Supply "supply", Customer "customer", Internal "internal", Other "other" }
}

body! {
    /// Why an order slips. The reason `other` needs a note.
    DelayInput;
    must {
        side: Side,
        /// One of the delay reasons in the settings.
        reason: Word,
    }
    need {}
    may {
        note: Note,
        /// What is done about it.
        remedy: Note,
        /// The later day on which the order is now expected to close: it becomes the order's expected close date.
        new_date: Day,
    }
}

/// Why an order slipped.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delay)]
pub struct DelayView {
    pub id: Id,
    /// supply, customer, internal or other.
    #[schema(max_length = 20, example = "supply")]
    pub side: String,
    /// Code of the reason.
    #[schema(max_length = 50, example = "material_shortage")]
    pub reason: String,
    #[schema(max_length = 4000)]
    pub note: Option<String>,
    /// What is done about it.
    #[schema(max_length = 4000)]
    pub remedy: Option<String>,
    /// The expected close date before the first push that this delay explains.
    pub from_date: Option<NaiveDate>,
    /// The expected close date once the delay was recorded.
    pub new_date: Option<NaiveDate>,
    /// By how many days the date went to later days: the new date, and every push that no delay had explained before.
    #[schema(minimum = 0, maximum = 10000000, example = 14)]
    pub days_slipped: i64,
    pub author: Option<Reference>,
    pub created_at: UtcTime,
}

impl DelayView {
    /// The answer for a row and its author's name.
    #[must_use]
    pub fn of((row, author): (DelayRow, Option<String>)) -> Self {
        let DelayRow { id, side, reason, note, remedy, from_date, new_date, days_slipped, author_id, created_at, .. } = row;
        Self { id, side, reason, note, remedy, from_date, new_date, days_slipped, author: Reference::of(author_id, author), created_at }
    }
}
