//! What the wire says of API keys.
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::body;
use crate::identity::Permission;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::{self, Moment, Name, Reference};
use crate::platform::web::{Decode, Faults, List};

type Scopes = List<Scope, 200>;

/// A permission that an API key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope(pub Permission);

impl Scope {
    fn words() -> Vec<&'static str> {
        Permission::ALL.iter().filter(|permission| permission.is_scope()).map(|permission| permission.as_str()).collect()
    }
}
impl Decode for Scope {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        values::decode_word(value, at, faults, &Self::words()).and_then(|word| Permission::parse(&word)).map(Self)
    }
}
impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(Self::words())).into()
    }
}
impl ToSchema for Scope {}

body! {
    /// A key to make.
    NewApiKey read_only &["id", "owner", "key", "prefix", "last_used_at", "revoked_at", "version", "created_at"];
    need {
        /// What the key is for.
        name: Name,
        /// At least one; the key may never more than its maker may.
        scopes: Scopes,
    }
    may {
        /// From when on it is no longer taken; without it until it is revoked.
        expires_at: Moment,
    }
}

/// An API key, without the key itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    pub id: Id,
    #[schema(max_length = 200, example = "Web shop")]
    pub name: String,
    /// Who made it, and as whom it acts.
    pub owner: Reference,
    /// How the key begins, to recognise it by.
    #[schema(max_length = 20, example = "io_kJ2cZ0qL")]
    pub prefix: String,
    /// Named as in `x-permission`.
    #[schema(max_items = 200)]
    pub scopes: Vec<String>,
    pub expires_at: Option<UtcTime>,
    /// To the minute.
    pub last_used_at: Option<UtcTime>,
    pub revoked_at: Option<UtcTime>,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
}

/// A new API key; the key itself is told this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiKeyWithSecret)]
pub struct NewApiKeyView {
    /// Send it as `Authorization: Bearer …`; it cannot be read again.
    #[schema(max_length = 100, example = "io_kJ2cZ0qL…")]
    pub key: String,
    #[serde(flatten)]
    pub record: ApiKeyView,
}
