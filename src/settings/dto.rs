//! What the wire says of settings.
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::calendar::{Weekday, parse_clock};
use crate::body;
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::decode::{Decode, Faults, List, Needed, wrong_type};
use crate::platform::web::values::{CurrencyCode, Day, ItemCode, OrganisationName, Rate, Zone};

/// The items as sent; those that cannot be read leave a gap, so that the others are checked all the same.
pub type ItemList = List<Needed<ItemInput>, 100>;

body! {
    /// A whole list, in place of the one before.
    ItemsInput read_only &["version"];
    must {
        #[schema(inline)]
        items: ItemList,
    }
    need {}
    may {}
}

body! {
    /// One entry of a list. An item in use cannot be left out: retire it.
    ItemInput;
    must {
        code: ItemCode,
        labels: Labels,
    }
    need {}
    may {
        /// The list is answered in the order of these; without one an item's place in what was sent counts.
        position: Position,
        /// Needed for a stage, unknown elsewhere: the share of orders in it that are expected to be won.
        probability: Rate,
        /// No longer offered to new records.
        retired: bool,
    }
}

body! {
    /// The organisation that uses this service.
    OrganisationInput read_only &["version"];
    must {
        name: OrganisationName,
        base_currency: CurrencyCode,
        /// Decides which day it is where a date follows from a moment.
        time_zone: Zone,
    }
    need {}
    may {}
}

body! {
    /// The working days and hours of the organisation, in its zone.
    CalendarInput read_only &["version"];
    must {
        /// The days of the week on which people work.
        #[schema(inline)]
        days: WeekdayList,
        /// When work begins.
        from: ClockTime,
        /// When it ends, on the same day and at least an hour later.
        until: ClockTime,
    }
    need {}
    may {
        /// Days on which nobody works.
        #[schema(inline)]
        holidays: DayList,
        /// Days on which people work though the week would say otherwise.
        #[schema(inline)]
        extra_days: DayList,
    }
}

/// Some days of the week, and some dates.
pub type WeekdayList = List<Weekday, 7>;
pub type DayList = List<Day, 1000>;

/// A time of the day: `09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTime(pub NaiveTime);

impl Decode for ClockTime {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(text) = value.as_str() else { return wrong_type(value, "a string", at, faults) };
        let read = parse_clock(text).map(Self);
        if read.is_none() {
            faults.add(Fault::new(at, FaultCode::NotAClockTime));
        }
        read
    }
}
impl PartialSchema for ClockTime {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"));
        text.max_length(Some(5)).examples(["09:00"]).into()
    }
}
impl ToSchema for ClockTime {}

/// The organisation, as it is stored and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    #[schema(max_length = 200, example = "华东智能装备")]
    pub name: String,
    #[schema(max_length = 3, example = "CNY")]
    pub base_currency: String,
    #[schema(max_length = 60, example = "Asia/Shanghai")]
    pub time_zone: String,
    /// Stands in a column of its own.
    #[serde(default)]
    #[schema(minimum = 1, required = true)]
    pub version: i64,
}

/// A place in a list: a whole number from 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(pub i64);

impl Position {
    const MOST: i64 = 10_000;
}
impl Decode for Position {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(number) = value.as_i64() else { return wrong_type(value, "a whole number", at, faults) };
        if !(0..=Self::MOST).contains(&number) {
            let (code, name, bound) = if number < 0 { (FaultCode::BelowMinimum, "min", 0) } else { (FaultCode::AboveMaximum, "max", Self::MOST) };
            faults.add(Fault::new(at, code).param(name, bound));
            return None;
        }
        Some(Self(number))
    }
}
impl PartialSchema for Position {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(0)).maximum(Some(Self::MOST)).into()
    }
}
impl ToSchema for Position {}
