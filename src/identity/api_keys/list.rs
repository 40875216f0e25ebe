//! What the list of API keys can be asked.
use super::dto::ApiKeyView;
use super::service::shown;
use super::store::{self, Row};
use crate::identity::rights::{Verdict, decide_own};
use crate::identity::{Act, Permission, users};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::Query;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of API keys.
pub static API_KEYS: Spec = Spec {
    entity: "api-keys",
    id: "api_keys.id",
    fields: &[Field::column("owner", Kind::Id, "api_keys.user_id", "Keys of this user, by id: an administrator's question; others see their own alone.")],
    sorts: &[Sort { name: "created_at", column: "api_keys.created_at", nullable: false }, Sort { name: "name", column: "api_keys.name", nullable: false }],
    default_sort: "-created_at",
    archived: Some("api_keys.revoked_at"),
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("name", Cell::Text),
        Column::new("owner.id", Cell::Plain),
        Column::new("owner.name", Cell::Text),
        Column::new("prefix", Cell::Plain),
        Column::new("scopes", Cell::Text),
        Column::new("expires_at", Cell::Plain),
        Column::new("last_used_at", Cell::Plain),
        Column::new("revoked_at", Cell::Plain),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
    ],
};

crate::list_parameters! { ApiKeyParameters of API_KEYS; }

/// The keys of a caller or, for an administrator who names an owner, anybody's.
pub struct ApiKeys {
    user: Id,
    all: bool,
}

impl ApiKeys {
    /// The keys that a question is about.
    pub fn asked(act: &Act, query: &Query) -> Result<Self, Problem> {
        let user = act.caller.user.ok_or_else(Problem::not_found)?;
        let names_owner = query.pairs().any(|(name, _)| name.split('[').next() == Some("owner"));
        Ok(Self { user, all: names_owner && decide_own(act.caller.role, &[], Permission::ApiKeysRead) == Verdict::Allowed })
    }
}

impl Listing for ApiKeys {
    type Row = Row;
    type View = ApiKeyView;
    fn spec(&self) -> &'static Spec {
        &API_KEYS
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(if self.all { Sql::all([]) } else { Sql::new("api_keys.user_id = ").bind(Value::Id(self.user)) })
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
    fn present(&self, c: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<ApiKeyView>, Problem> {
        let owners: Vec<Id> = rows.iter().map(|row| row.user_id).collect();
        let names = users::store::names(c, &owners)?;
        Ok(rows.into_iter().map(|row| shown(names.get(&row.user_id).cloned(), row)).collect())
    }
}
