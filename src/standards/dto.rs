//! What the wire says of standards besides their rules and fields.
use serde::Serialize;
use utoipa::ToSchema;

use super::definition::{CustomField, Rule};
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::values::Reference;

/// A version that was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StandardVersion)]
pub struct Version {
    pub id: Id,
    #[schema(minimum = 1)]
    pub version: i32,
    pub published_at: UtcTime,
    /// Who published it; null for what a new installation begins with.
    pub published_by: Option<Reference>,
    /// How many rules it has.
    #[schema(minimum = 0, maximum = 500)]
    pub rules: usize,
    /// How many custom fields it has.
    #[schema(minimum = 0, maximum = 200)]
    pub fields: usize,
}

/// A rule that is in both of two versions, in two forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StandardRuleChange)]
pub struct RuleChange {
    #[schema(max_length = 50)]
    pub id: String,
    pub before: Rule,
    pub after: Rule,
}

/// A custom field that is in both of two versions, in two forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomFieldChange)]
pub struct FieldChange {
    #[schema(max_length = 50)]
    pub key: String,
    pub before: CustomField,
    pub after: CustomField,
}

/// In what two versions differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StandardChanges)]
pub struct Changes {
    #[schema(max_length = 50, example = "orders")]
    pub entity: String,
    #[schema(minimum = 1)]
    pub from: i32,
    #[schema(minimum = 1)]
    pub to: i32,
    #[schema(max_items = 500)]
    pub added: Vec<Rule>,
    #[schema(max_items = 500)]
    pub removed: Vec<Rule>,
    #[schema(max_items = 500)]
    pub changed: Vec<RuleChange>,
    /// Whether the rules that are in both stand in another order.
    pub reordered: bool,
    #[schema(max_items = 200)]
    pub added_fields: Vec<CustomField>,
    #[schema(max_items = 200)]
    pub changed_fields: Vec<FieldChange>,
}
