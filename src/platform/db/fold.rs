//! Rows summed by their keys where the database itself would sort them for it: SQLite groups by sorting, which costs more than all the rest of a question
//! over a million rows. A function of the program's own, given to each connection, keeps the sums in a map instead.
mod ranked;
mod shares;

use std::collections::HashMap;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::{Sqlite, SqliteAggregateFunction};
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::AnyConnection;
use super::sql::Sql;
pub use ranked::{Ranked, rank, ranked, read_ranked};
pub use shares::{By, Words, shares};

/// Most groups that are kept; a question with more has no answer.
pub const MOST: usize = 200_000;

/// What stands where a text is missing.
const NO_TEXT: &[u8] = b"\xff";

/// What kind of value a key has, which is how it stands among the parts of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Sixteen bytes; zeros where there is none, which no id is.
    Id,
    /// A text or the digits of a number, and unless it is the last a byte that none has; a byte that no text has where there is none.
    Text,
}

/// What the rows of some keys come to. Keys are as bytes: of a text its own, of a number its digits, of an id its sixteen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub keys: Vec<Option<Vec<u8>>>,
    pub rows: i64,
    pub sum: i128,
}

#[allow(missing_docs)]
#[diesel::declare_sql_function]
extern "SQL" {
    /// All groups in one value. The keys come as one value, for each costs more to hand over than to look up.
    #[aggregate]
    fn fold_groups(parts: Binary, amount: BigInt) -> Binary;
    /// The same of rows that are only counted.
    #[aggregate]
    fn count_groups(parts: Binary) -> Binary;
    /// The same of parts of orders, which come one order after another: each counts once in a group, with all its amounts.
    #[aggregate]
    fn fold_parts(parts: Binary, amount: BigInt, of: Binary) -> Binary;
}

/// The parts of a group as they come: short ones, which almost all are, without a place of their own in memory.
#[derive(Debug, FromSqlRow)]
struct Parts(SmallVec<[u8; 64]>);

impl FromSql<Binary, Sqlite> for Parts {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(SmallVec::from_slice(value.read_blob())))
    }
}

#[derive(Default)]
struct Folding {
    groups: HashMap<Box<[u8]>, (i64, i128), RandomState>,
    overflowed: bool,
}

impl SqliteAggregateFunction<(Parts, i64)> for Folding {
    type Output = Vec<u8>;

    fn step(&mut self, (Parts(parts), amount): (Parts, i64)) {
        self.add(&parts, 1, amount);
    }

    fn finalize(folding: Option<Self>) -> Vec<u8> {
        // Where there were no rows, nothing was begun.
        folding.unwrap_or_default().told()
    }
}

/// Rows that are only counted.
#[derive(Default)]
struct Counting(Folding);

impl SqliteAggregateFunction<Parts> for Counting {
    type Output = Vec<u8>;

    fn step(&mut self, Parts(parts): Parts) {
        self.0.add(&parts, 1, 0);
    }

    fn finalize(counting: Option<Self>) -> Vec<u8> {
        counting.unwrap_or_default().0.told()
    }
}

/// Rows that are parts of something, whose groups are remembered as long as its rows come.
#[derive(Default)]
struct FoldingParts {
    folding: Folding,
    of: SmallVec<[u8; 64]>,
    met: Vec<SmallVec<[u8; 64]>>,
}

impl SqliteAggregateFunction<(Parts, i64, Parts)> for FoldingParts {
    type Output = Vec<u8>;

    fn step(&mut self, (Parts(parts), amount, Parts(of)): (Parts, i64, Parts)) {
        if self.of != of {
            self.of = of;
            self.met.clear();
        }
        let again = self.met.contains(&parts);
        self.folding.add(&parts, i64::from(!again), amount);
        if !again {
            self.met.push(parts);
        }
    }

    fn finalize(folding: Option<Self>) -> Vec<u8> {
        folding.unwrap_or_default().folding.told()
    }
}

impl Folding {
    fn add(&mut self, parts: &[u8], rows: i64, amount: i64) {
        if let Some(group) = self.groups.get_mut(parts) {
            *group = (group.0 + rows, group.1 + i128::from(amount));
        } else if self.groups.len() < MOST {
            self.groups.insert(parts.into(), (rows, i128::from(amount)));
        } else {
            self.overflowed = true;
        }
    }

    /// Each group is its parts, how long they are before them, and its figures behind; a single byte says that there were too many.
    fn told(self) -> Vec<u8> {
        if self.overflowed {
            return vec![0];
        }
        let mut out = Vec::new();
        for (parts, (rows, sum)) in self.groups {
            out.extend(u32::try_from(parts.len()).unwrap_or_default().to_be_bytes());
            out.extend(parts);
            out.extend(rows.to_be_bytes());
            out.extend(sum.to_be_bytes());
        }
        out
    }
}

/// Gives a connection the functions.
pub(super) fn register(c: &mut SqliteConnection) -> QueryResult<()> {
    fold_groups_utils::register_impl::<Folding, _, _>(c)?;
    count_groups_utils::register_impl::<Counting, _>(c)?;
    fold_parts_utils::register_impl::<FoldingParts, _, _, _>(c)?;
    ranked::register(c)?;
    shares::register(c)
}

#[derive(QueryableByName)]
struct Folded {
    #[diesel(sql_type = Binary)]
    groups: Vec<u8>,
}

/// What is told of the rows of a group.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// How many there are.
    Rows,
    /// That and the sum of a column.
    Sum(&'a str),
    /// The sum of a column, and of how many things that another names: the rows of each come one after another.
    Parts(&'a str, &'a str),
}

/// Whether rows are folded here; elsewhere the database groups by itself as fast.
#[must_use]
pub const fn folds(c: &AnyConnection) -> bool {
    matches!(c, AnyConnection::Sqlite(_))
}

/// The groups of rows `f` that a question finds, by the columns or expressions of keys; none where there are too many. For where rows are folded.
pub fn groups(c: &mut AnyConnection, before: Sql, rows: Sql, keys: &[(String, KeyKind)], told: Told<'_>) -> QueryResult<Option<Vec<Group>>> {
    let parts = parts(keys);
    let fold = match told {
        Told::Rows => format!("count_groups({parts})"),
        Told::Sum(amount) => format!("fold_groups({parts}, {amount})"),
        Told::Parts(amount, of) => format!("fold_parts({parts}, {amount}, {of})"),
    };
    load(c, before, &fold, rows, &keys.iter().map(|(_, kind)| *kind).collect::<Vec<_>>())
}

/// Asks for the groups that an aggregate tells of rows `f`.
fn load(c: &mut AnyConnection, before: Sql, fold: &str, rows: Sql, kinds: &[KeyKind]) -> QueryResult<Option<Vec<Group>>> {
    let question = before.text(format!("select {fold} as groups from (")).then(rows).text(") f");
    let found = question.load::<Folded>(c)?.pop().map(|row| row.groups).unwrap_or_default();
    Ok(read(&found, kinds))
}

/// The keys of a row as one value.
fn parts(keys: &[(String, KeyKind)]) -> String {
    match keys.split_last() {
        Some(((last, KeyKind::Text), [])) => format!("ifnull({last}, x'ff')"),
        Some(((last, KeyKind::Text), others)) => format!("{} || ifnull({last}, x'ff')", each_ended(others)),
        _ => each_ended(keys),
    }
}

/// The same where more follows.
fn each_ended(keys: &[(String, KeyKind)]) -> String {
    let part = |(key, kind): &(String, KeyKind)| match kind {
        KeyKind::Id => format!("ifnull({key}, zeroblob(16))"),
        KeyKind::Text => format!("ifnull({key}, x'ff') || x'00'"),
    };
    if keys.is_empty() { "x''".to_owned() } else { keys.iter().map(part).collect::<Vec<_>>().join(" || ") }
}

/// What is still to be read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn sum(&mut self) -> Option<i128> {
        Some(i128::from_be_bytes(self.take(16)?.try_into().ok()?))
    }

    /// The keys of a group, and how long they are before them.
    fn keys(&mut self, kinds: &[KeyKind]) -> Option<Vec<Option<Vec<u8>>>> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?) as usize;
        let mut parts = Self(self.take(length)?);
        kinds.iter().enumerate().map(|(n, kind)| parts.key(*kind, n + 1 == kinds.len())).collect()
    }

    fn key(&mut self, kind: KeyKind, last: bool) -> Option<Option<Vec<u8>>> {
        match kind {
            KeyKind::Id => self.take(16).map(|id| Some(id.to_vec()).filter(|id| id.iter().any(|byte| *byte != 0))),
            KeyKind::Text => {
                let length = if last { self.0.len() } else { self.0.iter().position(|byte| *byte == 0)? };
                let text = self.take(length)?.to_vec();
                self.take(usize::from(!last))?;
                Some(Some(text).filter(|text| text != NO_TEXT))
            }
        }
    }
}

fn read(bytes: &[u8], kinds: &[KeyKind]) -> Option<Vec<Group>> {
    let mut rest = Rest(bytes);
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        all.push(Group { keys: rest.keys(kinds)?, rows: rest.number()?, sum: rest.sum()? });
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_summed_and_read_back() {
        let mut folding = Folding::default();
        let id = [7; 16];
        for (parts, amount) in [
            ([&id[..], b"\xff\0won"].concat(), 1),
            ([&id[..], b"\xff\0won"].concat(), i64::MAX),
            ([&[0; 16][..], b"\0lost"].concat(), -5),
            ([&id[..], "a 中\0won".as_bytes()].concat(), 2),
        ] {
            folding.step((Parts(SmallVec::from_slice(&parts)), amount));
        }
        let kinds = [KeyKind::Id, KeyKind::Text, KeyKind::Text];
        let mut found = read(&Folding::finalize(Some(folding)), &kinds).unwrap_or_default();
        found.sort_by(|a, b| a.keys.cmp(&b.keys));
        let group = |keys: [Option<&[u8]>; 3], rows, sum| Group { keys: keys.map(|key| key.map(<[u8]>::to_vec)).to_vec(), rows, sum };
        let expected = [
            group([None, Some(b""), Some(b"lost")], 1, -5),
            group([Some(&id), None, Some(b"won")], 2, i128::from(i64::MAX) + 1),
            group([Some(&id), Some("a 中".as_bytes()), Some(b"won")], 1, 2),
        ];
        assert_eq!(found, expected);
        // What is last ends with the parts, be it missing, empty or an id.
        let mut counting = Counting::default();
        for parts in [&b"\xff"[..], b"", b"a"] {
            counting.step(Parts(SmallVec::from_slice(parts)));
        }
        let mut keys: Vec<_> = read(&Counting::finalize(Some(counting)), &[KeyKind::Text]).unwrap_or_default().into_iter().map(|group| group.keys).collect();
        keys.sort();
        assert_eq!(keys, [vec![None], vec![Some(Vec::new())], vec![Some(b"a".to_vec())]]);
        // What has several parts in a group counts there once.
        let mut parts = FoldingParts::default();
        for (of, part, amount) in [(b"a", b"x", 1), (b"a", b"y", 2), (b"a", b"x", 3), (b"b", b"x", 4)] {
            parts.step((Parts(SmallVec::from_slice(part)), amount, Parts(SmallVec::from_slice(of))));
        }
        let mut found: Vec<_> = read(&FoldingParts::finalize(Some(parts)), &[KeyKind::Text]).unwrap_or_default();
        found.sort_by(|a, b| a.keys.cmp(&b.keys));
        let group = |key: &[u8], rows, sum| Group { keys: vec![Some(key.to_vec())], rows, sum };
        assert_eq!(found, [group(b"x", 2, 8), group(b"y", 1, 2)]);
        // No rows make no groups, too many no answer.
        assert_eq!(read(&Folding::finalize(None), &kinds), Some(Vec::new()));
        assert_eq!(read(&Folding::finalize(Some(Folding { overflowed: true, ..Folding::default() })), &kinds), None);
    }
}
