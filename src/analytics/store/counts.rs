//! Orders counted and summed by group: from packs, and row by row what stands in none.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::apart::Word;
use super::groups::Groups;
use super::{Facts, Key, KeyRow, Packed, Top, sum_of, whole};
use crate::analytics::plan::too_many;
use crate::analytics::rules::CLOSED;
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, fold};
use crate::platform::problem::Problem;

/// How many orders of a group ended how.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub keys: Vec<Key>,
    pub orders: i64,
    pub won: i64,
    pub lost: i64,
    pub cancelled: i64,
    pub expired: i64,
}

impl Counts {
    pub(super) fn count(&mut self, status: &str, orders: i64) {
        self.orders += orders;
        match status {
            "won" => self.won += orders,
            "lost" => self.lost += orders,
            "cancelled" => self.cancelled += orders,
            "expired" => self.expired += orders,
            _ => {}
        }
    }
    /// Adds those of another group.
    pub fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.won += other.won;
        self.lost += other.lost;
        self.cancelled += other.cancelled;
        self.expired += other.expired;
    }
}

/// What the orders of a group are worth in one currency, in ten-thousandths.
#[derive(Clone, Debug)]
pub struct Sum {
    pub keys: Vec<Key>,
    pub currency: String,
    pub orders: i64,
    pub amount: i128,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    won: i64,
    #[diesel(sql_type = BigInt)]
    lost: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    expired: i64,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

/// How many orders there are in each group, of the first dimension by those that are named and all others together, if any are.
pub fn counts(c: &mut AnyConnection, facts: &Facts, top: Option<&[Top]>, most: usize) -> Result<Vec<Counts>, Problem> {
    Ok(facts.groups(c, Word::Status, top, most)?.counts())
}

/// What the orders of each group are worth, by currency; by the same groups.
pub fn sums(c: &mut AnyConnection, facts: &Facts, top: Option<&[Top]>, most: usize) -> Result<Vec<Sum>, Problem> {
    Ok(facts.groups(c, Word::Currency, top, most)?.sums())
}

impl Facts {
    /// What the orders come to by the keys and a word.
    pub(super) fn groups(&self, c: &mut AnyConnection, word: Word, top: Option<&[Top]>, most: usize) -> Result<Groups, Problem> {
        let rows = |c: &mut AnyConnection, facts: &Self| {
            if !fold::folds(c) {
                return facts.grouped(c, word, most);
            }
            match facts.folded(c, word)? {
                Some(groups) => Ok(groups),
                // More than are kept here, of which few are wanted.
                None if most > fold::MOST => facts.grouped(c, word, most),
                None => Err(too_many()),
            }
        };
        if self.packed.is_none() && top.is_none() {
            return rows(c, self);
        }
        let mut groups = Groups::by(self.keys.len());
        if let Some(packed) = &self.packed {
            let packed = top.map_or_else(|| packed.clone(), |top| packed.among(top));
            packed.add_to(&mut groups, c, word, most.max(fold::MOST))?;
        }
        match top {
            None => groups.add_all(&[], &rows(c, self)?),
            Some(top) => {
                groups.add_all(&[], &rows(c, &self.among(top, true))?);
                groups.add_all(&[Key::Rest], &rows(c, &self.among(top, false))?);
            }
        }
        Ok(groups)
    }

    /// The groups of what stands in no pack as the database groups them itself.
    fn grouped(&self, c: &mut AnyConnection, word: Word, most: usize) -> Result<Groups, Problem> {
        let beside = self.packed.as_ref().map(|_| Packed::beside());
        let facts = Self { condition: Sql::all(beside.into_iter().chain([self.condition.clone()])), ..self.clone() };
        let (mut groups, keys) = (Groups::by(self.keys.len()), self.keys.len());
        match word {
            Word::Status => {
                // One row a group: PostgreSQL takes a group and status for so many that it sorts them.
                let ended = CLOSED.map(|status| format!(", {} as {status}", facts.orders(Some(&format!("f.status = '{status}'")))));
                let measures = format!(", {} as orders{}", facts.orders(None), ended.concat());
                for CountRow { keys: of, orders, won, lost, cancelled, expired } in facts.question(&measures, &[], most).load(c)? {
                    let of = of.keys(keys);
                    let open = orders - won - lost - cancelled - expired;
                    for (word, orders) in [("won", won), ("lost", lost), ("cancelled", cancelled), ("expired", expired), ("", open)] {
                        groups.add_of(&of, word, (orders, 0));
                    }
                }
            }
            Word::Currency => {
                let measures = format!(", f.currency as currency, {} as orders, {}", facts.orders(None), sum_of("f.amount", ""));
                for SumRow { keys: of, currency, orders, high, low } in facts.question(&measures, &["f.currency"], most).load(c)? {
                    groups.add_of(&of.keys(keys), &currency, (orders, whole(high, low)));
                }
            }
        }
        Ok(groups)
    }
}
