//! Where a value comes from: cells, templates, value maps, dates and numbers. Must not know where values go.
use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike as _, NaiveDate};
use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::{Params, params};
use crate::platform::text::slug;

/// What a template may do with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Slug,
    Lower,
    Upper,
    Trim,
}

impl Filter {
    pub(super) const NAMES: [&'static str; 4] = ["slug", "lower", "upper", "trim"];

    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "slug" => Some(Self::Slug),
            "lower" => Some(Self::Lower),
            "upper" => Some(Self::Upper),
            "trim" => Some(Self::Trim),
            _ => None,
        }
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::Slug => slug(text),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Piece<C> {
    Text(String),
    Cell { column: C, filters: Vec<Filter> },
}

#[derive(Clone, Debug)]
pub(super) enum Source<C> {
    /// The first of these cells that is not empty.
    Columns(Vec<C>),
    Constant(Value),
    Template(Vec<Piece<C>>),
}

/// What a source gives for one row.
pub(super) enum Found {
    Absent,
    Constant(Value),
    Text { text: String, column: Option<usize> },
}

/// What a cell cannot be read as.
pub(super) struct Wrong {
    pub(super) column: Option<usize>,
    pub(super) code: &'static str,
    pub(super) params: Params,
}

impl Source<String> {
    /// Replaces names by places; `place` is asked for every column, so that all that are missing are known, with where in the source it is named.
    pub(super) fn bind(&self, mut place: impl FnMut(&String, String) -> Option<usize>) -> Option<Source<usize>> {
        match self {
            Self::Constant(value) => Some(Source::Constant(value.clone())),
            Self::Columns(columns) => {
                let at = |n: usize| if n == 0 { "/column".to_owned() } else { format!("/fallback/{}", n - 1) };
                let places: Vec<_> = columns.iter().enumerate().map(|(n, column)| place(column, at(n))).collect();
                places.into_iter().collect::<Option<_>>().map(Source::Columns)
            }
            Self::Template(pieces) => {
                let bound: Vec<_> = pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => Some(Piece::Text(text.clone())),
                        Piece::Cell { column, filters } => place(column, "/template".to_owned()).map(|column| Piece::Cell { column, filters: filters.clone() }),
                    })
                    .collect();
                bound.into_iter().collect::<Option<_>>().map(Source::Template)
            }
        }
    }
}

impl Source<usize> {
    pub(super) fn read(&self, record: &StringRecord) -> Found {
        match self {
            Self::Constant(Value::Null) => Found::Absent,
            Self::Constant(value) => Found::Constant(value.clone()),
            Self::Columns(columns) => columns
                .iter()
                .find_map(|&column| cell(record, column).map(|text| Found::Text { text: text.to_owned(), column: Some(column) }))
                .unwrap_or(Found::Absent),
            Self::Template(pieces) => {
                let mut text = String::new();
                let mut first_filled = None;
                for piece in pieces {
                    match piece {
                        Piece::Text(literal) => text.push_str(literal),
                        Piece::Cell { column, filters } => {
                            let Some(cell) = cell(record, *column) else { continue };
                            first_filled = first_filled.or(Some(*column));
                            text.push_str(&filters.iter().fold(cell.to_owned(), |text, filter| filter.apply(&text)));
                        }
                    }
                }
                if first_filled.is_some() { Found::Text { text, column: first_filled } } else { Found::Absent }
            }
        }
    }
}

/// A cell that is not empty; blanks alone are empty.
fn cell(record: &StringRecord, column: usize) -> Option<&str> {
    record.get(column).filter(|text| !text.trim().is_empty())
}

/// What happens to a text on its way: looked up first; what the map answers is final, what passes through is formatted.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) values: Option<Map<String, Value>>,
    pub(super) otherwise: Option<Value>,
    pub(super) format: Format,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Format {
    #[default]
    Plain,
    /// A chrono format of what comes in.
    Date(String),
    Number {
        thousands: Option<char>,
        decimal: char,
    },
}

impl Steps {
    /// The value for the body; none means absent. An empty cell meets the map only under the key `""`, never `otherwise`.
    pub(super) fn apply(&self, found: Found) -> Result<Option<Value>, Wrong> {
        let present = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let mapped = |text: &str| self.values.as_ref().and_then(|values| values.get(text));
        match found {
            Found::Absent => Ok(mapped("").and_then(present)),
            Found::Constant(value) => Ok(Some(value)),
            Found::Text { text, column } => match mapped(&text).or(self.otherwise.as_ref()) {
                Some(value) => Ok(present(value)),
                None => self.format.apply(text, column).map(|text| Some(Value::String(text))),
            },
        }
    }
}

impl Format {
    fn apply(&self, text: String, column: Option<usize>) -> Result<String, Wrong> {
        let wrong = |code, told| Wrong { column, code, params: params([("value", json!(text.chars().take(100).collect::<String>())), told]) };
        match self {
            Self::Plain => Ok(text),
            Self::Date(format) => date(text.trim(), format).ok_or_else(|| wrong("bad_date", ("format", json!(format)))),
            Self::Number { thousands, decimal } => {
                number(text.trim(), *thousands, *decimal).ok_or_else(|| wrong("bad_number", ("decimal", json!(decimal.to_string()))))
            }
        }
    }
}

/// Two-digit years read as four (`%Y` takes `17` for the year 17) are refused rather than stored.
fn date(text: &str, format: &str) -> Option<String> {
    let date = NaiveDate::parse_from_str(text, format).ok()?;
    (1000..=9999).contains(&date.year()).then(|| date.format("%Y-%m-%d").to_string())
}

/// Whether a format names a whole date: what it prints, it reads back.
pub(super) fn is_date_format(format: &str) -> bool {
    if StrftimeItems::new(format).any(|item| matches!(item, Item::Error)) {
        return false;
    }
    // 2017-11-23 14:05:09: no two parts alike, and a day that is no month.
    let Some(sample) = DateTime::from_timestamp(1_511_445_909, 0) else {
        return false;
    };
    let mut printed = String::new();
    write!(printed, "{}", sample.format(format)).is_ok() && NaiveDate::parse_from_str(&printed, format) == Ok(sample.date_naive())
}

/// Plain decimal text of a number as people write it. Groups are three digits, so that a decimal comma taken for a thousands comma is noticed.
fn number(text: &str, thousands: Option<char>, decimal: char) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = rest.split_once(decimal).map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let groups: Vec<&str> = thousands.map_or_else(|| vec![whole], |mark| whole.split(mark).collect());
    let grouped = groups.len() > 1;
    let sound = groups.iter().enumerate().all(|(n, group)| {
        let width = if !grouped {
            true
        } else if n == 0 {
            (1..=3).contains(&group.len())
        } else {
            group.len() == 3
        };
        width && group.bytes().all(|b| b.is_ascii_digit())
    });
    let digits = groups.concat();
    if !sound || digits.is_empty() || fraction.is_some_and(|f| f.is_empty() || !f.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    Some(fraction.map_or_else(|| format!("{sign}{digits}"), |fraction| format!("{sign}{digits}.{fraction}")))
}
