//! What open orders will come to: their amounts, weighted by how likely orders of their stage are won. Only what is open counts; exact, in ten-thousandths.
use std::collections::HashMap;

use crate::analytics::rules::divide;
use crate::platform::decimal::SCALE;

/// How likely an order of a stage is won, as two whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    pub part: i128,
    pub whole: i128,
}

impl Chance {
    /// What is expected of an amount, rounded half away from zero.
    #[must_use]
    pub const fn of(self, amount: i128) -> i128 {
        divide(amount * self.part, self.whole)
    }
}

/// A stage, with its probability from the settings in ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub code: String,
    pub probability: i64,
}

/// How many orders whose last stage was this one closed, and how many of them were won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub closed: i64,
    pub won: i64,
}

/// How likely orders are won, by stage: by the settings, and by what became of orders that got as far.
#[derive(Clone, Debug, Default)]
pub struct Chances {
    by_stage: HashMap<String, Chance>,
    by_win_rate: HashMap<String, Chance>,
    /// What became of those that got as far, in the order of the stages.
    pub reached: Vec<(Stage, Ended)>,
}

impl Chances {
    /// From the stages in their order. An order that closed in a later stage got as far as each before it. Where nothing that got as far has closed, the
    /// probability of the settings stands in.
    #[must_use]
    pub fn of(stages: &[Stage], ended: &HashMap<String, Ended>) -> Self {
        let mut all = Self::default();
        let mut sum = Ended::default();
        for stage in stages.iter().rev() {
            let own = ended.get(&stage.code).copied().unwrap_or_default();
            sum = Ended { closed: sum.closed + own.closed, won: sum.won + own.won };
            let stated = Chance { part: stage.probability.into(), whole: SCALE.into() };
            let told = if sum.closed > 0 { Chance { part: sum.won.into(), whole: sum.closed.into() } } else { stated };
            all.by_stage.insert(stage.code.clone(), stated);
            all.by_win_rate.insert(stage.code.clone(), told);
            all.reached.push((stage.clone(), sum));
        }
        all.reached.reverse();
        all
    }
    /// What is expected of an amount in a stage: by the settings, and by what became of orders; nothing in a stage that is unknown.
    #[must_use]
    pub fn expected(&self, stage: &str, amount: i128) -> (i128, i128) {
        let of = |chances: &HashMap<String, Chance>| chances.get(stage).map_or(0, |chance| chance.of(amount));
        (of(&self.by_stage), of(&self.by_win_rate))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stages() -> Vec<Stage> {
        [("intent", 2_000), ("negotiation", 5_000), ("contract", 8_000)].map(|(code, probability)| Stage { code: code.into(), probability }).into()
    }

    #[test]
    fn who_got_further_got_as_far() {
        let ended = HashMap::from([("intent".to_owned(), Ended { closed: 6, won: 0 }), ("contract".to_owned(), Ended { closed: 4, won: 3 })]);
        let chances = Chances::of(&stages(), &ended);
        assert_eq!(chances.expected("intent", 100_000), (20_000, 30_000));
        assert_eq!(chances.expected("negotiation", 100_000), (50_000, 75_000));
        assert_eq!(chances.expected("contract", 100_000), (80_000, 75_000));
        assert_eq!(chances.expected("elsewhere", 100_000), (0, 0));
        // Without any history the settings stand in.
        let new = Chances::of(&stages(), &HashMap::new());
        assert_eq!(new.expected("contract", -100_000), (-80_000, -80_000));
        assert_eq!(new.reached.iter().map(|(stage, _)| stage.code.as_str()).collect::<Vec<_>>(), ["intent", "negotiation", "contract"]);
    }

    proptest! {
        #[test]
        fn no_more_is_expected_than_is_open(amount in 0_i64..1_000_000_000_000, counts in proptest::collection::vec((0_i64..50, 0_i64..50), 3), which in 0_usize..3) {
            let ended = stages().iter().zip(&counts).map(|(stage, (won, others))| (stage.code.clone(), Ended { closed: won + others, won: *won })).collect();
            let chances = Chances::of(&stages(), &ended);
            let (by_stage, by_win_rate) = chances.expected(&stages()[which].code, amount.into());
            prop_assert!((0..=i128::from(amount)).contains(&by_stage) && (0..=i128::from(amount)).contains(&by_win_rate));
            // The last closes nothing that the first did not reach.
            prop_assert!(chances.reached.windows(2).all(|w| w[0].1.closed >= w[1].1.closed && w[0].1.won >= w[1].1.won));
        }
        #[test]
        fn what_is_expected_grows_with_what_is_open(a in 0_i64..1_000_000_000, b in 0_i64..1_000_000_000, won in 0_i64..20, others in 0_i64..20) {
            let ended = HashMap::from([("contract".to_owned(), Ended { closed: won + others, won })]);
            let chances = Chances::of(&stages(), &ended);
            let (low, high) = (chances.expected("contract", a.min(b).into()), chances.expected("contract", a.max(b).into()));
            prop_assert!(low.0 <= high.0 && low.1 <= high.1);
        }
    }
}
