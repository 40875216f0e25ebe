//! Conditions of lists: from parameters (`status=pending,processed`, `amount[gte]=1000`, `reason[null]=true`) to typed tests, from tests to SQL. A room states its fields as data.
use crate::platform::db::Id;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;
use crate::platform::text::lookup_key;

use super::query::{Query, bad};
use super::values;

/// What values a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A text that is compared as look-up does: width, case and runs of white space make no difference. The column holds folded text.
    Folded,
    /// One of a closed set.
    Word(&'static [&'static str]),
    Id,
    Decimal,
    Date,
    Time,
}

/// A field that may be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// The SQL of its value.
    pub column: &'static str,
    /// What stands round a test of the value, where it lives in another table: before and after.
    pub within: (&'static str, &'static str),
    /// The SQL that is true where there is no value; empty where there always is one.
    pub absent: &'static str,
}

impl Field {
    /// A column of the list's own table that is always there.
    #[must_use]
    pub const fn column(name: &'static str, kind: Kind, column: &'static str) -> Self {
        Self { name, kind, column, within: ("", ""), absent: "" }
    }
    /// With the SQL that is true where there is no value.
    #[must_use]
    pub const fn absent(mut self, sql: &'static str) -> Self {
        self.absent = sql;
        self
    }
    /// With what stands round a test.
    #[must_use]
    pub const fn within(mut self, before: &'static str, after: &'static str) -> Self {
        self.within = (before, after);
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    AnyOf,
    NoneOf,
    /// One value, commas and all.
    Equal,
    Compare(&'static str),
    Between,
    Null(bool),
}

/// One typed test.
#[derive(Clone, Debug)]
pub struct Test {
    field: Field,
    op: Op,
    values: Vec<Value>,
}

/// Most values in one test.
const MOST_VALUES: usize = 100;

/// Reads all parameters that name a field; the others are somebody else's.
pub fn parse(query: &Query, fields: &[Field]) -> Result<Vec<Test>, Problem> {
    query.pairs().filter_map(|(name, value)| parse_one(name, value, fields).transpose()).collect()
}

fn parse_one(name: &str, value: &str, fields: &[Field]) -> Result<Option<Test>, Problem> {
    let (base, op) = name.split_once('[').map_or((name, ""), |(base, rest)| (base, rest.strip_suffix(']').unwrap_or("?")));
    let Some(field) = fields.iter().find(|f| f.name == base).copied() else { return Ok(None) };
    let ordered = matches!(field.kind, Kind::Decimal | Kind::Date | Kind::Time);
    let op = match op {
        "" => Op::AnyOf,
        "ne" => Op::NoneOf,
        "eq" => Op::Equal,
        "gt" if ordered => Op::Compare(">"),
        "gte" if ordered => Op::Compare(">="),
        "lt" if ordered => Op::Compare("<"),
        "lte" if ordered => Op::Compare("<="),
        "between" if ordered => Op::Between,
        "null" if !field.absent.is_empty() => Op::Null(match value {
            "true" => true,
            "false" => false,
            _ => return Err(bad(name, "it is true or false")),
        }),
        _ => {
            return Err(bad(
                name,
                if ordered {
                    "operators here are eq, ne, gt, gte, lt, lte, between and, where a value may be missing, null"
                } else {
                    "operators here are eq, ne and, where a value may be missing, null"
                },
            ));
        }
    };
    let parts: Vec<&str> = match op {
        Op::Null(_) => Vec::new(),
        Op::Compare(_) | Op::Equal => vec![value],
        Op::AnyOf | Op::NoneOf | Op::Between => value.split(',').map(str::trim).collect(),
    };
    if parts.len() > MOST_VALUES || (op == Op::Between && parts.len() != 2) {
        return Err(bad(name, if op == Op::Between { "between takes two values with a comma between them" } else { "at most 100 values are taken" }));
    }
    let values = parts.into_iter().map(|part| read(name, part, field.kind)).collect::<Result<_, _>>()?;
    Ok(Some(Test { field, op, values }))
}

fn read(name: &str, text: &str, kind: Kind) -> Result<Value, Problem> {
    match kind {
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::Folded => Ok(Value::Text(lookup_key(text))),
        Kind::Word(words) => {
            words.contains(&text).then(|| Value::Text(text.to_owned())).ok_or_else(|| bad(name, &format!("known values are {}", words.join(", "))))
        }
        Kind::Id => Id::parse(text).map(Value::Id).ok_or_else(|| bad(name, "it is an id")),
        Kind::Decimal => Decimal::parse(text).map(|d| Value::Number(d.0)).map_err(|_| bad(name, "it is a decimal number with at most four places")),
        Kind::Date => values::parse_date(text).map(Value::Date).ok_or_else(|| bad(name, "it is a date such as 2027-03-31")),
        Kind::Time => values::parse_time(text).map(Value::Time).ok_or_else(|| bad(name, "it is a time such as 2027-03-31T08:00:00Z")),
    }
}

/// All of the tests as one condition.
#[must_use]
pub fn to_sql(tests: &[Test]) -> Sql {
    Sql::all(tests.iter().map(Test::to_sql))
}

impl Test {
    fn to_sql(&self) -> Sql {
        let Field { column, within: (before, after), absent, .. } = self.field;
        let values = || self.values.iter().cloned();
        let open = || Sql::new(format!("{before}{column}"));
        let test = |comparison: &str| values().take(1).fold(open().text(format!(" {comparison} ")), Sql::bind).text(after);
        let any_of = || if self.values.len() == 1 { test("=") } else { open().text(" in (").list(values()).text(format!("){after}")) };
        match self.op {
            Op::AnyOf | Op::Equal => any_of(),
            // Who asks for all but some wants those without a value, too.
            Op::NoneOf if absent.is_empty() => Sql::new("not (").then(any_of()).text(")"),
            Op::NoneOf => Sql::new(format!("({absent} or not (")).then(any_of()).text("))"),
            Op::Compare(comparison) => test(comparison),
            Op::Between => values().enumerate().fold(open(), |sql, (i, v)| sql.text(if i == 0 { " between " } else { " and " }).bind(v)).text(after),
            Op::Null(true) => Sql::new(absent),
            Op::Null(false) => Sql::new(format!("not ({absent})")),
        }
    }
}
