//! Reads a JSON text exactly: numbers stay as they were written, a doubled key, too much depth and an unreadable text are refused.
pub mod serialize;

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::platform::problem::{Code, Problem};

/// How deep objects and arrays may nest.
const MOST_DEPTH: usize = 64;
/// The key under which serde_json hands over a number with its own digits.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads one JSON value from UTF-8 bytes.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let malformed = |reason: String| Problem::new(Code::MalformedJson).param("reason", reason);
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(malformed("it begins with a byte order mark".into()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|e| malformed(plain(&e)))?;
    reader.end().map_err(|e| malformed(plain(&e)))?;
    Ok(value)
}

/// The reason without serde's own terms; input is not repeated, for it may be long or hostile.
fn plain(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    if reason.contains("surrogate") || reason.contains("unicode") {
        format!("an invalid Unicode escape at line {} column {}", error.line(), error.column())
    } else {
        reason
    }
}

struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict {
    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth < MOST_DEPTH { Ok(Self { depth: self.depth + 1 }) } else { Err(E::custom(format_args!("nested deeper than {MOST_DEPTH}"))) }
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == NUMBER && object.is_empty() {
                return map.next_value::<String>()?.parse::<Number>().map(Value::Number).map_err(de::Error::custom);
            }
            let value = map.next_value_seed(self.deeper()?)?;
            if object.insert(key.clone(), value).is_some() {
                let shown: String = key.chars().take(60).collect();
                return Err(de::Error::custom(format_args!("the key {shown:?} stands twice")));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let value = parse(br#"{"a": 1299.50, "b": 1e400, "c": -0, "d": [18446744073709551616]}"#).unwrap();
        // The exponent gets its sign written out; the value is the same.
        assert_eq!(value.to_string(), r#"{"a":1299.50,"b":1e+400,"c":-0,"d":[18446744073709551616]}"#);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "{} x", r#"{"a":1,"a":2}"#, "\u{feff}{}", r#"{"a":"\ud800"}"#, deep.as_str(), "NaN", "{'a':1}"] {
            assert_eq!(parse(text.as_bytes()).map_err(|p| p.code()), Err(Code::MalformedJson), "{}", &text[..text.len().min(20)]);
        }
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(parse(format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
