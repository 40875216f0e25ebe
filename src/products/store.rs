//! The rows of products, what they may be called and what no two may share.
use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::rules;
use crate::platform::db::kept;
use crate::platform::db::schema::{product_identities, product_names, products};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;
use crate::platform::text::{identity_key, lookup_key, nearest};
use crate::platform::web::etag;
use crate::standards::custom;
use crate::standards::definition::Standard;
use crate::standards::entity::Entity;
use crate::standards::unique;

/// How many nearest names are told of an unknown one.
const NEAREST: usize = 3;

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub sku: String,
    pub sku_key: String,
    pub name: String,
    pub name_key: String,
    pub aliases: Json,
    pub category: Option<String>,
    pub unit: Option<String>,
    pub list_price: Option<Decimal>,
    pub currency: Option<String>,
    pub ext_system: Option<String>,
    pub ext_id: Option<String>,
    pub import_hash: Option<String>,
    pub version: i64,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    pub archived_at: Option<UtcTime>,
    pub custom: Json,
    pub warnings: Json,
}

impl Row {
    /// A product that has yet to get its content.
    #[must_use]
    pub fn blank(id: Id, now: UtcTime) -> Self {
        Self {
            id,
            sku: String::new(),
            sku_key: String::new(),
            name: String::new(),
            name_key: String::new(),
            aliases: Json::of(&[""; 0]),
            category: None,
            unit: None,
            list_price: None,
            currency: None,
            ext_system: None,
            ext_id: None,
            import_hash: None,
            version: 1,
            created_at: now,
            updated_at: now,
            archived_at: None,
            custom: Json(serde_json::json!({})),
            warnings: Json(serde_json::json!([])),
        }
    }
}

/// A product, archived or not.
pub fn find(c: &mut AnyConnection, id: Id) -> Result<Option<Row>, Problem> {
    Ok(products::table.find(id).select(Row::as_select()).first(c).optional()?)
}

/// The product of a record in another system, of those not archived.
pub fn find_by_ref(c: &mut AnyConnection, system: &str, id: &str) -> Result<Option<Row>, Problem> {
    let found = products::table.filter(products::ext_system.eq(system)).filter(products::ext_id.eq(id)).filter(products::archived_at.is_null());
    Ok(found.select(Row::as_select()).first(c).optional()?)
}

/// The product of a sku, folded, of those not archived.
pub fn find_by_sku(c: &mut AnyConnection, sku_key: &str) -> Result<Option<Row>, Problem> {
    let found = products::table.filter(products::sku_key.eq(sku_key)).filter(products::archived_at.is_null());
    Ok(found.select(Row::as_select()).first(c).optional()?)
}

/// Which of these identity keys other products hold.
pub fn taken(c: &mut AnyConnection, but: Id, keys: &[String]) -> Result<HashSet<String>, Problem> {
    let held = product_identities::table.filter(product_identities::identity_key.eq_any(keys)).filter(product_identities::product_id.ne(but));
    Ok(held.select(product_identities::identity_key).load::<String>(c)?.into_iter().collect())
}

/// How many products meet a condition.
pub fn count(c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
    Ok(products::table.filter(filter).count().get_result(c)?)
}

/// Products that meet a condition, in an order.
pub fn list(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
    Ok(products::table.filter(filter).order(order).limit(limit).select(Row::as_select()).load(c)?)
}

/// Stores a new product with its names.
pub fn insert(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    diesel::insert_into(products::table).values(row).execute(tx)?;
    insert_names(tx, row)
}

/// Stores a product over the version that was read, and its names; an archived one holds none.
pub fn update(tx: &mut AnyConnection, row: &Row, read_version: i64) -> Result<(), Problem> {
    kept::pass_over();
    let stored = diesel::update(products::table.filter(products::id.eq(row.id)).filter(products::version.eq(read_version))).set(row).execute(tx)?;
    if stored == 0 {
        return Err(etag::stale(read_version));
    }
    diesel::delete(product_identities::table.filter(product_identities::product_id.eq(row.id))).execute(tx)?;
    diesel::delete(product_names::table.filter(product_names::product_id.eq(row.id))).execute(tx)?;
    insert_names(tx, row)
}

/// The keys that a product holds: by which nobody else may be called, and by which it is found. An archived one holds none.
#[must_use]
pub fn held_keys(row: &Row) -> [BTreeSet<String>; 2] {
    let names = if row.archived_at.is_some() { Vec::new() } else { rules::names(row) };
    // An own alias may fold to the own name: one row a key.
    [identity_key, lookup_key].map(|fold: fn(&str) -> String| names.iter().map(|(_, name)| fold(name)).collect())
}

fn insert_names(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    let [identities, lookups] = held_keys(row);
    let identities: Vec<_> = identities.into_iter().map(|key| (product_identities::identity_key.eq(key), product_identities::product_id.eq(row.id))).collect();
    let lookups: Vec<_> = lookups.into_iter().map(|key| (product_names::lookup_key.eq(key), product_names::product_id.eq(row.id))).collect();
    crate::insert_rows!(tx, product_identities::table, &identities)?;
    crate::insert_rows!(tx, product_names::table, &lookups)?;
    Ok(())
}

/// What is known of a text that should name a product.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub given: String,
    pub found: Option<Found>,
    /// The standard names of the nearest products, where none was found.
    pub nearest: Vec<String>,
}

/// A product as a line of an order needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub id: Id,
    pub name: String,
    pub list_price: Option<Decimal>,
    pub currency: Option<String>,
}

#[derive(QueryableByName)]
struct Match {
    #[diesel(sql_type = Integer)]
    rank: i32,
    #[diesel(sql_type = Text)]
    matched: String,
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    list_price: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
}

/// Finds the products that texts name, all in one question: by id, else by sku, else by standard name or alias; archived ones are not found.
pub fn resolve(c: &mut AnyConnection, given: &[String]) -> Result<Vec<Resolved>, Problem> {
    let keys: Vec<String> = given.iter().map(|text| lookup_key(text)).collect();
    let ids: BTreeSet<Id> = given.iter().filter_map(|text| Id::parse(text.trim())).collect();
    let found = matches(c, &keys.iter().collect(), &ids)?;
    let found_of = |text: &str, key: &String| Id::parse(text.trim()).and_then(|id| found.get(&id.to_string())).or_else(|| found.get(key)).cloned();
    let mut all: Vec<Resolved> =
        given.iter().zip(&keys).map(|(text, key)| Resolved { given: text.clone(), found: found_of(text, key), nearest: Vec::new() }).collect();
    if all.iter().any(|one| one.found.is_none()) {
        // Aliases are compared, too, but it is the standard name that is suggested.
        let names: Vec<(String, String)> = product_names::table
            .inner_join(products::table.on(product_names::product_id.eq(products::id)))
            .order((products::name_key, product_names::lookup_key))
            .select((product_names::lookup_key, products::name))
            .load(c)?;
        let standard: HashMap<&str, &String> = names.iter().map(|(key, name)| (key.as_str(), name)).collect();
        for one in all.iter_mut().filter(|one| one.found.is_none()) {
            for key in nearest(&one.given, names.iter().map(|(key, _)| key.as_str()), NEAREST * 2) {
                let name = standard.get(key.as_str()).map(|name| (*name).clone()).unwrap_or_default();
                if one.nearest.len() < NEAREST && !one.nearest.contains(&name) {
                    one.nearest.push(name);
                }
            }
        }
    }
    Ok(all)
}

/// Values, the last of them repeated up to one of few numbers: so that there are few texts of the question.
fn few(mut values: Vec<Value>) -> Vec<Value> {
    let size = [1, 4, 16, 64, 256].into_iter().find(|size| *size >= values.len());
    if let (Some(size), Some(last)) = (size, values.last().cloned()) {
        values.resize(size, last);
    }
    values
}

/// Products by the text that names them; where one text fits several ways, the id counts before the sku, the sku before the name.
fn matches(c: &mut AnyConnection, keys: &BTreeSet<&String>, ids: &BTreeSet<Id>) -> Result<HashMap<String, Found>, Problem> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let values = || few(keys.iter().map(|key| Value::Text((*key).clone())).collect());
    let mut question = Sql::new("select 1 as rank, n.lookup_key as matched, p.id, p.name, p.list_price, p.currency from product_names n ")
        .text("join products p on p.id = n.product_id where n.lookup_key in (")
        .list(values())
        .text(") union all select 2, p.sku_key, p.id, p.name, p.list_price, p.currency from products p where p.archived_at is null and p.sku_key in (")
        .list(values())
        .text(")");
    if !ids.is_empty() {
        question = question
            .text(" union all select 3, '', p.id, p.name, p.list_price, p.currency from products p where p.archived_at is null and p.id in (")
            .list(few(ids.iter().copied().map(Value::Id).collect()))
            .text(")");
    }
    let mut rows = question.of_few().load::<Match>(c)?;
    rows.sort_by_key(|row| row.rank);
    let by_text = |row: Match| {
        let text = if row.rank == 3 { row.id.to_string() } else { row.matched };
        (text, Found { id: row.id, name: row.name, list_price: row.list_price, currency: row.currency })
    };
    Ok(rows.into_iter().map(by_text).collect())
}

/// Whether another product that is not archived has all of these values.
pub fn is_taken(c: &mut AnyConnection, own: Id, pairs: &[(String, Value)]) -> Result<bool, Problem> {
    let mut all = vec![Sql::new("products.archived_at is null and products.id <> ").bind(Value::Id(own))];
    for (path, value) in pairs {
        if let Some(holds) = custom::store::equals(Entity::Products, "products.id", path, value) {
            all.push(holds);
            continue;
        }
        let (column, value) = match (path.as_str(), value) {
            // A name or a sku is the same whatever its width, case and spaces.
            ("name", Value::Text(name)) => ("name_key", Value::Text(lookup_key(name))),
            ("sku", Value::Text(sku)) => ("sku_key", Value::Text(lookup_key(sku))),
            ("category" | "unit" | "list_price" | "currency", value) => (path.as_str(), value.clone()),
            _ => return Err(Problem::internal(format_args!("products cannot be unique by {path}"))),
        };
        all.push(Sql::new(format!("products.{column} = ")).bind(value));
    }
    Ok(products::table.filter(Sql::all(all)).select(products::id).first::<Id>(c).optional()?.is_some())
}

/// The products that are not archived and have all that these paths lead to in common with another.
pub fn sharing(c: &mut AnyConnection, standard: &Standard, paths: &[String]) -> Result<HashSet<Id>, Problem> {
    let column = |path: &str| {
        Some(match path {
            "name" => "products.name_key",
            "sku" => "products.sku_key",
            "category" => "products.category",
            "unit" => "products.unit",
            "list_price" => "products.list_price",
            "currency" => "products.currency",
            _ => return None,
        })
    };
    unique::sharing(c, standard, ("products.id", "products"), &Sql::new("products.archived_at is null"), paths, column)
}

/// What rules for orders ask about a product.
#[derive(Clone, Debug, Queryable)]
pub struct Facts {
    pub category: Option<String>,
    pub list_price: Option<Decimal>,
    pub currency: Option<String>,
}

/// The facts of products, archived or not.
pub fn facts(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, Facts>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let columns = (products::id, (products::category, products::list_price, products::currency));
    Ok(products::table.filter(products::id.eq_any(ids.iter().copied())).select(columns).load::<(Id, Facts)>(c)?.into_iter().collect())
}

/// The standard names of products, archived or not.
pub fn names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(products::table.filter(products::id.eq_any(ids.iter().copied())).select((products::id, products::name)).load::<(Id, String)>(c)?.into_iter().collect())
}
