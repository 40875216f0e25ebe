//! The lines of orders, kept twice: in the order's row, with which they are read, and as rows of `order_lines`, by which orders are found and counted. Both
//! are written here and nowhere else.
use diesel::prelude::*;
use serde_json::json;

use crate::insert_rows;
use crate::platform::db::schema::{order_lines, orders};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, JsonAs, dialect};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;

/// A line as it is kept; its place is that among the lines of its order. Without a value it is null in so many words, for where a default may be meant SQLite
/// is sent a statement for each line.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
pub struct LineRow {
    pub id: Id,
    pub product_id: Option<Id>,
    pub description: Option<String>,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount_rate: Decimal,
    pub amount: Decimal,
}

/// A line as the order's row holds it: the columns of [`LineRow`] in their order, numbers in ten-thousandths.
type Told = (Id, Option<Id>, Option<String>, i64, i64, i64, i64);

/// All lines of an order as its row holds them.
pub type Lines = JsonAs<Vec<Told>>;

impl Lines {
    /// The lines.
    pub fn rows(self) -> impl Iterator<Item = LineRow> {
        let row = |(id, product_id, description, quantity, unit_price, discount_rate, amount): Told| {
            let [quantity, unit_price, discount_rate, amount] = [quantity, unit_price, discount_rate, amount].map(Decimal);
            LineRow { id, product_id, description, quantity, unit_price, discount_rate, amount }
        };
        self.0.into_iter().map(row)
    }
}

/// Lines as the order's row is to hold them.
pub(super) fn told(lines: &[LineRow]) -> Json {
    let told = |LineRow { id, product_id, description, quantity, unit_price, discount_rate, amount }: &LineRow| {
        json!([id, product_id, description, quantity.0, unit_price.0, discount_rate.0, amount.0])
    };
    Json(lines.iter().map(told).collect())
}

/// Replaces the lines of an order.
pub fn replace(tx: &mut AnyConnection, order: Id, lines: &[LineRow]) -> Result<(), Problem> {
    diesel::update(orders::table.find(order)).set(orders::lines.eq(told(lines))).execute(tx)?;
    diesel::delete(order_lines::table.filter(order_lines::order_id.eq(order))).execute(tx)?;
    insert(tx, order, lines)
}

/// Keeps the lines of an order as rows; where ways are long by one text, however many they are, so that it is kept prepared.
pub(super) fn insert(tx: &mut AnyConnection, order: Id, lines: &[LineRow]) -> Result<(), Problem> {
    if !dialect::tells_along(tx) {
        let place = |place: usize| (order_lines::order_id.eq(order), order_lines::position.eq(place as i32));
        let rows: Vec<_> = lines.iter().enumerate().map(|(n, line)| (place(n), line.clone())).collect();
        insert_rows!(tx, order_lines::table, rows)?;
        return Ok(());
    }
    let told = lines.iter().enumerate().map(|(position, line)| {
        json!({
            "id": line.id, "position": position, "product_id": line.product_id, "description": line.description, "quantity": line.quantity.0,
            "unit_price": line.unit_price.0, "discount_rate": line.discount_rate.0, "amount": line.amount.0,
        })
    });
    let columns = "position, product_id, description, quantity, unit_price, discount_rate, amount";
    Sql::new(format!("insert into order_lines (id, order_id, {columns}) select id, "))
        .bind(Value::Id(order))
        .text(format!(", {columns} from jsonb_to_recordset("))
        .bind(Value::Json(Json(told.collect())))
        .text(") as l (id uuid, position integer, product_id uuid, description text, quantity bigint, unit_price bigint, discount_rate bigint, amount bigint)")
        .run(tx)?;
    Ok(())
}
