//! Rows summed by their keys where the database itself would sort them for it: SQLite groups by sorting, which costs more than all the rest of a question
//! over a million rows. A function of the program's own, given to each connection, keeps the sums in a map instead.
use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::SqliteAggregateFunction;

use super::AnyConnection;
use super::sql::Sql;

/// Most groups that are kept; a question with more has no answer.
const MOST: usize = 200_000;

/// What the rows of two keys and a word come to. Keys are as bytes: of a text its own, of a number its digits, of an id its sixteen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub keys: [Option<Vec<u8>>; 2],
    pub word: String,
    pub rows: i64,
    pub sum: i128,
}

#[allow(missing_docs)]
#[diesel::declare_sql_function]
extern "SQL" {
    /// All groups in one value.
    #[aggregate]
    fn fold_groups(one: Nullable<Binary>, two: Nullable<Binary>, word: Binary, amount: BigInt) -> Binary;
}

type Keys = (Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>);

#[derive(Default)]
struct Folding {
    groups: HashMap<Keys, (i64, i128)>,
    overflowed: bool,
}

impl SqliteAggregateFunction<(Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>, i64)> for Folding {
    type Output = Vec<u8>;

    fn step(&mut self, (one, two, word, amount): (Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>, i64)) {
        if self.groups.len() >= MOST {
            self.overflowed = true;
            return;
        }
        let group = self.groups.entry((one, two, word)).or_default();
        *group = (group.0 + 1, group.1 + i128::from(amount));
    }

    fn finalize(folding: Option<Self>) -> Vec<u8> {
        let mut out = Vec::new();
        // Where there were no rows, nothing was begun.
        let folding = folding.unwrap_or_default();
        if folding.overflowed {
            return vec![u8::from(false)];
        }
        for ((one, two, word), (rows, sum)) in folding.groups {
            out.push(u8::from(true));
            for part in [one, two, Some(word)] {
                out.push(u8::from(part.is_some()));
                let part = part.unwrap_or_default();
                out.extend(u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
                out.extend(part);
            }
            out.extend(rows.to_be_bytes());
            out.extend(sum.to_be_bytes());
        }
        out
    }
}

/// Gives a connection the function.
pub(super) fn register(c: &mut SqliteConnection) -> QueryResult<()> {
    fold_groups_utils::register_impl::<Folding, _, _, _, _>(c)
}

#[derive(QueryableByName)]
struct Folded {
    #[diesel(sql_type = Binary)]
    groups: Vec<u8>,
}

/// The groups of rows `f` that a question finds, by the columns or expressions of two keys and a word, with the sum of another; none where the database
/// groups by itself as fast, and an error where there are too many.
pub fn groups(c: &mut AnyConnection, before: Sql, rows: Sql, keys: [&str; 2], word: &str, amount: &str) -> QueryResult<Option<Option<Vec<Group>>>> {
    if !matches!(c, AnyConnection::Sqlite(_)) {
        return Ok(None);
    }
    let select = format!("select fold_groups({}, {}, {word}, {amount}) as groups from (", keys[0], keys[1]);
    let found = before.text(select).then(rows).text(") f").load::<Folded>(c)?.pop().map(|row| row.groups).unwrap_or_default();
    Ok(Some(read(&found)))
}

fn read(mut bytes: &[u8]) -> Option<Vec<Group>> {
    fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(taken)
    }
    fn part(bytes: &mut &[u8]) -> Option<Option<Vec<u8>>> {
        let there = take(bytes, 1)?[0] == 1;
        let length = u32::from_be_bytes(take(bytes, 4)?.try_into().ok()?) as usize;
        let part = take(bytes, length)?.to_vec();
        Some(there.then_some(part))
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        if take(&mut bytes, 1)?[0] != 1 {
            return if all.is_empty() && bytes.is_empty() { None } else { Some(all) };
        }
        let keys = [part(&mut bytes)?, part(&mut bytes)?];
        let word = String::from_utf8(part(&mut bytes)??).ok()?;
        let rows = i64::from_be_bytes(take(&mut bytes, 8)?.try_into().ok()?);
        let sum = i128::from_be_bytes(take(&mut bytes, 16)?.try_into().ok()?);
        all.push(Group { keys, word, rows, sum });
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_summed_and_read_back() {
        let mut folding = Folding::default();
        let key = |text: &str| Some(text.as_bytes().to_vec());
        for (one, two, word, amount) in
            [(key("a"), None, "won", 1), (key("a"), None, "won", i64::MAX), (None, key(""), "lost", -5), (key("a"), key(""), "won", 2)]
        {
            folding.step((one, two, word.as_bytes().to_vec(), amount));
        }
        let mut found = read(&Folding::finalize(Some(folding))).unwrap_or_default();
        found.sort_by(|a, b| (&a.keys, &a.word).cmp(&(&b.keys, &b.word)));
        let told: Vec<_> = found.iter().map(|g| (g.keys[0].is_some(), g.keys[1].is_some(), g.word.as_str(), g.rows, g.sum)).collect();
        assert_eq!(told, [(false, true, "lost", 1, -5), (true, false, "won", 2, i128::from(i64::MAX) + 1), (true, true, "won", 1, 2)]);
        // No rows make no groups, too many no answer.
        assert_eq!(read(&Folding::finalize(None)), Some(Vec::new()));
        assert_eq!(read(&Folding::finalize(Some(Folding { overflowed: true, ..Folding::default() }))), None);
    }
}
