//! What holds for a product by itself. Pure.
use super::dto::ProductPatch;
use super::store::Row;
use crate::platform::db::Json;
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::lookup_key;
use crate::platform::web::Faults;
use crate::standards::custom::Seen;
use crate::standards::entry::{Entry, Value};

/// Lays a change over a product and adds what is wrong with the outcome; what could not be read leaves what was there. Custom values are laid by the
/// standard that defines them.
pub fn apply(row: &mut Row, patch: ProductPatch, faults: &mut Faults) {
    let ProductPatch { sku, name, aliases, category, unit, list_price, currency, external_ref, custom: _ } = patch;
    let unread_currency = currency.is_unreadable();
    row.sku = sku.map(|v| v.0).or_kept(std::mem::take(&mut row.sku), "/sku", faults);
    row.sku_key = lookup_key(&row.sku);
    row.name = name.map(|v| v.0).or_kept(std::mem::take(&mut row.name), "/name", faults);
    row.name_key = lookup_key(&row.name);
    row.aliases = Json::of(&aliases.map(|v| v.0.into_iter().map(|a| a.0).collect()).or(Some(row.aliases.to::<Vec<String>>())).unwrap_or_default());
    row.category = category.map(|v| v.0).or(row.category.take());
    row.unit = unit.map(|v| v.0).or(row.unit.take());
    row.list_price = list_price.map(|v| v.0).or(row.list_price);
    row.currency = currency.map(|v| v.0).or(row.currency.take());
    let reference = external_ref.map(|v| (v.system.0, v.id.0)).or(row.ext_system.take().zip(row.ext_id.take()));
    (row.ext_system, row.ext_id) = reference.unzip();
    if row.list_price.is_some() && row.currency.is_none() && !unread_currency {
        faults.add(Fault::new("/currency", FaultCode::Required));
    }
}

/// The fields that a change sends and, of these, those that could not be read.
#[must_use]
pub fn sent(patch: &ProductPatch) -> (Vec<&'static str>, Vec<&'static str>) {
    let ProductPatch { sku, name, aliases, category, unit, list_price, currency, external_ref, custom } = patch;
    let all = [
        ("sku", sku.is_given(), sku.is_unreadable()),
        ("name", name.is_given(), name.is_unreadable()),
        ("aliases", aliases.is_given(), aliases.is_unreadable()),
        ("category", category.is_given(), category.is_unreadable()),
        ("unit", unit.is_given(), unit.is_unreadable()),
        ("list_price", list_price.is_given(), list_price.is_unreadable()),
        ("currency", currency.is_given(), currency.is_unreadable()),
        ("external_ref", external_ref.is_given(), external_ref.is_unreadable()),
        ("custom", custom.is_given(), custom.is_unreadable()),
    ];
    let named = |wanted: fn(&(&'static str, bool, bool)) -> bool| all.iter().filter(|field| wanted(field)).map(|(name, ..)| *name).collect();
    (named(|(_, given, _)| *given), named(|(.., unreadable)| *unreadable))
}

/// The product as rules see it, shown to `look`.
pub fn with_entry<T>(row: &Row, custom: &Seen, unreadable: &[&str], look: impl FnOnce(&Entry<'_>) -> T) -> T {
    fn text(value: Option<&String>) -> Value<'_> {
        value.map_or(Value::Missing, |v| Value::Text(v))
    }
    let aliases: Vec<String> = row.aliases.to();
    let fields = [
        ("sku", Value::Text(&row.sku)),
        ("name", Value::Text(&row.name)),
        ("aliases", Value::Texts(&aliases)),
        ("category", text(row.category.as_ref())),
        ("unit", text(row.unit.as_ref())),
        ("list_price", row.list_price.map_or(Value::Missing, Value::Number)),
        ("currency", text(row.currency.as_ref())),
    ];
    let seen = fields.into_iter().map(|(name, value)| (name, if unreadable.contains(&name) { Value::Unreadable } else { value }));
    let mut entry = Entry(seen.collect());
    custom.put_into(&mut entry);
    look(&entry)
}

/// The name and every alias, each with its place in the body.
pub fn names(row: &Row) -> Vec<(String, String)> {
    let aliases = row.aliases.to::<Vec<String>>().into_iter().enumerate().map(|(i, alias)| (format!("/aliases/{i}"), alias));
    std::iter::once(("/name".to_owned(), row.name.clone())).chain(aliases).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::platform::clock::new_id;
    use crate::platform::db::UtcTime;
    use crate::platform::web::body::decode;

    fn apply_to(row: &mut Row, body: &Value) -> Vec<String> {
        let decoded = decode::<ProductPatch>(body).unwrap();
        let mut faults = decoded.faults;
        apply(row, decoded.value, &mut faults);
        faults.into_vec().into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect()
    }

    #[test]
    fn a_change_clears_leaves_or_is_refused() {
        let mut row = Row::blank(new_id(), UtcTime(0));
        let first = json!({"sku": "GTX", "name": "GTX Pro", "aliases": ["GTXPro"], "unit": "pc", "list_price": "4821", "currency": "CNY",
            "external_ref": {"system": "shop", "id": "1"}});
        assert_eq!(apply_to(&mut row, &first), [""; 0]);
        assert_eq!(names(&row), [("/name".to_owned(), "GTX Pro".to_owned()), ("/aliases/0".to_owned(), "GTXPro".to_owned())]);
        for (body, expected) in [
            (json!({}), vec![]),
            (json!({"name": null, "sku": null}), vec!["/sku required", "/name required"]),
            (json!({"currency": null}), vec!["/currency required"]),
            (json!({"currency": "cny"}), vec!["/currency not_a_currency"]),
            (json!({"currency": null, "list_price": null}), vec![]),
            (json!({"list_price": "-1", "nam": "x", "version": 3}), vec!["/list_price below_minimum", "/nam unknown_field", "/version read_only"]),
        ] {
            assert_eq!(apply_to(&mut row.clone(), &body), expected, "{body}");
        }
        assert_eq!(apply_to(&mut row, &json!({"aliases": null, "external_ref": null, "unit": null})), [""; 0]);
        assert_eq!((row.aliases.to::<Vec<String>>().len(), row.ext_id.clone(), row.unit.clone(), row.name.as_str()), (0, None, None, "GTX Pro"));
    }
}
