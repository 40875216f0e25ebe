//! The policies and the tolerance as a setting: read, checked against the people of the moment, replaced.
use serde::{Deserialize, Serialize};

use super::dto::{ReviewInput, ReviewSettings};
use super::policy::{self, By, Policy};
use crate::identity::{Act, Caller, Role, teams, users};
use crate::orders::list::{ORDERS, found};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::condition::{Condition, Field, Surroundings};
use crate::platform::web::{Decoded, IfMatch};
use crate::settings::service::{self as kept, REVIEW};
use crate::standards::custom::defined::defined;
use crate::standards::entity::Entity;
use crate::{orders::store, platform::db::sql::Sql, platform::db::sql::Value};

/// As it is stored; a document of before there were policies has none.
#[derive(Serialize, Deserialize)]
struct Stored {
    tolerance: String,
    #[serde(default)]
    policies: Vec<Policy>,
}

/// What holds for the review of orders.
pub fn read(c: &mut AnyConnection) -> Result<ReviewSettings, Problem> {
    let (Stored { tolerance, policies }, version) = kept::document(c, REVIEW)?;
    Ok(ReviewSettings { tolerance, policies, version })
}

/// Replaces it.
pub fn replace(tx: &mut AnyConnection, act: &Act, input: Decoded<ReviewInput>, if_match: &IfMatch) -> Result<ReviewSettings, Problem> {
    let before = read(tx)?;
    if_match.check(before.version)?;
    let Decoded { value: ReviewInput { tolerance, policies }, mut faults } = input;
    let surroundings = Surroundings { now: act.now, zone: kept::organisation(tx)?.time_zone };
    let fields = fields(tx)?;
    let policies = policies.value().map(|policies| policy::build(&policies.0, &fields, &surroundings, &mut faults)).unwrap_or_default();
    // The places of the faults are those of what was sent, so persons are looked at only where all of it could be read.
    if faults.is_empty() {
        for (i, policy) in policies.iter().enumerate() {
            faults.extend(strangers(tx, i, policy)?);
        }
    }
    faults.check()?;
    let Some(tolerance) = tolerance.0 else { return Err(Problem::internal("a field is missing without a fault")) };
    let after = ReviewSettings { tolerance: tolerance.0.to_string(), policies, version: before.version };
    let version = kept::replace(tx, act, REVIEW, before.version, &before, &after)?;
    Ok(ReviewSettings { version, ..after })
}

/// What policies can ask about, whoever sees it.
fn fields(c: &mut AnyConnection) -> Result<Vec<Field>, Problem> {
    Ok(policy::fields(&defined(c, &Caller::system(), Entity::Orders, ORDERS.id)?.fields))
}

/// Whom a policy names though they cannot review: unknown, inactive, or of a role that approves nothing; leads of teams alike.
fn strangers(c: &mut AnyConnection, i: usize, policy: &Policy) -> Result<Vec<Fault>, Problem> {
    let mut faults = Vec::new();
    for (n, step) in policy.steps.iter().enumerate() {
        let at = format!("/policies/{i}/steps/{n}");
        for (k, user) in step.users.iter().enumerate() {
            faults.extend(stranger(c, *user, &format!("{at}/users/{k}"))?);
        }
        if step.by == By::TeamLead.as_str() {
            for lead in teams::store::leads(c)? {
                faults.extend(stranger(c, lead, &format!("{at}/by"))?);
            }
        }
    }
    Ok(faults)
}

fn stranger(c: &mut AnyConnection, user: Id, at: &str) -> Result<Option<Fault>, Problem> {
    Ok(match users::store::basics(c, user)? {
        None => Some(Fault::new(at, FaultCode::UnknownReference).param("what", "user").param("given", user)),
        Some(found) if found.active && Role::parse(&found.role).is_some_and(policy::reviews) => None,
        Some(found) => Some(Fault::new(at, FaultCode::NotAReviewer).param("given", found.name)),
    })
}

/// The policy that takes an order as it is stored: the first that fits. The condition is asked of the database, on this one order, so that it means
/// exactly what it means in a list.
pub fn policy_of<'a>(c: &mut AnyConnection, settings: &'a ReviewSettings, order: Id, act: &Act) -> Result<Option<&'a Policy>, Problem> {
    if settings.policies.is_empty() {
        return Ok(None);
    }
    let (fields, surroundings) = (fields(c)?, Surroundings { now: act.now, zone: kept::organisation(c)?.time_zone });
    for policy in &settings.policies {
        let Some(when) = &policy.when else { return Ok(Some(policy)) };
        let condition =
            Condition::read(when, "", &fields, &surroundings).map_err(|_| Problem::internal(format_args!("policy {} cannot be read", policy.code)))?;
        let this = Sql::new("orders.id = ").bind(Value::Id(order));
        if store::count(c, Sql::all([this, condition.to_sql(&found)]))? > 0 {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

/// Which changes of an order ask for another review, and by what share its amount may fall.
pub struct Terms {
    pub critical: Vec<String>,
    pub tolerance: Decimal,
}

/// The terms of an order as it is stored: those of its policy.
pub fn terms(c: &mut AnyConnection, order: Id, act: &Act) -> Result<Terms, Problem> {
    let settings = read(c)?;
    let policy = policy_of(c, &settings, order, act)?;
    let tolerance = policy.and_then(|policy| policy.tolerance.as_ref()).unwrap_or(&settings.tolerance);
    let tolerance = Decimal::parse(tolerance).map_err(|_| Problem::internal("settings hold no tolerance"))?;
    let all = || policy::CriticalField::WORDS.iter().map(|word| (*word).to_owned()).collect();
    Ok(Terms { critical: policy.map_or_else(all, |policy| policy.critical.clone()), tolerance })
}
