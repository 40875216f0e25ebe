//! Turns what a mapping and its rows say of themselves into faults with words. Pure.
use serde_json::Value;

use super::mapping::{MappingFault, Params, RowFault};
use crate::platform::problem::{Fault, FaultCode, Locale, Told};

/// Most characters of a list that a fault repeats.
const MOST_CHARACTERS: usize = 500;

/// A fault of a mapping or of the file's header, with pointers into the parts of the form.
#[must_use]
pub fn mapping_fault(fault: &MappingFault, mapping: &Value) -> Fault {
    let pointer = if fault.code == "duplicate_column" { "/file".to_owned() } else { format!("/mapping{}", fault.pointer) };
    match fault.code {
        "unknown_entity" => {
            with(Fault::new(pointer, FaultCode::NotOneOf).param("allowed", fault.params.get("known").map(words).unwrap_or_default()), &fault.params)
        }
        "unknown_key" => with(Fault::new(pointer, FaultCode::UnknownField), &fault.params),
        "wrong_type" => with(Fault::new(pointer, FaultCode::WrongType).param("got", kind(mapping.pointer(&fault.pointer))), &fault.params),
        code => known(pointer, code, &fault.params),
    }
}

/// A fault of a row, with a pointer into the body that it would have become.
#[must_use]
pub fn row_fault(fault: &RowFault) -> Fault {
    known(fault.pointer(), fault.code, &fault.params)
}

fn known(pointer: String, code: &str, params: &Params) -> Fault {
    // Every code has its words, as a test below holds.
    with(Fault::new(pointer, FaultCode::parse(code).unwrap_or(FaultCode::Inconsistent)), params)
}

/// With those particulars that the words speak of.
fn with(fault: Fault, params: &Params) -> Fault {
    let suggestion = params.get("suggestion").map(words);
    let fault =
        fault.code.particulars().filter_map(|name| params.get(name).map(|value| (name, words(value)))).fold(fault, |f, (name, value)| f.param(name, value));
    fault.suggest(suggestion)
}

fn words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    if text.chars().count() > MOST_CHARACTERS { text.chars().take(MOST_CHARACTERS).chain(['…']).collect() } else { text }
}

const fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

/// The reason of a stored fault, with what would be right.
#[must_use]
pub fn reason(told: &Told, locale: Locale) -> String {
    match (&told.suggestion, locale) {
        (None, _) => told.detail.clone(),
        (Some(suggestion), Locale::En) => format!("{} Did you mean {suggestion}?", told.detail),
        (Some(suggestion), Locale::ZhCn) => format!("{}是否应为 {suggestion}？", told.detail),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::integrations::import::mapping::{Entity, Mapping};

    #[test]
    fn every_fault_of_a_mapping_has_its_words() {
        let source = concat!(include_str!("mapping/parse.rs"), include_str!("mapping/source.rs"), include_str!("mapping.rs"));
        // The codes stand as the second of three in `fault(pointer, "code", …)`, or as the first in `wrong("code", …)`.
        let codes = ["no_source", "two_sources", "needs_column", "needs_values", "not_with_constant", "two_formats", "bad_date_format", "bad_number_format"]
            .into_iter()
            .chain(["bad_template", "unknown_filter", "bad_target", "unknown_target", "duplicate_column", "unknown_column", "required"])
            .chain(["wrong_width", "bad_date", "bad_number"]);
        for code in codes {
            assert!(source.contains(&format!("\"{code}\"")), "{code} is no longer said");
            assert!(FaultCode::parse(code).is_some(), "{code} has no words");
        }
    }

    #[test]
    fn particulars_are_told() {
        let mapping = json!({"entity": "orders", "fields": {"titel": {"column": 5}, "note": {"template": "{{ a | slugg }}"}}});
        let faults = Mapping::parse(&mapping, Entity::Orders.targets()).unwrap_err();
        let told: Vec<_> = faults.iter().map(|fault| mapping_fault(fault, &mapping)).collect();
        let find = |pointer: &str| told.iter().find(|fault| fault.pointer == pointer).unwrap();
        assert_eq!(find("/mapping/fields/titel").suggestion.as_deref(), Some("title"));
        assert_eq!(find("/mapping/fields/titel/column").params["got"], "a number");
        assert_eq!(find("/mapping/fields/note/template").params["filter"], "slugg");
    }
}
