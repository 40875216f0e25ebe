//! The condition language: one typed tree behind its two forms, parameters of an address (`status=pending,processed`, `amount[gte]=1000`)
//! and JSON (`{"any": [{"field", "op", "value"}, {"not": …}]}`). A room states its fields as data. Relative dates are resolved while it is read,
//! so that a tree means the same for ever. A test of a value that is missing does not hold, and `not` is its exact opposite, on both databases.
mod holds;
mod input;
mod json;
mod sql;
mod url;
pub mod value;

use super::decode::Faults;
use crate::platform::problem::Problem;
use crate::platform::text::terms::Wanted;

pub use input::ConditionInput;
pub use sql::Searcher;
pub use url::Asked;
pub use value::{Literal, Surroundings};

/// What values a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A text that is compared as look-up does: width, case and runs of white space make no difference. The column holds folded text.
    Folded,
    /// One of a closed set.
    Word(&'static [&'static str]),
    Flag,
    Id,
    Decimal,
    Date,
    Time,
    /// Full text; how it is found is the list's to say.
    Search,
}

impl Kind {
    /// Whether values come one after the other.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Decimal | Self::Date | Self::Time)
    }
}

/// A field that may be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// What it is, for the document.
    pub about: &'static str,
    /// The SQL of its value.
    pub column: &'static str,
    /// What stands round a test of the value, where it lives in another table: before and after.
    within: (&'static str, &'static str),
    /// The SQL that is true where there is no value; empty where there always is one.
    absent: &'static str,
    /// Whether a record may have several values: a test holds where one of them meets it.
    several: bool,
}

impl Field {
    /// A column of the list's own table that is always there.
    #[must_use]
    pub const fn column(name: &'static str, kind: Kind, column: &'static str, about: &'static str) -> Self {
        Self { name, kind, about, column, within: ("", ""), absent: "", several: false }
    }
    /// The full text of a record.
    #[must_use]
    pub const fn search(about: &'static str) -> Self {
        Self::column("q", Kind::Search, "", about)
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
    /// A record may have several values.
    #[must_use]
    pub const fn several(mut self) -> Self {
        self.several = true;
        self
    }
    /// Whether a value may be missing.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        !self.absent.is_empty()
    }
    /// Whether it can be held against another field: a plain column of the same table.
    const fn is_plain(&self) -> bool {
        self.within.0.is_empty() && !matches!(self.kind, Kind::Search)
    }
    /// The operators that it takes, in reading order.
    #[must_use]
    pub fn ops(&self) -> Vec<Op> {
        let all = match self.kind {
            Kind::Search => vec![Op::Eq],
            kind if kind.is_ordered() => vec![Op::In, Op::Eq, Op::Ne, Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::Between],
            _ => vec![Op::In, Op::Eq, Op::Ne],
        };
        all.into_iter().chain(self.is_optional().then_some(Op::Null)).collect()
    }
}

crate::word_type! {
    /// How a field is held against values: one of them, exactly one, none of them, order, both ends included, missing.
    Op { In "in", Eq "eq", Ne "ne", Gt "gt", Gte "gte", Lt "lt", Lte "lte", Between "between", Null "null" }
}

/// What a field is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    Literals(Vec<Literal>),
    /// Another field of the same record.
    Field(&'static str, &'static str, &'static str),
    /// Whether the value is to be missing.
    Missing(bool),
    Search(Wanted),
}

/// One typed test.
#[derive(Clone, Debug)]
pub struct Test {
    pub field: Field,
    pub op: Op,
    pub operand: Operand,
}

/// A condition on a record.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of them hold; none is always true.
    All(Vec<Self>),
    /// One of them holds; none is never true.
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(Test),
}

impl Condition {
    /// What holds for every record.
    #[must_use]
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }
    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(none), other) | (other, Self::All(none)) if none.is_empty() => other,
            (one, other) => Self::All(vec![one, other]),
        }
    }
    /// The tests that it is made of.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Test(test) => vec![test],
        }
    }
    /// The names of the fields that it asks about.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let other = |test: &Test| if let Operand::Field(name, ..) = test.operand { Some(name) } else { None };
        self.tests().into_iter().flat_map(|test| std::iter::once(test.field.name).chain(other(test))).collect()
    }
    /// Reads the JSON form; everything that is wrong with it is told, each fault with its place below `at`.
    pub fn read(value: &serde_json::Value, at: &str, fields: &[Field], surroundings: &Surroundings) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let read = json::read(value, at, fields, surroundings, &mut faults);
        match read {
            Some(condition) if faults.is_empty() => Ok(condition),
            _ => Err(Problem::invalid(faults.into_vec())),
        }
    }
}
