//! How a question is counted: the condition and the keys in SQL, the names of the groups that come out, and where the orders of each are listed.
use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::buckets::{self, Bucket};
use super::convert::Conversion;
use super::drilldown::Drill;
use super::dto::{Frame, Group, GroupKey};
use super::question::{Ask, Holder, OF_CLOSING, OF_NOW};
use super::rules::{Basis, Dimension, Own};
use super::store::{self, Facts, Form, Key};
use crate::identity::rights::Role;
use crate::identity::{Act, Caller};
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Code, Fault, FaultCode, Locale, Problem};
use crate::platform::web::query::bad;
use crate::standards::{self, entity::Entity};

/// Most rows of an answer, and most periods of a window.
pub(super) const MOST: usize = 10_000;

pub(super) fn bounded(rows: usize) -> Result<(), Problem> {
    if rows > MOST { Err(bad("group_by", Fault::from(FaultCode::TooManyRows).param("max", MOST))) } else { Ok(()) }
}

/// What decides between rows that are alike in time and size: labels, then keys, missing ones last.
pub(super) fn labels(group: &Group) -> Vec<(bool, Option<String>, Option<String>)> {
    group.values().map(|g| (g.label.is_none(), g.label.clone(), g.key.clone())).collect()
}

/// How a question is counted.
pub(super) struct Plan<'a> {
    caller: &'a Caller,
    ask: &'a Ask,
    locale: Locale,
    zone: Tz,
    holder: &'static Holder,
    pub(super) facts: Facts,
    /// The periods of each dimension; empty where it is not of time.
    buckets: Vec<Vec<Bucket>>,
    /// What all rows have in common.
    base: Drill,
    /// The products that the question names, with their categories.
    categories: Option<Vec<(Id, Option<String>)>>,
}

impl<'a> Plan<'a> {
    pub(super) fn make(c: &mut AnyConnection, act: &'a Act, ask: &'a Ask, locale: Locale, statuses: Option<&[&'static str]>) -> Result<Self, Problem> {
        let caller = &act.caller;
        may_name(c, caller, &ask.owners())?;
        let zone = ask.zone;
        let holder = if statuses.is_some() { &OF_CLOSING } else { &OF_NOW };
        let mut conditions = vec![Sql::new("orders.archived_at is null"), caller.sees("orders.owner_id", "orders.team_id")];
        let mut base = ask.drill(holder);
        if let Some(statuses) = statuses {
            conditions.push(Sql::new("orders.status in (").list(statuses.iter().map(|&s| Value::Text(s.into()))).text(")"));
            base = base.any_of("status", statuses.iter().copied());
        }
        let column = match ask.basis {
            Basis::Closed => "orders.closed_on",
            Basis::Created => "orders.first_submitted_at",
        };
        let at = |day: NaiveDate| match ask.basis {
            Basis::Closed => Value::Date(day),
            Basis::Created => Value::Time(start_of(zone, day)),
        };
        conditions.extend(ask.from.map(|day| Sql::new(format!("{column} >= ")).bind(at(day))));
        conditions.extend(ask.to.map(|day| Sql::new(format!("{column} < ")).bind(at(day))));
        if ask.basis == Basis::Created && ask.from.or(ask.to).is_none() {
            conditions.push(Sql::new("orders.first_submitted_at is not null"));
            base = base.missing("first_submitted_at", false);
        }
        conditions.push(ask.condition(holder)?);
        let mut buckets = Vec::new();
        let mut keys = Vec::new();
        for &dimension in &ask.group_by {
            let own = periods(c, ask, zone, dimension)?;
            keys.push(key_of(dimension, caller, holder, column, &own.iter().map(|b| at(b.start)).collect::<Vec<_>>()));
            buckets.push(own);
        }
        let categories = match ask.products().filter(|_| ask.group_by.contains(&Dimension::Own(Own::Category))) {
            Some(ids) => Some(store::categories(c, &ids)?),
            None => None,
        };
        let customers = ask.group_by.iter().any(|d| d.is_of_customers());
        let rules = ask.group_by.contains(&Dimension::Own(Own::BrokenRule));
        let conversion = match &ask.convert {
            Some((basis, currency)) => Some(Conversion::make(c, currency.as_deref(), *basis, act.now)?),
            None => None,
        };
        let facts = Facts { keys, lines: ask.is_of_lines(), customers, rules, condition: Sql::all(conditions), conversion };
        let mut plan = Self { caller, ask, locale, zone, holder, facts, buckets, base, categories };
        plan.base = plan.within(plan.base.clone(), ask.from, ask.to);
        Ok(plan)
    }

    pub(super) fn frame(&self) -> Frame {
        Frame { basis: self.ask.basis.as_str(), from: self.ask.from, to: self.ask.to, tz: self.zone.name().to_owned() }
    }

    /// Whose colleagues are taken together.
    fn rep(&self) -> Option<Id> {
        self.caller.user.filter(|_| self.caller.role == Role::Rep)
    }

    fn within(&self, drill: Drill, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Drill {
        let at = |day: Option<NaiveDate>| day.map(|day| start_of(self.zone, day));
        match self.ask.basis {
            Basis::Closed => drill.days("closed_on", from, to),
            Basis::Created => drill.times("first_submitted_at", at(from), at(to)),
        }
    }

    /// The list of the orders of a group.
    pub(super) fn drill(&self, keys: &[Key]) -> Drill {
        self.ask.group_by.iter().zip(keys).enumerate().fold(self.base.clone(), |drill, (n, (&dimension, key))| self.narrow(drill, n, dimension, key))
    }

    fn narrow(&self, drill: Drill, n: usize, dimension: Dimension, key: &Key) -> Drill {
        let text = match key {
            Key::Id(id) => Some(id.to_string()),
            Key::Text(text) => Some(text.clone()),
            Key::Missing | Key::Number(_) => None,
        };
        let word = |drill: Drill, field| drill.is(field, text.as_deref());
        match dimension {
            Dimension::Own(Own::Product) => word(drill, "product"),
            // The lines of a product are all of its category; asked with a category, any line of it would do.
            Dimension::Own(Own::Category) if self.ask.group_by.contains(&Dimension::Own(Own::Product)) => drill,
            Dimension::Own(Own::Category) => match &self.categories {
                None => word(drill, "category"),
                Some(named) => drill.any_of("product", named.iter().filter(|(_, category)| *category == text).map(|(id, _)| id.to_string())),
            },
            Dimension::Own(Own::Industry) => word(drill, "customer.industry"),
            Dimension::Own(Own::Region) => word(drill, "customer.region"),
            Dimension::Own(Own::ValueTier) => word(drill, "customer.value_tier"),
            Dimension::Own(Own::Source) => word(drill, "source"),
            Dimension::Own(Own::IntentLevel) => word(drill, "intent_level"),
            Dimension::Own(Own::BrokenRule) => word(drill, "broken_rule"),
            Dimension::Custom { path, .. } => word(drill, path),
            Dimension::Own(Own::Team) => word(drill, self.holder.team_name),
            Dimension::Own(Own::Owner) => {
                let (owner, team) = (self.holder.owner_name, self.holder.team_name);
                let led = || self.caller.leads.iter().map(Id::to_string);
                match (self.rep(), key) {
                    (Some(own), Key::Missing) => {
                        let others = drill.none_of(owner, [own.to_string()]);
                        if self.caller.leads.is_empty() { others } else { others.none_of(team, led()) }
                    }
                    (Some(own), Key::Id(id)) if *id != own => word(drill, owner).any_of(team, led()),
                    _ => word(drill, owner),
                }
            }
            Dimension::Own(Own::Month | Own::Quarter | Own::Year) => match self.bucket(n, key) {
                Some(bucket) => self.within(drill, Some(bucket.start), Some(bucket.end)),
                None => drill.missing("closed_on", true),
            },
        }
    }

    fn bucket(&self, n: usize, key: &Key) -> Option<&Bucket> {
        match key {
            Key::Number(number) => self.buckets.get(n)?.get(*number),
            _ => None,
        }
    }

    /// Where a row stands in time.
    pub(super) fn times(&self, keys: &[Key]) -> Vec<usize> {
        let place = |key: &Key| match key {
            Key::Number(number) => *number,
            _ => usize::MAX,
        };
        self.buckets.iter().zip(keys).filter(|(buckets, _)| !buckets.is_empty()).map(|(_, key)| place(key)).collect()
    }

    pub(super) fn group(&self, keys: &[Key], names: &Names) -> Group {
        let one = |(n, (&dimension, key)): (usize, (&Dimension, &Key))| {
            let named = match (dimension, key) {
                (Dimension::Own(Own::Owner), Key::Missing) if self.rep().is_some() => Some(("team".to_owned(), everybody_else(self.locale).to_owned())),
                (_, Key::Number(_)) => self.bucket(n, key).map(|b| (b.key.clone(), b.label.clone())),
                (Dimension::Custom { path, .. }, Key::Text(value)) => {
                    let label = names.choices.get(&(path, value.clone())).unwrap_or(value);
                    Some((value.clone(), label.clone()))
                }
                (Dimension::Own(Own::Source), Key::Text(code)) => Some((code.clone(), names.sources.get(code).unwrap_or(code).clone())),
                (_, Key::Text(code)) => Some((code.clone(), code.clone())),
                (_, Key::Id(id)) => Some((id.to_string(), names.ids.get(id).cloned().unwrap_or_else(|| id.to_string()))),
                (_, Key::Missing) => None,
            };
            let (key, label) = named.unzip();
            (dimension.as_str(), GroupKey { key, label })
        };
        self.ask.group_by.iter().zip(keys).enumerate().map(one).collect()
    }

    /// The names of all keys that came out.
    pub(super) fn names<'r>(&self, c: &mut AnyConnection, rows: impl Iterator<Item = &'r Vec<Key>>) -> Result<Names, Problem> {
        let mut ids: Vec<Vec<Id>> = vec![Vec::new(); self.ask.group_by.len()];
        for keys in rows {
            for (all, key) in ids.iter_mut().zip(keys) {
                if let Key::Id(id) = key {
                    all.push(*id);
                }
            }
        }
        let mut names = Names::default();
        for (&dimension, mut ids) in self.ask.group_by.iter().zip(ids) {
            ids.sort_unstable();
            ids.dedup();
            match dimension {
                Dimension::Own(Own::Product) => names.ids.extend(store::product_names(c, &ids)?),
                Dimension::Own(Own::Owner) => names.ids.extend(store::user_names(c, &ids)?),
                Dimension::Own(Own::Team) => names.ids.extend(store::team_names(c, &ids)?),
                Dimension::Own(Own::Source) => names.sources = source_labels(c, self.locale)?,
                Dimension::Custom { path, is_flag } => names.choices.extend(choice_labels(c, path, is_flag, self.locale)?),
                _ => {}
            }
        }
        Ok(names)
    }
}

/// What to show for keys.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<Id, String>,
    sources: HashMap<String, String>,
    choices: Choices,
}

/// Labels by custom field and value.
type Choices = HashMap<(&'static str, String), String>;

const fn everybody_else(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Team",
        Locale::ZhCn => "团队",
    }
}

/// A rep names only themself, a lead also the members of the teams led: what colleagues close is theirs to tell.
pub(super) fn may_name(c: &mut AnyConnection, caller: &Caller, owners: &[Id]) -> Result<(), Problem> {
    let mut others: Vec<Id> = owners.iter().copied().filter(|id| Some(*id) != caller.user).collect();
    others.sort_unstable();
    others.dedup();
    if caller.role != Role::Rep || others.is_empty() || (!caller.leads.is_empty() && store::all_belong(c, &others, &caller.leads)?) {
        return Ok(());
    }
    Err(Problem::new(Code::Role).param("permission", "analytics.read"))
}

fn source_labels(c: &mut AnyConnection, locale: Locale) -> Result<HashMap<String, String>, Problem> {
    let document = store::settings_document(c, "sources")?.unwrap_or_default();
    let label = |item: &serde_json::Value| Some((item["code"].as_str()?.to_owned(), item["labels"][locale.as_str()].as_str()?.to_owned()));
    Ok(document["items"].as_array().into_iter().flatten().filter_map(label).collect())
}

/// What to show for the values of a custom field.
fn choice_labels(c: &mut AnyConnection, path: &'static str, is_flag: bool, locale: Locale) -> Result<Choices, Problem> {
    if is_flag {
        let words = match locale {
            Locale::En => [("true", "Yes"), ("false", "No")],
            Locale::ZhCn => [("true", "是"), ("false", "否")],
        };
        return Ok(words.into_iter().map(|(value, label)| ((path, value.to_owned()), label.to_owned())).collect());
    }
    let standard = standards::service::current(c, Entity::Orders.as_str())?;
    let choices = standard.fields.iter().filter(|field| field.path() == path).flat_map(|field| field.kind.choices());
    Ok(choices.map(|choice| ((path, choice.value.clone()), choice.labels.get(locale).to_owned())).collect())
}

/// The periods that both the window and the orders meet; without orders there are none.
fn periods(c: &mut AnyConnection, ask: &Ask, zone: Tz, unit: Dimension) -> Result<Vec<Bucket>, Problem> {
    if !matches!(unit, Dimension::Own(Own::Month | Own::Quarter | Own::Year)) {
        return Ok(Vec::new());
    }
    let days = match ask.basis {
        Basis::Closed => store::closing_days(c)?,
        Basis::Created => store::submission_times(c)?.map(|(first, last)| (date_in(zone, first), date_in(zone, last))),
    };
    let Some((first, last)) = days else { return Ok(Vec::new()) };
    let first = ask.from.map_or(first, |from| first.max(from));
    let last = ask.to.and_then(|to| to.pred_opt()).map_or(last, |end| last.min(end));
    let narrower = || bad("group_by", Fault::from(FaultCode::TooManyRows).param("max", MOST));
    buckets::over(unit, first, last, MOST).ok_or_else(narrower)
}

/// The SQL of a dimension's key. Reps see colleagues outside the teams they lead without a key.
fn key_of(dimension: Dimension, caller: &Caller, holder: &Holder, time: &str, starts: &[Value]) -> (Sql, Form) {
    let plain = |column: &str, form| (Sql::new(column), form);
    match dimension {
        Dimension::Own(Own::Product) => plain("order_lines.product_id", Form::Id),
        Dimension::Own(Own::Category) => plain("products.category", Form::Text),
        Dimension::Own(Own::Industry) => plain("customers.industry", Form::Text),
        Dimension::Own(Own::Region) => plain("customers.region", Form::Text),
        Dimension::Own(Own::ValueTier) => plain("customers.value_tier", Form::Text),
        Dimension::Own(Own::Source) => plain("orders.source", Form::Text),
        Dimension::Own(Own::IntentLevel) => plain("orders.intent_level", Form::Text),
        Dimension::Custom { path, is_flag } => (store::custom_value(path, is_flag), Form::Text),
        Dimension::Own(Own::Team) => plain(holder.team, Form::Id),
        Dimension::Own(Own::Owner) => match caller.user.filter(|_| caller.role == Role::Rep) {
            None => plain(holder.owner, Form::Id),
            Some(own) => {
                let owner = holder.owner;
                let key = Sql::new(format!("case when {owner} = ")).bind(Value::Id(own)).text(format!(" then {owner}"));
                let led = caller.leads.iter().copied().map(Value::Id);
                let key = if caller.leads.is_empty() { key } else { key.text(format!(" when {} in (", holder.team)).list(led).text(format!(") then {owner}")) };
                (key.text(" end"), Form::Id)
            }
        },
        Dimension::Own(Own::BrokenRule) => plain("order_broken_rules.rule", Form::Text),
        Dimension::Own(Own::Month | Own::Quarter | Own::Year) => (store::bucket_of(time, starts), Form::Number),
    }
}
