//! Who may review a step. Pure: persons, the order's facts and the step go in, the reach of the step comes out. Whatever a step says, it never reaches
//! somebody who had a hand in the order, and it always reaches somebody as long as there is anybody who may.
use std::collections::{BTreeMap, BTreeSet};

use super::policy::{By, Step};
use crate::identity::rights::Role;
use crate::platform::db::Id;

/// Somebody who may approve orders at all, active and of such a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub role: Role,
    /// Away at this moment.
    pub away: bool,
    /// Who reviews in their place while they are away.
    pub delegate: Option<Id>,
}

/// All who may approve orders at all.
pub type People = BTreeMap<Id, Person>;

/// What of an order decides who may review it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who created, owns, submitted or critically changed it.
    pub barred: Vec<Id>,
    /// The lead of its team.
    pub lead: Option<Id>,
    /// Whose turn it was when the step began, where reviewers take turns.
    pub assigned: Option<Id>,
    /// Whether the step is overdue and was handed on.
    pub escalated: bool,
}

/// Whom a step reaches; none of them is barred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These.
    Persons(BTreeSet<Id>),
    /// All of a role.
    Role(Role),
    /// All who may approve orders.
    Anybody,
}

/// Whether somebody may review the order at all.
#[must_use]
pub fn is_able(user: Id, facts: &Facts, people: &People) -> bool {
    people.contains_key(&user) && !facts.barred.contains(&user)
}

/// Whom a step reaches. Who is away stays within reach, and their delegate comes in; where nobody of those named is there to review, the lead of the
/// order's team takes the step, and where the lead cannot, whoever may.
#[must_use]
pub fn reach(step: &Step, facts: &Facts, people: &People) -> Reach {
    let able = |user: &Id| is_able(*user, facts, people);
    let there = |user: &Id| able(user) && people.get(user).is_some_and(|person| !person.away);
    let lead = facts.lead.filter(there);
    let named: Vec<Id> = match By::parse(&step.by) {
        Some(By::Role) => {
            let role = step.role.as_deref().and_then(Role::parse);
            let holders = |role: Role| people.iter().any(|(id, person)| person.role == role && there(id));
            return match role.filter(|role| !facts.escalated && holders(*role)) {
                Some(role) => Reach::Role(role),
                None => Reach::Anybody,
            };
        }
        Some(By::RoundRobin) => facts.assigned.map_or_else(|| step.users.clone(), |user| vec![user]),
        Some(By::TeamLead) => facts.lead.into_iter().collect(),
        Some(By::Users) | None => step.users.clone(),
    };
    let mut reached: BTreeSet<Id> = with_delegates(&named, people).into_iter().filter(able).collect();
    if facts.escalated {
        // A lead who has it already does not help; then it is for whoever may.
        match lead.filter(|lead| !reached.contains(lead)) {
            Some(lead) => reached.insert(lead),
            None => return Reach::Anybody,
        };
    }
    if !reached.iter().any(there) {
        match lead {
            Some(lead) => reached.insert(lead),
            None => return Reach::Anybody,
        };
    }
    Reach::Persons(reached)
}

/// Whether a step reaches somebody.
#[must_use]
pub fn reaches(reach: &Reach, user: Id, facts: &Facts, people: &People) -> bool {
    let within = match reach {
        Reach::Persons(persons) => persons.contains(&user),
        Reach::Role(role) => people.get(&user).is_some_and(|person| person.role == *role),
        Reach::Anybody => true,
    };
    within && is_able(user, facts, people)
}

/// Some persons and, where they are away, those who stand in for them, and for those in turn.
fn with_delegates(named: &[Id], people: &People) -> Vec<Id> {
    let mut all: Vec<Id> = Vec::new();
    let mut next: Vec<Id> = named.to_vec();
    while let Some(user) = next.pop() {
        // Two who stand in for each other are met once each.
        if !all.contains(&user) {
            all.push(user);
            next.extend(people.get(&user).filter(|person| person.away).and_then(|person| person.delegate));
        }
    }
    all
}

/// Whose turn it is: of those who are there the one whose last turn is longest ago, one who never had a turn first; among equals the first of the set.
#[must_use]
pub fn next_in_turn<T: Ord>(users: &[Id], last: &BTreeMap<Id, T>, facts: &Facts, people: &People) -> Option<Id> {
    let able = |user: &&Id| is_able(**user, facts, people);
    let there = |user: &&Id| able(user) && people.get(user).is_some_and(|person| !person.away);
    let oldest = |some: Vec<&Id>| some.into_iter().min_by_key(|user| last.get(user)).copied();
    oldest(users.iter().filter(there).collect()).or_else(|| oldest(users.iter().filter(able).collect()))
}

#[cfg(test)]
mod tests;
