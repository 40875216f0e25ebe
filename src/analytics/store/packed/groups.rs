//! What the orders of packs come to by group, added up in each pack by numbers of its own and over all of them by numbers that hold for all.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::Key;
use super::super::apart::Folded;
use super::Slot;
use crate::analytics::plan::too_many;
use crate::platform::problem::Problem;

/// What the orders of a group come to: how many there are, each counted once, and worth how much.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    last: usize,
    orders: i64,
    amount: i128,
}

/// Groups by their number: side by side where most of them may occur.
pub(super) enum Cells {
    Few(Vec<Cell>),
    Many(HashMap<u64, Cell, RandomState>),
}

impl Cells {
    pub(super) fn of(size: u64, orders: usize) -> Self {
        match usize::try_from(size) {
            Ok(size) if size <= 4 * orders => Self::Few(vec![Cell::default(); size]),
            _ => Self::Many(HashMap::default()),
        }
    }

    pub(super) fn add(&mut self, number: u64, order: usize, amount: i64) {
        let cell = match self {
            Self::Few(cells) => &mut cells[number as usize],
            Self::Many(cells) => cells.entry(number).or_default(),
        };
        cell.orders += i64::from(cell.last != order + 1);
        cell.last = order + 1;
        cell.amount += i128::from(amount);
    }
}

/// Keys by numbers that hold for all packs.
#[derive(Default)]
pub(super) struct Known {
    numbers: HashMap<Key, u32, RandomState>,
    pub(super) keys: Vec<Key>,
}

impl Known {
    pub(super) fn number(&mut self, key: &Key) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.numbers.insert(key.clone(), number);
        number
    }
}

/// What all packs come to so far, by the numbers of the keys and of the word.
pub(super) struct Groups {
    known: Vec<Known>,
    sums: HashMap<[u32; 3], (i64, i128), RandomState>,
}

impl Groups {
    /// Nothing yet, by so many keys with the word.
    pub(super) fn by(keys: usize) -> Self {
        Self { known: (0..keys).map(|_| Known::default()).collect(), sums: HashMap::default() }
    }

    pub(super) fn add(&mut self, slots: &[Slot], cells: &Cells, most: usize) -> Result<(), Problem> {
        // Only of keys that occur: where some are chosen the others may be many.
        let mut numbers: Vec<Vec<Option<u32>>> = slots.iter().map(|slot| vec![None; slot.keys.len()]).collect();
        let mut add = |mut cell: u64, of: &Cell| {
            let mut place = [0; 3];
            for ((place, numbers), (slot, known)) in place.iter_mut().zip(&mut numbers).zip(slots.iter().zip(&mut self.known)) {
                let code = (cell % slot.keys.len() as u64) as usize;
                *place = *numbers[code].get_or_insert_with(|| known.number(&slot.keys[code]));
                cell /= slot.keys.len() as u64;
            }
            let sum = self.sums.entry(place).or_default();
            *sum = (sum.0 + of.orders, sum.1 + of.amount);
        };
        match cells {
            Cells::Few(cells) => cells.iter().enumerate().filter(|(_, of)| of.orders > 0).for_each(|(cell, of)| add(cell as u64, of)),
            Cells::Many(cells) => cells.iter().for_each(|(cell, of)| add(*cell, of)),
        }
        if self.sums.len() > most { Err(too_many()) } else { Ok(()) }
    }

    pub(super) fn folded(self) -> Vec<Folded> {
        let told = |(place, (orders, amount)): ([u32; 3], _)| {
            let mut keys: Vec<Key> = self.known.iter().zip(place).map(|(known, number)| known.keys[number as usize].clone()).collect();
            let word = if let Some(Key::Text(word)) = keys.pop() { word } else { String::new() };
            Folded { keys, word, orders, amount }
        };
        self.sums.into_iter().map(told).collect()
    }
}
