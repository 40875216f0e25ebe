//! How a question is counted: the condition and the keys in SQL, the names of the groups that come out, and where the orders of each are listed.
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::buckets::Bucket;
use super::convert::Conversion;
use super::drilldown::Drill;
use super::dto::{Frame, Group, GroupKey, ToldIn};
use super::keys::key_of;
use super::names::{Names, everybody_else, status_label, the_rest};
use super::periods::{offsets, periods, shared_days};
use super::question::{Ask, Holder, OF_CLOSING, OF_FACTS, OF_NOW};
use super::rules::{Basis, CLOSED, Dimension, Own};
use super::store::{self, Apart, Facts, Form, Key, Packed, Shares, Source};
use super::{recorded, weekdays};
use crate::identity::rights::Role;
use crate::identity::{Act, Caller};
use crate::orders::lifecycle::Status;
use crate::platform::clock::start_of;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, dialect, others};
use crate::platform::problem::{Code, Fault, FaultCode, Locale, Problem};
use crate::platform::web::query::bad;

/// Most rows of an answer, and most periods of a window.
pub(super) const MOST: usize = 10_000;

pub(super) fn bounded(rows: usize) -> Result<(), Problem> {
    if rows > MOST { Err(too_many()) } else { Ok(()) }
}

/// The problem of an answer with more rows.
pub(super) fn too_many() -> Problem {
    bad("group_by", Fault::from(FaultCode::TooManyRows).param("max", MOST))
}

/// What decides between rows that are alike in time and size: labels, then keys, missing ones last.
pub(super) fn labels(group: &Group) -> Vec<(bool, Option<String>, Option<String>)> {
    group.values().map(|g| (g.label.is_none(), g.label.clone(), g.key.clone())).collect()
}

/// How a question is counted.
pub(super) struct Plan<'a> {
    caller: &'a Caller,
    pub(super) ask: &'a Ask,
    pub(super) locale: Locale,
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
    /// A question of the orders themselves and whatever belongs to them.
    pub(super) fn make(c: &mut AnyConnection, act: &'a Act, ask: &'a Ask, locale: Locale, statuses: Option<&[&'static str]>) -> Result<Self, Problem> {
        if ask.group_by.contains(&Dimension::Own(Own::Weekday)) {
            return Err(bad("group_by", Fault::from(FaultCode::NotAskedHere).param("name", Own::Weekday.as_str())));
        }
        Self::of(c, act, ask, locale, statuses, Source::Orders)
    }

    /// A question of the facts, if they have a key for all that it names; else one of the orders, unless it is about the past.
    pub(super) fn counted(c: &mut AnyConnection, act: &'a Act, ask: &'a Ask, locale: Locale, statuses: Option<&[&'static str]>) -> Result<Self, Problem> {
        let rules = ask.group_by.contains(&Dimension::Own(Own::BrokenRule)).then_some(Own::BrokenRule.as_str());
        // What an order is worth now is kept with it.
        let rates = ask.convert.as_ref().filter(|_| ask.as_of.is_none()).map(|_| "rate_basis");
        let other = rules.or(rates).or(ask.condition_of_facts()?.err());
        match (other, ask.as_of) {
            (None, as_of) => {
                if let Some(moment) = as_of
                    && let Some(since) = store::known_since(c)?.filter(|since| moment < *since)
                {
                    return Err(bad("as_of", Fault::from(FaultCode::DateTooEarly).param("earliest", since)));
                }
                Self::of(c, act, ask, locale, statuses, Source::Facts(as_of))
            }
            (Some(_), None) => Self::of(c, act, ask, locale, statuses, Source::Orders),
            (Some(name), Some(_)) => Err(bad("as_of", Fault::from(FaultCode::NotKept).param("name", name))),
        }
    }

    fn of(c: &mut AnyConnection, act: &'a Act, ask: &'a Ask, locale: Locale, statuses: Option<&[&'static str]>, source: Source) -> Result<Self, Problem> {
        let caller = &act.caller;
        may_name(c, caller, &ask.owners())?;
        let zone = ask.zone;
        let holder = if statuses.is_some() { &OF_CLOSING } else { &OF_NOW };
        // Rights are today's, whatever is asked about.
        let today = caller.role == Role::Rep && matches!(source, Source::Facts(Some(_)));
        let (owner, team) = if today { ("today.owner_id", "today.team_id") } else { ("orders.owner_id", "orders.team_id") };
        let mut conditions = vec![Sql::new("orders.archived_at is null"), caller.sees(owner, team)];
        let mut base = ask.drill(holder);
        // SQLite would go through the index of statuses. By days there are few orders, and without them most are closed: they are read as they lie.
        let (of_days, of_closed) = (ask.from.or(ask.to).is_some(), statuses == Some(&CLOSED[..]));
        let as_they_lie = source == Source::Orders && (of_days || of_closed);
        let status = if as_they_lie { dialect::bare("orders.status") } else { Sql::new("orders.status") };
        let of_statuses = statuses.map(|all| {
            let named = status.text(" in (").list(all.iter().map(|&s| Value::Text(s.into()))).text(")");
            // All that is closed has a day of that, and where days are not asked no index finds fewer.
            let by_day = of_closed && source != Source::Orders && (ask.basis == Basis::Created || !of_days);
            if by_day { dialect::has_value("orders.closed_on", named) } else { named }
        });
        if let Some(statuses) = statuses {
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
        if ask.basis == Basis::Created && !of_days {
            conditions.push(Sql::new("orders.first_submitted_at is not null"));
            base = base.missing("first_submitted_at", false);
        }
        conditions.push(match source {
            Source::Orders => ask.condition(holder)?,
            Source::Facts(_) => ask.condition_of_facts()?.map_err(|name| bad("as_of", Fault::from(FaultCode::NotKept).param("name", name)))?,
        });
        let mut buckets = Vec::new();
        let mut keys = Vec::new();
        let mut firsts = Vec::new();
        for &dimension in &ask.group_by {
            let own = periods(c, ask, dimension)?;
            let starts: Vec<_> = own.iter().map(|b| at(b.start)).collect();
            keys.push(match (dimension, &source) {
                (Dimension::Own(Own::Weekday), _) => (store::weekday_of(column, offsets(c, ask)?.as_deref()), Form::Number),
                (dimension, Source::Facts(_)) => recorded::key(dimension).unwrap_or_else(|| key_of(dimension, caller, &OF_FACTS, column, &starts)),
                (dimension, Source::Orders) => key_of(dimension, caller, holder, column, &starts),
            });
            buckets.push(own);
            firsts.push(starts);
        }
        let named = ask.products().filter(|_| ask.group_by.contains(&Dimension::Own(Own::Category)));
        let categories = named.map(|ids| store::categories(c, &ids)).transpose()?;
        let conversion = Conversion::asked(c, ask.convert.as_ref(), act.now, ask.as_of.filter(|_| source != Source::Orders))?;
        let by = |own: Own| ask.group_by.contains(&Dimension::Own(own));
        // Only where each row is looked at anyhow: what is looked up beside them would be so for each part.
        let apart = if source == Source::Facts(None) && ask.is_of_columns()? {
            let of_closing = buckets.iter().enumerate().find(|(_, own)| ask.basis == Basis::Closed && !own.is_empty());
            let periods = of_closing.map(|(n, own)| (n, own.iter().map(|b| b.start).collect()));
            let statuses = statuses.unwrap_or(Status::WORDS).to_vec();
            Some(Apart { condition: Sql::all(conditions.clone()), statuses, periods, days: shared_days(c, ask)?, shares: Shares::of(c, ask)? })
        } else {
            None
        };
        let packed = if source == Source::Facts(None) { Packed::of(c, ask, caller, statuses, &firsts, at)? } else { None };
        let facts = Facts {
            keys,
            lines: ask.is_of_lines(),
            customers: ask.group_by.iter().any(|d| d.is_of_customers()),
            rules: by(Own::BrokenRule),
            tags: by(Own::Tag),
            products: by(Own::Product),
            source,
            conversion,
            today,
            apart,
            packed,
            ..Facts::of(Sql::all(of_statuses.into_iter().chain(conditions)))
        };
        let mut plan = Self { caller, ask, locale, zone, holder, facts, buckets, base, categories };
        plan.base = plan.within(plan.base.clone(), ask.from, ask.to);
        Ok(plan)
    }

    /// The currency that all amounts are told in, where they are.
    pub(super) fn told_in(&self) -> Option<&str> {
        self.facts.conversion.as_ref().map(|conversion| conversion.currency.as_str())
    }

    /// In which currency amounts are told, for the answer.
    pub(super) fn told(&self) -> ToldIn {
        ToldIn::of(self.facts.conversion.as_ref())
    }

    /// The list of what is told in a currency: where all is told in one it chooses among no orders.
    pub(super) fn in_currency(&self, drill: Drill, currency: &str) -> Drill {
        if self.facts.conversion.is_some() { drill } else { drill.is("currency", Some(currency)) }
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

    /// The same where the list can say it: not of the past, of weekdays, or of a rest whose members it would have to name one by one and cannot.
    pub(super) fn listed(&self, keys: &[Key], top: &[Key]) -> Option<Drill> {
        if self.ask.as_of.is_some() || self.ask.group_by.contains(&Dimension::Own(Own::Weekday)) {
            return None;
        }
        let (Some(Key::Rest), Some(&first)) = (keys.first(), self.ask.group_by.first()) else { return Some(self.drill(keys)) };
        let (field, is_of_one) = self.field_of(first)?;
        let named: Vec<String> = top.iter().filter_map(key_text).collect();
        let sayable = is_of_one && named.len() <= MOST_NAMED && named.iter().all(|name| !name.contains(',') && name.trim() == name);
        sayable.then(|| {
            let rest = if named.is_empty() { self.base.clone() } else { self.base.clone().none_of(field, named) };
            let rest = if top.contains(&Key::Missing) { rest.missing(field, false) } else { rest };
            self.ask.group_by.iter().zip(keys).enumerate().skip(1).fold(rest, |drill, (n, (&dimension, key))| self.narrow(drill, n, dimension, key))
        })
    }

    /// The field of the list that a dimension is, and whether an order has one value of it at most.
    fn field_of(&self, dimension: Dimension) -> Option<(&'static str, bool)> {
        Some(match dimension {
            Dimension::Own(Own::Product) => ("product", false),
            Dimension::Own(Own::Category) => ("category", false),
            Dimension::Own(Own::Tag) => ("tags", false),
            Dimension::Own(Own::BrokenRule) => ("broken_rule", false),
            Dimension::Own(Own::Industry) => ("customer.industry", true),
            Dimension::Own(Own::Region) => ("customer.region", true),
            Dimension::Own(Own::ValueTier) => ("customer.value_tier", true),
            Dimension::Own(own @ (Own::Source | Own::IntentLevel | Own::Stage | Own::Status | Own::Customer | Own::Reason)) => (own.as_str(), true),
            Dimension::Own(Own::Team) => (self.holder.team_name, true),
            Dimension::Own(Own::Owner) => (self.holder.owner_name, self.rep().is_none()),
            Dimension::Custom { path, .. } => (path, true),
            Dimension::Own(Own::Month | Own::Quarter | Own::Year | Own::Weekday) => return None,
        })
    }

    fn narrow(&self, drill: Drill, n: usize, dimension: Dimension, key: &Key) -> Drill {
        let text = key_text(key);
        match dimension {
            // The lines of a product are all of its category; asked with a category, any line of it would do.
            Dimension::Own(Own::Category) if self.ask.group_by.contains(&Dimension::Own(Own::Product)) => return drill,
            Dimension::Own(Own::Category) => {
                if let Some(named) = &self.categories {
                    return drill.any_of("product", named.iter().filter(|(_, category)| *category == text).map(|(id, _)| id.to_string()));
                }
            }
            Dimension::Own(Own::Owner) => {
                let (owner, team) = (self.holder.owner_name, self.holder.team_name);
                let led = || self.caller.leads.iter().map(Id::to_string);
                match (self.rep(), key) {
                    (Some(own), Key::Missing) => {
                        let others = drill.none_of(owner, [own.to_string()]);
                        return if self.caller.leads.is_empty() { others } else { others.none_of(team, led()) };
                    }
                    (Some(own), Key::Id(id)) if *id != own => return drill.is(owner, text.as_deref()).any_of(team, led()),
                    _ => {}
                }
            }
            Dimension::Own(Own::Month | Own::Quarter | Own::Year) => {
                return match self.bucket(n, key) {
                    Some(bucket) => self.within(drill, Some(bucket.start), Some(bucket.end)),
                    None => drill.missing("closed_on", true),
                };
            }
            _ => {}
        }
        // For weekdays the list has no word; who asks by them is told of no list.
        match self.field_of(dimension) {
            Some((field, _)) => drill.is(field, text.as_deref()),
            None => drill,
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
        let of_time = |n: usize, buckets: &[Bucket]| !buckets.is_empty() || self.ask.group_by.get(n) == Some(&Dimension::Own(Own::Weekday));
        self.buckets.iter().zip(keys).enumerate().filter(|(n, (buckets, _))| of_time(*n, buckets)).map(|(_, (_, key))| place(key)).collect()
    }

    /// The keys of the window before in the words of this one: the nth period of the one is held against the nth of the other.
    pub(super) fn aligned(&self, keys: Vec<Key>) -> Vec<Key> {
        let place = |(n, key): (usize, Key)| match (key, self.buckets.get(n)) {
            (Key::Number(number), Some(buckets)) if !buckets.is_empty() => Key::Number(number.min(buckets.len() - 1)),
            (key, _) => key,
        };
        keys.into_iter().enumerate().map(place).collect()
    }

    pub(super) fn group(&self, keys: &[Key], names: &Names) -> Group {
        others::step();
        let one = |(n, (&dimension, key)): (usize, (&Dimension, &Key))| {
            let named = match (dimension, key) {
                (Dimension::Own(Own::Owner), Key::Missing) if self.rep().is_some() => Some(("team".to_owned(), everybody_else(self.locale).to_owned())),
                (_, Key::Rest) => Some(("rest".to_owned(), the_rest(self.locale).to_owned())),
                (Dimension::Own(Own::Weekday), Key::Number(number)) => {
                    weekdays::named(*number, self.locale).map(|(key, label)| (key.to_owned(), label.to_owned()))
                }
                (Dimension::Own(Own::Status), Key::Text(code)) => Some((code.clone(), status_label(code, self.locale).to_owned())),
                (Dimension::Own(own @ (Own::Stage | Own::Reason)), Key::Text(code)) => {
                    Some((code.clone(), names.codes.get(&(own.as_str(), code.clone())).unwrap_or(code).clone()))
                }
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
}

/// Most values that the list takes in one test.
const MOST_NAMED: usize = 100;

fn key_text(key: &Key) -> Option<String> {
    match key {
        Key::Id(id) => Some(id.to_string()),
        Key::Text(text) => Some(text.clone()),
        Key::Missing | Key::Number(_) | Key::Rest => None,
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
