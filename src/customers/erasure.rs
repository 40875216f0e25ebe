//! Taking a contact out of a customer: the row is left with its id alone. What other rooms keep of the person is theirs to take out.
use serde_json::{Map, Value, json};

use super::dto::Preferences;
use super::list;
use super::service::{authorise, next};
use super::store::{self, ContactRow, ErasedRow, Row};
use super::view::Whole;
use crate::events::{self, Event};
use crate::identity::{Act, Permission};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;
use crate::platform::redact::{Personal, redact};
use crate::platform::web::IfMatch;

/// A customer with the contact who is to be erased; nobody else changes it until the transaction ends.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The customer as it will be.
    pub customer: Row,
    contact: ContactRow,
}

/// What is to be erased, or what was left when it was.
#[derive(Clone, Debug)]
pub enum Found {
    Living(Box<Subject>),
    /// With the customer's version.
    Erased(ErasedRow, i64),
}

/// Finds a contact of a customer, archived or not, and gives the customer its next version. One who was erased before is answered whatever the version,
/// so that a request may be sent again.
pub fn begin(tx: &mut AnyConnection, act: &Act, customer: Id, contact: Id, if_match: &IfMatch) -> Result<Found, Problem> {
    let row = store::find(tx, customer)?.ok_or_else(Problem::not_found)?;
    let mut before = Whole::of(tx, row)?;
    authorise(act, &before, Permission::CustomersErase)?;
    if let Some(at) = before.erased.iter().position(|row| row.id == contact) {
        if *if_match == IfMatch::Missing {
            if_match.check(before.row.version)?;
        }
        return Ok(Found::Erased(before.erased.swap_remove(at), before.row.version));
    }
    let living = before.contacts.iter().position(|row| row.id == contact).map(|at| before.contacts.swap_remove(at));
    let contact = living.ok_or_else(Problem::not_found)?;
    if_match.check(before.row.version)?;
    // The fingerprint is one of what was imported, the person included.
    let customer = Row { import_hash: None, ..next(&before.row, act) };
    store::update(tx, &customer, before.row.version)?;
    Ok(Found::Living(Box::new(Subject { customer, contact })))
}

impl Subject {
    /// What the contact is known by.
    #[must_use]
    pub fn personal(&self) -> Personal {
        let ContactRow { name, phone, email, title, .. } = &self.contact;
        Personal::of(Some(name), phone.as_deref(), email.as_deref(), title.as_deref())
    }

    /// The customer's own texts, by field.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, String)> {
        let Row { name, industry, region, note, preferences, tags, custom, ext_system, ext_id, .. } = &self.customer;
        let Preferences { text, categories } = preferences.to();
        let reference = ext_system.as_ref().zip(ext_id.as_ref()).map(|(system, id)| format!("{system}\n{id}"));
        let fields = [
            ("name", Some(name.clone())),
            ("industry", industry.clone()),
            ("region", region.clone()),
            ("note", note.clone()),
            ("preferences/text", text),
            ("preferences/categories", Some(categories.join("\n"))),
            ("tags", Some(tags.to::<Vec<String>>().join("\n"))),
            ("external_ref", reference),
        ];
        let custom = custom.0.as_object().into_iter().flatten().map(|(name, value)| (format!("custom/{name}"), value.to_string()));
        fields.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?))).chain(custom).collect()
    }

    /// The customer as its index may tell of it.
    fn without_person(&self) -> Row {
        let values = self.personal();
        let text = |text: &Option<String>| text.as_ref().map(|text| values.without(text).unwrap_or_else(|| text.clone()));
        let document = |json: &Json| {
            let mut json = json.0.clone();
            redact(&mut json, self.contact.id, &values);
            Json(json)
        };
        let Row { name, industry, region, note, preferences, tags, ext_id, .. } = &self.customer;
        Row {
            name: values.without(name).unwrap_or_else(|| name.clone()),
            industry: text(industry),
            region: text(region),
            note: text(note),
            ext_id: text(ext_id),
            preferences: document(preferences),
            tags: document(tags),
            ..self.customer.clone()
        }
    }

    /// Empties the contact's row, keeps where texts are to be edited by hand, and appends what happened, by the id alone.
    pub fn finish(&self, tx: &mut AnyConnection, act: &Act, free_text: Json) -> Result<ErasedRow, Problem> {
        let Row { id: customer_id, version, .. } = self.customer;
        let left = ErasedRow { id: self.contact.id, customer_id, erased_at: act.now, free_text: Some(free_text) };
        store::erase_contact(tx, &left)?;
        let contacts = store::contacts(tx, &[customer_id])?.remove(&customer_id).unwrap_or_default();
        list::index(tx, &self.without_person(), &contacts)?;
        let changes: Map<String, Value> = Map::from_iter([("contact_id".to_owned(), json!(left.id))]);
        let event = Event { kind: "customer.contact_erased", record_type: "customer", record_id: customer_id, version, changes, occurred_at: act.now };
        events::append(tx, act, event)?;
        Ok(left)
    }
}
