//! What is answered of times, and of orders that are stuck.
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::{Frame, Group, GroupKey, TableShape, ToldIn, flat};
use crate::orders::dto::view::ReviewOrder;
use crate::platform::db::UtcTime;
use crate::platform::web::table::Cell;

/// How long the orders of a group took, by one measure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimeRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// `stage`, `status`, `review` or `entry_to_won`.
    #[schema(max_length = 20, example = "stage")]
    pub measure: String,
    /// The stage or status that was stayed in; its key is null for the other measures.
    pub state: GroupKey,
    /// How many stays, rounds of review or orders were timed.
    #[schema(minimum = 1, example = 120)]
    pub count: i64,
    /// Of how many orders; by product, category or broken rule an order counts once for each.
    #[schema(minimum = 1, example = 96)]
    pub orders: i64,
    /// Half of them took at most so many seconds (the nearest rank).
    #[schema(minimum = 0, example = 432000)]
    pub median_seconds: i64,
    /// Nine of ten of them took at most so many seconds.
    #[schema(minimum = 0, example = 1728000)]
    pub p90_seconds: i64,
    /// All together over how many they are, rounded half away from zero.
    #[schema(minimum = 0, example = 604800)]
    pub mean_seconds: i64,
    /// The list of the orders of the group, timed or not.
    #[schema(max_length = 20000, example = "/api/v1/orders?status=won%2Clost%2Ccancelled%2Cexpired")]
    pub drilldown: String,
}

/// How long orders took, by group and measure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Times {
    #[schema(max_items = 10000)]
    pub data: Vec<TimeRow>,
    #[serde(flatten)]
    pub frame: Frame,
}

impl TableShape for Times {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("measure", Cell::Plain),
        ("state.key", Cell::Plain),
        ("state.label", Cell::Text),
        ("count", Cell::Number),
        ("orders", Cell::Number),
        ("median_seconds", Cell::Number),
        ("p90_seconds", Cell::Number),
        ("mean_seconds", Cell::Number),
        ("drilldown", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}

/// An open order that has been in its stage far longer than usual.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StuckRow {
    pub order: ReviewOrder,
    /// With `rate_basis`: what it is worth in the currency of the answer; null where no rate converts it.
    #[schema(max_length = 40, example = "120400.00")]
    pub converted_amount: Option<String>,
    pub stage: GroupKey,
    /// For how long it has been in the stage.
    #[schema(minimum = 0, example = 2592000)]
    pub seconds_in_stage: i64,
    /// How long orders usually stay there.
    #[schema(minimum = 0, example = 604800)]
    pub median_seconds: i64,
    /// How many times as long as usual, to six places; null where the usual is nothing.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000000_i64, example = 4.285714)]
    pub times_median: Option<Number>,
    /// What happened to it last.
    #[schema(max_length = 60, example = "order.followed_up")]
    pub last_event: Option<String>,
    pub last_event_at: Option<UtcTime>,
    /// Whole days since.
    #[schema(minimum = 0, example = 12)]
    pub days_since: Option<i64>,
}

/// How long orders usually stay in a stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UsualRow {
    pub stage: GroupKey,
    /// How many stays ended in the year before now.
    #[schema(minimum = 1, example = 200)]
    pub count: i64,
    /// Half of them took at most so many seconds.
    #[schema(minimum = 0, example = 604800)]
    pub median_seconds: i64,
}

/// The open orders that are stuck, farthest beyond the usual first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StuckOrders)]
pub struct StuckOrders {
    #[schema(max_items = 200)]
    pub data: Vec<StuckRow>,
    /// How many there are, shown or not.
    #[schema(minimum = 0, example = 3)]
    pub total: i64,
    /// What is usual, by stage; an order in another stage is not judged.
    #[schema(max_items = 100)]
    pub usual: Vec<UsualRow>,
    /// Stuck is what has been in its stage for more than so many times as long as usual.
    #[schema(max_length = 20, example = "2")]
    pub factor: String,
    #[serde(flatten)]
    pub told: ToldIn,
}
