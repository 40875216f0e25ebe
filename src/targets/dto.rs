//! What the wire says of targets.
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::rules::month_text;
use super::store::Row;
use crate::body;
use crate::platform::db::UtcTime;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::decode::{Decode, Faults, wrong_type};
use crate::platform::web::values::{CurrencyCode, Price, Reference};

body! {
    /// What is to be won in a month.
    TargetInput read_only &["holder", "month", "version", "created_at", "updated_at"];
    must {
        /// The sum of the orders to be won.
        amount: Price,
        currency: CurrencyCode,
    }
    need {}
    may {
        /// How many orders are to be won.
        orders: Count,
    }
}

/// A whole number of orders, up to a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub i64);

impl Count {
    const MOST: i64 = 1_000_000;
}
impl Decode for Count {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(number) = value.as_i64() else { return wrong_type(value, "a whole number", at, faults) };
        if (0..=Self::MOST).contains(&number) {
            return Some(Self(number));
        }
        let (code, name, bound) = if number < 0 { (FaultCode::BelowMinimum, "min", 0) } else { (FaultCode::AboveMaximum, "max", Self::MOST) };
        faults.add(Fault::new(at, code).param(name, bound));
        None
    }
}
impl PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(0)).maximum(Some(Self::MOST)).into()
    }
}
impl ToSchema for Count {}

/// What a user or a team is to win in a month.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Target)]
pub struct TargetView {
    /// The user or the team.
    pub holder: Reference,
    #[schema(max_length = 7, pattern = r"^\d{4}-\d{2}$", example = "2027-03")]
    pub month: String,
    #[schema(max_length = 20, example = "500000.00")]
    pub amount: String,
    #[schema(max_length = 3, example = "CNY")]
    pub currency: String,
    /// How many orders; null where that is not asked.
    #[schema(minimum = 0, maximum = 1000000, example = 12)]
    pub orders: Option<i64>,
    #[schema(minimum = 1)]
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

impl TargetView {
    /// The answer for a row and the name of whose it is.
    #[must_use]
    pub fn of(row: Row, name: String) -> Self {
        let Row { holder, month, currency, amount, orders, version, created_at, updated_at, .. } = row;
        let amount = amount.with_places(exponent(&currency)).to_string();
        Self { holder: Reference { id: holder, name }, month: month_text(month), amount, currency, orders, version, created_at, updated_at }
    }
}
