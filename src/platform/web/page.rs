//! Cursors: where a walk stands and which question it belongs to, opaque, with an authentication code.
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

/// What a cursor holds: where the walk stands, what it belongs to, and when its first page was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub scope: String,
    pub asked_at: UtcTime,
    pub place: Place,
}

/// Writes a place in a walk of one caller and question, its `scope`.
#[must_use]
pub fn encode(keys: &Keys, scope: &str, asked_at: UtcTime, place: &Place) -> String {
    let value = match &place.value {
        // No list is in the order of documents.
        None | Some(Value::Json(_)) => Json::Null,
        Some(Value::Id(v)) => json!(["i", v.to_string()]),
        Some(Value::Text(v)) => json!(["t", v]),
        Some(Value::Number(v)) => json!(["n", v]),
        Some(Value::Time(v)) => json!(["m", v.0]),
        Some(Value::Date(v)) => json!(["d", v.to_string()]),
        Some(Value::Bool(v)) => json!(["b", v]),
    };
    let payload = json!([scope, asked_at.0, value, place.id.to_string()]).to_string();
    let code = keys.sign(payload.as_bytes());
    URL_SAFE_NO_PAD.encode([&code[..], payload.as_bytes()].concat())
}

/// Reads a cursor; anything but one of ours is refused alike. Whether it belongs to the question is for the reader to compare.
pub fn decode(keys: &Keys, cursor: &str) -> Result<Cursor, Problem> {
    read(keys, cursor).ok_or_else(|| Problem::new(Code::BadCursor))
}

fn read(keys: &Keys, cursor: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (code, payload) = bytes.split_at_checked(16)?;
    if !keys.verify(payload, code) {
        return None;
    }
    let (scope, asked_at, value, id): (String, i64, Json, String) = serde_json::from_slice(payload).ok()?;
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
    Some(Cursor { scope, asked_at: UtcTime(asked_at), place: Place { value, id: Id::parse(&id)? } })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::clock::new_id;

    proptest! {
        #[test]
        fn a_cursor_reads_back_under_its_keys_alone(text in ".{0,30}", number in any::<i64>(), cut in 0_usize..40) {
            let keys = Keys::derive("cursor", "secret", None);
            for value in [None, Some(Value::Text(text.clone())), Some(Value::Number(number)), Some(Value::Time(UtcTime(number)))] {
                let place = Place { value, id: new_id() };
                let cursor = encode(&keys, "a", UtcTime(number), &place);
                prop_assert_eq!(decode(&keys, &cursor).ok(), Some(Cursor { scope: "a".into(), asked_at: UtcTime(number), place }));
                prop_assert!(decode(&Keys::derive("cursor", "other", None), &cursor).is_err());
                prop_assert!(decode(&Keys::derive("cursor", "new", Some("secret")), &cursor).is_ok());
                let mut tampered = cursor.into_bytes();
                let at = cut % tampered.len();
                tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
                // The last character may carry bits that do not count; every other change is found.
                prop_assert!(at + 1 == tampered.len() || decode(&keys, &String::from_utf8_lossy(&tampered)).is_err());
            }
        }
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            prop_assert!(decode(&Keys::derive("cursor", "secret", None), &text).is_err());
        }
    }
}
