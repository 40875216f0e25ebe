//! Decoding that collects faults instead of stopping at the first, and remembers which places could not be read, so that rules skip them.
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::text;

/// The faults found so far.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Those that were found elsewhere.
    #[must_use]
    pub const fn of(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }
    pub fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.0.extend(faults);
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.0
    }
    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
    /// Fails with all faults, if there are any.
    pub fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// A body that was read as far as possible, and what was wrong with it. The faults are raised by the service, after rights, version and state.
#[derive(Clone, Debug)]
pub struct Decoded<T> {
    pub value: T,
    pub faults: Faults,
}

/// A type that can be read from JSON.
pub trait Decode: Sized {
    /// Reads a value that is there; on `None` at least one fault was added.
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self>;
    /// What stands for a value that is not there.
    fn absent(at: &str, faults: &mut Faults) -> Option<Self> {
        faults.add(Fault::new(at, FaultCode::Required));
        None
    }
}

/// A field of an object: absent, null, a value, or something that could not be read (and was faulted).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    #[default]
    Absent,
    Null,
    Value(T),
    Unreadable,
}

impl<T> Given<T> {
    /// Whether the field was sent at all.
    pub const fn is_given(&self) -> bool {
        !matches!(self, Self::Absent)
    }
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable)
    }
    /// The value, where there is one.
    pub fn value(self) -> Option<T> {
        if let Self::Value(v) = self { Some(v) } else { None }
    }
    pub const fn as_ref(&self) -> Option<&T> {
        if let Self::Value(v) = self { Some(v) } else { None }
    }
    /// What is absent stands for nothing, as where a record is replaced whole.
    #[must_use]
    pub fn or_null(self) -> Self {
        if matches!(self, Self::Absent) { Self::Null } else { self }
    }
    /// The same with another form of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Value(v) => Given::Value(change(v)),
            Self::Unreadable => Given::Unreadable,
        }
    }
    /// What a field that cannot be cleared is after a merge patch: null is a fault.
    pub fn or_kept(self, current: T, at: &str, faults: &mut Faults) -> T {
        match self {
            Self::Value(v) => v,
            Self::Null => {
                faults.add(Fault::new(at, FaultCode::Required));
                current
            }
            Self::Absent | Self::Unreadable => current,
        }
    }
    /// What the field is after a merge patch: null clears, absent (and unreadable) leaves.
    pub fn or(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent | Self::Unreadable => current,
            Self::Null => None,
            Self::Value(v) => Some(v),
        }
    }
}

impl<T: Decode> Decode for Given<T> {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        Some(if value.is_null() { Self::Null } else { T::decode(value, at, faults).map_or(Self::Unreadable, Self::Value) })
    }
    fn absent(_: &str, _: &mut Faults) -> Option<Self> {
        Some(Self::Absent)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::decode(value, at, faults).map(Some) }
    }
    fn absent(_: &str, _: &mut Faults) -> Option<Self> {
        Some(None)
    }
}

/// A field that must be there. Where it is not, or cannot be read, it is faulted and nothing stands in its place, so that a replacing PUT
/// still meets version and state before its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needed<T>(pub Option<T>);

impl<T> Needed<T> {
    /// The value, where it could be read.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}
impl<T> From<Needed<T>> for Given<T> {
    fn from(needed: Needed<T>) -> Self {
        needed.0.map_or(Self::Unreadable, Self::Value)
    }
}
impl<T: Decode> Decode for Needed<T> {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        Some(Self(T::decode(value, at, faults)))
    }
    fn absent(at: &str, faults: &mut Faults) -> Option<Self> {
        Some(Self(T::absent(at, faults)))
    }
}
impl<T: ToSchema> PartialSchema for Needed<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}
impl<T: ToSchema> ToSchema for Needed<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        T::name()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl Decode for bool {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        value.as_bool().or_else(|| wrong_type(value, "a boolean", at, faults))
    }
}

/// An array of at most `MOST` items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T, const MOST: usize>(pub Vec<T>);

impl<T: Decode, const MOST: usize> Decode for List<T, MOST> {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(items) = value.as_array() else { return wrong_type(value, "an array", at, faults) };
        if items.len() > MOST {
            faults.add(Fault::new(at, FaultCode::TooMany).param("max", MOST));
            return None;
        }
        let read: Vec<_> = items.iter().enumerate().filter_map(|(i, item)| T::decode(item, &format!("{at}/{i}"), faults)).collect();
        (read.len() == items.len()).then_some(Self(read))
    }
}
impl<T: ToSchema, const MOST: usize> PartialSchema for List<T, MOST> {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::ArrayBuilder::new().items(reference::<T>()).max_items(Some(MOST)).into()
    }
}
impl<T: ToSchema, const MOST: usize> ToSchema for List<T, MOST> {
    /// A name of its own for each kind of array; the document puts the array where it is used.
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{ARRAY}{MOST}{}", T::name()).into()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
/// In front of the names of schemas that are arrays.
pub const ARRAY: &str = "ArrayOf";

fn reference<T: ToSchema>() -> RefOr<Schema> {
    utoipa::openapi::Ref::from_schema_name(T::name()).into()
}

/// Adds the fault of a wrong JSON type.
pub fn wrong_type<T>(value: &Value, expected: &'static str, at: &str, faults: &mut Faults) -> Option<T> {
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    faults.add(Fault::new(at, FaultCode::WrongType).param("expected", expected).param("got", got));
    None
}

/// The fields of one object, taken one by one; what is left over at the end is unknown.
pub struct Fields<'a, 'f> {
    object: &'a Map<String, Value>,
    at: &'a str,
    known: Vec<&'static str>,
    pub faults: &'f mut Faults,
}

impl<'a, 'f> Fields<'a, 'f> {
    /// Begins to read an object; a fault where the value is none.
    pub fn of(value: &'a Value, at: &'a str, faults: &'f mut Faults) -> Option<Self> {
        match value.as_object() {
            Some(object) => Some(Self { object, at, known: Vec::new(), faults }),
            None => wrong_type(value, "an object", at, faults),
        }
    }
    /// Takes a field.
    pub fn take<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        self.known.push(name);
        let at = format!("{}/{name}", self.at);
        match self.object.get(name) {
            Some(value) => T::decode(value, &at, self.faults),
            None => T::absent(&at, self.faults),
        }
    }
    /// Faults what nobody took: fields of ours that are read only, and unknown ones, with the nearest known name.
    pub fn finish(self, read_only: &[&str]) {
        for name in self.object.keys().filter(|name| !self.known.contains(&name.as_str())) {
            let at = format!("{}/{}", self.at, escape(name));
            self.faults.add(if read_only.contains(&name.as_str()) {
                Fault::new(at, FaultCode::ReadOnly)
            } else {
                let nearest = text::nearest(name, self.known.iter().copied(), 1).pop();
                Fault::new(at, FaultCode::UnknownField).param("known", self.known.join(", ")).suggest(nearest)
            });
        }
    }
}

/// A name as a part of a JSON pointer.
#[must_use]
pub fn escape(name: &str) -> String {
    name.chars().take(200).collect::<String>().replace('~', "~0").replace('/', "~1")
}

/// Declares a body: its struct, its decoding and its schema in one. Fields under `need` must be there, else the whole is refused at once;
/// those under `must` as well, but each is held as [`Needed`], so that the service decides when; those under `may` may be absent or null.
#[macro_export]
macro_rules! body {
    ($(#[$meta:meta])* $name:ident $(read_only $read_only:expr)? ; $(must { $($(#[$um:meta])* $must:ident : $ut:ty),* $(,)? })? need { $($(#[$nm:meta])* $need:ident : $nt:ty),* $(,)? } may { $($(#[$mm:meta])* $may:ident : $mt:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, utoipa::ToSchema)]
        #[allow(dead_code)]
        pub struct $name {
            $($($(#[$um])* #[schema(value_type = $ut)] pub $must: $crate::platform::web::decode::Needed<$ut>,)*)?
            $($(#[$nm])* #[schema(value_type = $nt)] pub $need: $nt,)*
            $($(#[$mm])* #[schema(value_type = Option<$mt>)] pub $may: $crate::platform::web::Given<$mt>,)*
        }
        impl $crate::platform::web::Decode for $name {
            fn decode(value: &serde_json::Value, at: &str, faults: &mut $crate::platform::web::Faults) -> Option<Self> {
                #[allow(unused_mut)]
                let mut fields = $crate::platform::web::decode::Fields::of(value, at, faults)?;
                $($(let $must = fields.take::<$crate::platform::web::decode::Needed<$ut>>(stringify!($must));)*)?
                $(let $need = fields.take::<$nt>(stringify!($need));)*
                $(let $may = fields.take::<$crate::platform::web::Given<$mt>>(stringify!($may));)*
                #[allow(unused_mut, unused_assignments)]
                let mut read_only: &[&str] = &[];
                $(read_only = $read_only;)?
                fields.finish(read_only);
                Some(Self { $($($must: $must?,)*)? $($need: $need?,)* $($may: $may?,)* })
            }
        }
        impl $name {
            /// The names of the fields that may be sent.
            #[allow(dead_code)]
            pub const FIELDS: &'static [&'static str] = &[$($(stringify!($must),)*)? $(stringify!($need),)* $(stringify!($may)),*];
        }
    };
}
