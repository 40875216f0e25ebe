//! The keys of a question as packs tell them: a number for each order or line, and what the numbers stand for.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::super::apart::key_of;
use super::super::groups::Known;
use super::super::{Form, Key, Top};
use crate::analytics::rules::{Basis, Dimension, Own};
use crate::facts::packs::{Column, NEVER, Vocabulary, Words};
use crate::platform::db::sql::Value;
use crate::platform::db::{Id, others};

/// A key, with what its numbers stand for.
#[derive(Clone, Debug)]
pub(super) struct PackedKey {
    pub(super) by: By,
    pub(super) keys: Arc<Vec<Key>>,
    places: Places,
}

/// Where the number of a key comes from.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// A column of the order, and what its values are.
    Column(Column, Form),
    /// The status of the whole pack, among all that are asked for.
    Status,
    /// The period of its day of closing, by the first day of each.
    ClosedOn(Vec<i64>),
    /// The period of its first submit, by the first moment of each.
    SubmittedAt(Vec<i64>),
    /// The product of a line.
    Product,
    /// The word that this has.
    Category,
}

/// Where the key that a number stands for has its place among the keys.
#[derive(Clone, Debug)]
enum Places {
    /// At the number.
    Own,
    /// At one that several may share.
    Shared(Arc<Vec<u32>>),
    /// At one that depends on the currency of the order, by the number of that.
    ByCurrency(Arc<Vec<Vec<u32>>>),
}

/// A day or a moment as packs have it.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Date(day) => Some(day.to_epoch_days().into()),
        Value::Time(at) => Some(at.0),
        _ => None,
    }
}

/// The number of the period in which a day or moment lies.
pub(super) fn period(starts: &[i64], at: i64) -> usize {
    starts.partition_point(|start| *start <= at).saturating_sub(1)
}

/// A day as a column of days has it.
pub(super) fn day_of(day: Option<&[u8]>) -> i64 {
    day.and_then(|day| day.try_into().ok()).map_or(NEVER, |day| i32::from_le_bytes(day).into())
}

impl By {
    /// None where packs do not tell a dimension. `starts` are the first days or moments of its periods.
    pub(super) fn of(dimension: Dimension, basis: Basis, starts: &[Value]) -> Option<Self> {
        let Dimension::Own(own) = dimension else { return None };
        let starts = || starts.iter().filter_map(number).collect();
        Some(match own {
            Own::Source => Self::Column(Column::Source, Form::Text),
            Own::IntentLevel => Self::Column(Column::IntentLevel, Form::Text),
            Own::Industry => Self::Column(Column::Industry, Form::Text),
            Own::Region => Self::Column(Column::Region, Form::Text),
            Own::ValueTier => Self::Column(Column::ValueTier, Form::Text),
            Own::Stage => Self::Column(Column::Stage, Form::Text),
            Own::Reason => Self::Column(Column::Reason, Form::Text),
            Own::Owner => Self::Column(Column::Owner, Form::Id),
            Own::Team => Self::Column(Column::Team, Form::Id),
            Own::Customer => Self::Column(Column::Customer, Form::Id),
            Own::Status => Self::Status,
            Own::Month | Own::Quarter | Own::Year => match basis {
                Basis::Closed => Self::ClosedOn(starts()),
                Basis::Created => Self::SubmittedAt(starts()),
            },
            Own::Product => Self::Product,
            Own::Category => Self::Category,
            Own::Tag | Own::BrokenRule | Own::Weekday => return None,
        })
    }

    pub(super) const fn is_of_lines(&self) -> bool {
        matches!(self, Self::Product | Self::Category)
    }

    /// Where the number stands.
    pub(super) const fn column(&self) -> Option<Column> {
        match self {
            Self::Column(column, _) => Some(*column),
            Self::Status => None,
            Self::ClosedOn(_) => Some(Column::ClosedOn),
            Self::SubmittedAt(_) => Some(Column::FirstSubmittedAt),
            Self::Product | Self::Category => Some(Column::ProductShares),
        }
    }
}

impl PackedKey {
    /// The key whose numbers come from somewhere, with the values that packs have there, all statuses that are asked for, and the words of products.
    pub(super) fn of(by: By, vocabulary: &Vocabulary, statuses: &[&str], categories: &HashMap<Id, String>) -> Self {
        let words = by.column().and_then(|column| vocabulary.get(&column));
        let each = |key: &dyn Fn(Option<&[u8]>) -> Key| others::small_steps(words.into_iter().flat_map(Words::iter)).map(key).collect::<Vec<Key>>();
        let category = |product: Option<&[u8]>| match key_of(product, Form::Id) {
            Key::Id(id) => categories.get(&id).map_or(Key::Missing, |word| Key::Text(word.clone())),
            _ => Key::Missing,
        };
        let (keys, are_alike) = match &by {
            By::Column(_, form) => (each(&|value| key_of(value, *form)), false),
            By::Status => (statuses.iter().map(|status| Key::Text((*status).to_owned())).collect(), false),
            By::ClosedOn(starts) => (each(&|day| Key::Number(period(starts, day_of(day)))), true),
            By::SubmittedAt(starts) => ((0..starts.len().max(1)).map(Key::Number).collect(), false),
            By::Product => (each(&|product| key_of(product, Form::Id)), false),
            By::Category => (each(&category), true),
        };
        if !are_alike {
            return Self { by, keys: Arc::new(keys), places: Places::Own };
        }
        let mut known = Known::default();
        let places = keys.iter().map(|key| known.number(key)).collect();
        Self { by, keys: Arc::new(known.keys), places: Places::Shared(Arc::new(places)) }
    }

    /// The same with all keys as one that are not named, each in any currency or in one of these.
    pub(super) fn among(&self, top: &[Top], currencies: &[String]) -> Self {
        let mut keys = vec![Key::Rest];
        let mut places = |currency: Option<&String>| -> Vec<u32> {
            let named: HashSet<&Key, RandomState> = top.iter().filter(|(of, _)| of.is_none() || of.as_ref() == currency).flat_map(|(_, keys)| keys).collect();
            let mut place = |key: &Key| {
                if !named.contains(key) {
                    return 0;
                }
                keys.iter().position(|known| known == key).unwrap_or_else(|| {
                    keys.push(key.clone());
                    keys.len() - 1
                }) as u32
            };
            let of_keys: Vec<u32> = others::small_steps(self.keys.iter()).map(&mut place).collect();
            match &self.places {
                Places::Shared(own) => own.iter().map(|own| of_keys[*own as usize]).collect(),
                Places::Own | Places::ByCurrency(_) => of_keys,
            }
        };
        let places = if top.iter().any(|(currency, _)| currency.is_some()) {
            Places::ByCurrency(Arc::new(currencies.iter().map(|currency| places(Some(currency))).collect()))
        } else {
            Places::Shared(Arc::new(places(None)))
        };
        Self { by: self.by.clone(), keys: Arc::new(keys), places }
    }

    pub(super) const fn is_by_currency(&self) -> bool {
        matches!(self.places, Places::ByCurrency(_))
    }

    /// Adds the places of the keys to the numbers that the keys before them make, of which there are so many. Currencies are told only where they matter.
    pub(super) fn add_up(&self, numbers: &mut [u64], codes: &[u32], currencies: &[u32], size: u64) {
        let each = numbers.iter_mut().zip(codes);
        match &self.places {
            Places::Own => each.for_each(|(number, code)| *number += u64::from(*code) * size),
            Places::Shared(places) => each.for_each(|(number, code)| *number += u64::from(places[*code as usize]) * size),
            Places::ByCurrency(places) => {
                for ((number, code), currency) in each.zip(currencies) {
                    *number += u64::from(places[*currency as usize][*code as usize]) * size;
                }
            }
        }
    }
}
