//! What the analysis answers.
mod compared;
pub mod customers;
mod funnel;
pub mod people;
pub mod reasons;
pub mod time;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value};
use utoipa::ToSchema;

pub use compared::{ConversionChange, ConversionMeasures, RevenueChange, RevenueMeasures, Standing};
pub use funnel::{Funnel, FunnelRow};

use super::convert;
use super::question::Ask;
use super::rules::Dimension;
use crate::platform::web::table::{Cell, Column};

/// One group of a dimension.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupKey {
    /// The id, code or period; null where the orders have none; `team` for a rep's colleagues taken together.
    #[schema(max_length = 200, example = "2017-Q1")]
    pub key: Option<String>,
    /// What to show for it.
    #[schema(max_length = 500, example = "2017 Q1")]
    pub label: Option<String>,
}

/// Dimension → group, in the order of their names. There are two at most, and as many of these as rows.
#[derive(Clone, Debug)]
pub struct Group(Vec<(&'static str, GroupKey)>);

impl Group {
    /// That of a dimension.
    #[must_use]
    pub fn get(&self, dimension: &str) -> Option<&GroupKey> {
        self.0.iter().find(|(name, _)| *name == dimension).map(|(_, group)| group)
    }
    /// Those of all dimensions.
    pub fn values(&self) -> impl Iterator<Item = &GroupKey> {
        self.0.iter().map(|(_, group)| group)
    }
}

impl FromIterator<(&'static str, GroupKey)> for Group {
    fn from_iter<T: IntoIterator<Item = (&'static str, GroupKey)>>(groups: T) -> Self {
        let mut all: Vec<_> = groups.into_iter().collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        Self(all)
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, group)| (name, group)))
    }
}

/// What became of the orders of a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversionRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    #[serde(flatten)]
    pub measures: ConversionMeasures,
    /// The list of exactly these orders; null where the list cannot say it: as of a moment, by weekday, for some rests.
    #[schema(max_length = 20000, required = true, example = "/api/v1/orders?status=won%2Clost%2Ccancelled%2Cexpired")]
    pub drilldown: Option<String>,
    pub drilldowns: ConversionDrilldowns,
    /// The same in the window that it is held against; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<ConversionMeasures>,
    /// What became more or less since; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ConversionChange>,
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversionDrilldowns {
    #[schema(max_length = 20000, required = true, example = "/api/v1/orders?status=won")]
    pub won: Option<String>,
    #[schema(max_length = 20000, required = true)]
    pub lost: Option<String>,
    #[schema(max_length = 20000, required = true)]
    pub cancelled: Option<String>,
    #[schema(max_length = 20000, required = true)]
    pub expired: Option<String>,
    /// Null where only closed orders are counted.
    #[schema(max_length = 20000)]
    pub open: Option<String>,
}

/// What the won orders of a group are worth in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevenueRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    #[schema(max_length = 3, example = "USD")]
    pub currency: String,
    #[serde(flatten)]
    pub measures: RevenueMeasures,
    /// With `rate_basis`, what is among `orders` and not in `won_amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// The list of exactly these orders; null where the list cannot say it: as of a moment, by weekday, for some rests.
    #[schema(max_length = 20000, required = true, example = "/api/v1/orders?currency=USD&status=won")]
    pub drilldown: Option<String>,
    pub drilldowns: RevenueDrilldowns,
    /// The same in the window that it is held against; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<RevenueMeasures>,
    /// What became more or less since; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<RevenueChange>,
}

/// What no rate converts, in its own currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unconverted {
    #[schema(max_length = 3, example = "EUR")]
    pub currency: String,
    #[schema(max_length = 40, example = "1200.00")]
    pub amount: String,
    #[schema(minimum = 1, example = 2)]
    pub orders: i64,
}

/// In which currency amounts are told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ToldIn {
    /// What amounts are converted into; null where currencies stay apart.
    #[schema(max_length = 3, example = "CNY")]
    pub currency: Option<String>,
    /// By which rates: of the day of entry, of closing, of today.
    #[schema(max_length = 10, example = "close")]
    pub rate_basis: Option<&'static str>,
}

impl ToldIn {
    pub(super) fn of(conversion: Option<&convert::Conversion>) -> Self {
        let (currency, rate_basis) = conversion.map(|conversion| (conversion.currency.clone(), conversion.basis.as_str())).unzip();
        Self { currency, rate_basis }
    }
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevenueDrilldowns {
    #[schema(max_length = 20000, required = true, example = "/api/v1/orders?currency=USD&status=won")]
    pub won: Option<String>,
}

/// How the reviews of the orders of a group went.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReviewFiguresRow)]
pub struct ReviewRow {
    /// Dimension → group; empty without `group_by`.
    #[schema(value_type = std::collections::BTreeMap<String, GroupKey>)]
    pub group: Group,
    /// Orders first submitted in the window; by product, category or broken rule an order counts once for each.
    #[schema(minimum = 0, example = 40)]
    pub orders: i64,
    /// Rounds of review of these orders, later ones and those that critical changes asked for included: approved, returned, withdrawn or waiting.
    #[schema(minimum = 0, example = 50)]
    pub submitted: i64,
    #[schema(minimum = 0, example = 38)]
    pub approved: i64,
    #[schema(minimum = 0, example = 9)]
    pub returned: i64,
    /// Taken back, or ended with the order while they waited.
    #[schema(minimum = 0, example = 2)]
    pub withdrawn: i64,
    #[schema(minimum = 0, example = 1)]
    pub waiting: i64,
    /// Those of the approved that a policy without steps let through at the submit.
    #[schema(minimum = 0, example = 5)]
    pub unreviewed: i64,
    /// Rounds of one order on average, to six places.
    #[schema(value_type = Option<f64>, minimum = 0, example = 1.25)]
    pub rounds_per_order: Option<Number>,
    /// Approved of the first rounds that reviewers decided, to six places; null where there are none.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.8)]
    pub first_pass_rate: Option<Number>,
    /// Half of the rounds that reviewers decided took at most so many seconds, from the submit or the change to the last decision (the nearest rank).
    #[schema(minimum = 0, example = 5400)]
    pub waiting_seconds_median: Option<i64>,
    /// Nine of ten of them took at most so many seconds.
    #[schema(minimum = 0, example = 86400)]
    pub waiting_seconds_p90: Option<i64>,
    /// Rounds with a step that was decided after it was due, or that is due and waits.
    #[schema(minimum = 0, example = 3)]
    pub overdue: i64,
    /// The list of exactly these orders.
    #[schema(max_length = 20000, example = "/api/v1/orders?first_submitted_at%5Bnull%5D=false")]
    pub drilldown: String,
    pub drilldowns: ReviewDrilldowns,
}

/// The list behind each number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewDrilldowns {
    #[schema(max_length = 20000, example = "/api/v1/orders?status=in_review&first_submitted_at%5Bnull%5D=false")]
    pub waiting: String,
}

/// What the answer speaks of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Frame {
    /// `closed`: by the day of closing; `created`: by the first submission.
    #[schema(max_length = 10, example = "closed")]
    pub basis: &'static str,
    /// The first day that counts; null for all time.
    #[schema(max_length = 10)]
    pub from: Option<NaiveDate>,
    /// The first day that no longer counts; null for all time.
    #[schema(max_length = 10)]
    pub to: Option<NaiveDate>,
    /// The zone whose days are meant; a day of closing is a date already.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub tz: String,
}

/// What became of orders, by group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Conversion {
    #[schema(max_items = 10000)]
    pub data: Vec<ConversionRow>,
    #[serde(flatten)]
    pub frame: Frame,
    #[serde(flatten)]
    pub standing: Standing,
}

/// What won orders are worth, by group and currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Revenue {
    #[schema(max_items = 10000)]
    pub data: Vec<RevenueRow>,
    #[serde(flatten)]
    pub told: ToldIn,
    #[serde(flatten)]
    pub frame: Frame,
    #[serde(flatten)]
    pub standing: Standing,
}

/// How reviews went, by group.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ReviewFigures)]
pub struct Review {
    #[schema(max_items = 10000)]
    pub data: Vec<ReviewRow>,
    #[serde(flatten)]
    pub frame: Frame,
}

/// What an answer is as a table: a column for each dimension's key and label, then the measures.
pub trait TableShape {
    const MEASURES: &'static [(&'static str, Cell)];

    /// More columns, of answers that are held against another window.
    const COMPARED: &'static [(&'static str, Cell)] = &[];

    /// The rows, their groups beside their measures.
    fn rows(&self) -> Vec<Value>;

    /// The columns of a question.
    fn columns_of(ask: &Ask) -> Vec<Column> {
        let more = if ask.compare.is_some() { Self::COMPARED } else { &[] };
        Self::columns(&ask.group_by).into_iter().chain(more.iter().map(|(name, cell)| Column::new(name, *cell))).collect()
    }

    /// The columns of a grouping.
    fn columns(group_by: &[Dimension]) -> Vec<Column> {
        let named = |name: String, cell| Column { name: name.into(), cell };
        let groups = group_by.iter().flat_map(|d| [named(format!("{}.key", d.as_str()), Cell::Text), named(format!("{}.label", d.as_str()), Cell::Text)]);
        groups.chain(Self::MEASURES.iter().map(|(name, cell)| Column::new(name, *cell))).collect()
    }
}
impl TableShape for Conversion {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("orders", Cell::Number),
        ("won", Cell::Number),
        ("lost", Cell::Number),
        ("cancelled", Cell::Number),
        ("expired", Cell::Number),
        ("open", Cell::Number),
        ("win_rate", Cell::Number),
        ("conversion_rate", Cell::Number),
        ("drilldown", Cell::Plain),
    ];
    const COMPARED: &'static [(&'static str, Cell)] = &[
        ("previous.orders", Cell::Number),
        ("previous.won", Cell::Number),
        ("previous.lost", Cell::Number),
        ("previous.cancelled", Cell::Number),
        ("previous.expired", Cell::Number),
        ("previous.open", Cell::Number),
        ("previous.win_rate", Cell::Number),
        ("previous.conversion_rate", Cell::Number),
        ("change.orders", Cell::Number),
        ("change.won", Cell::Number),
        ("change.lost", Cell::Number),
        ("change.win_rate", Cell::Number),
        ("change.conversion_rate", Cell::Number),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}
impl TableShape for Revenue {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("currency", Cell::Plain),
        ("won_amount", Cell::Number),
        ("orders", Cell::Number),
        ("average_amount", Cell::Number),
        ("share", Cell::Number),
        ("unconverted", Cell::Json),
        ("drilldown", Cell::Plain),
    ];
    const COMPARED: &'static [(&'static str, Cell)] = &[
        ("previous.won_amount", Cell::Number),
        ("previous.orders", Cell::Number),
        ("previous.average_amount", Cell::Number),
        ("previous.share", Cell::Number),
        ("change.won_amount", Cell::Number),
        ("change.orders", Cell::Number),
        ("change.rate", Cell::Number),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}

impl TableShape for Review {
    const MEASURES: &'static [(&'static str, Cell)] = &[
        ("orders", Cell::Number),
        ("submitted", Cell::Number),
        ("approved", Cell::Number),
        ("returned", Cell::Number),
        ("withdrawn", Cell::Number),
        ("waiting", Cell::Number),
        ("unreviewed", Cell::Number),
        ("rounds_per_order", Cell::Number),
        ("first_pass_rate", Cell::Number),
        ("waiting_seconds_median", Cell::Number),
        ("waiting_seconds_p90", Cell::Number),
        ("overdue", Cell::Number),
        ("drilldown", Cell::Plain),
    ];
    fn rows(&self) -> Vec<Value> {
        self.data.iter().map(flat).collect()
    }
}

/// A row with its groups beside its measures, as tables have it.
pub(super) fn flat(row: &impl Serialize) -> Value {
    let mut row = serde_json::to_value(row).unwrap_or_default();
    if let Some(fields) = row.as_object_mut()
        && let Some(Value::Object(groups)) = fields.remove("group")
    {
        for (dimension, group) in groups {
            // A column's name is its path in the row.
            match dimension.split_once('.') {
                Some((of, key)) => {
                    if let Some(all) = fields.entry(of).or_insert_with(|| Value::Object(serde_json::Map::new())).as_object_mut() {
                        all.insert(key.to_owned(), group);
                    }
                }
                None => drop(fields.insert(dimension, group)),
            }
        }
    }
    row
}
