//! A form to enter a record by, as JSON Schema 2020-12: the fields in their order with labels, limits and help in the caller's language. What it lets
//! pass and the standard refuses all the same are demands that hang on other fields, records or dates; their words stand in the help. Pure.
mod custom;
mod fields;
mod rules;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::identity::Role;
use crate::platform::problem::{Labels, Locale};
use crate::settings::Items;
use crate::standards::definition::Standard;
use crate::standards::entity::Entity;
use fields::{Section, Shape, Shown};

/// For whom a form is made, and what besides the standard it shows.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub role: Role,
    pub locale: Locale,
    pub today: NaiveDate,
    pub base_currency: &'a str,
    pub sources: &'a Items,
}

/// The schema of an entry under a version of a standard.
#[must_use]
pub fn schema(entity: Entity, standard: &Standard, context: &Context<'_>) -> Value {
    let mut whole = object("", fields::shown(entity), standard, context);
    if entity == Entity::Orders {
        whole["properties"]["currency"]["default"] = json!(context.base_currency);
        let line = &mut whole["properties"]["lines"]["items"]["properties"];
        line["discount_rate"]["default"] = json!("0");
        // With the list price of the product.
        hint(&mut line["unit_price"], "filled", json!(true));
    }
    for (path, names) in fields::always_required(entity) {
        let at = if path.is_empty() { String::new() } else { place(path) };
        if let Some(object) = whole.pointer_mut(&at) {
            object["required"] = json!(names);
        }
    }
    for rule in &standard.rules {
        rules::lay(&mut whole, rule, context);
    }
    whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    whole["x-ui"] = json!({"sections": sections(fields::shown(entity), &whole, context.locale)});
    whole
}

/// Where the schema of a path stands: `lines[].quantity` is `/properties/lines/items/properties/quantity`.
fn place(path: &str) -> String {
    path.split('.').map(|part| part.strip_suffix("[]").map_or_else(|| format!("/properties/{part}"), |list| format!("/properties/{list}/items"))).collect()
}

fn object(within: &str, all: &[Shown], standard: &Standard, context: &Context<'_>) -> Value {
    let shown = all.iter().filter(|field| !(matches!(field.kind, Shape::Custom) && standard.fields.is_empty()));
    let properties: Map<String, Value> =
        shown.enumerate().map(|(order, field)| (field.name.to_owned(), property(within, order, field, standard, context))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn property(within: &str, order: usize, field: &Shown, standard: &Standard, context: &Context<'_>) -> Value {
    let mut schema = match field.kind {
        Shape::One(of) => of(),
        Shape::Choice(words) => fields::choice(words, context.locale),
        Shape::Source => sources(context),
        Shape::Many(most, of) => json!({"type": "array", "maxItems": most, "items": of()}),
        Shape::Object(all) => object(field.name, all, standard, context),
        Shape::Items(most, all) => json!({"type": "array", "maxItems": most, "items": object(field.name, all, standard, context)}),
        Shape::Custom => custom::object(&standard.fields, context),
    };
    schema["title"] = json!(Labels::of(within, field.name).map(|label| context.locale.pick(label)));
    hint(&mut schema, "order", json!(order));
    hint(&mut schema, "widget", json!(field.widget));
    schema
}

/// Adds a hint for whoever draws the form.
fn hint(schema: &mut Value, name: &str, value: Value) {
    schema["x-ui"][name] = value;
}

fn sources(context: &Context<'_>) -> Value {
    let active = || context.sources.items.iter().filter(|item| !item.retired);
    let labels: Map<String, Value> = active().map(|item| (item.code.clone(), json!(item.labels.get(context.locale)))).collect();
    json!({"type": "string", "enum": active().map(|item| &item.code).collect::<Vec<_>>(), "x-ui": {"labels": labels}})
}

/// The sections that have fields, each with their names in order.
fn sections(all: &[Shown], whole: &Value, locale: Locale) -> Vec<Value> {
    let of = |section: Section| all.iter().filter(move |field| field.section == section && whole["properties"].get(field.name).is_some());
    let used = Section::ALL.into_iter().filter(|section| of(*section).next().is_some());
    used.map(|section| json!({"key": section.key(), "label": locale.pick(section.label()), "fields": of(section).map(|field| field.name).collect::<Vec<_>>()}))
        .collect()
}
