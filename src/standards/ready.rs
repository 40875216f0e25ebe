//! A standard made ready for one moment and one role, to hold one entry against it or many: its rules, and the asking of a room's table for unique values.
use chrono::NaiveDate;

use super::check::{Checker, Context, Violation, called};
use super::definition::{Rule, Standard};
use super::entry::Entry;
use super::unique::{self, Pairs};
use crate::identity::{Act, Role};
use crate::platform::clock::date_in;
use crate::platform::db::AnyConnection;
use crate::platform::problem::Problem;
use crate::platform::web::condition::Surroundings;
use crate::settings;

/// A standard made ready.
#[derive(Debug)]
pub struct Ready<'a> {
    pub standard: &'a Standard,
    pub checker: Checker<'a>,
    pub today: NaiveDate,
    pub role: Role,
}

impl<'a> Ready<'a> {
    /// As it holds for the caller now.
    pub fn of(c: &mut AnyConnection, act: &Act, standard: &'a Standard) -> Result<Self, Problem> {
        let zone = settings::service::organisation(c)?.time_zone;
        let checker = Checker::of(standard, &Surroundings { now: act.now, zone })?;
        Ok(Self { standard, checker, today: date_in(zone, act.now), role: act.caller.role })
    }

    /// Every violation in any of several contexts, with the places of those in which it is one. `taken` asks the room's own table for unique values;
    /// where the entry is kept if it passes, nobody else may take them meanwhile.
    pub fn survey(
        &self,
        c: &mut AnyConnection,
        entry: &Entry<'_>,
        contexts: &[Context<'_>],
        kept: bool,
        taken: impl FnMut(&mut AnyConnection, &Pairs) -> Result<bool, Problem>,
    ) -> Result<Vec<(Violation, Vec<usize>)>, Problem> {
        let mut all = self.checker.survey(entry, contexts);
        let unique = self.checker.unique_among(entry, contexts);
        let rules: Vec<&Rule> = unique.iter().map(|(rule, _)| *rule).collect();
        let found = unique::violations(c, &self.standard.entity, &rules, entry, kept, taken)?;
        all.extend(found.into_iter().map(|violation| {
            let places = unique.iter().filter(|(rule, _)| rule.id == violation.rule).flat_map(|(_, places)| places.clone()).collect();
            let label = if violation.message.is_none() { called(self.standard, &violation.pointer) } else { None };
            (Violation { label, ..violation }, places)
        }));
        Ok(all)
    }
}
