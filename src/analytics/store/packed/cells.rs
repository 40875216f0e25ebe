//! What the orders of one pack come to, by the numbers that keys have in it.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::Key;
use super::super::groups::Groups;
use super::Slot;

/// What the orders of a group come to: how many there are, each counted once, and worth how much.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    last: usize,
    orders: i64,
    amount: i128,
}

/// What the orders of a pack come to by the numbers of its keys: side by side where most of these may occur.
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

    /// Adds them to what others come to.
    pub(super) fn add_to(&self, groups: &mut Groups, slots: &[Slot]) {
        let Some((word, keys)) = slots.split_last() else { return };
        let words: Vec<usize> = word.keys.iter().map(|key| groups.word(if let Key::Text(word) = key { word } else { "" })).collect();
        let known: Vec<Vec<u32>> = keys.iter().enumerate().map(|(place, slot)| slot.keys.iter().map(|key| groups.number(place, key)).collect()).collect();
        let mut add = |mut cell: u64, of: &Cell| {
            let mut numbers = [0; 2];
            for (number, known) in numbers.iter_mut().zip(&known) {
                *number = known[(cell % known.len() as u64) as usize];
                cell /= known.len() as u64;
            }
            groups.add(numbers, words[cell as usize], (of.orders, of.amount));
        };
        match self {
            Self::Few(cells) => cells.iter().enumerate().filter(|(_, of)| of.orders > 0).for_each(|(cell, of)| add(cell as u64, of)),
            Self::Many(cells) => cells.iter().for_each(|(cell, of)| add(*cell, of)),
        }
    }
}
