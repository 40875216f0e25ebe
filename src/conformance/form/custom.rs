//! The company's own fields in a form: those that are in use and that the caller may set.
use serde_json::{Map, Value, json};

use super::{Context, hint};
use crate::standards::definition::{Choice, CustomField, FieldKind, MOST_INTEGER, MOST_TEXT};

/// The schema of what stands under `custom`.
pub fn object(fields: &[CustomField], context: &Context<'_>) -> Value {
    let shown = fields.iter().filter(|field| !field.retired && field.set_by(context.role));
    let properties: Map<String, Value> = shown.enumerate().map(|(order, field)| (field.key.clone(), property(order, field, context))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn property(order: usize, field: &CustomField, context: &Context<'_>) -> Value {
    let (mut schema, widget) = match &field.kind {
        FieldKind::Text { min_length, max_length, pattern } => {
            let mut schema = json!({"type": "string", "minLength": min_length.unwrap_or(1).max(1), "maxLength": max_length.unwrap_or(MOST_TEXT)});
            set(&mut schema, "pattern", pattern.as_ref().map(|pattern| json!(pattern)));
            (schema, "text")
        }
        FieldKind::Integer { min, max } => {
            (json!({"type": "integer", "minimum": min.unwrap_or(-MOST_INTEGER), "maximum": max.unwrap_or(MOST_INTEGER)}), "number")
        }
        FieldKind::Decimal { min, max, scale } => {
            let places = scale.unwrap_or(4);
            let decimals = if places == 0 { String::new() } else { format!(r"(\.\d{{1,{places}}})?") };
            let mut schema = json!({"type": ["string", "number"], "pattern": format!(r"^-?\d{{1,12}}{decimals}$"), "maxLength": 18});
            for (name, bound) in [("minimum", min), ("maximum", max)] {
                set(&mut schema, name, bound.and_then(|bound| serde_json::from_str(&bound.to_string()).ok()));
            }
            (schema, "number")
        }
        FieldKind::Boolean => (json!({"type": "boolean"}), "checkbox"),
        FieldKind::Date { min, max } => {
            let mut schema = json!({"type": "string", "format": "date", "maxLength": 10});
            for (name, bound) in [("min", min), ("max", max)] {
                if let Some(bound) = bound {
                    hint(&mut schema, name, json!(bound));
                }
            }
            (schema, "date")
        }
        FieldKind::Enum { values } => (choices(values, context), "select"),
        FieldKind::MultiEnum { values } => {
            let items = choices(values, context);
            (json!({"type": "array", "items": items, "uniqueItems": true, "maxItems": values.len()}), "multi_select")
        }
        FieldKind::Customer => (json!({"type": "string", "format": "uuid", "maxLength": 36}), "customer"),
        FieldKind::Product => (json!({"type": "string", "format": "uuid", "maxLength": 36}), "product"),
        FieldKind::User => (json!({"type": "string", "format": "uuid", "maxLength": 36}), "user"),
    };
    schema["title"] = json!(field.labels.get(context.locale));
    set(&mut schema, "description", field.help.as_ref().map(|help| json!(help.get(context.locale))));
    set(&mut schema, "default", field.default.clone());
    hint(&mut schema, "order", json!(order));
    hint(&mut schema, "widget", json!(widget));
    schema
}

fn set(schema: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        schema[name] = value;
    }
}

fn choices(values: &[Choice], context: &Context<'_>) -> Value {
    let offered = || values.iter().filter(|choice| !choice.retired);
    let labels: Map<String, Value> = offered().map(|choice| (choice.value.clone(), json!(choice.labels.get(context.locale)))).collect();
    json!({"type": "string", "enum": offered().map(|choice| &choice.value).collect::<Vec<_>>(), "x-ui": {"labels": labels}})
}
