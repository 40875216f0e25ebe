//! What rules add to the schema of a form: those that hold for every entry whenever it is stored are limits, of all others the words are told.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Context, hint, place};
use crate::standards::definition::{Check, On, Rule, Severity};

/// Lays a rule over the fields that it speaks of, as far as the form shows them.
pub fn lay(whole: &mut Value, rule: &Rule, context: &Context<'_>) {
    let always = rule.when.is_none() && rule.stages.is_empty() && rule.on == On::Save && rule.severity == Severity::Error;
    for path in &rule.fields {
        let Some(schema) = whole.pointer(&place(path)) else { continue };
        // What is filled in where nothing is sent need not be.
        let filled = schema.get("default").is_some() || schema["x-ui"]["filled"] == true;
        if always && rule.check == Check::Required && !filled {
            require(whole, path);
        }
        let Some(schema) = whole.pointer_mut(&place(path)) else { continue };
        if always {
            limit(schema, &rule.check, context);
        }
        tell(schema, rule, context);
    }
}

/// A field that must be there; a list must not be empty.
fn require(whole: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let at = if parent.is_empty() { String::new() } else { place(parent) };
    let Some(object) = whole.pointer_mut(&at) else { return };
    match object["required"].as_array_mut() {
        Some(names) if names.iter().any(|known| known == name) => {}
        Some(names) => names.push(json!(name)),
        None => object["required"] = json!([name]),
    }
    if parent == "custom" {
        require(whole, "custom");
    }
}

fn limit(schema: &mut Value, check: &Check, context: &Context<'_>) {
    match check {
        Check::Required if schema["type"] == "array" => least(schema, "minItems", Some(1)),
        Check::Length { min, max } => {
            least(schema, "minLength", min.map(Into::into));
            most(schema, "maxLength", max.map(Into::into));
        }
        Check::Count { min, max } => {
            least(schema, "minItems", min.map(Into::into));
            most(schema, "maxItems", max.map(Into::into));
        }
        Check::Range { min, max, exclusive_min, exclusive_max } => {
            let number = |bound: crate::platform::decimal::Decimal| serde_json::from_str::<Value>(&bound.to_string()).unwrap_or_default();
            if let Some(min) = min {
                schema[if *exclusive_min { "exclusiveMinimum" } else { "minimum" }] = number(*min);
            }
            if let Some(max) = max {
                schema[if *exclusive_max { "exclusiveMaximum" } else { "maximum" }] = number(*max);
            }
        }
        Check::DiscountLimit { max, roles } => {
            let max = roles.get(context.role.as_str()).unwrap_or(max);
            schema["maximum"] = serde_json::from_str(&max.to_string()).unwrap_or_default();
        }
        Check::Scale { max } => {
            let decimals = if *max == 0 { String::new() } else { format!(r"(\.\d{{1,{max}}})?") };
            schema["pattern"] = json!(format!(r"^-?\d{{1,12}}{decimals}$"));
        }
        Check::OneOf { values } => {
            let target = if schema["type"] == "array" { &mut schema["items"] } else { schema };
            let known = target["enum"].as_array().cloned();
            let allowed = values.iter().map(|value| json!(value)).filter(|value| known.as_ref().is_none_or(|known| known.contains(value)));
            target["enum"] = allowed.collect();
        }
        Check::Pattern { pattern } if schema.get("pattern").is_none() => schema["pattern"] = json!(pattern),
        Check::Pattern { pattern } => match schema["allOf"].as_array_mut() {
            Some(all) => all.push(json!({"pattern": pattern})),
            None => schema["allOf"] = json!([{"pattern": pattern}]),
        },
        Check::DateWindow { min_days, max_days } => {
            let day = |days: &Option<i32>| context.today.checked_add_signed(TimeDelta::days(i64::from((*days)?)));
            for (name, bound) in [("min", day(min_days)), ("max", day(max_days))] {
                if let Some(bound) = bound {
                    hint(schema, name, json!(bound));
                }
            }
        }
        Check::Required | Check::KnownProduct | Check::PriceBand { .. } | Check::Unique | Check::Compare { .. } | Check::Sum { .. } | Check::DelayRecorded => {}
    }
}

/// Of several bounds the narrowest holds.
fn least(schema: &mut Value, name: &str, bound: Option<u64>) {
    if let Some(bound) = bound {
        schema[name] = json!(schema[name].as_u64().unwrap_or_default().max(bound));
    }
}
fn most(schema: &mut Value, name: &str, bound: Option<u64>) {
    if let Some(bound) = bound {
        schema[name] = json!(schema[name].as_u64().unwrap_or(u64::MAX).min(bound));
    }
}

/// The words of a rule: as help, and by themselves with the moment from which on it holds.
fn tell(schema: &mut Value, rule: &Rule, context: &Context<'_>) {
    let message = rule.messages.as_ref().map(|messages| messages.get(context.locale));
    let told =
        json!({"rule": rule.id, "kind": rule.check.kind().as_str(), "on": rule.on, "stages": rule.stages, "severity": rule.severity, "message": message});
    match schema["x-ui"]["rules"].as_array_mut() {
        Some(rules) => rules.push(told),
        None => hint(schema, "rules", json!([told])),
    }
    if let Some(message) = message {
        let before = schema["description"].as_str().map(|before| format!("{before} ")).unwrap_or_default();
        schema["description"] = json!(format!("{before}{message}"));
    }
}
