//! What the orders of a customer say in free text, for taking a person out of them; the texts are for people to edit.
use crate::events;
use crate::facts;
use crate::orders::delays;
use crate::orders::dto::view::number_text;
use crate::orders::list;
use crate::orders::store;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;
use crate::platform::redact::{Personal, redact};

/// How many orders are read at a time.
const CHUNK: i64 = 500;

/// An order and its texts, by field.
#[derive(Clone, Debug)]
pub struct OrderTexts {
    pub id: Id,
    pub number: String,
    pub warnings: Json,
    pub texts: Vec<(String, String)>,
}

/// The next orders of a customer, archived or not, behind an id, with all their texts; none at the end.
pub fn texts_of_customer(c: &mut AnyConnection, customer: Id, after: Option<Id>) -> Result<Vec<OrderTexts>, Problem> {
    let own = Sql::new("orders.customer_id = ").bind(Value::Id(customer));
    let behind = after.map(|id| Sql::new("orders.id > ").bind(Value::Id(id)));
    let orders = store::load_shown(c, Sql::all([own].into_iter().chain(behind)), Sql::new("orders.id"), CHUNK)?;
    let ids: Vec<Id> = orders.iter().map(|order| order.row.id).collect();
    let (steps, contacts) = (store::notes_of_steps(c, &ids)?, store::follow_ups_of(c, &ids)?);
    let mut all: Vec<OrderTexts> = Vec::with_capacity(orders.len());
    for order in orders {
        let row = order.row;
        let reference = row.ext_system.zip(row.ext_id).map(|(system, id)| format!("{system}\n{id}"));
        let tags = row.tags.to::<Vec<String>>().join("\n");
        let own = [("title", row.title), ("note", row.note), ("tags", Some(tags)), ("external_ref", reference)];
        let mut texts: Vec<(String, String)> = own.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?))).collect();
        texts.extend(row.custom.0.as_object().into_iter().flatten().map(|(name, value)| (format!("custom/{name}"), value.to_string())));
        texts.extend(order.lines.into_iter().filter_map(|(line, _)| Some((format!("lines/{}/description", line.id), line.description?))));
        for (remark, _) in order.remarks {
            texts.push((format!("remarks/{}/message", remark.id), remark.message));
            texts.extend(remark.answer.map(|answer| (format!("remarks/{}/answer", remark.id), answer)));
        }
        all.push(OrderTexts { id: row.id, number: number_text(row.number), warnings: row.warnings, texts });
    }
    let mut add = |order: Id, field: String, text: Option<String>| {
        // The orders come in the order of their ids.
        if let (Ok(at), Some(text)) = (all.binary_search_by_key(&order, |texts| texts.id), text)
            && let Some(order) = all.get_mut(at)
        {
            order.texts.push((field, text));
        }
    };
    for contact in contacts {
        add(contact.order_id, format!("follow_ups/{}/content", contact.id), Some(contact.content));
        add(contact.order_id, format!("follow_ups/{}/result", contact.id), contact.result);
    }
    for (order, delay, note, remedy) in delays::store::texts_of(c, &ids)? {
        add(order, format!("delays/{delay}/note"), note);
        add(order, format!("delays/{delay}/remedy"), remedy);
    }
    for (order, step, note) in steps {
        add(order, format!("history/{step}/note"), note);
    }
    Ok(all)
}

/// Takes a person out of what the program itself keeps of some orders: their events, their warnings, and the index of their texts.
pub fn forget(tx: &mut AnyConnection, orders: &[OrderTexts], contact: Id, values: &Personal) -> Result<(), Problem> {
    events::redact(tx, &orders.iter().map(|order| order.id).collect::<Vec<_>>(), contact, values)?;
    facts::forget(tx, &orders.iter().map(|order| order.id).collect::<Vec<_>>(), &|text| values.without(text))?;
    for order in orders {
        let mut warnings = order.warnings.0.clone();
        if redact(&mut warnings, contact, values) {
            store::replace_warnings(tx, order.id, &Json(warnings))?;
        }
        if order.texts.iter().any(|(_, text)| values.is_in(text)) {
            let without = |(field, text): &(String, String)| (field.clone(), values.without(text).unwrap_or_else(|| text.clone()));
            list::index_texts(tx, order.id, &order.number, &order.texts.iter().map(without).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
