//! What a statement selects, its text made once. Of a table of many columns Diesel puts it together anew for each question, name by name, to find
//! the statement that is kept prepared: that costs more than to find a row.
use std::marker::PhantomData;

use diesel::dsl::AsSelect;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryBuilder as _, QueryFragment, QueryId};
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};

use super::connection::MultiBackend;

/// The columns of a row; what `as_select` is, with its text.
#[derive(Clone, Copy, Debug)]
pub struct Selection<T>(&'static str, PhantomData<fn() -> T>);

impl<T> Selection<T> {
    /// The columns as [`text`] names them.
    #[must_use]
    pub const fn of(text: &'static str) -> Self {
        Self(text, PhantomData)
    }
}

/// The names of the columns of a row, for who keeps them. Ours need no quotes, which each database has of its own.
#[must_use]
pub fn text<T: Selectable<Sqlite>>() -> String
where
    T::SelectExpression: QueryFragment<Sqlite>,
{
    let mut text = SqliteQueryBuilder::new();
    // Only what binds values can fail.
    let _ = T::construct_selection().to_sql(&mut text, &Sqlite);
    text.finish().replace('`', "")
}

impl<T> QueryFragment<MultiBackend> for Selection<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}
impl<T> QueryId for Selection<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<T: Selectable<MultiBackend>> Expression for Selection<T>
where
    AsSelect<T, MultiBackend>: Expression<SqlType = AsSelect<T, MultiBackend>>,
{
    type SqlType = AsSelect<T, MultiBackend>;
}
impl<T: Selectable<MultiBackend>, QS> AppearsOnTable<QS> for Selection<T>
where
    Self: Expression,
    T::SelectExpression: AppearsOnTable<QS>,
{
}
impl<T: Selectable<MultiBackend>, QS> SelectableExpression<QS> for Selection<T>
where
    Self: AppearsOnTable<QS>,
    T::SelectExpression: SelectableExpression<QS>,
{
}
impl<T, G> ValidGrouping<G> for Selection<T> {
    type IsAggregate = is_aggregate::Never;
}
