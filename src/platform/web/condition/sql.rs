//! From the tree to SQL. Missing values make SQL's logic three-valued, ours is two-valued: negations are pushed down to the tests, where it is known
//! what a missing value means.
use super::{Condition, Literal, Op, Operand, Test};
use crate::platform::db::sql::Sql;
use crate::platform::text::terms::Wanted;

/// How a list finds full text.
pub type Searcher<'a> = &'a dyn Fn(&Wanted) -> Sql;

impl Condition {
    /// The condition as a filter.
    #[must_use]
    pub fn to_sql(&self, search: Searcher<'_>) -> Sql {
        self.signed(true, search)
    }

    fn signed(&self, holds: bool, search: Searcher<'_>) -> Sql {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                let parts = parts.iter().map(|part| part.signed(holds, search));
                // Not all is any not.
                if matches!(self, Self::All(_)) == holds { Sql::all(parts) } else { Sql::any(parts) }
            }
            Self::Not(part) => part.signed(!holds, search),
            Self::Test(test) => test.signed(holds, search),
        }
    }
}

impl Test {
    fn signed(&self, holds: bool, search: Searcher<'_>) -> Sql {
        let (field, negated) = (&self.field, |test: Sql| Sql::new("not (").then(test).text(")"));
        match &self.operand {
            Operand::Missing(missing) if *missing == holds => Sql::new(field.absent),
            Operand::Missing(_) => Sql::new(format!("not ({})", field.absent)),
            Operand::Search(wanted) if holds => search(wanted),
            Operand::Search(wanted) => negated(search(wanted)),
            Operand::Field(_, column, absent) => {
                let test = Sql::new(format!("{} {} {column}", field.column, sign(self.op)));
                // Where one of the two is missing neither is greater, equal or less; `ne` holds.
                let holds = holds != (self.op == Op::Ne);
                if holds {
                    Sql::all([test])
                } else {
                    Sql::any([field.absent, absent].into_iter().filter(|a| !a.is_empty()).map(Sql::new).chain([negated(test)]))
                }
            }
            Operand::Literals(literals) => {
                let inner = compared(field.column, self.op, literals);
                let test = if field.within.0.is_empty() { inner } else { Sql::new(field.within.0).then(inner).text(field.within.1) };
                // Who asks for all but some wants those without a value, too.
                let holds = holds != (self.op == Op::Ne);
                match holds {
                    true => test,
                    false if field.several || field.absent.is_empty() => negated(test),
                    false => Sql::any([Sql::new(field.absent), negated(test)]),
                }
            }
        }
    }
}

const fn sign(op: Op) -> &'static str {
    match op {
        Op::Gt => ">",
        Op::Gte => ">=",
        Op::Lt => "<",
        Op::Lte => "<=",
        Op::In | Op::Eq | Op::Ne | Op::Between | Op::Null => "=",
    }
}

/// A value held against a column; `ne` is turned round by the caller.
fn compared(column: &str, op: Op, literals: &[Literal]) -> Sql {
    let test = |comparison: &str, literal: &Literal| {
        let value = match (literal, comparison) {
            (Literal::Span(_, end), ">" | "<=") => end,
            (literal, _) => literal.start(),
        };
        // Behind a stretch is from its end on, up to it is before its end.
        let comparison = match (literal, comparison) {
            (Literal::Span(..), ">") => ">=",
            (Literal::Span(..), "<=") => "<",
            (_, comparison) => comparison,
        };
        Sql::new(format!("{column} {comparison} ")).bind(value.clone())
    };
    match (op, literals) {
        (Op::Between, [from, to]) => Sql::all([test(">=", from), test("<=", to)]),
        (Op::Gt | Op::Gte | Op::Lt | Op::Lte, [one]) => test(sign(op), one),
        _ => {
            let within = |literal: &Literal| Sql::all([test(">=", literal), test("<=", literal)]);
            let (points, spans): (Vec<_>, Vec<_>) = literals.iter().partition(|literal| matches!(literal, Literal::Point(_)));
            let points = match points[..] {
                [] => None,
                [one] => Some(test("=", one)),
                _ => Some(Sql::new(format!("{column} in (")).list(points.iter().map(|literal| literal.start().clone())).text(")")),
            };
            let mut all: Vec<Sql> = points.into_iter().chain(spans.into_iter().map(within)).collect();
            match (all.pop(), all.is_empty()) {
                (Some(one), true) => one,
                (last, _) => Sql::any(all.into_iter().chain(last)),
            }
        }
    }
}
