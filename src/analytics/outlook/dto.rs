//! What trend, forecast and their accuracy answer.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use crate::analytics::dto::{Group, GroupKey, TableShape, ToldIn, flat};
use crate::platform::db::Id;
use crate::platform::web::table::Cell;

/// What came or is expected, each as a decimal string; null where a row has no such thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// What was won, in a running period so far.
    #[schema(max_length = 40, example = "95400.00")]
    pub won: Option<String>,
    /// What is open and expected to close then, in full.
    #[schema(max_length = 40, example = "182000.00")]
    pub open: Option<String>,
    /// `won` and what is open weighted by the probability of its stage in the settings.
    #[schema(max_length = 40, example = "121300.00")]
    pub by_stage: Option<String>,
    /// `won` and what is open weighted by the share of won orders among all closed ones that got at least as far as its stage.
    #[schema(max_length = 40, example = "117250.40")]
    pub by_win_rate: Option<String>,
    /// What the past periods go on to by exponential smoothing: an estimate.
    #[schema(max_length = 40, example = "110800.00")]
    pub by_series: Option<String>,
    /// In 80 of 100 cases what comes is at least so much.
    #[schema(max_length = 40)]
    pub low_80: Option<String>,
    #[schema(max_length = 40)]
    pub high_80: Option<String>,
    /// In 95 of 100 cases what comes is at least so much.
    #[schema(max_length = 40)]
    pub low_95: Option<String>,
    #[schema(max_length = 40)]
    pub high_95: Option<String>,
}

/// A month or week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodView {
    #[schema(max_length = 10, example = "2027-01")]
    pub key: String,
    /// Its first day.
    pub from: NaiveDate,
    /// The first day after it.
    pub to: NaiveDate,
}

/// A period of a group and currency, or what lies in none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// `past`; `running`: the period of today; `ahead`; and open orders that are in none of them: `overdue`, expected before today; `later`; `undated`.
    #[schema(max_length = 10, example = "ahead")]
    pub kind: &'static str,
    /// Null for what is in none.
    pub period: Option<PeriodView>,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// With `rate_basis`: whether no rate converts this, so that it is told in its own currency.
    pub unconverted: bool,
    /// Won orders; by product an order counts once for each.
    #[schema(minimum = 0, example = 21)]
    pub orders: i64,
    /// Open orders that are expected to close then.
    #[schema(minimum = 0, example = 40)]
    pub open_orders: i64,
    pub amount: Figures,
    /// Quantities of the lines; null without `group_by=product`.
    pub units: Option<Figures>,
    pub drilldowns: TrendDrilldowns,
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendDrilldowns {
    #[schema(max_length = 20000, example = "/api/v1/orders?status=won&closed_on%5Bgte%5D=2026-12-01")]
    pub won: Option<String>,
    #[schema(max_length = 20000)]
    pub open: Option<String>,
}

/// How likely orders of a stage are won.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageChance {
    #[schema(max_length = 50, example = "negotiation")]
    pub stage: String,
    /// By the settings.
    #[schema(max_length = 20, example = "0.5")]
    pub probability: String,
    /// Closed orders that got at least as far: whose last stage is this one or a later one.
    #[schema(minimum = 0, example = 40)]
    pub closed: i64,
    #[schema(minimum = 0, example = 18)]
    pub won: i64,
    /// Won of them, to six places; null where there are none: then the probability stands in.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.45)]
    pub win_rate: Option<Number>,
}

/// What came, month by month or week by week, and what is expected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Trend {
    #[schema(max_items = 10000)]
    pub data: Vec<TrendRow>,
    #[schema(max_items = 100)]
    pub stages: Vec<StageChance>,
    /// How long a period is.
    #[schema(max_length = 10, example = "month")]
    pub length: &'static str,
    /// How many periods lie ahead, the running one the first.
    #[schema(minimum = 1, maximum = 12, example = 3)]
    pub horizon: usize,
    /// The day from which is looked.
    pub today: NaiveDate,
    /// The zone whose day is today.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub tz: String,
    #[serde(flatten)]
    pub told: ToldIn,
}

impl TableShape for Trend {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("kind", Cell::Plain),
        ("period.key", Cell::Plain),
        ("period.from", Cell::Date),
        ("period.to", Cell::Date),
        ("currency", Cell::Plain),
        ("orders", Cell::Number),
        ("open_orders", Cell::Number),
        ("amount.won", Cell::Number),
        ("amount.open", Cell::Number),
        ("amount.by_stage", Cell::Number),
        ("amount.by_win_rate", Cell::Number),
        ("amount.by_series", Cell::Number),
        ("amount.low_80", Cell::Number),
        ("amount.high_80", Cell::Number),
        ("amount.low_95", Cell::Number),
        ("amount.high_95", Cell::Number),
        ("units.won", Cell::Number),
        ("units.open", Cell::Number),
        ("units.by_stage", Cell::Number),
        ("units.by_win_rate", Cell::Number),
        ("units.by_series", Cell::Number),
        ("units.low_80", Cell::Number),
        ("units.high_80", Cell::Number),
        ("units.low_95", Cell::Number),
        ("units.high_95", Cell::Number),
        ("unconverted", Cell::Plain),
        ("drilldowns.won", Cell::Plain),
        ("drilldowns.open", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}

/// How far the forecasts of a method were from what came, so many months ahead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccuracyRow {
    /// `by_stage`, `by_win_rate`, `by_series`, or `naive`: the last whole month once more, which the others have to beat.
    #[schema(max_length = 20, example = "by_series")]
    pub method: String,
    /// How many months before the month it was made: 0 in the month itself.
    #[schema(minimum = 0, maximum = 12, example = 1)]
    pub lead: i32,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// How many forecasts are compared: one a night and month.
    #[schema(minimum = 1, example = 30)]
    pub forecasts: usize,
    /// The mean of the absolute errors, each as a share of what came, to six places; months in which nothing came have none.
    #[schema(value_type = Option<f64>, minimum = 0, example = 0.18)]
    pub mape: Option<Number>,
    /// What was expected too much, as a share of all that came, to six places; below zero where it was too little.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = -0.04)]
    pub bias: Option<Number>,
}

/// Past forecasts against what came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Accuracies {
    #[schema(max_items = 10000)]
    pub data: Vec<AccuracyRow>,
    /// The first month that is compared.
    pub from: NaiveDate,
    /// The first day that is no longer compared; at the latest the first of the running month.
    pub to: NaiveDate,
    /// The team whose orders are meant; null for all.
    pub team: Option<Id>,
}

impl TableShape for Accuracies {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("method", Cell::Plain),
        ("lead", Cell::Number),
        ("currency", Cell::Plain),
        ("forecasts", Cell::Number),
        ("mape", Cell::Number),
        ("bias", Cell::Number),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}
