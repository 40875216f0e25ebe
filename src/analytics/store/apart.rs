//! Groups that SQLite folds in the program. The facts of today lie in the order of their statuses and days of closing: where a question asks by these, it is
//! asked part by part, so that what all rows of a part have in common is said once and not by each.
use chrono::NaiveDate;

use super::{Facts, Form, Key};
use crate::analytics::plan::MOST;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, fold};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::query::bad;

/// Most parts that a question is asked in: each is a statement of its own.
const MOST_PARTS: usize = 160;

/// How facts lie apart.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The whole condition but for the statuses.
    pub condition: Sql,
    pub statuses: Vec<&'static str>,
    /// Which of the keys is a period of closing, and the first day of each period.
    pub periods: Option<(usize, Vec<NaiveDate>)>,
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
    period: Option<Period>,
}

/// A period of closing: the place of its key, what that is, and the condition that holds in it.
#[derive(Clone)]
struct Period {
    place: usize,
    key: Key,
    condition: Sql,
}

impl Facts {
    /// The groups by the keys and a word where the database folds them faster than it groups them itself.
    pub(super) fn folded(&self, c: &mut AnyConnection, word: Word) -> Result<Option<Vec<Folded>>, Problem> {
        if !fold::folds(c) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for part in self.in_parts(word) {
            all.extend(part.groups(c, word)?);
        }
        Ok(Some(all))
    }

    fn in_parts(&self, word: Word) -> Vec<Part> {
        let whole = || vec![Part { facts: self.clone(), status: None, period: None }];
        let Some(Apart { condition, statuses, periods }) = &self.apart else { return whole() };
        let text = |status: &&'static str| Value::Text((*status).into());
        let by_status: Vec<_> = match word {
            Word::Status => statuses.iter().map(|status| (Some(*status), Sql::new("orders.status = ").bind(text(status)))).collect(),
            Word::Currency => vec![(None, Sql::new("orders.status in (").list(statuses.iter().map(text)).text(")"))],
        };
        let by_period = periods.as_ref().map_or_else(|| vec![None], |(place, starts)| Period::all(*place, starts));
        if by_status.len() * by_period.len() > MOST_PARTS {
            return whole();
        }
        let mut parts = Vec::new();
        for period in by_period {
            for (status, of_status) in &by_status {
                let mut facts = Self { condition: of_status.clone(), ..self.clone() };
                if let Some(Period { place, condition, .. }) = &period {
                    facts.keys.remove(*place);
                    facts.condition = Sql::all([facts.condition, condition.clone()]);
                }
                facts.condition = Sql::all([facts.condition, condition.clone()]);
                parts.push(Part { facts, status: *status, period: period.clone() });
            }
        }
        parts
    }
}

impl Period {
    /// All of them, each from its first day to that of the next, the outermost without an end; and what has no day.
    fn all(place: usize, starts: &[NaiveDate]) -> Vec<Option<Self>> {
        let bound = |is: &str, day: &NaiveDate| Sql::new(format!("orders.closed_on {is} ")).bind(Value::Date(*day));
        let period = |number: usize| {
            let from = if number == 0 { None } else { starts.get(number) }.map(|day| bound(">=", day));
            let to = starts.get(number + 1).map(|day| bound("<", day));
            let within: Vec<Sql> = from.into_iter().chain(to).collect();
            let condition = if within.is_empty() { Sql::new("orders.closed_on is not null") } else { Sql::all(within) };
            Some(Self { place, key: Key::Number(number), condition })
        };
        let missing = Self { place, key: Key::Missing, condition: Sql::new("orders.closed_on is null") };
        (0..starts.len()).map(period).chain([Some(missing)]).collect()
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
        let found =
            fold::groups(c, facts.parts(), rows, &columns, told)?.ok_or_else(|| bad("group_by", Fault::from(FaultCode::TooManyRows).param("max", MOST)))?;
        Ok(found.into_iter().map(|group| self.told(group)).collect())
    }

    fn told(&self, group: fold::Group) -> Folded {
        let mut keys: Vec<Key> = group.keys.iter().zip(&self.facts.keys).map(|(bytes, (_, form))| key_of(bytes.as_deref(), *form)).collect();
        if let Some(Period { place, key, .. }) = &self.period {
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
