//! Holds an entry against a field standard and tells every violation. Pure: no connection, no clock; products were looked up before.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::definition::{Check, Kind, Messages, On, Rule, Severity, Standard};
use super::entry::{Entry, PUSHED, Value};
use super::find::{Finding, Place, find};
use super::publish::condition_fields;
use crate::identity::Role;
use crate::platform::problem::{Labels, Problem};
use crate::platform::web::condition::{Condition, Surroundings};

/// One rule broken in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the entry.
    pub pointer: String,
    /// Stable, for programs to decide by.
    pub code: &'static str,
    /// The id of the rule.
    pub rule: String,
    /// Whether it refuses the entry.
    pub severity: Severity,
    /// The particulars, such as the bound that was passed.
    pub params: BTreeMap<&'static str, String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// The rule's own words.
    pub message: Option<Messages>,
    /// What the company calls its own field, where the rule has no words.
    pub label: Option<Labels>,
    /// The fields that it came of, each by its name or as `custom.…`: a change of one of them is a change of this.
    pub about: Vec<String>,
}

/// A moment of a record's life at which it is held against its standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is stored before its first review, or has none.
    Save,
    /// It goes to review.
    Submit,
    /// It is changed after it was submitted: it goes on meeting what a submit asks, and what its stage asks.
    Change,
    /// It enters a stage.
    EnterStage,
    /// It is won.
    Win,
}

/// When, in which stage and status and by whom an entry is made; rules of the kinds to skip are passed over.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub moment: Moment,
    pub stage: &'a str,
    pub status: &'a str,
    pub today: NaiveDate,
    pub role: Role,
    pub skip: &'a [Kind],
}

/// Whether a rule holds at a moment in a stage. Who enters a stage is held against the rules for it alone, so that a new version of the standard
/// never stops what is under way.
#[must_use]
pub fn holds_at(rule: &Rule, moment: Moment, stage: &str) -> bool {
    let named = rule.stages.iter().any(|code| code == stage);
    let open = rule.stages.is_empty() || named;
    match (moment, rule.on) {
        (Moment::Save, On::Save)
        | (Moment::Submit, On::Save | On::Submit)
        | (Moment::Change, On::Save | On::Submit | On::EnterStage)
        | (Moment::EnterStage, On::EnterStage)
        | (Moment::Win, On::Win) => open,
        (Moment::EnterStage, On::Save | On::Submit) => named,
        _ => false,
    }
}

/// A standard made ready: its conditions read, every relative date in them resolved.
#[derive(Debug)]
pub struct Checker<'a> {
    rules: Vec<Prepared<'a>>,
}

#[derive(Debug)]
struct Prepared<'a> {
    rule: &'a Rule,
    standard: &'a Standard,
    when: Option<Condition>,
    compare: Option<Condition>,
}

impl<'a> Checker<'a> {
    /// Reads the conditions of a standard; they were checked when it was published.
    pub fn of(standard: &'a Standard, surroundings: &Surroundings) -> Result<Self, Problem> {
        let fields = condition_fields(standard);
        let read = |rule: &Rule, json: &serde_json::Value| {
            Condition::read(json, "", &fields, surroundings)
                .map_err(|_| Problem::internal(format_args!("rule {} of {}: a condition cannot be read", rule.id, standard.entity)))
        };
        let prepared = |rule: &'a Rule| {
            let when = rule.when.as_ref().map(|json| read(rule, json)).transpose()?;
            let compare = if let Check::Compare { condition } = &rule.check { Some(read(rule, condition)?) } else { None };
            Ok(Prepared { rule, standard, when, compare })
        };
        Ok(Self { rules: standard.rules.iter().map(prepared).collect::<Result<_, Problem>>()? })
    }

    /// Every violation in a context, in the order of rules, then of their fields, then of items.
    #[must_use]
    pub fn check(&self, entry: &Entry<'_>, context: &Context<'_>) -> Vec<Violation> {
        let holds = |prepared: &&Prepared<'_>| holds_at(prepared.rule, context.moment, context.stage) && !context.skip.contains(&prepared.rule.check.kind());
        self.rules.iter().filter(holds).flat_map(|prepared| prepared.violations(entry, context)).collect()
    }

    /// Every violation in any of several contexts, once, with the places of those in which it is one. A rule is asked once for all contexts in which
    /// it holds, unless its condition tells them apart.
    #[must_use]
    pub fn survey(&self, entry: &Entry<'_>, contexts: &[Context<'_>]) -> Vec<(Violation, Vec<usize>)> {
        let mut all = Vec::new();
        for prepared in &self.rules {
            let begin = all.len();
            for places in prepared.alike(contexts) {
                for violation in prepared.violations(entry, &contexts[places[0]]) {
                    match all[begin..].iter_mut().find(|(known, _): &&mut (Violation, Vec<usize>)| *known == violation) {
                        Some((_, at)) => at.extend(&places),
                        None => all.push((violation, places.clone())),
                    }
                }
            }
        }
        all
    }

    /// The places of the rules that an entry breaks; whether it shares what no two may, by the place of a rule, was found out before.
    #[must_use]
    pub fn broken(&self, entry: &Entry<'_>, context: &Context<'_>, shares: impl Fn(usize) -> bool) -> Vec<usize> {
        let breaks = |(place, prepared): &(usize, &Prepared<'_>)| {
            if !holds_at(prepared.rule, context.moment, context.stage) {
                return false;
            }
            match prepared.rule.check {
                Check::Unique => shares(*place) && prepared.speaks_of(prepared.when.as_ref(), entry, context, None),
                _ => !prepared.violations(entry, context).is_empty(),
            }
        };
        self.rules.iter().enumerate().filter(breaks).map(|(place, _)| place).collect()
    }

    /// The rules of the kind `unique` that hold for an entry: what only the database can answer.
    #[must_use]
    pub fn unique(&self, entry: &Entry<'_>, context: &Context<'_>) -> Vec<&'a Rule> {
        self.unique_among(entry, std::slice::from_ref(context)).into_iter().map(|(rule, _)| rule).collect()
    }

    /// The same in any of several contexts, each with the places of those in which it holds.
    #[must_use]
    pub fn unique_among(&self, entry: &Entry<'_>, contexts: &[Context<'_>]) -> Vec<(&'a Rule, Vec<usize>)> {
        let unique = self.rules.iter().filter(|prepared| prepared.rule.check == Check::Unique);
        let meant = unique.map(|prepared| {
            let alike = prepared.alike(contexts).into_iter();
            let speaks = alike.filter(|places| prepared.speaks_of(prepared.when.as_ref(), entry, &contexts[places[0]], None));
            (prepared.rule, speaks.flatten().collect::<Vec<_>>())
        });
        meant.filter(|(_, places)| !places.is_empty()).collect()
    }

    /// Whether any rule is of a kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.rules.iter().any(|prepared| prepared.rule.check.kind() == kind)
    }

    /// Whether any rule is of a kind, or asks about a field of a name that begins like this.
    #[must_use]
    pub fn needs(&self, kind: Option<Kind>, name: &str) -> bool {
        let asks =
            |prepared: &Prepared<'_>| prepared.when.iter().chain(&prepared.compare).flat_map(Condition::names).any(|asked| path_of(asked).starts_with(name));
        self.rules.iter().any(|prepared| Some(prepared.rule.check.kind()) == kind || asks(prepared))
    }
}

impl Prepared<'_> {
    /// The places of the contexts in which it holds, those together in which it says the same.
    fn alike(&self, contexts: &[Context<'_>]) -> Vec<Vec<usize>> {
        let apart = self.when.iter().chain(&self.compare).flat_map(Condition::names).any(|name| matches!(name, "stage" | "status"));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (place, context) in contexts.iter().enumerate() {
            if !holds_at(self.rule, context.moment, context.stage) || context.skip.contains(&self.rule.check.kind()) {
                continue;
            }
            let same = |first: usize| !apart || (contexts[first].stage, contexts[first].status) == (context.stage, context.status);
            match groups.iter_mut().find(|group| same(group[0])) {
                Some(group) => group.push(place),
                None => groups.push(vec![place]),
            }
        }
        groups
    }

    fn violations(&self, entry: &Entry<'_>, context: &Context<'_>) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut tell = |pointer: String, finding: Finding| {
            let Finding { code, params, suggestion } = finding;
            let Rule { id, severity, messages, .. } = self.rule;
            let about = self.about(&pointer);
            let label = if messages.is_none() { called(self.standard, &pointer) } else { None };
            violations.push(Violation { pointer, code, rule: id.clone(), severity: *severity, params, suggestion, message: messages.clone(), label, about });
        };
        for path in &self.rule.fields {
            if let Check::Sum { .. } = self.rule.check {
                if self.speaks_of(self.when.as_ref(), entry, context, None)
                    && let Some(finding) = super::find::sum(&self.rule.check, entry, path)
                {
                    tell(pointer_to(path.split("[].").next().unwrap_or(path)), finding);
                }
                continue;
            }
            for_each_value(entry, path, |pointer, value, item| {
                if !self.speaks_of(self.when.as_ref(), entry, context, item) {
                    return;
                }
                let found = match &self.compare {
                    Some(condition) => (!value.is_missing() && !matches!(value, Value::Unreadable) && readable(condition, entry, item))
                        .then(|| !holds(condition, entry, context, item))
                        .filter(|broken| *broken)
                        .map(|_| Finding::new("condition_not_met")),
                    None => {
                        let product = item
                            .map_or(Value::Missing, |(list, at)| entry.values(&format!("{list}[].product"), Some((list, at))).pop().unwrap_or(Value::Missing));
                        find(
                            &self.rule.check,
                            value,
                            &Place { today: context.today, role: context.role, product, pushed: matches!(entry.get(PUSHED), Value::Flag(true)) },
                        )
                    }
                };
                if let Some(finding) = found {
                    tell(pointer(), finding);
                }
            });
        }
        violations
    }

    /// What a violation at a place came of: its field, what the conditions ask about, what a sum is held against.
    fn about(&self, pointer: &str) -> Vec<String> {
        let asked = self.when.iter().chain(&self.compare).flat_map(Condition::names).map(name_of);
        let bounds = if let Check::Sum { min_field, max_field, .. } = &self.rule.check { [min_field.as_deref(), max_field.as_deref()] } else { [None, None] };
        let names: BTreeSet<String> = asked.chain(bounds.into_iter().flatten().map(name_of)).chain([name_at(pointer)]).collect();
        names.into_iter().collect()
    }

    /// Whether the rule's own condition is met; where it asks about what could not be read, nothing is said.
    fn speaks_of(&self, when: Option<&Condition>, entry: &Entry<'_>, context: &Context<'_>, item: Option<(&str, usize)>) -> bool {
        when.is_none_or(|condition| readable(condition, entry, item) && holds(condition, entry, context, item))
    }
}

/// Whether all that a condition asks about could be read.
fn readable(condition: &Condition, entry: &Entry<'_>, item: Option<(&str, usize)>) -> bool {
    condition.names().into_iter().flat_map(|name| entry.values(path_of(name), item)).all(|value| !matches!(value, Value::Unreadable))
}

fn holds(condition: &Condition, entry: &Entry<'_>, context: &Context<'_>, item: Option<(&str, usize)>) -> bool {
    condition.holds(&|name| match name {
        "role" => vec![crate::platform::db::sql::Value::Text(context.role.as_str().to_owned())],
        "stage" => vec![crate::platform::db::sql::Value::Text(context.stage.to_owned())],
        "status" => vec![crate::platform::db::sql::Value::Text(context.status.to_owned())],
        _ => entry.values(path_of(name), item).into_iter().flat_map(Value::bound).collect(),
    })
}

/// The path behind a name that lists have for it.
fn path_of(name: &str) -> &str {
    match name {
        "customer" => "customer_id",
        "product" => "lines[].product",
        "category" => "lines[].category",
        path => path,
    }
}

/// The field that a path goes through: what a change of it is a change of.
#[must_use]
pub fn name_of(path: &str) -> String {
    let path = path_of(path);
    match path.split_once('.') {
        _ if path.starts_with("custom.") => path.to_owned(),
        Some(("customer", _)) => "customer_id".to_owned(),
        _ => path.split("[]").next().unwrap_or(path).to_owned(),
    }
}

/// What the company calls the field at a pointer, if it is one of its own.
pub(super) fn called(standard: &Standard, pointer: &str) -> Option<Labels> {
    let key = pointer.strip_prefix("/custom/")?.split('/').next()?;
    standard.field(key).map(|field| field.labels.clone())
}

/// The same of a pointer.
fn name_at(pointer: &str) -> String {
    let mut parts = pointer.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("custom", Some(key)) => format!("custom.{key}"),
        (name, _) => name.to_owned(),
    }
}

/// Errors and warnings apart. An error that came of nothing that the change touches is a warning, so that a new standard never locks an old record.
#[must_use]
pub fn split(violations: Vec<Violation>, touched: impl Fn(&str) -> bool) -> (Vec<Violation>, Vec<Violation>) {
    let weighed = violations.into_iter().map(|violation| {
        let severity = if violation.about.iter().any(|name| touched(name)) { violation.severity } else { Severity::Warning };
        Violation { severity, ..violation }
    });
    weighed.partition(|violation| violation.severity == Severity::Error)
}

/// Where a value stands: in which list, at which place.
type Item<'p> = Option<(&'p str, usize)>;

/// Visits what a path leads to, each with a way to its pointer; a list that is missing or unreadable has no items to speak of.
pub(super) fn for_each_value<'a>(entry: &Entry<'a>, path: &str, mut visit: impl FnMut(&dyn Fn() -> String, Value<'a>, Item<'_>)) {
    let Some((list, field)) = path.split_once("[].") else {
        return visit(&|| pointer_to(path), entry.get(path), None);
    };
    if let Value::Items(items) = entry.get(list) {
        for (i, item) in items.iter().enumerate() {
            visit(&|| format!("{}/{i}{}", pointer_to(list), pointer_to(field)), item.get(field), Some((list, i)));
        }
    }
}

/// The pointer of a path.
#[must_use]
pub fn pointer_to(path: &str) -> String {
    format!("/{}", path.replace('~', "~0").replace('/', "~1").replace('.', "/"))
}

#[cfg(test)]
mod tests;
