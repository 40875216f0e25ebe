//! Groups of orders at rest, folded from the columns of their packs: where a question names nothing that they do not hold, only facts that stand in no pack are read
//! row by row.
mod cells;

use std::collections::{BTreeSet, HashMap};
use std::iter::repeat_n;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::apart::{Word, key_of};
use super::groups::{Groups, Known};
use super::{Form, Key, Top, names};
use crate::analytics::plan::too_many;
use crate::analytics::question::Ask;
use crate::analytics::rules::{Basis, CLOSED, Dimension, OPEN, Own};
use crate::facts::packs::{self, Column, Columns, NEVER, Pack};
use crate::identity::Caller;
use crate::identity::rights::Role;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use cells::Cells;

/// What is asked of packs.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The packs that may hold any of it.
    packs: Arc<Vec<Pack>>,
    /// The statuses that are asked for.
    statuses: Vec<&'static str>,
    basis: Basis,
    /// The first day or moment that counts, and the first that no longer does, as packs have them.
    from: Option<i64>,
    to: Option<i64>,
    keys: Vec<PackedKey>,
    /// Those of the first key that stand for themselves, where not all do.
    named: Option<Named>,
}

/// Where the key of an order or of its lines stands.
#[derive(Clone, Debug)]
enum PackedKey {
    Words(Column, Form),
    /// The status of the whole pack.
    Status,
    /// The period of closing or first submit, by the first day or moment of each.
    Period(Basis, Vec<i64>),
    Product,
    /// The words that products have.
    Category(Arc<HashMap<Id, String>>),
}

/// The keys that stand for themselves, each of any currency or of those that are named; all others are one.
#[derive(Clone, Debug)]
struct Named {
    of: Arc<HashMap<Key, Vec<Option<String>>, RandomState>>,
    by_currency: bool,
}

/// A day or a moment as packs have it.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Date(day) => Some(day.to_epoch_days().into()),
        Value::Time(at) => Some(at.0),
        _ => None,
    }
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
        let mut keys = Vec::new();
        for (dimension, starts) in ask.group_by.iter().zip(starts) {
            let Some(key) = PackedKey::of(c, *dimension, ask.basis, starts)? else { return Ok(None) };
            keys.push(key);
        }
        let all = packs::packs(c)?;
        if all.is_empty() {
            return Ok(None);
        }
        let bound = |day: Option<_>| day.and_then(|day| number(&at(day)));
        let mut packed = Self {
            packs: Arc::default(),
            statuses: OPEN.into_iter().chain(CLOSED).filter(|status| statuses.is_none_or(|asked| asked.contains(status))).collect(),
            basis: ask.basis,
            from: bound(ask.from),
            to: bound(ask.to),
            keys,
            named: None,
        };
        packed.packs = Arc::new(all.into_iter().filter(|pack| packed.meets(pack)).collect());
        Ok(Some(packed))
    }

    /// The same by some of the keys.
    pub(super) fn by(self, which: std::ops::Range<usize>) -> Self {
        Self { keys: self.keys.into_iter().skip(which.start).take(which.len()).collect(), ..self }
    }

    /// The same with all groups of the first key as one that are not named.
    pub(super) fn among(&self, top: &[Top]) -> Self {
        let mut of: HashMap<Key, Vec<Option<String>>, RandomState> = HashMap::default();
        for (currency, key) in top.iter().flat_map(|(currency, keys)| keys.iter().map(move |key| (currency, key))) {
            of.entry(key.clone()).or_default().push(currency.clone());
        }
        let by_currency = top.iter().any(|(currency, _)| currency.is_some());
        Self { named: Some(Named { of: Arc::new(of), by_currency }), ..self.clone() }
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
        let word = match word {
            Word::Status => PackedKey::Status,
            Word::Currency => PackedKey::Words(Column::Currency, Form::Text),
        };
        let sums = matches!(word, PackedKey::Words(..));
        let mut columns: BTreeSet<_> = self.keys.iter().chain([&word]).filter_map(|key| Some(key.column()?.as_str())).collect();
        columns.extend((self.from.or(self.to).is_some() || self.basis == Basis::Created).then_some(self.moment().as_str()));
        // The lines of an order are worth what it is.
        columns.extend((sums && !columns.contains(Column::ProductShares.as_str())).then_some(Column::Amount.as_str()));
        let columns: Vec<Column> = columns.into_iter().filter_map(Column::parse).collect();
        packs::read(c, &self.packs, &columns, |columns, left| self.add(groups, &columns, left, &word, sums, most))
    }

    const fn moment(&self) -> Column {
        match self.basis {
            Basis::Closed => Column::ClosedOn,
            Basis::Created => Column::FirstSubmittedAt,
        }
    }

    /// Which of the orders of a pack are left and lie in the window.
    fn holds(&self, columns: &Columns<'_>, left: &[usize]) -> Result<Vec<bool>, Problem> {
        let mut holds = vec![true; usize::try_from(columns.pack.orders).unwrap_or_default()];
        let within = |at: i64| at != NEVER && self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to);
        match self.basis {
            Basis::Created => holds = columns.numbers(Column::FirstSubmittedAt)?.into_iter().map(within).collect(),
            Basis::Closed if self.from.or(self.to).is_some() => {
                let days = columns.words(Column::ClosedOn)?;
                let within: Vec<bool> = days.values.iter().map(|day| within(day_of(*day))).collect();
                holds = days.codes.iter().map(|code| within[*code as usize]).collect();
            }
            Basis::Closed => {}
        }
        for number in left {
            if let Some(place) = holds.get_mut(*number) {
                *place = false;
            }
        }
        Ok(holds)
    }

    /// Adds what the orders of a pack come to.
    fn add(&self, groups: &mut Groups, columns: &Columns<'_>, left: &[usize], word: &PackedKey, sums: bool, most: usize) -> Result<(), Problem> {
        let holds = self.holds(columns, left)?;
        let mut slots = self.keys.iter().chain([word]).map(|key| key.slot(columns)).collect::<Result<Vec<_>, _>>()?;
        if let (Some(named), Some(first)) = (&self.named, slots.first_mut()) {
            named.leave(first, columns)?;
        }
        let (mut of_orders, mut of_lines, mut size) = (vec![0; holds.len()], None, 1);
        for slot in &slots {
            match &slot.codes {
                Codes::Orders(codes) => add_up(&mut of_orders, codes, size),
                Codes::Lines(codes) => add_up(of_lines.get_or_insert_with(|| vec![0; codes.len()]), codes, size),
            }
            size *= slot.keys.len() as u64;
        }
        let mut cells = Cells::of(size, holds.len());
        if let Some(of_lines) = of_lines {
            let shares = columns.shares()?;
            let mut line = 0;
            for (order, holds) in holds.into_iter().enumerate() {
                let next = line + shares.lengths[order] as usize;
                for line in (line..next).filter(|_| holds) {
                    cells.add(of_orders[order] + of_lines[line], order, shares.amounts[line]);
                }
                line = next;
            }
        } else {
            let amounts = if sums { Some(columns.numbers(Column::Amount)?) } else { None };
            for (order, _) in holds.into_iter().enumerate().filter(|(_, holds)| *holds) {
                cells.add(of_orders[order], order, amounts.as_ref().map_or(0, |amounts| amounts[order]));
            }
        }
        cells.add_to(groups, &slots);
        if groups.len() > most { Err(too_many()) } else { Ok(()) }
    }
}

/// Adds the numbers of a key to those of the keys before it, of which there are so many groups.
fn add_up(numbers: &mut [u64], codes: &[u32], size: u64) {
    for (number, code) in numbers.iter_mut().zip(codes) {
        *number += u64::from(*code) * size;
    }
}

fn day_of(day: Option<&[u8]>) -> i64 {
    day.and_then(|day| day.try_into().ok()).map_or(NEVER, |day| i32::from_le_bytes(day).into())
}

/// The number of the key that each order has, or each line.
enum Codes {
    Orders(Vec<u32>),
    Lines(Vec<u32>),
}

/// A key in a pack: the numbers, and which key each stands for.
struct Slot {
    codes: Codes,
    keys: Vec<Key>,
}

impl PackedKey {
    fn of(c: &mut AnyConnection, dimension: Dimension, basis: Basis, starts: &[Value]) -> Result<Option<Self>, Problem> {
        let Dimension::Own(own) = dimension else { return Ok(None) };
        Ok(Some(match own {
            Own::Source => Self::Words(Column::Source, Form::Text),
            Own::IntentLevel => Self::Words(Column::IntentLevel, Form::Text),
            Own::Industry => Self::Words(Column::Industry, Form::Text),
            Own::Region => Self::Words(Column::Region, Form::Text),
            Own::ValueTier => Self::Words(Column::ValueTier, Form::Text),
            Own::Stage => Self::Words(Column::Stage, Form::Text),
            Own::Reason => Self::Words(Column::Reason, Form::Text),
            Own::Owner => Self::Words(Column::Owner, Form::Id),
            Own::Team => Self::Words(Column::Team, Form::Id),
            Own::Customer => Self::Words(Column::Customer, Form::Id),
            Own::Status => Self::Status,
            Own::Month | Own::Quarter | Own::Year => Self::Period(basis, starts.iter().filter_map(number).collect()),
            Own::Product => Self::Product,
            Own::Category => Self::Category(Arc::new(names::all_categories(c)?.into_iter().collect())),
            Own::Tag | Own::BrokenRule | Own::Weekday => return Ok(None),
        }))
    }

    const fn column(&self) -> Option<Column> {
        match self {
            Self::Words(column, _) => Some(*column),
            Self::Status => None,
            Self::Period(Basis::Closed, _) => Some(Column::ClosedOn),
            Self::Period(Basis::Created, _) => Some(Column::FirstSubmittedAt),
            Self::Product | Self::Category(_) => Some(Column::ProductShares),
        }
    }

    fn slot(&self, columns: &Columns<'_>) -> Result<Slot, Problem> {
        let period = |starts: &[i64], at: i64| Key::Number(starts.partition_point(|start| *start <= at).saturating_sub(1));
        Ok(match self {
            Self::Status => {
                let orders = usize::try_from(columns.pack.orders).unwrap_or_default();
                Slot { codes: Codes::Orders(vec![0; orders]), keys: vec![Key::Text(columns.pack.status.clone())] }
            }
            Self::Words(column, form) => {
                let packs::Words { values, codes } = columns.words(*column)?;
                Slot { codes: Codes::Orders(codes), keys: values.iter().map(|value| key_of(*value, *form)).collect() }
            }
            Self::Period(Basis::Closed, starts) => {
                let packs::Words { values, codes } = columns.words(Column::ClosedOn)?;
                let keys = values.iter().map(|day| period(starts, day_of(*day))).collect();
                Slot::joined(keys, codes, Codes::Orders)
            }
            Self::Period(Basis::Created, starts) => {
                let times = columns.numbers(Column::FirstSubmittedAt)?;
                let keys = (0..starts.len().max(1)).map(Key::Number).collect();
                Slot { codes: Codes::Orders(times.into_iter().map(|at| starts.partition_point(|start| *start <= at).saturating_sub(1) as u32).collect()), keys }
            }
            Self::Product => {
                let packs::Words { values, codes } = columns.shares()?.products;
                Slot { codes: Codes::Lines(codes), keys: values.iter().map(|value| key_of(*value, Form::Id)).collect() }
            }
            Self::Category(words) => {
                let packs::Words { values, codes } = columns.shares()?.products;
                let word = |product: Key| if let Key::Id(id) = product { words.get(&id).cloned().map(Key::Text) } else { None };
                let keys = values.iter().map(|value| word(key_of(*value, Form::Id)).unwrap_or(Key::Missing)).collect();
                Slot::joined(keys, codes, Codes::Lines)
            }
        })
    }
}

impl Slot {
    /// One of keys of which some are alike.
    fn joined(each: Vec<Key>, codes: Vec<u32>, of: fn(Vec<u32>) -> Codes) -> Self {
        let mut known = Known::default();
        let numbers: Vec<u32> = each.iter().map(|key| known.number(key)).collect();
        Self { codes: of(codes.into_iter().map(|code| numbers[code as usize]).collect()), keys: known.keys }
    }
}

impl Named {
    /// Leaves the keys that are named, for the others there is one.
    fn leave(&self, slot: &mut Slot, columns: &Columns<'_>) -> Result<(), Problem> {
        let currencies = if self.by_currency { Some(columns.words(Column::Currency)?) } else { None };
        let words = currencies.as_ref().map_or_else(|| vec![None], |words| words.values.clone());
        let all = std::mem::replace(&mut slot.keys, vec![Key::Rest]);
        // By the currency and the key that was.
        let mut told = vec![0; words.len() * all.len()];
        for (place, key) in all.iter().enumerate() {
            let Some(named) = self.of.get(key) else { continue };
            for (currency, word) in words.iter().enumerate() {
                if named.iter().any(|named| named.as_ref().is_none_or(|named| Some(named.as_bytes()) == *word)) {
                    told[currency * all.len() + place] = slot.keys.len() as u32;
                }
            }
            slot.keys.push(key.clone());
        }
        let of_orders = currencies.map(|words| words.codes);
        let (codes, of_each) = match &mut slot.codes {
            Codes::Orders(codes) => (codes, of_orders),
            Codes::Lines(codes) => match of_orders {
                None => (codes, None),
                Some(of_orders) => {
                    let lengths = columns.shares()?.lengths;
                    (codes, Some(of_orders.into_iter().zip(lengths).flat_map(|(code, length)| repeat_n(code, length as usize)).collect()))
                }
            },
        };
        for (n, code) in codes.iter_mut().enumerate() {
            let currency = of_each.as_ref().map_or(0, |of_each| of_each[n] as usize);
            *code = told[currency * all.len() + *code as usize];
        }
        Ok(())
    }
}
