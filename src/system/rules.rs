//! Shares and times of counted requests. Pure.
use crate::platform::watch::histogram::{MOST_BUCKETS, Seen, TIMES};
use crate::platform::watch::metrics::Counted;

/// What stands for no bound: more than any time there is.
pub const BEYOND: i64 = i64::MAX;

/// The upper bound of a bucket, as a day keeps it.
#[must_use]
pub fn bound(bucket: usize) -> i64 {
    TIMES.get(bucket).and_then(|bound| i64::try_from(*bound).ok()).unwrap_or(BEYOND)
}

/// The times of a day from what is kept of it. A bound that the program of today does not have counts in the next one that it has.
#[must_use]
pub fn times(kept: impl Iterator<Item = (i64, i64)>) -> Seen {
    let mut seen = Seen::no_times();
    for (up_to, requests) in kept {
        let bucket = (0..MOST_BUCKETS).find(|bucket| up_to <= bound(*bucket)).unwrap_or(MOST_BUCKETS - 1);
        seen.counts[bucket] += u64::try_from(requests).unwrap_or_default();
    }
    seen
}

/// The share of one number in another, to six places; none of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1e6).round() / 1e6)
}

/// Requests that were answered without a fault of the service.
#[must_use]
pub fn answered_well(counted: &Counted) -> u64 {
    counted.total() - counted.classes[3]
}

/// A time in milliseconds, to three places.
#[must_use]
pub fn quantile(times: &Seen, of: f64) -> Option<f64> {
    times.quantile(of).map(|micros| micros.round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_day_is_read_back() {
        let seen = times([(500, 3), (bound(13), 2), (BEYOND, 1), (700, 4)].into_iter());
        assert_eq!((seen.counts[0], seen.counts[1], seen.counts[13], seen.counts[14]), (3, 4, 2, 1));
        assert_eq!((0..MOST_BUCKETS).map(bound).filter(|bound| *bound == BEYOND).count(), 1);
    }

    #[test]
    fn shares_of_nothing_are_none() {
        let counted = Counted { classes: [6, 1, 2, 1], ..Counted::NONE };
        assert_eq!((share(answered_well(&counted), counted.total()), share(1, 3), share(0, 0)), (Some(0.9), Some(0.333_333), None));
        assert_eq!(quantile(&times([(1_000, 2)].into_iter()), 0.5), Some(0.75));
    }
}
