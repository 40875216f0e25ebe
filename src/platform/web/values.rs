//! Value types: each brings its own decoding, check and schema, so that document, refusal and column never disagree.
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::body::decode;
use super::decode::{Decode, Faults, Fields, Given, wrong_type};
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal::{self, Decimal, DecimalError};
use crate::platform::problem::{Fault, FaultCode, Labels, Locale, Problem};
use crate::platform::text;

/// Declares a text type: name, least and most characters, whether it may have several lines.
macro_rules! text_type {
    ($($(#[$meta:meta])* $name:ident $least:literal $most:literal $multiline:literal $example:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        pub struct $name(pub String);
        impl Decode for $name {
            fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
                decode_text(value, at, faults, $least, $most, $multiline).map(Self)
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                string().min_length(Some($least)).max_length(Some($most)).pattern(Some(pattern($multiline))).examples([$example]).into()
            }
        }
        impl ToSchema for $name {}
        impl $name {
            pub const MOST: usize = $most;
        }
    )*};
}

text_type! {
    /// The title of an order. Its length is a matter of the standard too, which may ask for less.
    Title 1 500 false "Spring refit, Shanghai plant";
    /// A name of a person, company, team or product.
    Name 1 200 false "上海华为技术有限公司";
    /// A note of several lines.
    Note 1 4000 true "Wants delivery before the trade fair.";
    /// One line that describes something.
    Line 1 500 false "With mounting kit";
    /// A short code or word: category, industry, region, unit, stage, reason.
    Word 1 100 false "machinery";
    /// The organisation's name; empty until somebody gives it.
    OrganisationName 0 200 false "华东智能装备";
    /// A tag.
    Tag 1 50 false "refit";
    /// A phone number as written.
    Phone 1 50 false "+86 21 5555 0100";
    /// What a company calls a product in its books.
    Sku 1 100 false "GTX-PRO";
    /// The name of another system, or a record's id in it.
    ExternalPart 1 200 false "shop-4711";
    /// A JSON pointer.
    PointerText 1 500 false "/lines/0/unit_price";
    /// A refresh token.
    TokenText 1 200 false "kJ2c…";
    /// A password as typed.
    PasswordText 1 1000 false "correct horse battery";
}

/// What `text::clean` lets pass: no control characters but white space at the ends, and line breaks and tabs within where there may be lines.
const fn pattern(multiline: bool) -> &'static str {
    if multiline { r"^\s*[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*\s*$" } else { r"^\s*[^\u0000-\u001f\u007f-\u009f]*\s*$" }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn decode_text(value: &Value, at: &str, faults: &mut Faults, least: usize, most: usize, multiline: bool) -> Option<String> {
    let Some(raw) = value.as_str() else { return wrong_type(value, "a string", at, faults) };
    let Ok(clean) = text::clean(raw, multiline) else {
        faults.add(Fault::new(at, FaultCode::ControlCharacter));
        return None;
    };
    let length = clean.chars().count();
    if length < least {
        faults.add(Fault::new(at, FaultCode::TooShort).param("min", least));
        return None;
    }
    // As sent, too: the document knows of no trimming.
    if length.max(raw.chars().count()) > most {
        faults.add(Fault::new(at, FaultCode::TooLong).param("max", most));
        return None;
    }
    Some(clean)
}

/// Declares a type that is read from a short text by a function.
macro_rules! parsed_type {
    ($($(#[$meta:meta])* $name:ident($inner:ty) $fault:ident $most:literal $parse:expr, $schema:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);
        impl Decode for $name {
            fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
                let text = decode_text(value, at, faults, 1, $most, false)?;
                let parse: fn(&str) -> Option<$inner> = $parse;
                let read = parse(&text);
                if read.is_none() {
                    faults.add(Fault::new(at, FaultCode::$fault));
                }
                read.map(Self)
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let build: fn(ObjectBuilder) -> ObjectBuilder = $schema;
                build(string()).into()
            }
        }
        impl ToSchema for $name {}
    )*};
}

fn format(name: &str) -> utoipa::openapi::SchemaFormat {
    utoipa::openapi::SchemaFormat::Custom(name.into())
}

parsed_type! {
    /// The id of a record.
    RecordId(Id) NotAnId 100 Id::parse, |s| s.format(Some(format("uuid"))).max_length(Some(36));
    /// An e-mail address.
    Email(String) NotAnEmail 254 parse_email, |s| s.format(Some(format("email"))).max_length(Some(254)).examples(["li.na@example.com"]);
    /// A currency code of ISO 4217.
    CurrencyCode(String) NotACurrency 3 |t| decimal::is_currency(t).then(|| t.to_owned()), |s| s.pattern(Some("^[A-Z]{3}$")).max_length(Some(3)).examples(["CNY"]);
    /// What records keep of an item of the settings.
    ItemCode(String) NotACode 50 parse_code, |s| s.pattern(Some("^[a-z0-9_]{1,50}$")).max_length(Some(50)).examples(["negotiation"]);
    /// A calendar date.
    Day(NaiveDate) NotADate 10 parse_date, |s| s.format(Some(format("date"))).max_length(Some(10)).examples(["2027-03-31"]);
    /// A moment; an offset is taken, UTC is kept.
    Moment(UtcTime) NotATime 40 parse_time, |s| s.format(Some(format("date-time"))).max_length(Some(40)).examples(["2026-11-23T08:00:00Z"]);
    /// An IANA time zone.
    Zone(Tz) NotAZone 60 |t| t.parse().ok(), |s| s.max_length(Some(60)).examples(["Asia/Shanghai"]);
    /// A language of the service.
    Language(Locale) NotALocale 10 |t| [Locale::En, Locale::ZhCn].into_iter().find(|l| l.as_str() == t), |s| s.enum_values(Some(["en", "zh-CN"]));
}

fn parse_code(text: &str) -> Option<String> {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_').then(|| text.to_owned())
}

fn parse_email(text: &str) -> Option<String> {
    validator::ValidateEmail::validate_email(&text).then(|| text.to_owned())
}

/// Both languages are needed.
impl Decode for Labels {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(value, at, faults)?;
        let (en, zh_cn) = (fields.take::<Line>("en"), fields.take::<Line>("zh-CN"));
        fields.finish(&[]);
        Some(Self { en: en?.0, zh_cn: zh_cn?.0 })
    }
}

/// Reads a date of exactly ten characters.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let sound = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    sound.then(|| text.parse::<NaiveDate>().ok()).flatten().filter(|d| chrono::Datelike::year(d) >= 1)
}

/// Reads an RFC 3339 moment and cuts it to microseconds; only years 1 to 9999.
#[must_use]
pub fn parse_time(text: &str) -> Option<UtcTime> {
    use chrono::Datelike;
    let time: UtcTime = chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc().into();
    // A leap second is the first of the next minute, which may be another year's.
    let years = chrono::DateTime::from_timestamp_micros(time.0)?.year();
    (1..=9999).contains(&years).then_some(time)
}

/// Declares a decimal type with bounds in ten-thousandths.
macro_rules! decimal_type {
    ($($(#[$meta:meta])* $name:ident $least:expr, $most:expr, $example:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub Decimal);
        impl Decode for $name {
            fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
                decode_decimal(value, at, faults, Decimal($least), Decimal($most)).map(Self)
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
                    .pattern(Some(r"^-?\d{1,12}(\.\d{1,4})?$"))
                    .max_length(Some(18))
                    .examples([$example])
                    .into()
            }
        }
        impl ToSchema for $name {}
    )*};
}

decimal_type! {
    /// An amount or price; the currency stands beside it.
    Money -decimal::MOST, decimal::MOST, "4821.00";
    /// A price in a price list: never below 0.
    Price 0, decimal::MOST, "4821.00";
    /// How much of something.
    Quantity -decimal::MOST, decimal::MOST, "2";
    /// A share from 0 to 1.
    Rate 0, decimal::SCALE, "0.05";
}

fn decode_decimal(value: &Value, at: &str, faults: &mut Faults, least: Decimal, most: Decimal) -> Option<Decimal> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return wrong_type(value, "a decimal string or a number", at, faults),
    };
    // A short fault for a long text: what was sent is not repeated.
    let fault = match Decimal::parse(&text) {
        Ok(d) if d < least => Fault::new(at, FaultCode::BelowMinimum).param("min", least),
        Ok(d) if d > most => Fault::new(at, FaultCode::AboveMaximum).param("max", most),
        Ok(d) => return Some(d),
        Err(DecimalError::Malformed) => Fault::new(at, FaultCode::NotADecimal),
        Err(DecimalError::TooManyPlaces) => Fault::new(at, FaultCode::TooManyDecimals).param("max", 4),
        Err(DecimalError::OutOfRange) if text.starts_with('-') => Fault::new(at, FaultCode::BelowMinimum).param("min", Decimal(-decimal::MOST)),
        Err(DecimalError::OutOfRange) => Fault::new(at, FaultCode::AboveMaximum).param("max", Decimal(decimal::MOST)),
    };
    faults.add(fault);
    None
}

/// Declares a closed set of words for requests.
#[macro_export]
macro_rules! word_type {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident $word:literal),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),* }
        impl $name {
            pub const WORDS: &'static [&'static str] = &[$($word),*];
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),* } }
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)* _ => None } }
        }
        impl $crate::platform::web::Decode for $name {
            fn decode(value: &serde_json::Value, at: &str, faults: &mut $crate::platform::web::Faults) -> Option<Self> {
                $crate::platform::web::values::decode_word(value, at, faults, Self::WORDS).and_then(|w| Self::parse(&w))
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::SchemaType::new(utoipa::openapi::schema::Type::String))
                    .enum_values(Some(Self::WORDS.iter().copied()))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

/// Reads a word of a closed set; a word that is none of them is refused with the nearest.
pub fn decode_word(value: &Value, at: &str, faults: &mut Faults, words: &[&str]) -> Option<String> {
    let word = decode_text(value, at, faults, 1, 100, false)?;
    if words.contains(&word.as_str()) {
        return Some(word);
    }
    faults.add(Fault::new(at, FaultCode::NotOneOf).param("allowed", words.join(", ")).suggest(text::nearest(&word, words.iter().copied(), 1).pop()));
    None
}

word_type! {
    /// How much the customer means it.
    IntentLevel { High "high", Medium "medium", Low "low" }
    /// What the customer is worth.
    ValueTier { Key "key", Regular "regular", Potential "potential" }
    /// How a contact was made.
    Channel { Phone "phone", Email "email", Visit "visit", Video "video", Message "message", Other "other" }
}

crate::body! {
    /// The record's id in another system.
    ExternalRef;
    need {
        /// The other system.
        system: ExternalPart,
        /// The id there.
        id: ExternalPart,
    }
    may {}
}

impl Given<ExternalRef> {
    /// Takes the reference of an address; another one in the body is a fault.
    pub fn settle(&mut self, reference: &ExternalRef, faults: &mut Faults) {
        if self.as_ref().is_some_and(|sent| sent.system != reference.system || sent.id != reference.id) {
            faults.add(Fault::new("/external_ref", FaultCode::Inconsistent).param("other", "the address"));
        }
        *self = Self::Value(reference.clone());
    }
}
impl ExternalRef {
    /// From the two parts of an address; one that names none is not found.
    pub fn of_path((system, id): (String, String)) -> Result<Self, Problem> {
        decode::<Self>(&serde_json::json!({"system": system, "id": id})).map(|read| read.value).map_err(|_| Problem::not_found())
    }
}

/// Another record in an answer: its id and its name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, ToSchema)]
pub struct Reference {
    pub id: Id,
    #[schema(max_length = 200, example = "Li Na")]
    pub name: String,
}

impl Reference {
    /// From an id and the name that was looked up for it; none where there is no id.
    #[must_use]
    pub fn of(id: Option<Id>, name: Option<String>) -> Option<Self> {
        id.map(|id| Self { id, name: name.unwrap_or_default() })
    }
}

/// The record's id in another system, as answered.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, ToSchema)]
pub struct ExternalRefView {
    #[schema(max_length = 200, example = "shop")]
    pub system: String,
    #[schema(max_length = 200, example = "4711")]
    pub id: String,
}

impl ExternalRefView {
    /// From the two columns, which are there both or not at all.
    #[must_use]
    pub fn of(system: Option<&String>, id: Option<&String>) -> Option<Self> {
        Some(Self { system: system?.clone(), id: id?.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults_of<T: Decode>(value: Value) -> Vec<&'static str> {
        let mut faults = Faults::default();
        assert_eq!(T::decode(&value, "/x", &mut faults).is_none(), !faults.is_empty());
        faults.into_vec().iter().map(|f| f.code.as_str()).collect()
    }

    #[test]
    fn values_are_read_or_faulted() {
        assert_eq!(faults_of::<Title>(json!("  春季改造 ")), [""; 0]);
        assert_eq!(faults_of::<Title>(json!("a\u{0}b")), ["control_character"]);
        assert_eq!(faults_of::<Title>(json!("   ")), ["too_short"]);
        assert_eq!(faults_of::<Title>(json!("好".repeat(501))), ["too_long"]);
        assert_eq!(faults_of::<Title>(json!(format!("好{}", " ".repeat(500)))), ["too_long"]);
        // A composition that Unicode excludes: one character as sent, two as stored.
        assert_eq!(faults_of::<Title>(json!("\u{958}".repeat(251))), ["too_long"]);
        assert_eq!(faults_of::<Title>(json!(5)), ["wrong_type"]);
        assert_eq!(faults_of::<Day>(json!("2026-02-30")), ["not_a_date"]);
        assert_eq!(faults_of::<Day>(json!("26-02-03")), ["not_a_date"]);
        assert_eq!(faults_of::<Moment>(json!("2026-11-23T10:00:00+08:00")), [""; 0]);
        assert_eq!(faults_of::<Email>(json!("a@b@c")), ["not_an_email"]);
        assert_eq!(faults_of::<Rate>(json!("1.5")), ["above_maximum"]);
        assert_eq!(faults_of::<Money>(json!("1e999999")), ["above_maximum"]);
        assert_eq!(faults_of::<Money>(json!("0.00001")), ["too_many_decimals"]);
        assert_eq!(faults_of::<IntentLevel>(json!("hihg")), ["not_one_of"]);
        assert_eq!(faults_of::<ExternalRef>(json!({"system": 1, "idd": "x"})), ["wrong_type", "required", "unknown_field"]);
    }

    #[test]
    fn a_moment_is_kept_in_utc_to_the_microsecond() {
        assert_eq!(parse_time("2026-11-23T10:00:00.1234567+08:00").map(|t| t.to_string()).as_deref(), Some("2026-11-23T02:00:00.123456Z"));
    }
}
