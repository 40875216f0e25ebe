//! An entry as rules see it: values by field name, whatever room it comes from.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::platform::db::Id;
use crate::platform::db::sql::Value as Bound;
use crate::platform::decimal::Decimal;

/// Where an entry says that its expected close date went to a later day without a recorded delay: no field, so that no rule but its own asks for it.
pub const PUSHED: &str = "expected_close_date pushed";

/// What stands in a field.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Absent or null.
    Missing,
    /// Faulted while it was decoded: every rule passes over it.
    Unreadable,
    /// A text, cleaned.
    Text(&'a str),
    /// Several texts.
    Texts(&'a [String]),
    /// A number.
    Number(Decimal),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    Flag(bool),
    /// The id of a record that is there.
    Reference(Id),
    /// A product as it was named, and what look-up made of it.
    Product(Product<'a>),
    /// A list, such as the lines of an order.
    Items(&'a [Entry<'a>]),
}

/// A product as it was named, what look-up made of it, and the names near to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Product<'a> {
    pub given: &'a str,
    /// None where the catalogue has no such product.
    pub id: Option<Id>,
    pub archived: bool,
    pub nearest: &'a [String],
    /// In the currency of the entry; none where there is none in it.
    pub list_price: Option<Decimal>,
    pub category: Option<&'a str>,
}

/// An entry, or one item of a list in it: values by field name (`custom.budget` for a custom field); what is not in it is missing.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a>(pub BTreeMap<&'a str, Value<'a>>);

impl<'a> Entry<'a> {
    /// What stands in a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Value<'a> {
        self.0.get(field).copied().unwrap_or(Value::Missing)
    }

    /// What a path leads to; in the list of `item` to that item alone, in any other list to all of its items.
    #[must_use]
    pub fn values(&self, path: &str, item: Option<(&str, usize)>) -> Vec<Value<'a>> {
        let Some((list, field)) = path.split_once("[].") else { return vec![self.get(path)] };
        match self.get(list) {
            Value::Items(items) => match item.filter(|(own, _)| *own == list) {
                Some((_, at)) => items.get(at).map(|item| item.get(field)).into_iter().collect(),
                None => items.iter().map(|item| item.get(field)).collect(),
            },
            Value::Unreadable => vec![Value::Unreadable],
            _ => Vec::new(),
        }
    }
}

impl Value<'_> {
    /// What a condition compares: nothing where it is missing or could not be read.
    #[must_use]
    pub fn bound(self) -> Vec<Bound> {
        match self {
            Self::Missing | Self::Unreadable | Self::Items(_) => Vec::new(),
            Self::Text(text) => vec![Bound::Text(text.to_owned())],
            Self::Texts(texts) => texts.iter().cloned().map(Bound::Text).collect(),
            Self::Number(number) => vec![Bound::Number(number.0)],
            Self::Date(date) => vec![Bound::Date(date)],
            Self::Flag(flag) => vec![Bound::Bool(flag)],
            Self::Reference(id) => vec![Bound::Id(id)],
            Self::Product(product) => product.id.map(Bound::Id).into_iter().collect(),
        }
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_missing(self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) | Self::Product(Product { given: text, .. }) => text.trim().is_empty(),
            Self::Texts(texts) => texts.is_empty(),
            Self::Items(items) => items.is_empty(),
            Self::Unreadable | Self::Number(_) | Self::Date(_) | Self::Flag(_) | Self::Reference(_) => false,
        }
    }
}
