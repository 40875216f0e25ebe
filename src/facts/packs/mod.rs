//! Orders at rest, put together column by column: a question then reads a few bytes of an order instead of its row. At rest are those that are closed, and open ones
//! that have stayed as they are for some days. Packs are made now and then, of facts that hold; a fact that ends leaves a gap in its pack, by a trigger, in the
//! transaction that ends it. So at every moment the packs without their gaps and the facts that stand in none are all that hold. It must not decide what is counted.
mod check;
mod format;
mod store;
mod words;

use std::collections::HashMap;
use std::time::Instant;

pub use check::drift;
pub use format::Shares;
pub use store::{Pack, packs, words};
pub use words::Words;

use crate::platform::db::{AnyConnection, UtcTime, others};
use crate::platform::jobs::Chore;
use crate::platform::problem::Problem;
use crate::platform::state::State;
use crate::word_type;

word_type! {
    /// A column of a pack, by its name among the facts.
    Column {
        Source "source", IntentLevel "intent_level", Team "team_id", Owner "owner_id", Industry "industry", Region "region", ValueTier "value_tier",
        Customer "customer_id", Stage "stage", Reason "reason", Currency "currency", ClosedOn "closed_on", Amount "amount",
        FirstSubmittedAt "first_submitted_at", ProductShares "product_shares",
    }
}

impl Column {
    fn all() -> Vec<Self> {
        Self::WORDS.iter().filter_map(|name| Self::parse(name)).collect()
    }

    /// Whether many of its values are alike, so that each stands once for all packs.
    const fn has_words(self) -> bool {
        !matches!(self, Self::Amount | Self::FirstSubmittedAt)
    }
}

/// The values of columns.
pub type Vocabulary = HashMap<Column, Words>;

/// How many orders a pack has at most, and how many of a status are worth one.
pub const MOST: usize = 4_096;
const LEAST: usize = 2_048;
/// For how long an open order has stayed as it is that is at rest. Those that change every few days would leave a pack as soon as it is made.
const AT_REST_SECONDS: i64 = 3 * 24 * 60 * 60;
/// The part of a pack's orders that may have left it before it is taken apart.
const GAPS: usize = 8;
/// Of how many packs columns are read at once, at most; where others wait, of so many as take about a part.
const AT_ONCE: usize = 16;

/// What a moment is that is none.
pub const NEVER: i64 = i64::MIN;

/// Puts into packs what has become worth it, and takes those apart that have become worth little.
pub const CHORE: Chore = Chore { name: "packs of orders", every: 10, run: tend };

fn tend(state: &State) -> Result<(), Problem> {
    let unchanged_since = state.clock.now().plus_seconds(-AT_REST_SECONDS);
    // Not even a turn of the writer where there is nothing to do.
    while state.db.read_here(|c| Ok(store::worn(c, GAPS)?.is_some() || store::waiting(c, LEAST, unchanged_since)?.is_some()))?
        && state.db.write_here(move |tx| keep(tx, LEAST, MOST, unchanged_since))?
    {}
    Ok(())
}

/// Does a part of this: one pack that is taken apart, or one that is made of so many orders of a status, at least and at most, open ones of which have
/// not changed since a moment. Answers whether there was any.
pub fn keep(tx: &mut AnyConnection, least: usize, most: usize, unchanged_since: UtcTime) -> Result<bool, Problem> {
    store::take_turns(tx)?;
    if let Some(worn) = store::worn(tx, GAPS)? {
        store::take_apart(tx, worn)?;
        return Ok(true);
    }
    let waiting = store::waiting(tx, least, unchanged_since)?;
    Ok(waiting.map(|at_rest| store::make(tx, &at_rest, most)).transpose()?.unwrap_or_default())
}

/// Some columns of a pack.
#[derive(Debug)]
pub struct Columns<'a> {
    pub pack: &'a Pack,
    vocabulary: &'a Vocabulary,
    bytes: HashMap<Column, Vec<u8>>,
}

impl Columns<'_> {
    /// How many orders it has, those that have left it among them.
    #[must_use]
    pub fn orders(&self) -> usize {
        usize::try_from(self.pack.orders).unwrap_or_default()
    }

    /// A column of which many values are alike: their numbers.
    pub fn codes(&self, column: Column) -> Result<Vec<u32>, Problem> {
        let values = self.vocabulary.get(&column).map_or(0, Words::count);
        let codes = self.read(column, |bytes| format::codes_of_bytes(bytes, values))?;
        self.whole(column, codes.len()).map(|()| codes)
    }

    /// A column of numbers; of moments that are none [`NEVER`].
    pub fn numbers(&self, column: Column) -> Result<Vec<i64>, Problem> {
        let numbers = self.read(column, format::numbers_of_bytes)?;
        self.whole(column, numbers.len()).map(|()| numbers)
    }

    /// What lines come to by product.
    pub fn shares(&self) -> Result<Shares, Problem> {
        let products = self.vocabulary.get(&Column::ProductShares).map_or(0, Words::count);
        let shares = self.read(Column::ProductShares, |bytes| Shares::of_bytes(bytes, products))?;
        self.whole(Column::ProductShares, shares.lengths.len()).map(|()| shares)
    }

    fn read<T>(&self, column: Column, read: impl Fn(&[u8]) -> Option<T>) -> Result<T, Problem> {
        self.bytes.get(&column).and_then(|bytes| read(bytes)).ok_or_else(|| self.broken(column))
    }

    fn whole(&self, column: Column, orders: usize) -> Result<(), Problem> {
        if orders as i64 == self.pack.orders { Ok(()) } else { Err(self.broken(column)) }
    }

    fn broken(&self, column: Column) -> Problem {
        Problem::internal(format!("the pack {} has no whole column {}", self.pack.id, column.as_str()))
    }
}

/// Reads columns of some packs, one pack after the other, with the numbers of those of its orders that have left it. Their values have been read before.
pub fn read(
    c: &mut AnyConnection,
    packs: &[Pack],
    columns: &[Column],
    vocabulary: &Vocabulary,
    mut each: impl FnMut(Columns<'_>, &[usize]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    if packs.is_empty() {
        return Ok(());
    }
    let mut left: HashMap<i64, Vec<usize>> = HashMap::new();
    for (pack, number) in store::gaps(c)? {
        left.entry(pack).or_default().push(number);
    }
    let (mut rest, mut at_once) = (packs, if others::are_waiting() { 1 } else { AT_ONCE });
    while !rest.is_empty() {
        let (some, after) = rest.split_at(at_once.min(rest.len()));
        let began = Instant::now();
        let mut bytes = store::columns(c, some, columns)?;
        if others::are_waiting() {
            at_once = ((at_once as f64 * others::A_PART.div_duration_f64(began.elapsed())) as usize).clamp(1, AT_ONCE);
        }
        for pack in some {
            others::step();
            let columns = Columns { pack, vocabulary, bytes: bytes.remove(&pack.id).unwrap_or_default() };
            each(columns, left.get(&pack.id).map_or(&[], Vec::as_slice))?;
        }
        rest = after;
    }
    Ok(())
}
