//! What the list of the versions of a standard can be asked.
use super::dto::Version;
use super::entity::Entity;
use super::service::read;
use super::store::{self, Published};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};
use crate::platform::web::values::Reference;

/// The list of versions.
pub static VERSIONS: Spec = Spec {
    entity: "versions",
    id: "standards.id",
    fields: &[
        Field::column("published_at", Kind::Time, "standards.published_at", "Time of publishing."),
        Field::column("published_by", Kind::Id, "standards.published_by", "Who published it, by id.").absent("standards.published_by is null"),
    ],
    sorts: &[
        Sort { name: "version", column: "standards.version", nullable: false },
        Sort { name: "published_at", column: "standards.published_at", nullable: false },
    ],
    default_sort: "-version",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("version", Cell::Number),
        Column::new("published_at", Cell::Plain),
        Column::new("published_by.id", Cell::Plain),
        Column::new("published_by.name", Cell::Text),
        Column::new("rules", Cell::Number),
        Column::new("fields", Cell::Number),
    ],
};

crate::list_parameters! { VersionParameters of VERSIONS; }

/// The versions of one standard.
pub struct Versions {
    pub entity: Entity,
}

impl Listing for Versions {
    type Row = Published;
    type View = Version;
    fn spec(&self) -> &'static Spec {
        &VERSIONS
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::new("standards.entity = ").bind(Value::Text(self.entity.as_str().to_owned())))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Published>, Problem> {
        store::versions(c, filter, order, limit)
    }
    fn place(&self, row: &Published, sort: &str) -> Place {
        let value = if sort == "published_at" { Value::Time(row.published_at) } else { Value::Number(row.version.into()) };
        Place { value: Some(value), id: row.id }
    }
    fn present(&self, _: &mut AnyConnection, rows: Vec<Published>) -> Result<Vec<Version>, Problem> {
        let version = |Published { id, version, document, published_at, published_by, by_name }| {
            let standard = read(self.entity.as_str(), &document)?;
            let (rules, fields) = (standard.rules.len(), standard.fields.len());
            Ok(Version { id, version, published_at, published_by: Reference::of(published_by, by_name), rules, fields })
        };
        rows.into_iter().map(version).collect()
    }
}
