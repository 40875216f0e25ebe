//! What people and teams did in a stretch of time, counted in SQL: tallies by the owner and the team that each counts for.
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::convert::{Conversion, Rows};
use super::apart::key_of;
use super::time::at_least_zero;
use super::{Form, Key, sum_of, whole};
use crate::platform::db::schema::users;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect, fold};
use crate::platform::problem::Problem;

/// What is tallied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tallied {
    Entered,
    Refused,
    Returned,
    Closed,
    Open,
}

/// How many of one thing count for an owner and a team.
#[derive(Clone, Debug)]
pub struct Tally {
    pub owner: Option<Id>,
    pub team: Option<Id>,
    /// How it was closed.
    pub status: Option<String>,
    pub currency: Option<String>,
    pub count: i64,
    pub amount: i128,
}

impl Tally {
    /// Whether it was won.
    #[must_use]
    pub fn is_won(&self) -> bool {
        self.status.as_deref() == Some("won")
    }
}

/// What a caller sees: the condition on orders, and that on refusals and their users.
#[derive(Clone, Debug)]
pub struct Seen {
    pub orders: Sql,
    pub refusals: Sql,
}

/// From a moment and a day on, up to others.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub days: (NaiveDate, NaiveDate),
    pub times: (UtcTime, UtcTime),
}

/// What is to be won, by holder and currency.
#[derive(Clone, Debug)]
pub struct Target {
    pub holder: Id,
    pub is_team: bool,
    pub currency: String,
    pub amount: i64,
    pub orders: Option<i64>,
}

/// Somebody who may have figures.
#[derive(Clone, Debug, Queryable)]
pub struct Person {
    pub id: Id,
    pub name: String,
    pub team: Option<Id>,
    pub role: String,
    pub active: bool,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = Nullable<SqlId>)]
    owner: Option<Id>,
    #[diesel(sql_type = Nullable<SqlId>)]
    team: Option<Id>,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

#[derive(QueryableByName)]
struct MedianRow {
    #[diesel(sql_type = SqlId)]
    holder: Id,
    #[diesel(sql_type = BigInt)]
    median: i64,
}

#[derive(QueryableByName)]
struct TargetRow {
    #[diesel(sql_type = SqlId)]
    holder: Id,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    orders: Option<i64>,
}

/// Who and which team an order counts for, open or closed.
const OF_NOW: &str = "case when orders.closed_owner_id is null then orders.owner_id else orders.closed_owner_id end as owner, \
     case when orders.closed_owner_id is null then orders.team_id else orders.closed_team_id end as team";
const NO_MONEY: &str = "cast(null as text) as status, cast(null as text) as currency, 0 as amount";

fn within(column: &str, (from, to): (UtcTime, UtcTime)) -> Sql {
    Sql::new(format!("{column} >= ")).bind(Value::Time(from)).text(format!(" and {column} < ")).bind(Value::Time(to))
}

/// Tallies one thing of what the caller sees; amounts in their own currencies, or told in one.
pub fn tally(
    c: &mut AnyConnection,
    what: Tallied,
    window: Window,
    Seen { orders: seen, refusals }: &Seen,
    conversion: Option<&Conversion>,
) -> Result<Vec<Tally>, Problem> {
    let own = || Sql::new(" where orders.archived_at is null and ").then(seen.clone()).text(" and ");
    let seen_orders = || Sql::new("from orders").then(own());
    let each = match what {
        Tallied::Entered => Sql::new(format!("select {OF_NOW}, {NO_MONEY} ")).then(seen_orders()).then(within("orders.created_at", window.times)),
        Tallied::Refused => {
            let select = format!(
                "select entry_refusals.user_id as owner, users.team_id as team, {NO_MONEY} from entry_refusals join users on users.id = entry_refusals.user_id \
                 where entry_refusals.entity = 'orders' and "
            );
            Sql::new(select).then(refusals.clone()).text(" and ").then(within("entry_refusals.at", window.times))
        }
        Tallied::Returned => {
            let select = format!("select {OF_NOW}, {NO_MONEY} from order_reviews v join orders on orders.id = v.order_id");
            Sql::new(select).then(own()).text("v.decision = 'returned' and ").then(within("v.decided_at", window.times))
        }
        Tallied::Closed => {
            let columns = [("owner", "orders.closed_owner_id"), ("team", "orders.closed_team_id"), ("status", "orders.status")];
            let closed = seen_orders().text("orders.status in ('won', 'lost') and orders.closed_on >= ").bind(Value::Date(window.days.0));
            Rows::of_orders(&columns, closed.text(" and orders.closed_on < ").bind(Value::Date(window.days.1))).told(conversion)
        }
        Tallied::Open => {
            let columns = [("owner", "orders.owner_id"), ("team", "orders.team_id"), ("status", "cast(null as text)")];
            let open = "orders.status in ('draft', 'in_review', 'returned', 'pending', 'processed')";
            Rows::of_orders(&columns, seen_orders().text(open)).told(conversion)
        }
    };
    if fold::folds(c) {
        let keys = [("f.owner", fold::KeyKind::Id), ("f.team", fold::KeyKind::Id), ("f.status", fold::KeyKind::Text), ("f.currency", fold::KeyKind::Text)];
        let found = fold::groups(c, Sql::empty(), each, &keys.map(|(name, kind)| (name.to_owned(), kind)), fold::Told::Sum("f.amount"))?;
        let found = found.ok_or_else(|| Problem::internal("more groups of people than are kept"))?;
        return Ok(found.into_iter().map(folded).collect());
    }
    let sums = sum_of("f.amount", "");
    let sql = Sql::new(format!("select f.owner as owner, f.team as team, f.status as status, f.currency as currency, count(*) as count, {sums} from ("));
    let rows: Vec<TallyRow> = sql.then(each).text(") f group by f.owner, f.team, f.status, f.currency").load(c)?;
    let tally = |r: TallyRow| Tally { owner: r.owner, team: r.team, status: r.status, currency: r.currency, count: r.count, amount: whole(r.high, r.low) };
    Ok(rows.into_iter().map(tally).collect())
}

fn folded(group: fold::Group) -> Tally {
    let key = |n: usize, form: Form| group.keys.get(n).map_or(Key::Missing, |key| key_of(key.as_deref(), form));
    let id = |n: usize| if let Key::Id(id) = key(n, Form::Id) { Some(id) } else { None };
    let text = |n: usize| if let Key::Text(text) = key(n, Form::Text) { Some(text) } else { None };
    Tally { owner: id(0), team: id(1), status: text(2), currency: text(3), count: group.rows, amount: group.sum }
}

/// The median of the days from entry to won of what was won in a stretch of time, by the owner or the team of the closing.
pub fn cycles(c: &mut AnyConnection, holder: &'static str, window: Window, seen: &Sql, entered: &Sql) -> Result<Vec<(Id, i64)>, Problem> {
    let days = at_least_zero(dialect::days_between(entered.clone(), "orders.closed_on"));
    let rows = Sql::new(format!("from (select orders.{holder} as holder, ")).then(days);
    let rows = rows.text(" as days from orders where orders.archived_at is null and orders.status = 'won' and ").then(seen.clone());
    let rows = rows.text(format!(" and orders.{holder} is not null and orders.closed_on >= ")).bind(Value::Date(window.days.0));
    let rows = rows.text(" and orders.closed_on < ").bind(Value::Date(window.days.1)).text(") f");
    if fold::folds(c) {
        let holders = fold::rank(c, Sql::empty(), rows, &[("f.holder".to_owned(), fold::KeyKind::Id)], "x''", "f.days")?;
        let holders = holders.ok_or_else(|| Problem::internal("more groups of people than are kept"))?;
        let told = |ranked: fold::Ranked| match key_of(ranked.keys.first()?.as_deref(), Form::Id) {
            Key::Id(holder) => Some((holder, ranked.median)),
            _ => None,
        };
        return Ok(holders.into_iter().filter_map(told).collect());
    }
    let median = "select f.holder as holder, cast(percentile_disc(0.5) within group (order by f.days) as bigint) as median ";
    let sql = Sql::new(median).then(rows).text(" group by f.holder");
    Ok(sql.load::<MedianRow>(c)?.into_iter().map(|r| (r.holder, r.median)).collect())
}

/// What is to be won in the months that begin in a stretch of time.
pub fn targets(c: &mut AnyConnection, window: Window) -> Result<Vec<Target>, Problem> {
    let sql = Sql::new(
        "select t.holder as holder, t.kind as kind, t.currency as currency, cast(sum(t.amount) as bigint) as amount, cast(sum(t.orders) as bigint) as orders \
         from targets t where t.month >= ",
    );
    let sql = sql.bind(Value::Date(window.days.0)).text(" and t.month < ").bind(Value::Date(window.days.1)).text(" group by t.holder, t.kind, t.currency");
    let target = |r: TargetRow| Target { holder: r.holder, is_team: r.kind == "team", currency: r.currency, amount: r.amount, orders: r.orders };
    Ok(sql.load::<TargetRow>(c)?.into_iter().map(target).collect())
}

/// Everybody.
pub fn people(c: &mut AnyConnection) -> Result<Vec<Person>, Problem> {
    let columns = (users::id, users::name, users::team_id, users::role, users::active);
    Ok(users::table.select(columns).order(users::id).load(c)?)
}
