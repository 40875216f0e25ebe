//! What the summary answers.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::analytics::dto::people::Attainment;
use crate::analytics::dto::{ToldIn, Unconverted};
use crate::platform::web::values::Reference;

/// Days from the first that counts to the first that no longer counts.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Span {
    #[schema(max_length = 10)]
    pub from: NaiveDate,
    #[schema(max_length = 10)]
    pub to: NaiveDate,
}

/// A number of orders beside that of the period before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountFigure {
    #[schema(minimum = 0, example = 12)]
    pub value: i64,
    #[schema(minimum = 0, example = 10)]
    pub previous: i64,
    /// The difference, of the period before, to six places; null where that had none.
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 9007199254740991_i64, example = 0.2)]
    pub change: Option<Number>,
    /// The list of exactly these orders; null where there are none.
    #[schema(max_length = 20000, example = "/api/v1/orders?status=won")]
    pub drilldown: Option<String>,
}

/// A share beside that of the period before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RateFigure {
    /// To six places; null where nothing was counted.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.631501)]
    pub value: Option<Number>,
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.6)]
    pub previous: Option<Number>,
}

/// An amount in one currency beside that of the period before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MoneyFigure {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    #[schema(max_length = 40, example = "120000.00")]
    pub value: String,
    #[schema(max_length = 40, example = "100000.00")]
    pub previous: String,
    /// The difference, of the period before, to six places; null where that had nothing.
    #[schema(value_type = Option<f64>, minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 0.2)]
    pub change: Option<Number>,
    /// With `rate_basis`, what was won and is not in `value`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// The same of the period before.
    #[schema(max_items = 200)]
    pub previous_unconverted: Vec<Unconverted>,
    /// The list of exactly these orders; null where there are none.
    #[schema(max_length = 20000, example = "/api/v1/orders?currency=CNY&status=won")]
    pub drilldown: Option<String>,
}

/// A target, and what was won of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnTarget {
    /// The user or the team.
    pub holder: Reference,
    #[serde(flatten)]
    pub against: Attainment,
    /// The list of exactly the orders that were won.
    #[schema(max_length = 20000, example = "/api/v1/orders?currency=CNY&status=won")]
    pub drilldown: String,
}

/// An amount in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenAmount {
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    #[schema(max_length = 40, example = "120000.00")]
    pub amount: String,
    /// With `rate_basis`, what is open and not in `amount`, because there was no rate for it.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// What is not closed yet, now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenFigure {
    #[schema(minimum = 0, example = 40)]
    pub orders: i64,
    /// The amounts of these orders, each currency for itself or all told in one.
    #[schema(max_items = 200)]
    pub amounts: Vec<OpenAmount>,
    #[schema(max_length = 20000, example = "/api/v1/orders?status=draft%2Cin_review%2Creturned%2Cpending%2Cprocessed")]
    pub drilldown: String,
}

/// Orders that need somebody, now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attention {
    /// `overdue`: their expected close date is past. `closing_soon`: it lies within seven days. `quiet`: nothing was changed for fourteen days.
    /// These three are pending or processed. `returned`: the reviewer sent them back. `in_review`: a reviewer has them.
    #[schema(max_length = 20, example = "overdue")]
    pub kind: &'static str,
    #[schema(minimum = 1, example = 3)]
    pub orders: i64,
    #[schema(max_length = 20000, example = "/api/v1/orders?status=pending%2Cprocessed&expected_close_date%5Blt%5D=2026-11-25")]
    pub drilldown: String,
}

/// The figures of a home screen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Summary {
    pub period: Span,
    /// As many days of the period before.
    pub previous_period: Span,
    /// The zone whose days are meant.
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub tz: String,
    /// Orders entered in the period.
    pub entered: CountFigure,
    /// Orders first submitted in the period.
    pub submitted: CountFigure,
    pub won: CountFigure,
    pub lost: CountFigure,
    /// Won of won and lost.
    pub win_rate: RateFigure,
    /// What the won orders are worth, each currency for itself or all told in one.
    #[schema(max_items = 200)]
    pub won_amounts: Vec<MoneyFigure>,
    /// Your targets, and those of the teams that you lead: of the months that begin in the period, whatever else the question narrows.
    #[schema(max_items = 10000)]
    pub targets: Vec<OwnTarget>,
    pub open: OpenFigure,
    /// Only kinds of which there are orders.
    #[schema(max_items = 5)]
    pub attention: Vec<Attention>,
    #[serde(flatten)]
    pub told: ToldIn,
}
