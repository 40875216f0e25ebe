//! What the wire says of reviews.
use serde::Serialize;
use utoipa::ToSchema;

use super::policy::{By, CriticalField, Policy};
use crate::body;
use crate::identity::Role;
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::condition::ConditionInput;
use crate::platform::web::decode::{Decode, Faults, List, Needed, wrong_type};
use crate::platform::web::values::{ItemCode, Rate, RecordId};

/// Policies, their steps, and the persons of a step: bounded arrays. Entries that cannot be read leave a gap, so that the others are checked all the same.
pub type PolicyList = List<Needed<PolicyInput>, 50>;
pub type StepList = List<StepInput, 5>;
pub type PersonList = List<RecordId, 100>;
pub type CriticalList = List<CriticalField, 4>;

/// A whole number of hours from 1 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours(pub i64);

impl Hours {
    const MOST: i64 = 1_000;
}
impl Decode for Hours {
    fn decode(value: &serde_json::Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(hours) = value.as_i64() else { return wrong_type(value, "a whole number", at, faults) };
        if !(1..=Self::MOST).contains(&hours) {
            let (code, name, bound) = if hours < 1 { (FaultCode::BelowMinimum, "min", 1) } else { (FaultCode::AboveMaximum, "max", Self::MOST) };
            faults.add(Fault::new(at, code).param(name, bound));
            return None;
        }
        Some(Self(hours))
    }
}
impl utoipa::PartialSchema for Hours {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(1)).maximum(Some(Self::MOST)).into()
    }
}
impl ToSchema for Hours {}

body! {
    /// When an approved order must be reviewed again, and who reviews what. Of the policies the first that fits an order takes it; where none does, whoever
    /// may approve orders reviews it.
    ReviewInput read_only &["version"];
    must {
        /// By what share the net amount may fall below the approved one.
        tolerance: Rate,
    }
    need {}
    may {
        #[schema(inline)]
        policies: PolicyList,
    }
}

body! {
    /// Who reviews which orders.
    PolicyInput;
    must {
        code: ItemCode,
        labels: Labels,
        /// In their order; without any, a submit approves.
        #[schema(inline)]
        steps: StepList,
    }
    need {}
    may {
        /// The orders that it is for; without it all that no policy before it takes. Besides the fields of the order list: `discount_rate`, `customer.created_at`, `owner.created_at`.
        when: ConditionInput,
        /// Which changes after an approval ask for another review; all of them where nothing is said.
        #[schema(inline)]
        critical: CriticalList,
        /// By what share the net amount may fall below the approved one; what is said for all where it is absent.
        tolerance: Rate,
    }
}

body! {
    /// One step of a policy.
    StepInput;
    must { by: By }
    need {}
    may {
        /// The persons, of `users` and `round_robin`; each may approve orders.
        #[schema(inline)]
        users: PersonList,
        /// The role, of `role`; one that approves orders.
        role: Role,
        /// Within how many working hours it is to be decided.
        due_hours: Hours,
        /// Whether the lead of the order's team may review as well once it is overdue.
        escalate: bool,
    }
}

/// When an approved order must be reviewed again, and who reviews what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewSettings)]
pub struct ReviewSettings {
    /// By what share the net amount may fall below the approved one.
    #[schema(max_length = 6, example = "0.05")]
    pub tolerance: String,
    /// The first that fits an order takes it.
    #[schema(max_items = 50)]
    pub policies: Vec<Policy>,
    #[schema(minimum = 1)]
    pub version: i64,
}
