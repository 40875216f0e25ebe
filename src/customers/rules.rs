//! What holds for a customer by itself. Pure.
use std::collections::BTreeSet;

use super::dto::{ContactInput, CustomerPatch, Preferences, PreferencesInput};
use super::store::{ContactRow, Row};
use crate::platform::db::{Id, Json};
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::lookup_key;
use crate::platform::web::values::RecordId;
use crate::platform::web::{Faults, Given};
use crate::standards::custom::Seen;
use crate::standards::entry::{Entry, Value};

/// Lays a change over a customer and its contacts and adds what is wrong with it; what could not be read leaves what was there. Custom values are
/// laid by the standard that defines them.
pub fn apply(row: &mut Row, contacts: &mut Vec<ContactRow>, patch: CustomerPatch, new_id: impl FnMut() -> Id, faults: &mut Faults) {
    let CustomerPatch { name, contacts: given, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom: _ } = patch;
    row.name = name.map(|v| v.0).or_kept(std::mem::take(&mut row.name), "/name", faults);
    row.name_key = lookup_key(&row.name);
    row.industry = industry.map(|v| v.0).or(row.industry.take());
    row.region = region.map(|v| v.0).or(row.region.take());
    row.source = source.map(|v| v.0).or(row.source.take());
    row.note = note.map(|v| v.0).or(row.note.take());
    row.intent_level = intent_level.map(|v| v.as_str().to_owned()).or(row.intent_level.take());
    row.value_tier = value_tier.map(|v| v.as_str().to_owned()).or(row.value_tier.take());
    row.preferences = Json::of(&preferred(row.preferences.to(), preferences));
    row.tags = Json::of(&tags.map(|v| distinct(v.0.into_iter().map(|t| t.0))).or(Some(row.tags.to())).unwrap_or_default());
    let reference = external_ref.map(|v| (v.system.0, v.id.0)).or(row.ext_system.take().zip(row.ext_id.take()));
    (row.ext_system, row.ext_id) = reference.unzip();
    match given {
        Given::Value(list) => *contacts = replaced(row.id, contacts, list.0, new_id, faults),
        Given::Null => contacts.clear(),
        Given::Absent | Given::Unreadable => {}
    }
}

/// The fields that a change sends and, of these, those that could not be read.
#[must_use]
pub fn sent(patch: &CustomerPatch) -> (Vec<&'static str>, Vec<&'static str>) {
    let CustomerPatch { name, contacts, industry, region, source, note, preferences, intent_level, value_tier, tags, external_ref, custom } = patch;
    let all = [
        ("name", name.is_given(), name.is_unreadable()),
        ("contacts", contacts.is_given(), contacts.is_unreadable()),
        ("industry", industry.is_given(), industry.is_unreadable()),
        ("region", region.is_given(), region.is_unreadable()),
        ("source", source.is_given(), source.is_unreadable()),
        ("note", note.is_given(), note.is_unreadable()),
        ("preferences", preferences.is_given(), preferences.is_unreadable()),
        ("intent_level", intent_level.is_given(), intent_level.is_unreadable()),
        ("value_tier", value_tier.is_given(), value_tier.is_unreadable()),
        ("tags", tags.is_given(), tags.is_unreadable()),
        ("external_ref", external_ref.is_given(), external_ref.is_unreadable()),
        ("custom", custom.is_given(), custom.is_unreadable()),
    ];
    let named = |wanted: fn(&(&'static str, bool, bool)) -> bool| all.iter().filter(|field| wanted(field)).map(|(name, ..)| *name).collect();
    (named(|(_, given, _)| *given), named(|(.., unreadable)| *unreadable))
}

/// The customer as rules see it, shown to `look`.
pub fn with_entry<T>(row: &Row, contacts: &[ContactRow], custom: &Seen, unreadable: &[&str], look: impl FnOnce(&Entry<'_>) -> T) -> T {
    fn text(value: Option<&String>) -> Value<'_> {
        value.map_or(Value::Missing, |v| Value::Text(v))
    }
    fn of_contact(contact: &ContactRow) -> Entry<'_> {
        let ContactRow { name, phone, email, title, channel, .. } = contact;
        let fields = [("phone", phone), ("email", email), ("title", title), ("channel", channel)];
        Entry(fields.into_iter().map(|(name, value)| (name, text(value.as_ref()))).chain([("name", Value::Text(name))]).collect())
    }
    let people: Vec<Entry<'_>> = contacts.iter().map(of_contact).collect();
    let tags: Vec<String> = row.tags.to();
    let fields = [
        ("name", Value::Text(&row.name)),
        ("industry", text(row.industry.as_ref())),
        ("region", text(row.region.as_ref())),
        ("source", text(row.source.as_ref())),
        ("note", text(row.note.as_ref())),
        ("intent_level", text(row.intent_level.as_ref())),
        ("value_tier", text(row.value_tier.as_ref())),
        ("tags", Value::Texts(&tags)),
        ("contacts", Value::Items(&people)),
        ("owner", Value::Reference(row.owner_id)),
    ];
    let seen = fields.into_iter().map(|(name, value)| (name, if unreadable.contains(&name) { Value::Unreadable } else { value }));
    let mut entry = Entry(seen.collect());
    custom.put_into(&mut entry);
    look(&entry)
}

/// An object within the record is merged like the record itself.
fn preferred(current: Preferences, given: Given<PreferencesInput>) -> Preferences {
    match given {
        Given::Absent | Given::Unreadable => current,
        Given::Null => Preferences::default(),
        Given::Value(PreferencesInput { text, categories }) => Preferences {
            text: text.map(|v| v.0).or(current.text),
            categories: categories.map(|v| distinct(v.0.into_iter().map(|w| w.0))).or(Some(current.categories)).unwrap_or_default(),
        },
    }
}

/// The new contacts in their order; one sent with its id keeps it, and only ids of this customer's contacts are taken, each once.
fn replaced(customer: Id, current: &[ContactRow], given: Vec<ContactInput>, mut new_id: impl FnMut() -> Id, faults: &mut Faults) -> Vec<ContactRow> {
    let mut left: BTreeSet<Id> = current.iter().map(|contact| contact.id).collect();
    let mut rows = Vec::with_capacity(given.len());
    for (position, ContactInput { name, id, phone, email, title, channel }) in (0..).zip(given) {
        let id = match id.value() {
            Some(id) if left.remove(&id.0) => id.0,
            Some(id) => {
                faults.add(Fault::new(format!("/contacts/{position}/id"), FaultCode::UnknownReference).param("what", "contact").param("given", id.0));
                continue;
            }
            None => new_id(),
        };
        rows.push(ContactRow {
            id,
            customer_id: customer,
            position,
            name: name.0,
            phone: phone.value().map(|v| v.0),
            email: email.value().map(|v| v.0),
            title: title.value().map(|v| v.0),
            channel: channel.value().map(|v| v.as_str().to_owned()),
        });
    }
    rows
}

/// Gives the contacts of a replacement that bear a known name, and no id, the ids of those who have it: the same people.
#[must_use]
pub fn known_contacts(mut patch: CustomerPatch, current: &[ContactRow]) -> CustomerPatch {
    if let Given::Value(contacts) = &mut patch.contacts {
        let mut left: Vec<&ContactRow> = current.iter().collect();
        for contact in contacts.0.iter_mut().filter(|contact| !contact.id.is_given()) {
            if let Some(at) = left.iter().position(|known| known.name == contact.name.0) {
                contact.id = Given::Value(RecordId(left.remove(at).id));
            }
        }
    }
    patch
}

/// Each once, in the order of the first.
fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    words.filter(|word| seen.insert(word.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::platform::clock::new_id;
    use crate::platform::db::UtcTime;
    use crate::platform::web::body::decode;

    fn apply_to(row: &mut Row, contacts: &mut Vec<ContactRow>, body: &Value) -> Vec<String> {
        let decoded = decode::<CustomerPatch>(body).unwrap();
        let mut faults = decoded.faults;
        apply(row, contacts, decoded.value, new_id, &mut faults);
        faults.into_vec().into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect()
    }

    #[test]
    fn a_change_is_a_merge_and_tells_every_fault() {
        let (mut row, mut contacts) = (Row::blank(new_id(), new_id(), UtcTime(0)), Vec::new());
        let first = json!({"name": "上海华为", "tags": ["a", " a ", "b"], "preferences": {"text": "quiet", "categories": ["GTX", "GTX"]},
            "contacts": [{"name": "Li Na", "phone": "1"}, {"name": "Wu"}], "custom": {}, "intent_level": "high"});
        assert_eq!(apply_to(&mut row, &mut contacts, &first), [""; 0]);
        assert_eq!((row.tags.clone(), row.name_key.as_str()), (Json(json!(["a", "b"])), "上海华为"));
        let ids: Vec<Id> = contacts.iter().map(|c| c.id).collect();

        assert_eq!(apply_to(&mut row, &mut contacts, &json!({"preferences": {"text": null}, "industry": "telecom"})), [""; 0]);
        assert_eq!(row.preferences, Json(json!({"text": null, "categories": ["GTX"]})));
        assert_eq!(contacts.len(), 2);

        let second = json!({"contacts": [{"name": "New"}, {"id": ids[1], "name": "Wu Li"}]});
        assert_eq!(apply_to(&mut row, &mut contacts, &second), [""; 0]);
        assert_eq!(contacts.iter().map(|c| (c.position, c.name.as_str(), c.id == ids[1])).collect::<Vec<_>>(), [(0, "New", false), (1, "Wu Li", true)]);

        let wrong = json!({"name": null, "owner": {}, "custom": {"x": 1}, "source": 5, "tags": [""],
            "contacts": [{"name": "Li Na", "id": ids[0]}, {"id": ids[1], "name": "Wu"}, {"id": ids[1], "name": "Wu"}]});
        let faults = apply_to(&mut row, &mut contacts, &wrong);
        for expected in [
            "/source wrong_type",
            "/tags/0 too_short",
            "/owner read_only",
            "/name required",
            "/contacts/0/id unknown_reference",
            "/contacts/2/id unknown_reference",
        ] {
            assert!(faults.iter().any(|f| f == expected), "{expected} in {faults:?}");
        }
        assert_eq!(faults.len(), 6);
    }
}
