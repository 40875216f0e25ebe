//! Whether a standard can be published: that its fields can hold values, that its rules speak of fields that there are, demand what can be met, cost little and do not contradict
//! each other. Everything that is wrong is told at once, each with its place. Pure.
pub mod custom;

use std::collections::BTreeSet;

use serde_json::Value;

use super::definition::{Check, Kind, On, Rule, Severity, Standard};
use super::entity::{Entity, Type, condition_field};
use super::pattern::{self, Refused};
use crate::identity::Role;
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::intern::intern;
use crate::platform::text::nearest;
use crate::platform::web::condition::{Condition, Field, Surroundings};

/// Most conditions in all rules together: each is asked of every entry.
const MOST_CONDITIONS: usize = 200;

/// The fields that conditions of a standard may ask about.
#[must_use]
pub fn condition_fields(standard: &Standard) -> Vec<Field> {
    standard.known_fields().into_iter().filter_map(|(path, kind, _)| condition_field(path, kind)).collect()
}

impl Standard {
    /// What it is for; none where it is stored under a name that the program does not know.
    #[must_use]
    pub fn entity(&self) -> Option<Entity> {
        Entity::parse(&self.entity)
    }
    /// Every field that it may speak of, what it holds, and whether rules may make demands on it.
    #[must_use]
    pub fn known_fields(&self) -> Vec<(&'static str, Type, bool)> {
        let own = self.entity().into_iter().flat_map(Entity::fields).map(|known| (known.path, known.kind, known.ruled));
        own.chain(self.fields.iter().map(|field| (intern(&field.path()), Type::of_custom(&field.kind), true))).collect()
    }
}

/// What is wrong with a standard; `at` tells the place of each rule in what was sent, `stages` are those that the settings know.
#[must_use]
pub fn faults(standard: &Standard, at: &[usize], stages: &[&str], surroundings: &Surroundings) -> Vec<Fault> {
    let known = standard.known_fields();
    let fields = condition_fields(standard);
    let mut review = Review { standard, known: &known, fields: &fields, stages, surroundings, conditions: 0, faults: Vec::new() };
    let mut ids = BTreeSet::new();
    for (rule, at) in standard.rules.iter().zip(at) {
        let at = format!("/rules/{at}");
        if !ids.insert(&rule.id) {
            review.faults.push(Fault::new(format!("{at}/id"), FaultCode::Repeated).param("value", &rule.id));
        }
        review.rule(rule, &at);
    }
    if review.conditions > MOST_CONDITIONS {
        review.faults.push(Fault::new("/rules", FaultCode::TooMany).param("max", MOST_CONDITIONS));
    }
    review.faults.extend(contradictions(standard, at));
    review.faults
}

struct Review<'a> {
    standard: &'a Standard,
    known: &'a [(&'static str, Type, bool)],
    fields: &'a [Field],
    stages: &'a [&'a str],
    surroundings: &'a Surroundings,
    conditions: usize,
    faults: Vec<Fault>,
}

impl Review<'_> {
    fn rule(&mut self, rule: &Rule, at: &str) {
        self.moments(rule, at);
        if let Some(when) = &rule.when {
            self.condition(when, &format!("{at}/when"));
        }
        if rule.fields.is_empty() {
            self.faults.push(Fault::new(format!("{at}/fields"), FaultCode::TooFew).param("min", 1));
        }
        let mut seen = BTreeSet::new();
        for (i, path) in rule.fields.iter().enumerate() {
            let at = format!("{at}/fields/{i}");
            if !seen.insert(path) {
                self.faults.push(Fault::new(&at, FaultCode::Repeated).param("value", path));
            }
            if let Some(kind) = self.field(path, &at)
                && !speaks_of(&rule.check, path, kind)
            {
                self.faults.push(Fault::new(&at, FaultCode::UnsuitedField).param("kind", rule.check.kind().as_str()).param("field", path));
            }
        }
        self.particulars(&rule.check, at);
    }

    /// Only orders go through reviews and stages.
    fn moments(&mut self, rule: &Rule, at: &str) {
        let is_order = self.standard.entity() == Some(Entity::Orders);
        if !is_order && rule.on != On::Save {
            self.faults.push(Fault::new(format!("{at}/on"), FaultCode::NotOneOf).param("allowed", "save"));
        }
        for (i, stage) in rule.stages.iter().enumerate() {
            let at = format!("{at}/stages/{i}");
            if !is_order {
                self.faults.push(Fault::new(at, FaultCode::Inconsistent).param("other", &self.standard.entity));
            } else if !self.stages.contains(&stage.as_str()) {
                self.faults.push(not_one_of(at, stage, self.stages));
            }
        }
    }

    /// What a field holds that rules may make demands on; a fault where there is none.
    fn field(&mut self, path: &str, at: &str) -> Option<Type> {
        let found = self.known.iter().find(|(known, _, ruled)| *ruled && *known == path).map(|(_, kind, _)| *kind);
        if found.is_none() {
            let names: Vec<&str> = self.known.iter().filter(|(.., ruled)| *ruled).map(|(known, ..)| *known).collect();
            self.faults.push(not_one_of(at, path, &names));
        }
        found
    }

    fn condition(&mut self, json: &Value, at: &str) {
        self.conditions += 1;
        if let Err(problem) = Condition::read(json, at, self.fields, self.surroundings) {
            self.faults.extend(problem.faults().to_vec());
        }
    }

    fn particulars(&mut self, check: &Check, at: &str) {
        let none = |what: &str| Fault::new(format!("{at}/{what}"), FaultCode::Required);
        match check {
            Check::Length { min, max } | Check::Count { min, max } => {
                self.faults.extend((min.is_none() && max.is_none()).then(|| none("max")));
                self.faults.extend(min.zip(*max).filter(|(min, max)| min > max).map(|_| above(at, "min", "max")));
            }
            Check::Range { min, max, exclusive_min, exclusive_max } => {
                self.faults.extend((min.is_none() && max.is_none()).then(|| none("max")));
                let empty = |(min, max): &(Decimal, Decimal)| min > max || min == max && (*exclusive_min || *exclusive_max);
                self.faults.extend(min.zip(*max).filter(empty).map(|_| above(at, "min", "max")));
            }
            Check::DateWindow { min_days, max_days } => {
                self.faults.extend((min_days.is_none() && max_days.is_none()).then(|| none("max_days")));
                self.faults.extend(min_days.zip(*max_days).filter(|(min, max)| min > max).map(|_| above(at, "min_days", "max_days")));
            }
            Check::OneOf { values } => {
                self.faults.extend(values.is_empty().then(|| Fault::new(format!("{at}/values"), FaultCode::TooFew).param("min", 1)));
                let mut seen = BTreeSet::new();
                let repeated = values.iter().enumerate().filter(|(_, value)| !seen.insert(*value));
                self.faults.extend(repeated.map(|(i, value)| Fault::new(format!("{at}/values/{i}"), FaultCode::Repeated).param("value", value)));
            }
            Check::Pattern { pattern } => self.faults.extend(pattern::compile(pattern).err().map(|refused| {
                let code = if refused == Refused::Costly { FaultCode::CostlyPattern } else { FaultCode::BadPattern };
                Fault::new(format!("{at}/pattern"), code)
            })),
            Check::DiscountLimit { roles, .. } => {
                let unknown = roles.keys().filter(|role| Role::parse(role).is_none());
                self.faults.extend(unknown.map(|role| not_one_of(format!("{at}/roles/{}", crate::platform::web::decode::escape(role)), role, Role::WORDS)));
            }
            Check::Compare { condition } => self.condition(condition, &format!("{at}/condition")),
            Check::Sum { min, max, min_field, max_field } => self.sum(at, (*min, *max), (min_field.as_deref(), max_field.as_deref())),
            Check::Scale { .. } | Check::Required | Check::KnownProduct | Check::Unique | Check::PriceBand { .. } | Check::DelayRecorded => {}
        }
    }

    fn sum(&mut self, at: &str, (min, max): (Option<Decimal>, Option<Decimal>), (min_field, max_field): (Option<&str>, Option<&str>)) {
        if min.is_none() && max.is_none() && min_field.is_none() && max_field.is_none() {
            self.faults.push(Fault::new(format!("{at}/max"), FaultCode::Required));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            self.faults.push(Fault::new(format!("{at}/min"), FaultCode::Inconsistent).param("other", "max"));
        }
        for (name, bound, field) in [("min", min, min_field), ("max", max, max_field)] {
            let Some(field) = field else { continue };
            let at = format!("{at}/{name}_field");
            if bound.is_some() {
                self.faults.push(Fault::new(&at, FaultCode::Conflicting).param("fields", format!("{name}, {name}_field")));
            }
            if let Some(kind) = self.field(field, &at)
                && (kind != Type::Number || field.contains("[]"))
            {
                self.faults.push(Fault::new(&at, FaultCode::UnsuitedField).param("kind", "sum").param("field", field));
            }
        }
    }
}

/// The fault of a lower bound that is above the upper one.
fn above(at: &str, min: &str, max: &str) -> Fault {
    Fault::new(format!("{at}/{min}"), FaultCode::Inconsistent).param("other", max)
}

fn not_one_of(at: impl Into<String>, given: &str, names: &[&str]) -> Fault {
    Fault::new(at, FaultCode::NotOneOf).param("allowed", names.join(", ")).suggest(nearest(given, names.iter().copied(), 1).pop())
}

/// Whether a kind of check has something to say of what a field holds.
fn speaks_of(check: &Check, path: &str, kind: Type) -> bool {
    match check.kind() {
        Kind::Required => true,
        Kind::Length | Kind::Pattern => kind == Type::Text,
        Kind::Range | Kind::Scale => kind == Type::Number,
        Kind::OneOf => matches!(kind, Type::Text | Type::Word(_) | Type::Texts),
        Kind::DateWindow => kind == Type::Date,
        Kind::KnownProduct => kind == Type::Product,
        Kind::PriceBand => path == "lines[].unit_price",
        Kind::DelayRecorded => path == "expected_close_date",
        Kind::DiscountLimit => path == "lines[].discount_rate",
        // Lists have no one value to share; of contacts there are many, and they are personal.
        Kind::Unique => {
            let other_of_lines = path.starts_with("lines[]") && path != "lines[].product";
            !(matches!(kind, Type::Texts | Type::Items) || path.starts_with("contacts") || other_of_lines)
        }
        Kind::Compare => kind != Type::Items,
        Kind::Count => matches!(kind, Type::Items | Type::Texts),
        Kind::Sum => kind == Type::Number && path.contains("[]."),
    }
}

/// Rules on one field that no value meets: bounds that leave nothing between them. Only what always holds is looked at.
fn contradictions(standard: &Standard, at: &[usize]) -> Vec<Fault> {
    let always = |rule: &Rule| rule.when.is_none() && rule.stages.is_empty() && rule.severity == Severity::Error;
    let mut faults = Vec::new();
    for (i, rule) in standard.rules.iter().enumerate().filter(|(_, rule)| always(rule)) {
        let Some((kind, low, high)) = bounds(&rule.check) else { continue };
        for (earlier, place) in standard.rules[..i].iter().zip(at).filter(|(earlier, _)| always(earlier)) {
            let Some((_, other_low, other_high)) = bounds(&earlier.check).filter(|(other, ..)| *other == kind) else { continue };
            let apart = |low: Option<i64>, high: Option<i64>| low.zip(high).is_some_and(|(low, high)| low > high);
            if rule.fields.iter().any(|field| earlier.fields.contains(field)) && (apart(low, other_high) || apart(other_low, high)) {
                let here = at.get(i).copied().unwrap_or(i);
                faults.push(Fault::new(format!("/rules/{here}"), FaultCode::Inconsistent).param("other", format!("/rules/{place}")));
            }
        }
    }
    faults
}

/// The least and the most that a check lets pass, in steps of its own.
fn bounds(check: &Check) -> Option<(Kind, Option<i64>, Option<i64>)> {
    let (low, high) = match check {
        Check::Length { min, max } | Check::Count { min, max } => (min.map(i64::from), max.map(i64::from)),
        Check::DateWindow { min_days, max_days } => (min_days.map(i64::from), max_days.map(i64::from)),
        Check::Range { min, max, exclusive_min, exclusive_max } => {
            (min.map(|min| min.0.saturating_add(i64::from(*exclusive_min))), max.map(|max| max.0.saturating_sub(i64::from(*exclusive_max))))
        }
        _ => return None,
    };
    Some((check.kind(), low, high))
}

#[cfg(test)]
mod tests;
