//! What the list of teams can be asked.
use super::dto::TeamView;
use super::service::shown;
use super::store::{self, Row};
use crate::identity::users;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of teams.
pub static TEAMS: Spec = Spec {
    entity: "teams",
    id: "teams.id",
    fields: &[Field::column("lead", Kind::Id, "teams.lead_id", "Who leads it, by id.").absent("teams.lead_id is null")],
    sorts: &[Sort { name: "name", column: "teams.name", nullable: false }, Sort { name: "created_at", column: "teams.created_at", nullable: false }],
    default_sort: "name",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("name", Cell::Text),
        Column::new("lead.id", Cell::Plain),
        Column::new("lead.name", Cell::Text),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
    ],
};

crate::list_parameters! { TeamParameters of TEAMS; }

/// All teams.
pub struct Teams;

impl Listing for Teams {
    type Row = Row;
    type View = TeamView;
    fn spec(&self) -> &'static Spec {
        &TEAMS
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
    fn present(&self, c: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<TeamView>, Problem> {
        let leads: Vec<Id> = rows.iter().filter_map(|row| row.lead_id).collect();
        let names = users::store::names(c, &leads)?;
        Ok(rows.iter().map(|row| shown(row, row.lead_id.and_then(|id| names.get(&id)).cloned())).collect())
    }
}
