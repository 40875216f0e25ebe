//! The counting, in SQL that both databases read alike: one statement a question, aggregated first; names are looked up afterwards, for the keys that came out.
pub mod customers;
pub mod people;
pub mod reasons;
pub mod time;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use super::convert::Conversion;
use crate::platform::db::schema::{products, settings, teams, users};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;

/// What kind of value a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Id,
    Text,
    /// The number of a bucket.
    Number,
}

/// The key of a group; orders without a value have one, too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Missing,
    Id(Id),
    Text(String),
    Number(usize),
}

/// What is counted.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The SQL of each key, at most two.
    pub keys: Vec<(Sql, Form)>,
    /// Whether lines are grouped: an order then counts once for each key of its lines, with their amounts.
    pub lines: bool,
    pub customers: bool,
    /// Whether broken rules are grouped: an order then counts once for each that it broke.
    pub rules: bool,
    pub condition: Sql,
    /// Whether amounts are told in one currency.
    pub conversion: Option<Conversion>,
}

impl Facts {
    /// All orders that meet the condition, as one group.
    #[must_use]
    pub const fn of(condition: Sql) -> Self {
        Self { keys: Vec::new(), lines: false, customers: false, rules: false, conversion: None, condition }
    }
}

/// How many orders of a group ended how.
#[derive(Clone, Debug)]
pub struct Counts {
    pub keys: Vec<Key>,
    pub orders: i64,
    pub won: i64,
    pub lost: i64,
    pub cancelled: i64,
    pub expired: i64,
}

/// What the orders of a group are worth in one currency, in ten-thousandths.
#[derive(Clone, Debug)]
pub struct Sum {
    pub keys: Vec<Key>,
    pub currency: String,
    pub orders: i64,
    pub amount: i128,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Nullable<SqlId>)]
    id1: Option<Id>,
    #[diesel(sql_type = Nullable<Text>)]
    text1: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    number1: Option<i64>,
    #[diesel(sql_type = Nullable<SqlId>)]
    id2: Option<Id>,
    #[diesel(sql_type = Nullable<Text>)]
    text2: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    number2: Option<i64>,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    won: i64,
    #[diesel(sql_type = BigInt)]
    lost: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    expired: i64,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
}

/// How the reviews of the orders of a group went; times in seconds.
#[derive(Clone, Debug)]
pub struct Reviews {
    pub keys: Vec<Key>,
    pub orders: i64,
    pub submitted: i64,
    pub approved: i64,
    pub returned: i64,
    pub withdrawn: i64,
    pub waiting: i64,
    pub unreviewed: i64,
    pub overdue: i64,
    /// First rounds that reviewers decided, and those of them that they approved.
    pub first: i64,
    pub first_passed: i64,
    pub median: Option<i64>,
    pub p90: Option<i64>,
}

#[derive(QueryableByName)]
struct ReviewsRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    submitted: i64,
    #[diesel(sql_type = BigInt)]
    approved: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = BigInt)]
    unreviewed: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    first_passed: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    median: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    p90: Option<i64>,
}

/// Sums are taken in two parts: few amounts of the largest size are more than 64 bits hold.
const PART: i64 = 1_000_000_000;

impl KeyRow {
    fn keys(self, of: usize) -> Vec<Key> {
        let key = |id: Option<Id>, text: Option<String>, number: Option<i64>| {
            id.map(Key::Id).or(text.map(Key::Text)).or(number.and_then(|n| usize::try_from(n).ok()).map(Key::Number)).unwrap_or(Key::Missing)
        };
        [key(self.id1, self.text1, self.number1), key(self.id2, self.text2, self.number2)].into_iter().take(of).collect()
    }
}

/// How many orders there are in each group.
pub fn counts(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Counts>, Problem> {
    let count = |status: &str| format!(", count(case when f.status = '{status}' then 1 end) as {status}");
    let measures = ["won", "lost", "cancelled", "expired"].into_iter().map(count).collect::<String>();
    let rows: Vec<CountRow> = facts.question(&format!(", count(*) as orders{measures}"), &[], most).load(c)?;
    let keys = facts.keys.len();
    let counts = |r: CountRow| Counts { keys: r.keys.keys(keys), orders: r.orders, won: r.won, lost: r.lost, cancelled: r.cancelled, expired: r.expired };
    Ok(rows.into_iter().map(counts).collect())
}

/// What the orders of each group are worth, by currency.
pub fn sums(c: &mut AnyConnection, facts: &Facts, most: usize) -> Result<Vec<Sum>, Problem> {
    let measures =
        format!(", f.currency as currency, count(*) as orders, cast(sum(f.amount / {PART}) as bigint) as high, cast(sum(f.amount % {PART}) as bigint) as low");
    let rows: Vec<SumRow> = facts.question(&measures, &["f.currency"], most).load(c)?;
    let keys = facts.keys.len();
    let sum =
        |r: SumRow| Sum { keys: r.keys.keys(keys), currency: r.currency, orders: r.orders, amount: i128::from(r.high) * i128::from(PART) + i128::from(r.low) };
    Ok(rows.into_iter().map(sum).collect())
}

/// How the reviews of each group went, as they stand at a moment.
pub fn reviews(c: &mut AnyConnection, facts: &Facts, now: UtcTime, most: usize) -> Result<Vec<Reviews>, Problem> {
    let rows: Vec<ReviewsRow> = facts.rounds(now, most).load(c)?;
    let reviews = |r: ReviewsRow| Reviews {
        keys: r.keys.keys(facts.keys.len()),
        orders: r.orders,
        submitted: r.submitted,
        approved: r.approved,
        returned: r.returned,
        withdrawn: r.withdrawn,
        waiting: r.waiting,
        unreviewed: r.unreviewed,
        overdue: r.overdue,
        first: r.first,
        first_passed: r.first_passed,
        median: r.median,
        p90: r.p90,
    };
    Ok(rows.into_iter().map(reviews).collect())
}

impl Facts {
    /// The keys, each in the column of its form.
    fn columns(&self) -> String {
        let column = |n: usize, form: Form, name: &str, cast: &str| match self.keys.get(n) {
            Some((_, f)) if *f == form => format!("f.k{n} as {name}{}", n + 1),
            _ => format!("cast(null as {cast}) as {name}{}", n + 1),
        };
        let columns =
            (0..2).flat_map(|n| [column(n, Form::Id, "id", "uuid"), column(n, Form::Text, "text", "text"), column(n, Form::Number, "number", "bigint")]);
        columns.collect::<Vec<_>>().join(", ")
    }

    /// How many rounds of review there were, in each group, and how long they took: first one row a group, order and round, then each with its place
    /// among the waiting times of its group.
    fn rounds(&self, now: UtcTime, most: usize) -> Sql {
        let keys: Vec<String> = (0..self.keys.len()).map(|n| format!("f.k{n}")).collect();
        let all = |more: &[&str]| keys.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>().join(", ");
        let with = |word: &str, list: String| if list.is_empty() { list } else { format!("{word} {list}") };
        let has = |decision: &str| format!("count(case when v.decision in ({decision}) then 1 end)");
        let each = Sql::new(format!(
            "select {}, v.round as round, min(v.step) as step, sum(v.waiting_seconds) as waited, \
             case when v.round is null then null when {} > 0 then 'returned' when {} > 0 then 'withdrawn' \
             when count(case when v.decided_at is null then 1 end) > 0 then 'open' else 'approved' end as ended, \
             count(case when v.due_at < coalesce(v.decided_at, ",
            keys.iter().map(|key| format!("{key} as {}", &key[2..])).chain(["f.id as id".to_owned()]).collect::<Vec<_>>().join(", "),
            has("'returned'"),
            has("'withdrawn', 'closed'"),
        ));
        let each = each.bind(Value::Time(now)).text(") then 1 end) as late from (").then(self.each());
        let each = each.text(format!(") f left join order_reviews v on v.order_id = f.id group by {}", all(&["f.id", "v.round"])));
        let timed = "case when f.step > 0 and f.ended in ('approved', 'returned') then 1 else 0 end";
        let ranked = Sql::new(format!(
            "select f.*, {timed} as timed, row_number() over (partition by {} order by f.waited) as place, cast(sum({timed}) over ({}) as bigint) as times from (",
            all(&[timed]),
            with("partition by", all(&[])),
        ));
        let ranked = ranked.then(each).text(") f");
        let count = |when: &str, name: &str| format!(", count(case when {when} then 1 end) as {name}");
        let measures = [
            ", count(distinct f.id) as orders, count(f.round) as submitted".to_owned(),
            count("f.ended = 'approved'", "approved"),
            count("f.ended = 'returned'", "returned"),
            count("f.ended = 'withdrawn'", "withdrawn"),
            count("f.ended = 'open'", "waiting"),
            count("f.step = 0", "unreviewed"),
            count("f.late > 0", "overdue"),
            count("f.round = 1 and f.timed = 1", "first"),
            count("f.round = 1 and f.timed = 1 and f.ended = 'approved'", "first_passed"),
            // The nearest rank: half of them, nine of ten of them, took at most so long.
            ", cast(max(case when f.timed = 1 and f.place = (f.times + 1) / 2 then f.waited end) as bigint) as median".to_owned(),
            ", cast(max(case when f.timed = 1 and f.place = (f.times * 9 + 9) / 10 then f.waited end) as bigint) as p90".to_owned(),
        ];
        let select = Sql::new(format!("select {}{} from (", self.columns(), measures.concat()));
        select.then(ranked).text(format!(") f{} limit {}", with(" group by", all(&[])), most + 1))
    }

    fn question(&self, measures: &str, also: &[&str], most: usize) -> Sql {
        let columns = self.columns();
        let group = (0..self.keys.len()).map(|n| format!("f.k{n}")).chain(also.iter().map(|&s| s.to_owned())).collect::<Vec<_>>().join(", ");
        let group = if group.is_empty() { group } else { format!(" group by {group}") };
        Sql::new(format!("select {columns}{measures} from (")).then(self.each()).text(format!(") f{group} limit {}", most + 1))
    }

    /// One row an order or, where lines or rules are grouped, one row an order and key.
    fn each(&self) -> Sql {
        let Some(conversion) = &self.conversion else { return self.rows() };
        let kept: Vec<String> = (0..self.keys.len()).map(|n| format!("k{n}")).chain(["id".to_owned(), "status".to_owned()]).collect();
        conversion.told(&kept, self.rows())
    }

    /// The same before amounts are converted, with the rates by which they are.
    fn rows(&self) -> Sql {
        let keys = self.keys.iter().enumerate().fold(Sql::new("select "), |sql, (n, (key, _))| sql.then(key.clone()).text(format!(" as k{n}, ")));
        let keys = self.conversion.iter().fold(keys, |sql, conversion| sql.then(conversion.columns()).text(", "));
        let customers = if self.customers { " left join customers on customers.id = orders.customer_id" } else { "" };
        let rules = if self.rules { " left join order_broken_rules on order_broken_rules.order_id = orders.id" } else { "" };
        if !self.lines {
            let from =
                format!("orders.id as id, orders.status as status, orders.currency as currency, orders.amount as amount from orders{customers}{rules} where ");
            return keys.text(from).then(self.condition.clone());
        }
        let from = format!(
            "orders.id as id, orders.status as status, orders.currency as currency, cast(sum(order_lines.amount) as bigint) as amount from orders \
             join order_lines on order_lines.order_id = orders.id left join products on products.id = order_lines.product_id{customers}{rules} where "
        );
        let rates = if self.conversion.is_some() { 2 } else { 0 };
        let group = (1..=self.keys.len() + rates + 3).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        keys.text(from).then(self.condition.clone()).text(format!(" group by {group}"))
    }
}

/// What an order holds in a custom field, which the key of the side table finds.
#[must_use]
pub fn custom_value(path: &str, is_flag: bool) -> Sql {
    let value = if is_flag { "case when v.flag then 'true' else 'false' end" } else { "v.text" };
    let of = format!("(select {value} from custom_values v where v.record_id = orders.id and v.position = 0 and v.key = ");
    let key = path.strip_prefix("custom.").unwrap_or(path);
    Sql::new(of).bind(Value::Text(key.to_owned())).text(")")
}

/// The number of the bucket that a column's value lies in, found by halves: few comparisons a row, however many buckets.
#[must_use]
pub fn bucket_of(column: &str, starts: &[Value]) -> Sql {
    Sql::new(format!("cast(case when {column} is null then null else ")).then(halve(column, starts, 0)).text(" end as bigint)")
}

fn halve(column: &str, starts: &[Value], first: usize) -> Sql {
    let (left, right) = starts.split_at(starts.len() / 2);
    match (left, right) {
        ([_, ..], [middle, ..]) => Sql::new(format!("case when {column} < "))
            .bind(middle.clone())
            .text(" then ")
            .then(halve(column, left, first))
            .text(" else ")
            .then(halve(column, right, first + left.len()))
            .text(" end"),
        _ => Sql::new(first.to_string()),
    }
}

#[derive(QueryableByName)]
struct Days {
    #[diesel(sql_type = Nullable<Date>)]
    first: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    last: Option<NaiveDate>,
}

/// The first and the last day on which any order was closed.
pub fn closing_days(c: &mut AnyConnection) -> Result<Option<(NaiveDate, NaiveDate)>, Problem> {
    let ends = Sql::new(
        "select (select min(closed_on) from orders where archived_at is null) as first, (select max(closed_on) from orders where archived_at is null) as last",
    );
    Ok(ends.load::<Days>(c)?.pop().and_then(|d| d.first.zip(d.last)))
}

#[derive(QueryableByName)]
struct Times {
    #[diesel(sql_type = Nullable<SqlTime>)]
    first: Option<UtcTime>,
    #[diesel(sql_type = Nullable<SqlTime>)]
    last: Option<UtcTime>,
}

/// The first and the last moment at which any order was submitted for the first time.
pub fn submission_times(c: &mut AnyConnection) -> Result<Option<(UtcTime, UtcTime)>, Problem> {
    let ends = Sql::new(
        "select (select min(first_submitted_at) from orders where archived_at is null) as first, \
         (select max(first_submitted_at) from orders where archived_at is null) as last",
    );
    Ok(ends.load::<Times>(c)?.pop().and_then(|d| d.first.zip(d.last)))
}

/// Most ids in one look-up.
const MOST_IDS: usize = 1_000;

/// Names of products.
pub fn product_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(products::table.filter(products::id.eq_any(some)).select((products::id, products::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Names of users.
pub fn user_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Names of teams.
pub fn team_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(teams::table.filter(teams::id.eq_any(some)).select((teams::id, teams::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Categories of products.
pub fn categories(c: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, Option<String>)>, Problem> {
    Ok(products::table.filter(products::id.eq_any(ids)).select((products::id, products::category)).order(products::id).load(c)?)
}

/// Whether all of the users belong to one of the teams.
pub fn all_belong(c: &mut AnyConnection, ids: &[Id], led: &[Id]) -> Result<bool, Problem> {
    let found: i64 = users::table.filter(users::id.eq_any(ids)).filter(users::team_id.eq_any(led)).count().get_result(c)?;
    Ok(usize::try_from(found).is_ok_and(|n| n == ids.len()))
}

/// A settings document, as it is kept.
pub fn settings_document(c: &mut AnyConnection, name: &str) -> Result<Option<serde_json::Value>, Problem> {
    Ok(settings::table.find(name).select(settings::value).first::<Json>(c).optional()?.map(|json| json.0))
}
