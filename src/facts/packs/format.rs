//! How a column of a pack is written: little-endian, as short as one value after the other can be and still be read without a search. Pure.
use super::words::Words;

/// How long an id is, and a share of an order: the id of a product and what its lines are worth, as `order_facts.product_shares` has them.
const ID: usize = 16;
const SHARE: usize = ID + 8;
/// The id of what is of no product.
const NONE: [u8; ID] = [0; ID];

/// What the lines of orders come to by product: for each order how many products it has, and of these, one order after the other, which and worth how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    pub lengths: Vec<u32>,
    /// The numbers of the products.
    pub products: Vec<u32>,
    pub amounts: Vec<i64>,
}

/// The numbers of values, each as wide as the greatest of them needs.
#[must_use]
pub fn codes_to_bytes(codes: &[u32]) -> Vec<u8> {
    let width: u8 = match codes.iter().max() {
        None | Some(0..=0xff) => 1,
        Some(0x100..=0xffff) => 2,
        Some(_) => 4,
    };
    [width].into_iter().chain(codes.iter().flat_map(|code| code.to_le_bytes().into_iter().take(width.into()))).collect()
}

/// None where these are no bytes of numbers of so many values.
#[must_use]
pub fn codes_of_bytes(bytes: &[u8], values: usize) -> Option<Vec<u32>> {
    let (width, rest) = bytes.split_first()?;
    let codes: Vec<u32> = match width {
        1 => rest.iter().map(|code| (*code).into()).collect(),
        2 => chunks(rest, |code| u16::from_le_bytes(code).into())?,
        4 => chunks(rest, u32::from_le_bytes)?,
        _ => return None,
    };
    codes.iter().all(|code| (*code as usize) < values).then_some(codes)
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

impl Shares {
    /// Those of orders, as the facts have them, whose products get numbers.
    #[must_use]
    pub fn of_orders<'a>(orders: impl Iterator<Item = &'a [u8]> + Clone, products: &mut Words) -> Self {
        let each = || orders.clone().flat_map(|shares| shares.as_chunks::<SHARE>().0);
        let worth = |share: &[u8; SHARE]| share.last_chunk().map_or(0, |worth| i64::from_be_bytes(*worth));
        Self {
            lengths: orders.clone().map(|shares| (shares.len() / SHARE) as u32).collect(),
            products: products.number(each().map(|share| Some(&share[..ID]).filter(|id| *id != NONE))),
            amounts: each().map(worth).collect(),
        }
    }

    /// What each order has, as the facts have it.
    #[must_use]
    pub fn each(&self, products: &Words) -> Vec<Vec<u8>> {
        let mut lines = self.products.iter().zip(&self.amounts);
        let share = |(code, worth): (&u32, &i64)| {
            let id = products.get(*code as usize).unwrap_or(&NONE);
            id.iter().copied().chain(worth.to_be_bytes()).collect::<Vec<_>>()
        };
        self.lengths.iter().map(|length| lines.by_ref().take(*length as usize).flat_map(share).collect()).collect()
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.lengths.len() as u32).to_le_bytes().to_vec();
        bytes.extend(self.lengths.iter().flat_map(|length| length.to_le_bytes()));
        bytes.extend(numbers_to_bytes(&self.amounts));
        bytes.extend(codes_to_bytes(&self.products));
        bytes
    }

    /// None where these are no bytes of such a column, of which there are so many products.
    #[must_use]
    pub fn of_bytes(bytes: &[u8], products: usize) -> Option<Self> {
        let (orders, rest) = number(bytes)?;
        let (lengths, rest) = rest.split_at_checked(4 * orders as usize)?;
        let lengths = chunks(lengths, u32::from_le_bytes)?;
        let lines: usize = lengths.iter().map(|length| *length as usize).sum();
        let (amounts, rest) = rest.split_at_checked(8 * lines)?;
        let products = codes_of_bytes(rest, products).filter(|products| products.len() == lines)?;
        Some(Self { lengths, products, amounts: numbers_of_bytes(amounts)? })
    }
}

/// The number that stands first, and what stands behind it.
pub(super) fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u32::from_le_bytes(*number), rest))
}

fn chunks<const LENGTH: usize, T>(bytes: &[u8], read: impl Fn([u8; LENGTH]) -> T) -> Option<Vec<T>> {
    let (all, rest) = bytes.as_chunks();
    rest.is_empty().then(|| all.iter().map(|chunk| read(*chunk)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(codes in vec(0_u32..1_000, 0..2_000), wide in 0_u32..3, numbers in vec(any::<i64>(), 0..50)) {
            // One byte tells them apart, or two, or no fewer than four.
            let codes: Vec<u32> = codes.into_iter().map(|code| code * [1, 60, 60_000][wide as usize] % [200, 60_000, 60_000_000][wide as usize]).collect();
            let bytes = codes_to_bytes(&codes);
            let most = codes.iter().max().map_or(0, |code| *code as usize);
            prop_assert_eq!(codes_of_bytes(&bytes, most + 1), Some(codes.clone()));
            prop_assert_eq!(codes_of_bytes(&bytes, most).is_none(), !codes.is_empty());
            prop_assert_eq!(numbers_of_bytes(&numbers_to_bytes(&numbers)), Some(numbers));
        }

        #[test]
        fn shares_are_read_as_the_facts_have_them(orders in vec(vec((0_u8..4, any::<i64>()), 0..4), 0..300)) {
            let bytes = |shares: &Vec<(u8, i64)>| shares.iter().flat_map(|(id, worth)| [&[*id; ID][..], &worth.to_be_bytes()].concat()).collect::<Vec<_>>();
            let rows: Vec<_> = orders.iter().map(bytes).collect();
            let mut products = Words::default();
            let column = Shares::of_orders(rows.iter().map(Vec::as_slice), &mut products);
            let read = Shares::of_bytes(&column.to_bytes(), products.count()).unwrap();
            prop_assert_eq!(&read, &column);
            prop_assert_eq!(read.each(&products), rows);
        }

        #[test]
        fn other_bytes_are_refused_or_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = (codes_of_bytes(&bytes, 9), Shares::of_bytes(&bytes, 9), numbers_of_bytes(&bytes));
        }
    }
}
