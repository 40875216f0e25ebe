//! What the wire says of teams.
use serde::Serialize;
use utoipa::ToSchema;

use crate::body;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::Reference;
use crate::platform::web::values::{Name, RecordId};

body! {
    /// A team to make.
    NewTeam read_only &["id", "lead", "version", "created_at", "updated_at"];
    must {
        /// No other team has this name, whatever its case, width and spaces.
        name: Name,
    }
    need {}
    may {
        /// An active user.
        lead_id: RecordId,
    }
}

body! {
    /// What to change of a team; what is left out stays.
    TeamPatch read_only &["id", "lead", "version", "created_at", "updated_at"];
    need {}
    may {
        name: Name,
        /// An active user; null leaves the team without a lead.
        lead_id: RecordId,
    }
}

/// A team.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamView {
    pub id: Id,
    #[schema(max_length = 200, example = "East")]
    pub name: String,
    /// Who leads it; null where nobody does.
    pub lead: Option<Reference>,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}
