//! Whether the custom fields of a standard can be published: each by itself, against the version before, and against the rules. Pure.
use std::collections::BTreeSet;

use super::above;
use crate::identity::rights::holds;
use crate::identity::{Permission, Role};
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::Faults;
use crate::standards::custom::value::Typed;
use crate::standards::definition::{Check, Choice, CustomField, FieldKind, On, Rule, Severity, Standard};
use crate::standards::entity::Entity;
use crate::standards::pattern::{self, Refused};

/// What is wrong with the custom fields of a standard that follows another; `at` tells the place of each field, `rules_at` of each rule, in what was sent.
#[must_use]
pub fn faults(before: &Standard, standard: &Standard, at: &[usize], rules_at: &[usize]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut keys = BTreeSet::new();
    for (field, at) in standard.fields.iter().zip(at) {
        let at = format!("/fields/{at}");
        if !keys.insert(&field.key) {
            faults.push(Fault::new(format!("{at}/key"), FaultCode::Repeated).param("value", &field.key));
        }
        faults.extend(by_itself(field, &at));
        faults.extend(before.field(&field.key).into_iter().flat_map(|before| against(before, field, &at)));
    }
    for (rule, at) in standard.rules.iter().zip(rules_at) {
        faults.extend(demands(standard, rule, &format!("/rules/{at}")));
    }
    faults
}

/// The keys that a standard loses; records may hold values of them.
#[must_use]
pub fn removed(before: &Standard, sent: &[CustomField]) -> Vec<Fault> {
    let lost = before.fields.iter().filter(|field| sent.iter().all(|other| other.key != field.key));
    lost.map(|field| Fault::new("/fields", FaultCode::NotRemovable).param("code", &field.key)).collect()
}

fn by_itself(field: &CustomField, at: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let place = |name: &str| format!("{at}/{name}");
    match &field.kind {
        FieldKind::Text { min_length, max_length, pattern } => {
            faults.extend(min_length.zip(*max_length).filter(|(min, max)| min > max).map(|_| above(at, "min_length", "max_length")));
            faults.extend(
                pattern
                    .as_ref()
                    .and_then(|pattern| pattern::compile(pattern).err())
                    .map(|refused| Fault::new(place("pattern"), if refused == Refused::Costly { FaultCode::CostlyPattern } else { FaultCode::BadPattern })),
            );
        }
        FieldKind::Integer { min, max } => faults.extend(min.zip(*max).filter(|(min, max)| min > max).map(|_| above(at, "min", "max"))),
        FieldKind::Decimal { min, max, .. } => faults.extend(min.zip(*max).filter(|(min, max)| min > max).map(|_| above(at, "min", "max"))),
        FieldKind::Date { min, max } => faults.extend(min.zip(*max).filter(|(min, max)| min > max).map(|_| above(at, "min", "max"))),
        FieldKind::Enum { values } | FieldKind::MultiEnum { values } => faults.extend(choices(values, field.retired, &place("values"))),
        FieldKind::Boolean | FieldKind::Customer | FieldKind::Product | FieldKind::User => {}
    }
    for (name, roles) in [("visible_to", &field.visible_to), ("editable_by", &field.editable_by)] {
        let mut seen = BTreeSet::new();
        let repeated = roles.iter().enumerate().filter(|(_, role)| !seen.insert(**role));
        faults.extend(repeated.map(|(i, role)| Fault::new(format!("{}/{i}", place(name)), FaultCode::Repeated).param("value", role.as_str())));
    }
    // Nobody sets what they do not see.
    let blind = field.editable_by.iter().enumerate().filter(|(_, role)| !field.seen_by(**role));
    faults.extend(blind.map(|(i, _)| Fault::new(format!("{}/{i}", place("editable_by")), FaultCode::Inconsistent).param("other", "visible_to")));
    if let Some(default) = &field.default {
        let at = place("default");
        if field.kind.is_reference() {
            // The record may be gone when the default is needed.
            faults.push(Fault::new(at, FaultCode::Inconsistent).param("other", "type"));
        } else {
            let mut found = Faults::default();
            let _ = Typed::read(field, default, &at, &mut found);
            faults.extend(found.into_vec());
        }
    }
    faults
}

fn choices(values: &[Choice], retired: bool, at: &str) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let repeated = values.iter().enumerate().filter(|(_, choice)| !seen.insert(&choice.value));
    let mut faults: Vec<Fault> = repeated.map(|(i, choice)| Fault::new(format!("{at}/{i}/value"), FaultCode::Repeated).param("value", &choice.value)).collect();
    if values.is_empty() {
        faults.push(Fault::new(at, FaultCode::TooFew).param("min", 1));
    } else if !retired && values.iter().all(|choice| choice.retired) {
        faults.push(Fault::new(at, FaultCode::NoneActive));
    }
    faults
}

/// Records hold values by type and choice: neither goes away.
fn against(before: &CustomField, field: &CustomField, at: &str) -> Vec<Fault> {
    let (was, is) = (before.kind.field_type(), field.kind.field_type());
    if was != is {
        return vec![Fault::new(format!("{at}/type"), FaultCode::TypeFixed).param("key", &field.key).param("type", was.as_str())];
    }
    let kept = field.kind.choices();
    let lost = before.kind.choices().iter().filter(|choice| kept.iter().all(|other| other.value != choice.value));
    lost.map(|choice| Fault::new(format!("{at}/values"), FaultCode::NotRemovable).param("code", &choice.value)).collect()
}

/// The roles that enter records.
fn entering(entity: Entity) -> impl Iterator<Item = Role> {
    let permission = match entity {
        Entity::Orders => Permission::OrdersCreate,
        Entity::Customers => Permission::CustomersCreate,
        Entity::Products => Permission::ProductsEdit,
    };
    Role::ALL.iter().copied().filter(move |role| holds(*role, false, permission))
}

/// What is always required must be there for everybody to give: nobody sets what is retired, and who does not see a field cannot even learn why the
/// entry is refused. Where it is asked only later, somebody else may have set it by then.
fn demands(standard: &Standard, rule: &Rule, at: &str) -> Vec<Fault> {
    let Some(entity) = standard.entity() else { return Vec::new() };
    if rule.check != Check::Required || rule.severity != Severity::Error {
        return Vec::new();
    }
    let fields = rule.fields.iter().enumerate().filter_map(|(i, path)| Some((i, path, standard.field(path.strip_prefix("custom.")?)?)));
    let fault = |(i, path, field): (usize, &String, &CustomField)| {
        let at = format!("{at}/fields/{i}");
        if field.retired {
            return Some(Fault::new(at, FaultCode::FieldRetired));
        }
        let able = |role: Role| match rule.on {
            On::Save => field.set_by(role) || field.seen_by(role) && field.default.is_some(),
            On::Submit | On::EnterStage | On::Win => field.seen_by(role),
        };
        // A condition may leave out who cannot.
        let unable: Vec<&str> = entering(entity).filter(|role| !able(*role)).map(Role::as_str).collect();
        let told = Fault::new(at, FaultCode::NeedsWhoSets).param("field", path).param("roles", unable.join(", "));
        (rule.when.is_none() && !unable.is_empty()).then_some(told)
    };
    fields.filter_map(fault).collect()
}

#[cfg(test)]
mod tests;
