//! Column types with a native form in each database: ids are `uuid` / BLOB, times `timestamptz` / INTEGER microseconds, days `date` / TEXT, JSON `jsonb` / TEXT.
use std::fmt;
use std::io::Write;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Timelike as _, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Date, HasSqlType, SqlType};
use diesel::sqlite::Sqlite;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::connection::MultiBackend;
use crate::platform::decimal::{Decimal, write_digits};

/// Declares a column type: SQL type, Rust type, PostgreSQL oids, SQLite type.
macro_rules! column_type {
    ($sql:ident, $rust:ty, $oid:literal, $array_oid:literal, $sqlite:literal) => {
        #[derive(Clone, Copy, Debug, SqlType, QueryId)]
        #[diesel(postgres_type(oid = $oid, array_oid = $array_oid))]
        #[diesel(sqlite_type(name = $sqlite))]
        pub struct $sql;
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(b: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                b.from_sql::<$rust, $sql>()
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value(($sql, self));
                Ok(IsNull::No)
            }
        }
    };
}

/// The id of a record: a UUID of version 7, so that ids sort by the time they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlId)]
pub struct Id(pub uuid::Uuid);
column_type!(SqlId, Id, 2950, 2951, "Binary");

impl Id {
    /// Reads the text form; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Only the hyphenated form: one record has one address.
        (text.len() == 36).then(|| uuid::Uuid::try_parse(text).ok()).flatten().map(Self)
    }
}
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
    }
}
impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                Id::parse(text).ok_or_else(|| E::custom("no id"))
            }
        }
        // Without a text of its own, for there are many.
        from.deserialize_str(Text)
    }
}
impl FromSql<SqlId, Pg> for Id {
    fn from_sql(b: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(uuid::Uuid::from_slice(b.as_bytes())?))
    }
}
impl ToSql<SqlId, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlId, Sqlite> for Id {
    fn from_sql(mut b: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(uuid::Uuid::from_slice(b.read_blob())?))
    }
}
impl ToSql<SqlId, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

/// A moment in microseconds since the Unix epoch, UTC: what both databases keep, and all that the API promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlTime)]
pub struct UtcTime(pub i64);
column_type!(SqlTime, UtcTime, 1184, 1185, "Long");
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000; // 2000-01-01

impl UtcTime {
    /// The same moment as a chrono value.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
    /// This moment and `seconds` more.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}
impl From<DateTime<Utc>> for UtcTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}
impl UtcTime {
    /// Its text, digit by digit, for every answer has many; none outside the years that have four digits.
    fn text(self) -> Option<[u8; 27]> {
        let time = self.to_chrono().naive_utc();
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        text[..10].copy_from_slice(&day_text(time.date())?);
        let parts = [(11..13, time.hour()), (14..16, time.minute()), (17..19, time.second()), (20..26, time.and_utc().timestamp_subsec_micros())];
        for (place, number) in parts {
            write_digits(&mut text[place], u64::from(number));
        }
        Some(text)
    }
}
impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(str::from_utf8(&text).unwrap_or_default()),
            None => f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::Micros, true)),
        }
    }
}
impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text() {
            Some(text) => serializer.serialize_str(str::from_utf8(&text).unwrap_or_default()),
            None => serializer.collect_str(self),
        }
    }
}
impl FromSql<SqlTime, Pg> for UtcTime {
    fn from_sql(b: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(i64::from_be_bytes(b.as_bytes().try_into()?) + PG_EPOCH_MICROS))
    }
}
impl ToSql<SqlTime, Pg> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0 - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlTime, Sqlite> for UtcTime {
    fn from_sql(b: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<i64 as FromSql<BigInt, Sqlite>>::from_sql(b)?))
    }
}
impl ToSql<SqlTime, Sqlite> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

// The days of an order, as Diesel keeps them: on SQLite they are read and written digit by digit, for every list has many and a pattern takes several times as long.
column_type!(SqlDate, NaiveDate, 1082, 1182, "Text");

/// The text of a day, digit by digit; none outside the years that have four digits.
fn day_text(day: NaiveDate) -> Option<[u8; 10]> {
    let year = u64::try_from(day.year()).ok().filter(|year| *year <= 9_999)?;
    let mut text = *b"0000-00-00";
    for (place, number) in [(0..4, year), (5..7, day.month().into()), (8..10, day.day().into())] {
        write_digits(&mut text[place], number);
    }
    Some(text)
}
/// The day of a text that has four digits, two and two; none for any other.
fn read_day(text: &str) -> Option<NaiveDate> {
    let number = |digits: &[u8]| digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')));
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let year = (year.len() == 4).then(|| number(year)).flatten()?;
    NaiveDate::from_ymd_opt(year.try_into().ok()?, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
}
/// Writes a day that there may be, for every order has three.
pub fn serialize_day<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
    match day.map(day_text) {
        Some(Some(text)) => serializer.serialize_str(str::from_utf8(&text).unwrap_or_default()),
        _ => day.serialize(serializer),
    }
}
impl FromSql<SqlDate, Pg> for NaiveDate {
    fn from_sql(b: PgValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Date, Pg>>::from_sql(b)
    }
}
impl ToSql<SqlDate, Pg> for NaiveDate {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <Self as ToSql<Date, Pg>>::to_sql(self, out)
    }
}
impl FromSql<SqlDate, Sqlite> for NaiveDate {
    fn from_sql(mut b: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match read_day(b.read_text()) {
            Some(day) => Ok(day),
            None => <Self as FromSql<Date, Sqlite>>::from_sql(b),
        }
    }
}
impl ToSql<SqlDate, Sqlite> for NaiveDate {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let Some(text) = day_text(*self) else { return <Self as ToSql<Date, Sqlite>>::to_sql(self, out) };
        out.set_value(str::from_utf8(&text).unwrap_or_default().to_owned());
        Ok(IsNull::No)
    }
}

/// A JSON document that is read whole and never queried.
#[derive(Clone, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlJson)]
pub struct Json(pub serde_json::Value);
column_type!(SqlJson, Json, 3802, 3807, "Text");

impl Json {
    /// Any value that serializes; a value that cannot becomes null.
    pub fn of(value: &impl Serialize) -> Self {
        Self(serde_json::to_value(value).unwrap_or_default())
    }
    /// The document as a type, whose texts are its own; its default where the shape is another.
    #[must_use]
    pub fn into_typed<T: DeserializeOwned + Default>(self) -> T {
        T::deserialize(self.0).unwrap_or_default()
    }
    /// Reads the document as a type; its default where the shape is another.
    #[must_use]
    pub fn to<T: serde::de::DeserializeOwned + Default>(&self) -> T {
        T::deserialize(&self.0).unwrap_or_default()
    }
}

/// The text behind the version of jsonb's binary form, which is the first byte.
fn text_of<'b>(value: &'b PgValue<'_>) -> &'b [u8] {
    value.as_bytes().get(1..).unwrap_or_default()
}
impl FromSql<SqlJson, Pg> for Json {
    fn from_sql(b: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(text_of(&b))?))
    }
}
impl ToSql<SqlJson, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlJson, Sqlite> for Json {
    fn from_sql(mut b: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(match b.read_text() {
            // What most hold, and what takes as long to read as something.
            "{}" => serde_json::Value::Object(serde_json::Map::new()),
            "[]" => serde_json::Value::Array(Vec::new()),
            text => serde_json::from_str(text)?,
        }))
    }
}
impl ToSql<SqlJson, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

/// A JSON document that is read as a type at once, without a tree of values between.
#[derive(Clone, Debug, FromSqlRow)]
pub struct JsonAs<T>(pub T);

impl<T: DeserializeOwned> FromSql<SqlJson, MultiBackend> for JsonAs<T> {
    fn from_sql(b: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        b.from_sql::<Self, SqlJson>()
    }
}
impl<T: DeserializeOwned> FromSql<SqlJson, Pg> for JsonAs<T> {
    fn from_sql(b: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(text_of(&b))?))
    }
}
impl<T: DeserializeOwned> FromSql<SqlJson, Sqlite> for JsonAs<T> {
    fn from_sql(mut b: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(b.read_text())?))
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Decimal
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(b: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(b).map(Self)
    }
}
impl<DB: Backend> ToSql<BigInt, DB> for Decimal
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How ids and times look on the wire: a string of a format and length.
macro_rules! wire_string {
    ($rust:ty, $name:literal, $format:literal, $most:literal, $example:literal) => {
        impl utoipa::PartialSchema for $rust {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::SchemaType::new(utoipa::openapi::schema::Type::String))
                    .format(Some(utoipa::openapi::SchemaFormat::Custom($format.into())))
                    .max_length(Some($most))
                    .examples([$example])
                    .into()
            }
        }
        impl utoipa::ToSchema for $rust {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}
wire_string!(Id, "Id", "uuid", 36, "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e");
wire_string!(UtcTime, "UtcTime", "date-time", 27, "2026-11-23T08:00:00.000000Z");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_is_no_day_is_read_as_none() {
        for text in ["", "2026-11-2", "2026-11-023", "2026-02-30", "2026-13-01", "2026-00-01", "2026/11/23", "+026-11-23", "2026-11-2x", "二026-1-1"] {
            assert_eq!(read_day(text), None, "{text}");
        }
    }

    proptest! {
        /// What is written digit by digit is what chrono writes, and is read again.
        #[test]
        fn days_and_times_are_written_and_read_as_chrono_does(seconds in -80_000_000_000_i64..400_000_000_000, micros in 0..1_000_000_i64) {
            let time = UtcTime(seconds * 1_000_000 + micros);
            prop_assert_eq!(time.to_string(), time.to_chrono().to_rfc3339_opts(SecondsFormat::Micros, true));
            let day = time.to_chrono().date_naive();
            let written = day_text(day).map(|text| String::from_utf8_lossy(&text).into_owned());
            prop_assert_eq!(&written, &(0..=9_999).contains(&day.year()).then(|| day.to_string()));
            prop_assert_eq!(written.and_then(|text| read_day(&text)), Some(day).filter(|day| (0..=9_999).contains(&day.year())));
        }
    }
}
