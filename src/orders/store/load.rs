//! Orders as they are answered: the rows, and what belongs to each of them. However many they are, it is done in as many statements.
use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::LazyLock;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::AsSelect;
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::{Nullable, Text};
use serde::Deserialize;

use super::names::Names;
use super::{LineRow, Lines, OrderRow, RemarkRow, ShownRow};
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::selection;
use crate::platform::db::sql::{Selecting, Sql, Value};
use crate::platform::db::types::SqlJson;
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// For how many orders room is made before it is known how many there are: a page and one more.
const MOST_MADE_ROOM_FOR: i64 = 201;

static WHOLE: LazyLock<Sql> = LazyLock::new(|| selecting(&selection::text::<OrderRow>()));
static SHOWN: LazyLock<Sql> = LazyLock::new(|| selecting(&selection::text::<ShownRow>()));

fn selecting(columns: &str) -> Sql {
    Sql::new(format!("select {columns}, orders.lines, ")).then(dialect::told_along(REMARKS)).text(" from orders where ")
}

/// The columns of an order, and a row of them: what is read of its own, the lines, the remarks where they are told along.
type Columns<R> = (AsSelect<R, MultiBackend>, SqlJson, Nullable<Text>);
type Row<R> = (R, Lines, Option<String>);

static REMARKS_OF: LazyLock<Sql> = LazyLock::new(|| {
    let remark = selection::text::<RemarkRow>();
    Sql::new(format!("select {remark}, users.name from order_remarks join users on users.id = order_remarks.author_id where "))
});

/// An order with what its answer shows besides: names, lines, remarks.
#[derive(Clone, Debug)]
pub struct Loaded<R = OrderRow> {
    pub row: R,
    pub customer_name: Option<String>,
    pub owner_name: String,
    pub team_name: Option<String>,
    pub lines: Vec<(LineRow, Option<String>)>,
    pub remarks: Vec<(RemarkRow, String)>,
}

impl Loaded {
    /// The same for who only shows it.
    #[must_use]
    pub fn shown(self) -> Loaded<ShownRow> {
        let Self { row, customer_name, owner_name, team_name, lines, remarks } = self;
        Loaded { row: row.shown, customer_name, owner_name, team_name, lines, remarks }
    }
}

impl Borrow<ShownRow> for OrderRow {
    fn borrow(&self) -> &ShownRow {
        &self.shown
    }
}

/// Orders that meet a condition, in an order, with all that belongs to them, as of one moment; names may be older, as of when the request began.
pub fn load(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Loaded>, Problem> {
    read(c, &WHOLE, filter, order, limit)
}

/// The same for those who only show them.
pub fn load_shown(c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Loaded<ShownRow>>, Problem> {
    read(c, &SHOWN, filter, order, limit)
}

/// The same by what is selected of them.
fn read<R>(c: &mut AnyConnection, select: &Sql, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Loaded<R>>, Problem>
where
    R: Selectable<MultiBackend> + Borrow<ShownRow> + 'static,
    Selecting<Columns<R>>: for<'q> LoadQuery<'q, AnyConnection, Row<R>>,
{
    let few = filter.is_of_few() && order.is_of_few();
    let found = select.clone().then(filter).text(" order by ").then(order).text(" limit ").bind(Value::Number(limit)).of_few_if(few);
    // Wide rows: a list that grows would be moved again and again, and so would each that is put together later.
    let mut orders: Vec<Loaded<R>> = Vec::with_capacity(usize::try_from(limit.min(MOST_MADE_ROOM_FOR)).unwrap_or_default());
    for row in found.selecting::<Columns<R>>().load_iter::<Row<R>, DefaultLoadingMode>(c)? {
        let (row, lines, remarks) = row?;
        let remarks = read_remarks(row.borrow().id, remarks.as_deref())?;
        let lines = lines.rows().map(|line| (line, None)).collect();
        orders.push(Loaded { row, customer_name: None, owner_name: String::new(), team_name: None, lines, remarks });
    }
    if !dialect::tells_along(c) {
        remark(c, &mut orders)?;
    }
    name(c, &mut orders)?;
    Ok(orders)
}

/// Adds the remarks on orders, where there are any.
fn remark<R: Borrow<ShownRow>>(c: &mut AnyConnection, orders: &mut [Loaded<R>]) -> QueryResult<()> {
    let remarked: Vec<Id> = orders.iter().filter(|order| order.row.borrow().remark_count > 0).map(|order| order.row.borrow().id).collect();
    if remarked.is_empty() {
        return Ok(());
    }
    let of_these = Sql::among("order_remarks.order_id", &remarked);
    let few = of_these.is_of_few();
    let question = REMARKS_OF.clone().then(of_these).text(" order by order_remarks.id").of_few_if(few);
    let found = question.selecting::<(AsSelect<RemarkRow, MultiBackend>, Text)>().load::<(RemarkRow, String)>(c)?;
    let mut of_order: HashMap<Id, Vec<(RemarkRow, String)>> = HashMap::new();
    for remark in found {
        of_order.entry(remark.0.order_id).or_default().push(remark);
    }
    orders.iter_mut().for_each(|order| order.remarks = of_order.remove(&order.row.borrow().id).unwrap_or_default());
    Ok(())
}

/// Adds the names of customers, owners, teams and products.
fn name<R: Borrow<ShownRow>>(c: &mut AnyConnection, orders: &mut [Loaded<R>]) -> Result<(), Problem> {
    let products = orders.iter().flat_map(|order| order.lines.iter().filter_map(|(line, _)| line.product_id));
    let holders = orders.iter().flat_map(|order| [Some(order.row.borrow().owner_id), order.row.borrow().team_id]);
    let customers = orders.iter().filter_map(|order| order.row.borrow().customer_id);
    let names = Names::of(c, customers, holders.flatten().chain(products))?;
    let name = names.told();
    for order in orders {
        let row = order.row.borrow();
        (order.customer_name, order.owner_name, order.team_name) = (row.customer_id.map(&name), name(row.owner_id), row.team_id.map(&name));
        for (line, product) in &mut order.lines {
            *product = line.product_id.map(&name);
        }
    }
    Ok(())
}

/// The remarks on an order as JSON, in the words of PostgreSQL; null where there are none.
const REMARKS: &str = "case when orders.remark_count > 0 then (select json_agg(json_build_object('id', r.id, 'round', r.round, 'pointer', r.pointer, 'line_id', r.line_id, 'message', r.message, \
     'author_id', r.author_id, 'author', u.name, 'created_at', cast(extract(epoch from r.created_at) * 1000000 as bigint), 'severity', r.severity, \
     'state', r.state, 'answer', r.answer, 'settled_by', r.settled_by, 'settled_at', cast(extract(epoch from r.settled_at) * 1000000 as bigint)) order by r.id)::text \
     from order_remarks r join users u on u.id = r.author_id where r.order_id = orders.id) end";

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
