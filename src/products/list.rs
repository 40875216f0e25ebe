//! What the list of the catalogue can be asked.
use super::dto::Product;
use super::store::{self, Row};
use super::{rules, service};
use crate::identity::Act;
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;
use crate::platform::search;
use crate::platform::text::terms::Terms;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Defined, Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};
use crate::standards::custom::defined::defined;
use crate::standards::entity::Entity;

/// The list of products.
pub static PRODUCTS: Spec = Spec {
    entity: "products",
    id: "products.id",
    fields: &[
        Field::search("Words in sku, name, aliases, category and external reference."),
        Field::column("category", Kind::Text, "products.category", "The category.").absent("products.category is null").walked(),
        Field::column("sku", Kind::Folded, "products.sku_key", "The sku; case, width and runs of spaces make no difference."),
        Field::column("currency", Kind::Text, "products.currency", "Code of the list price's currency.").absent("products.currency is null").walked(),
        Field::column("list_price", Kind::Decimal, "products.list_price", "The list price, in its own currency.").absent("products.list_price is null"),
        Field::column("created_at", Kind::Time, "products.created_at", "Time of entry."),
    ],
    sorts: &[Sort { name: "name", column: "products.name_key", nullable: false }, Sort { name: "created_at", column: "products.created_at", nullable: false }],
    default_sort: "name",
    archived: Some("products.archived_at"),
    views: true,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("sku", Cell::Text),
        Column::new("name", Cell::Text),
        Column::new("aliases", Cell::Text),
        Column::new("category", Cell::Text),
        Column::new("unit", Cell::Text),
        Column::new("list_price", Cell::Number),
        Column::new("currency", Cell::Plain),
        Column::new("external_ref.system", Cell::Text),
        Column::new("external_ref.id", Cell::Text),
        Column::new("custom", Cell::Json),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
        Column::new("archived_at", Cell::Plain),
    ],
};

crate::list_parameters! { ProductParameters of PRODUCTS; }

/// The catalogue, as a caller may see it.
pub struct Products {
    pub act: Act,
}

impl Listing for Products {
    type Row = Row;
    type View = Product;
    fn spec(&self) -> &'static Spec {
        &PRODUCTS
    }
    fn defined(&self, c: &mut AnyConnection) -> Result<Defined, Problem> {
        defined(c, &self.act.caller, Entity::Products, "products.id")
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::all([]))
    }
    fn entries(&self, holds: Sql) -> Sql {
        Sql::new("select e.record_id from search_entries e where e.record_type = 'product' and ").then(holds)
    }
    fn entry(&self, holds: Sql) -> Sql {
        search::entry(Sql::new("e.record_id = products.id and e.record_type = 'product' and ").then(holds))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
        store::list(c, filter, order, limit)
    }
    fn place(&self, row: &Row, sort: &str) -> Place {
        let value = if sort == "name" { Value::Text(row.name_key.clone()) } else { Value::Time(row.created_at) };
        Place { value: Some(value), id: row.id }
    }
    fn present(&self, c: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<Product>, Problem> {
        service::present(c, &self.act, &rows)
    }
}

/// Puts the words of a product into the index.
pub fn index(tx: &mut AnyConnection, row: &Row) -> Result<(), Problem> {
    search::put(tx, "product", row.id, "public", &words(row))
}

/// The words of a product.
#[must_use]
pub fn words(row: &Row) -> Terms {
    let own = Terms::default().text(Some(&row.sku)).text(row.category.as_deref()).text(row.ext_id.as_deref());
    rules::names(row).iter().fold(own, |terms, (_, name)| terms.text(Some(name)))
}

/// Indexes every product.
pub fn index_all(tx: &mut AnyConnection) -> Result<(), Problem> {
    let words = |row: &Row| (row.id, "public", words(row));
    search::index_all(tx, ("products", "product"), store::list, |row| row.id, |_, rows| Ok(rows.iter().map(words).collect()))
}
