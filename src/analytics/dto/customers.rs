//! What is answered of customers and of where orders come from.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::people::Worth;
use super::{ConversionDrilldowns, ConversionMeasures, Frame, GroupKey, RevenueMeasures, ToldIn, Unconverted};
use crate::platform::web::values::Reference;

/// The customers that have one word in a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerShare {
    /// The word and what to show for it; its key is null for those that have none.
    pub value: GroupKey,
    #[schema(minimum = 1, example = 40)]
    pub customers: i64,
    /// Of all customers, to six places.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.25)]
    pub share: Option<Number>,
    /// Those of them with a won order that the question counts.
    #[schema(minimum = 0, example = 12)]
    pub buyers: i64,
    /// The list of exactly these customers.
    #[schema(max_length = 20000, example = "/api/v1/customers?region=%E5%8D%8E%E4%B8%9C")]
    pub drilldown: String,
}

/// How customers spread over the words of each field, the most frequent first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerDistribution {
    #[schema(max_items = 10000)]
    pub industry: Vec<CustomerShare>,
    #[schema(max_items = 10000)]
    pub region: Vec<CustomerShare>,
    #[schema(max_items = 10000)]
    pub source: Vec<CustomerShare>,
    #[schema(max_items = 10000)]
    pub intent_level: Vec<CustomerShare>,
    #[schema(max_items = 10000)]
    pub value_tier: Vec<CustomerShare>,
}

/// How recently, how often and for how much customers bought: from 1 (the last fifth) to 5 (the first).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Classes {
    /// By the day of the last won order.
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub recency: i64,
    /// By the number of won orders.
    #[schema(minimum = 1, maximum = 5, example = 4)]
    pub frequency: i64,
    /// By what they are worth together.
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub amount: i64,
}

/// The customers of one class in each of the three.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClassRow {
    pub classes: Classes,
    #[schema(minimum = 1, example = 3)]
    pub customers: i64,
    #[schema(max_length = 40, example = "10005534.00")]
    pub won_amount: String,
}

/// One of the customers that bought most.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TopCustomer {
    pub customer: Reference,
    pub classes: Classes,
    #[schema(minimum = 1, example = 9)]
    pub orders: i64,
    #[schema(max_length = 40, example = "10005534.00")]
    pub won_amount: String,
    /// With `rate_basis`, what is among `orders` and not in `won_amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    pub last_closed_on: NaiveDate,
    /// Of all that was won in this currency, to six places.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = 0.25)]
    pub share: Option<Number>,
    /// The share of this customer and all before it: the concentration on so many.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = 0.6)]
    pub share_so_far: Option<Number>,
    /// The list of exactly these orders.
    #[schema(max_length = 20000)]
    pub drilldown: String,
}

/// What customers bought in one currency, or all that they bought told in one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerCurrency {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// Those with a won order in it; with `rate_basis` with any.
    #[schema(minimum = 1, example = 60)]
    pub customers: i64,
    #[schema(minimum = 1, example = 210)]
    pub orders: i64,
    #[schema(max_length = 40, example = "10005534.00")]
    pub won_amount: String,
    /// With `rate_basis`, what is among `orders` and not in `won_amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// Of the shown customers together, of all that was won in this currency, to six places.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = 0.6)]
    pub top_share: Option<Number>,
    /// Those that bought most, at most `top` of them.
    #[schema(max_items = 100)]
    pub top: Vec<TopCustomer>,
    /// The best first.
    #[schema(max_items = 125)]
    pub classes: Vec<ClassRow>,
}

/// Who the customers are, and what they bought.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CustomerFigures)]
pub struct Customers {
    pub distribution: CustomerDistribution,
    #[schema(max_items = 200)]
    pub currencies: Vec<CustomerCurrency>,
    #[serde(flatten)]
    pub told: ToldIn,
    #[serde(flatten)]
    pub frame: Frame,
}

/// What a source brought in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceRevenue {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    #[serde(flatten)]
    pub measures: RevenueMeasures,
    /// With `rate_basis`, what is among `orders` and not in `won_amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// What came of the orders of a source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceRow {
    /// The source; its key is null for orders that have none.
    pub source: GroupKey,
    #[serde(flatten)]
    pub measures: ConversionMeasures,
    #[schema(max_items = 200)]
    pub revenue: Vec<SourceRevenue>,
    /// The list of exactly these orders.
    #[schema(max_length = 20000, required = true, example = "/api/v1/orders?source=trade_fair&status=won%2Clost%2Ccancelled%2Cexpired")]
    pub drilldown: Option<String>,
    pub drilldowns: ConversionDrilldowns,
}

/// What came of orders, by their source, the one with most orders first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SourceFigures)]
pub struct Sources {
    #[schema(max_items = 10000)]
    pub data: Vec<SourceRow>,
    #[serde(flatten)]
    pub told: ToldIn,
    #[serde(flatten)]
    pub frame: Frame,
}

/// Why a customer's last lost order was lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastLoss {
    pub reason: GroupKey,
    pub closed_on: NaiveDate,
}

/// A customer who has gone quiet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChurnRow {
    pub customer: Reference,
    /// On how many days orders were won.
    #[schema(minimum = 3, example = 6)]
    pub purchases: i64,
    pub first_on: NaiveDate,
    pub last_on: NaiveDate,
    /// Half of the stretches between two purchases are at most so many days long.
    #[schema(minimum = 1, example = 45)]
    pub median_interval_days: i64,
    /// Days since the last one.
    #[schema(minimum = 0, example = 180)]
    pub quiet_days: i64,
    /// How many times as long, to six places.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000, example = 4)]
    pub times_median: Option<Number>,
    /// What the won orders that were counted are worth, by currency.
    #[schema(max_items = 200)]
    pub won: Vec<Worth>,
    /// Null where none of the orders that you see was lost.
    pub last_loss: Option<LastLoss>,
    /// The list of the won orders that were counted.
    #[schema(max_length = 20000)]
    pub drilldown: String,
}

/// The customers who have gone quiet against their own rhythm, farthest beyond it first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Churn {
    #[schema(max_items = 200)]
    pub data: Vec<ChurnRow>,
    /// How many there are, shown or not.
    #[schema(minimum = 0, example = 3)]
    pub total: i64,
    /// Quiet is who has not bought for more than so many times its own median stretch.
    #[schema(max_length = 20, example = "2")]
    pub factor: String,
    /// The day up to which it is counted, in the organisation's zone.
    pub today: NaiveDate,
    #[serde(flatten)]
    pub told: ToldIn,
}
