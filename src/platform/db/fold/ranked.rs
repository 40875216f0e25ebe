//! Values folded by their keys with their ranks: to number the rows of each group in their order SQLite would keep and sort all of them. Here only the values
//! are kept, four bytes each where they are small, and no more of them is put in order than the two ranks need.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::SqliteAggregateFunction;
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{KeyKind, MOST, Parts, Rest, parts};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::Sql;

/// What the values of some keys come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    pub keys: Vec<Option<Vec<u8>>>,
    pub rows: i64,
    /// Of how many things they are.
    pub of: i64,
    /// The least value that half of them are at most.
    pub median: i64,
    /// The least value that nine of ten of them are at most.
    pub p90: i64,
    pub sum: i128,
}

#[allow(missing_docs)]
#[diesel::declare_sql_function]
extern "SQL" {
    /// All groups in one value. The rows of each thing come one after another in a group.
    #[aggregate]
    fn fold_ranked(parts: Binary, of: Binary, value: BigInt) -> Binary;
}

pub(super) fn register(c: &mut SqliteConnection) -> QueryResult<()> {
    fold_ranked_utils::register_impl::<Ranking, _, _, _>(c)
}

/// The aggregate over rows: the columns or expressions of their keys, what they are rows of, and their value.
#[must_use]
pub fn ranked(keys: &[(String, KeyKind)], of: &str, value: &str) -> String {
    format!("fold_ranked({}, {of}, {value})", parts(keys))
}

#[derive(QueryableByName)]
struct Folded {
    #[diesel(sql_type = Binary)]
    folded: Vec<u8>,
}

/// The groups of rows by their keys, where the rows are all from that word on; none where there are too many. For where rows are folded.
pub fn rank(c: &mut AnyConnection, before: Sql, from: Sql, keys: &[(String, KeyKind)], of: &str, value: &str) -> QueryResult<Option<Vec<Ranked>>> {
    let question = before.text(format!("select {} as folded ", ranked(keys, of, value))).then(from);
    let found = question.load::<Folded>(c)?.pop().map(|row| row.folded).unwrap_or_default();
    Ok(read_ranked(&found, &keys.iter().map(|(_, kind)| *kind).collect::<Vec<_>>()))
}

/// The groups that it told; none where there were too many.
#[must_use]
pub fn read_ranked(bytes: &[u8], kinds: &[KeyKind]) -> Option<Vec<Ranked>> {
    let mut rest = Rest(bytes);
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let keys = rest.keys(kinds)?;
        all.push(Ranked { keys, rows: rest.number()?, of: rest.number()?, median: rest.number()?, p90: rest.number()?, sum: rest.sum()? });
    }
    Some(all)
}

/// Values of a group, in whatever order.
#[derive(Debug)]
enum Values {
    Short(Vec<u32>),
    Long(Vec<i64>),
}

impl Values {
    fn push(&mut self, value: i64) {
        match (self, u32::try_from(value)) {
            (Self::Short(all), Ok(value)) => all.push(value),
            (Self::Long(all), _) => all.push(value),
            (own @ Self::Short(_), Err(_)) => {
                let mut all: Vec<i64> = own.iter().collect();
                all.push(value);
                *own = Self::Long(all);
            }
        }
    }

    fn iter(&self) -> Box<dyn Iterator<Item = i64> + '_> {
        match self {
            Self::Short(all) => Box::new(all.iter().map(|value| i64::from(*value))),
            Self::Long(all) => Box::new(all.iter().copied()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(all) => all.len(),
            Self::Long(all) => all.len(),
        }
    }

    /// The value with this rank, the least having the first.
    fn at(&mut self, rank: usize) -> i64 {
        let place = rank.saturating_sub(1);
        match self {
            Self::Short(all) => i64::from(*all.select_nth_unstable(place).1),
            Self::Long(all) => *all.select_nth_unstable(place).1,
        }
    }
}

struct Group {
    values: Values,
    /// What the last row was of.
    last: SmallVec<[u8; 16]>,
    of: i64,
}

#[derive(Default)]
struct Ranking {
    groups: HashMap<Box<[u8]>, Group, RandomState>,
    overflowed: bool,
}

impl SqliteAggregateFunction<(Parts, Parts, i64)> for Ranking {
    type Output = Vec<u8>;

    fn step(&mut self, (Parts(parts), Parts(of), value): (Parts, Parts, i64)) {
        if let Some(group) = self.groups.get_mut(parts.as_slice()) {
            group.values.push(value);
            if group.last[..] != of[..] {
                group.last.clear();
                group.last.extend_from_slice(&of);
                group.of += 1;
            }
            return;
        }
        if self.groups.len() >= MOST {
            self.overflowed = true;
            return;
        }
        if let Entry::Vacant(vacant) = self.groups.entry(parts.as_slice().into()) {
            let mut values = Values::Short(Vec::new());
            values.push(value);
            vacant.insert(Group { values, last: SmallVec::from_slice(&of), of: 1 });
        }
    }

    fn finalize(ranking: Option<Self>) -> Vec<u8> {
        // Where there were no rows, nothing was begun.
        ranking.unwrap_or_default().told()
    }
}

impl Ranking {
    /// Each group is its parts, how long they are before them, and its figures behind; a single byte says that there were too many.
    fn told(self) -> Vec<u8> {
        if self.overflowed {
            return vec![0];
        }
        let mut out = Vec::new();
        for (parts, Group { mut values, of, .. }) in self.groups {
            let rows = values.len();
            let sum: i128 = values.iter().map(i128::from).sum();
            let (median, p90) = (values.at(rows.div_ceil(2)), values.at((rows * 9).div_ceil(10)));
            out.extend(u32::try_from(parts.len()).unwrap_or_default().to_be_bytes());
            out.extend(parts);
            for number in [i64::try_from(rows).unwrap_or(i64::MAX), of, median, p90] {
                out.extend(number.to_be_bytes());
            }
            out.extend(sum.to_be_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn told(rows: &[(Vec<u8>, u8, i64)], kinds: &[KeyKind]) -> Option<Vec<Ranked>> {
        let mut ranking = Ranking::default();
        for (parts, of, value) in rows {
            ranking.step((Parts(SmallVec::from_slice(parts)), Parts(SmallVec::from_slice(&[*of])), *value));
        }
        let mut found = read_ranked(&Ranking::finalize(Some(ranking)), kinds)?;
        found.sort_by(|a, b| a.keys.cmp(&b.keys));
        Some(found)
    }

    #[test]
    fn ranks_are_the_nearest_and_things_count_once() {
        let key = |text: &str| text.as_bytes().to_vec();
        let rows = [(key("a"), 1, 30), (key("b"), 1, 7), (key("a"), 1, 10), (key("a"), 2, 20), (key("a"), 3, 10), (key("\u{0}"), 3, -4)];
        let group = |text: &str, [rows, of, median, p90]: [i64; 4], sum| Ranked { keys: vec![Some(key(text))], rows, of, median, p90, sum };
        let expected = vec![group("\u{0}", [1, 1, -4, -4], -4), group("a", [4, 3, 10, 30], 70), group("b", [1, 1, 7, 7], 7)];
        assert_eq!(told(&rows, &[KeyKind::Text]), Some(expected));
        // No rows make no groups, too many no answer; without keys there is one.
        assert_eq!(read_ranked(&Ranking::finalize(None), &[]), Some(Vec::new()));
        assert_eq!(read_ranked(&Ranking::finalize(Some(Ranking { overflowed: true, ..Ranking::default() })), &[]), None);
        let whole = Ranked { keys: Vec::new(), rows: 1, of: 1, median: i64::MAX, p90: i64::MAX, sum: i64::MAX.into() };
        assert_eq!(told(&[(vec![0], 1, i64::MAX)], &[]), Some(vec![whole]));
    }

    proptest! {
        #[test]
        fn groups_are_as_sorting_has_them(rows in proptest::collection::vec((0_u8..3, 0_u8..5, prop_oneof![0_i64..50, any::<i64>(), Just(u32::MAX.into())]), 0..80)) {
            // As they come: those of a thing one after another.
            let mut rows: Vec<(Vec<u8>, u8, i64)> = rows.into_iter().map(|(key, of, value)| (vec![b'a' + key], of, value)).collect();
            rows.sort_by_key(|(_, of, _)| *of);
            let mut expected: BTreeMap<Vec<u8>, (BTreeSet<u8>, Vec<i64>)> = BTreeMap::new();
            for (key, of, value) in &rows {
                let group = expected.entry(key.clone()).or_default();
                group.0.insert(*of);
                group.1.push(*value);
            }
            let expected: Vec<Ranked> = expected.into_iter().map(|(key, (of, mut values))| {
                values.sort_unstable();
                let at = |hundredths: usize| values[(values.len() * hundredths).div_ceil(100) - 1];
                let sum = values.iter().map(|value| i128::from(*value)).sum();
                Ranked { keys: vec![Some(key)], rows: values.len() as i64, of: of.len() as i64, median: at(50), p90: at(90), sum }
            }).collect();
            prop_assert_eq!(told(&rows, &[KeyKind::Text]), Some(expected));
        }
    }
}
