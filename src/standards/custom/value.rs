//! Values of custom fields: what one must be, how it is stored, what rules and filters see of it. Pure; whether a record that is named is there is
//! looked up by `lay`.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::platform::db::Id;
use crate::platform::decimal::{Decimal, SCALE};
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::nearest;
use crate::platform::web::decode::wrong_type;
use crate::platform::web::values::{Day, Line, Name, Quantity, parse_date};
use crate::platform::web::{Decode, Faults};
use crate::standards::definition::{Choice, CustomField, FieldKind, MOST_CHOICES};
use crate::standards::entry::Value;
use crate::standards::pattern;

/// A value of a custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A text, or a choice.
    Text(String),
    /// Several choices.
    Texts(Vec<String>),
    Number(Decimal),
    Date(NaiveDate),
    Flag(bool),
    /// Another record, by id.
    Reference(Id),
    /// Another record as it was named, not looked up yet.
    Named(String),
}

impl Typed {
    /// What is stored, or sent as it would be; constraints are not asked. None where it is of another type.
    #[must_use]
    pub fn of(kind: &FieldKind, json: &Json) -> Option<Self> {
        let text = || json.as_str();
        match kind {
            FieldKind::Text { .. } | FieldKind::Enum { .. } => text().map(|text| Self::Text(text.to_owned())),
            FieldKind::MultiEnum { values } => {
                let sent: Option<BTreeSet<&str>> = json.as_array()?.iter().map(Json::as_str).collect();
                sent.map(|sent| Self::Texts(in_order(values, &sent)))
            }
            FieldKind::Integer { .. } | FieldKind::Decimal { .. } => match json {
                Json::Number(number) => Decimal::parse(&number.to_string()).ok(),
                _ => Decimal::parse(text()?).ok(),
            }
            .map(Self::Number),
            FieldKind::Boolean => json.as_bool().map(Self::Flag),
            FieldKind::Date { .. } => parse_date(text()?).map(Self::Date),
            FieldKind::Customer | FieldKind::Product | FieldKind::User => Id::parse(text().or_else(|| json["id"].as_str())?).map(Self::Reference),
        }
    }

    /// Reads what was sent for a field; on `None` at least one fault was added.
    pub fn read(field: &CustomField, json: &Json, at: &str, faults: &mut Faults) -> Option<Self> {
        let (read, wrong) = match &field.kind {
            FieldKind::Text { min_length, max_length, pattern } => {
                let text = Line::decode(json, at, faults)?.0;
                let length = text.chars().count();
                let wrong = min_length
                    .filter(|min| length < *min as usize)
                    .map(|min| Fault::new(at, FaultCode::TooShort).param("min", min))
                    .or_else(|| max_length.filter(|max| length > *max as usize).map(|max| Fault::new(at, FaultCode::TooLong).param("max", max)))
                    .or_else(|| pattern.as_ref().filter(|pattern| misses(pattern, &text)).map(|p| Fault::new(at, FaultCode::NoMatch).param("pattern", p)));
                (Self::Text(text), wrong)
            }
            FieldKind::Integer { min, max } => {
                let number = Quantity::decode(json, at, faults)?.0;
                (Self::Number(number), too_fine(number, 0, at).or_else(|| outside(number, min.map(Decimal::whole), max.map(Decimal::whole), at)))
            }
            FieldKind::Decimal { min, max, scale } => {
                let number = Quantity::decode(json, at, faults)?.0;
                (Self::Number(number), too_fine(number, scale.unwrap_or(4), at).or_else(|| outside(number, *min, *max, at)))
            }
            FieldKind::Boolean => (Self::Flag(bool::decode(json, at, faults)?), None),
            FieldKind::Date { min, max } => {
                let day = Day::decode(json, at, faults)?.0;
                let early = min.filter(|min| day < *min).map(|min| Fault::new(at, FaultCode::DateTooEarly).param("earliest", min));
                (Self::Date(day), early.or_else(|| max.filter(|max| day > *max).map(|max| Fault::new(at, FaultCode::DateTooLate).param("latest", max))))
            }
            FieldKind::Enum { values } => (Self::Text(choice(values, json, at, faults)?), None),
            FieldKind::MultiEnum { values } => {
                let Some(sent) = json.as_array() else { return wrong_type(json, "an array", at, faults) };
                if sent.len() > MOST_CHOICES {
                    faults.add(Fault::new(at, FaultCode::TooMany).param("max", MOST_CHOICES));
                    return None;
                }
                let read: Vec<String> = (0..).zip(sent).filter_map(|(i, json)| choice(values, json, &format!("{at}/{i}"), faults)).collect();
                if read.len() < sent.len() {
                    return None;
                }
                (Self::Texts(in_order(values, &read.iter().map(String::as_str).collect())), None)
            }
            FieldKind::Customer | FieldKind::Product | FieldKind::User => {
                let named = if json.is_object() { json.get("id").unwrap_or(&Json::Null) } else { json };
                (Self::Named(Name::decode(named, at, faults)?.0), None)
            }
        };
        match wrong {
            None => Some(read),
            Some(fault) => {
                faults.add(fault);
                None
            }
        }
    }

    /// Whether it stands for nothing: no choice at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Texts(texts) if texts.is_empty())
    }

    /// As it is stored and answered; of another record the id alone.
    #[must_use]
    pub fn to_json(&self, kind: &FieldKind) -> Json {
        match self {
            Self::Text(text) | Self::Named(text) => json!(text),
            Self::Texts(texts) => json!(texts),
            Self::Number(number) if matches!(kind, FieldKind::Integer { .. }) => json!(number.0 / SCALE),
            Self::Number(number) => json!(number.to_string()),
            Self::Date(date) => json!(date),
            Self::Flag(flag) => json!(flag),
            Self::Reference(id) => json!(id),
        }
    }

    /// As rules see it.
    #[must_use]
    pub fn seen(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Texts(texts) => Value::Texts(texts),
            Self::Number(number) => Value::Number(*number),
            Self::Date(date) => Value::Date(*date),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Reference(id) => Value::Reference(*id),
            Self::Named(_) => Value::Unreadable,
        }
    }
}

/// Each once, in the order of the choices; what is no choice any more comes last.
fn in_order(values: &[Choice], sent: &BTreeSet<&str>) -> Vec<String> {
    let known = values.iter().map(|choice| choice.value.as_str()).filter(|value| sent.contains(value));
    let others = sent.iter().copied().filter(|value| !values.iter().any(|choice| choice.value == *value));
    known.chain(others).map(str::to_owned).collect()
}

fn choice(values: &[Choice], json: &Json, at: &str, faults: &mut Faults) -> Option<String> {
    let word = Line::decode(json, at, faults)?.0;
    if values.iter().any(|choice| choice.value == word && !choice.retired) {
        return Some(word);
    }
    let allowed: Vec<&str> = values.iter().filter(|choice| !choice.retired).map(|choice| choice.value.as_str()).collect();
    let near = nearest(&word, allowed.iter().copied(), 1).pop();
    faults.add(Fault::new(at, FaultCode::NotOneOf).param("allowed", allowed.join(", ")).suggest(near));
    None
}

/// It was compiled when it was published; one that cannot be any more says nothing.
fn misses(expression: &str, text: &str) -> bool {
    pattern::compile(expression).is_ok_and(|regex| !regex.is_match(text))
}

fn too_fine(number: Decimal, places: u32, at: &str) -> Option<Fault> {
    (number.rounded(places) != number).then(|| Fault::new(at, FaultCode::TooManyDecimals).param("max", places))
}

fn outside(number: Decimal, min: Option<Decimal>, max: Option<Decimal>, at: &str) -> Option<Fault> {
    let below = min.filter(|min| number < *min).map(|min| Fault::new(at, FaultCode::BelowMinimum).param("min", min));
    below.or_else(|| max.filter(|max| number > *max).map(|max| Fault::new(at, FaultCode::AboveMaximum).param("max", max)))
}

#[cfg(test)]
mod tests;
