//! Orders as they are answered: the rows, and what belongs to each of them. However many they are, it is done in as many statements.
use std::collections::HashMap;
use std::sync::LazyLock;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::AsSelect;
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::{Nullable, Text};
use serde::Deserialize;

use super::names::Names;
use super::{LineRow, OrderRow, RemarkRow};
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::selection;
use crate::platform::db::sql::{Selecting, Sql, Value};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;

/// For how many orders room is made before it is known how many there are: a page and one more.
const MOST_MADE_ROOM_FOR: i64 = 201;

static ORDERS: LazyLock<Sql> = LazyLock::new(|| {
    Sql::new(format!("select {}, customers.name, ", selection::text::<OrderRow>()))
        .then(dialect::told_along(LINES))
        .text(", ")
        .then(dialect::told_along(REMARKS))
        .text(" from orders left join customers on customers.id = orders.customer_id where ")
});
type OrderColumns = (AsSelect<OrderRow, MultiBackend>, Nullable<Text>, Nullable<Text>, Nullable<Text>);

static LINES_OF: LazyLock<Sql> = LazyLock::new(|| Sql::new(format!("select {} from order_lines where ", selection::text::<LineRow>())));
static REMARKS_OF: LazyLock<Sql> = LazyLock::new(|| {
    let remark = selection::text::<RemarkRow>();
    Sql::new(format!("select {remark}, users.name from order_remarks join users on users.id = order_remarks.author_id where "))
});

/// An order with what its answer shows besides: names, lines, remarks.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub row: OrderRow,
    pub customer_name: Option<String>,
    pub owner_name: String,
    pub team_name: Option<String>,
    pub lines: Vec<(LineRow, Option<String>)>,
    pub remarks: Vec<(RemarkRow, String)>,
}

/// Orders that meet a condition, in an order, with all that belongs to them, as of one moment; names may be older, as of when the request began.
pub fn load(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Loaded>, Problem> {
    type Row = (OrderRow, Option<String>, Option<String>, Option<String>);
    let few = filter.is_of_few() && order.is_of_few();
    let found = ORDERS.clone().then(filter).text(" order by ").then(order).text(" limit ").bind(Value::Number(limit)).of_few_if(few);
    // Wide rows: a list that grows would be moved again and again.
    let mut rows: Vec<Row> = Vec::with_capacity(usize::try_from(limit.min(MOST_MADE_ROOM_FOR)).unwrap_or_default());
    for row in found.selecting::<OrderColumns>().load_iter::<Row, DefaultLoadingMode>(c)? {
        rows.push(row?);
    }
    let mut parts = if dialect::tells_along(c) { None } else { Some(Parts::of(c, &rows.iter().map(|(row, ..)| row).collect::<Vec<_>>())?) };
    let mut whole = Vec::with_capacity(rows.len());
    for (row, customer_name, lines, remarks) in rows {
        let (lines, remarks) = match &mut parts {
            Some(parts) => parts.take(row.id),
            None => (read_lines(row.id, lines.as_deref())?, read_remarks(row.id, remarks.as_deref())?),
        };
        whole.push((row, customer_name, lines, remarks));
    }
    let products = whole.iter().flat_map(|(_, _, lines, _)| lines.iter().filter_map(|line| line.product_id));
    let names = Names::of(c, whole.iter().flat_map(|(row, ..)| [Some(row.owner_id), row.team_id]).flatten().chain(products))?;
    let named = |(row, customer_name, lines, remarks): (OrderRow, _, Vec<LineRow>, _)| Loaded {
        owner_name: names.get(row.owner_id),
        team_name: row.team_id.map(|id| names.get(id)),
        lines: lines
            .into_iter()
            .map(|line| {
                let product = line.product_id.map(|id| names.get(id));
                (line, product)
            })
            .collect(),
        row,
        customer_name,
        remarks,
    };
    Ok(whole.into_iter().map(named).collect())
}

/// What belongs to orders, read after them.
struct Parts {
    lines: HashMap<Id, Vec<LineRow>>,
    remarks: HashMap<Id, Vec<(RemarkRow, String)>>,
}

impl Parts {
    fn of(c: &mut AnyConnection, rows: &[&OrderRow]) -> QueryResult<Self> {
        let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
        // Nobody remarks on an order before it was submitted.
        let reviewed: Vec<Id> = rows.iter().filter(|row| row.first_submitted_at.is_some()).map(|row| row.id).collect();
        Ok(Self { lines: grouped(lines_of(c, &ids)?, |line| line.order_id), remarks: grouped(remarks_of(c, &reviewed)?, |(remark, _)| remark.order_id) })
    }

    fn take(&mut self, order: Id) -> OfOrder {
        (self.lines.remove(&order).unwrap_or_default(), self.remarks.remove(&order).unwrap_or_default())
    }
}

type OfOrder = (Vec<LineRow>, Vec<(RemarkRow, String)>);

pub(super) fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> Id) -> HashMap<Id, Vec<T>> {
    let mut groups: HashMap<Id, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

fn lines_of(c: &mut AnyConnection, ids: &[Id]) -> QueryResult<Vec<LineRow>> {
    belonging::<AsSelect<LineRow, MultiBackend>, _>(c, &LINES_OF, "order_lines.order_id", ids, "order_lines.order_id, order_lines.position")
}

fn remarks_of(c: &mut AnyConnection, ids: &[Id]) -> QueryResult<Vec<(RemarkRow, String)>> {
    belonging::<(AsSelect<RemarkRow, MultiBackend>, Text), _>(c, &REMARKS_OF, "order_remarks.order_id", ids, "order_remarks.id")
}

/// What a text selects of some orders, in an order.
fn belonging<ST, R>(c: &mut AnyConnection, select: &Sql, column: &str, ids: &[Id], order: &str) -> QueryResult<Vec<R>>
where
    Selecting<ST>: for<'q> LoadQuery<'q, AnyConnection, R>,
{
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_these = Sql::among(column, ids);
    let few = of_these.is_of_few();
    select.clone().then(of_these).text(format!(" order by {order}")).of_few_if(few).selecting::<ST>().load(c)
}

/// The lines of an order as JSON, in the words of PostgreSQL; null where there are none.
const LINES: &str = "(select json_agg(json_build_object('id', l.id, 'position', l.position, 'product_id', l.product_id, \
     'description', l.description, 'quantity', l.quantity, 'unit_price', l.unit_price, 'discount_rate', l.discount_rate, 'amount', l.amount) order by l.position)::text \
     from order_lines l where l.order_id = orders.id)";

#[derive(Deserialize)]
struct ToldLine {
    id: Id,
    position: i32,
    product_id: Option<Id>,
    description: Option<String>,
    quantity: i64,
    unit_price: i64,
    discount_rate: i64,
    amount: i64,
}

fn read_lines(order_id: Id, told: Option<&str>) -> Result<Vec<LineRow>, Problem> {
    let told: Vec<ToldLine> = told.map_or(Ok(Vec::new()), serde_json::from_str).map_err(Problem::internal)?;
    let read = |told: ToldLine| {
        let ToldLine { id, position, product_id, description, quantity, unit_price, discount_rate, amount } = told;
        let [quantity, unit_price, discount_rate, amount] = [quantity, unit_price, discount_rate, amount].map(Decimal);
        LineRow { id, order_id, position, product_id, description, quantity, unit_price, discount_rate, amount }
    };
    Ok(told.into_iter().map(read).collect())
}

/// The remarks on an order as JSON, in the words of PostgreSQL; null where there are none.
const REMARKS: &str = "(select json_agg(json_build_object('id', r.id, 'round', r.round, 'pointer', r.pointer, 'line_id', r.line_id, 'message', r.message, \
     'author_id', r.author_id, 'author', u.name, 'created_at', cast(extract(epoch from r.created_at) * 1000000 as bigint), 'severity', r.severity, \
     'state', r.state, 'answer', r.answer, 'settled_by', r.settled_by, 'settled_at', cast(extract(epoch from r.settled_at) * 1000000 as bigint)) order by r.id)::text \
     from order_remarks r join users u on u.id = r.author_id where r.order_id = orders.id)";

#[derive(Deserialize)]
struct ToldRemark {
    id: Id,
    round: i32,
    pointer: String,
    line_id: Option<Id>,
    message: String,
    author_id: Id,
    author: String,
    created_at: i64,
    severity: String,
    state: String,
    answer: Option<String>,
    settled_by: Option<Id>,
    settled_at: Option<i64>,
}

fn read_remarks(order_id: Id, told: Option<&str>) -> Result<Vec<(RemarkRow, String)>, Problem> {
    let told: Vec<ToldRemark> = told.map_or(Ok(Vec::new()), serde_json::from_str).map_err(Problem::internal)?;
    let read = |told: ToldRemark| {
        let ToldRemark { id, round, pointer, line_id, message, author_id, author, created_at, severity, state, answer, settled_by, settled_at } = told;
        let (created_at, settled_at) = (UtcTime(created_at), settled_at.map(UtcTime));
        let row = RemarkRow { id, order_id, round, pointer, line_id, message, author_id, created_at, severity, state, answer, settled_by, settled_at };
        (row, author)
    };
    Ok(told.into_iter().map(read).collect())
}
