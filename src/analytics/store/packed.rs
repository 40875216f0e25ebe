//! Groups of orders at rest, folded from the columns of their packs: where a question names nothing that they do not hold, only facts that stand in no pack are read
//! row by row.
mod cells;
mod count;
mod keys;

use std::collections::HashMap;
use std::sync::Arc;

use super::apart::Word;
use super::groups::Groups;
use super::{Top, names};
use crate::analytics::plan::too_many;
use crate::analytics::question::Ask;
use crate::analytics::rules::{Basis, CLOSED, Dimension, OPEN, Own};
use crate::facts::packs::{self, Column, Pack, Vocabulary, Words};
use crate::identity::Caller;
use crate::identity::rights::Role;
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;
use count::Count;
use keys::{By, PackedKey, number};

/// What is asked of packs.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The packs that may hold any of it.
    packs: Arc<Vec<Pack>>,
    /// The values that these name by number.
    vocabulary: Arc<Vocabulary>,
    /// The statuses that are asked for.
    statuses: Vec<&'static str>,
    basis: Basis,
    /// The first day or moment that counts, and the first that no longer does, as packs have them.
    from: Option<i64>,
    to: Option<i64>,
    keys: Vec<PackedKey>,
}

impl Packed {
    /// What a question asks of packs; none where there are none, or where it asks for more than they hold. `starts` are the first days or moments of the periods of each
    /// dimension.
    pub fn of(
        c: &mut AnyConnection,
        ask: &Ask,
        caller: &Caller,
        statuses: Option<&[&'static str]>,
        starts: &[Vec<Value>],
        at: impl Fn(chrono::NaiveDate) -> Value,
    ) -> Result<Option<Self>, Problem> {
        if caller.role == Role::Rep || !ask.is_unfiltered() {
            return Ok(None);
        }
        let Some(by) = ask.group_by.iter().zip(starts).map(|(dimension, starts)| By::of(*dimension, ask.basis, starts)).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let all = packs::packs(c)?;
        if all.is_empty() {
            return Ok(None);
        }
        let bound = |day: Option<_>| day.and_then(|day| number(&at(day)));
        let (from, to) = (bound(ask.from), bound(ask.to));
        let mut columns: Vec<Column> = by.iter().filter_map(By::column).chain([Column::Currency]).collect();
        columns.extend((ask.basis == Basis::Closed && from.or(to).is_some()).then_some(Column::ClosedOn));
        let mut packed = Self {
            packs: Arc::default(),
            vocabulary: Arc::new(packs::words(c, &columns)?),
            statuses: OPEN.into_iter().chain(CLOSED).filter(|status| statuses.is_none_or(|asked| asked.contains(status))).collect(),
            basis: ask.basis,
            from,
            to,
            keys: Vec::new(),
        };
        let categories = if ask.group_by.contains(&Dimension::Own(Own::Category)) { names::all_categories(c)?.into_iter().collect() } else { HashMap::new() };
        packed.keys = by.into_iter().map(|by| PackedKey::of(by, &packed.vocabulary, &packed.statuses, &categories)).collect();
        packed.packs = Arc::new(all.into_iter().filter(|pack| packed.meets(pack)).collect());
        Ok(Some(packed))
    }

    /// The values that the numbers of a column stand for.
    fn values(&self, column: Column) -> impl Iterator<Item = Option<&[u8]>> {
        self.vocabulary.get(&column).into_iter().flat_map(Words::iter)
    }

    /// The words of all currencies.
    fn currencies(&self) -> Vec<String> {
        let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        self.values(Column::Currency).map(text).collect()
    }

    /// The same by some of the keys.
    pub(super) fn by(self, which: std::ops::Range<usize>) -> Self {
        Self { keys: self.keys.into_iter().skip(which.start).take(which.len()).collect(), ..self }
    }

    /// The same with all groups of the first key as one that are not named, each in any currency or in one.
    pub(super) fn among(&self, top: &[Top]) -> Self {
        let mut left = self.clone();
        if let Some(first) = left.keys.first_mut() {
            *first = first.among(top, &self.currencies());
        }
        left
    }

    /// Of the facts those that stand in no pack.
    pub(super) fn beside() -> Sql {
        Sql::new("orders.packed is null")
    }

    /// Of these those of closed orders.
    pub(super) fn closed_beside(&self) -> Sql {
        let closed = self.statuses.iter().filter(|status| CLOSED.contains(status)).map(|status| Value::Text((*status).into()));
        Sql::all([Self::beside(), Sql::new("orders.closed_on is not null and orders.status in (").list(closed).text(")")])
    }

    /// And those of open ones, by status.
    pub(super) fn open_beside(&self) -> impl Iterator<Item = (&'static str, Sql)> {
        let of_status = |status: &str| Sql::new("orders.closed_on is null and orders.status = ").bind(Value::Text(status.to_owned()));
        self.statuses.iter().filter(|status| OPEN.contains(status)).map(move |status| (*status, Sql::all([Self::beside(), of_status(status)])))
    }

    /// Whether a pack may hold any of what is asked.
    fn meets(&self, pack: &Pack) -> bool {
        let after = |day: Option<chrono::NaiveDate>, bound: i64| day.is_some_and(|day| i64::from(day.to_epoch_days()) >= bound);
        let within = match self.basis {
            Basis::Created => true,
            Basis::Closed => self.from.is_none_or(|from| after(pack.last_closed_on, from)) && self.to.is_none_or(|to| !after(pack.first_closed_on, to)),
        };
        within && self.statuses.contains(&pack.status.as_str())
    }

    /// Adds what the orders of packs come to by the keys and a word.
    pub(super) fn add_to(&self, groups: &mut Groups, c: &mut AnyConnection, word: Word, most: usize) -> Result<(), Problem> {
        let mut count = Count::of(self, groups, word);
        let columns = count.columns();
        packs::read(c, &self.packs, &columns, &self.vocabulary, |columns, left| {
            count.add(&columns, left)?;
            if count.groups() > most { Err(too_many()) } else { Ok(()) }
        })?;
        count.end();
        Ok(())
    }
}
