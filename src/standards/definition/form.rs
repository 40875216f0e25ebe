//! How particulars of checks are stored: decimals as strings, counts as whole numbers.

pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Bounds of numbers are decimal strings.
pub(super) mod bound {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::platform::decimal::Decimal;

    pub fn serialize<S: Serializer>(bound: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        match bound {
            Some(bound) => to.collect_str(bound),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let read = |text: String| Decimal::parse(&text).map_err(|_| D::Error::custom(format_args!("{text} is not a decimal of at most four places")));
        Option::<String>::deserialize(from)?.map(read).transpose()
    }
}

/// Counts. They are read by way of `Number`, for behind a tag serde holds numbers of any precision in a form that integers cannot be read from.
pub(super) mod whole {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use serde_json::Number;

    pub fn serialize<T: Serialize, S: Serializer>(count: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        count.serialize(to)
    }

    pub fn deserialize<'de, T: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let read = |n: Number| n.as_i64().and_then(|n| T::try_from(n).ok()).ok_or_else(|| D::Error::custom(format_args!("{n} is not a whole number in range")));
        Option::<Number>::deserialize(from)?.map(read).transpose()
    }
}

/// A count that must be there.
pub(super) mod places {
    use serde::{Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(count: &u32, to: S) -> Result<S::Ok, S::Error> {
        count.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        super::whole::deserialize(from)?.ok_or_else(|| D::Error::missing_field("max"))
    }
}

/// A share or a bound that must be there.
pub(super) mod share {
    use serde::{Deserializer, Serializer, de::Error};

    use crate::platform::decimal::Decimal;

    pub fn serialize<S: Serializer>(share: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(share)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        super::bound::deserialize(from)?.ok_or_else(|| D::Error::custom("a decimal is missing"))
    }
}

/// Shares by name, such as by category or by role.
pub(super) mod shares {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::platform::decimal::Decimal;

    pub fn serialize<S: Serializer>(shares: &BTreeMap<String, Decimal>, to: S) -> Result<S::Ok, S::Error> {
        shares.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Decimal>, D::Error> {
        let read = |(name, text): (String, String)| match Decimal::parse(&text) {
            Ok(share) => Ok((name, share)),
            Err(_) => Err(D::Error::custom(format_args!("{text} is not a decimal of at most four places"))),
        };
        BTreeMap::<String, String>::deserialize(from)?.into_iter().map(read).collect()
    }
}
