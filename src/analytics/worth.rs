//! What orders are worth, place by place: each currency for itself or, where all is told in one, with what no rate converts beside it. Pure.
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use foldhash::fast::RandomState;

use super::dto::Unconverted;
use super::dto::people::Worth;
use super::rules::amount_text;
use crate::platform::decimal::exponent;

/// Orders of a place in one currency and what they are worth, in ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub currency: String,
    /// With those that no rate converts.
    pub orders: i64,
    /// Without them.
    pub amount: i128,
    others: BTreeMap<String, (i128, i64)>,
}

impl Told {
    /// Nothing, in a currency.
    #[must_use]
    pub const fn none(currency: String) -> Self {
        Self { currency, orders: 0, amount: 0, others: BTreeMap::new() }
    }
    /// Of how many orders the amount is.
    #[must_use]
    pub fn converted(&self) -> i64 {
        self.orders - self.others.values().map(|(_, orders)| orders).sum::<i64>()
    }
    /// Currency, orders and amount of all that it is made of.
    pub fn parts(&self) -> impl Iterator<Item = (String, i64, i128)> + '_ {
        let own = (self.currency.clone(), self.converted(), self.amount);
        std::iter::once(own).chain(self.others.iter().map(|(currency, (amount, orders))| (currency.clone(), *orders, *amount)))
    }
    /// What no rate converts, by currency.
    #[must_use]
    pub fn unconverted(&self) -> Vec<Unconverted> {
        let other = |(currency, (amount, orders)): (&String, &(i128, i64))| Unconverted {
            currency: currency.clone(),
            amount: amount_text(*amount, exponent(currency)),
            orders: *orders,
        };
        self.others.iter().map(other).collect()
    }
    /// As it is answered.
    #[must_use]
    pub fn view(self) -> Worth {
        Worth { amount: self.text(), orders: self.orders, unconverted: self.unconverted(), currency: self.currency }
    }
    /// The amount as it is told.
    #[must_use]
    pub fn text(&self) -> String {
        amount_text(self.amount, exponent(&self.currency))
    }
    fn add(&mut self, currency: &str, orders: i64, amount: i128) {
        self.orders += orders;
        if self.currency == currency {
            self.amount += amount;
        } else {
            let other = self.others.entry(currency.to_owned()).or_default();
            *other = (other.0 + amount, other.1 + orders);
        }
    }
}

/// Place, currency, orders and amount taken together by place and the currency that is told: where all is told in one, what came in another was converted
/// by no rate. In the order in which places came first.
pub fn told<P: Clone + Eq + Hash>(into: Option<&str>, sums: impl IntoIterator<Item = (P, String, i64, i128)>) -> Vec<(P, Told)> {
    let mut all: Vec<(P, Told)> = Vec::new();
    let mut places: HashMap<(P, String), usize, RandomState> = HashMap::default();
    for (place, currency, orders, amount) in sums {
        let shown = into.map_or_else(|| currency.clone(), str::to_owned);
        let at = *places.entry((place.clone(), shown.clone())).or_insert_with(|| {
            all.push((place, Told::none(shown)));
            all.len() - 1
        });
        all[at].1.add(&currency, orders, amount);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODES: [&str; 3] = ["CNY", "USD", "JPY"];

    #[test]
    fn what_no_rate_converts_is_told_beside() {
        let sums = || [("a", "CNY", 2, 70_000), ("b", "JPY", 1, 50_000), ("a", "JPY", 3, 20_000)].map(|(p, c, n, sum)| (p, c.to_owned(), n, sum));
        let apart = told(None, sums());
        assert_eq!(
            apart.iter().map(|(p, w)| (*p, w.currency.as_str(), w.orders, w.text())).collect::<Vec<_>>(),
            [("a", "CNY", 2, "7.00".into()), ("b", "JPY", 1, "5".into()), ("a", "JPY", 3, "2".into())]
        );
        assert!(apart.iter().all(|(_, worth)| worth.unconverted().is_empty() && worth.converted() == worth.orders));
        let one = told(Some("CNY"), sums());
        assert_eq!(
            one.iter().map(|(p, w)| (*p, w.orders, w.converted(), w.text())).collect::<Vec<_>>(),
            [("a", 5, 2, "7.00".into()), ("b", 1, 0, "0.00".into())]
        );
        assert_eq!(one[0].1.unconverted(), [Unconverted { currency: "JPY".into(), amount: "2".into(), orders: 3 }]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_currency_becomes_another(sums in proptest::collection::vec((0_u8..4, 0_usize..3, 1_i64..9, -1_000_i128..1_000), 0..40), into in 0_usize..4) {
            let into = CODES.get(into).copied();
            let all = told(into, sums.iter().map(|(place, code, orders, amount)| (*place, CODES[*code].to_owned(), *orders, *amount)));
            for place in 0..4 {
                for code in CODES {
                    let own = || sums.iter().filter(|(p, c, ..)| *p == place && CODES[*c] == code);
                    let sum = (own().map(|s| s.3).sum::<i128>(), own().map(|s| s.2).sum::<i64>());
                    let of: Vec<&Told> = all.iter().filter(|(p, _)| *p == place).map(|(_, worth)| worth).collect();
                    prop_assert!(into.is_none() || of.len() <= 1);
                    let mine = of.iter().filter(|worth| worth.currency == code).map(|worth| (worth.amount, worth.converted()));
                    let beside = of.iter().filter_map(|worth| worth.others.get(code).copied());
                    prop_assert_eq!(mine.chain(beside).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1)), sum);
                }
            }
        }
    }
}
