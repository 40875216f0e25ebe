//! Review policies as data: which orders, which steps, who reviews at each, when it is due. Pure; who these people are is looked up by the caller.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::dto::{PolicyInput, StepInput};
use crate::identity::Permission;
use crate::identity::rights::{Role, holds};
use crate::orders::list::{ORDERS, of_customer};
use crate::platform::db::Id;
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::Faults;
use crate::platform::web::condition::{Condition, Field, Kind, Surroundings};
use crate::platform::web::decode::Needed;
use crate::word_type;

word_type! {
    /// How a step finds its reviewers: named persons, everybody of a role, the lead of the order's team, the next of a set in turn.
    By { Users "users", Role "role", TeamLead "team_lead", RoundRobin "round_robin" }
    /// A change that can ask for another review.
    CriticalField { Customer "customer_id", Currency "currency", Lines "lines", Amount "amount" }
}

/// One step of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReviewStep)]
pub struct Step {
    /// users, role, team_lead or round_robin.
    #[schema(max_length = 20, example = "users")]
    pub by: String,
    /// The persons, of `users` and `round_robin`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub users: Vec<Id>,
    /// The role, of `role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50, example = "reviewer")]
    pub role: Option<String>,
    /// Within how many working hours it is to be decided; null where nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub due_hours: Option<i64>,
    /// Whether the lead of the order's team may review as well once it is overdue.
    #[serde(default)]
    pub escalate: bool,
}

impl Step {
    /// Whoever may approve orders: what holds where no policy says anything else.
    #[must_use]
    pub fn anybody() -> Self {
        Self { by: By::Role.as_str().into(), users: Vec::new(), role: None, due_hours: None, escalate: false }
    }
}

/// Who reviews which orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReviewPolicy)]
pub struct Policy {
    #[schema(max_length = 50, example = "large")]
    pub code: String,
    pub labels: Labels,
    /// The orders that it is for; null means all that no policy before it takes.
    #[serde(default)]
    #[schema(value_type = Option<crate::platform::web::condition::ConditionInput>)]
    pub when: Option<Value>,
    /// In their order; without any, a submit approves.
    #[schema(max_items = 5)]
    pub steps: Vec<Step>,
    /// Which changes after an approval ask for another review: customer_id, currency, lines, amount.
    #[schema(max_items = 4, max_length = 20, example = json!(["customer_id", "currency", "lines", "amount"]))]
    pub critical: Vec<String>,
    /// By what share the net amount may fall below the approved one; null means what is said for all.
    #[serde(default)]
    #[schema(max_length = 6, example = "0.05")]
    pub tolerance: Option<String>,
}

/// Fields of the order list that say where an order stands, not what it is: a policy is chosen at the submit, whatever came before.
const LEFT_OUT: [&str; 10] =
    ["q", "status", "updated_at", "first_submitted_at", "submitted_at", "closed_on", "closed_at", "closed_owner", "closed_team", "reason"];

/// What a policy can ask of an order: the fields of the order list, what tells a large discount, a new customer and a new owner, and what the company
/// has defined.
#[must_use]
pub fn fields(defined: &[Field]) -> Vec<Field> {
    let more = [
        Field::column("discount_rate", Kind::Decimal, "l.discount_rate", "The discount rate of one of the lines.")
            .within("exists (select 1 from order_lines l where l.order_id = orders.id and ", ")")
            .several(),
        of_customer(
            "customer.created_at",
            Kind::Time,
            "cu.created_at",
            "When the customer was entered; `[gte]=-30d` tells new ones.",
            "orders.customer_id is null",
        ),
        Field::column("owner.created_at", Kind::Time, "u.created_at", "When the owner was made a user.")
            .within("orders.owner_id in (select u.id from users u where ", ")"),
    ];
    ORDERS.fields.iter().copied().filter(|field| !LEFT_OUT.contains(&field.name)).chain(more).chain(defined.iter().copied()).collect()
}

/// Whether a role may review.
#[must_use]
pub fn reviews(role: Role) -> bool {
    holds(role, false, Permission::OrdersApprove)
}

/// Makes policies of what was sent, and adds what is wrong with them but for the persons they name.
pub fn build(sent: &[Needed<PolicyInput>], fields: &[Field], surroundings: &Surroundings, faults: &mut Faults) -> Vec<Policy> {
    let mut policies: Vec<Policy> = Vec::with_capacity(sent.len());
    for (i, input) in sent.iter().enumerate() {
        let at = |rest: &str| format!("/policies/{i}{rest}");
        // What could not be read was faulted before.
        let Some(input) = &input.0 else { continue };
        let (Some(code), Some(labels), Some(steps)) = (&input.code.0, &input.labels.0, &input.steps.0) else { continue };
        let when = input.when.as_ref().map(|when| when.0.clone());
        if let Some(when) = &when
            && let Err(problem) = Condition::read(when, &at("/when"), fields, surroundings)
        {
            faults.extend(problem.faults().to_vec());
        }
        if policies.iter().any(|other| other.code == code.0) {
            faults.add(Fault::new(at("/code"), FaultCode::Repeated).param("value", &code.0));
        }
        // The first that fits takes the order: what stands behind one for all, or asks what one before it asks, is never reached.
        if let Some(other) = policies.iter().find(|other| other.when.is_none() || other.when == when) {
            faults.add(Fault::new(at("/when"), FaultCode::NeverReached).param("other", &other.code));
        }
        let steps = steps.0.iter().enumerate().filter_map(|(n, step)| build_step(step, &at(&format!("/steps/{n}")), faults)).collect();
        let critical: Vec<String> = match &input.critical.as_ref() {
            Some(named) => named.0.iter().map(|field| field.as_str().to_owned()).collect(),
            None => CriticalField::WORDS.iter().map(|word| (*word).to_owned()).collect(),
        };
        for (n, field) in critical.iter().enumerate().filter(|(n, field)| critical[..*n].contains(field)) {
            faults.add(Fault::new(at(&format!("/critical/{n}")), FaultCode::Repeated).param("value", field));
        }
        let tolerance = input.tolerance.as_ref().map(|rate| rate.0.to_string());
        policies.push(Policy { code: code.0.clone(), labels: labels.clone(), when, steps, critical, tolerance });
    }
    policies
}

fn build_step(input: &StepInput, at: &str, faults: &mut Faults) -> Option<Step> {
    let by = input.by.0?;
    let users: Vec<Id> = input.users.as_ref().map(|users| users.0.iter().map(|id| id.0).collect()).unwrap_or_default();
    let role = input.role.as_ref().copied();
    let named = matches!(by, By::Users | By::RoundRobin);
    // The last of the two says why the first is missing.
    match (named, input.users.is_given()) {
        (true, false) => faults.add(Fault::new(format!("{at}/users"), FaultCode::Required)),
        (true, true) if users.is_empty() && !input.users.is_unreadable() => faults.add(Fault::new(format!("{at}/users"), FaultCode::TooFew).param("min", 1)),
        (false, true) => faults.add(Fault::new(format!("{at}/users"), FaultCode::Inconsistent).param("other", "by")),
        _ => {}
    }
    for (n, user) in users.iter().enumerate().filter(|(n, user)| users[..*n].contains(user)) {
        faults.add(Fault::new(format!("{at}/users/{n}"), FaultCode::Repeated).param("value", user));
    }
    match (by == By::Role, role) {
        (true, None) if !input.role.is_unreadable() => faults.add(Fault::new(format!("{at}/role"), FaultCode::Required)),
        (true, Some(role)) if !reviews(role) => {
            let able = Role::ALL.iter().filter(|role| reviews(**role)).map(|role| role.as_str()).collect::<Vec<_>>();
            faults.add(Fault::new(format!("{at}/role"), FaultCode::NotOneOf).param("allowed", able.join(", ")));
        }
        (false, Some(_)) => faults.add(Fault::new(format!("{at}/role"), FaultCode::Inconsistent).param("other", "by")),
        _ => {}
    }
    let due_hours = input.due_hours.as_ref().map(|hours| hours.0);
    let escalate = input.escalate.as_ref().copied().unwrap_or_default();
    if escalate && due_hours.is_none() && !input.due_hours.is_unreadable() {
        faults.add(Fault::new(format!("{at}/escalate"), FaultCode::Inconsistent).param("other", "due_hours"));
    }
    Some(Step { by: by.as_str().into(), users, role: role.map(|role| role.as_str().into()), due_hours, escalate })
}
