//! An axis: round numbers from the least to the greatest value, and how they are written. Pure.
use crate::platform::problem::Locale;

/// Values along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

impl Scale {
    /// From zero or below to zero or above, with about so many steps of a round size.
    #[must_use]
    pub fn over(values: impl Iterator<Item = f64>, steps: usize, whole: bool) -> Self {
        let (least, most) = values.filter(|v| v.is_finite()).fold((0.0_f64, 0.0_f64), |(least, most), v| (least.min(v), most.max(v)));
        let span = if most > least { most - least } else { 1.0 };
        let rough = span / steps.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough * 0.999_999).unwrap_or(10.0 * power);
        let step = if whole { round.ceil().max(1.0) } else { round };
        let high = (most / step).ceil() * step;
        Self { low: (least / step).floor() * step, high: if high > least { high } else { step }, step }
    }
    /// Where a value stands between two points.
    #[must_use]
    pub fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        from + (value - self.low) / (self.high - self.low) * (to - from)
    }
    /// The values that are written.
    pub fn marks(&self) -> impl Iterator<Item = f64> + '_ {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count).map(|i| self.step.mul_add(i as f64, self.low))
    }
    /// A value of the axis, short: in thousands and millions, or 万 and 亿.
    #[must_use]
    pub fn written(&self, value: f64, locale: Locale) -> String {
        let units: &[(f64, &str)] = match locale {
            Locale::En => &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "K")],
            Locale::ZhCn => &[(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
        };
        // One unit for the whole axis, so that its marks compare at a glance.
        let largest = self.high.abs().max(self.low.abs());
        let (size, unit) = units.iter().find(|(size, _)| largest >= *size).copied().unwrap_or((1.0, ""));
        let size = if unit == "K" { 1e3 } else { size };
        if value.abs() < self.step / 2.0 {
            return "0".into();
        }
        let places = (0..=4).find(|p| ((self.step / size) * 10_f64.powi(*p)).fract().abs() < 1e-6).unwrap_or(4);
        format!("{:.*}{unit}", places as usize, value / size)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marks(values: &[f64], whole: bool, locale: Locale) -> Vec<String> {
        let scale = Scale::over(values.iter().copied(), 4, whole);
        scale.marks().map(|v| scale.written(v, locale)).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(marks(&[3.0, 7.0], true, Locale::En), ["0", "2", "4", "6", "8"]);
        assert_eq!(marks(&[1.0], true, Locale::En), ["0", "1"]);
        assert_eq!(marks(&[], true, Locale::En), ["0", "1"]);
        assert_eq!(marks(&[0.7], false, Locale::En), ["0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(marks(&[1_234_567.0], false, Locale::En), ["0", "0.5M", "1.0M", "1.5M"]);
        assert_eq!(marks(&[1_234_567.0], false, Locale::ZhCn), ["0", "50万", "100万", "150万"]);
        assert_eq!(marks(&[-30_000.0, 15_000.0], false, Locale::En), ["-40K", "-20K", "0", "20K"]);
    }

    proptest! {
        #[test]
        fn every_value_has_a_place(values in proptest::collection::vec(-1e13..1e13_f64, 0..20), whole: bool) {
            let scale = Scale::over(values.iter().copied(), 4, whole);
            prop_assert!(scale.high > scale.low && scale.marks().count() <= 8);
            for value in values {
                let place = scale.place(value, 0.0, 100.0);
                prop_assert!((-0.001..=100.001).contains(&place), "{place}");
            }
        }
    }
}
