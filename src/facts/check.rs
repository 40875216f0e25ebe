//! Whether the facts say what orders, lines, tags and custom values say.
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::packs;
use super::store::{Part, Which, lines, orders, tags, values};
use crate::platform::db::sql::Sql;
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;

/// An order of which the facts say something else than its rows.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Drift {
    #[diesel(sql_type = SqlId)]
    pub order_id: Id,
    /// The table that is wrong, and how.
    #[diesel(sql_type = Text)]
    pub what: String,
}

/// The orders of which the open facts are not what holds today, or of which two facts hold at once; at most so many of each kind.
pub fn drift(c: &mut AnyConnection, choices: Vec<String>, most: usize) -> Result<Vec<Drift>, Problem> {
    let mut all = Vec::new();
    for part in [orders(), lines(), tags(), values(choices)] {
        for question in wrong(&part) {
            all.extend(question.text(format!(" limit {most}")).load::<Drift>(c)?);
        }
    }
    all.extend(packs::drift(c, most)?);
    Ok(all)
}

fn wrong(part: &Part) -> [Sql; 3] {
    let table = part.table;
    let columns = part.columns.join(", ");
    let known = Sql::new(format!("select order_id, {columns} from {table} where valid_to is null"));
    let today = Sql::new(format!("select order_id, {columns} from (")).then(part.today(&Which::All)).text(") s");
    let only = |one: &Sql, other: &Sql, what: &str| {
        let rows = Sql::new(format!("select d.order_id as order_id, '{table} {what}' as what from (")).then(one.clone());
        rows.text(" except ").then(other.clone()).text(") d")
    };
    let (missing, gone) = (only(&today, &known, "lacks what holds"), only(&known, &today, "holds what is gone"));
    // Of an order one state, of a product, tag or field one row at a time.
    let key = match table {
        "order_fact_lines" => " and g.product_id is not distinct from f.product_id",
        "order_fact_tags" => " and g.tag = f.tag",
        "order_fact_values" => " and g.key = f.key",
        _ => "",
    };
    let twice = format!(
        "select f.order_id as order_id, '{table} holds two at once' as what from {table} f join {table} g on g.order_id = f.order_id{key} \
         where (g.valid_from > f.valid_from and (f.valid_to is null or g.valid_from < f.valid_to)) or f.valid_to <= f.valid_from"
    );
    [missing, gone, Sql::new(twice)]
}
