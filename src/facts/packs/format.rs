//! How a column of a pack is written: little-endian, as short as one value after the other can be and still be read without a search. Pure.
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// How long an id is, and a share of an order: the id of a product and what its lines are worth, as `order_facts.product_shares` has them.
const ID: usize = 16;
const SHARE: usize = ID + 8;
/// The id of what is of no product.
const NONE: [u8; ID] = [0; ID];

/// In place of the length of a value: there is none.
const MISSING: u32 = u32::MAX;

/// A column of which many values are alike: each of them once, and for each order its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words<'a> {
    pub values: Vec<Option<&'a [u8]>>,
    pub codes: Vec<u32>,
}

/// What the lines of orders come to by product: for each order how many products it has, and of these, one order after the other, which and worth how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares<'a> {
    pub lengths: Vec<u32>,
    pub products: Words<'a>,
    pub amounts: Vec<i64>,
}

impl<'a> FromIterator<Option<&'a [u8]>> for Words<'a> {
    fn from_iter<T: IntoIterator<Item = Option<&'a [u8]>>>(all: T) -> Self {
        let mut known: HashMap<Option<&[u8]>, u32, RandomState> = HashMap::default();
        let mut words = Self::default();
        for value in all {
            let code = *known.entry(value).or_insert_with(|| {
                words.values.push(value);
                (words.values.len() - 1) as u32
            });
            words.codes.push(code);
        }
        words
    }
}

impl<'a> Words<'a> {
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.values.len() as u32).to_le_bytes().to_vec();
        for value in &self.values {
            bytes.extend(value.map_or(MISSING, |value| value.len() as u32).to_le_bytes());
            bytes.extend(value.unwrap_or_default());
        }
        let width = width(self.values.len());
        bytes.extend(self.codes.iter().flat_map(|code| code.to_le_bytes().into_iter().take(width)));
        bytes
    }

    /// None where these are no bytes of such a column.
    #[must_use]
    pub fn of_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (count, mut rest) = number(bytes)?;
        let mut values = Vec::new();
        for _ in 0..count {
            let (length, after) = number(rest)?;
            let (value, after) = after.split_at_checked(if length == MISSING { 0 } else { length as usize })?;
            values.push((length != MISSING).then_some(value));
            rest = after;
        }
        let codes: Vec<u32> = match width(values.len()) {
            1 => rest.iter().map(|code| (*code).into()).collect(),
            2 => chunks(rest, |code| u16::from_le_bytes(code).into())?,
            _ => chunks(rest, u32::from_le_bytes)?,
        };
        codes.iter().all(|code| *code < count).then_some(Self { values, codes })
    }
}

/// How many bytes a number of so many values needs.
const fn width(values: usize) -> usize {
    match values {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Numbers, each as it is.
#[must_use]
pub fn numbers_to_bytes(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// None where these are no bytes of numbers.
#[must_use]
pub fn numbers_of_bytes(bytes: &[u8]) -> Option<Vec<i64>> {
    chunks(bytes, i64::from_le_bytes)
}

impl<'a> Shares<'a> {
    /// Those of orders, as the facts have them.
    #[must_use]
    pub fn of_orders(orders: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let each = || orders.clone().flat_map(|shares| shares.as_chunks::<SHARE>().0);
        let worth = |share: &[u8; SHARE]| share.last_chunk().map_or(0, |worth| i64::from_be_bytes(*worth));
        Self {
            lengths: orders.clone().map(|shares| (shares.len() / SHARE) as u32).collect(),
            products: each().map(|share| Some(&share[..ID]).filter(|id| *id != NONE)).collect(),
            amounts: each().map(worth).collect(),
        }
    }

    /// What each order has, as the facts have it.
    #[must_use]
    pub fn each(&self) -> Vec<Vec<u8>> {
        let mut lines = self.products.codes.iter().zip(&self.amounts);
        let share = |(code, worth): (&u32, &i64)| {
            let id = self.products.values.get(*code as usize).copied().flatten();
            id.unwrap_or(&NONE).iter().copied().chain(worth.to_be_bytes()).collect::<Vec<_>>()
        };
        self.lengths.iter().map(|length| lines.by_ref().take(*length as usize).flat_map(share).collect()).collect()
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.lengths.len() as u32).to_le_bytes().to_vec();
        bytes.extend(self.lengths.iter().flat_map(|length| length.to_le_bytes()));
        bytes.extend(numbers_to_bytes(&self.amounts));
        bytes.extend(self.products.to_bytes());
        bytes
    }

    /// None where these are no bytes of such a column.
    #[must_use]
    pub fn of_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (orders, rest) = number(bytes)?;
        let (lengths, rest) = rest.split_at_checked(4 * orders as usize)?;
        let lengths = chunks(lengths, u32::from_le_bytes)?;
        let lines: usize = lengths.iter().map(|length| *length as usize).sum();
        let (amounts, rest) = rest.split_at_checked(8 * lines)?;
        let products = Words::of_bytes(rest).filter(|products| products.codes.len() == lines)?;
        Some(Self { lengths, products, amounts: numbers_of_bytes(amounts)? })
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u32::from_le_bytes(*number), rest))
}

fn chunks<const LENGTH: usize, T>(bytes: &[u8], read: impl Fn([u8; LENGTH]) -> T) -> Option<Vec<T>> {
    let (all, rest) = bytes.as_chunks();
    rest.is_empty().then(|| all.iter().map(|chunk| read(*chunk)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(words in vec(option::of(vec(0_u8..3, 0..3)), 0..2_000), wide in any::<bool>(), numbers in vec(any::<i64>(), 0..50)) {
            // With numbers behind them there are more than one byte tells apart.
            let of = |(n, word): (usize, &Option<Vec<u8>>)| word.as_ref().map(|word| if wide { [&word[..], &n.to_le_bytes()].concat() } else { word.clone() });
            let all: Vec<_> = words.iter().enumerate().map(of).collect();
            let column: Words = all.iter().map(Option::as_deref).collect();
            let bytes = column.to_bytes();
            let read = Words::of_bytes(&bytes).unwrap();
            prop_assert_eq!(&read, &column);
            prop_assert_eq!(read.codes.iter().map(|code| read.values[*code as usize].map(<[u8]>::to_vec)).collect::<Vec<_>>(), all);
            prop_assert_eq!(numbers_of_bytes(&numbers_to_bytes(&numbers)), Some(numbers));
        }

        #[test]
        fn shares_are_read_as_the_facts_have_them(orders in vec(vec((0_u8..4, any::<i64>()), 0..4), 0..300)) {
            let bytes = |shares: &Vec<(u8, i64)>| shares.iter().flat_map(|(id, worth)| [&[*id; ID][..], &worth.to_be_bytes()].concat()).collect::<Vec<_>>();
            let rows: Vec<_> = orders.iter().map(bytes).collect();
            let column = Shares::of_orders(rows.iter().map(Vec::as_slice));
            let written = column.to_bytes();
            let read = Shares::of_bytes(&written).unwrap();
            prop_assert_eq!(&read, &column);
            prop_assert_eq!(read.each(), rows);
        }

        #[test]
        fn other_bytes_are_refused_or_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = (Words::of_bytes(&bytes), Shares::of_bytes(&bytes), numbers_of_bytes(&bytes));
        }
    }
}
