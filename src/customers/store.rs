//! The rows of customers, their contacts and tags.
use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use crate::platform::db::schema::{customer_contacts, customer_tags, customers, orders};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;
use crate::platform::text::lookup_key;
use crate::platform::web::etag;
use crate::standards::custom;
use crate::standards::definition::Standard;
use crate::standards::entity::Entity;
use crate::standards::unique;

/// A row of the customers.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub name: String,
    pub name_key: String,
    pub owner_id: Id,
    pub industry: Option<String>,
    pub region: Option<String>,
    pub source: Option<String>,
    pub intent_level: Option<String>,
    pub value_tier: Option<String>,
    pub note: Option<String>,
    pub preferences: Json,
    pub tags: Json,
    pub custom: Json,
    pub ext_system: Option<String>,
    pub ext_id: Option<String>,
    pub import_hash: Option<String>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub archived_at: Option<UtcTime>,
    pub warnings: Json,
}

impl Row {
    /// A customer that has yet to get its content.
    #[must_use]
    pub fn blank(id: Id, owner_id: Id, now: UtcTime) -> Self {
        Self {
            id,
            name: String::new(),
            name_key: String::new(),
            owner_id,
            industry: None,
            region: None,
            source: None,
            intent_level: None,
            value_tier: None,
            note: None,
            preferences: Json(serde_json::json!({})),
            tags: Json(serde_json::json!([])),
            custom: Json(serde_json::json!({})),
            ext_system: None,
            ext_id: None,
            import_hash: None,
            version: 1,
            created_at: now,
            updated_at: now,
            archived_at: None,
            warnings: Json(serde_json::json!([])),
        }
    }
}

/// A row of the contacts; one that was erased is read by [`erased`] alone.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_contacts)]
pub struct ContactRow {
    pub id: Id,
    pub customer_id: Id,
    pub position: i32,
    #[diesel(select_expression = customer_contacts::name.assume_not_null())]
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub title: Option<String>,
    pub channel: Option<String>,
}

/// A customer, archived or not.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(customers::table.find(id).select(Row::as_select()).first(c).optional()?)
}

/// How many customers meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(customers::table.filter(filter).count().get_result(c)?)
}

/// Customers that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
    Ok(customers::table.filter(filter).order(order).limit(limit).select(Row::as_select()).load(c)?)
}

/// The contacts of customers, each customer's in their order.
pub fn contacts(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, Vec<ContactRow>>, Problem> {
    let mut all: HashMap<Id, Vec<ContactRow>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let rows = customer_contacts::table.filter(customer_contacts::customer_id.eq_any(ids.iter().copied())).filter(customer_contacts::erased_at.is_null());
    let rows = rows.order((customer_contacts::customer_id, customer_contacts::position)).select(ContactRow::as_select()).load(c)?;
    for row in rows {
        all.entry(row.customer_id).or_default().push(row);
    }
    Ok(all)
}

/// A contact who was erased: nothing is left but this.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = customer_contacts)]
pub struct ErasedRow {
    pub id: Id,
    pub customer_id: Id,
    #[diesel(select_expression = customer_contacts::erased_at.assume_not_null())]
    pub erased_at: UtcTime,
    /// Where texts told of the person and had to be edited by hand.
    pub free_text: Option<Json>,
}

/// The erased contacts of customers, each customer's in the order of their erasing.
pub fn erased(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, Vec<ErasedRow>>, Problem> {
    let mut all: HashMap<Id, Vec<ErasedRow>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let rows = customer_contacts::table.filter(customer_contacts::customer_id.eq_any(ids.iter().copied())).filter(customer_contacts::erased_at.is_not_null());
    for row in rows.order((customer_contacts::erased_at, customer_contacts::id)).select(ErasedRow::as_select()).load(c)? {
        all.entry(row.customer_id).or_default().push(row);
    }
    Ok(all)
}

/// Takes all that is personal out of a contact's row.
pub fn erase_contact(tx: &mut AnyConnection, row: &ErasedRow) -> Result<(), Problem> {
    let nothing = None::<String>;
    let personal = (
        customer_contacts::name.eq(&nothing),
        customer_contacts::phone.eq(&nothing),
        customer_contacts::email.eq(&nothing),
        customer_contacts::title.eq(&nothing),
        customer_contacts::channel.eq(&nothing),
    );
    let left = (customer_contacts::erased_at.eq(Some(row.erased_at)), customer_contacts::free_text.eq(&row.free_text));
    diesel::update(customer_contacts::table.find(row.id)).set((personal, left)).execute(tx)?;
    Ok(())
}

/// With which of these customers a user has an order of own that is not archived.
pub fn with_order_of(c: &mut AnyConnection, user: Id, ids: &[Id]) -> Result<BTreeSet<Id>, Problem> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let own = orders::table.filter(orders::customer_id.eq_any(ids.iter().copied())).filter(orders::owner_id.eq(user)).filter(orders::archived_at.is_null());
    Ok(own.select(orders::customer_id).distinct().load::<Option<Id>>(c)?.into_iter().flatten().collect())
}

/// Stores a new customer.
pub fn insert(tx: &mut AnyConnection, row: &Row, contacts: &[ContactRow]) -> Result<(), Problem> {
    diesel::insert_into(customers::table).values(row).execute(tx)?;
    insert_tags(tx, row)?;
    crate::insert_rows!(tx, customer_contacts::table, contacts)?;
    Ok(())
}

/// Stores a customer over the version that was read.
pub fn update(tx: &mut AnyConnection, row: &Row, read_version: i64) -> Result<(), Problem> {
    let stored = diesel::update(customers::table.filter(customers::id.eq(row.id)).filter(customers::version.eq(read_version))).set(row).execute(tx)?;
    if stored == 0 { Err(etag::stale(read_version)) } else { Ok(()) }
}

/// Replaces the tags that filters look at.
pub fn replace_tags(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::delete(customer_tags::table.filter(customer_tags::customer_id.eq(row.id))).execute(tx)?;
    insert_tags(tx, row)
}

/// Replaces the contacts; those who were erased stay erased.
pub fn replace_contacts(tx: &mut AnyConnection, id: Id, contacts: &[ContactRow]) -> Result<(), Problem> {
    let living = customer_contacts::table.filter(customer_contacts::customer_id.eq(id)).filter(customer_contacts::erased_at.is_null());
    diesel::delete(living).execute(tx)?;
    crate::insert_rows!(tx, customer_contacts::table, contacts)?;
    Ok(())
}

fn insert_tags(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    let tags: Vec<_> = row.tags.to::<Vec<String>>().into_iter().map(|tag| (customer_tags::customer_id.eq(row.id), customer_tags::tag.eq(tag))).collect();
    crate::insert_rows!(tx, customer_tags::table, &tags)?;
    Ok(())
}

/// The customers of a name, exact after folding, of those not archived.
pub fn find_by_name(c: &mut AnyConnection, name: &str) -> Result<Vec<Id>, Problem> {
    let named = customers::table.filter(customers::name_key.eq(lookup_key(name))).filter(customers::archived_at.is_null());
    Ok(named.order(customers::id).select(customers::id).load(c)?)
}

/// The customer of a record in another system, of those not archived.
pub fn find_by_ref(c: &mut AnyConnection, system: &str, id: &str) -> Result<Option<Id>, Problem> {
    let found = customers::table.filter(customers::ext_system.eq(system)).filter(customers::ext_id.eq(id)).filter(customers::archived_at.is_null());
    Ok(found.select(customers::id).first(c).optional()?)
}

/// Which of these customers have no record in another system.
pub fn without_ref(c: &mut AnyConnection, ids: &[Id]) -> Result<Vec<Id>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(customers::table.filter(customers::id.eq_any(ids.iter().copied())).filter(customers::ext_id.is_null()).select(customers::id).load(c)?)
}

/// Whether there is such a customer that is not archived.
pub fn active(c: &mut AnyConnection, id: Id) -> Result<bool, Problem> {
    let found = customers::table.find(id).filter(customers::archived_at.is_null());
    Ok(found.select(customers::id).first::<Id>(c).optional()?.is_some())
}

/// Whether another customer that is not archived has all of these values.
pub fn is_taken(c: &mut AnyConnection, own: Id, pairs: &[(String, Value)]) -> Result<bool, Problem> {
    let mut all = vec![Sql::new("customers.archived_at is null and customers.id <> ").bind(Value::Id(own))];
    for (path, value) in pairs {
        if let Some(holds) = custom::store::equals(Entity::Customers, "customers.id", path, value) {
            all.push(holds);
            continue;
        }
        let (column, value) = match (path.as_str(), value) {
            // A name is the same whatever its width, case and spaces.
            ("name", Value::Text(name)) => ("name_key", Value::Text(lookup_key(name))),
            ("owner", value) => ("owner_id", value.clone()),
            ("industry" | "region" | "source" | "note" | "intent_level" | "value_tier", value) => (path.as_str(), value.clone()),
            _ => return Err(Problem::internal(format_args!("customers cannot be unique by {path}"))),
        };
        all.push(Sql::new(format!("customers.{column} = ")).bind(value));
    }
    Ok(customers::table.filter(Sql::all(all)).select(customers::id).first::<Id>(c).optional()?.is_some())
}

/// What of a customer its orders are counted by.
#[must_use]
pub fn counted_by(row: &Row) -> impl PartialEq + '_ {
    (&row.industry, &row.region, &row.value_tier)
}

/// What rules for orders ask about a customer.
#[derive(Clone, Debug, Default, Queryable)]
pub struct Facts {
    pub industry: Option<String>,
    pub region: Option<String>,
    pub value_tier: Option<String>,
}

/// The facts of one customer; empty where there is none.
pub fn facts(c: &mut AnyConnection, id: Id) -> Result<Facts, Problem> {
    let found = customers::table.find(id).select((customers::industry, customers::region, customers::value_tier)).first::<Facts>(c).optional()?;
    Ok(found.unwrap_or_default())
}

/// The facts of several.
pub fn facts_of(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, Facts>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let columns = (customers::id, (customers::industry, customers::region, customers::value_tier));
    Ok(customers::table.filter(customers::id.eq_any(ids.iter().copied())).select(columns).load::<(Id, Facts)>(c)?.into_iter().collect())
}

/// The customers that are not archived and have all that these paths lead to in common with another.
pub fn sharing(c: &mut AnyConnection, standard: &Standard, paths: &[String]) -> Result<HashSet<Id>, Problem> {
    let column = |path: &str| {
        Some(match path {
            "name" => "customers.name_key",
            "owner" => "customers.owner_id",
            "industry" => "customers.industry",
            "region" => "customers.region",
            "source" => "customers.source",
            "note" => "customers.note",
            "intent_level" => "customers.intent_level",
            "value_tier" => "customers.value_tier",
            _ => return None,
        })
    };
    unique::sharing(c, standard, ("customers.id", "customers"), &Sql::new("customers.archived_at is null"), paths, column)
}

/// The names of customers, archived or not.
pub fn names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let named = customers::table.filter(customers::id.eq_any(ids.iter().copied()));
    Ok(named.select((customers::id, customers::name)).load::<(Id, String)>(c)?.into_iter().collect())
}
