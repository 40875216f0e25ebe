//! The one use case: every room takes the person out of what it keeps, in one transaction.
use super::dto::{ContactErasure, FreeText, FreeTextRecord};
use crate::customers::erasure::{self, Found};
use crate::identity::Act;
use crate::integrations::import;
use crate::platform::db::{AnyConnection, Id, Json, dialect};
use crate::platform::jobs;
use crate::platform::problem::Problem;
use crate::platform::redact::{self, Personal};
use crate::platform::web::body::Nothing;
use crate::platform::web::{Decoded, IfMatch, write};
use crate::{events, orders};

/// Erases a contact of a customer; answers what is left, and the customer's version.
pub fn erase_contact(
    tx: &mut AnyConnection,
    act: &Act,
    customer: Id,
    contact: Id,
    if_match: &IfMatch,
    body: &Decoded<Nothing>,
) -> Result<(ContactErasure, i64), Problem> {
    let found = erasure::begin(tx, act, customer, contact, if_match)?;
    body.faults.clone().check()?;
    let subject = match found {
        Found::Living(subject) => subject,
        Found::Erased(row, version) => return Ok((answer(row), version)),
    };
    let values = subject.personal();
    let mut found = listed("customer", customer, None, subject.texts(), &values);
    let mut after = None;
    loop {
        let some = orders::service::texts_of_customer(tx, customer, after)?;
        let Some(last) = some.last() else { break };
        after = Some(last.id);
        orders::service::forget(tx, &some, contact, &values)?;
        found.extend(some.into_iter().flat_map(|order| listed("order", order.id, Some(&order.number), order.texts, &values)));
    }
    events::redact(tx, &[customer], contact, &values)?;
    import::forget(tx, contact, &values)?;
    jobs::forget(tx, contact, &values)?;
    write::store::rewrite(tx, |answer| {
        let mut answer = serde_json::from_str(answer).ok()?;
        redact::redact(&mut answer, contact, &values).then(|| answer.to_string())
    })?;
    let left = subject.finish(tx, act, Json::of(&found))?;
    dialect::purge_words(tx)?;
    Ok((answer(left), subject.customer.version))
}

fn answer(row: crate::customers::store::ErasedRow) -> ContactErasure {
    let free_text = row.free_text.map(|list| list.to()).unwrap_or_default();
    ContactErasure { id: row.id, customer_id: row.customer_id, erased_at: row.erased_at, free_text }
}

/// The fields whose texts tell of the person.
fn listed(kind: &str, id: Id, number: Option<&str>, texts: Vec<(String, String)>, values: &Personal) -> Vec<FreeText> {
    let record = || FreeTextRecord { r#type: kind.to_owned(), id: id.to_string(), number: number.map(str::to_owned) };
    texts.into_iter().filter(|(_, text)| values.is_in(text)).map(|(field, _)| FreeText { record: record(), field }).collect()
}
