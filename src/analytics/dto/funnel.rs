//! What the funnel answers.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::{Group, GroupKey, TableShape, flat};
use crate::platform::db::UtcTime;
use crate::platform::web::table::Cell;

/// What became of the orders of a group that entered a step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// `entered`, `submitted`, `approved`, `stage:` and the code of a stage, `won`; in this order.
    pub step: GroupKey,
    /// Orders that entered the step, each once, when it did so first.
    #[schema(minimum = 0, example = 40)]
    pub orders: i64,
    /// Those of them that entered a later step as well, whenever that was.
    #[schema(minimum = 0, example = 30)]
    pub moved_on: i64,
    /// Those that got no further and are lost.
    #[schema(minimum = 0, example = 4)]
    pub lost: i64,
    #[schema(minimum = 0, example = 2)]
    pub cancelled: i64,
    #[schema(minimum = 0, example = 1)]
    pub expired: i64,
    /// Those that got no further and are still there: open, or won.
    #[schema(minimum = 0, example = 3)]
    pub remaining: i64,
    /// Those that a reviewer returned once at least; only of the submitted.
    #[schema(minimum = 0, example = 9)]
    pub returned: Option<i64>,
    /// `moved_on` of `orders`, to six places; null where there are none.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.75)]
    pub moved_on_rate: Option<Number>,
    /// `orders` of those of the group that were entered, to six places; null in the mode `period`, in which they are others.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.4)]
    pub share: Option<Number>,
    /// The list of exactly these orders; null where the list cannot say it: of all steps but the first two, and as of a moment.
    #[schema(max_length = 20000, example = "/api/v1/orders?created_at%5Bgte%5D=2026-01-01T00%3A00%3A00.000000Z")]
    pub drilldown: Option<String>,
}

/// How far orders get: the steps of each group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Funnel {
    #[schema(max_items = 10000)]
    pub data: Vec<FunnelRow>,
    /// `cohort`: the orders that were entered in the window, whenever they came to the other steps. `period`: of each step those that entered it in the window.
    #[schema(max_length = 10, example = "cohort")]
    pub mode: &'static str,
    /// The first day that counts; null for all time.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The first day that no longer counts; null for all time.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The zone whose days are meant.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub tz: String,
    /// The moment as of which the orders were counted; only with `as_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<UtcTime>,
}

impl TableShape for Funnel {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("step.key", Cell::Text),
        ("step.label", Cell::Text),
        ("orders", Cell::Number),
        ("moved_on", Cell::Number),
        ("lost", Cell::Number),
        ("cancelled", Cell::Number),
        ("expired", Cell::Number),
        ("remaining", Cell::Number),
        ("returned", Cell::Number),
        ("moved_on_rate", Cell::Number),
        ("share", Cell::Number),
        ("drilldown", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}
