//! What the list of users can be asked.
use super::dto::UserView;
use super::service::shown;
use super::store::{self, Row};
use crate::identity::{Role, teams};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of users.
pub static USERS: Spec = Spec {
    entity: "users",
    id: "users.id",
    fields: &[
        Field::column("role", Kind::Word(Role::WORDS), "users.role", "The role."),
        Field::column("team", Kind::Id, "users.team_id", "The team, by id.").absent("users.team_id is null"),
        Field::column("active", Kind::Flag, "users.active", "Whether the user may log in: true or false."),
    ],
    sorts: &[Sort { name: "name", column: "users.name", nullable: false }, Sort { name: "created_at", column: "users.created_at", nullable: false }],
    default_sort: "name",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("name", Cell::Text),
        Column::new("email", Cell::Text),
        Column::new("role", Cell::Plain),
        Column::new("team.id", Cell::Plain),
        Column::new("team.name", Cell::Text),
        Column::new("locale", Cell::Plain),
        Column::new("time_zone", Cell::Plain),
        Column::new("active", Cell::Flag),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
    ],
};

crate::list_parameters! { UserParameters of USERS; }

/// All users.
pub struct Users;

impl Listing for Users {
    type Row = Row;
    type View = UserView;
    fn spec(&self) -> &'static Spec {
        &USERS
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::all([]))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
        store::list(c, filter, order, limit)
    }
    fn place(&self, row: &Row, sort: &str) -> Place {
        let value = if sort == "name" { Value::Text(row.name.clone()) } else { Value::Time(row.created_at) };
        Place { value: Some(value), id: row.id }
    }
    fn present(&self, c: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<UserView>, Problem> {
        let ids: Vec<Id> = rows.iter().filter_map(|row| row.team_id).collect();
        let names = teams::store::names(c, &ids)?;
        Ok(rows.iter().map(|row| shown(row, row.team_id.and_then(|id| names.get(&id)).cloned())).collect())
    }
}
