//! Parts of a whole that stand within its row, folded by what each is of: to look up the parts of each row elsewhere costs more than all the rest of a question.
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Binary;
use diesel::sqlite::SqliteAggregateFunction;
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{Folding, Group, KeyKind, NO_TEXT, Parts, each_ended, load};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};

/// How long an id is, and a share: an id and what it is worth, eight bytes with the sign.
const ID: usize = 16;
const SHARE: usize = ID + 8;

/// By what the shares of rows are folded.
#[derive(Clone, Debug, Default)]
pub enum By {
    /// By their own ids, each of which a row has once.
    #[default]
    Ids,
    /// By the words that their ids have; a row with several shares of one word counts once.
    Words(Arc<Words>),
}

/// The words of ids, as the last part of a group has them.
#[derive(Debug, Default)]
pub struct Words(HashMap<[u8; ID], Box<[u8]>, RandomState>);

impl FromIterator<(Id, String)> for Words {
    fn from_iter<T: IntoIterator<Item = (Id, String)>>(words: T) -> Self {
        Self(words.into_iter().map(|(id, word)| (*id.0.as_bytes(), word.into_bytes().into())).collect())
    }
}

impl Words {
    /// The word of an id, if it has one.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<&[u8]> {
        self.0.get(id.0.as_bytes()).map(AsRef::as_ref)
    }

    fn of(&self, id: &[u8]) -> &[u8] {
        <&[u8; ID]>::try_from(id).ok().and_then(|id| self.0.get(id)).map_or(NO_TEXT, AsRef::as_ref)
    }
}

thread_local! {
    /// By what the question folds that this thread asks: an aggregate begins with nothing but its rows.
    static ASKED: RefCell<By> = const { RefCell::new(By::Ids) };
}

#[allow(missing_docs)]
#[diesel::declare_sql_function]
extern "SQL" {
    /// All groups in one value.
    #[aggregate]
    fn fold_shares(parts: Binary, shares: Binary) -> Binary;
}

pub(super) fn register(c: &mut SqliteConnection) -> QueryResult<()> {
    fold_shares_utils::register_impl::<Sharing, _, _>(c)
}

struct Sharing {
    folding: Folding,
    by: By,
}

impl Default for Sharing {
    fn default() -> Self {
        Self { folding: Folding::default(), by: ASKED.with_borrow(By::clone) }
    }
}

impl SqliteAggregateFunction<(Parts, Parts)> for Sharing {
    type Output = Vec<u8>;

    fn step(&mut self, (Parts(mut key), Parts(shares)): (Parts, Parts)) {
        let before = key.len();
        let mut met = SmallVec::<[&[u8]; 8]>::new();
        for share in shares.chunks_exact(SHARE) {
            let (id, worth) = share.split_at(ID);
            let worth = worth.try_into().map_or(0, i64::from_be_bytes);
            let (part, again) = match &self.by {
                By::Ids => (id, false),
                By::Words(words) => {
                    let word = words.of(id);
                    let again = met.contains(&word);
                    met.push(word);
                    (word, again)
                }
            };
            key.truncate(before);
            key.extend_from_slice(part);
            self.folding.add(&key, i64::from(!again), worth);
        }
    }

    fn finalize(sharing: Option<Self>) -> Vec<u8> {
        sharing.unwrap_or_default().folding.told()
    }
}

/// The groups of rows `f` that a question finds, by keys and, as the last, by what their shares are of; none where there are too many. For where rows are folded.
pub fn shares(c: &mut AnyConnection, before: Sql, rows: Sql, keys: &[(String, KeyKind)], shares: &str, by: &By) -> QueryResult<Option<Vec<Group>>> {
    let fold = format!("fold_shares({}, {shares})", each_ended(keys));
    let last = match by {
        By::Ids => KeyKind::Id,
        By::Words(_) => KeyKind::Text,
    };
    let kinds: Vec<KeyKind> = keys.iter().map(|(_, kind)| *kind).chain([last]).collect();
    ASKED.set(by.clone());
    let found = load(c, before, &fold, rows, &kinds);
    // The words may be many, and the thread lives on.
    ASKED.take();
    found
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn shares_are_folded_by_ids_and_each_row_once_by_words() {
        let ids = [[1; ID], [2; ID], [3; ID], [0; ID]];
        let row = |shares: &[(usize, i64)]| {
            let bytes = shares.iter().flat_map(|(id, worth)| [&ids[*id][..], &worth.to_be_bytes()].concat()).collect::<Vec<_>>();
            (Parts(SmallVec::from_slice(b"won\0")), Parts(SmallVec::from_slice(&bytes)))
        };
        let fold = |by: By, last| {
            let mut sharing = Sharing { folding: Folding::default(), by };
            for shares in [&[(0, 5), (1, -7), (3, 1)][..], &[(0, 2), (2, i64::MAX)], &[]] {
                sharing.step(row(shares));
            }
            let mut found = read(&Sharing::finalize(Some(sharing)), &[KeyKind::Text, last]).unwrap_or_default();
            found.sort_by(|a, b| a.keys.cmp(&b.keys));
            found
        };
        let group = |last: Option<&[u8]>, rows, sum| Group { keys: vec![Some(b"won".to_vec()), last.map(<[u8]>::to_vec)], rows, sum };
        let by_ids = [group(None, 1, 1), group(Some(&ids[0]), 2, 7), group(Some(&ids[1]), 1, -7), group(Some(&ids[2]), 1, i128::from(i64::MAX))];
        assert_eq!(fold(By::Ids, KeyKind::Id), by_ids);
        let words = [(ids[0], "泵"), (ids[1], "泵"), (ids[2], "")].map(|(id, word)| (Id(uuid::Uuid::from_bytes(id)), word.to_owned()));
        let by_words = [group(None, 1, 1), group(Some(b""), 1, i128::from(i64::MAX)), group(Some("泵".as_bytes()), 2, 0)];
        assert_eq!(fold(By::Words(Arc::new(words.into_iter().collect())), KeyKind::Text), by_words);
        assert_eq!(Words::default().of(&ids[0]), NO_TEXT);
    }
}
