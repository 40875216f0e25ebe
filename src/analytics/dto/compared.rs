//! The measures of conversion and revenue; what stands beside them: those of another window, and as of when they are.
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::super::question::Ask;
use crate::platform::db::UtcTime;

/// How many orders of a group ended how, and the rates of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversionMeasures {
    /// All that the basis counts.
    #[schema(minimum = 0, example = 6711)]
    pub orders: i64,
    #[schema(minimum = 0, example = 4238)]
    pub won: i64,
    #[schema(minimum = 0, example = 2473)]
    pub lost: i64,
    #[schema(minimum = 0, example = 0)]
    pub cancelled: i64,
    #[schema(minimum = 0, example = 0)]
    pub expired: i64,
    /// Not closed yet; null where only closed orders are counted.
    #[schema(minimum = 0)]
    pub open: Option<i64>,
    /// Won of won and lost, to six places; null where there are none.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.631501)]
    pub win_rate: Option<Number>,
    /// Won of all counted, to six places; null where there are none.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.631501)]
    pub conversion_rate: Option<Number>,
}

/// The measures of a window less those of the one that it is held against.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversionChange {
    #[schema(minimum = -9007199254740991_i64, example = 12)]
    pub orders: i64,
    #[schema(minimum = -9007199254740991_i64, example = -3)]
    pub won: i64,
    #[schema(minimum = -9007199254740991_i64, example = 5)]
    pub lost: i64,
    /// The difference of the rates, to six places; null where one of them is.
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 1, example = 0.0125)]
    pub win_rate: Option<Number>,
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 1, example = -0.02)]
    pub conversion_rate: Option<Number>,
}

/// What the won orders of a group are worth.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevenueMeasures {
    /// By product or category the sum of their lines, else of the orders.
    #[schema(max_length = 40, example = "10005534.00")]
    pub won_amount: String,
    /// Won orders; by product or category an order counts once for each.
    #[schema(minimum = 0, example = 4238)]
    pub orders: i64,
    /// `won_amount` of one order on average, rounded half away from zero; orders that no rate converts left out.
    #[schema(max_length = 40, example = "2360.91")]
    pub average_amount: String,
    /// Of all that was won in this currency in the whole answer, to six places; null where that is nothing.
    #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000, example = 0.25)]
    pub share: Option<Number>,
}

/// The measures of a window less those of the one that it is held against.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevenueChange {
    #[schema(max_length = 40, example = "-1200.00")]
    pub won_amount: String,
    #[schema(minimum = -9007199254740991_i64, example = 4)]
    pub orders: i64,
    /// The change of `won_amount` as a part of what it was, to six places; null where it was nothing.
    #[schema(value_type = Option<f64>, minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 0.125)]
    pub rate: Option<Number>,
}

/// The window that an answer is held against.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComparedWith {
    /// `previous` or `last_year`.
    #[schema(max_length = 10, example = "previous")]
    pub compare: &'static str,
    /// The first day that counts.
    pub from: NaiveDate,
    /// The first day that no longer counts.
    pub to: NaiveDate,
}

/// As of when an answer stands, and against which window it is held.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Standing {
    /// The moment as of which the orders were counted; only with `as_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<UtcTime>,
    /// Only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<ComparedWith>,
}

impl Standing {
    /// That of a question.
    pub(in super::super) fn of(ask: &Ask) -> Self {
        let window = ask.before().and_then(|before| Some((before.compare?.as_str(), before.from?, before.to?)));
        Self { as_of: ask.as_of, compared_with: window.map(|(compare, from, to)| ComparedWith { compare, from, to }) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Conversion, Revenue, TableShape};
    use super::*;

    /// The columns that are told of a comparison, and the names of its fields.
    fn compared<T: TableShape>(previous: impl Serialize, change: impl Serialize) -> (Vec<String>, Vec<String>) {
        let names = |of: &str, fields: Value| fields.as_object().into_iter().flatten().map(|(name, _)| format!("{of}.{name}")).collect::<Vec<_>>();
        let fields = [("previous", serde_json::to_value(previous)), ("change", serde_json::to_value(change))];
        let mut fields: Vec<String> = fields.into_iter().flat_map(|(of, fields)| names(of, fields.unwrap_or_default())).collect();
        let mut columns: Vec<String> = T::COMPARED.iter().map(|(name, _)| (*name).to_owned()).collect();
        fields.sort();
        columns.sort();
        (columns, fields)
    }

    #[test]
    fn a_comparison_has_the_same_columns_as_fields() {
        let previous = ConversionMeasures { orders: 0, won: 0, lost: 0, cancelled: 0, expired: 0, open: None, win_rate: None, conversion_rate: None };
        let (columns, fields) = compared::<Conversion>(previous, ConversionChange { orders: 0, won: 0, lost: 0, win_rate: None, conversion_rate: None });
        assert_eq!(columns, fields);
        let previous = RevenueMeasures { won_amount: String::new(), orders: 0, average_amount: String::new(), share: None };
        let (columns, fields) = compared::<Revenue>(previous, RevenueChange { won_amount: String::new(), orders: 0, rate: None });
        assert_eq!(columns, fields);
    }
}
