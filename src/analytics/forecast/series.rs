//! What a row of periods goes on to: exponential smoothing, with bands in which 80 and 95 of 100 are to lie. An estimate, hence in floating point. Pure.
use augurs_core::{Fit, Predict};
use augurs_ets::AutoETS;

/// The fewest periods from which smoothing is learnt; of fewer the mean is all that is told.
const FEWEST: usize = 12;

/// What is expected of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    pub expected: f64,
    pub low_80: f64,
    pub high_80: f64,
    pub low_95: f64,
    pub high_95: f64,
}

/// The periods ahead, from those before; none where there are fewer than three to learn from. What was never below zero is not expected to be.
#[must_use]
pub fn ahead(before: &[f64], horizon: usize) -> Option<Vec<Expected>> {
    let size = before.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if before.len() < 3 || !size.is_finite() {
        return None;
    }
    if size == 0.0 {
        return Some(vec![Expected { expected: 0.0, low_80: 0.0, high_80: 0.0, low_95: 0.0, high_95: 0.0 }; horizon]);
    }
    // Of size one, so that the search for parameters meets the same numbers in every currency.
    let scaled: Vec<f64> = before.iter().map(|value| value / size).collect();
    let (points, deviations, freedom) = smoothed(&scaled, horizon).unwrap_or_else(|| steady(&scaled, horizon));
    let least = if before.iter().all(|value| *value >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
    let (wide, wider) = (quantile(NORMAL_80, freedom), quantile(NORMAL_95, freedom));
    let told = |(point, deviation): (f64, f64)| {
        let at = |distance: f64| (point + distance * deviation).max(least) * size;
        Expected { expected: at(0.0), low_80: at(-wide), high_80: at(wide), low_95: at(-wider), high_95: at(wider) }
    };
    Some(points.into_iter().zip(deviations).map(told).collect())
}

/// The last period once more: what every other method has to beat.
#[must_use]
pub fn naive(before: &[f64]) -> Option<f64> {
    before.last().copied()
}

/// Points, standard deviations and degrees of freedom.
type Told = (Vec<f64>, Vec<f64>, f64);

/// Of the additive models of smoothing the one that fits best; none where there is too little to learn from or no model fits.
fn smoothed(before: &[f64], horizon: usize) -> Option<Told> {
    if before.len() < FEWEST {
        return None;
    }
    let fitted = AutoETS::new(1, "AZN").ok()?.fit(before).ok()?;
    // The band of one standard deviation.
    let forecast = fitted.predict(horizon, ONE_DEVIATION).ok()?;
    let bands = forecast.intervals?;
    let deviations: Vec<f64> = bands.upper.iter().zip(&bands.lower).map(|(high, low)| (high - low) / 2.0).collect();
    let sound = forecast.point.iter().chain(&deviations).all(|value| value.is_finite());
    // A level, a trend and how much they follow: what was learnt of them is no longer free to vary.
    let freedom = before.len().saturating_sub(LEARNT) as f64;
    sound.then_some((forecast.point, deviations, freedom))
}

/// The mean, with the deviation of one more value from it.
fn steady(before: &[f64], horizon: usize) -> Told {
    let count = before.len() as f64;
    let mean = before.iter().sum::<f64>() / count;
    let squares: f64 = before.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0) * (1.0 + 1.0 / count)).sqrt();
    (vec![mean; horizon], vec![deviation; horizon], count - 1.0)
}

/// The share of a normal distribution within one standard deviation.
const ONE_DEVIATION: f64 = 0.682_689_492_137_086;
/// So many standard deviations hold 80 and 95 of 100.
const NORMAL_80: f64 = 1.281_551_565_545;
const NORMAL_95: f64 = 1.959_963_984_540;
/// How many parameters are learnt, at least.
const LEARNT: usize = 3;

/// The same where the deviation itself was estimated from few values: the quantile of Student's t, by its expansion round the normal one.
fn quantile(normal: f64, freedom: f64) -> f64 {
    let (z, v) = (normal, freedom.max(1.0));
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / v + second / v.powi(2) + third / v.powi(3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A fixed sequence of numbers as a normal distribution has them.
    struct Noise(u64);
    impl Noise {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }
    }

    /// Orders round a level; a level that wanders; a trend. All far above zero.
    fn simulated(noise: &mut Noise, kind: usize, count: usize) -> Vec<f64> {
        let (mut level, mut all) = (1_000.0, Vec::with_capacity(count));
        for n in 0..count {
            match kind {
                0 => {}
                1 => level += 12.0 * noise.normal(),
                _ => level = 1_000.0 + 8.0 * n as f64,
            }
            all.push(level + 40.0 * noise.normal());
        }
        all
    }

    #[test]
    fn bands_hold_what_they_promise() {
        const HORIZON: usize = 3;
        for (kind, count) in [(0, 24), (0, 48), (1, 24), (1, 48), (2, 24), (2, 48), (0, 8)] {
            let mut noise = Noise(4_711 + kind as u64 * 97 + count as u64);
            let (mut within, mut asked) = ([0, 0], 0);
            for _ in 0..300 {
                let all = simulated(&mut noise, kind, count + HORIZON);
                for (told, came) in ahead(&all[..count], HORIZON).unwrap().iter().zip(&all[count..]) {
                    asked += 1;
                    within[0] += usize::from((told.low_80..=told.high_80).contains(came));
                    within[1] += usize::from((told.low_95..=told.high_95).contains(came));
                }
            }
            let share = within.map(|within| within as f64 / asked as f64);
            println!("series of kind {kind}, {count} periods: {:.3} within 80 %, {:.3} within 95 %", share[0], share[1]);
            assert!((0.74..=0.86).contains(&share[0]), "kind {kind} of {count}: {:.3} within the band of 80 %", share[0]);
            assert!((0.92..=0.98).contains(&share[1]), "kind {kind} of {count}: {:.3} within the band of 95 %", share[1]);
        }
    }

    #[test]
    fn too_little_tells_nothing_and_nothing_goes_on_as_nothing() {
        assert_eq!(ahead(&[], 3), None);
        assert_eq!(ahead(&[1.0, 2.0], 3), None);
        assert_eq!(ahead(&[0.0; 20], 2).map(|all| all.iter().map(|told| told.high_95).sum::<f64>()), Some(0.0));
        let steady = ahead(&[5.0; 20], 4).unwrap();
        assert!(steady.iter().all(|told| (told.expected - 5.0).abs() < 1e-6 && (told.high_95 - told.low_95).abs() < 1e-3), "{steady:?}");
        assert_eq!(naive(&[1.0, 3.0]), Some(3.0));
    }

    #[test]
    fn quantiles_are_those_of_the_table() {
        for (freedom, t_80, t_95) in [(5.0, 1.476, 2.571), (10.0, 1.372, 2.228), (30.0, 1.310, 2.042)] {
            assert!((quantile(NORMAL_80, freedom) - t_80).abs() < 0.005 && (quantile(NORMAL_95, freedom) - t_95).abs() < 0.01);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn bands_lie_round_what_is_expected(before in proptest::collection::vec(0_u32..2_000_000, 3..40), horizon in 1_usize..6) {
            let before: Vec<f64> = before.into_iter().map(f64::from).collect();
            let told = ahead(&before, horizon).unwrap();
            prop_assert_eq!(told.len(), horizon);
            for one in told {
                prop_assert!(0.0 <= one.low_95 && one.low_95 <= one.low_80 && one.low_80 <= one.expected + 1e-6);
                prop_assert!(one.expected <= one.high_80 + 1e-6 && one.high_80 <= one.high_95 && one.high_95.is_finite());
            }
        }
        #[test]
        fn what_is_told_is_of_the_size_of_what_was(before in proptest::collection::vec(1_u32..1_000, 12..30), factor in 2_u32..100_000) {
            let small: Vec<f64> = before.iter().map(|value| f64::from(*value)).collect();
            let large: Vec<f64> = small.iter().map(|value| value * f64::from(factor)).collect();
            let (small, large) = (ahead(&small, 2).unwrap(), ahead(&large, 2).unwrap());
            for (small, large) in small.iter().zip(&large) {
                prop_assert!((small.expected * f64::from(factor) - large.expected).abs() <= 1e-3 * (1.0 + large.high_95.abs()));
            }
        }
    }
}
