//! Cursors: where a walk stands, opaque, with an authentication code over the caller, the sort and the filter they belong to.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::platform::db::sql::Value;
use crate::platform::db::{Id, UtcTime};
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets::Keys;

/// The last row that was given out: its sort value, where it has one, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub value: Option<Value>,
    pub id: Id,
}

/// Writes a place for one caller and question.
#[must_use]
pub fn encode(keys: &Keys, scope: &str, place: &Place) -> String {
    let value = match &place.value {
        None => Json::Null,
        Some(Value::Id(v)) => json!(["i", v.to_string()]),
        Some(Value::Text(v)) => json!(["t", v]),
        Some(Value::Number(v)) => json!(["n", v]),
        Some(Value::Time(v)) => json!(["m", v.0]),
        Some(Value::Date(v)) => json!(["d", v.to_string()]),
        Some(Value::Bool(v)) => json!(["b", v]),
    };
    let payload = json!([value, place.id.to_string()]).to_string();
    let code = keys.sign(format!("{scope}\u{0}{payload}").as_bytes());
    URL_SAFE_NO_PAD.encode([&code[..], payload.as_bytes()].concat())
}

/// Reads a place; anything but a cursor of ours, made for this caller and question, is refused alike.
pub fn decode(keys: &Keys, scope: &str, cursor: &str) -> Result<Place, Problem> {
    read(keys, scope, cursor).ok_or_else(|| Problem::new(Code::BadCursor))
}

fn read(keys: &Keys, scope: &str, cursor: &str) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (code, payload) = bytes.split_at_checked(16)?;
    let payload = std::str::from_utf8(payload).ok()?;
    if !keys.verify(format!("{scope}\u{0}{payload}").as_bytes(), code) {
        return None;
    }
    let (value, id): (Json, String) = serde_json::from_str(payload).ok()?;
    let value = match value.as_array() {
        None => None,
        Some(pair) => Some(match (pair.first()?.as_str()?, pair.get(1)?) {
            ("i", v) => Value::Id(Id::parse(v.as_str()?)?),
            ("t", v) => Value::Text(v.as_str()?.to_owned()),
            ("n", v) => Value::Number(v.as_i64()?),
            ("m", v) => Value::Time(UtcTime(v.as_i64()?)),
            ("d", v) => Value::Date(v.as_str()?.parse().ok()?),
            ("b", v) => Value::Bool(v.as_bool()?),
            _ => return None,
        }),
    };
    Some(Place { value, id: Id::parse(&id)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::clock::new_id;

    proptest! {
        #[test]
        fn a_cursor_reads_back_in_its_scope_alone(text in ".{0,30}", number in any::<i64>(), cut in 0_usize..40) {
            let keys = Keys::derive("cursor", "secret", None);
            for value in [None, Some(Value::Text(text.clone())), Some(Value::Number(number)), Some(Value::Time(UtcTime(number)))] {
                let place = Place { value, id: new_id() };
                let cursor = encode(&keys, "a", &place);
                prop_assert_eq!(decode(&keys, "a", &cursor).ok(), Some(place));
                prop_assert!(decode(&keys, "b", &cursor).is_err());
                let mut tampered = cursor.into_bytes();
                let at = cut % tampered.len();
                tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
                // The last character may carry bits that do not count; every other change is found.
                prop_assert!(at + 1 == tampered.len() || decode(&keys, "a", &String::from_utf8_lossy(&tampered)).is_err());
            }
        }
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            prop_assert!(decode(&Keys::derive("cursor", "secret", None), "a", &text).is_err());
        }
    }
}
