//! What orders of packs come to by the numbers of their groups, and how these are told to the groups of the whole question.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::Key;
use super::super::groups::{Groups, Measures};
use crate::platform::db::others;

/// The keys and words that packs tell by numbers, with those that they have among the groups of a question, which number only what is met.
pub(super) struct Met<'a> {
    groups: &'a mut Groups,
    keys: Vec<(&'a [Key], Vec<Option<u32>>)>,
    words: Vec<(String, Option<usize>)>,
}

impl<'a> Met<'a> {
    pub(super) fn of(groups: &'a mut Groups, keys: Vec<&'a [Key]>, words: Vec<String>) -> Self {
        let keys = keys.into_iter().map(|keys| (keys, vec![None; keys.len()])).collect();
        Self { groups, keys, words: words.into_iter().map(|word| (word, None)).collect() }
    }

    /// How many groups were met.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Adds what some orders come to whose group has this number among all that the keys make.
    pub(super) fn add(&mut self, mut number: u64, word: usize, measures: Measures) {
        let (mut numbers, count) = ([0; 2], self.keys.len());
        for (place, (keys, met)) in self.keys.iter_mut().enumerate() {
            let (key, rest) = if place + 1 == count { (number, 0) } else { (number % keys.len() as u64, number / keys.len() as u64) };
            numbers[place] = *met[key as usize].get_or_insert_with(|| self.groups.number(place, &keys[key as usize]));
            number = rest;
        }
        let (word, met) = &mut self.words[word];
        let word = *met.get_or_insert_with(|| self.groups.word(word));
        self.groups.add(numbers, word, measures);
    }
}

/// What the orders of a group come to: how many there are, each counted once, and worth how much.
#[derive(Clone, Copy, Default)]
struct Cell {
    last: usize,
    orders: i64,
    amount: i128,
}

/// What orders come to by the number of their group and the place of a word.
pub(super) struct Cells {
    words: u64,
    sums: Sums,
    /// How many orders there were in all packs before.
    before: usize,
}

enum Sums {
    /// Side by side where all that there may be are few.
    Few(Vec<Cell>),
    /// Those of one pack.
    Many(HashMap<u64, Cell, RandomState>),
}

/// How many are few: a processor has them all at hand.
const FEW: usize = 1 << 15;

impl Cells {
    /// Nothing yet, of so many cells and words.
    pub(super) fn of(size: usize, words: usize) -> Self {
        let sums = if size <= FEW { Sums::Few(vec![Cell::default(); size]) } else { Sums::Many(HashMap::default()) };
        Self { words: words as u64, sums, before: 0 }
    }

    pub(super) const fn are_few(&self) -> bool {
        matches!(self.sums, Sums::Few(_))
    }

    /// Adds an order of a pack, or one line of it after the other.
    pub(super) fn add(&mut self, group: u64, word: usize, order: usize, amount: i64) {
        let place = group * self.words + word as u64;
        let cell = match &mut self.sums {
            Sums::Few(cells) => &mut cells[place as usize],
            Sums::Many(cells) => cells.entry(place).or_default(),
        };
        let order = self.before + order + 1;
        cell.orders += i64::from(cell.last != order);
        cell.last = order;
        cell.amount += i128::from(amount);
    }

    /// Goes on to the next pack after one of so many orders.
    pub(super) fn next_pack(&mut self, met: &mut Met<'_>, orders: usize) {
        self.before += orders;
        if !self.are_few() {
            self.tell(met);
        }
    }

    /// Tells all that was added since it was told last.
    pub(super) fn tell(&mut self, met: &mut Met<'_>) {
        let mut add = |place: u64, cell: &Cell| met.add(place / self.words, (place % self.words) as usize, (cell.orders, cell.amount));
        match &mut self.sums {
            Sums::Few(cells) => {
                others::small_steps(cells.iter().enumerate()).filter(|(_, cell)| cell.orders > 0).for_each(|(place, cell)| add(place as u64, cell));
                cells.fill(Cell::default());
            }
            Sums::Many(cells) => others::small_steps(cells.drain()).for_each(|(place, cell)| add(place, &cell)),
        }
    }
}
