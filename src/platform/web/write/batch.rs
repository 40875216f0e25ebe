//! Many entries in one request: all or none of them (`atomic`, the default), or each for itself with a status of its own, in their order.
use std::marker::PhantomData;

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::Effect;
use crate::platform::db::{AnyConnection, work};
use crate::platform::problem::{Fault, FaultCode, Problem, ProblemView};
use crate::platform::web::Decode;
use crate::platform::web::body::decode;
use crate::platform::web::decode::{Decoded, Faults, List, Needed};

/// Most entries of a batch.
pub const MOST_ITEMS: usize = 500;

/// An entry as it was sent; it is read as a `T` when its turn comes, so that each is told its own faults.
#[derive(Clone, Debug)]
pub struct Item<T>(pub Value, PhantomData<fn() -> T>);

impl<T> Decode for Item<T> {
    fn decode(value: &Value, _: &str, _: &mut Faults) -> Option<Self> {
        Some(Self(value.clone(), PhantomData))
    }
}
impl<T: ToSchema> utoipa::PartialSchema for Item<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}
impl<T: ToSchema> ToSchema for Item<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        T::name()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// The entries of a batch, in their order.
pub type Items<T, const MOST: usize = MOST_ITEMS> = List<Item<T>, MOST>;

/// What became of one entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRow {
    /// As the single request would have been answered.
    #[schema(minimum = 200, maximum = 599, example = 201)]
    pub status: u16,
    /// Where the new record is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub location: Option<String>,
    /// The record, as the document of each batch tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub record: Option<Value>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemView>,
}

/// What became of the entries, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    #[schema(max_items = 500)]
    pub data: Vec<BatchRow>,
}

/// Enters each item by `create`, which answers what the single request would; `tell` writes a problem for the caller.
pub fn batch<T: Decode, const MOST: usize>(
    tx: &mut AnyConnection,
    (items, faults): (&Needed<Items<T, MOST>>, &Faults),
    atomic: bool,
    tell: impl Fn(&Problem) -> ProblemView,
    mut create: impl FnMut(&mut AnyConnection, Decoded<T>) -> Result<Effect, Problem>,
) -> Result<Effect, Problem> {
    let mut faults = faults.clone();
    let Needed(Some(items)) = items else { return Err(Problem::invalid(faults.into_vec())) };
    if items.0.is_empty() {
        faults.add(Fault::new("/items", FaultCode::TooFew).param("min", 1));
    }
    faults.check()?;
    let (mut rows, mut refused) = (Vec::with_capacity(items.0.len()), Vec::new());
    for (i, item) in items.0.iter().enumerate() {
        // Of a savepoint each, so that one that is refused undoes only itself and the others are looked at all the same.
        match work::attempt(tx, |tx| create(tx, decode(&item.0)?)) {
            Ok(Effect { status, location, body, .. }) => {
                let record = body.map(|body| serde_json::from_str(&body)).transpose().map_err(Problem::internal)?;
                rows.push(BatchRow { status: status.as_u16(), location, record, problem: None });
            }
            Err(problem) if problem.concerns_transaction() || problem.code().status().is_server_error() => return Err(problem),
            Err(problem) if atomic => refused.extend(placed(&problem, i)),
            Err(problem) => rows.push(BatchRow { status: problem.code().status().as_u16(), location: None, record: None, problem: Some(tell(&problem)) }),
        }
    }
    if !refused.is_empty() {
        return Err(Problem::invalid(refused));
    }
    Effect::json(if atomic { StatusCode::CREATED } else { StatusCode::MULTI_STATUS }, &BatchResult { data: rows })
}

/// The faults of an item, each with its place in the whole body.
fn placed(problem: &Problem, item: usize) -> Vec<Fault> {
    let at = format!("/items/{item}");
    if problem.faults().is_empty() {
        return vec![Fault::new(at, FaultCode::Refused).param("code", problem.code().as_str())];
    }
    problem.faults().iter().map(|fault| Fault { pointer: format!("{at}{}", fault.pointer), ..fault.clone() }).collect()
}
