//! Which questions come again and again: their statements are kept prepared. There are as many texts as combinations of filters, so only so many are
//! taken, and only such as came several times.
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::platform::db::sql::Sql;

/// Most questions of which the statements are kept, and most of which it is counted how often they came.
const MOST_KEPT: usize = 64;
const MOST_COUNTED: usize = 1_024;
/// How often a question comes before its statement is kept.
const OFTEN: u32 = 3;

/// How often each question came, by the number that stands for it.
#[derive(Default)]
struct Few {
    counts: HashMap<u64, u32>,
    kept: usize,
}

impl Few {
    fn knows(&mut self, shape: u64) -> bool {
        if self.counts.get(&shape).is_some_and(|count| *count >= OFTEN) {
            return true;
        }
        if self.kept >= MOST_KEPT {
            return false;
        }
        if self.counts.len() >= MOST_COUNTED {
            self.counts.retain(|_, count| *count >= OFTEN);
        }
        let count = self.counts.entry(shape).or_default();
        *count += 1;
        let is_known = *count >= OFTEN;
        self.kept += usize::from(is_known);
        is_known
    }
}

/// Whether a question of a list is one of few; asking counts.
pub fn knows(entity: &str, filter: &Sql, order: &Sql) -> bool {
    static FEW: LazyLock<Mutex<Few>> = LazyLock::new(Mutex::default);
    let mut hasher = DefaultHasher::new();
    (entity, filter.shape(), order.shape()).hash(&mut hasher);
    FEW.lock().unwrap_or_else(PoisonError::into_inner).knows(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_often_is_kept_and_there_is_an_end_to_it() {
        let mut few = Few::default();
        assert_eq!([few.knows(1), few.knows(1), few.knows(1), few.knows(1)], [false, false, true, true]);
        for shape in 100..100_000 {
            assert!(!few.knows(shape));
        }
        assert!(few.counts.len() <= MOST_COUNTED && few.knows(1));
        for shape in 100..200 {
            for _ in 0..OFTEN {
                few.knows(shape);
            }
        }
        assert_eq!((few.kept, few.knows(199)), (MOST_KEPT, false));
    }
}
