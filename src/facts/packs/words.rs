//! The values that a column has in any pack: each stands once for all of them, and packs name it by its number. Pure.
use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::format::number;

/// In place of the length of a value: there is none.
const MISSING: u32 = u32::MAX;

/// Values by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// One value after the other, of each its length before it.
    bytes: Vec<u8>,
    /// Where each begins.
    starts: Vec<usize>,
}

impl Words {
    /// Those that are written here; none where these are no bytes of values.
    #[must_use]
    pub fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (mut starts, mut rest) = (Vec::new(), &bytes[..]);
        while !rest.is_empty() {
            starts.push(bytes.len() - rest.len());
            rest = first(rest)?.1;
        }
        Some(Self { bytes, starts })
    }

    /// The bytes of some of them.
    #[must_use]
    pub fn bytes_of(&self, numbers: Range<usize>) -> &[u8] {
        let start = |number: usize| self.starts.get(number).copied().unwrap_or(self.bytes.len());
        &self.bytes[start(numbers.start)..start(numbers.end)]
    }

    #[must_use]
    pub const fn count(&self) -> usize {
        self.starts.len()
    }

    /// A value, which is none where there is no such number, too.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        self.starts.get(number).and_then(|start| first(&self.bytes[*start..])?.0)
    }

    /// The values in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        (0..self.count()).map(|number| self.get(number))
    }

    /// The numbers of values; those that have none yet get the next ones.
    pub fn number<'a>(&mut self, values: impl Iterator<Item = Option<&'a [u8]>>) -> Vec<u32> {
        // Those are few, all that there are may be many.
        let (mut places, mut each) = (HashMap::with_hasher(RandomState::default()), Vec::new());
        let place = |value| {
            *places.entry(value).or_insert_with(|| {
                each.push((value, None));
                each.len() - 1
            })
        };
        let of_values: Vec<usize> = values.map(place).collect();
        for (number, value) in self.iter().enumerate() {
            if let Some(place) = places.get(&value) {
                each[*place].1 = Some(number as u32);
            }
        }
        let numbers: Vec<u32> = each.into_iter().map(|(value, known)| known.unwrap_or_else(|| self.push(value))).collect();
        of_values.into_iter().map(|place| numbers[place]).collect()
    }

    fn push(&mut self, value: Option<&[u8]>) -> u32 {
        self.starts.push(self.bytes.len());
        self.bytes.extend(value.map_or(MISSING, |value| value.len() as u32).to_le_bytes());
        self.bytes.extend(value.unwrap_or_default());
        (self.starts.len() - 1) as u32
    }
}

/// The first value, and what stands behind it; none where these are no bytes of values.
fn first(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (value, rest) = rest.split_at_checked(if length == MISSING { 0 } else { length as usize })?;
    Some(((length != MISSING).then_some(value), rest))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_keeps_its_number(some in vec(option::of(vec(0_u8..3, 0..3)), 0..50), more in vec(option::of(vec(0_u8..4, 0..3)), 0..50)) {
            let of = |values: &[Option<Vec<u8>>], words: &mut Words| words.number(values.iter().map(Option::as_deref));
            let mut words = Words::default();
            let numbers = of(&some, &mut words);
            let before = words.count();
            let later = of(&more, &mut words);
            for (value, number) in some.iter().zip(&numbers).chain(more.iter().zip(&later)) {
                prop_assert_eq!(words.get(*number as usize), value.as_deref());
            }
            prop_assert_eq!(of(&some, &mut words), numbers);
            let each: std::collections::HashSet<_> = words.iter().collect();
            prop_assert_eq!(each.len(), words.count());
            prop_assert_eq!(each, some.iter().chain(&more).map(Option::as_deref).collect());
            // They are written part by part.
            let parts = [words.bytes_of(0..before), words.bytes_of(before..words.count())].concat();
            prop_assert_eq!(Words::of_bytes(parts).unwrap(), words);
        }

        #[test]
        fn other_bytes_are_refused_or_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
            if let Some(words) = Words::of_bytes(bytes) {
                prop_assert_eq!(words.iter().count(), words.count());
            }
        }
    }
}
