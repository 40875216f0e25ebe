//! What the wire says of views.
use serde::Serialize;
use utoipa::ToSchema;

use super::store::Row;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::List;
use crate::platform::web::condition::ConditionInput;
use crate::platform::web::values::{Name, Reference, Word};
use crate::{body, word_type};

/// Most columns of a view.
const MOST_COLUMNS: usize = 100;
type Columns = List<Word, MOST_COLUMNS>;
const READ_ONLY: &[&str] = &["id", "owner", "team", "version", "created_at", "updated_at"];

word_type! {
    /// Who may use a view: its owner, the owner's team, everybody.
    Sharing { Private "private", Team "team", Organisation "organisation" }
}

body! {
    /// A view to save.
    ViewInput read_only READ_ONLY;
    must {
        /// The list that it is of: orders, customers or products.
        entity: Word,
        name: Name,
    }
    need {}
    may {
        /// private unless said otherwise; organisation is for administrators.
        sharing: Sharing,
        condition: ConditionInput,
        /// A sort of the list, such as `-amount`.
        sort: Word,
        /// The columns of a table, in their order.
        columns: Columns,
    }
}

body! {
    /// What is to change of a view; null clears, absent leaves.
    ViewPatch read_only &["id", "entity", "owner", "team", "version", "created_at", "updated_at"];
    need {}
    may {
        name: Name,
        sharing: Sharing,
        condition: ConditionInput,
        sort: Word,
        columns: Columns,
    }
}

/// A saved view: give its id as `view` to the list that it is of, or to an analysis.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct View {
    pub id: Id,
    #[schema(max_length = 20, example = "orders")]
    pub entity: String,
    #[schema(max_length = 200, example = "Large and late")]
    pub name: String,
    #[schema(max_length = 20, example = "team")]
    pub sharing: String,
    pub owner: Reference,
    /// The team that may use it, where it is shared with one.
    pub team: Option<Reference>,
    /// As it was saved; relative dates are resolved when it is used.
    #[schema(value_type = Option<ConditionInput>)]
    pub condition: Option<serde_json::Value>,
    #[schema(max_length = 50, example = "-amount")]
    pub sort: Option<String>,
    #[schema(max_items = 100, max_length = 100)]
    pub columns: Option<Vec<String>>,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

impl View {
    pub(super) fn of(row: Row, owner: String, team: Option<String>) -> Self {
        let Row { id, entity, name, sharing, owner_id, team_id, condition, sort, shown, version, created_at, updated_at } = row;
        Self {
            id,
            entity,
            name,
            sharing,
            owner: Reference { id: owner_id, name: owner },
            team: Reference::of(team_id, team),
            condition: condition.map(|condition| condition.0),
            sort,
            columns: shown.map(|columns| columns.to()),
            version,
            created_at,
            updated_at,
        }
    }
}
