//! What is looked at by tables: the database's own soundness, facts, rows whose parent is gone, stored answers, jobs.
use super::report::{Kind, MOST_TOLD, Report};
use super::rules;
use super::store::{self, Link};
use crate::facts;
use crate::platform::db::{AnyConnection, whole};
use crate::platform::problem::Problem;
use crate::standards::entity::Entity;
use crate::standards::service::current;

/// One more than is told, so that it is known that there are more.
const MOST: usize = MOST_TOLD + 1;

/// Asks the database what is wrong with its pages, indexes and references.
pub fn database(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    report.faults(Kind::Database, whole::faults(c, MOST)?);
    Ok(())
}

/// Holds what is known of orders in recorded time against what they are.
pub fn facts(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let choices = current(c, Entity::Orders.as_str())?.choices();
    let drift = facts::drift(c, choices, MOST)?;
    report.faults(Kind::Facts, drift.into_iter().map(|drift| format!("order {}: {}", drift.order_id, drift.what)));
    Ok(())
}

const fn link(table: &'static str, column: &'static str, when: &'static str, parent: &'static str) -> Link {
    Link { table, column, when, parent }
}

/// Columns that name rows of other tables and that no reference upholds.
const LINKS: &[Link] = &[
    link("teams", "lead_id", "", "users"),
    link("sessions", "successor_id", "", "sessions"),
    link("jobs", "created_by", "", "users"),
    link("jobs", "id", "kind = 'import'", "imports"),
    link("targets", "holder", "kind = 'user'", "users"),
    link("targets", "holder", "kind = 'team'", "teams"),
    link("custom_values", "record_id", "entity = 'orders'", "orders"),
    link("custom_values", "record_id", "entity = 'customers'", "customers"),
    link("custom_values", "record_id", "entity = 'products'", "products"),
    link("search_entries", "record_id", "record_type = 'order'", "orders"),
    link("search_entries", "record_id", "record_type = 'customer'", "customers"),
    link("search_entries", "record_id", "record_type = 'product'", "products"),
    link("order_facts", "owner_id", "", "users"),
    link("order_facts", "team_id", "", "teams"),
    link("order_facts", "customer_id", "", "customers"),
    link("order_fact_lines", "order_id", "", "orders"),
    link("order_fact_lines", "product_id", "", "products"),
    link("order_fact_tags", "order_id", "", "orders"),
    link("order_fact_values", "order_id", "", "orders"),
    link("events", "actor_id", "", "users"),
    link("events", "record_id", "record_type = 'order'", "orders"),
    link("events", "record_id", "record_type = 'customer'", "customers"),
    link("events", "record_id", "record_type = 'product'", "products"),
    link("events", "record_id", "record_type = 'user'", "users"),
    link("events", "record_id", "record_type = 'team'", "teams"),
    link("events", "record_id", "record_type = 'api_key'", "api_keys"),
    link("events", "record_id", "record_type = 'target'", "targets"),
];

/// Looks for rows that name what is not there.
pub fn orphans(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    for link in LINKS {
        let gone = store::orphans(c, link, MOST)?;
        let Link { table, column, parent, .. } = link;
        let told = |(id, rows)| format!("{table}.{column} names {id} in {rows} rows, which {parent} does not hold");
        report.faults(Kind::Orphans, gone.into_iter().map(told));
    }
    Ok(())
}

/// Looks for stored answers that are not whole.
pub fn answers(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let rows = store::answers(c, after.take())?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = Some(last.clone());
        report.looked_at("stored answers", rows.len());
        for ((user, scope, _), answer) in rows {
            // The key is its sender's secret.
            report.faults(Kind::StoredAnswers, rules::half(&answer).map(|fault| format!("that of user {user} for {scope} {fault}")));
        }
    }
}

/// Looks for jobs that nobody will ever take up again.
pub fn jobs(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let mut after = None;
    loop {
        let rows = store::jobs(c, after)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = Some(*last);
        report.looked_at("jobs", rows.len());
        for (id, state, leased, failed) in rows {
            report.faults(Kind::Jobs, rules::misleased(&state, leased, failed).map(|fault| format!("job {id} {fault}")));
        }
    }
}
