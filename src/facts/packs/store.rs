//! Packs in the database.
use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};

use super::format::{Shares, codes_to_bytes, numbers_to_bytes};
use super::{Column, NEVER, Vocabulary, Words};
use crate::facts::Drift;
use crate::orders::lifecycle::{CLOSED, OPEN};
use crate::platform::db::schema::{order_pack_columns, order_pack_words, order_packs};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;
use crate::{insert_rows, on_backend};

/// An order's place: the number of its pack, and behind so many bits its own in it.
const BITS: u32 = 16;
/// How many values of a column stand in a row of theirs at most: new ones are written with those that stand in the last one.
const VALUES: usize = 4_096;

/// Orders of one status that stand together.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_packs)]
pub struct Pack {
    pub id: i64,
    pub status: String,
    /// None of open ones.
    pub first_closed_on: Option<NaiveDate>,
    pub last_closed_on: Option<NaiveDate>,
    pub orders: i64,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = order_pack_columns)]
struct PackColumn {
    pack_id: i64,
    name: String,
    data: Vec<u8>,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = order_pack_words)]
struct SomeWords {
    name: String,
    /// That of the first of them.
    number: i64,
    data: Vec<u8>,
}

/// All packs there are.
pub fn packs(c: &mut AnyConnection) -> QueryResult<Vec<Pack>> {
    order_packs::table.order(order_packs::id).select(Pack::as_select()).load(c)
}

/// The data of columns, by pack.
pub(super) fn columns(c: &mut AnyConnection, packs: &[Pack], names: &[Column]) -> QueryResult<HashMap<i64, HashMap<Column, Vec<u8>>>> {
    let ids = packs.iter().map(|pack| pack.id);
    let names = names.iter().map(|column| column.as_str());
    let some = order_pack_columns::table.filter(order_pack_columns::pack_id.eq_any(ids)).filter(order_pack_columns::name.eq_any(names));
    let mut all: HashMap<i64, HashMap<Column, Vec<u8>>> = HashMap::new();
    for PackColumn { pack_id, name, data } in some.select(PackColumn::as_select()).load(c)? {
        all.entry(pack_id).or_default().extend(Column::parse(&name).map(|column| (column, data)));
    }
    Ok(all)
}

/// The values of columns that packs name by their numbers.
pub fn words(c: &mut AnyConnection, columns: &[Column]) -> Result<Vocabulary, Problem> {
    let columns = || columns.iter().filter(|column| column.has_words());
    let some = order_pack_words::table.filter(order_pack_words::name.eq_any(columns().map(|column| column.as_str())));
    let rows = some.order((order_pack_words::name, order_pack_words::number)).select(SomeWords::as_select()).load(c)?;
    let mut bytes: HashMap<Column, Vec<u8>> = columns().map(|column| (*column, Vec::new())).collect();
    for SomeWords { name, data, .. } in rows {
        if let Some(of) = Column::parse(&name).and_then(|column| bytes.get_mut(&column)) {
            of.extend(data);
        }
    }
    let broken = |column: Column| Problem::internal(format!("the words of {} are not whole", column.as_str()));
    bytes.into_iter().map(|(column, bytes)| Ok((column, Words::of_bytes(bytes).ok_or_else(|| broken(column))?))).collect()
}

/// Writes the values of a column that have been added to so many.
fn add_words(tx: &mut AnyConnection, column: Column, known: usize, words: &Words) -> QueryResult<()> {
    if words.count() == known {
        return Ok(());
    }
    let first = known / VALUES * VALUES;
    let last_row = order_pack_words::table.filter(order_pack_words::name.eq(column.as_str())).filter(order_pack_words::number.ge(first as i64));
    diesel::delete(last_row).execute(tx)?;
    let row = |number: usize| {
        let data = words.bytes_of(number..(number + VALUES).min(words.count())).to_vec();
        SomeWords { name: column.as_str().to_owned(), number: number as i64, data }
    };
    let rows: Vec<SomeWords> = (first..words.count()).step_by(VALUES).map(row).collect();
    insert_rows!(tx, order_pack_words::table, &rows)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// The places that orders have left: of each its pack, and its number in it.
pub(super) fn gaps(c: &mut AnyConnection) -> QueryResult<Vec<(i64, usize)>> {
    let places: Vec<Number> = Sql::new("select place as value from order_pack_gaps").of_few().load(c)?;
    Ok(places.into_iter().map(|place| (place.value >> BITS, (place.value & ((1 << BITS) - 1)) as usize)).collect())
}

/// Lets nobody else make packs or take them apart until the transaction ends.
pub(super) fn take_turns(tx: &mut AnyConnection) -> QueryResult<()> {
    dialect::lock(tx, "packs", "")
}

/// A pack that more than a part of its orders have left.
pub(super) fn worn(tx: &mut AnyConnection, part: usize) -> QueryResult<Option<i64>> {
    let worn = Sql::new(format!(
        "select p.id as value from order_packs p join order_pack_gaps g on g.place >> {BITS} = p.id group by p.id having count(*) * {part} > p.orders limit 1"
    ));
    Ok(worn.load::<Number>(tx)?.first().map(|pack| pack.value))
}

/// That a column has a place in a pack.
fn within(column: &str, pack: i64) -> Sql {
    let bound = |pack: i64| Value::Number(pack << BITS);
    Sql::new(format!("{column} >= ")).bind(bound(pack)).text(format!(" and {column} < ")).bind(bound(pack + 1))
}

/// Lets the orders that are left in a pack stand for themselves again.
pub(super) fn take_apart(tx: &mut AnyConnection, pack: i64) -> QueryResult<()> {
    dialect::hold_orders(tx, Sql::new(" in (select f.order_id from order_facts f where f.valid_to is null and ").then(within("f.packed", pack)).text(")"))?;
    Sql::new("update order_facts set packed = null where valid_to is null and ").then(within("packed", pack)).run(tx)?;
    // Those that it leaves by this, too.
    Sql::new("delete from order_pack_gaps where ").then(within("place", pack)).run(tx)?;
    Sql::new("delete from order_packs where id = ").bind(Value::Number(pack)).run(tx)?;
    Ok(())
}

/// What a pack takes of an order.
#[derive(QueryableByName)]
pub(super) struct Packed {
    #[diesel(sql_type = SqlId)]
    pub(super) order_id: Id,
    #[diesel(sql_type = BigInt)]
    packed: i64,
    #[diesel(sql_type = Text)]
    pub(super) status: String,
    #[diesel(sql_type = Nullable<Date>)]
    closed_on: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = Nullable<Text>)]
    source: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    intent_level: Option<String>,
    #[diesel(sql_type = Nullable<SqlId>)]
    team_id: Option<Id>,
    #[diesel(sql_type = SqlId)]
    owner_id: Id,
    #[diesel(sql_type = Nullable<Text>)]
    industry: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    region: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    value_tier: Option<String>,
    #[diesel(sql_type = Nullable<SqlId>)]
    customer_id: Option<Id>,
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<SqlTime>)]
    first_submitted_at: Option<UtcTime>,
    #[diesel(sql_type = Binary)]
    product_shares: Vec<u8>,
}

/// Orders that stand in a pack that is not there.
pub(super) fn astray(c: &mut AnyConnection, most: usize) -> QueryResult<Vec<Drift>> {
    let astray = Sql::new(
        "select f.order_id as order_id, 'stands in a pack that is not there' as what from order_facts f where f.valid_to is null and f.packed is not null",
    );
    astray.text(format!(" and not exists (select 1 from order_packs p where p.id = f.packed >> {BITS}) limit {most}")).load(c)
}

/// What of the facts may go into a pack: orders of a status that are not archived and, where they are open, have not changed since a moment.
pub(super) struct AtRest {
    status: &'static str,
    unchanged_since: Option<UtcTime>,
}

impl AtRest {
    /// Those that stand in no pack.
    fn fresh(&self) -> Sql {
        let of_status = Sql::new("f.valid_to is null and f.packed is null and f.archived_at is null and f.status = ").bind(Value::Text(self.status.to_owned()));
        match self.unchanged_since {
            None => of_status.text(" and f.closed_on is not null"),
            Some(since) => of_status.text(" and f.closed_on is null and f.valid_from < ").bind(Value::Time(since)),
        }
    }

    /// What tells which of them are the first: they lie in this order.
    const fn since(&self) -> &'static str {
        if self.unchanged_since.is_some() { "f.valid_from" } else { "f.closed_on" }
    }
}

/// The orders at rest of a status of which enough stand in no pack.
pub(super) fn waiting(c: &mut AnyConnection, least: usize, unchanged_since: UtcTime) -> QueryResult<Option<AtRest>> {
    let closed = CLOSED.iter().map(|status| AtRest { status: status.as_str(), unchanged_since: None });
    let open = OPEN.iter().map(|status| AtRest { status: status.as_str(), unchanged_since: Some(unchanged_since) });
    for at_rest in closed.chain(open) {
        let known = Sql::new("select 1 from order_facts f where ").then(at_rest.fresh());
        if dialect::count_some(c, known, least as i64)? >= least as i64 {
            return Ok(Some(at_rest));
        }
    }
    Ok(None)
}

/// The facts that stand in a pack, in the order of their places.
pub(super) fn rows(c: &mut AnyConnection, pack: i64) -> QueryResult<Vec<Packed>> {
    facts_that(c, within("f.packed", pack), "f.packed")
}

/// Facts that hold, and something else besides.
fn facts_that(c: &mut AnyConnection, holds: Sql, order: &str) -> QueryResult<Vec<Packed>> {
    let columns = Column::WORDS.iter().map(|name| format!(", f.{name}")).collect::<String>();
    Sql::new(format!("select f.order_id, coalesce(f.packed, 0) as packed, f.status{columns} from order_facts f where f.valid_to is null and "))
        .then(holds)
        .text(format!(" order by {order}"))
        .load(c)
}

/// Makes a pack of orders at rest, those that have been so for longest; answers whether there was any that nobody has in hand.
pub(super) fn make(tx: &mut AnyConnection, at_rest: &AtRest, most: usize) -> Result<bool, Problem> {
    let last: Vec<Number> = Sql::new("select coalesce(max(id), 0) as value from order_packs").load(tx)?;
    let id = last.first().map_or(0, |last| last.value) + 1;
    let held = hold(tx, at_rest, most)?;
    if held.is_empty() {
        return Ok(false);
    }
    let facts = Sql::new("f.order_id in (").list(held.into_iter().map(Value::Id)).text(") and ").then(at_rest.fresh());
    let rows = facts_that(tx, facts, "f.closed_on, f.order_id")?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(false) };
    let orders: Vec<Id> = rows.iter().map(|row| row.order_id).collect();
    if dialect::number_facts(tx, id << BITS, &orders)? != orders.len() {
        return Err(Problem::internal("facts have changed that are held"));
    }
    let pack = Pack { id, status: at_rest.status.to_owned(), first_closed_on: first.closed_on, last_closed_on: last.closed_on, orders: rows.len() as i64 };
    let mut vocabulary = words(tx, &Column::all())?;
    let mut columns = Vec::new();
    for column in Column::all() {
        let words = vocabulary.entry(column).or_default();
        let known = words.count();
        columns.push(PackColumn { pack_id: id, name: column.as_str().to_owned(), data: bytes_of(&rows, column, words) });
        add_words(tx, column, known, words)?;
    }
    on_backend!(tx, c => diesel::insert_into(order_packs::table).values(&pack).execute(c))?;
    insert_rows!(tx, order_pack_columns::table, &columns)?;
    Ok(true)
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// Keeps others from changing some orders at rest, those that have been so for longest, until the transaction ends. What somebody is about to change is left out: who
/// changes it would wait for long, in the measure of a request.
fn hold(tx: &mut AnyConnection, at_rest: &AtRest, most: usize) -> QueryResult<Vec<Id>> {
    let first = Sql::new("select o.id from orders o where o.id in (select f.order_id from order_facts f where ").then(at_rest.fresh());
    let held: Vec<Held> = first.text(format!(" order by {} limit {most})", at_rest.since())).then(dialect::held_unless_in_hand()).load(tx)?;
    Ok(held.into_iter().map(|held| held.id).collect())
}

/// A column of orders, whose values get numbers.
fn bytes_of(rows: &[Packed], column: Column, words: &mut Words) -> Vec<u8> {
    match column {
        Column::ProductShares => Shares::of_orders(rows.iter().map(|row| row.product_shares.as_slice()), words).to_bytes(),
        Column::Amount | Column::FirstSubmittedAt => numbers_to_bytes(&rows.iter().map(|row| row.number(column)).collect::<Vec<_>>()),
        _ => {
            let values: Vec<_> = rows.iter().map(|row| row.word(column)).collect();
            codes_to_bytes(&words.number(values.iter().map(Option::as_deref)))
        }
    }
}

impl Packed {
    /// Its number in its pack.
    pub(super) const fn place(&self) -> usize {
        (self.packed & ((1 << BITS) - 1)) as usize
    }

    pub(super) const fn number(&self, column: Column) -> i64 {
        match (column, self.first_submitted_at) {
            (Column::FirstSubmittedAt, Some(at)) => at.0,
            (Column::FirstSubmittedAt, None) => NEVER,
            _ => self.amount,
        }
    }

    pub(super) fn word<'a>(&'a self, column: Column) -> Option<Cow<'a, [u8]>> {
        let text = |text: &'a Option<String>| text.as_ref().map(|text| Cow::Borrowed(text.as_bytes()));
        let id = |id: &'a Option<Id>| id.as_ref().map(|id| Cow::Borrowed(&id.0.as_bytes()[..]));
        match column {
            Column::Source => text(&self.source),
            Column::IntentLevel => text(&self.intent_level),
            Column::Team => id(&self.team_id),
            Column::Owner => Some(Cow::Borrowed(&self.owner_id.0.as_bytes()[..])),
            Column::Industry => text(&self.industry),
            Column::Region => text(&self.region),
            Column::ValueTier => text(&self.value_tier),
            Column::Customer => id(&self.customer_id),
            Column::Stage => Some(Cow::Borrowed(self.stage.as_bytes())),
            Column::Reason => text(&self.reason),
            Column::Currency => Some(Cow::Borrowed(self.currency.as_bytes())),
            Column::ClosedOn => self.closed_on.map(|day| Cow::Owned(day.to_epoch_days().to_le_bytes().to_vec())),
            Column::ProductShares => Some(Cow::Borrowed(&self.product_shares)),
            Column::Amount | Column::FirstSubmittedAt => Some(Cow::Owned(self.number(column).to_le_bytes().to_vec())),
        }
    }
}
