//! Custom values as a caller is shown them: without what the caller does not see, other records with their names.
use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::value::Typed;
use super::{sees, store};
use crate::identity::Caller;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;
use crate::standards::definition::{CustomField, FieldType, Standard};
use crate::standards::entity::Entity;
use crate::standards::service::current;

/// What is needed to show the values of some records of one kind.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    fields: Vec<CustomField>,
    hidden: Vec<String>,
    names: HashMap<Id, String>,
}

impl Shown {
    /// For records that hold these values; what was remarked on them by rules may speak of custom fields as well.
    pub fn of(c: &mut AnyConnection, caller: &Caller, entity: Entity, values: &[&Json], remarks: &[&Json]) -> Result<Self, Problem> {
        let holds = |values: &&Json| values.0.as_object().is_some_and(|values| !values.is_empty());
        let of_custom = |fault: &Value| fault["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/custom/"));
        let speaks = |remarks: &&Json| remarks.0.as_array().is_some_and(|faults| faults.iter().any(of_custom));
        // Most records of most companies hold none; those cost no look at the standard.
        if !values.iter().any(holds) && !remarks.iter().any(speaks) {
            return Ok(Self::default());
        }
        let (fields, hidden): (Vec<CustomField>, Vec<CustomField>) = current(c, entity.as_str())?.fields.iter().cloned().partition(|field| sees(caller, field));
        let mut named: HashMap<FieldType, BTreeSet<Id>> = HashMap::new();
        for field in fields.iter().filter(|field| field.kind.is_reference()) {
            for value in values.iter().filter_map(|values| values.0.get(&field.key)) {
                if let Some(Typed::Reference(id)) = Typed::of(&field.kind, value) {
                    named.entry(field.kind.field_type()).or_default().insert(id);
                }
            }
        }
        let mut names = HashMap::new();
        for (what, ids) in named {
            names.extend(store::names(c, what, &ids.into_iter().collect::<Vec<_>>())?);
        }
        Ok(Self { fields, hidden: hidden.into_iter().map(|field| field.key).collect(), names })
    }

    /// What of a standard a caller does not see; it shows no values.
    #[must_use]
    pub fn hiding(standard: &Standard, caller: &Caller) -> Self {
        let hidden = standard.fields.iter().filter(|field| !sees(caller, field)).map(|field| field.key.clone());
        Self { hidden: hidden.collect(), ..Self::default() }
    }

    /// What a record holds, as the caller is shown it.
    #[must_use]
    pub fn values(&self, values: &Json) -> Value {
        let shown = self.fields.iter().filter_map(|field| {
            let value = values.0.get(&field.key)?;
            let value = match Typed::of(&field.kind, value) {
                Some(Typed::Reference(id)) => json!({"id": id, "name": self.names.get(&id).cloned().unwrap_or_default()}),
                _ => value.clone(),
            };
            Some((field.key.clone(), value))
        });
        Value::Object(shown.collect::<Map<_, _>>())
    }

    /// Whether a name of a field, such as in what changed, is of one that the caller does not see.
    #[must_use]
    pub fn hides_field(&self, name: &str) -> bool {
        name.strip_prefix("custom.").is_some_and(|key| self.hidden.iter().any(|hidden| hidden == key))
    }

    /// Whether a pointer leads to a field that the caller does not see.
    #[must_use]
    pub fn hides(&self, pointer: &str) -> bool {
        let key = pointer.strip_prefix("/custom/").and_then(|rest| rest.split('/').next());
        key.is_some_and(|key| self.hidden.iter().any(|hidden| hidden == key))
    }
}
