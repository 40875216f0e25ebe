//! The counting, in SQL that both databases read alike: one statement a question, aggregated first; names are looked up afterwards, for the keys that came out.
mod apart;
mod counts;
pub mod customers;
pub mod funnel;
mod groups;
mod names;
mod packed;
pub mod people;
pub mod reasons;
mod reviews;
mod shares;
pub mod stuck;
pub mod time;
mod times;
mod top;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

pub use apart::Apart;
pub use counts::{Counts, Sum, counts, sums};
pub use names::{all_belong, categories, customer_names, product_names, settings_document, team_names, user_names};
pub use packed::Packed;
pub use reviews::reviews;
pub use shares::Shares;
pub use times::{bucket_of, closing_days, known_since, submission_times, weekday_of};
pub use top::{Top, most_orders, most_worth};

use super::convert::{Conversion, Rows, named};
use super::recorded;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::SqlId;
use crate::platform::db::{Id, UtcTime};

/// What kind of value a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Id,
    Text,
    /// The number of a bucket.
    Number,
}

/// The key of a group; orders without a value have one, too, which stands behind all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Id(Id),
    Text(String),
    Number(usize),
    Missing,
    /// All groups beside the largest, taken together.
    Rest,
}

/// Where orders are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In their own rows, and those that belong to them.
    Orders,
    /// In what is known of them: now, or as of a moment.
    Facts(Option<UtcTime>),
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
    /// Whether tags are grouped: an order then counts once for each that it has.
    pub tags: bool,
    /// Whether products are among the keys: of each an order has one row of facts.
    pub products: bool,
    pub source: Source,
    /// Whether rights are a matter of today's orders, called `today`, while the question is about the past.
    pub today: bool,
    /// The index that SQLite is told to read facts by, where it would choose another.
    pub index: Option<&'static str>,
    pub condition: Sql,
    /// How they may be counted part by part; none where that helps nothing.
    pub apart: Option<Apart>,
    /// What of it packs tell; none where it asks for more than they hold.
    pub packed: Option<Packed>,
    /// Whether amounts are told in one currency.
    pub conversion: Option<Conversion>,
}

impl Facts {
    /// All orders that meet the condition, as one group.
    #[must_use]
    pub const fn of(condition: Sql) -> Self {
        Self {
            keys: Vec::new(),
            lines: false,
            customers: false,
            rules: false,
            tags: false,
            products: false,
            source: Source::Orders,
            today: false,
            index: None,
            condition,
            apart: None,
            packed: None,
            conversion: None,
        }
    }
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

/// Sums are taken in two parts: few amounts of the largest size are more than 64 bits hold.
const PART: i64 = 1_000_000_000;

/// The two parts of a sum as columns, their names behind a prefix.
#[must_use]
pub fn sum_of(column: &str, prefix: &str) -> String {
    format!("cast(sum({column} / {PART}) as bigint) as {prefix}high, cast(sum({column} % {PART}) as bigint) as {prefix}low")
}

/// The sum of the two parts.
#[must_use]
pub fn whole(high: i64, low: i64) -> i128 {
    i128::from(high) * i128::from(PART) + i128::from(low)
}

impl KeyRow {
    fn keys(self, of: usize) -> Vec<Key> {
        let key = |id: Option<Id>, text: Option<String>, number: Option<i64>| {
            id.map(Key::Id).or(text.map(Key::Text)).or(number.and_then(|n| usize::try_from(n).ok()).map(Key::Number)).unwrap_or(Key::Missing)
        };
        [key(self.id1, self.text1, self.number1), key(self.id2, self.text2, self.number2)].into_iter().take(of).collect()
    }
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

    /// How many orders there are in a group, or of those in it that meet a condition.
    fn orders(&self, condition: Option<&str>) -> String {
        condition.map_or_else(|| "count(*)".to_owned(), |condition| format!("count(*) filter (where {condition})"))
    }

    fn question(&self, measures: &str, also: &[&str], most: usize) -> Sql {
        let columns = self.columns();
        let group = (0..self.keys.len()).map(|n| format!("f.k{n}")).chain(also.iter().map(|&s| s.to_owned())).collect::<Vec<_>>().join(", ");
        let group = if group.is_empty() { group } else { format!(" group by {group}") };
        let with = if self.source == Source::Orders { Sql::new("with") } else { self.parts().text(",") };
        // Apart from the limit, for which PostgreSQL would sort all that it reads in order to give the first rows early.
        let select = format!(" groups as materialized (select {columns}{measures} from (");
        with.text(select).then(self.each()).text(format!(") f{group}) select * from groups limit {}", most + 1))
    }

    /// What stands before a question of facts.
    pub fn parts(&self) -> Sql {
        match &self.source {
            Source::Orders => Sql::empty(),
            Source::Facts(as_of) => recorded::parts(*as_of),
        }
    }

    /// One row an order or, where lines or rules are grouped, one row an order and key.
    fn each(&self) -> Sql {
        self.lines_as(true, &[])
    }

    /// The same with other columns of the orders, by name.
    fn each_with(&self, more: &[(&str, &str)]) -> Sql {
        self.lines_as(true, more)
    }

    /// The same with a row for each line, those of an order one after another.
    fn each_line(&self) -> Sql {
        self.lines_as(false, &[])
    }

    /// Whether an order may have several lines of a key, which can be added up as they come: no rate is rounded for the order as a whole.
    fn adds_up_lines(&self) -> bool {
        self.lines && !self.products && self.conversion.is_none() && matches!(self.source, Source::Facts(_))
    }

    fn lines_as(&self, together: bool, more: &[(&str, &str)]) -> Sql {
        let keys = self.keys.iter().enumerate().map(|(n, (key, _))| (format!("k{n}"), key.clone()));
        let status = named(&[("status", "orders.status")]);
        let rows = self.rows(keys.chain(status).chain(named(more)).collect());
        let rows = if together { rows } else { Rows { amount: "order_lines.amount", summed: false, ..rows } };
        rows.told(self.conversion.as_ref())
    }

    /// The rows with columns of a question's own, and with the order's id.
    pub fn rows(&self, mut columns: Vec<(String, Sql)>) -> Rows {
        let (id, amount, summed, tables) = match &self.source {
            Source::Orders => self.of_orders(),
            Source::Facts(_) => self.of_facts(),
        };
        columns.push(("id".to_owned(), Sql::new(id)));
        let from = Sql::new(tables).then(Sql::all(self.holds().into_iter().chain([self.condition.clone()])));
        Rows { columns, amount, measures: Vec::new(), summed, from }
    }

    /// The id of an order, what it is worth, whether that is a sum of its lines, and where all this stands.
    fn of_orders(&self) -> (&'static str, &'static str, bool, String) {
        let customers = if self.customers { " left join customers on customers.id = orders.customer_id" } else { "" };
        let rules = if self.rules { " left join order_broken_rules on order_broken_rules.order_id = orders.id" } else { "" };
        let tags = if self.tags { " left join order_tags on order_tags.order_id = orders.id" } else { "" };
        let lines = " join order_lines on order_lines.order_id = orders.id left join products on products.id = order_lines.product_id";
        let (amount, lines) = if self.lines { (LINES, lines) } else { ("orders.amount", "") };
        ("orders.id", amount, self.lines, format!("from orders{lines}{customers}{rules}{tags} where "))
    }

    /// The same of facts, whose lines are one a product already.
    fn of_facts(&self) -> (&'static str, &'static str, bool, String) {
        let tags = if self.tags { " left join tags_then order_tags on order_tags.order_id = orders.order_id" } else { "" };
        let today = if self.today { " join orders today on today.id = orders.order_id" } else { "" };
        // A cross join, by which SQLite reads the lines of one order after the other.
        let lines = if self.lines { " cross join order_fact_lines order_lines" } else { "" };
        let amount = match (self.lines, self.products) {
            (false, _) => "orders.amount",
            (true, true) => "order_lines.amount",
            (true, false) => LINES,
        };
        let index = self.index.map(|index| format!(" indexed by {index}")).unwrap_or_default();
        ("orders.order_id", amount, self.lines && !self.products, format!("from order_facts orders{index}{today}{lines}{tags} where "))
    }

    /// That the facts hold which are asked.
    fn holds(&self) -> Vec<Sql> {
        let Source::Facts(as_of) = self.source else { return Vec::new() };
        let of_lines = self.lines.then(|| [Sql::new("order_lines.order_id = orders.order_id"), recorded::holds("order_lines", as_of)]);
        [recorded::holds("orders", as_of)].into_iter().chain(of_lines.into_iter().flatten()).collect()
    }
}

/// What the lines of an order are worth together.
const LINES: &str = "cast(sum(order_lines.amount) as bigint)";

/// The columns of keys of which an order may have several.
pub const PRODUCT: &str = "order_lines.product_id";
pub const TAG: &str = "order_tags.tag";
pub const RULE: &str = "order_broken_rules.rule";

/// What an order holds in a custom field, which the key of the side table finds.
#[must_use]
pub fn custom_value(path: &str, is_flag: bool) -> Sql {
    let value = if is_flag { "case when v.flag then 'true' else 'false' end" } else { "v.text" };
    let of = format!("(select {value} from custom_values v where v.record_id = orders.id and v.position = 0 and v.key = ");
    let key = path.strip_prefix("custom.").unwrap_or(path);
    Sql::new(of).bind(Value::Text(key.to_owned())).text(")")
}
