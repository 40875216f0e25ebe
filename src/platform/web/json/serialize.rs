//! Writes an answer as JSON: to the byte what serde_json writes, in some half of its time. Half of a list are names of fields, which need no escapes and are copied as
//! they are; of texts it is looked up in one go whether they need any. Whatever else there is to write, serde_json writes.
use serde::Serialize;
use serde::ser::{self, Error as _, Serializer};
use serde_json::{Error, Value};

use super::NUMBER;
use crate::platform::db::others;

/// A value as JSON, in a text with room for so many bytes.
pub fn to_vec(value: &(impl Serialize + ?Sized), room: usize) -> Result<Vec<u8>, Error> {
    let mut text = Vec::with_capacity(room);
    write(&mut text, value)?;
    Ok(text)
}

/// A value as JSON.
pub fn to_string(value: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    String::from_utf8(to_vec(value, 0)?).map_err(Error::custom)
}

fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
    value.serialize(Json(out))
}

/// In the words of serde_json.
fn plainly(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
    serde_json::to_writer(out, value)
}

/// Whether a text is written as it is; without a way out, so that many bytes are looked at in one step.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'))
}

/// Writes a text that needs no escapes, as a text or as a name.
fn quote(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn write_text(out: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    if !is_plain(text) {
        return plainly(out, text);
    }
    quote(out, text);
    Ok(())
}

/// What holds others, begun: what ends it, and whether it holds none so far.
struct Within<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
    end: &'static [u8],
}

impl<'a> Within<'a> {
    fn begin(out: &'a mut Vec<u8>, begin: u8, end: &'static [u8]) -> Self {
        out.push(begin);
        Self { out, empty: true, end }
    }
    fn of_variant(out: &'a mut Vec<u8>, variant: &'static str, begin: u8, end: &'static [u8]) -> Self {
        out.push(b'{');
        quote(out, variant);
        out.push(b':');
        Self::begin(out, begin, end)
    }
    fn next(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
    }
    fn add(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        // The answer of a question may have many rows.
        others::step();
        self.next();
        write(self.out, value)
    }
    fn named(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        debug_assert!(is_plain(name), "a field's name with something to escape: {name}");
        self.next();
        quote(self.out, name);
        self.out.push(b':');
        write(self.out, value)
    }
    fn end(self) {
        self.out.extend_from_slice(self.end);
    }
}

macro_rules! plainly {
    ($($name:ident($value:ty)),*) => { $(fn $name(self, value: $value) -> Result<(), Error> { plainly(self.0, &value) })* };
}

/// Writes one value at the end of a text.
struct Json<'a>(&'a mut Vec<u8>);

impl<'a> Serializer for Json<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Within<'a>;
    type SerializeTuple = Within<'a>;
    type SerializeTupleStruct = Within<'a>;
    type SerializeTupleVariant = Within<'a>;
    type SerializeMap = Within<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Within<'a>;

    plainly!(serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64), serialize_u8(u8), serialize_u16(u16));
    plainly!(serialize_u32(u32), serialize_u64(u64), serialize_i128(i128), serialize_u128(u128), serialize_f32(f32), serialize_f64(f64), serialize_char(char));

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        write_text(self.0, text)
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        plainly(self.0, bytes)
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        write_text(self.0, variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, variant: &'static str, value: &T) -> Result<(), Error> {
        let mut whole = Within::begin(self.0, b'{', b"}");
        whole.named(variant, value)?;
        whole.end();
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Within<'a>, Error> {
        Ok(Within::begin(self.0, b'[', b"]"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Within<'a>, Error> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Within<'a>, Error> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Within<'a>, Error> {
        Ok(Within::of_variant(self.0, variant, b'[', b"]}"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Within<'a>, Error> {
        Ok(Within::begin(self.0, b'{', b"}"))
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'a>, Error> {
        Ok(if name == NUMBER { Fields::Digits(self.0) } else { Fields::Of(Within::begin(self.0, b'{', b"}")) })
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Within<'a>, Error> {
        Ok(Within::of_variant(self.0, variant, b'{', b"}}"))
    }
}

/// The fields of a type, or the digits of a number.
enum Fields<'a> {
    Of(Within<'a>),
    Digits(&'a mut Vec<u8>),
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match self {
            Self::Of(within) => within.named(name, value),
            Self::Digits(out) => match serde_json::to_value(value)? {
                Value::String(digits) => {
                    out.extend_from_slice(digits.as_bytes());
                    Ok(())
                }
                _ => Err(Error::custom("a number without digits")),
            },
        }
    }
    fn end(self) -> Result<(), Error> {
        if let Self::Of(within) = self {
            within.end();
        }
        Ok(())
    }
}
impl ser::SerializeStructVariant for Within<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.named(name, value)
    }
    fn end(self) -> Result<(), Error> {
        Within::end(self);
        Ok(())
    }
}
impl ser::SerializeMap for Within<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next();
        let begin = self.out.len();
        write(self.out, key)?;
        match self.out.get(begin) {
            Some(b'"') => {}
            None | Some(b'n' | b'[' | b'{') => return Err(Error::custom("a key that is no text")),
            // What is no text but can be a name stands between quotes, too.
            Some(_) => {
                self.out.insert(begin, b'"');
                self.out.push(b'"');
            }
        }
        self.out.push(b':');
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        write(self.out, value)
    }
    fn end(self) -> Result<(), Error> {
        Within::end(self);
        Ok(())
    }
}
macro_rules! row {
    ($($kind:ident, $add:ident);*) => { $(impl ser::$kind for Within<'_> {
        type Ok = ();
        type Error = Error;
        fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
            self.add(value)
        }
        fn end(self) -> Result<(), Error> {
            Within::end(self);
            Ok(())
        }
    })* };
}
row!(SerializeSeq, serialize_element; SerializeTuple, serialize_element; SerializeTupleStruct, serialize_field; SerializeTupleVariant, serialize_field);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, Serialize)]
    struct Unit;
    #[derive(Clone, Debug, Serialize)]
    struct Whole(i64);
    #[derive(Clone, Debug, Serialize)]
    struct Pair(char, f64);
    #[derive(Clone, Debug, Serialize)]
    enum Kind {
        Bare,
        One(String),
        Two(u8, Option<bool>),
        Named { text: String, none: Option<u128> },
        Empty {},
    }
    #[derive(Clone, Debug, Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Some { at: f32 },
        Without,
    }
    #[derive(Clone, Debug, Serialize)]
    struct Record {
        id: i128,
        #[serde(rename = "type")]
        kind: Kind,
        #[serde(skip_serializing_if = "Option::is_none")]
        tagged: Option<Tagged>,
        whole: Whole,
        pair: Pair,
        unit: Unit,
        nothing: (),
        numbers: BTreeMap<i32, Vec<Pair>>,
        truths: BTreeMap<bool, char>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
        value: Value,
    }

    fn value() -> impl Strategy<Value = Value> {
        let digits = "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?".prop_map(|digits| serde_json::from_str::<Value>(&digits).unwrap());
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), any::<i64>().prop_map(Value::from), digits, ".*".prop_map(Value::from)];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![vec(inner.clone(), 0..8).prop_map(Value::from), vec((".*", inner), 0..8).prop_map(|all| Value::Object(all.into_iter().collect()))]
        })
    }

    fn kind() -> impl Strategy<Value = Kind> {
        let named = (".*", any::<Option<u128>>()).prop_map(|(text, none)| Kind::Named { text, none });
        let two = any::<(u8, Option<bool>)>().prop_map(|(number, truth)| Kind::Two(number, truth));
        prop_oneof![Just(Kind::Bare), ".*".prop_map(Kind::One), two, named, Just(Kind::Empty {})]
    }

    fn record() -> impl Strategy<Value = Record> {
        let pair = || any::<(char, f64)>().prop_map(|(letter, number)| Pair(letter, number));
        let tagged = option::of(prop_oneof![any::<f32>().prop_map(|at| Tagged::Some { at }), Just(Tagged::Without)]);
        let numbers = vec((any::<i32>(), vec(pair(), 0..3)), 0..3).prop_map(BTreeMap::from_iter);
        let truths = vec(any::<(bool, char)>(), 0..3).prop_map(BTreeMap::from_iter);
        let rest = vec((".*", value()), 0..3).prop_map(BTreeMap::from_iter);
        (any::<i128>(), kind(), tagged, any::<i64>(), pair(), numbers, truths, rest, value()).prop_map(
            |(id, kind, tagged, whole, pair, numbers, truths, rest, value)| Record {
                id,
                kind,
                tagged,
                whole: Whole(whole),
                pair,
                unit: Unit,
                nothing: (),
                numbers,
                truths,
                rest,
                value,
            },
        )
    }

    proptest! {
        #[test]
        fn it_writes_what_serde_json_writes(all in vec(record(), 0..3)) {
            prop_assert_eq!(to_string(&all).unwrap(), serde_json::to_string(&all).unwrap());
        }
    }

    #[test]
    fn every_byte_is_escaped_where_it_must_be() {
        for letter in (0..=0x2fff).filter_map(char::from_u32) {
            for text in [letter.to_string(), format!("{letter}a"), format!("seven and twenty letters: {letter}"), format!("{letter} and sixteen more")] {
                assert_eq!(to_string(&text).unwrap(), serde_json::to_string(&text).unwrap());
            }
        }
    }

    #[test]
    fn a_key_that_is_no_text_is_refused() {
        let keyed = BTreeMap::from([(vec![1], 2)]);
        assert!(serde_json::to_string(&keyed).is_err());
        assert!(to_string(&keyed).is_err());
        assert_eq!(to_string(&json!({"a": {}, "b": []})).unwrap(), r#"{"a":{},"b":[]}"#);
    }
}
