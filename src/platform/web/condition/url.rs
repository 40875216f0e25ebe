//! The form in an address: one parameter a test, all of them and-ed; `filter` takes the JSON form beside them.
use serde_json::Value as Json;

use super::value::{self, Literal, Surroundings};
use super::{Condition, Field, Kind, Op, Operand, Test};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::text::terms::Wanted;
use crate::platform::web::json as text;
use crate::platform::web::query::{Query, bad};

/// Most values in one test.
pub const MOST_VALUES: usize = 100;

/// What the parameters ask: the tree, and the same parameters with every date resolved.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Conditions that all hold.
    pub parts: Vec<Condition>,
    /// The same parameters with every date resolved.
    pub resolved: Query,
}

impl Asked {
    /// Reads all parameters that name a field, and `filter`; the others are somebody else's.
    pub fn parse(query: &Query, fields: &[Field], surroundings: &Surroundings) -> Result<Self, Problem> {
        let mut tests = Vec::new();
        let mut resolved = query.clone();
        for (name, value) in query.pairs() {
            if name == "filter" {
                let read = text::parse(value.as_bytes()).map_err(|_| bad("filter", FaultCode::NotJson))?;
                let conditions = Condition::read_all(&read, fields, surroundings).map_err(faulty)?;
                resolved.set(name, &Condition::side_by_side(&conditions).to_string());
                tests.extend(conditions);
            } else if let Some(test) = parse_one(name, value, fields, surroundings)? {
                if let Operand::Literals(literals) = &test.operand
                    && matches!(test.field.kind, Kind::Date | Kind::Time)
                {
                    resolved.set(name, &literals.iter().map(Literal::text).collect::<Vec<_>>().join(","));
                }
                tests.push(Condition::Test(test));
            }
        }
        Ok(Self { parts: tests, resolved })
    }
    /// All of it as one.
    #[must_use]
    pub fn condition(self) -> Condition {
        Condition::All(self.parts)
    }
}

/// The faults of a condition in a parameter: 400 as for every parameter, each with its place in the JSON.
fn faulty(problem: Problem) -> Problem {
    Problem::new(Code::BadParameter).param("name", "filter").with_faults(problem.faults().to_vec())
}

fn parse_one(name: &str, value: &str, fields: &[Field], surroundings: &Surroundings) -> Result<Option<Test>, Problem> {
    let (base, op) = name.split_once('[').map_or((name, ""), |(base, rest)| (base, rest.strip_suffix(']').unwrap_or("?")));
    let Some(field) = fields.iter().find(|f| f.name == base).copied() else { return Ok(None) };
    if field.kind == Kind::Search && op.is_empty() {
        let wanted = Wanted::parse(value).ok_or_else(|| bad(name, FaultCode::NothingToSearch))?;
        return Ok(Some(Test { field, op: Op::Eq, operand: Operand::Search(wanted) }));
    }
    let ops = field.ops();
    let op = if op.is_empty() { Some(Op::In) } else { Op::parse(op).filter(|op| *op != Op::In) };
    let Some(op) = op.filter(|op| ops.contains(op)) else {
        let known: Vec<_> = ops.iter().filter(|op| **op != Op::In).map(|op| op.as_str()).collect();
        return Err(bad(name, Fault::from(FaultCode::UnknownOperator).param("allowed", known.join(", "))));
    };
    let parts: Vec<&str> = match op {
        Op::Null => {
            let missing = value.parse().map_err(|_| bad(name, FaultCode::NotABoolean))?;
            return Ok(Some(Test { field, op, operand: Operand::Missing(missing) }));
        }
        Op::In | Op::Ne | Op::Between => value.split(',').map(str::trim).collect(),
        _ => vec![value],
    };
    if op == Op::Between && parts.len() != 2 {
        return Err(bad(name, FaultCode::NotAStretch));
    }
    if parts.len() > MOST_VALUES {
        return Err(bad(name, Fault::from(FaultCode::TooMany).param("max", MOST_VALUES)));
    }
    let literals = parts.into_iter().map(|part| value::read(part, field.kind, surroundings).map_err(|fault| bad(name, fault)));
    Ok(Some(Test { field, op, operand: Operand::Literals(literals.collect::<Result<_, _>>()?) }))
}

impl Condition {
    /// What `filter` takes for conditions that all hold.
    #[must_use]
    pub fn side_by_side(conditions: &[Self]) -> Json {
        match conditions {
            [one] => one.to_json(),
            several => several.iter().map(Self::to_json).collect(),
        }
    }
    /// The JSON form, with every date resolved: reads back as the same condition, whenever that is done.
    #[must_use]
    pub fn to_json(&self) -> Json {
        use serde_json::json;
        let list = |parts: &[Self]| parts.iter().map(Self::to_json).collect::<Vec<_>>();
        match self {
            Self::All(parts) => json!({ "all": list(parts) }),
            Self::Any(parts) => json!({ "any": list(parts) }),
            Self::Not(part) => json!({ "not": part.to_json() }),
            Self::Test(Test { field, op, operand }) => {
                let value = match operand {
                    Operand::Literals(literals) if matches!(op, Op::In | Op::Ne | Op::Between) => literals.iter().map(Literal::text).collect(),
                    Operand::Literals(literals) => literals.first().map(|l| l.text().into()).unwrap_or_default(),
                    Operand::Field(name, ..) => json!({ "field": name }),
                    Operand::Missing(missing) => json!(missing),
                    Operand::Search(wanted) => json!(wanted.text()),
                };
                json!({"field": field.name, "op": op.as_str(), "value": value})
            }
        }
    }
}
