//! Groups that SQLite folds in the program. The facts of today lie in the order of their statuses and days of closing: where a question asks by these, it is
//! asked part by part, so that what all rows of a part have in common is said once and not by each. Where a question has company it is cut into more of them, by
//! spans of closing days alone, so that two processors have enough to share. An order lies in exactly one part, with all its lines.
use chrono::{Days, NaiveDate};

use super::groups::Groups;
use super::{Facts, Form, Key, Shares};
use crate::analytics::rules::OPEN;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, company, fold};
use crate::platform::problem::Problem;

/// Most parts that a question is asked in: each is a statement of its own.
const MOST_PARTS: usize = 160;
/// How many parts two processors share well: few enough to cost little, enough that neither waits long for the other.
const SHARED: usize = 32;

/// How facts lie apart.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The whole condition but for the statuses.
    pub condition: Sql,
    pub statuses: Vec<&'static str>,
    /// Which of the keys is a period of closing, and the first day of each period.
    pub periods: Option<(usize, Vec<NaiveDate>)>,
    /// Where the question is worth sharing: the first and the last day of closing that it is likely to meet.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Where no line has to be looked up.
    pub shares: Option<Shares>,
}

/// What is told of each group besides its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The status, of orders that are only counted.
    Status,
    /// The currency of amounts.
    Currency,
}

impl Word {
    const fn column(self) -> &'static str {
        match self {
            Self::Status => "f.status",
            Self::Currency => "f.currency",
        }
    }
    const fn told(self) -> fold::Told<'static> {
        match self {
            Self::Status => fold::Told::Rows,
            Self::Currency => fold::Told::Sum("f.amount"),
        }
    }
}

/// Some of the facts, with what they have in common.
#[derive(Clone)]
struct Part {
    /// With those of the keys that are asked row by row.
    facts: Facts,
    /// Which of the keys these are.
    places: Vec<usize>,
    status: Option<&'static str>,
    /// The key of a period of closing, and which it is.
    period: Option<(usize, Key)>,
    shares: Option<Shares>,
}

/// What lies between two days of closing, or has none: the condition that holds there and, where it is a part of one, the number of the period.
struct Span {
    condition: Sql,
    key: Key,
}

impl Facts {
    /// The groups by the keys and a word of what stands in no pack, where rows are folded.
    pub(super) fn folded(&self, c: &mut AnyConnection, word: Word) -> Result<Option<Groups>, Problem> {
        let worth_it = self.packed.is_none() && self.apart.as_ref().is_some_and(|apart| apart.days.is_some());
        let nothing = || Some(Groups::by(self.keys.len()));
        let found = company::share(c, worth_it, self.in_parts(word), nothing, |c, groups, part| {
            if let Some(known) = groups
                && (!part.add_to(known, c, word)? || known.len() > fold::MOST)
            {
                *groups = None;
            }
            Ok(())
        })?;
        let Some(mut found) = found.into_iter().collect::<Option<Vec<Groups>>>() else { return Ok(None) };
        let mut all = found.swap_remove(0);
        found.iter().for_each(|others| all.add_all(&[], others));
        Ok(Some(all))
    }

    fn in_parts(&self, word: Word) -> Vec<Part> {
        let whole = Part::whole(self);
        if let Some(packed) = &self.packed {
            // SQLite would look for them among all that are.
            let part = |condition: Sql, status, index| {
                let facts = Facts { condition: Sql::all([condition, self.condition.clone()]), index: Some(index), ..whole.facts.clone() };
                Part { facts, status, ..whole.clone() }
            };
            let closed = part(packed.closed_beside(), None, "order_facts_fresh");
            let open = packed.open_beside().map(|(status, facts)| part(facts, (word == Word::Status).then_some(status), "order_facts_today"));
            return [closed].into_iter().chain(open).collect();
        }
        let Some(apart) = &self.apart else { return vec![whole] };
        let text = |status: &&'static str| Value::Text((*status).into());
        let by_status: Vec<_> = match word {
            Word::Status => apart.statuses.iter().map(|status| (Some(*status), Sql::new("orders.status = ").bind(text(status)))).collect(),
            Word::Currency => vec![(None, Sql::new("orders.status in (").list(apart.statuses.iter().map(text)).text(")"))],
        };
        let spans = apart.spans(by_status.len());
        if by_status.len() * spans.len() > MOST_PARTS {
            return vec![whole];
        }
        let mut parts = Vec::new();
        for (status, of_status) in by_status {
            let some = |conditions: Vec<Sql>| {
                let condition = Sql::all(conditions.into_iter().chain([of_status.clone(), apart.condition.clone()]));
                Part { facts: Facts { condition, ..whole.facts.clone() }, status, ..whole.clone() }
            };
            // What is open was closed on no day: there is nothing to cut.
            let is_open = apart.periods.is_none() && status.is_some_and(|status| OPEN.contains(&status));
            if is_open || spans.is_empty() {
                parts.push(some(Vec::new()));
                continue;
            }
            for Span { condition, key } in &spans {
                let part = some(vec![condition.clone()]);
                parts.push(match &apart.periods {
                    Some((place, _)) => Part { period: Some((*place, key.clone())), ..part.without(&[*place]) },
                    None => part,
                });
            }
        }
        parts
    }
}

impl Apart {
    /// The spans of closing days that so many times as many parts are asked by: each from its first day to that of the next, the outermost without an end, so
    /// that none is left out; and what has no day. None where all is one.
    fn spans(&self, times: usize) -> Vec<Span> {
        let periods = self.periods.as_ref().map_or(&[][..], |(_, starts)| starts);
        let mut starts = self.shared(SHARED.div_ceil(times).min(SHARED / 2), periods.len());
        starts.extend(periods);
        starts.sort_unstable();
        starts.dedup();
        if starts.is_empty() {
            return Vec::new();
        }
        let bound = |is: &str, day: &NaiveDate| Sql::new(format!("orders.closed_on {is} ")).bind(Value::Date(*day));
        let span = |number: usize| {
            let from = if number == 0 { None } else { starts.get(number) }.map(|day| bound(">=", day));
            let to = starts.get(number + 1).map(|day| bound("<", day));
            let within: Vec<Sql> = from.into_iter().chain(to).collect();
            let condition = if within.is_empty() { Sql::new("orders.closed_on is not null") } else { Sql::all(within) };
            Span { condition, key: Key::Number(periods.partition_point(|start| *start <= starts[number]).saturating_sub(1)) }
        };
        let missing = Span { condition: Sql::new("orders.closed_on is null"), key: Key::Missing };
        (0..starts.len()).map(span).chain([missing]).collect()
    }

    /// The first days of so many equal spans, unless it is alone or there are as many periods already.
    fn shared(&self, spans: usize, periods: usize) -> Vec<NaiveDate> {
        let Some((first, last)) = self.days.filter(|(first, last)| first < last && periods < spans) else { return Vec::new() };
        let days = u64::try_from((last - first).num_days()).unwrap_or_default() + 1;
        let spans = spans as u64;
        (0..spans).filter_map(|number| first.checked_add_days(Days::new(days * number / spans))).collect()
    }
}

impl Part {
    fn whole(facts: &Facts) -> Self {
        let part = Self { facts: facts.clone(), places: (0..facts.keys.len()).collect(), status: None, period: None, shares: None };
        let Some(shares) = facts.apart.as_ref().and_then(|apart| apart.shares.clone()) else { return part };
        let told: Vec<usize> = shares.keys(None).map(|(place, _)| place).collect();
        let part = part.without(&told);
        Self { facts: Facts { lines: false, ..part.facts }, shares: Some(shares), ..part }
    }

    /// The same without keys that are not asked row by row.
    fn without(mut self, told: &[usize]) -> Self {
        let (keys, places) = (self.facts.keys, self.places);
        (self.facts.keys, self.places) = keys.into_iter().zip(places).filter(|(_, place)| !told.contains(place)).unzip();
        self
    }

    /// Adds what it comes to, unless there are too many groups.
    fn add_to(&self, groups: &mut Groups, c: &mut AnyConnection, word: Word) -> Result<bool, Problem> {
        let facts = &self.facts;
        let mut columns: Vec<_> = facts.keys.iter().enumerate().map(|(n, (_, form))| (format!("f.k{n}"), kind_of(*form))).collect();
        if self.status.is_none() {
            columns.push((word.column().to_owned(), fold::KeyKind::Text));
        }
        let found = if let Some(shares) = &self.shares {
            fold::shares(c, facts.parts(), facts.each_with(&[("shares", Shares::COLUMN)]), &columns, "f.shares", &shares.by())
        } else if facts.adds_up_lines() {
            fold::groups(c, facts.parts(), facts.each_line(), &columns, fold::Told::Parts("f.amount", "f.id"))
        } else {
            fold::groups(c, facts.parts(), facts.each(), &columns, word.told())
        };
        let Some(found) = found? else { return Ok(false) };
        for group in found {
            let (rows, sum) = (group.rows, group.sum);
            let (keys, word) = self.told(group);
            groups.add_of(&keys, &word, (rows, sum));
        }
        Ok(true)
    }

    /// The keys of a group, and its word.
    fn told(&self, mut group: fold::Group) -> (Vec<Key>, String) {
        let of_share: Vec<(usize, Key)> = self.shares.as_ref().map_or_else(Vec::new, |shares| shares.keys(group.keys.pop().flatten().as_deref()).collect());
        let word = self.status.map_or_else(|| group.keys.pop().flatten().as_deref().map(text).unwrap_or_default(), str::to_owned);
        let of_row = group.keys.iter().zip(&self.facts.keys).map(|(bytes, (_, form))| key_of(bytes.as_deref(), *form));
        let mut keys: Vec<(usize, Key)> = self.places.iter().copied().zip(of_row).chain(self.period.clone()).chain(of_share).collect();
        keys.sort_unstable_by_key(|(place, _)| *place);
        (keys.into_iter().map(|(_, key)| key).collect(), word)
    }
}

/// How a key of a form stands among the parts of a group.
pub(super) fn kind_of(form: Form) -> fold::KeyKind {
    if form == Form::Id { fold::KeyKind::Id } else { fold::KeyKind::Text }
}

/// The key that stood there.
pub(super) fn key_of(bytes: Option<&[u8]>, form: Form) -> Key {
    match (bytes, form) {
        (None, _) => Key::Missing,
        (Some(bytes), Form::Id) => uuid::Uuid::from_slice(bytes).map_or(Key::Missing, |id| Key::Id(Id(id))),
        (Some(bytes), Form::Text) => Key::Text(text(bytes)),
        (Some(bytes), Form::Number) => text(bytes).parse().map_or(Key::Missing, Key::Number),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
