//! Reads a mapping from JSON and tells everything that is wrong with it at once. Must not know any file: columns are looked up when it is bound.
use serde_json::{Map, Value, json};

use super::source::{Filter, Format, Piece, Source, Steps, is_date_format};
use super::target::{HIGHEST_INDEX, Path, escaped};
use super::{ERROR_COLUMNS, Entity, Field, Mapping, MappingFault, column_name, fault};

const TOP_KEYS: [&str; 2] = ["entity", "fields"];
const SOURCES: [&str; 3] = ["column", "constant", "template"];
const FIELD_KEYS: [&str; 8] = ["column", "fallback", "constant", "template", "values", "otherwise", "date_format", "number"];
const NUMBER_KEYS: [&str; 2] = ["thousands", "decimal"];

type Faults = Vec<MappingFault>;

pub(super) fn mapping(json: &Value, known: &[&str]) -> Result<Mapping, Faults> {
    let mut faults = Faults::new();
    let Some(top) = object(json, "", &mut faults) else { return Err(faults) };
    only_keys(top, &TOP_KEYS, "", &mut faults);
    let entity = text(top, "entity", "", &mut faults).and_then(|name| {
        let entity = Entity::parse(name);
        if entity.is_none() {
            let names = Entity::ALL.map(Entity::name);
            faults.push(fault("/entity", "unknown_entity", [("entity", json!(name)), ("known", json!(names)), ("suggestion", json!(nearest(name, names)))]));
        }
        entity
    });
    if !top.contains_key("entity") {
        faults.push(fault("/entity", "required", []));
    }
    let mut fields = Vec::new();
    match top.get("fields") {
        None => faults.push(fault("/fields", "required", [])),
        Some(json) => {
            let members = object(json, "/fields", &mut faults);
            if members.is_some_and(Map::is_empty) {
                faults.push(fault("/fields", "required", []));
            }
            for (target, spec) in members.into_iter().flatten() {
                let pointer = format!("/fields/{}", escaped(target));
                // Whose targets would be meant is not known for an unknown entity; telling all of them wrong would bury the one fault.
                let path = path(target, &pointer, entity.map(|_| known), &mut faults);
                let filled = field(spec, &pointer, &mut faults);
                if let (Some(path), Some((source, steps))) = (path, filled) {
                    fields.push(Field { target: target.clone(), pointer, path, source, steps });
                }
            }
        }
    }
    if faults.is_empty() { Ok(Mapping { entity, fields }) } else { Err(faults) }
}

pub(super) fn identity(headers: &[String], known: &[&str]) -> Result<Mapping, Faults> {
    let mut faults = Faults::new();
    let mut fields: Vec<Field<String>> = Vec::new();
    for name in headers.iter().filter(|name| !ERROR_COLUMNS.contains(&name.as_str())) {
        let Some(path) = path(name, "", Some(known), &mut faults) else { continue };
        if fields.iter().any(|field| field.path == path) {
            faults.push(fault("", "duplicate_column", [("column", json!(name))]));
            continue;
        }
        fields.push(Field { target: name.clone(), pointer: String::new(), path, source: Source::Columns(vec![name.clone()]), steps: Steps::default() });
    }
    if faults.is_empty() { Ok(Mapping { entity: None, fields }) } else { Err(faults) }
}

/// The name that is nearest in spelling, if any is near: at most half of it wrong. The last part of a path counts too (`product`).
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names of people's columns and targets are short; longer ones are not worth the square of their length.
    let length = name.chars().take(101).count();
    if length > 100 {
        return None;
    }
    let name = name.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= 200)
        .map(|candidate| {
            let whole = strsim::damerau_levenshtein(&name, &candidate.to_lowercase());
            let last = candidate.rsplit('.').next().map_or(whole, |last| strsim::damerau_levenshtein(&name, last) + 1);
            (whole.min(last), candidate)
        })
        .filter(|(distance, _)| distance * 2 <= length.max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn path(target: &str, pointer: &str, known: Option<&[&str]>, faults: &mut Faults) -> Option<Path> {
    let path = Path::parse(target);
    let normal = path.as_ref().map_or_else(|| target.to_owned(), Path::normal);
    let suggestion = || known.and_then(|known| nearest(&normal, known.iter().copied())).map(|near| near.replace("[]", "[0]"));
    if path.is_none() {
        let told = [("target", json!(target)), ("highest_index", json!(HIGHEST_INDEX)), ("suggestion", json!(suggestion()))];
        faults.push(fault(pointer, "bad_target", told));
    } else if known.is_some_and(|known| !known.contains(&normal.as_str())) {
        faults.push(fault(pointer, "unknown_target", [("target", json!(target)), ("known", json!(known)), ("suggestion", json!(suggestion()))]));
        return None;
    }
    path
}

fn field(json: &Value, pointer: &str, faults: &mut Faults) -> Option<(Source<String>, Steps)> {
    let spec = object(json, pointer, faults)?;
    only_keys(spec, &FIELD_KEYS, pointer, faults);
    let given: Vec<&str> = SOURCES.into_iter().filter(|key| spec.contains_key(*key)).collect();
    match given.as_slice() {
        [_] => {}
        [] => faults.push(fault(pointer, "no_source", [("known", json!(SOURCES))])),
        _ => faults.push(fault(pointer, "two_sources", [("sources", json!(given))])),
    }
    // All that stands there is looked at, even where a source is missing or double, so that nothing is told only the next time.
    let column = text(spec, "column", pointer, faults).map(|name| vec![column_name(name)]);
    let fallback = fallback(spec, pointer, faults);
    let constant = spec.get("constant").filter(|value| scalar(value, &format!("{pointer}/constant"), faults)).cloned();
    let template = text(spec, "template", pointer, faults).and_then(|text| template(text, &format!("{pointer}/template"), faults));
    let steps = steps(spec, pointer, faults);
    let source = match given.as_slice() {
        ["column"] => Source::Columns(column?.into_iter().chain(fallback).collect()),
        ["constant"] => Source::Constant(constant?),
        ["template"] => Source::Template(template?),
        _ => return None,
    };
    Some((source, steps))
}

fn fallback(spec: &Map<String, Value>, pointer: &str, faults: &mut Faults) -> Vec<String> {
    let Some(json) = spec.get("fallback") else { return Vec::new() };
    let here = format!("{pointer}/fallback");
    if !spec.contains_key("column") {
        faults.push(fault(&here, "needs_column", []));
    }
    let Some(items) = json.as_array() else {
        faults.push(wrong_type(&here, "array"));
        return Vec::new();
    };
    let mut columns = Vec::new();
    for (n, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(name) => columns.push(column_name(name)),
            None => faults.push(wrong_type(&format!("{here}/{n}"), "string")),
        }
    }
    columns
}

fn steps(spec: &Map<String, Value>, pointer: &str, faults: &mut Faults) -> Steps {
    let mut steps = Steps { otherwise: spec.get("otherwise").cloned(), ..Steps::default() };
    if spec.contains_key("constant") {
        for key in ["values", "otherwise", "date_format", "number"].into_iter().filter(|key| spec.contains_key(*key)) {
            faults.push(fault(&format!("{pointer}/{key}"), "not_with_constant", [("key", json!(key))]));
        }
    }
    if let Some(json) = spec.get("values") {
        let here = format!("{pointer}/values");
        steps.values = object(json, &here, faults).cloned();
        for (key, value) in steps.values.iter().flatten() {
            scalar(value, &format!("{here}/{}", escaped(key)), faults);
        }
    }
    if let Some(value) = &steps.otherwise {
        let here = format!("{pointer}/otherwise");
        scalar(value, &here, faults);
        if !spec.contains_key("values") {
            faults.push(fault(&here, "needs_values", []));
        }
    }
    if spec.contains_key("date_format") && spec.contains_key("number") {
        faults.push(fault(pointer, "two_formats", []));
    }
    if let Some(format) = text(spec, "date_format", pointer, faults) {
        if !is_date_format(format) {
            faults.push(fault(&format!("{pointer}/date_format"), "bad_date_format", [("format", json!(format)), ("suggestion", json!("%Y-%m-%d"))]));
        }
        steps.format = Format::Date(format.to_owned());
    }
    if let Some(json) = spec.get("number") {
        steps.format = number(json, &format!("{pointer}/number"), faults);
    }
    steps
}

fn number(json: &Value, pointer: &str, faults: &mut Faults) -> Format {
    let Some(spec) = object(json, pointer, faults) else { return Format::Plain };
    only_keys(spec, &NUMBER_KEYS, pointer, faults);
    let mut mark = |key: &str| {
        let text = text(spec, key, pointer, faults)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(mark), None) if !mark.is_numeric() && mark != '-' && mark != '+' => Some(mark),
            _ => {
                faults.push(fault(&format!("{pointer}/{key}"), "bad_number_format", [("value", json!(text))]));
                None
            }
        }
    };
    let (thousands, decimal) = (mark("thousands"), mark("decimal").unwrap_or('.'));
    if thousands == Some(decimal) {
        faults.push(fault(pointer, "bad_number_format", [("value", json!(decimal.to_string()))]));
    }
    Format::Number { thousands, decimal }
}

fn template(text: &str, pointer: &str, faults: &mut Faults) -> Option<Vec<Piece<String>>> {
    let bad = |reason: &str, rest: &str| {
        let at = text.chars().count() - rest.chars().count();
        fault(pointer, "bad_template", [("reason", json!(reason)), ("position", json!(at))])
    };
    let before = faults.len();
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once("{{") {
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.to_owned()));
        }
        let Some((inner, next)) = after.split_once("}}").filter(|(inner, _)| !inner.contains("{{")) else {
            faults.push(bad("unclosed", after));
            return None;
        };
        let mut parts = inner.split('|').map(str::trim);
        let column = parts.next().map(column_name).unwrap_or_default();
        if column.is_empty() {
            faults.push(bad("no_column", after));
        }
        let mut filters = Vec::new();
        for name in parts {
            match Filter::parse(name) {
                Some(filter) => filters.push(filter),
                None => {
                    let near = nearest(name, Filter::NAMES);
                    faults.push(fault(pointer, "unknown_filter", [("filter", json!(name)), ("known", json!(Filter::NAMES)), ("suggestion", json!(near))]));
                }
            }
        }
        pieces.push(Piece::Cell { column, filters });
        rest = next;
    }
    if !pieces.iter().any(|piece| matches!(piece, Piece::Cell { .. })) {
        // A text that no cell goes into is a constant, and would be absent in every row here.
        faults.push(bad("no_column", text));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    (faults.len() == before).then_some(pieces)
}

fn object<'a>(json: &'a Value, pointer: &str, faults: &mut Faults) -> Option<&'a Map<String, Value>> {
    let object = json.as_object();
    if object.is_none() {
        faults.push(wrong_type(pointer, "object"));
    }
    object
}

/// The text under a key; absent is no fault here, another type is.
fn text<'a>(spec: &'a Map<String, Value>, key: &str, pointer: &str, faults: &mut Faults) -> Option<&'a str> {
    let value = spec.get(key)?;
    let text = value.as_str();
    if text.is_none() {
        faults.push(wrong_type(&format!("{pointer}/{key}"), "string"));
    }
    text
}

fn scalar(value: &Value, pointer: &str, faults: &mut Faults) -> bool {
    let scalar = !value.is_object() && !value.is_array();
    if !scalar {
        faults.push(wrong_type(pointer, "scalar"));
    }
    scalar
}

fn only_keys(spec: &Map<String, Value>, known: &[&str], pointer: &str, faults: &mut Faults) {
    for key in spec.keys().filter(|key| !known.contains(&key.as_str())) {
        let told = [("key", json!(key)), ("known", json!(known)), ("suggestion", json!(nearest(key, known.iter().copied())))];
        faults.push(fault(&format!("{pointer}/{}", escaped(key)), "unknown_key", told));
    }
}

fn wrong_type(pointer: &str, expected: &str) -> MappingFault {
    fault(pointer, "wrong_type", [("expected", json!(expected))])
}
