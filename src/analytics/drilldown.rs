//! The address of the list that shows exactly the orders behind a number: conditions of the order list, narrowed step by step. Pure.
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::platform::db::UtcTime;
use crate::platform::web::condition::Condition;

/// Conditions on the list of orders, and-ed; narrowing a field twice keeps what both allow.
#[derive(Clone, Debug, Default)]
pub struct Drill {
    any: BTreeMap<String, Vec<String>>,
    none: BTreeMap<String, Vec<String>>,
    bounds: BTreeMap<String, String>,
    rest: BTreeMap<String, String>,
}

impl Drill {
    /// The field has one of the values.
    #[must_use]
    pub fn any_of<T: Into<String>>(mut self, field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        match self.any.remove(field) {
            None => drop(self.any.insert(field.into(), values)),
            Some(before) => {
                let both: Vec<String> = before.iter().filter(|v| values.contains(v)).cloned().collect();
                if both.is_empty() {
                    // Nothing can have it: one that must and must not be says so in the list's own words.
                    self = self.none_of(field, before.iter().cloned());
                    self.any.insert(field.into(), before);
                } else {
                    self.any.insert(field.into(), both);
                }
            }
        }
        self
    }
    /// The field has none of the values.
    #[must_use]
    pub fn none_of<T: Into<String>>(mut self, field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let all = self.none.entry(field.into()).or_default();
        for value in values.into_iter().map(Into::into) {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        self
    }
    /// The field has exactly this word, even where it holds a comma, or no value at all.
    #[must_use]
    pub fn is(mut self, field: &str, value: Option<&str>) -> Self {
        match value {
            None => self.missing(field, true),
            Some(value) if value.contains(',') || value.trim() != value => {
                self.rest.insert(format!("{field}[eq]"), value.into());
                self
            }
            Some(value) => self.any_of(field, [value]),
        }
    }
    /// Whatever else is to hold, in the list's JSON form.
    #[must_use]
    pub fn conditions(mut self, conditions: &[Condition]) -> Self {
        if !conditions.is_empty() {
            self.rest.insert("filter".into(), Condition::side_by_side(conditions).to_string());
        }
        self
    }
    /// The field has no value, or has one.
    #[must_use]
    pub fn missing(mut self, field: &str, missing: bool) -> Self {
        self.rest.insert(format!("{field}[null]"), missing.to_string());
        self
    }
    /// The date lies in the span.
    #[must_use]
    pub fn days(self, field: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        self.span(field, from.filter(|d| written(*d)).map(|d| d.to_string()), to.filter(|d| written(*d)).map(|d| d.to_string()))
    }
    /// The moment lies in the span.
    #[must_use]
    pub fn times(self, field: &str, from: Option<UtcTime>, to: Option<UtcTime>) -> Self {
        let text = |t: Option<UtcTime>| t.filter(|t| written(t.to_chrono().date_naive())).map(|t| t.to_string());
        self.span(field, text(from), text(to))
    }
    /// Bounds are of one form, so that their texts sort as they do.
    fn span(mut self, field: &str, from: Option<String>, to: Option<String>) -> Self {
        if let Some(from) = from {
            let bound = self.bounds.entry(format!("{field}[gte]")).or_default();
            *bound = from.max(std::mem::take(bound));
        }
        if let Some(to) = to {
            let bound = self.bounds.entry(format!("{field}[lt]")).or_insert_with(|| to.clone());
            *bound = to.min(std::mem::take(bound));
        }
        self
    }
    /// The address.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(LIST)
    }
    /// The address in another list, which ends in a question mark.
    #[must_use]
    pub fn url_of(&self, list: &str) -> String {
        let mut out = form_urlencoded::Serializer::for_suffix(String::from(list), list.len());
        out.extend_pairs(self.any.iter().map(|(field, values)| (field.clone(), values.join(","))));
        out.extend_pairs(self.none.iter().map(|(field, values)| (format!("{field}[ne]"), values.join(","))));
        out.extend_pairs(&self.bounds);
        out.extend_pairs(&self.rest);
        out.finish()
    }
}

const LIST: &str = "/api/v1/orders?";

/// Whether the list reads such a year; beyond, no order has one.
fn written(day: NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    #[test]
    fn conditions_narrow() {
        let base = Drill::default().any_of("status", ["won", "lost"]).days("closed_on", day("2017-01-15"), None);
        assert_eq!(base.url(), "/api/v1/orders?status=won%2Clost&closed_on%5Bgte%5D=2017-01-15");
        let month = base.clone().any_of("status", ["won"]).days("closed_on", day("2017-01-01"), day("2017-02-01"));
        assert_eq!(month.url(), "/api/v1/orders?status=won&closed_on%5Bgte%5D=2017-01-15&closed_on%5Blt%5D=2017-02-01");
        assert_eq!(
            Drill::default()
                .days("closed_on", day("2017-03-01"), day("2017-02-01"))
                .days("closed_on", None, day("2017-01-01"))
                .url()
                .matches("2017-01-01")
                .count(),
            1
        );
    }

    #[test]
    fn what_nothing_can_have_lists_nothing() {
        let none = Drill::default().any_of("status", ["won"]).any_of("status", ["lost"]);
        assert_eq!(none.url(), "/api/v1/orders?status=won&status%5Bne%5D=won");
    }

    #[test]
    fn words_with_commas_and_missing_ones_are_said() {
        assert_eq!(
            Drill::default().is("source", Some("web, mobile")).is("category", None).url(),
            "/api/v1/orders?category%5Bnull%5D=true&source%5Beq%5D=web%2C+mobile"
        );
    }
}
