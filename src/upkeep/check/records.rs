//! Record by record, of all rooms but that of orders: side tables, words in the search index, events.
use std::collections::{BTreeMap, BTreeSet};

use super::report::{Kind, Report};
use super::rules::{Told, differing, mistold};
use super::store;
use crate::platform::db::{AnyConnection, Id, dialect};
use crate::platform::problem::Problem;
use crate::platform::text::terms::Terms;
use crate::settings::service::record_id as setting_id;
use crate::standards::custom::store::astray;
use crate::standards::entity::Entity;
use crate::standards::service::{current, record_id as standard_id};
use crate::{customers, products};

/// In the place of what told of an erased person the index has this word, until somebody edits the text.
const ERASED: &str = "erased";

/// Holds the words of a record in the index against those that its texts make.
pub fn hold_words(c: &AnyConnection, report: &mut Report, name: &str, wanted: &[(&'static str, Terms)], found: Vec<(String, String)>) {
    let wanted = wanted.iter().filter(|(_, terms)| !terms.is_empty()).map(|(part, terms)| ((*part).to_owned(), dialect::kept_terms(c, terms)));
    let (wanted, found): (BTreeMap<_, _>, BTreeMap<_, _>) = (wanted.collect(), found.into_iter().collect());
    if wanted.keys().ne(found.keys()) {
        report.fault(Kind::SearchIndex, format!("{name}: is in {} of {} parts", found.len(), wanted.len()));
        return;
    }
    let other = wanted.iter().filter(|(part, terms)| found.get(*part).is_some_and(|found| found != *terms && !found.contains(ERASED)));
    report.faults(Kind::SearchIndex, other.map(|(part, _)| format!("{name}: the words of part {part} are not those of its texts")));
}

/// Holds a record's events against its version.
pub fn hold_events(report: &mut Report, name: &str, first: i64, version: i64, events: &[Told]) {
    report.looked_at("events", events.len());
    report.faults(Kind::Events, mistold(first, version, events).map(|fault| format!("{name}: {fault}")));
}

/// Looks at every customer.
pub fn customers(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let standard = current(c, Entity::Customers.as_str())?;
    let mut after: Option<Id> = None;
    loop {
        let rows = store::customers(c, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
        let (mut tags, mut contacts) = (store::customer_tags(c, &ids)?, customers::store::contacts(c, &ids)?);
        let (mut entries, mut events) = (store::entries(c, "customer", &ids)?, store::events(c, "customer", &ids)?);
        let custom: Vec<_> = rows.iter().map(|row| (row.id, &row.custom.0)).collect();
        let astray: BTreeSet<Id> = astray(c, Entity::Customers, &standard, &custom)?.into_iter().collect();
        report.looked_at("customers", rows.len());
        for row in &rows {
            let name = format!("customer {}", row.id);
            let (wanted, found) = (row.tags.to::<BTreeSet<String>>(), tags.remove(&row.id).unwrap_or_default().into_iter().collect());
            report.faults(Kind::SideTables, differing(&wanted, &found).map(|fault| format!("{name}: customer_tags {fault}")));
            if astray.contains(&row.id) {
                report.fault(Kind::SideTables, format!("{name}: custom_values says something else than the customer"));
            }
            let words = customers::list::words(row, &contacts.remove(&row.id).unwrap_or_default());
            hold_words(c, report, &name, &words, entries.remove(&row.id).unwrap_or_default());
            hold_events(report, &name, 1, row.version, &events.remove(&row.id).unwrap_or_default());
        }
    }
}

/// Looks at every product.
pub fn products(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let standard = current(c, Entity::Products.as_str())?;
    let mut after: Option<Id> = None;
    loop {
        let rows = store::products(c, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
        let mut keys = store::product_keys(c, &ids)?;
        let (mut entries, mut events) = (store::entries(c, "product", &ids)?, store::events(c, "product", &ids)?);
        let custom: Vec<_> = rows.iter().map(|row| (row.id, &row.custom.0)).collect();
        let astray: BTreeSet<Id> = astray(c, Entity::Products, &standard, &custom)?.into_iter().collect();
        report.looked_at("products", rows.len());
        for row in &rows {
            let name = format!("product {}", row.id);
            let held = products::store::held_keys(row);
            for (table, wanted, found) in ["product_identities", "product_names"].into_iter().zip(held).zip(&mut keys).map(|((table, w), f)| (table, w, f)) {
                let found = found.remove(&row.id).unwrap_or_default().into_iter().collect();
                report.faults(Kind::SideTables, differing(&wanted, &found).map(|fault| format!("{name}: {table} {fault}")));
            }
            if astray.contains(&row.id) {
                report.fault(Kind::SideTables, format!("{name}: custom_values says something else than the product"));
            }
            hold_words(c, report, &name, &[("public", products::list::words(row))], entries.remove(&row.id).unwrap_or_default());
            hold_events(report, &name, 1, row.version, &events.remove(&row.id).unwrap_or_default());
        }
    }
}

/// Tables of records of which nothing but events and version is held together here, and what events call these.
const VERSIONED: &[(&str, &str)] = &[("users", "user"), ("teams", "team"), ("api_keys", "api_key"), ("views", "view"), ("targets", "target")];

/// Looks at the events of all other records.
pub fn others(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    for (table, record_type) in VERSIONED {
        let mut after: Option<Id> = None;
        loop {
            let rows = store::versions(c, table, after)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.0);
            report.looked_at(table, rows.len());
            let mut events = store::events(c, record_type, &rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
            for (id, version) in rows {
                hold_events(report, &format!("{record_type} {id}"), 1, version, &events.remove(&id).unwrap_or_default());
            }
        }
    }
    documents(c, report)
}

/// Settings and standards begin with a version that nobody made.
fn documents(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let settings = store::settings(c)?;
    report.looked_at("settings", settings.len());
    let mut events = store::events(c, "settings", &settings.iter().map(|(name, _)| setting_id(name)).collect::<Vec<_>>())?;
    for (name, version) in settings {
        hold_events(report, &format!("setting {name}"), 2, version, &events.remove(&setting_id(&name)).unwrap_or_default());
    }
    let mut newest: BTreeMap<String, i32> = BTreeMap::new();
    for (entity, version) in store::standards(c)? {
        report.looked_at("versions of standards", 1);
        let before = newest.insert(entity.clone(), version).unwrap_or(0);
        if version != before + 1 {
            report.fault(Kind::Events, format!("standard {entity}: version {version} follows on {before}"));
        }
    }
    for (entity, version) in newest {
        let Some(id) = Entity::parse(&entity).map(standard_id) else {
            report.fault(Kind::Events, format!("standard {entity}: there is no such entity"));
            continue;
        };
        let events = store::events(c, "standard", &[id])?.remove(&id).unwrap_or_default();
        hold_events(report, &format!("standard {entity}"), 2, version.into(), &events);
    }
    Ok(())
}
