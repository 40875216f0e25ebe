//! How open records stand to a version of a standard: which of its rules each breaks, and the figures of many. Pure; rooms read the records.
use std::collections::{BTreeMap, HashMap, HashSet};

use super::definition::{Severity, Standard};
use crate::identity::Caller;
use crate::identity::Role;
use crate::platform::db::Id;

/// How a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: Id,
    /// What people call it: a number, a name.
    pub label: String,
    pub owner: Option<Id>,
    pub team: Option<Id>,
    /// The places of the rules that it breaks, in their order.
    pub broken: Vec<usize>,
}

impl Record {
    /// Whether it breaks no rule that refuses.
    #[must_use]
    pub fn meets(&self, standard: &Standard) -> bool {
        !self.broken.iter().any(|place| standard.rules.get(*place).is_some_and(|rule| rule.severity == Severity::Error))
    }
}

/// Which records share what no two may, by the place of the rule.
pub type Shared = HashMap<usize, HashSet<Id>>;

/// How many records there are, and how many of them meet the standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub records: u64,
    pub meet: u64,
}

impl Count {
    fn add(&mut self, meets: bool) {
        self.records += 1;
        self.meet += u64::from(meets);
    }
}

/// For whom records are counted: an owner, or those whose figures the caller does not see one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    One(Id),
    Rest,
}

/// The figures of records, of any number of them.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub all: Count,
    /// How many records break each rule.
    pub rules: Vec<u64>,
    pub owners: BTreeMap<Owner, Count>,
    pub teams: BTreeMap<Option<Id>, Count>,
}

impl Tally {
    /// Counts a record, as the caller may see it counted: a rep's mates are one, as in every analysis.
    pub fn add(&mut self, record: &Record, standard: &Standard, caller: &Caller) {
        let meets = record.meets(standard);
        self.all.add(meets);
        self.rules.resize(standard.rules.len(), 0);
        for place in &record.broken {
            if let Some(count) = self.rules.get_mut(*place) {
                *count += 1;
            }
        }
        if let Some(owner) = record.owner {
            let named = caller.role != Role::Rep || caller.user == Some(owner) || record.team.is_some_and(|team| caller.leads.contains(&team));
            self.owners.entry(if named { Owner::One(owner) } else { Owner::Rest }).or_default().add(meets);
            self.teams.entry(record.team).or_default().add(meets);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::new_id;
    use crate::standards::definition::default_orders;

    #[test]
    fn records_are_counted_by_rule_owner_and_team_and_mates_are_one() {
        let mut standard = default_orders();
        standard.rules[1].severity = Severity::Warning;
        let (me, mate, led, team, other) = (new_id(), new_id(), new_id(), new_id(), new_id());
        let record = |owner, team, broken: &[usize]| Record { id: new_id(), label: String::new(), owner: Some(owner), team, broken: broken.to_vec() };
        let records = [
            record(me, Some(team), &[]),
            record(mate, Some(team), &[0, 1]),
            record(mate, Some(team), &[1]),
            record(led, Some(other), &[2]),
            record(me, None, &[2]),
        ];
        let rep = Caller { user: Some(me), role: Role::Rep, team: Some(team), leads: vec![other], ..Caller::system() };
        let count = |records, meet| Count { records, meet };
        for (caller, owners) in [
            (Caller::system(), vec![(Owner::One(me), count(2, 1)), (Owner::One(mate), count(2, 1)), (Owner::One(led), count(1, 0))]),
            (rep, vec![(Owner::One(me), count(2, 1)), (Owner::One(led), count(1, 0)), (Owner::Rest, count(2, 1))]),
        ] {
            let mut tally = Tally::default();
            for record in &records {
                tally.add(record, &standard, &caller);
            }
            assert_eq!((tally.all, &tally.rules[..4]), (count(5, 2), &[1, 2, 2, 0][..]));
            assert_eq!(tally.owners.into_iter().collect::<Vec<_>>(), owners);
            assert_eq!(tally.teams.into_iter().collect::<Vec<_>>(), [(None, count(1, 0)), (Some(team), count(3, 2)), (Some(other), count(1, 0))]);
        }
    }
}
