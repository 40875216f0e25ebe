//! Counts the orders of a question's packs, one pack after the other.
use std::iter::repeat_n;

use super::super::apart::Word;
use super::super::groups::Groups;
use super::Packed;
use super::cells::{Cells, Met};
use super::keys::{By, PackedKey, day_of, period};
use crate::analytics::rules::Basis;
use crate::facts::packs::{Column, Columns, NEVER, Shares};
use crate::platform::db::others;
use crate::platform::problem::Problem;

/// What has been counted, and what is needed to count more.
pub(super) struct Count<'a> {
    packed: &'a Packed,
    met: Met<'a>,
    cells: Cells,
    /// Whether amounts are summed, by currency; else orders are counted, by status.
    sums: bool,
    /// Whether days of closing lie in the window, by their numbers.
    days: Vec<bool>,
}

impl<'a> Count<'a> {
    pub(super) fn of(packed: &'a Packed, groups: &'a mut Groups, word: Word) -> Self {
        let words = match word {
            Word::Status => packed.statuses.iter().map(|status| (*status).to_owned()).collect(),
            Word::Currency => packed.currencies(),
        };
        let size = packed.keys.iter().fold(words.len(), |size, key| size.saturating_mul(key.keys.len()));
        let cells = Cells::of(size, words.len());
        let days = packed.values(Column::ClosedOn).map(|day| is_within(packed, day_of(day))).collect();
        Self { packed, met: Met::of(groups, packed.keys.iter().map(|key| &key.keys[..]).collect(), words), cells, sums: word == Word::Currency, days }
    }

    /// The columns that are read for it.
    pub(super) fn columns(&self) -> Vec<Column> {
        let Packed { keys, basis, from, to, .. } = self.packed;
        let moment = match basis {
            Basis::Closed => from.or(*to).map(|_| Column::ClosedOn),
            Basis::Created => Some(Column::FirstSubmittedAt),
        };
        // The lines of an order are worth what it is.
        let amount = (self.sums && !self.is_of_lines()).then_some(Column::Amount);
        let mut all: Vec<Column> = moment.into_iter().chain(amount).chain(self.has_currencies().then_some(Column::Currency)).collect();
        all.extend(keys.iter().filter_map(|key| key.by.column()));
        all
    }

    fn is_of_lines(&self) -> bool {
        self.packed.keys.iter().any(|key| key.by.is_of_lines())
    }

    fn has_currencies(&self) -> bool {
        self.sums || self.packed.keys.iter().any(PackedKey::is_by_currency)
    }

    /// How many groups were met, at least.
    pub(super) fn groups(&self) -> usize {
        self.met.groups()
    }

    /// Adds the orders of a pack but for those that have left it.
    pub(super) fn add(&mut self, columns: &Columns<'_>, left: &[usize]) -> Result<(), Problem> {
        let holds = self.holds(columns, left)?;
        let shares = if self.is_of_lines() { columns.shares()? } else { Shares::default() };
        let currencies = if self.has_currencies() { columns.codes(Column::Currency)? } else { Vec::new() };
        let status = self.packed.statuses.iter().position(|status| *status == columns.pack.status).unwrap_or_default();
        // The number of each order's group among all that the keys may make, and what a line adds to it.
        let (mut numbers, mut more, mut size) = (vec![0; holds.len()], vec![0; shares.products.len()], 1);
        for key in &self.packed.keys {
            match &key.by {
                By::Column(column, _) => key.add_up(&mut numbers, &columns.codes(*column)?, &currencies, size),
                By::ClosedOn(_) => key.add_up(&mut numbers, &columns.codes(Column::ClosedOn)?, &currencies, size),
                By::SubmittedAt(starts) => {
                    let periods = columns.numbers(Column::FirstSubmittedAt)?.into_iter().map(|at| period(starts, at) as u32);
                    key.add_up(&mut numbers, &periods.collect::<Vec<_>>(), &currencies, size);
                }
                By::Status => key.add_up(&mut numbers, &vec![status as u32; holds.len()], &currencies, size),
                By::Product | By::Category => {
                    let currencies = currencies.iter().zip(&shares.lengths).filter(|_| key.is_by_currency());
                    let of_each: Vec<u32> = currencies.flat_map(|(code, length)| repeat_n(*code, *length as usize)).collect();
                    key.add_up(&mut more, &shares.products, &of_each, size);
                }
            }
            size *= key.keys.len() as u64;
        }
        let word = |order: usize| if self.sums { currencies[order] as usize } else { status };
        if self.is_of_lines() {
            let mut next = 0;
            for (order, length) in shares.lengths.iter().enumerate() {
                let lines = next..next + *length as usize;
                next = lines.end;
                for line in lines.filter(|_| holds[order]) {
                    self.cells.add(numbers[order] + more[line], word(order), order, shares.amounts[line]);
                }
            }
        } else {
            let amounts = if self.sums { columns.numbers(Column::Amount)? } else { Vec::new() };
            for order in others::small_steps(0..holds.len()).filter(|order| holds[*order]) {
                let amount = amounts.get(order).copied().unwrap_or_default();
                if self.cells.are_few() {
                    self.cells.add(numbers[order], word(order), order, amount);
                } else {
                    self.met.add(numbers[order], word(order), (1, amount.into()));
                }
            }
        }
        self.cells.next_pack(&mut self.met, holds.len());
        Ok(())
    }

    /// Which of the orders of a pack are left and lie in the window.
    fn holds(&self, columns: &Columns<'_>, left: &[usize]) -> Result<Vec<bool>, Problem> {
        let mut holds = match self.packed.basis {
            Basis::Created => columns.numbers(Column::FirstSubmittedAt)?.into_iter().map(|at| is_within(self.packed, at)).collect(),
            Basis::Closed if self.packed.from.or(self.packed.to).is_some() => {
                columns.codes(Column::ClosedOn)?.into_iter().map(|day| self.days[day as usize]).collect()
            }
            Basis::Closed => vec![true; columns.orders()],
        };
        for number in left {
            if let Some(place) = holds.get_mut(*number) {
                *place = false;
            }
        }
        Ok(holds)
    }

    /// Tells the groups what has been counted.
    pub(super) fn end(mut self) {
        self.cells.tell(&mut self.met);
    }
}

fn is_within(packed: &Packed, at: i64) -> bool {
    at != NEVER && packed.from.is_none_or(|from| at >= from) && packed.to.is_none_or(|to| at < to)
}
