//! Reads a standard as it is sent, with all that cannot be read of it at once; what it then comes to is the business of `publish`.
use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::read_custom::FieldList;
use super::{Check, Kind, MOST_FIELDS, MOST_RULES, MOST_VALUES, On, Rule, Severity};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Fault, FaultCode, Labels};
use crate::platform::web::condition::ConditionInput;
use crate::platform::web::decode::{Fields, Needed, escape, wrong_type};
use crate::platform::web::values::{ItemCode, Note, Quantity, Rate, Word, decode_word};
use crate::platform::web::{Decode, Faults, Given, List};

/// The rules as sent; those that cannot be read leave a gap, so that the others are checked all the same.
pub type RuleList = List<Needed<RuleInput>, MOST_RULES>;

crate::body! {
    /// A whole standard, in place of the one before: it is published as the next version.
    StandardInput read_only &["entity", "version", "published_at", "published_by"];
    must {
        #[schema(inline)]
        rules: RuleList,
    }
    need {}
    may {
        /// The custom fields; where they are absent, those of the version before stay. One that was there is retired, never left out.
        #[schema(inline)]
        fields: FieldList,
    }
}

/// A word of a closed set that is stored by serde.
fn word<T: for<'de> serde::Deserialize<'de>>(value: &Value, at: &str, faults: &mut Faults, words: &[&str]) -> Option<T> {
    decode_word(value, at, faults, words).and_then(|word| T::deserialize(Value::String(word)).ok())
}
impl Decode for On {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        word(value, at, faults, &["save", "submit", "enter_stage", "win"])
    }
}
impl Decode for Severity {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        word(value, at, faults, &["error", "warning"])
    }
}

/// A whole number within bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<const LEAST: i64, const MOST: i64>(pub i64);

impl<const LEAST: i64, const MOST: i64> Decode for Whole<LEAST, MOST> {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(number) = value.as_i64() else { return wrong_type(value, "a whole number", at, faults) };
        if (LEAST..=MOST).contains(&number) {
            return Some(Self(number));
        }
        let (code, name, bound) = if number < LEAST { (FaultCode::BelowMinimum, "min", LEAST) } else { (FaultCode::AboveMaximum, "max", MOST) };
        faults.add(Fault::new(at, code).param(name, bound));
        None
    }
}
type Count = Whole<0, 100_000>;
type Days = Whole<-100_000, 100_000>;

impl<const LEAST: i64, const MOST: i64> Whole<LEAST, MOST> {
    pub(super) fn to<T: TryFrom<i64>>(self) -> Option<T> {
        T::try_from(self.0).ok()
    }
}

/// A rule as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInput(pub Rule);

impl PartialSchema for RuleInput {
    fn schema() -> RefOr<Schema> {
        Rule::schema()
    }
}
impl ToSchema for RuleInput {
    fn name() -> std::borrow::Cow<'static, str> {
        Rule::name()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Rule::schemas(schemas);
    }
}

/// Shares by name.
#[derive(Clone, Debug, Default)]
struct Shares(BTreeMap<String, Decimal>);

impl Decode for Shares {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(object) = value.as_object() else { return wrong_type(value, "an object", at, faults) };
        let read: BTreeMap<_, _> = object
            .iter()
            .take(MOST_VALUES)
            .filter_map(|(name, share)| Some((name.clone(), Rate::decode(share, &format!("{at}/{}", escape(name)), faults)?.0)))
            .collect();
        (read.len() == object.len()).then_some(Self(read))
    }
}

type Paths = List<Word, MOST_FIELDS>;
type Codes = List<ItemCode, MOST_FIELDS>;

impl Decode for RuleInput {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(value, at, faults)?;
        let id = fields.take::<ItemCode>("id");
        let when = fields.take::<Given<ConditionInput>>("when");
        let stages = fields.take::<Given<Codes>>("stages");
        let on = fields.take::<Given<On>>("on");
        let severity = fields.take::<Given<Severity>>("severity");
        let paths = fields.take::<Paths>("fields");
        let messages = fields.take::<Given<Labels>>("messages");
        let kind = fields.take::<Kind>("kind");
        let check = match kind {
            Some(kind) => {
                let check = particulars(kind, &mut fields);
                fields.finish(&[]);
                check
            }
            // Of an unknown kind nobody knows the particulars.
            None => None,
        };
        let read = |unreadable: bool| (!unreadable).then_some(());
        let (when, stages, on, severity, messages) = (when?, stages?, on?, severity?, messages?);
        read(when.is_unreadable() || stages.is_unreadable() || on.is_unreadable() || severity.is_unreadable() || messages.is_unreadable())?;
        Some(Self(Rule {
            id: id?.0,
            when: when.value().map(|c| c.0),
            stages: stages.value().map(|codes| codes.0.into_iter().map(|code| code.0).collect()).unwrap_or_default(),
            on: on.value().unwrap_or(On::Save),
            severity: severity.value().unwrap_or(Severity::Error),
            fields: paths?.0.into_iter().map(|path| path.0).collect(),
            check: check?,
            messages: messages.value(),
        }))
    }
}

/// A field that may be absent or null, but must be readable.
pub(super) fn may<T: Decode>(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Option<T>> {
    let given = fields.take::<Given<T>>(name)?;
    if given.is_unreadable() { None } else { Some(given.value()) }
}

/// Reads what a kind of check needs to know.
fn particulars(kind: Kind, fields: &mut Fields<'_, '_>) -> Option<Check> {
    let check = match kind {
        Kind::Required => Check::Required,
        Kind::KnownProduct => Check::KnownProduct,
        Kind::Unique => Check::Unique,
        Kind::DelayRecorded => Check::DelayRecorded,
        Kind::Length => {
            let (min, max) = (may::<Count>(fields, "min"), may::<Count>(fields, "max"));
            Check::Length { min: min?.and_then(Whole::to), max: max?.and_then(Whole::to) }
        }
        Kind::Count => {
            let (min, max) = (may::<Count>(fields, "min"), may::<Count>(fields, "max"));
            Check::Count { min: min?.and_then(Whole::to), max: max?.and_then(Whole::to) }
        }
        Kind::Range => {
            let (min, max) = (may::<Quantity>(fields, "min"), may::<Quantity>(fields, "max"));
            let (exclusive_min, exclusive_max) = (may::<bool>(fields, "exclusive_min"), may::<bool>(fields, "exclusive_max"));
            Check::Range {
                min: min?.map(|n| n.0),
                max: max?.map(|n| n.0),
                exclusive_min: exclusive_min?.unwrap_or(false),
                exclusive_max: exclusive_max?.unwrap_or(false),
            }
        }
        Kind::Scale => Check::Scale { max: fields.take::<Whole<0, 4>>("max")?.to()? },
        Kind::OneOf => Check::OneOf { values: fields.take::<List<Word, MOST_VALUES>>("values")?.0.into_iter().map(|word| word.0).collect() },
        Kind::DateWindow => {
            let (min, max) = (may::<Days>(fields, "min_days"), may::<Days>(fields, "max_days"));
            Check::DateWindow { min_days: min?.and_then(Whole::to), max_days: max?.and_then(Whole::to) }
        }
        Kind::Pattern => Check::Pattern { pattern: fields.take::<Note>("pattern")?.0 },
        Kind::PriceBand => {
            let (within, categories) = (fields.take::<Rate>("within"), may::<Shares>(fields, "categories"));
            Check::PriceBand { within: within?.0, categories: categories?.unwrap_or_default().0 }
        }
        Kind::DiscountLimit => {
            let (max, roles) = (fields.take::<Rate>("max"), may::<Shares>(fields, "roles"));
            Check::DiscountLimit { max: max?.0, roles: roles?.unwrap_or_default().0 }
        }
        Kind::Compare => Check::Compare { condition: fields.take::<ConditionInput>("condition")?.0 },
        Kind::Sum => {
            let (min, max) = (may::<Quantity>(fields, "min"), may::<Quantity>(fields, "max"));
            let (min_field, max_field) = (may::<Word>(fields, "min_field"), may::<Word>(fields, "max_field"));
            Check::Sum { min: min?.map(|n| n.0), max: max?.map(|n| n.0), min_field: min_field?.map(|w| w.0), max_field: max_field?.map(|w| w.0) }
        }
    };
    Some(check)
}
