//! The rows that a check reads, a bounded number at a time in the order of their ids. SQL only, no rules; it reads columns, so that a row whose parent is gone
//! is seen like any other.
use std::collections::HashMap;
use std::hash::Hash;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::rules::{Answer, Step, Told};
use crate::customers::store::Row as CustomerRow;
use crate::orders::rules::stays::Lasted;
use crate::orders::store::{LineRow, Lines, OrderRow, TransitionRow};
use crate::platform::db::schema::{
    customer_tags, customers, events, idempotency_keys as keys, jobs, order_lines, order_remarks, order_tags, order_transitions, orders, product_identities,
    product_names, products, search_entries, settings, standards,
};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;
use crate::products::store::Row as ProductRow;

/// How many records are looked at at a time.
pub const STEP: i64 = 500;
/// How many where one may take a megabyte and more: answers to batches, changes of many lines.
const WIDE: i64 = 20;

fn behind(column: &str, after: Option<Id>) -> Sql {
    Sql::all(after.map(|id| Sql::new(format!("{column} > ")).bind(Value::Id(id))))
}

fn grouped<K: Eq + Hash, V>(pairs: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// Orders behind one of them, each with its lines as its row holds them.
pub fn orders(c: &mut AnyConnection, after: Option<Id>) -> Result<Vec<(OrderRow, Lines)>, Problem> {
    let rows = orders::table.filter(behind("orders.id", after)).order(orders::id).limit(STEP);
    Ok(rows.select((OrderRow::as_select(), orders::lines)).load(c)?)
}

/// Customers behind one of them.
pub fn customers(c: &mut AnyConnection, after: Option<Id>) -> Result<Vec<CustomerRow>, Problem> {
    Ok(customers::table.filter(behind("customers.id", after)).order(customers::id).limit(STEP).select(CustomerRow::as_select()).load(c)?)
}

/// Products behind one of them.
pub fn products(c: &mut AnyConnection, after: Option<Id>) -> Result<Vec<ProductRow>, Problem> {
    Ok(products::table.filter(behind("products.id", after)).order(products::id).limit(STEP).select(ProductRow::as_select()).load(c)?)
}

/// The lines of some orders in the side table, each order's in their order.
pub fn lines(c: &mut AnyConnection, of: &[Id]) -> Result<HashMap<Id, Vec<LineRow>>, Problem> {
    let rows = order_lines::table.filter(order_lines::order_id.eq_any(of)).order((order_lines::order_id, order_lines::position));
    Ok(grouped(rows.select((order_lines::order_id, LineRow::as_select())).load(c)?))
}

/// How many remarks there are on some orders.
pub fn remarks(c: &mut AnyConnection, of: &[Id]) -> Result<HashMap<Id, i64>, Problem> {
    let rows = order_remarks::table.filter(order_remarks::order_id.eq_any(of)).group_by(order_remarks::order_id);
    Ok(rows.select((order_remarks::order_id, count_star())).load(c)?.into_iter().collect())
}

/// The steps of some orders' lives, each order's in their order.
pub fn steps(c: &mut AnyConnection, of: &[Id]) -> Result<HashMap<Id, Vec<Step>>, Problem> {
    let rows = order_transitions::table.filter(order_transitions::order_id.eq_any(of)).order((order_transitions::order_id, order_transitions::id));
    let rows: Vec<TransitionRow> = rows.select(TransitionRow::as_select()).load(c)?;
    let step = |row: TransitionRow| Step {
        action: row.action,
        from: row.from_status,
        to: row.to_status,
        from_stage: row.from_stage,
        to_stage: row.to_stage,
        occurred_at: row.occurred_at.0,
        recorded_at: row.recorded_at.0,
        lasted: Lasted { stage: row.stage_seconds, status: row.status_seconds },
        rates_at: row.rates_at.map(|at| at.0),
    };
    Ok(grouped(rows.into_iter().map(|row| (row.order_id, step(row)))))
}

/// The tags of some orders in the side table.
pub fn order_tags(c: &mut AnyConnection, of: &[Id]) -> Result<HashMap<Id, Vec<String>>, Problem> {
    Ok(grouped(order_tags::table.filter(order_tags::order_id.eq_any(of)).select((order_tags::order_id, order_tags::tag)).load(c)?))
}

/// The tags of some customers in the side table.
pub fn customer_tags(c: &mut AnyConnection, of: &[Id]) -> Result<HashMap<Id, Vec<String>>, Problem> {
    Ok(grouped(customer_tags::table.filter(customer_tags::customer_id.eq_any(of)).select((customer_tags::customer_id, customer_tags::tag)).load(c)?))
}

/// What some products may not share with others, and what they are found by.
pub fn product_keys(c: &mut AnyConnection, of: &[Id]) -> Result<[HashMap<Id, Vec<String>>; 2], Problem> {
    let identities = product_identities::table.filter(product_identities::product_id.eq_any(of));
    let names = product_names::table.filter(product_names::product_id.eq_any(of));
    Ok([
        grouped(identities.select((product_identities::product_id, product_identities::identity_key)).load(c)?),
        grouped(names.select((product_names::product_id, product_names::lookup_key)).load(c)?),
    ])
}

/// The words of some records in the search index, by part.
pub fn entries(c: &mut AnyConnection, record_type: &str, of: &[Id]) -> Result<HashMap<Id, Vec<(String, String)>>, Problem> {
    let rows = search_entries::table.filter(search_entries::record_id.eq_any(of)).filter(search_entries::record_type.eq(record_type));
    let rows: Vec<(Id, String, String)> = rows.select((search_entries::record_id, search_entries::part, search_entries::terms)).load(c)?;
    Ok(grouped(rows.into_iter().map(|(id, part, terms)| (id, (part, terms)))))
}

/// The events of some records, each record's in the order of their numbers.
pub fn events(c: &mut AnyConnection, record_type: &str, of: &[Id]) -> Result<HashMap<Id, Vec<Told>>, Problem> {
    let rows = events::table.filter(events::record_id.eq_any(of)).filter(events::record_type.eq(record_type));
    let rows = rows.order((events::record_id, events::number)).select((events::record_id, events::record_version, events::kind));
    let rows: Vec<(Id, i64, String)> = rows.load(c)?;
    Ok(grouped(rows.into_iter().map(|(id, version, kind)| (id, Told { version, kind }))))
}

/// What changed of an order, the newest first, some at a time: behind the number of an event, where one is given.
pub fn changes(c: &mut AnyConnection, order: Id, behind: Option<i64>) -> Result<Vec<(i64, Json)>, Problem> {
    let own = events::table.filter(events::record_id.eq(order)).filter(events::record_type.eq("order"));
    let own = own.filter(events::number.lt(behind.unwrap_or(i64::MAX))).order(events::number.desc()).limit(WIDE);
    Ok(own.select((events::number, events::changes)).load(c)?)
}

#[derive(QueryableByName)]
struct Versioned {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

/// The versions of the records of a table behind one of them.
pub fn versions(c: &mut AnyConnection, table: &str, after: Option<Id>) -> Result<Vec<(Id, i64)>, Problem> {
    let rows = Sql::new(format!("select id, version from {table} where ")).then(behind("id", after)).text(" order by id limit ").bind(Value::Number(STEP));
    Ok(rows.load::<Versioned>(c)?.into_iter().map(|row| (row.id, row.version)).collect())
}

/// The versions of the settings, by name.
pub fn settings(c: &mut AnyConnection) -> Result<Vec<(String, i64)>, Problem> {
    Ok(settings::table.order(settings::name).select((settings::name, settings::version)).load(c)?)
}

/// The versions of the standards, by what they are for.
pub fn standards(c: &mut AnyConnection) -> Result<Vec<(String, i32)>, Problem> {
    Ok(standards::table.order((standards::entity, standards::version)).select((standards::entity, standards::version)).load(c)?)
}

/// The place of a stored answer: its user, what was asked, its key.
pub type Key = (Id, String, String);

/// Stored answers behind one of them.
pub fn answers(c: &mut AnyConnection, after: Option<Key>) -> Result<Vec<(Key, Answer)>, Problem> {
    type Row = (Key, String, i32, Json, Option<String>);
    let place = (keys::user_id, keys::scope, keys::idempotency_key);
    let beyond = after.map(|(user, scope, key)| {
        let beyond = Sql::new("(user_id, scope, idempotency_key) > (").list([Value::Id(user), Value::Text(scope), Value::Text(key)]);
        beyond.text(")")
    });
    let rows = keys::table.filter(Sql::all(beyond)).order(place).limit(WIDE);
    let rows: Vec<Row> = rows.select((place, keys::fingerprint, keys::status, keys::headers, keys::body)).load(c)?;
    Ok(rows.into_iter().map(|(key, fingerprint, status, headers, body)| (key, Answer { fingerprint, status, headers: headers.0, body })).collect())
}

/// A job: its id, its state, whether it is leased, whether there is a reason why it failed.
pub type Job = (Id, String, bool, bool);

/// Jobs behind one of them.
pub fn jobs(c: &mut AnyConnection, after: Option<Id>) -> Result<Vec<Job>, Problem> {
    let rows = jobs::table.filter(behind("jobs.id", after)).order(jobs::id).limit(STEP);
    Ok(rows.select((jobs::id, jobs::state, jobs::lease_until.is_not_null(), jobs::error.is_not_null())).load(c)?)
}

/// A column that names rows of another table, without a reference that the database upholds.
pub struct Link {
    pub table: &'static str,
    pub column: &'static str,
    /// Which rows do; all where it is empty.
    pub when: &'static str,
    pub parent: &'static str,
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = BigInt)]
    naming: i64,
}

/// The ids that rows name and that are not there, so many at most, and how many rows name each.
pub fn orphans(c: &mut AnyConnection, link: &Link, most: usize) -> Result<Vec<(Id, i64)>, Problem> {
    let Link { table, column, when, parent } = link;
    let when = if when.is_empty() { String::new() } else { format!(" and t.{when}") };
    let sql = format!(
        "select t.{column} as id, count(*) as naming from {table} t where t.{column} is not null{when} \
         and not exists (select 1 from {parent} p where p.id = t.{column}) group by t.{column} order by t.{column} limit {most}"
    );
    Ok(Sql::new(sql).load::<Gone>(c)?.into_iter().map(|row| (row.id, row.naming)).collect())
}
