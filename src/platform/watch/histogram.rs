//! Counts in buckets: observing is two atomic additions, and what was observed is told as a share of all, as exactly as the buckets allow.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of times in microseconds: 0.5 ms to 10 s. What takes longer has a bucket of its own.
pub const TIMES: [u64; 14] = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];
/// Upper bounds of sizes of groups.
pub const SIZES: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// Buckets of any histogram here; those beyond its bounds stay empty.
pub const MOST_BUCKETS: usize = TIMES.len() + 1;

/// Counts of what was observed, up to each bound and beyond the last.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    counts: [AtomicU64; MOST_BUCKETS],
    sum: AtomicU64,
}

impl Histogram {
    /// Of times.
    #[must_use]
    pub const fn of_times() -> Self {
        Self::new(&TIMES)
    }
    /// Of sizes of groups.
    #[must_use]
    pub const fn of_sizes() -> Self {
        Self::new(&SIZES)
    }
    const fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: [const { AtomicU64::new(0) }; MOST_BUCKETS], sum: AtomicU64::new(0) }
    }
    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }
    /// Counts a time.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }
    /// What was counted so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let mut counts = [0; MOST_BUCKETS];
        for (count, seen) in counts.iter_mut().zip(&self.counts) {
            *count = seen.load(Ordering::Relaxed);
        }
        Seen { bounds: self.bounds, counts, sum: self.sum.load(Ordering::Relaxed) }
    }
}

/// What a histogram had counted at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub bounds: &'static [u64],
    pub counts: [u64; MOST_BUCKETS],
    pub sum: u64,
}

impl Seen {
    /// Nothing of times.
    #[must_use]
    pub const fn no_times() -> Self {
        Self { bounds: &TIMES, counts: [0; MOST_BUCKETS], sum: 0 }
    }
    /// How many values there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum += other.sum;
        self
    }
    /// What came on top of an earlier look at the same.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        for (count, known) in self.counts.iter_mut().zip(earlier.counts) {
            *count = count.saturating_sub(known);
        }
        self.sum = self.sum.saturating_sub(earlier.sum);
        self
    }
    /// The value below which this share of all lies, read off the bucket that it falls into as if that were filled evenly: never further from the truth
    /// than the bucket is wide. What lies beyond the last bound is told as that bound. None where there was nothing.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let wanted = share * total as f64;
        let mut below = 0;
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            if (below + count) as f64 >= wanted {
                let last = self.bounds.last().copied().unwrap_or_default();
                let lower = if bucket == 0 { 0 } else { self.bounds.get(bucket - 1).copied().unwrap_or(last) };
                let upper = self.bounds.get(bucket).copied().unwrap_or(last);
                let part = ((wanted - below as f64) / *count as f64).clamp(0.0, 1.0);
                return Some(lower as f64 + part * (upper.saturating_sub(lower)) as f64);
            }
            below += count;
        }
        self.bounds.last().map(|last| *last as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_counted_up_to_its_bound() {
        let histogram = Histogram::of_times();
        for value in [0, 500, 501, 10_000_000, 10_000_001, u64::from(u32::MAX)] {
            histogram.observe(value);
        }
        let seen = histogram.seen();
        assert_eq!((seen.counts[0], seen.counts[1], seen.counts[13], seen.counts[14], seen.total()), (2, 1, 1, 2, 6));
        assert_eq!(Seen::no_times().quantile(0.5), None);
    }

    #[test]
    fn what_came_since_is_what_there_is_without_what_there_was() {
        let histogram = Histogram::of_sizes();
        histogram.observe(3);
        let before = histogram.seen();
        histogram.observe(200);
        let more = histogram.seen().since(&before);
        assert_eq!((more.counts[2], more.counts[8], more.sum, more.total()), (0, 1, 200, 1));
        assert_eq!(before.plus(&more), histogram.seen());
    }

    proptest! {
        #[test]
        fn a_quantile_is_off_by_the_width_of_a_bucket_at_most(mut values in prop::collection::vec(0_u64..10_000_000, 1..200), share in 0.01_f64..1.0) {
            let histogram = Histogram::of_times();
            values.iter().for_each(|value| histogram.observe(*value));
            values.sort_unstable();
            let true_one = values[((share * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1];
            let bucket = TIMES.partition_point(|bound| *bound < true_one);
            let (lower, upper) = (if bucket == 0 { 0 } else { TIMES[bucket - 1] }, TIMES[bucket]);
            let told = histogram.seen().quantile(share).unwrap();
            prop_assert!((lower as f64..=upper as f64).contains(&told), "{told} for {true_one}");
        }
    }
}
