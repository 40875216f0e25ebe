//! What may be asked about standards and records, and what is answered.
use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::body;
use crate::identity::Role;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::List;
use crate::platform::web::values::Reference;
use crate::platform::web::write::{Item, MOST_ITEMS};
use crate::standards::definition::{Severity, Standard, StandardInput};
use crate::standards::trial::Trial;

/// An entry of any kind of records.
#[derive(Clone, Debug)]
pub struct AnyEntry;

impl PartialSchema for AnyEntry {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().description(Some("An entry, as the create of these records takes it.")).into()
    }
}
impl ToSchema for AnyEntry {}

/// Entries to try.
pub type Entries = List<Item<AnyEntry>, MOST_ITEMS>;

body! {
    /// Entries to try, each as a create takes it.
    TrialInput;
    must { entries: Entries }
    need {}
    may {
        /// A standard to try them against in place of the one in force; for those who may publish one.
        standard: StandardInput,
        /// The role of who would enter them; the caller's own where there is none.
        role: Role,
    }
}

/// What would become of entries, in their order; none of them sees another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntryTrials)]
pub struct Trials {
    /// The version that they were held against; of a standard that was sent, the one that it would be.
    #[schema(minimum = 1)]
    pub standard_version: i32,
    #[schema(max_items = 500)]
    pub data: Vec<Trial>,
}

/// The addresses of the lists of exactly the records that were counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComplianceDrilldowns)]
pub struct Drilldowns {
    #[schema(max_length = 500)]
    pub records: String,
    #[schema(max_length = 500)]
    pub meet: String,
    /// Those that do not meet it.
    #[schema(max_length = 500)]
    pub fail: String,
}

/// How many records break a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComplianceRule)]
pub struct RuleFigure {
    /// The id of the rule.
    #[schema(max_length = 100, example = "title_length")]
    pub rule: String,
    #[schema(max_length = 20, example = "error")]
    pub severity: Severity,
    /// The rule's own words, where it has some.
    #[schema(max_length = 500)]
    pub message: Option<String>,
    #[schema(minimum = 0)]
    pub records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub drilldown: Option<String>,
}

/// How many records of an owner or a team there are, and how many meet the standard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComplianceGroup)]
pub struct GroupFigure {
    /// An id; `team` for mates of the caller, who are counted as one; null for records without a team.
    #[schema(max_length = 36)]
    pub key: Option<String>,
    #[schema(max_length = 200)]
    pub label: Option<String>,
    #[schema(minimum = 0)]
    pub records: u64,
    #[schema(minimum = 0)]
    pub meet: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drilldowns: Option<Drilldowns>,
}

/// How the open records stand to a version of a standard: orders that are open, customers and products that are not archived, as far as the caller
/// sees them. A record meets it when it breaks no rule that refuses. Counted record by record; what changes meanwhile counts as it was met.
#[derive(Debug, Serialize, ToSchema)]
pub struct Compliance {
    #[schema(max_length = 50, example = "orders")]
    pub entity: String,
    #[schema(minimum = 1)]
    pub version: i32,
    pub as_of: UtcTime,
    #[schema(minimum = 0)]
    pub records: u64,
    #[schema(minimum = 0)]
    pub meet: u64,
    /// Only of the version in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drilldowns: Option<Drilldowns>,
    /// Every rule, in its order.
    #[schema(max_items = 500)]
    pub rules: Vec<RuleFigure>,
    /// By owner, those with most records that fail first.
    #[schema(max_items = 10000)]
    pub owners: Vec<GroupFigure>,
    /// By team, likewise.
    #[schema(max_items = 10000)]
    pub teams: Vec<GroupFigure>,
}

/// A record, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComplianceRecord)]
pub struct RecordView {
    pub id: Id,
    /// The number of an order, the name of a customer or product.
    #[schema(max_length = 200, example = "IO-000123")]
    pub label: String,
    pub owner: Option<Reference>,
    pub team: Option<Reference>,
    pub meets: bool,
    /// The ids of the rules that it breaks, warnings too.
    #[schema(max_items = 500, max_length = 100)]
    pub rules: Vec<String>,
}

/// A standard as it was published or, with `validate_only`, as it would be, and how today's open records would stand to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublishedStandard)]
pub struct Published {
    #[serde(flatten)]
    pub standard: Standard,
    /// Only with `validate_only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Compliance>,
}

/// A form to enter a record by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntryForm)]
pub struct Form {
    #[schema(max_length = 50, example = "orders")]
    pub entity: String,
    /// The version of the standard that it is made of.
    #[schema(minimum = 1)]
    pub standard_version: i32,
    /// JSON Schema 2020-12 of what the create takes: `title` is the label of a field, `description` its help, both in the caller's language. Hints stand
    /// under `x-ui`: `order`, `widget`, `labels` of choices, `min` and `max` of dates, `filled` where a value is found if none is sent, the `rules` that speak of the field; at the top the `sections`.
    #[schema(value_type = Object)]
    pub schema: serde_json::Value,
}
