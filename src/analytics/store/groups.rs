//! What orders come to by group, wherever they are read: each key has a number that holds for the whole question, and what a group comes to stands at the group's own.
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::apart::Word;
use super::{Counts, Key, Sum, Top};
use crate::platform::db::others;

/// Keys by numbers, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Ids, of which there may be many, in as little room as they need: what is looked up is seldom near.
    ids: HashMap<(u64, u64), u32, RandomState>,
    others: HashMap<Key, u32, RandomState>,
    pub(super) keys: Vec<Key>,
}

impl Known {
    pub(super) fn number(&mut self, key: &Key) -> u32 {
        let next = self.keys.len() as u32;
        let number = match key {
            Key::Id(id) => *self.ids.entry(id.0.as_u64_pair()).or_insert(next),
            _ => self.others.get(key).copied().unwrap_or_else(|| *self.others.entry(key.clone()).or_insert(next)),
        };
        if number == next {
            self.keys.push(key.clone());
        }
        number
    }
}

/// What orders of a group come to: how many there are and worth how much.
pub(super) type Measures = (i64, i128);

/// What orders come to by at most two keys, and apart by a word: the status of orders that are counted, or the currency of amounts.
#[derive(Debug)]
pub(super) struct Groups {
    known: Vec<Known>,
    /// The groups by the numbers of two keys, and the numbers by the group; by one key the group has its number.
    pairs: HashMap<[u32; 2], u32, RandomState>,
    of: Vec<[u32; 2]>,
    words: Vec<String>,
    /// By the place of the word, then by group.
    sums: Vec<Vec<Measures>>,
}

impl Groups {
    /// Nothing yet, by so many keys.
    pub(super) fn by(keys: usize) -> Self {
        Self { known: (0..keys).map(|_| Known::default()).collect(), pairs: HashMap::default(), of: Vec::new(), words: Vec::new(), sums: Vec::new() }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.sums.iter().map(Vec::len).max().unwrap_or_default()
    }

    /// The number of a key.
    pub(super) fn number(&mut self, place: usize, key: &Key) -> u32 {
        self.known[place].number(key)
    }

    /// The place of a word.
    pub(super) fn word(&mut self, word: &str) -> usize {
        self.words.iter().position(|known| known == word).unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.sums.push(Vec::new());
            self.words.len() - 1
        })
    }

    /// Adds what some orders come to whose keys have these numbers.
    pub(super) fn add(&mut self, numbers: [u32; 2], word: usize, (orders, amount): Measures) {
        let group = match self.known.len() {
            0 => 0,
            1 => numbers[0],
            _ => *self.pairs.entry(numbers).or_insert_with(|| {
                self.of.push(numbers);
                (self.of.len() - 1) as u32
            }),
        } as usize;
        let sums = &mut self.sums[word];
        if sums.len() <= group {
            sums.resize(group + 1, (0, 0));
        }
        sums[group] = (sums[group].0 + orders, sums[group].1 + amount);
    }

    /// The same by the keys themselves.
    pub(super) fn add_of(&mut self, keys: &[Key], word: &str, measures: Measures) {
        let mut numbers = [0; 2];
        for (place, key) in keys.iter().enumerate() {
            numbers[place] = self.number(place, key);
        }
        let word = self.word(word);
        self.add(numbers, word, measures);
    }

    /// Adds all that others come to, which have these keys before their own.
    pub(super) fn add_all(&mut self, before: &[Key], others: &Self) {
        for (word, sums) in others.words.iter().zip(&others.sums) {
            for (group, measures) in some(sums) {
                self.add_of(&[before, &others.keys(group)].concat(), word, measures);
            }
        }
    }

    /// The same by one key with all groups as one that are not named.
    pub(super) fn leave(&self, top: &[Top]) -> Self {
        let mut left = Self::by(1);
        for (word, sums) in self.words.iter().zip(&self.sums) {
            let named: HashSet<&Key, RandomState> =
                top.iter().filter(|(currency, _)| currency.as_ref().is_none_or(|currency| currency == word)).flat_map(|(_, keys)| keys).collect();
            let mut rest = (0, 0);
            for (group, (orders, amount)) in some(sums) {
                let key = &self.known[0].keys[group];
                if named.contains(key) {
                    left.add_of(std::slice::from_ref(key), word, (orders, amount));
                } else {
                    rest = (rest.0 + orders, rest.1 + amount);
                }
            }
            left.add_of(&[Key::Rest], word, rest);
        }
        left
    }

    fn keys(&self, group: usize) -> Vec<Key> {
        let numbers = match self.known.len() {
            2 => self.of[group],
            _ => [group as u32, 0],
        };
        self.known.iter().zip(numbers).map(|(known, number)| known.keys[number as usize].clone()).collect()
    }

    /// How many orders of each group ended how; without keys there is one group, even of no orders.
    pub(super) fn counts(&self) -> Vec<Counts> {
        let counts = |group: usize| {
            let mut counts = Counts { keys: self.keys(group), ..Counts::default() };
            for (word, sums) in self.words.iter().zip(&self.sums) {
                counts.count(word, sums.get(group).map_or(0, |(orders, _)| *orders));
            }
            counts
        };
        let all: Vec<Counts> = others::small_steps(0..self.len()).map(counts).filter(|counts| counts.orders > 0).collect();
        if all.is_empty() && self.known.is_empty() { vec![Counts::default()] } else { all }
    }

    /// What the orders of each group are worth, by currency.
    pub(super) fn sums(&self) -> Vec<Sum> {
        let sum = |currency: &String, group: usize, (orders, amount): Measures| Sum { keys: self.keys(group), currency: currency.clone(), orders, amount };
        let of = |(currency, sums): (_, &Vec<Measures>)| some(sums).map(|(group, measures)| sum(currency, group, measures)).collect::<Vec<_>>();
        self.words.iter().zip(&self.sums).flat_map(of).collect()
    }

    /// The keys of the groups that are greatest, by one key: those with the most orders or, by currency, those that are worth most.
    pub(super) fn most(&self, top: usize, word: Word) -> Vec<Top> {
        let orders = |group| self.sums.iter().filter_map(|sums| sums.get(group)).map(|(orders, _)| *orders).sum::<i64>();
        let most: Vec<Top> = match word {
            Word::Status => {
                let all = (0..self.len()).map(|group| (group, orders(group))).filter(|(_, orders)| *orders > 0);
                vec![(None, self.first(all.collect(), top))]
            }
            Word::Currency => {
                let worth = |sums: &Vec<Measures>| some(sums).map(|(group, (_, amount))| (group, amount)).collect();
                self.words.iter().zip(&self.sums).map(|(word, sums)| (Some(word.clone()), self.first(worth(sums), top))).collect()
            }
        };
        most.into_iter().filter(|(_, keys)| !keys.is_empty()).collect()
    }

    /// The keys of the groups that are greatest, of equal ones those that come first.
    fn first<T: Copy + Ord>(&self, mut all: Vec<(usize, T)>, top: usize) -> Vec<Key> {
        let keys = self.known.first().map_or(&[][..], |known| &known.keys);
        let order = |(a, of_a): &(usize, T), (b, of_b): &(usize, T)| -> Ordering { of_b.cmp(of_a).then_with(|| keys[*a].cmp(&keys[*b])) };
        if all.len() > top {
            all.select_nth_unstable_by(top, order);
            all.truncate(top);
        }
        all.sort_unstable_by(order);
        all.into_iter().map(|(group, _)| keys[group].clone()).collect()
    }
}

/// The groups that have any orders.
fn some(sums: &[Measures]) -> impl Iterator<Item = (usize, Measures)> + '_ {
    others::small_steps(sums.iter().copied().enumerate()).filter(|(_, (orders, _))| *orders > 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_as_a_plain_sum_has_them(
            rows in proptest::collection::vec(([0_usize..5, 0..4], 0_usize..3, 1_i64..4, -9_i64..9), 0..60),
            keys in 0_usize..3,
            cut in 0_usize..60,
            top in 1_usize..4,
        ) {
            let key = |n: usize| if n == 4 { Key::Missing } else { Key::Number(n) };
            let words = ["won", "lost", "pending"];
            let (mut groups, mut others) = (Groups::by(keys), Groups::by(keys));
            let mut plain: BTreeMap<(Vec<Key>, &str), (i64, i128)> = BTreeMap::new();
            for (n, (of, word, orders, amount)) in rows.iter().enumerate() {
                let of: Vec<Key> = of[..keys].iter().map(|n| key(*n)).collect();
                let own = if n < cut { &mut groups } else { &mut others };
                own.add_of(&of, words[*word], (*orders, (*amount).into()));
                let sum = plain.entry((of, words[*word])).or_default();
                *sum = (sum.0 + orders, sum.1 + i128::from(*amount));
            }
            groups.add_all(&[], &others);
            let sums: BTreeMap<_, _> = groups.sums().into_iter().map(|sum| ((sum.keys, sum.currency), (sum.orders, sum.amount))).collect();
            prop_assert_eq!(sums.len(), groups.sums().len());
            prop_assert_eq!(&sums, &plain.iter().map(|((keys, word), sum)| ((keys.clone(), (*word).to_owned()), *sum)).collect());
            let counts = groups.counts();
            let of = |keys: &[Key], word: &str| plain.get(&(keys.to_vec(), word)).map_or(0, |(orders, _)| *orders);
            for Counts { keys, orders, won, lost, cancelled, expired } in &counts {
                prop_assert_eq!([*won, *lost, orders - won - lost, *cancelled, *expired], [of(keys, "won"), of(keys, "lost"), of(keys, "pending"), 0, 0]);
            }
            let mut each: BTreeMap<Key, i64> = BTreeMap::new();
            plain.iter().for_each(|((keys, _), (orders, _))| *each.entry(keys.first().cloned().unwrap_or(Key::Rest)).or_default() += orders);
            let expected: usize = plain.keys().map(|(keys, _)| keys).collect::<std::collections::BTreeSet<_>>().len();
            prop_assert_eq!(counts.len(), if keys == 0 { 1 } else { expected });
            if keys == 1 {
                let mut most: Vec<_> = each.into_iter().collect();
                most.sort_by_key(|(_, orders)| -orders);
                let most: Vec<Key> = most.into_iter().map(|(key, _)| key).take(top).collect();
                prop_assert_eq!(groups.most(top, Word::Status), if most.is_empty() { Vec::new() } else { vec![(None, most)] });
                let worth = |word: &'static str| {
                    let mut all: Vec<_> = plain.iter().filter(|((_, of), _)| *of == word).map(|((keys, _), (_, amount))| (keys[0].clone(), *amount)).collect();
                    all.sort_by_key(|(_, amount)| -amount);
                    (Some(word.to_owned()), all.into_iter().map(|(key, _)| key).take(top).collect())
                };
                let mut found = groups.most(top, Word::Currency);
                found.sort_unstable();
                let there = ["lost", "pending", "won"].into_iter().filter(|word| plain.keys().any(|(_, of)| of == word));
                prop_assert_eq!(&found, &there.map(worth).collect::<Vec<Top>>());
                let mut left: BTreeMap<(Key, String), (i64, i128)> = BTreeMap::new();
                for ((keys, word), (orders, amount)) in &plain {
                    let named = found.iter().any(|(currency, named)| currency.as_deref() == Some(word) && named.contains(&keys[0]));
                    let sum = left.entry((if named { keys[0].clone() } else { Key::Rest }, (*word).to_owned())).or_default();
                    *sum = (sum.0 + orders, sum.1 + amount);
                }
                let sums = groups.leave(&found).sums().into_iter().map(|sum| ((sum.keys[0].clone(), sum.currency), (sum.orders, sum.amount)));
                prop_assert_eq!(sums.collect::<BTreeMap<_, _>>(), left);
            }
        }
    }
}
