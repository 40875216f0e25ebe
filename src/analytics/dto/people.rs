//! What is answered of people and teams.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::{ToldIn, Unconverted};
use crate::platform::web::values::Reference;

/// Orders and what they are worth in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Worth {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    #[schema(max_length = 40, example = "420000.00")]
    pub amount: String,
    #[schema(minimum = 1, example = 9)]
    pub orders: i64,
    /// With `rate_basis`, what is among `orders` and not in `amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// What was to be won in one currency, and how much of it was.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AgainstTarget)]
pub struct Attainment {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// The targets of the months that begin in the window, together.
    #[schema(max_length = 40, example = "500000.00")]
    pub amount: String,
    /// How many orders; null where no target says it.
    #[schema(minimum = 0, example = 12)]
    pub orders: Option<i64>,
    /// Won in this currency; with `rate_basis` all that was won, told in it.
    #[schema(max_length = 40, example = "420000.00")]
    pub won_amount: String,
    /// With `rate_basis`, what was won and is not in `won_amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// Won of the target, to six places; null where the target is nothing.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000000_i64, example = 0.84)]
    pub attainment: Option<Number>,
}

/// What somebody, or a team, did in the window.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRow {
    /// The user or the team.
    pub holder: Reference,
    /// The user's team; null for a team.
    pub team: Option<Reference>,
    /// Orders entered.
    #[schema(minimum = 0, example = 20)]
    pub entered: i64,
    /// Entries that the standard refused.
    #[schema(minimum = 0, example = 4)]
    pub refused: i64,
    /// Reviews that ended with a return.
    #[schema(minimum = 0, example = 3)]
    pub returned: i64,
    #[schema(minimum = 0, example = 9)]
    pub won: i64,
    #[schema(minimum = 0, example = 6)]
    pub lost: i64,
    /// Won of won and lost, to six places; null where there are none.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.6)]
    pub win_rate: Option<Number>,
    #[schema(max_items = 200)]
    pub revenue: Vec<Worth>,
    /// Half of the won orders took at most so many days from entry to closing; null where there are none.
    #[schema(minimum = 0, example = 41)]
    pub cycle_days_median: Option<i64>,
    /// Orders that are open now.
    #[schema(max_items = 200)]
    pub open_pipeline: Vec<Worth>,
    #[schema(max_items = 200)]
    pub targets: Vec<Attainment>,
    pub drilldowns: PersonDrilldowns,
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonDrilldowns {
    #[schema(max_length = 20000)]
    pub entered: String,
    #[schema(max_length = 20000)]
    pub won: String,
    #[schema(max_length = 20000)]
    pub lost: String,
    #[schema(max_length = 20000)]
    pub open_pipeline: String,
}

/// What people and teams did. Reps see themselves and their team's totals, leads also the members of the teams they lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PeopleFigures)]
pub struct People {
    #[schema(max_items = 10000)]
    pub users: Vec<PersonRow>,
    #[schema(max_items = 10000)]
    pub teams: Vec<PersonRow>,
    /// The first day that counts.
    pub from: NaiveDate,
    /// The first day that no longer counts.
    pub to: NaiveDate,
    /// The zone whose days are meant; a day of closing is a date already.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub tz: String,
    #[serde(flatten)]
    pub told: ToldIn,
}
