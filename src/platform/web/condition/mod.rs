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
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::text::terms::Wanted;

pub use input::ConditionInput;
pub use sql::Searcher;
pub use url::Asked;
pub use value::{Literal, Surroundings};

/// Most conditions that may stand side by side in one parameter.
pub const MOST_CONDITIONS: usize = 10;

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
    /// Whether an index holds the rows of each value in the list's default order.
    walked: bool,
}

impl Field {
    /// A column of the list's own table that is always there.
    #[must_use]
    pub const fn column(name: &'static str, kind: Kind, column: &'static str, about: &'static str) -> Self {
        Self { name, kind, about, column, within: ("", ""), absent: "", several: false, walked: false }
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
    /// An index holds the rows of each value in the list's default order.
    #[must_use]
    pub const fn walked(mut self) -> Self {
        self.walked = true;
        self
    }
    /// Whether that is so.
    #[must_use]
    pub const fn is_walked(&self) -> bool {
        self.walked
    }
    /// Whether a record may have several values.
    #[must_use]
    pub const fn has_several(&self) -> bool {
        self.several
    }
    /// Whether a value may be missing.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        !self.absent.is_empty()
    }
    /// Whether it can be held against another field: a plain column of the same table.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
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

/// Most values of a field that are read one by one.
const MOST_ALTERNATIVES: usize = 8;

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
    /// The same conditions, few enough to be said side by side: single tests are put together, all others stay as deep as they are.
    #[must_use]
    pub fn packed(parts: Vec<Self>) -> Vec<Self> {
        let (tests, mut others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| matches!(part, Self::Test(_)));
        others.extend(tests.chunks(json::MOST_NODES - 1).map(|some| Self::All(some.to_vec())));
        others
    }
    /// Where it asks for any of a few values of a field, each of which an index holds in the default order: what asks for them one by one.
    #[must_use]
    pub fn alternatives(&self) -> Vec<Self> {
        let parts = if let Self::All(parts) = self { parts.as_slice() } else { std::slice::from_ref(self) };
        let values = |part: &Self| match part {
            Self::Test(Test { field, op: Op::In | Op::Eq, operand: Operand::Literals(values) }) if field.walked => Some((*field, values.clone())),
            _ => None,
        };
        // The fewest: one value needs no more.
        let fewest = parts.iter().enumerate().filter_map(|(at, part)| Some((at, values(part)?))).min_by_key(|(_, (_, values))| values.len());
        let Some((at, (field, values))) = fewest.filter(|(_, (_, values))| values.len() <= MOST_ALTERNATIVES) else { return Vec::new() };
        let one = |value: Literal| {
            let mut parts = parts.to_vec();
            parts[at] = Self::Test(Test { field, op: Op::Eq, operand: Operand::Literals(vec![value]) });
            Self::All(parts)
        };
        values.into_iter().map(one).collect()
    }
    /// The same of other fields of the same names; the name of the first that there is none for. Plain columns keep their own where they are held against
    /// each other.
    pub fn with_fields(&self, other: &dyn Fn(&str, &Field) -> Option<Field>) -> Result<Self, &'static str> {
        let all = |parts: &[Self]| parts.iter().map(|part| part.with_fields(other)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::All(parts) => Self::All(all(parts)?),
            Self::Any(parts) => Self::Any(all(parts)?),
            Self::Not(part) => Self::Not(Box::new(part.with_fields(other)?)),
            Self::Test(test) => {
                let field = other(test.field.name, &test.field).ok_or(test.field.name)?;
                if let Operand::Field(name, ..) = test.operand {
                    other(name, &test.field).ok_or(name)?;
                }
                Self::Test(Test { field, ..test.clone() })
            }
        })
    }
    /// Looks at what is searched for in it.
    pub fn each_search<E>(&mut self, look: &mut impl FnMut(&mut Wanted) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().try_for_each(|part| part.each_search(look)),
            Self::Not(part) => part.each_search(look),
            Self::Test(Test { operand: Operand::Search(wanted), .. }) => look(wanted),
            Self::Test(_) => Ok(()),
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
    /// Reads one condition or an array of them, all of which hold; each has the bounds of one.
    fn read_all(value: &serde_json::Value, fields: &[Field], surroundings: &Surroundings) -> Result<Vec<Self>, Problem> {
        let Some(items) = value.as_array() else { return Ok(vec![Self::read(value, "", fields, surroundings)?]) };
        let mut faults = Faults::default();
        if items.len() > MOST_CONDITIONS {
            faults.add(Fault::new("", FaultCode::TooMany).param("max", MOST_CONDITIONS));
            return Err(Problem::invalid(faults.into_vec()));
        }
        let read = (0..).zip(items).filter_map(|(i, item)| json::read(item, &format!("/{i}"), fields, surroundings, &mut faults)).collect();
        faults.check().map(|()| read)
    }
}
