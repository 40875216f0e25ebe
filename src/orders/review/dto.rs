//! What the wire says of reviews.
use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::policy::{By, CriticalField, Policy};
use super::rounds;
use super::store::ReviewRow;
use crate::identity::Role;
use crate::orders::dto::input::RemarksInput;
use crate::orders::dto::view::{RemarkView, ReviewOrder};
use crate::orders::store::Loaded;
use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::condition::ConditionInput;
use crate::platform::web::decode::{Decode, Faults, List, Needed, wrong_type};
use crate::platform::web::values::{ItemCode, Note, Rate, RecordId, Reference, Word};
use crate::platform::web::write::Items;
use crate::{body, word_type};

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

/// An order that waits for a decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewItem {
    pub order: ReviewOrder,
    pub submitted_at: UtcTime,
    /// Seconds since this step of the review began.
    #[schema(minimum = 0)]
    pub waiting_seconds: i64,
    #[schema(minimum = 0)]
    pub round: i32,
    /// Which step of the policy it waits in, from 1.
    #[schema(minimum = 1)]
    pub step: i32,
    /// How many steps the policy has.
    #[schema(minimum = 1)]
    pub steps: i32,
    /// Code of the policy that took the order; null where none did, and whoever may approve orders reviews it.
    #[schema(max_length = 50)]
    pub policy: Option<String>,
    pub due_at: Option<UtcTime>,
    pub overdue: bool,
    /// When it was handed on, being overdue.
    pub escalated_at: Option<UtcTime>,
    /// Who works on it at this moment.
    pub claimed_by: Option<Reference>,
    pub claimed_until: Option<UtcTime>,
}

impl ReviewItem {
    #[must_use]
    pub fn of(review: &ReviewRow, order: &Loaded, names: &HashMap<Id, String>, now: UtcTime) -> Self {
        let started = review.started_at.unwrap_or(now);
        let holder = rounds::holder(review, now);
        Self {
            order: ReviewOrder::of(order),
            submitted_at: review.submitted_at,
            waiting_seconds: (now.0 - started.0).max(0) / 1_000_000,
            round: review.round,
            step: review.step,
            steps: review.steps,
            policy: review.policy.clone(),
            due_at: review.due_at,
            overdue: review.due_at.is_some_and(|due| due < now),
            escalated_at: review.escalated_at,
            claimed_by: Reference::of(holder, holder.and_then(|id| names.get(&id).cloned())),
            claimed_until: holder.and(review.claimed_until),
        }
    }
}

/// Most decisions of a batch.
const MOST_DECISIONS: usize = 200;
type Decisions = Items<ReviewDecision, MOST_DECISIONS>;

body! {
    /// Decisions on orders in review.
    ReviewBatchInput;
    must {
        #[schema(inline)]
        items: Decisions,
    }
    need {}
    may {}
}

word_type! {
    /// How grave a remark is.
    Severity { MustFix "must_fix", Advice "advice" }
    /// What is decided of an order in review.
    Decision { Approve "approve", Return "return" }
}

body! {
    /// A decision on one order in review.
    ReviewDecision;
    need {
        /// The order's id or number.
        order: Word,
        decision: Decision,
    }
    may {
        /// The version of the order that was looked at; without it whatever version there is.
        version: OrderVersion,
        note: Note,
        /// Lets pass what must be fixed and is not resolved, of `approve`; the note says why.
        waive: bool,
        /// What to mend, of `return`.
        #[schema(inline)]
        remarks: RemarksInput,
    }
}

/// A version of a record: a whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderVersion(pub i64);

impl Decode for OrderVersion {
    fn decode(value: &serde_json::Value, at: &str, faults: &mut Faults) -> Option<Self> {
        match value.as_i64() {
            Some(version) if version >= 1 => Some(Self(version)),
            Some(_) => {
                faults.add(Fault::new(at, FaultCode::BelowMinimum).param("min", 1));
                None
            }
            None => wrong_type(value, "a whole number", at, faults),
        }
    }
}
impl utoipa::PartialSchema for OrderVersion {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(1)).into()
    }
}
impl ToSchema for OrderVersion {}

/// The review of an order: its rounds, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    pub order_id: Id,
    /// The order's status.
    #[schema(max_length = 20, example = "in_review")]
    pub status: String,
    /// How many remarks must be fixed and are not resolved.
    #[schema(minimum = 0)]
    pub unresolved: i64,
    #[schema(max_items = 10000)]
    pub rounds: Vec<RoundView>,
}

/// One round of review.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReviewRound)]
pub struct RoundView {
    #[schema(minimum = 0)]
    pub round: i32,
    /// Code of the policy that took the order; null where none did.
    #[schema(max_length = 50)]
    pub policy: Option<String>,
    /// The changes of an approved order that asked for this round; empty where it was submitted.
    #[schema(max_items = 4, max_length = 20)]
    pub because: Vec<String>,
    /// What has changed since the round before: field, value then, value now.
    #[schema(value_type = Object)]
    pub changes: serde_json::Value,
    #[schema(max_items = 5)]
    pub steps: Vec<StepView>,
    /// What was remarked in this round.
    #[schema(max_items = 10000)]
    pub remarks: Vec<RemarkView>,
}

/// One step of a round.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReviewRoundStep)]
pub struct StepView {
    /// From 1; 0 where the policy asks for no review and the submit approved.
    #[schema(minimum = 0)]
    pub step: i32,
    /// `any` (whoever may approve orders) or a role; null where it is with persons, or has not begun.
    #[schema(max_length = 50)]
    pub open_to: Option<String>,
    /// The persons that it is with.
    #[schema(max_items = 1000)]
    pub reviewers: Vec<Reference>,
    /// Whose turn it was, where reviewers take turns.
    pub assigned_to: Option<Reference>,
    pub started_at: Option<UtcTime>,
    pub due_at: Option<UtcTime>,
    pub escalated_at: Option<UtcTime>,
    /// Who works on it at this moment.
    pub claimed_by: Option<Reference>,
    pub decided_at: Option<UtcTime>,
    /// approved, returned, withdrawn or closed.
    #[schema(max_length = 20, example = "approved")]
    pub decision: Option<String>,
    /// Who decided; null where the program did, or nobody yet.
    pub decided_by: Option<Reference>,
    /// From its beginning to the decision.
    #[schema(minimum = 0)]
    pub waiting_seconds: Option<i64>,
}

impl StepView {
    #[must_use]
    pub fn of(row: &ReviewRow, persons: Option<&BTreeSet<Id>>, names: &HashMap<Id, String>, now: UtcTime) -> Self {
        let named = |id: Option<Id>| Reference::of(id, id.and_then(|id| names.get(&id).cloned()));
        let holder = rounds::holder(row, now).filter(|_| row.decided_at.is_none());
        Self {
            step: row.step,
            open_to: row.open_to.clone(),
            reviewers: persons.into_iter().flatten().filter_map(|id| named(Some(*id))).collect(),
            assigned_to: named(row.assigned_to),
            started_at: row.started_at,
            due_at: row.due_at,
            escalated_at: row.escalated_at,
            claimed_by: named(holder),
            decided_at: row.decided_at,
            decision: row.decision.clone(),
            decided_by: named(row.decided_by),
            waiting_seconds: row.waiting_seconds,
        }
    }
}
