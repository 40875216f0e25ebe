//! What is wrong with one value by one check. Only `required` speaks of missing values, and none of values that could not be read.
use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::definition::Check;
use super::entry::{Entry, Product, Value};
use super::pattern;
use crate::identity::Role;
use crate::platform::decimal::{Decimal, SCALE};
use crate::platform::text::nearest;

/// What a value is and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static str,
    pub params: BTreeMap<&'static str, String>,
    pub suggestion: Option<String>,
}

impl Finding {
    pub const fn new(code: &'static str) -> Self {
        Self { code, params: BTreeMap::new(), suggestion: None }
    }
    fn param(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// What besides the value counts: the day, who enters, the product of the same line, what became of the date.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub today: NaiveDate,
    pub role: Role,
    pub product: Value<'a>,
    /// Whether the expected close date went to a later day without a recorded delay.
    pub pushed: bool,
}

/// What is wrong with a value; nothing where the check does not speak of such values.
#[must_use]
pub fn find(check: &Check, value: Value<'_>, place: &Place<'_>) -> Option<Finding> {
    match (check, value) {
        (Check::Required, value) => value.is_missing().then(|| Finding::new("required")),
        (Check::Length { min, max }, Value::Text(text)) => length(text, *min, *max),
        (Check::Pattern { pattern }, Value::Text(text)) => {
            // It was compiled when it was published; one that cannot be any more says nothing.
            let misses = pattern::compile(pattern).is_ok_and(|regex| !regex.is_match(text));
            misses.then(|| Finding::new("no_match").param("pattern", pattern))
        }
        (Check::Range { min, max, exclusive_min, exclusive_max }, Value::Number(number)) => {
            let below = min.filter(|min| number < *min || *exclusive_min && number == *min).map(|min| bound("below_minimum", "min", min, *exclusive_min));
            let above = || max.filter(|max| number > *max || *exclusive_max && number == *max).map(|max| bound("above_maximum", "max", max, *exclusive_max));
            below.or_else(above)
        }
        (Check::Scale { max }, Value::Number(number)) => (number.rounded(*max) != number).then(|| Finding::new("too_many_decimals").param("max", max)),
        (Check::OneOf { values }, Value::Text(text)) => not_one_of(values, text),
        (Check::OneOf { values }, Value::Texts(texts)) => texts.iter().find_map(|text| not_one_of(values, text)),
        (Check::DateWindow { min_days, max_days }, Value::Date(date)) => date_window(date, place.today, *min_days, *max_days),
        (Check::DelayRecorded, Value::Date(_)) => place.pushed.then(|| Finding::new("delay_not_recorded")),
        (Check::KnownProduct, Value::Product(product)) => (product.id.is_none() || product.archived).then(|| unknown_product(&product)),
        (Check::PriceBand { within, categories }, Value::Number(price)) => {
            let Value::Product(product) = place.product else { return None };
            let share = product.category.and_then(|category| categories.get(category)).copied().unwrap_or(*within);
            price_band(price, product.list_price?, share)
        }
        (Check::DiscountLimit { max, roles }, Value::Number(rate)) => {
            let max = roles.get(place.role.as_str()).copied().unwrap_or(*max);
            (rate > max).then(|| Finding::new("discount_above_limit").param("max", max))
        }
        (Check::Count { min, max }, Value::Items(items)) => counted(items.len(), *min, *max),
        (Check::Count { min, max }, Value::Texts(texts)) => counted(texts.len(), *min, *max),
        // A list that is not there has no entries.
        (Check::Count { min, max }, Value::Missing) => counted(0, *min, *max),
        _ => None,
    }
}

/// What is wrong with the sum of a field over a list; nothing where one of its values, or the bound, could not be read or is missing.
#[must_use]
pub fn sum(check: &Check, entry: &Entry<'_>, path: &str) -> Option<Finding> {
    let Check::Sum { min, max, min_field, max_field } = check else { return None };
    let mut sum = Decimal::ZERO;
    for value in entry.values(path, None) {
        match value {
            Value::Number(number) => sum = Decimal(sum.0.checked_add(number.0)?),
            Value::Unreadable => return None,
            _ => {}
        }
    }
    let of_field = |field: &Option<String>| field.as_ref().and_then(|field| if let Value::Number(number) = entry.get(field) { Some(number) } else { None });
    let told = |code, name, bound: Decimal| Finding::new(code).param(name, bound).param("sum", sum);
    let below = min.or_else(|| of_field(min_field)).filter(|min| sum < *min).map(|min| told("sum_below_minimum", "min", min));
    below.or_else(|| max.or_else(|| of_field(max_field)).filter(|max| sum > *max).map(|max| told("sum_above_maximum", "max", max)))
}

fn counted(count: usize, min: Option<u32>, max: Option<u32>) -> Option<Finding> {
    let few = min.filter(|min| count < *min as usize).map(|min| Finding::new("too_few").param("min", min));
    few.or_else(|| max.filter(|max| count > *max as usize).map(|max| Finding::new("too_many").param("max", max)))
}

fn not_one_of(values: &[String], text: &str) -> Option<Finding> {
    (!values.iter().any(|value| value == text)).then(|| Finding {
        suggestion: nearest(text, values.iter().map(String::as_str), 1).pop(),
        ..Finding::new("not_one_of").param("allowed", values.join(", "))
    })
}

fn length(text: &str, min: Option<u32>, max: Option<u32>) -> Option<Finding> {
    let length = text.chars().count();
    let short = min.filter(|min| length < *min as usize).map(|min| Finding::new("too_short").param("min", min));
    short.or_else(|| max.filter(|max| length > *max as usize).map(|max| Finding::new("too_long").param("max", max)))
}

/// A bound that was passed; the particulars say so where the bound itself is not allowed either.
fn bound(code: &'static str, name: &'static str, bound: Decimal, exclusive: bool) -> Finding {
    let finding = Finding::new(code).param(name, bound);
    if exclusive { finding.param("exclusive", true) } else { finding }
}

fn date_window(date: NaiveDate, today: NaiveDate, min_days: Option<i32>, max_days: Option<i32>) -> Option<Finding> {
    // A bound beyond the calendar is no bound.
    let day = |days: Option<i32>| today.checked_add_signed(TimeDelta::days(days?.into()));
    let early = day(min_days).filter(|earliest| date < *earliest).map(|earliest| Finding::new("date_too_early").param("earliest", earliest));
    early.or_else(|| day(max_days).filter(|latest| date > *latest).map(|latest| Finding::new("date_too_late").param("latest", latest)))
}

/// Exact: both bounds are held against the price by cross-multiplication; they are rounded only to be told.
fn price_band(price: Decimal, list: Decimal, within: Decimal) -> Option<Finding> {
    let (price, list_price, within, scale) = (i128::from(price.0), i128::from(list.0), i128::from(within.0), i128::from(SCALE));
    let (low, high) = (list_price * (scale - within), list_price * (scale + within));
    if (low..=high).contains(&(price * scale)) {
        return None;
    }
    let shown = |bound: i128| Decimal(i64::try_from(bound / scale).unwrap_or(i64::MAX));
    // The lower bound is told rounded up, so that what is told passes.
    let low = Decimal(shown(low).0 + i64::from(low % scale != 0));
    Some(Finding::new("price_outside_band").param("min", low).param("max", shown(high)).param("list_price", list))
}

fn unknown_product(product: &Product<'_>) -> Finding {
    let Product { given, id, nearest, .. } = product;
    let mut finding = Finding { suggestion: nearest.first().cloned(), ..Finding::new("unknown_product").param("given", given) };
    if id.is_some() {
        finding = finding.param("archived", true);
    }
    if nearest.is_empty() { finding } else { finding.param("nearest", nearest.join(", ")) }
}
