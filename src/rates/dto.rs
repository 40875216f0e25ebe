//! What the wire says of exchange rates.
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::ExchangeRate;
use crate::body;
use crate::platform::db::{Id, UtcTime};
use crate::platform::web::decode::List;
use crate::platform::web::values::{CurrencyCode, Day};

/// Some rates.
pub type RateList = List<RateInput, 500>;

body! {
    /// Rates to keep, by currency and day; those that are not named stay.
    RatesInput;
    need {
        #[schema(inline)]
        rates: RateList,
    }
    may {}
}

body! {
    /// What one unit of a currency is worth in the base currency, from a day on until the next rate.
    RateInput;
    need {
        /// Any but the base currency.
        currency: CurrencyCode,
        /// The first day on which it counts.
        date: Day,
    }
    may {
        /// Units of the base currency for one unit, at most 10 places; null takes the rate of that day back.
        rate: ExchangeRate,
    }
}

/// An exchange rate.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ExchangeRateOfDay)]
pub struct RateView {
    pub id: Id,
    #[schema(max_length = 3, example = "USD")]
    pub currency: String,
    /// The first day on which it counts, in the organisation's zone.
    pub date: NaiveDate,
    /// Units of the base currency for one unit.
    #[schema(max_length = 19, example = "7.1234")]
    pub rate: String,
    pub recorded_at: UtcTime,
}

/// What became of the rates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PutRates {
    /// How many rates are new, replaced or taken back; the others were there already.
    #[schema(minimum = 0, maximum = 500, example = 2)]
    pub changed: usize,
    /// How many orders have another amount in the base currency than before: open ones, and closed ones that had none.
    #[schema(minimum = 0, example = 40)]
    pub orders: usize,
}
