//! What is answered of losses, cancellations and delays.
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::{Frame, Group, GroupKey, TableShape, ToldIn, Unconverted, flat};
use crate::platform::web::table::Cell;

/// The orders of a group that were lost or cancelled for one reason, in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// `lost` or `cancelled`.
    #[schema(max_length = 20, example = "lost")]
    pub outcome: String,
    /// The reason; its key is null where an order came without one.
    pub reason: GroupKey,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// By product or category an order counts once for each.
    #[schema(minimum = 1, example = 12)]
    pub orders: i64,
    /// What they were last worth; by product or category the sum of their lines.
    #[schema(max_length = 40, example = "120400.00")]
    pub amount: String,
    /// With `rate_basis`, what is among `orders` and not in `amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// Of all orders of the answer with this outcome, to six places.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.25)]
    pub order_share: Option<Number>,
    /// Of the amount of all of them in this currency, to six places; null where that is nothing.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = 0.25)]
    pub amount_share: Option<Number>,
    /// The list of exactly these orders.
    #[schema(max_length = 20000, example = "/api/v1/orders?currency=CNY&reason=price&status=lost")]
    pub drilldown: String,
}

/// Why orders were lost and cancelled, by group, reason and currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reasons {
    #[schema(max_items = 10000)]
    pub data: Vec<ReasonRow>,
    #[serde(flatten)]
    pub told: ToldIn,
    #[serde(flatten)]
    pub frame: Frame,
}

impl TableShape for Reasons {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("outcome", Cell::Plain),
        ("reason.key", Cell::Plain),
        ("reason.label", Cell::Text),
        ("currency", Cell::Plain),
        ("orders", Cell::Number),
        ("amount", Cell::Number),
        ("order_share", Cell::Number),
        ("amount_share", Cell::Number),
        ("unconverted", Cell::Json),
        ("drilldown", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}

/// The recorded delays of the orders of a group, of one side and reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DelayFiguresRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// Whose side they lie on.
    pub side: GroupKey,
    pub reason: GroupKey,
    #[schema(minimum = 1, example = 5)]
    pub delays: i64,
    /// The orders that have one of them.
    #[schema(minimum = 1, example = 4)]
    pub orders: i64,
    /// By how many days these delays together moved expected close dates.
    #[schema(minimum = 0, example = 70)]
    pub days_slipped: i64,
    /// Half of them moved it by at most so many days (the nearest rank).
    #[schema(minimum = 0, example = 14)]
    pub days_slipped_median: i64,
    /// The list of exactly these orders.
    #[schema(max_length = 20000, example = "/api/v1/orders?delay=supply.logistics&status=won")]
    pub drilldown: String,
}

/// How often the expected close dates of the orders of a group were pushed, with a recorded delay or without.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushedRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    #[schema(minimum = 0, example = 40)]
    pub orders: i64,
    /// Those of them whose date went to a later day at least once after the first submit.
    #[schema(minimum = 0, example = 9)]
    pub pushed: i64,
    /// How often that was.
    #[schema(minimum = 0, example = 12)]
    pub pushes: i64,
    /// How often nobody told why.
    #[schema(minimum = 0, example = 3)]
    pub unexplained: i64,
    /// The list of exactly these orders.
    #[schema(max_length = 20000)]
    pub drilldown: String,
    pub drilldowns: PushedDrilldowns,
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushedDrilldowns {
    #[schema(max_length = 20000, example = "/api/v1/orders?pushed_at%5Bnull%5D=false")]
    pub pushed: String,
}

/// Why orders slipped, by group, side and reason; and how often their dates were pushed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DelayFigures)]
pub struct DelayFigures {
    #[schema(max_items = 10000)]
    pub data: Vec<DelayFiguresRow>,
    /// Of every group, with delays or without.
    #[schema(max_items = 10000)]
    pub pushed: Vec<PushedRow>,
    #[serde(flatten)]
    pub frame: Frame,
}

impl TableShape for DelayFigures {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("side.key", Cell::Plain),
        ("side.label", Cell::Text),
        ("reason.key", Cell::Plain),
        ("reason.label", Cell::Text),
        ("delays", Cell::Number),
        ("orders", Cell::Number),
        ("days_slipped", Cell::Number),
        ("days_slipped_median", Cell::Number),
        ("drilldown", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}
