//! Pieces of SQL with their values bound, for conditions and questions that are put together at run time. Text comes from the program alone, values never become text.
use std::borrow::Cow;
use std::hash::{Hash as _, Hasher};
use std::marker::PhantomData;

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Untyped};

use super::connection::MultiBackend;
use super::types::{SqlId, SqlJson, SqlTime};
use super::{AnyConnection, Id, Json, UtcTime};

/// A value to bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Id(Id),
    Text(String),
    Number(i64),
    Time(UtcTime),
    Date(chrono::NaiveDate),
    Bool(bool),
    Json(Json),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Cow<'static, str>),
    Bind(Value),
    /// What each database says in its own way: PostgreSQL, then SQLite.
    Own(Box<(Sql, Sql)>),
}

/// SQL in the making: text and bound values in turn, and whether its text is one of few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sql(Vec<Part>, bool);

impl Sql {
    /// Nothing yet.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new(), false)
    }
    /// Begins with text.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Part::Text(text.into())], false)
    }
    /// Adds text.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }
    /// Adds a bound value.
    #[must_use]
    pub fn bind(mut self, value: Value) -> Self {
        self.0.push(Part::Bind(value));
        self
    }
    /// What each database says in its own way; for the dialect alone.
    pub(super) fn own(postgres: Self, sqlite: Self) -> Self {
        Self(vec![Part::Own(Box::new((postgres, sqlite)))], false)
    }
    /// Adds another piece.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
    /// Adds bound values with commas between them.
    #[must_use]
    pub fn list(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.0.push(Part::Text(", ".into()));
            }
            self.0.push(Part::Bind(value));
        }
        self
    }
    /// Begins an insert of one row into columns that are named in their order; a value that is none is null.
    #[must_use]
    pub fn insert(table: &str, columns: &str, values: impl IntoIterator<Item = Option<Value>>) -> Self {
        let mut insert = Self::new(format!("insert into {table} ({columns}) values ("));
        for (i, value) in values.into_iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            insert = match value {
                Some(value) => insert.text(comma).bind(value),
                None => insert.text(format!("{comma}null")),
            };
        }
        insert
    }
    /// That a column is one of some ids. These are repeated up to one of few numbers of them, so that there are few texts.
    #[must_use]
    pub fn among(column: &str, ids: &[Id]) -> Self {
        const SIZES: [usize; 6] = [1, 11, 51, 101, 201, 501];
        let Some(last) = ids.last() else { return Self::any([]) };
        let size = SIZES.into_iter().find(|size| *size >= ids.len());
        let values = ids.iter().chain(std::iter::repeat(last)).take(size.unwrap_or(ids.len())).map(|id| Value::Id(*id));
        let among = Self::new(format!("{column} in (")).list(values).text(")");
        if size.is_some() { among.of_few() } else { among }
    }
    /// All of the pieces, and-ed; true where there are none.
    #[must_use]
    pub fn all(pieces: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(pieces, " and ", "1 = 1")
    }
    /// Any of the pieces, or-ed; false where there are none.
    #[must_use]
    pub fn any(pieces: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(pieces, " or ", "1 = 0")
    }
    fn joined(pieces: impl IntoIterator<Item = Self>, between: &'static str, none: &'static str) -> Self {
        let mut all = Self::new("(");
        let mut first = true;
        for piece in pieces {
            if !first {
                all = all.text(between);
            }
            first = false;
            all = all.then(piece);
        }
        if first { Self::new(none) } else { all.text(")") }
    }
    /// Says that its text is one of few, so that the statement which it is a part of may be kept prepared.
    #[must_use]
    pub fn of_few(mut self) -> Self {
        self.1 = true;
        self
    }
    /// The same where that is so.
    #[must_use]
    pub fn of_few_if(mut self, few: bool) -> Self {
        self.1 = few;
        self
    }
    /// Whether its text is one of few.
    #[must_use]
    pub const fn is_of_few(&self) -> bool {
        self.1
    }
    /// A number that stands for its text, whatever its values.
    #[must_use]
    pub fn shape(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        self.hash_shape(&mut hasher);
        hasher.finish()
    }
    fn hash_shape(&self, hasher: &mut impl Hasher) {
        for part in &self.0 {
            match part {
                Part::Text(text) => text.hash(hasher),
                Part::Bind(_) => 0_u8.hash(hasher),
                Part::Own(own) => own.0.hash_shape(hasher),
            }
        }
    }
    /// Runs it as a whole question.
    pub fn load<R>(self, conn: &mut AnyConnection) -> QueryResult<Vec<R>>
    where
        R: diesel::deserialize::QueryableByName<MultiBackend> + 'static,
    {
        RunQueryDsl::load(Question(self), conn)
    }
    /// A whole question whose columns have these types, in their order: its text is made once, where Diesel would put it together for each question.
    #[must_use]
    pub fn selecting<ST>(self) -> Selecting<ST> {
        Selecting(self, PhantomData)
    }
    /// Runs it as a whole statement and answers how many rows it wrote. It is kept prepared, so its text is to be one of few.
    pub fn run(self, conn: &mut AnyConnection) -> QueryResult<usize> {
        RunQueryDsl::execute(Statement(self), conn)
    }
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let is_postgres = matches!(out.backend(), MultiBackend::Postgres(_));
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Own(own) => if is_postgres { &own.0 } else { &own.1 }.push(out.reborrow())?,
                Part::Bind(Value::Id(v)) => out.push_bind_param::<SqlId, _>(v)?,
                Part::Bind(Value::Text(v)) => out.push_bind_param::<Text, _>(v)?,
                Part::Bind(Value::Number(v)) => out.push_bind_param::<BigInt, _>(v)?,
                Part::Bind(Value::Time(v)) => out.push_bind_param::<SqlTime, _>(v)?,
                Part::Bind(Value::Date(v)) => out.push_bind_param::<Date, _>(v)?,
                Part::Bind(Value::Json(v)) => out.push_bind_param::<SqlJson, _>(v)?,
                Part::Bind(Value::Bool(v)) => out.push_bind_param::<Bool, _>(v)?,
            }
        }
        Ok(())
    }
}

impl QueryFragment<MultiBackend> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        // There are as many texts as there are combinations of filters: a cache of them would only grow.
        if !self.1 {
            out.unsafe_to_cache_prepared();
        }
        self.push(out)
    }
}
impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
/// As a filter it may be null, like any comparison with a column that may.
impl Expression for Sql {
    type SqlType = Nullable<Bool>;
}
impl<T> AppearsOnTable<T> for Sql {}
impl<T> SelectableExpression<T> for Sql {}
impl<G> ValidGrouping<G> for Sql {
    type IsAggregate = is_aggregate::Never;
}

struct Question(Sql);
impl QueryFragment<MultiBackend> for Question {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
impl QueryId for Question {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl Query for Question {
    type SqlType = Untyped;
}
impl RunQueryDsl<AnyConnection> for Question {}

/// A question whose columns have these types.
#[derive(Clone, Debug)]
pub struct Selecting<ST>(Sql, PhantomData<fn() -> ST>);
impl<ST> QueryFragment<MultiBackend> for Selecting<ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
impl<ST> QueryId for Selecting<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<ST> Query for Selecting<ST> {
    type SqlType = ST;
}
impl<ST> RunQueryDsl<AnyConnection> for Selecting<ST> {}

/// A statement that writes: one of few texts, so that it is kept prepared.
struct Statement(Sql);
impl QueryFragment<MultiBackend> for Statement {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.push(out)
    }
}
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl RunQueryDsl<AnyConnection> for Statement {}
