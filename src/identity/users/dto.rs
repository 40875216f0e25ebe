//! What the wire says of users.
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::body;
use crate::identity::Role;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::Reference;
use crate::platform::web::values::{self, Email, Language, Name, PasswordText, RecordId, Zone};
use crate::platform::web::{Decode, Faults};

impl Decode for Role {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        values::decode_word(value, at, faults, Self::WORDS).and_then(|word| Self::parse(&word))
    }
}
impl PartialSchema for Role {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(Self::WORDS.iter().copied())).into()
    }
}
impl ToSchema for Role {}

body! {
    /// A user to make.
    NewUser read_only &["id", "team", "active", "version", "created_at", "updated_at"];
    must {
        name: Name,
        /// What the user logs in with; no other user has it.
        email: Email,
        role: Role,
    }
    need {}
    may {
        /// From 10 to 200 characters; without one the user cannot log in until an administrator sets it.
        password: PasswordText,
        team_id: RecordId,
        time_zone: Zone,
        locale: Language,
    }
}

body! {
    /// What to change of a user; what is left out stays.
    UserPatch read_only &["id", "team", "active", "version", "created_at", "updated_at"];
    need {}
    may {
        name: Name,
        email: Email,
        role: Role,
        /// Open orders of the user go along to the other team.
        team_id: RecordId,
        time_zone: Zone,
        locale: Language,
    }
}

body! {
    /// A password to set.
    NewPassword;
    must {
        /// From 10 to 200 characters.
        password: PasswordText,
    }
    need {}
    may {}
}

body! {
    /// A user as a file tells it.
    UserImport;
    need {
        name: Name,
        email: Email,
    }
    may {
        role: Role,
        /// The team's name; a team that is not there is made.
        team: Name,
        /// Who leads that team; a lead who is not there becomes a reviewer.
        lead_name: Name,
        lead_email: Email,
        time_zone: Zone,
        locale: Language,
    }
}

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    pub id: Id,
    #[schema(max_length = 200, example = "Li Na")]
    pub name: String,
    #[schema(max_length = 254, example = "li.na@example.com")]
    pub email: String,
    /// rep, reviewer or admin; more may come.
    #[schema(max_length = 50, example = "rep")]
    pub role: String,
    pub team: Option<Reference>,
    /// The language of answers to a request that names none.
    #[schema(max_length = 10, example = "zh-CN")]
    pub locale: Option<String>,
    /// The zone of the user's dates; null follows the organisation.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub time_zone: Option<String>,
    /// Whether the user may log in at all.
    pub active: bool,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

body! {
    /// What a user may change of oneself; what is left out stays.
    MePatch read_only &["id", "name", "email", "role", "team", "leads", "zone", "permissions"];
    need {}
    may {
        /// The language of answers to a request that names none.
        locale: Language,
        /// The zone of the user's dates; null follows the organisation.
        time_zone: Zone,
    }
}

/// The caller, and what the caller may ever do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    pub id: Id,
    #[schema(max_length = 200, example = "Li Na")]
    pub name: String,
    #[schema(max_length = 254, example = "li.na@example.com")]
    pub email: String,
    #[schema(max_length = 50, example = "rep")]
    pub role: String,
    pub team: Option<Reference>,
    /// The teams that the caller leads.
    #[schema(max_items = 1000)]
    pub leads: Vec<Reference>,
    #[schema(max_length = 10, example = "zh-CN")]
    pub locale: Option<String>,
    /// The caller's own zone; null follows the organisation.
    #[schema(max_length = 60, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// The zone that holds for the caller: the own one, else the organisation's.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub zone: String,
    /// Named as in `x-permission`, and no more than the API key's scopes; on which records each holds depends on owner and team.
    #[schema(max_items = 200)]
    pub permissions: Vec<&'static str>,
}
