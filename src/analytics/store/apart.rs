//! Groups that SQLite folds in the program. The facts of today lie in the order of their statuses and days of closing: where a question asks by these, it is
//! asked part by part, so that what all rows of a part have in common is said once and not by each. Where a question has company it is cut into more of them, by
//! spans of closing days alone, so that two processors have enough to share. An order lies in exactly one part, with all its lines.
use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use super::{Facts, Form, Key};
use crate::analytics::plan::too_many;
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

/// What the facts of some keys and a word come to.
pub(super) struct Folded {
    pub(super) keys: Vec<Key>,
    pub(super) word: String,
    pub(super) orders: i64,
    pub(super) amount: i128,
}

/// Some of the facts, with what they have in common.
struct Part {
    facts: Facts,
    status: Option<&'static str>,
    /// The key of a period of closing, and its place among the keys.
    period: Option<(usize, Key)>,
}

/// What the parts came to so far, by keys and word: how many orders, worth how much.
type Sums = HashMap<(Vec<Key>, String), (i64, i128)>;

/// What lies between two days of closing, or has none: the condition that holds there and, where it is a part of one, the number of the period.
struct Span {
    condition: Sql,
    key: Key,
}

impl Facts {
    /// The groups by the keys and a word where the database folds them faster than it groups them itself.
    pub(super) fn folded(&self, c: &mut AnyConnection, word: Word) -> Result<Option<Vec<Folded>>, Problem> {
        if !fold::folds(c) {
            return Ok(None);
        }
        let worth_it = self.apart.as_ref().is_some_and(|apart| apart.days.is_some());
        let mut found = company::share(c, worth_it, self.in_parts(word), Sums::new, |c, sums, part| {
            let groups = part.groups(c, word)?;
            groups.into_iter().for_each(|group| add(sums, group));
            if sums.len() > fold::MOST { Err(too_many()) } else { Ok(()) }
        })?
        .into_iter();
        let mut all = found.next().unwrap_or_default();
        for ((keys, word), (orders, amount)) in found.flatten() {
            add(&mut all, Folded { keys, word, orders, amount });
        }
        Ok(Some(all.into_iter().map(|((keys, word), (orders, amount))| Folded { keys, word, orders, amount }).collect()))
    }

    fn in_parts(&self, word: Word) -> Vec<Part> {
        let whole = || vec![Part { facts: self.clone(), status: None, period: None }];
        let Some(apart) = &self.apart else { return whole() };
        let text = |status: &&'static str| Value::Text((*status).into());
        let by_status: Vec<_> = match word {
            Word::Status => apart.statuses.iter().map(|status| (Some(*status), Sql::new("orders.status = ").bind(text(status)))).collect(),
            Word::Currency => vec![(None, Sql::new("orders.status in (").list(apart.statuses.iter().map(text)).text(")"))],
        };
        let spans = apart.spans(by_status.len());
        if by_status.len() * spans.len() > MOST_PARTS {
            return whole();
        }
        let mut parts = Vec::new();
        for (status, of_status) in by_status {
            // What is open was closed on no day: there is nothing to cut.
            let is_open = apart.periods.is_none() && status.is_some_and(|status| OPEN.contains(&status));
            if is_open || spans.is_empty() {
                let condition = Sql::all([of_status, apart.condition.clone()]);
                parts.push(Part { facts: Self { condition, ..self.clone() }, status, period: None });
                continue;
            }
            for Span { condition, key } in &spans {
                let mut facts = Self { condition: Sql::all([of_status.clone(), condition.clone(), apart.condition.clone()]), ..self.clone() };
                let place = apart.periods.as_ref().map(|(place, _)| *place);
                if let Some(place) = place {
                    facts.keys.remove(place);
                }
                parts.push(Part { facts, status, period: place.map(|place| (place, key.clone())) });
            }
        }
        parts
    }
}

fn add(sums: &mut Sums, Folded { keys, word, orders, amount }: Folded) {
    let sum = sums.entry((keys, word)).or_default();
    *sum = (sum.0 + orders, sum.1 + amount);
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
    fn groups(&self, c: &mut AnyConnection, word: Word) -> Result<Vec<Folded>, Problem> {
        let facts = &self.facts;
        let mut columns: Vec<_> = facts.keys.iter().enumerate().map(|(n, (_, form))| (format!("f.k{n}"), kind_of(*form))).collect();
        if self.status.is_none() {
            columns.push((word.column().to_owned(), fold::KeyKind::Text));
        }
        let (rows, told) = if facts.adds_up_lines() { (facts.each_line(), fold::Told::Parts("f.amount", "f.id")) } else { (facts.each(), word.told()) };
        let found = fold::groups(c, facts.parts(), rows, &columns, told)?.ok_or_else(too_many)?;
        Ok(found.into_iter().map(|group| self.told(group)).collect())
    }

    fn told(&self, group: fold::Group) -> Folded {
        let mut keys: Vec<Key> = group.keys.iter().zip(&self.facts.keys).map(|(bytes, (_, form))| key_of(bytes.as_deref(), *form)).collect();
        if let Some((place, key)) = &self.period {
            keys.insert(*place, key.clone());
        }
        let word = self.status.map_or_else(|| group.keys.last().and_then(Option::as_deref).map(text).unwrap_or_default(), str::to_owned);
        Folded { keys, word, orders: group.rows, amount: group.sum }
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
