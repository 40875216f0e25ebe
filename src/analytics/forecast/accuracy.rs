//! How far forecasts were from what came. Pure.

/// A forecast and what came, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub expected: i128,
    pub came: i128,
}

/// How far forecasts were off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// How many are compared.
    pub forecasts: usize,
    /// The mean of the absolute errors, each as a share of what came; periods in which nothing came have none.
    pub mape: Option<f64>,
    /// What was expected too much of all that came; below zero where too little was expected.
    pub bias: Option<f64>,
}

/// How far they were off.
#[must_use]
pub fn of(pairs: &[Pair]) -> Accuracy {
    let errors: Vec<f64> = pairs.iter().filter(|pair| pair.came != 0).map(|pair| ((pair.expected - pair.came) as f64 / pair.came as f64).abs()).collect();
    let came: i128 = pairs.iter().map(|pair| pair.came).sum();
    let off: i128 = pairs.iter().map(|pair| pair.expected - pair.came).sum();
    let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
    Accuracy { forecasts: pairs.len(), mape: mean, bias: (came != 0).then(|| off as f64 / came as f64) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_shares_of_what_came() {
        let pairs = [(110, 100), (50, 100), (5, 0)].map(|(expected, came)| Pair { expected, came });
        let told = of(&pairs);
        assert_eq!((told.forecasts, told.mape.map(|m| (m * 1000.0).round()), told.bias), (3, Some(300.0), Some(-0.175)));
        assert_eq!(of(&[]), Accuracy::default());
        assert_eq!(of(&[Pair { expected: 5, came: 0 }]).mape, None);
    }

    proptest! {
        #[test]
        fn who_foretells_what_comes_is_never_off(came in proptest::collection::vec(1_i128..1_000_000_000, 1..20)) {
            let exact: Vec<Pair> = came.iter().map(|came| Pair { expected: *came, came: *came }).collect();
            prop_assert_eq!(of(&exact), Accuracy { forecasts: came.len(), mape: Some(0.0), bias: Some(0.0) });
            let twice: Vec<Pair> = came.iter().map(|came| Pair { expected: *came * 2, came: *came }).collect();
            prop_assert_eq!((of(&twice).mape, of(&twice).bias), (Some(1.0), Some(1.0)));
        }
        #[test]
        fn bias_is_never_beyond_the_errors(pairs in proptest::collection::vec((0_i128..1_000_000, 1_i128..1_000_000), 1..20)) {
            let all: Vec<Pair> = pairs.iter().map(|(expected, came)| Pair { expected: *expected, came: *came }).collect();
            let most = all.iter().map(|pair| ((pair.expected - pair.came) as f64 / pair.came as f64).abs()).fold(0.0, f64::max);
            let told = of(&all);
            prop_assert!(told.mape.is_some_and(|mape| mape <= most + 1e-9) && told.bias.is_some_and(|bias| bias.abs() <= most + 1e-9));
        }
    }
}
