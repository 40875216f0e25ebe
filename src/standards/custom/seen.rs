//! The custom values of an entry as rules see them. Pure.
use serde_json::{Map, Value as Json};

use super::value::Typed;
use crate::standards::definition::Standard;
use crate::standards::entry::{Entry, Value};

/// Values by path; what was faulted is seen as unreadable.
#[derive(Clone, Debug, Default)]
pub struct Seen(Vec<(String, Option<Typed>)>);

impl Seen {
    /// From what a record holds.
    #[must_use]
    pub fn of(standard: &Standard, values: &Map<String, Json>, unreadable: &[String]) -> Self {
        let of_field = |field: &crate::standards::definition::CustomField| {
            let path = field.path();
            if unreadable.contains(&path) {
                return Some((path, None));
            }
            Some((path, Some(Typed::of(&field.kind, values.get(&field.key)?)?)))
        };
        Self(standard.fields.iter().filter_map(of_field).collect())
    }

    /// Puts them into an entry.
    pub fn put_into<'a>(&'a self, entry: &mut Entry<'a>) {
        for (path, typed) in &self.0 {
            entry.0.insert(path, typed.as_ref().map_or(Value::Unreadable, Typed::seen));
        }
    }
}
