//! What the list of views can be asked.
use super::dto::{Sharing, View};
use super::store::{self, Named};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of views.
pub static VIEWS: Spec = Spec {
    entity: "views",
    id: "views.id",
    fields: &[
        Field::column("entity", Kind::Text, "views.entity", "The list that it is of: orders, customers, products."),
        Field::column("sharing", Kind::Word(Sharing::WORDS), "views.sharing", "Who may use it."),
        Field::column("owner", Kind::Id, "views.owner_id", "The owner, by id."),
    ],
    sorts: &[Sort { name: "name", column: "views.name", nullable: false }, Sort { name: "created_at", column: "views.created_at", nullable: false }],
    default_sort: "name",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("entity", Cell::Plain),
        Column::new("name", Cell::Text),
        Column::new("sharing", Cell::Plain),
        Column::new("owner.id", Cell::Plain),
        Column::new("owner.name", Cell::Text),
        Column::new("team.name", Cell::Text),
        Column::new("condition", Cell::Json),
        Column::new("sort", Cell::Plain),
        Column::new("columns", Cell::Text),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
    ],
};

crate::list_parameters! { ViewParameters of VIEWS; }

/// The views that a user may use.
pub struct Usable {
    pub user: Id,
}

impl Listing for Usable {
    type Row = Named;
    type View = View;
    fn spec(&self) -> &'static Spec {
        &VIEWS
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(store::usable(self.user))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Named>, Problem> {
        store::list(c, filter, order, limit)
    }
    fn place(&self, (row, ..): &Named, sort: &str) -> Place {
        let value = if sort == "name" { Value::Text(row.name.clone()) } else { Value::Time(row.created_at) };
        Place { value: Some(value), id: row.id }
    }
    fn present(&self, _: &mut AnyConnection, rows: Vec<Named>) -> Result<Vec<View>, Problem> {
        Ok(rows.into_iter().map(|(row, owner, team)| View::of(row, owner, team)).collect())
    }
}
